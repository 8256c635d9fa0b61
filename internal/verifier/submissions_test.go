package verifier_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/siop"
)

// TestSubmit: an answer is kept sealed, and opened for its verifier alone.
func TestSubmit(t *testing.T) {
	o := newOffice(t)
	r := o.asks(nil)
	a := o.answer(r)
	made := o.submits(r, a)
	if made.Submission.Status != vc.SubmissionPending || made.Submission.Request != r.ID || made.Submission.Scope != o.by.Scope {
		t.Errorf("%+v", made.Submission)
	}
	list, err := o.desk.Submissions(t.Context(), o.by.Scope, r.ID)
	o.must(err)
	if len(list) != 1 || list[0].Answer.IDToken != a.IDToken || list[0].Answer.VPToken != a.VPToken || list[0].Answer.State != "s1" || list[0].Verdict != nil {
		t.Errorf("%+v", list)
	}
	var row vc.Submission
	o.must(sql.For[verifier.Rows](o.db).View(t.Context(), o.by.Scope, func(rows verifier.Rows) (err error) {
		row, err = rows.Submission(r.ID, made.Submission.ID)
		return err
	}))
	for _, clear := range []string{a.IDToken, a.VPToken, o.holder.did} {
		if bytes.Contains(row.Body, []byte(clear)) {
			t.Error("the record says what was submitted")
		}
	}
	for _, by := range []vc.Caller{o.other, o.strange} {
		_, err := o.desk.Submissions(t.Context(), by.Scope, r.ID)
		o.wantError(err, vc.NotFound, "request-not-found", "")
		o.wantError(o.desk.DeleteSubmission(t.Context(), by, r.ID, made.Submission.ID), vc.NotFound, "request-not-found", "")
		_, err = o.desk.Judge(t.Context(), by, r.ID, made.Submission.ID, vc.SubmissionFailed, nil)
		o.wantError(err, vc.NotFound, "request-not-found", "")
	}
	another := o.asks(nil)
	o.wantError(o.desk.DeleteSubmission(t.Context(), o.by, another.ID, made.Submission.ID), vc.NotFound, "submission-not-found", "")
	o.must(o.desk.DeleteSubmission(t.Context(), o.by, r.ID, made.Submission.ID))
	o.wantError(o.desk.DeleteSubmission(t.Context(), o.by, r.ID, made.Submission.ID), vc.NotFound, "submission-not-found", "")
	if list, err := o.desk.Submissions(t.Context(), o.by.Scope, r.ID); err != nil || len(list) != 0 {
		t.Errorf("%v %d", err, len(list))
	}
}

