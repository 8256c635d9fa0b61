package verifier_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/domainlinkage"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// linkage is a domain linkage credential of VCDM 1.1, to be spoilt.
func (w *world) linkage(by signer, origin string) document {
	return document{
		"@context": []string{"https://www.w3.org/2018/credentials/v1", domainlinkage.Context},
		"type":     []string{"VerifiableCredential", domainlinkage.Type}, "issuer": by.did,
		"issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2027-01-01T00:00:00Z",
		"credentialSubject": map[string]any{"id": by.did, "origin": origin},
	}
}

// linked secures it as a JWT without a type, as the specification wants.
func (w *world) linked(by signer, credential document) string {
	w.Helper()
	payload, err := vcjwt.Encode11(credential.bytes(w))
	w.must(err)
	input := jose.Input([]byte(`{"alg":"EdDSA","kid":"`+by.method+`"}`), payload)
	signature, err := jose.Sign(by.private, by.alg, input)
	w.must(err)
	return string(jose.Join(input, signature))
}

func (w *world) embeddedLink(by signer, credential document) json.RawMessage {
	w.Helper()
	made, err := ldp.New(nil).Prepare(w.Context(), format.Material{
		Credential: credential.bytes(w), Model: vc.VCDM11, Suite: "Ed25519Signature2018", Issuer: by.did, Method: by.method, Algorithm: by.alg, Created: w.now,
	})
	w.must(err)
	signature, err := jose.Sign(by.private, by.alg, made.Input())
	w.must(err)
	secured, err := made.Secure(signature)
	w.must(err)
	return secured
}

func configuration(t testing.TB, linked ...any) []byte {
	if linked == nil {
		linked = []any{}
	}
	return raw(t, map[string]any{"@context": domainlinkage.Context, "linked_dids": linked})
}

// TestLinked: an origin's DIDs are those whose credentials verify and are for it.
func TestLinked(t *testing.T) {
	g := newGate(t)
	there := newElsewhere(t)
	origin := there.URL
	a, b := newSigner(t, "a"), newSigner(t, "b")
	forged := g.linked(a, g.linkage(a, origin))
	wrong := g.linkage(b, origin).with("credentialSubject", map[string]any{"id": a.did, "origin": origin})
	for name, c := range map[string]struct {
		linked []any
		want   []string
	}{
		"JWTs":            {[]any{g.linked(a, g.linkage(a, origin)), g.linked(b, g.linkage(b, origin))}, []string{a.did, b.did}},
		"embedded":        {[]any{g.embeddedLink(a, g.linkage(a, origin))}, []string{a.did}},
		"another origin":  {[]any{g.linked(a, g.linkage(a, "https://elsewhere.example")), g.linked(b, g.linkage(b, origin))}, []string{b.did}},
		"over":            {[]any{g.linked(a, g.linkage(a, origin).with("expirationDate", "2026-02-01T00:00:00Z"))}, nil},
		"another subject": {[]any{g.linked(b, wrong)}, nil},
		"forged":          {[]any{string(spoilt([]byte(forged), len(forged)-43))}, nil},
		"another's key":   {[]any{g.linked(signer{b.private, b.alg, a.did, b.method}, g.linkage(a, origin))}, nil},
		"rubbish beside":  {[]any{7, "x.y.z", map[string]any{}, g.linked(a, g.linkage(a, origin))}, []string{a.did}},
		"nobody":          {[]any{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			there.files[domainlinkage.Path] = configuration(t, c.linked...)
			links := &verifier.Links{Fetcher: g.world.client, Verifier: g.verifier, Now: g.desk.Now}
			dids, err := links.Linked(t.Context(), g.by.Scope, origin)
			if g.must(err); !slices.Equal(dids, c.want) {
				t.Errorf("%v, want %v", dids, c.want)
			}
		})
	}
}