// TestSubmitRefused: an answer to another request, for somebody else, too late, or again.
func TestSubmitRefused(t *testing.T) {
	o := newOffice(t)
	r, another := o.asks(nil), o.asks(nil)
	good := o.answer(r)
	token := func(change func(*siop.IDToken)) verifier.Answer {
		one := o.tokenFor(r)
		change(&one)
		return verifier.Answer{IDToken: string(o.signToken(o.holder, one))}
	}
	for name, c := range map[string]struct {
		request       string
		a             verifier.Answer
		kind          vc.Kind
		code, pointer string
	}{
		"no such request": {newID(), good, vc.NotFound, "request-not-found", ""},
		"nothing":         {r.ID, verifier.Answer{State: "s1"}, vc.Invalid, "answer-empty", ""},
		"another state":   {r.ID, verifier.Answer{IDToken: good.IDToken, State: "s2"}, vc.Invalid, "state-mismatch", "/state"},
		"replayed nonce":  {another.ID, good, vc.Invalid, "nonce-mismatch", "/idToken"},
		"no nonce":        {r.ID, token(func(t *siop.IDToken) { t.Nonce = "" }), vc.Invalid, "nonce-mismatch", "/idToken"},
		"for another":     {r.ID, token(func(t *siop.IDToken) { t.Audience = []string{"did:web:elsewhere.example"} }), vc.Invalid, "audience-mismatch", "/idToken"},
		"for nobody":      {r.ID, token(func(t *siop.IDToken) { t.Audience = nil }), vc.Invalid, "audience-mismatch", "/idToken"},
		"unsigned":        {r.ID, verifier.Answer{IDToken: good.IDToken[:strings.LastIndexByte(good.IDToken, '.')]}, vc.Invalid, "token-malformed", "/idToken"},
		"garbage":         {r.ID, verifier.Answer{IDToken: "garbage"}, vc.Invalid, "token-malformed", "/idToken"},
		"a submission":    {r.ID, verifier.Answer{IDToken: good.IDToken, Submission: []byte(`{"id":1}`)}, vc.Invalid, "submission-invalid", "/submission"},
		"a flood":         {r.ID, verifier.Answer{IDToken: good.IDToken, VPToken: strings.Repeat("x", 1<<20)}, vc.Invalid, "too-large", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := o.desk.Submit(t.Context(), vc.Caller{}, c.request, c.a)
			o.wantError(err, c.kind, c.code, c.pointer)
		})
	}
	if list, err := o.desk.Submissions(t.Context(), o.by.Scope, r.ID); err != nil || len(list) != 0 {
		t.Error("something was stored")
	}
	o.submits(r, good)
	spoilt := good // another signature says nothing else
	spoilt.IDToken = good.IDToken[:len(good.IDToken)-4] + "AAAA"
	before, after, spaced := good, good, good // nor does space around a token
	before.VPToken, after.VPToken, spaced.VPToken = " "+good.VPToken, good.VPToken+" \t", "\n"+good.VPToken+"\n"
	again := good // nor what nobody signed
	again.Submission = []byte(`{"id":"another","definition_id":"d","descriptor_map":[{"id":"degree","format":"jwt_vp","path":"$"}]}`)
	for _, a := range []verifier.Answer{good, spoilt, before, after, spaced, again} {
		_, err := o.desk.Submit(t.Context(), vc.Caller{}, r.ID, a)
		o.wantError(err, vc.Conflict, "submission-duplicate", "")
	}
	o.submits(another, o.answer(another)) // the same credential answers another request
	_, err := o.desk.ArchiveRequest(t.Context(), o.by, another.ID)
	o.must(err)
	_, err = o.desk.Submit(t.Context(), vc.Caller{}, another.ID, o.answer(another))
	o.wantError(err, vc.NotFound, "request-not-found", "")
	_, err = o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Status: vc.RequestCompleted})
	o.must(err)
	_, err = o.desk.Submit(t.Context(), vc.Caller{}, r.ID, o.answer(r))
	o.wantError(err, vc.Conflict, "request-completed", "")
	late := o.asks(nil)
	o.now = late.ExpiresAt
	_, err = o.desk.Submit(t.Context(), vc.Caller{}, late.ID, o.answer(late))
	o.wantError(err, vc.Gone, "request-expired", "")
}

// TestSubmitBounds: a request takes so many answers, and one that wants one takes one.
func TestSubmitBounds(t *testing.T) {
	o := newOffice(t)
	once := o.asks(func(n *verifier.NewRequest) { n.Once = true })
	o.submits(once, o.answer(once))
	if got, err := o.desk.Request(t.Context(), o.by.Scope, once.ID); err != nil || got.Status != vc.RequestCompleted || got.Revision != 2 {
		t.Errorf("%v %+v", err, got)
	}
	_, err := o.desk.Submit(t.Context(), vc.Caller{}, once.ID, o.answer(once))
	o.wantError(err, vc.Conflict, "request-completed", "")
	r := o.asks(nil)
	for i := range 100 {
		o.submits(r, verifier.Answer{VPToken: fmt.Sprint(i)})
	}
	_, err = o.desk.Submit(t.Context(), vc.Caller{}, r.ID, o.answer(r))
	o.wantError(err, vc.Conflict, "too-many-submissions", "")
}

// TestSubmitToArchived: nobody could read what is sent to an organisation that is archived, so it is not kept.
func TestSubmitToArchived(t *testing.T) {
	o := newOffice(t)
	r := o.asks(nil)
	archive := func(at time.Time) {
		o.must(sql.For[access.Rows](o.db).Update(t.Context(), o.tenant.Scope, func(rows access.Rows) error {
			return rows.UpdateOrganisation(vc.Organisation{ID: o.by.Scope.Organisation, Tenant: o.by.Scope.Tenant, Name: "O", MayVerify: true, CreatedAt: o.now, ArchivedAt: at})
		}))
	}
	archive(o.now)
	_, err := o.desk.Submit(t.Context(), vc.Caller{}, r.ID, o.answer(r))
	o.wantError(err, vc.NotFound, "request-not-found", "")
	archive(time.Time{})
	o.submits(r, o.answer(r))
}

// TestSubmissionsBounds: however much strangers sent, a list is of the newest and fits into memory.
func TestSubmissionsBounds(t *testing.T) {
	o := newOffice(t)
	r := o.asks(nil)
	var newest string
	for i := range 40 {
		newest = o.submits(r, verifier.Answer{VPToken: fmt.Sprint(i) + strings.Repeat("x", 1<<20-2)}).Submission.ID
	}
	list, err := o.desk.Submissions(t.Context(), o.by.Scope, r.ID)
	o.must(err)
	if len(list) < 16 || len(list) > 33 || list[0].Submission.ID != newest || list[1].Submission.ID >= newest {
		t.Errorf("%d submissions of a MiB each are listed", len(list))
	}
}

// TestSubmitAtOnce: of an answer that comes many times at once one is kept, and a request that wants one answer gets one.
func TestSubmitAtOnce(t *testing.T) {
	o := newOffice(t)
	for name, c := range map[string]struct {
		once bool
		code string
	}{"the same answer": {false, "submission-duplicate"}, "one answer": {true, "request-completed"}} {
		r := o.asks(func(n *verifier.NewRequest) { n.Once = c.once })
		a := o.answer(r)
		errs := make([]error, 8)
		var wait sync.WaitGroup
		for i := range errs {
			one := a
			if c.once {
				one.VPToken = fmt.Sprint(i)
			}
			wait.Go(func() { _, errs[i] = o.desk.Submit(t.Context(), vc.Caller{}, r.ID, one) })
		}
		wait.Wait()
		kept := 0
		for _, err := range errs {
			if err == nil {
				kept++
				continue
			}
			o.wantError(err, vc.Conflict, c.code, "")
		}
		if list, err := o.desk.Submissions(t.Context(), o.by.Scope, r.ID); err != nil || kept != 1 || len(list) != 1 {
			t.Errorf("%s: %v, %d were taken and %d kept", name, err, kept, len(list))
		}
	}
}