// TestLinksKept: what was read is kept for a minute, and that there was nothing to read for seconds.
func TestLinksKept(t *testing.T) {
	g := newGate(t)
	there := newElsewhere(t)
	a := newSigner(t, "a")
	links := &verifier.Links{Fetcher: g.world.client, Verifier: g.verifier, Now: g.desk.Now}
	asked := func(want int64, found bool) {
		t.Helper()
		dids, err := links.Linked(t.Context(), g.by.Scope, there.URL)
		if there.asked.Load() != want || (len(dids) == 1) != found || found != (err == nil) {
			t.Errorf("asked %d times, %v %v", there.asked.Load(), dids, err)
		}
		if e, ok := errors.AsType[*vc.Error](err); !found && (!ok || e.Kind != vc.Unavailable || e.Code != "domain-unreachable") {
			t.Error(err)
		}
	}
	asked(1, false)
	there.files[domainlinkage.Path] = configuration(t, g.linked(a, g.linkage(a, there.URL)))
	asked(1, false)
	g.now = g.now.Add(5 * time.Second)
	asked(2, true)
	g.now = g.now.Add(59 * time.Second)
	delete(there.files, domainlinkage.Path)
	asked(2, true)
	g.now = g.now.Add(time.Second)
	asked(3, false)
}

// TestAllowed: an issuer counts where one of the origins is its own; where none can say so, that is no answer.
func TestAllowed(t *testing.T) {
	g := newGate(t)
	there, bare, moved := newElsewhere(t), newElsewhere(t), newElsewhere(t)
	there.files[domainlinkage.Path] = configuration(t, g.linked(g.issuer, g.linkage(g.issuer, there.URL)))
	bare.files[domainlinkage.Path] = configuration(t)
	big := newElsewhere(t)
	big.files[domainlinkage.Path] = append(configuration(t, g.linked(g.issuer, g.linkage(g.issuer, big.URL))), bytes.Repeat([]byte(" "), 64<<10)...)
	moved.Config.Handler = http.RedirectHandler(there.URL+domainlinkage.Path, http.StatusFound)
	gone := newElsewhere(t)
	gone.Close()
	g.desk.LoopbackHTTP = true
	g.desk.Domains = &verifier.Links{
		Fetcher:  httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true, MaxRedirects: -1, MaxBody: 128 << 10}),
		Verifier: g.verifier, Now: g.desk.Now,
	}
	for name, c := range map[string]struct {
		origins []string
		code    string
	}{
		"linked":                 {[]string{there.URL}, ""},
		"to one of them":         {[]string{bare.URL, there.URL}, ""},
		"and another is down":    {[]string{gone.URL, there.URL + "/"}, ""},
		"unlinked":               {[]string{bare.URL}, "issuer-not-allowed"},
		"unreachable":            {[]string{gone.URL}, "domain-unreachable"},
		"unlinked, another down": {[]string{bare.URL, gone.URL}, "domain-unreachable"},
		"redirected":             {[]string{moved.URL}, "domain-unreachable"},
		"oversize":               {[]string{big.URL}, "domain-unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			r := g.queries(func(n *verifier.NewRequest) { n.Domains = c.origins })
			progress := g.receives(r, g.about(map[string]any{"age": 20}))
			told := g.told(progress.Result)
			switch {
			case c.code == "" && progress.Status != verifier.ProgressVerified:
				t.Errorf("%s", progress.Result)
			case c.code != "" && (progress.Status != verifier.ProgressFailed || len(told.Errors) != 1 || told.Errors[0].Check != verifier.CheckAllowed || told.Errors[0].Code != c.code):
				t.Errorf("%s", progress.Result)
			}
		})
	}
	before := there.asked.Load()
	g.now = g.now.Add(2 * time.Minute)
	g.receives(g.queries(func(n *verifier.NewRequest) { n.Domains = []string{there.URL} }), g.about(map[string]any{"age": 7}))
	if there.asked.Load() != before {
		t.Error("an answer that does not verify makes nobody fetch")
	}
	g.desk.Domains = nil
	progress := g.receives(g.queries(func(n *verifier.NewRequest) { n.Domains = []string{there.URL} }), g.about(map[string]any{"age": 20}))
	if progress.Status != verifier.ProgressFailed || !strings.Contains(string(progress.Result), "domain-unreachable") {
		t.Errorf("%s", progress.Result)
	}
	made, err := g.desk.CreateDefinition(t.Context(), g.by, verifier.NewDefinition{Query: []byte(`[{"fields":[{"path":["$.x"]}]}]`), Domains: []string{"https://A.example:443"}})
	g.must(err)
	r := g.queries(func(n *verifier.NewRequest) { n.DefinitionID = made.ID })
	if want := []string{"https://a.example"}; !slices.Equal(made.Domains, want) || !slices.Equal(g.row(r.ID).Domains, want) {
		t.Error(made.Domains, r.Domains)
	}
}