// TestJudge: verified is what is verified here; what time or the verifier weighs does not stop it.
func TestJudge(t *testing.T) {
	o := newOffice(t)
	thief := newSigner(t, "thief")
	for name, c := range map[string]struct {
		spoil func(r vc.PresentationRequest, a *verifier.Answer)
		codes []string // nil: verified
	}{
		"good":     {func(vc.PresentationRequest, *verifier.Answer) {}, nil},
		"no state": {func(_ vc.PresentationRequest, a *verifier.Answer) { a.State = "" }, nil},
		"an ID token as Meeco's": {func(r vc.PresentationRequest, a *verifier.Answer) {
			token := o.tokenFor(r) // it does not say when it ends
			token.Issuer, token.Expires = siop.SelfIssuedVC, time.Time{}
			a.IDToken = string(o.signToken(o.holder, token))
		}, nil},
		"no ID token": {func(_ vc.PresentationRequest, a *verifier.Answer) { a.IDToken = "" }, nil},
		"an expired credential": {func(r vc.PresentationRequest, a *verifier.Answer) {
			m := o.material(o.holder, vc.VCDM20, o.signed(o.issuer, o.held(o.issuer, o.holder.did).with("validUntil", "2026-02-01T00:00:00Z")))
			m.Audience, m.Nonce = r.Audience[1:], r.Nonce // the place of the answer is an audience as well
			a.VPToken = string(o.present(o.holder, m))
		}, nil},
		"another's credential": {func(r vc.PresentationRequest, a *verifier.Answer) {
			m := o.material(o.holder, vc.VCDM11, o.signedOld(o.issuer, o.held(o.issuer, thief.did)))
			m.Audience, m.Nonce = r.Audience[:1], r.Nonce
			a.VPToken = string(o.present(o.holder, m))
		}, nil},
		"no presentation": {func(_ vc.PresentationRequest, a *verifier.Answer) { a.VPToken = "" }, []string{"vp-token-missing"}},
		"a tampered presentation": {func(_ vc.PresentationRequest, a *verifier.Answer) {
			a.VPToken = a.VPToken[:len(a.VPToken)-4] + "AAAA"
		}, []string{"signature-invalid"}},
		"a tampered ID token": {func(_ vc.PresentationRequest, a *verifier.Answer) {
			a.IDToken = a.IDToken[:len(a.IDToken)-4] + "AAAA"
		}, []string{"signature-invalid"}},
		"a tampered credential": {func(r vc.PresentationRequest, a *verifier.Answer) {
			credential := o.signedOld(o.issuer, o.held(o.issuer, o.holder.did))
			m := o.material(o.holder, vc.VCDM11, append(credential[:len(credential)-4:len(credential)-4], "AAAA"...))
			m.Audience, m.Nonce = r.Audience[:1], r.Nonce
			a.VPToken = string(o.present(o.holder, m))
		}, []string{"signature-invalid"}},
		"another nonce and audience": {func(_ vc.PresentationRequest, a *verifier.Answer) {
			a.VPToken = string(o.present(o.holder, o.material(o.holder, vc.VCDM11, o.signedOld(o.issuer, o.held(o.issuer, o.holder.did)))))
		}, []string{"audience-mismatch", "nonce-mismatch"}},
		"another degree": {func(r vc.PresentationRequest, a *verifier.Answer) {
			credential := o.held(o.issuer, o.holder.did).with("credentialSubject", map[string]any{"id": o.holder.did, "degree": "BSc"})
			m := o.material(o.holder, vc.VCDM11, o.signedOld(o.issuer, credential))
			m.Audience, m.Nonce = r.Audience[:1], r.Nonce
			a.VPToken = string(o.present(o.holder, m))
		}, []string{"descriptor-unmet"}},
		"garbage": {func(_ vc.PresentationRequest, a *verifier.Answer) { a.VPToken = "garbage" }, []string{"unknown-format", "unreadable"}},
		"an ID token that was over when it came": {func(r vc.PresentationRequest, a *verifier.Answer) {
			token := o.tokenFor(r)
			token.IssuedAt, token.Expires = o.now.Add(-time.Hour), o.now.Add(-10*time.Minute)
			a.IDToken = string(o.signToken(o.holder, token))
		}, []string{"expired"}},
		"an ID token as Meeco's that came late": {func(r vc.PresentationRequest, a *verifier.Answer) {
			token := o.tokenFor(r)
			token.Issuer, token.IssuedAt, token.Expires = siop.SelfIssuedVC, o.now.Add(-time.Hour), time.Time{}
			a.IDToken = string(o.signToken(o.holder, token))
		}, []string{"expired"}},
		"a presentation that was over when it came": {func(r vc.PresentationRequest, a *verifier.Answer) {
			m := o.material(o.holder, vc.VCDM11, o.signedOld(o.issuer, o.held(o.issuer, o.holder.did)))
			m.Audience, m.Nonce = r.Audience[:1], r.Nonce
			m.Created, m.Expires = o.now.Add(-time.Hour), o.now.Add(-10*time.Minute)
			a.VPToken = string(o.present(o.holder, m))
		}, []string{"expired"}},
		"a presentation of tomorrow": {func(r vc.PresentationRequest, a *verifier.Answer) {
			m := o.material(o.holder, vc.VCDM11, o.signedOld(o.issuer, o.held(o.issuer, o.holder.did)))
			m.Audience, m.Nonce = r.Audience[:1], r.Nonce
			m.Created, m.Expires = o.now.Add(time.Hour), o.now.Add(2*time.Hour)
			a.VPToken = string(o.present(o.holder, m))
		}, []string{"not-yet-valid"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := o.asks(nil)
			a := o.answer(r)
			c.spoil(r, &a)
			made := o.submits(r, a)
			o := *o
			world := *o.world
			o.world, world.TB = &world, t
			o.now = o.now.Add(30 * 24 * time.Hour) // judged as of when it came
			verdict := []byte(`{"checks":["format"]}`)
			judged, err := o.desk.Judge(t.Context(), o.by, r.ID, made.Submission.ID, vc.SubmissionVerified, verdict)
			if c.codes == nil {
				o.must(err)
				if judged.Submission.Status != vc.SubmissionVerified || judged.Submission.VerifiedAt.IsZero() || !bytes.Equal(judged.Verdict, verdict) {
					t.Errorf("%+v", judged.Submission)
				}
				return
			}
			e := o.wantError(err, vc.Conflict, "submission-not-verified", "")
			if got := codes(e); !slices.Equal(got, slices.Sorted(slices.Values(append(c.codes, "submission-not-verified")))) {
				t.Errorf("refused for %v", got)
			}
			if list, err := o.desk.Submissions(t.Context(), o.by.Scope, r.ID); err != nil || list[0].Submission.Status != vc.SubmissionPending || list[0].Verdict != nil {
				t.Errorf("%v: something was stored", err)
			}
		})
	}
}

// TestJudged: what was judged can be judged again, and does not become pending.
func TestJudged(t *testing.T) {
	o := newOffice(t)
	r := o.asks(nil)
	id := o.submits(r, o.answer(r)).Submission.ID
	judge := func(status vc.SubmissionState, verdict string) (verifier.SubmissionView, error) {
		return o.desk.Judge(t.Context(), o.by, r.ID, id, status, []byte(verdict))
	}
	noted, err := judge(vc.SubmissionPending, `{"a":1}`)
	o.must(err)
	if noted.Submission.Status != vc.SubmissionPending || !noted.Submission.VerifiedAt.IsZero() || string(noted.Verdict) != `{"a":1}` {
		t.Errorf("%+v", noted)
	}
	for _, status := range []vc.SubmissionState{vc.SubmissionFailed, vc.SubmissionVerified} {
		o.now = o.now.Add(time.Minute)
		judged, err := judge(status, `{"b":2}`)
		o.must(err)
		if judged.Submission.Status != status || !judged.Submission.VerifiedAt.Equal(o.now) {
			t.Errorf("%+v", judged.Submission)
		}
		_, err = judge(vc.SubmissionPending, `{}`)
		o.wantError(err, vc.Conflict, "submission-final", "/status")
	}
	_, err = judge("fine", `{}`)
	o.wantError(err, vc.Invalid, "status", "/status")
	_, err = o.desk.Judge(t.Context(), o.by, r.ID, newID(), vc.SubmissionVerified, nil)
	o.wantError(err, vc.NotFound, "submission-not-found", "")
	list, err := o.desk.Submissions(t.Context(), o.by.Scope, r.ID)
	o.must(err)
	if list[0].Submission.Status != vc.SubmissionVerified || string(list[0].Verdict) != `{"b":2}` || list[0].Answer.IDToken == "" {
		t.Errorf("%+v", list[0].Submission)
	}
}

// TestResponse: an answer is verified against the request wherever that is.
func TestResponse(t *testing.T) {
	o := newOffice(t)
	there := newElsewhere(t)
	r := o.asks(nil)
	a := o.answer(r)
	signed := o.signing(o.client, r.Unsigned)
	verify := func(uri string, a verifier.Answer, options verifier.ResponseOptions) verifier.ResponseReport {
		t.Helper()
		report, err := o.desk.VerifyResponse(t.Context(), o.by.Scope, uri, a, options)
		o.must(err)
		return report
	}
	report := verify(doorURL+r.ID, a, verifier.ResponseOptions{})
	o.wantCheck(report.Request.Checks, report.Outcome, verifier.Indeterminate, "format", verifier.NotChecked, "request-not-found")
	_, err := o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Signed: signed})
	o.must(err)
	there.files["/request"] = append(signed, '\n')
	for _, uri := range []string{doorURL + r.ID, string(signed), there.URL + "/request", "openid://?request_uri=" + doorURL + r.ID, "openid:?request=" + string(signed)} {
		report := verify(uri, a, verifier.ResponseOptions{})
		if report.Outcome != verifier.Passed || report.IDToken == nil || report.VPToken == nil || report.VPToken.Matches == nil ||
			report.Request.Client != o.client.did || !slices.Equal(names(report.Checks), []string{"presentation", "state", "holder"}) {
			t.Errorf("%s: %s\n%s", uri, report.Outcome, tree(append(report.Checks, report.Request.Checks...), ""))
		}
	}
	report = verify(there.URL+"/missing", a, verifier.ResponseOptions{})
	o.wantCheck(report.Request.Checks, report.Outcome, verifier.Indeterminate, "format", verifier.NotChecked, "request-not-found")
	report = verify("https://192.0.2.1/x", a, verifier.ResponseOptions{})
	o.wantCheck(report.Request.Checks, report.Outcome, verifier.Indeterminate, "format", verifier.NotChecked, "request-unreachable")
	for _, uri := range []string{"", "nowhere", "openid://?x=y", "::"} {
		_, err := o.desk.VerifyResponse(t.Context(), o.by.Scope, uri, a, verifier.ResponseOptions{})
		o.wantError(err, vc.Invalid, "request-malformed", "/requestURI")
	}
	bare := a
	bare.VPToken = ""
	report = verify(doorURL+r.ID, bare, verifier.ResponseOptions{})
	o.wantCheck(report.Checks, report.Outcome, verifier.Failed, "presentation", verifier.Failed, "vp-token-missing")
	wrong := a
	wrong.State = "s2"
	report = verify(doorURL+r.ID, wrong, verifier.ResponseOptions{})
	o.wantCheck(report.Checks, report.Outcome, verifier.Failed, "state", verifier.Failed, "state-mismatch")
	late := verify(doorURL+r.ID, a, verifier.ResponseOptions{At: r.ExpiresAt.Add(time.Hour)})
	o.wantCheck(late.Request.Checks, late.Outcome, verifier.Failed, "validity", verifier.Failed, "expired")
	another := o.asks(nil)
	report = verify(string(o.signing(o.client, another.Unsigned)), a, verifier.ResponseOptions{})
	o.wantCheck(report.IDToken.Checks, report.Outcome, verifier.Failed, "nonce", verifier.Failed, "nonce-mismatch")
	o.wantCheck(report.VPToken.Checks, report.Outcome, verifier.Failed, "nonce", verifier.Failed, "nonce-mismatch")
	o.config.Callers = setUp{}
	o.desk.Verifier = verifier.New(o.config)
	_, err = o.desk.VerifyResponse(t.Context(), o.by.Scope, doorURL+r.ID, a, verifier.ResponseOptions{})
	o.wantError(err, vc.Denied, "not-a-verifier", "")
}

// FuzzRequestAt: whatever stands for a request is one, or a fault of the caller's; nothing is fetched.
func FuzzRequestAt(f *testing.F) {
	for _, seed := range []string{"", "eyJ.e30.x", doorURL + "x", "openid://?request_uri=openid://?request=x", "https://%zz", "a:b?request_uri=https://h/"} {
		f.Add(seed)
	}
	desk := &verifier.Desk{OwnRequest: func(string) (string, bool) { return "", false }}
	f.Fuzz(func(t *testing.T, uri string) {
		object, err := desk.RequestAt(t.Context(), uri)
		e, ok := errors.AsType[*vc.Error](err)
		switch {
		case err == nil && !strings.Contains(uri, string(object)) && !strings.Contains(uri, "%"):
			t.Errorf("%q gives %q", uri, object)
		case err != nil && (!ok || e.Kind != vc.Invalid && e.Kind != vc.Unavailable):
			t.Errorf("%q: %v", uri, err)
		}
	})
}
