package verifier_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/sharedtest"

	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// TestEverything: a credential with all there is to check passes each check, and the report says what it says.
func TestEverything(t *testing.T) {
	w := newWorld(t)
	issuer := newSigner(t, "issuer")
	_, status := w.entries(nil, vc.Revocation, vc.Suspension)
	credential := w.credential(issuer.did).with("credentialStatus", status).
		with("credentialSchema", map[string]any{"id": w.schema(), "type": "JsonSchema"})
	report := w.verify(issuer.sign(t, credential.bytes(t), jose.Header{Kid: issuer.method}), verifier.Options{})
	names := []string{"format", "data-model", "issuer", "key", "signature", "validity", "schema", "status"}
	var got []string
	for _, check := range report.Checks {
		got = append(got, check.Name)
		if check.Outcome != verifier.Passed || check.Reason == "" {
			t.Errorf("%+v", check)
		}
	}
	if report.Outcome != verifier.Passed || !slices.Equal(got, names) {
		t.Errorf("%s %v\n%s", report.Outcome, got, tree(report.Checks, ""))
	}
	children, _ := report.Find("status")
	if len(children.Children) != 2 || children.Children[0].Name != "revocation" || children.Children[1].Name != "suspension" {
		t.Errorf("%+v", children)
	}
	if report.Issuer != issuer.did || report.Model != vc.VCDM20 || report.Format != "jwtvc" || len(report.Types) != 2 ||
		report.ValidUntil.Year() != 2027 || !strings.HasPrefix(report.ID, "urn:uuid:") || !bytes.Contains(report.Credential, []byte("Ingrid")) {
		t.Errorf("%+v", report)
	}
}

// TestOld: a VCDM 1.1 credential as vc-jwt, with the schema reference of its time.
func TestOld(t *testing.T) {
	w := newWorld(t)
	issuer := newSigner(t, "issuer")
	credential := w.credential(issuer.did).with("@context", []string{"https://www.w3.org/2018/credentials/v1"}).
		with("validFrom", nil).with("validUntil", nil).with("issuanceDate", "2026-01-01T00:00:00Z").
		with("expirationDate", "2026-11-01T00:00:00Z").
		with("credentialSchema", map[string]any{"id": w.schema(), "type": "JsonSchemaValidator2018"})
	payload, err := vcjwt.Encode11(credential.bytes(t))
	w.must(err)
	secured := issuer.sign(t, payload, jose.Header{Kid: issuer.method, Typ: vcjwt.TypeJWT})
	report := w.verify(secured, verifier.Options{At: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)})
	w.want(report, verifier.Passed, "schema", verifier.Passed, "")
	w.want(w.verify(secured, verifier.Options{}), verifier.Failed, "validity", verifier.Failed, "expired")
}

func TestSpoilt(t *testing.T) {
	w := newWorld(t)
	issuer, thief := newSigner(t, "issuer"), newSigner(t, "thief")
	good := w.credential(issuer.did)
	schema := w.schema()
	kid := jose.Header{Kid: issuer.method}
	tamper := func(token []byte) []byte {
		parts := strings.Split(string(token), ".")
		parts[1] = base64.RawURLEncoding.EncodeToString(bytes.Replace(good.bytes(t), []byte("Ingrid"), []byte("Astrid"), 1))
		return []byte(strings.Join(parts, "."))
	}
	for name, test := range map[string]struct {
		secured []byte
		outcome verifier.Outcome
		check   string
		ended   verifier.Outcome
		code    string
	}{
		"garbage":           {[]byte("garbage"), verifier.Failed, "format", verifier.Failed, "unknown-format"},
		"nothing":           {nil, verifier.Failed, "format", verifier.Failed, "unknown-format"},
		"broken token":      {[]byte("eyJhbGciOiJub25lIn0.e30."), verifier.Failed, "format", verifier.Failed, "malformed"},
		"tampered":          {tamper(issuer.sign(t, good.bytes(t), kid)), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"no kid":            {issuer.sign(t, good.bytes(t), jose.Header{}), verifier.Passed, "key", verifier.Passed, ""},
		"kid is the DID":    {issuer.sign(t, good.bytes(t), jose.Header{Kid: issuer.did}), verifier.Passed, "key", verifier.Passed, ""},
		"relative kid":      {issuer.sign(t, good.bytes(t), jose.Header{Kid: issuer.method[len(issuer.did):]}), verifier.Passed, "key", verifier.Passed, ""},
		"bare fragment":     {issuer.sign(t, good.bytes(t), jose.Header{Kid: issuer.method[len(issuer.did)+1:]}), verifier.Passed, "key", verifier.Passed, ""},
		"unknown fragment":  {issuer.sign(t, good.bytes(t), jose.Header{Kid: issuer.did + "#x"}), verifier.Failed, "key", verifier.Failed, "method-not-listed"},
		"key of another":    {thief.sign(t, good.bytes(t), jose.Header{Kid: thief.method}), verifier.Failed, "key", verifier.Failed, "issuer-mismatch"},
		"thief without kid": {thief.sign(t, good.bytes(t), jose.Header{}), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"thief in disguise": {thief.sign(t, good.bytes(t), kid), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"issuer is a URL": {
			issuer.sign(t, good.with("issuer", "https://issuer.example").bytes(t), kid),
			verifier.Failed, "issuer", verifier.Failed, "issuer-not-a-did",
		},
		"DID method": {
			issuer.sign(t, good.with("issuer", "did:unheard:of").bytes(t), jose.Header{}),
			verifier.Indeterminate, "issuer", verifier.NotChecked, "did-method-not-supported",
		},
		"broken DID": {
			issuer.sign(t, good.with("issuer", "did:key:zzz").bytes(t), jose.Header{}),
			verifier.Failed, "issuer", verifier.Failed, "did-invalid",
		},
		"expired": {
			issuer.sign(t, good.with("validUntil", "2026-11-22T11:00:00Z").bytes(t), kid),
			verifier.Failed, "validity", verifier.Failed, "expired",
		},
		"just expired": {
			issuer.sign(t, good.with("validUntil", "2026-11-22T11:59:30Z").bytes(t), kid),
			verifier.Passed, "validity", verifier.Passed, "",
		},
		"early": {
			issuer.sign(t, good.with("validFrom", "2026-11-22T13:00:00Z").bytes(t), kid),
			verifier.Failed, "validity", verifier.Failed, "not-yet-valid",
		},
		"expired token": {
			issuer.sign(t, good.with("exp", 1780000000).bytes(t), kid),
			verifier.Failed, "validity", verifier.Failed, "expired",
		},
		"no type": {
			issuer.sign(t, good.with("type", "VerifiablePresentation").bytes(t), kid),
			verifier.Failed, "data-model", verifier.Failed, "data-model",
		},
		"no schema": {issuer.sign(t, good.bytes(t), kid), verifier.Passed, "schema", verifier.NotChecked, verifier.CodeNoSchema},
		"no status": {issuer.sign(t, good.bytes(t), kid), verifier.Passed, "status", verifier.NotChecked, verifier.CodeNoStatus},
		"schema": {
			issuer.sign(t, good.with("credentialSubject", map[string]any{"givenName": 1}).
				with("credentialSchema", map[string]any{"id": schema, "type": "JsonSchema"}).bytes(t), kid),
			verifier.Failed, "schema", verifier.Failed, "schema-violation",
		},
		"schema gone": {
			issuer.sign(t, good.with("credentialSchema", map[string]any{
				"id": strings.Replace(schema, "/1/", "/7/", 1), "type": "JsonSchema",
			}).bytes(t), kid),
			verifier.Indeterminate, "schema", verifier.NotChecked, "schema-not-found",
		},
		"schema type": {
			issuer.sign(t, good.with("credentialSchema", map[string]any{"id": schema, "type": "Zkp"}).bytes(t), kid),
			verifier.Indeterminate, "schema", verifier.NotChecked, "schema-type-not-supported",
		},
		"status type": {
			issuer.sign(t, good.with("credentialStatus", map[string]any{"id": "https://x.example/1", "type": "Crl"}).bytes(t), kid),
			verifier.Indeterminate, "status", verifier.NotChecked, "status-type-not-supported",
		},
		"status list of ours that is not there": {
			issuer.sign(t, good.with("credentialStatus", map[string]any{
				"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": "5",
				"statusListCredential": publicURL + "/status/" + newID(),
			}).bytes(t), kid),
			verifier.Failed, "status", verifier.Failed, "status-list-not-found",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.TB = t
			w.want(w.verify(test.secured, verifier.Options{}), test.outcome, test.check, test.ended, test.code)
		})
	}
	report := w.verify([]byte("garbage"), verifier.Options{})
	if len(report.Checks) != 8 {
		t.Error("a check is missing:", tree(report.Checks, ""))
	}
	for _, check := range report.Checks[1:] {
		if check.Outcome != verifier.NotChecked {
			t.Errorf("%s reads %s", check.Name, check.Outcome)
		}
	}
	if _, err := w.verifier.Verify(t.Context(), w.by.Scope, nil, verifier.Options{Checks: []string{"mood"}}); vc.KindOf(err) != vc.Invalid {
		t.Error("an unknown check", err)
	}
}

func TestOwnStatus(t *testing.T) {
	messages := []vc.StatusMessage{
		{Status: "0x0", Message: "in force"},
		{Status: "0x1", Message: "name changed"},
		{Status: "0x2", Message: "under review"},
		{Status: "0x3", Message: "closed"},
	}
	w := newWorld(t)
	issuer := newSigner(t, "issuer")
	for _, test := range []struct {
		purpose vc.StatusPurpose
		value   int
		outcome verifier.Outcome
		ended   verifier.Outcome
		code    string
		reason  string
	}{
		{vc.Revocation, 1, verifier.Failed, verifier.Failed, "revoked", "revoked"},
		{vc.Suspension, 1, verifier.Failed, verifier.Failed, "suspended", "suspended"},
		{vc.Refresh, 1, verifier.Passed, verifier.Warning, "refresh", "newer"},
		{vc.Message, 2, verifier.Passed, verifier.Warning, "message", "under review"},
	} {
		entries, status := w.entries(messages, test.purpose)
		secured := issuer.sign(t, w.credential(issuer.did).with("credentialStatus", status).bytes(t), jose.Header{Kid: issuer.method})
		w.want(w.verify(secured, verifier.Options{}), verifier.Passed, "status", verifier.Passed, "")
		w.set(entries[0], 1, test.value)
		check := w.want(w.verify(secured, verifier.Options{}), test.outcome, "status", test.ended, test.code)
		if !strings.Contains(check.Reason, test.reason) {
			t.Errorf("%s: %q", test.purpose, check.Reason)
		}
		report := w.verify(secured, verifier.Options{Checks: []string{"validity"}})
		if _, there := report.Find("status"); there || report.Outcome != verifier.Passed {
			t.Error("status was checked though it was not wanted")
		}
		w.set(entries[0], 2, 0)
		w.want(w.verify(secured, verifier.Options{}), verifier.Passed, "status", verifier.Passed, "")
	}
	entries, status := w.entries(nil, vc.Suspension, vc.Revocation)
	secured := issuer.sign(t, w.credential(issuer.did).with("credentialStatus", status).bytes(t), jose.Header{Kid: issuer.method})
	w.set(entries[1], 1, 1)
	check := w.want(w.verify(secured, verifier.Options{}), verifier.Failed, "status", verifier.Failed, "revoked")
	if check.Pointer != "/credentialStatus/1" || check.Children[0].Outcome != verifier.Passed {
		t.Errorf("%+v", check)
	}
	var entry []map[string]any
	w.must(json.Unmarshal(status.(json.RawMessage), &entry))
	entry[0]["statusPurpose"] = "revocation" // of a suspension list
	secured = issuer.sign(t, w.credential(issuer.did).with("credentialStatus", entry[0]).bytes(t), jose.Header{Kid: issuer.method})
	w.want(w.verify(secured, verifier.Options{}), verifier.Failed, "status", verifier.Failed, "status-purpose")
	entry[0]["statusPurpose"], entry[0]["statusListIndex"] = "suspension", "99999999"
	secured = issuer.sign(t, w.credential(issuer.did).with("credentialStatus", entry[0]).bytes(t), jose.Header{Kid: issuer.method})
	w.want(w.verify(secured, verifier.Options{}), verifier.Failed, "status", verifier.Failed, "status-index")
}

// ownKey signs with a key of an identity of this server.
func (w *world) ownKey(k vc.IdentityKey, credential []byte) []byte {
	w.Helper()
	input := jose.Input(jose.EncodeHeader(jose.Header{Alg: k.Key.Algorithm.JOSE(), Kid: k.Method, Typ: vcjwt.TypeCredential}), credential)
	signature, err := w.keys.Sign(w.Context(), k.Key, input)
	w.must(err)
	return jose.Join(input, signature)
}

// TestFates: a retired key verifies what it signed, a compromised one nothing, and both are told why.
func TestFates(t *testing.T) {
	w := newWorld(t)
	for _, method := range []identity.CreateRequest{
		{Method: "web", Options: map[string]string{"domain": "issuer.example"}},
	} {
		made, err := w.identity.Create(t.Context(), w.by, method)
		w.must(err)
		secured := w.ownKey(made.Keys[0], w.credential(made.DID).bytes(t))
		w.want(w.verify(secured, verifier.Options{}), verifier.Passed, "key", verifier.Passed, "")
		w.now = w.now.Add(time.Hour)
		made, err = w.identity.Rotate(t.Context(), w.by, made.ID, "")
		w.must(err)
		check := w.want(w.verify(secured, verifier.Options{}), verifier.Passed, "key", verifier.Passed, "key-retired")
		if !strings.Contains(check.Reason, "2026-11-22T13:00:00Z") {
			t.Error(check.Reason)
		}
		if len(made.Keys) != 2 {
			t.Fatal(made.Keys)
		}
		_, err = w.identity.SetKeyState(t.Context(), w.by, made.ID, made.Keys[0].Method, vc.KeyCompromised)
		w.must(err)
		check = w.want(w.verify(secured, verifier.Options{}), verifier.Failed, "key", verifier.Failed, "key-compromised")
		if !strings.Contains(check.Reason, "2026-11-22T13:00:00Z") {
			t.Error(check.Reason)
		}
		w.want(w.verify(w.ownKey(made.Keys[1], w.credential(made.DID).bytes(t)), verifier.Options{}), verifier.Passed, "key", verifier.Passed, "")
		_, err = w.identity.Deactivate(t.Context(), w.by, made.ID)
		w.must(err)
		w.want(w.verify(secured, verifier.Options{}), verifier.Failed, "issuer", verifier.Failed, "did-deactivated")
	}
}

// documents is a resolver of documents that are there.
type documents map[string]string

func (d documents) Resolve(_ context.Context, _ vc.Scope, did string) (diddoc.Resolution, error) {
	document, ok := d[did]
	if !ok {
		return diddoc.Resolution{}, vc.Errorf(vc.NotFound, "notFound", "no such DID")
	}
	return diddoc.Resolution{Document: []byte(document)}, nil
}

// TestBinding: the issuer's document alone says whose key signs for it.
func TestBinding(t *testing.T) {
	w := newWorld(t)
	a, b := newSigner(t, "a"), newSigner(t, "b")
	method := func(id, controller string, s signer) string {
		return `{"id":"` + id + `","type":"Multikey","controller":"` + controller + `","publicKeyMultibase":"` + s.did[len("did:key:"):] + `"}`
	}
	doc := func(did, methods, assertion string) string {
		return `{"@context":["https://www.w3.org/ns/did/v1"],"id":"` + did + `","verificationMethod":[` + methods + `],"assertionMethod":[` + assertion + `]}`
	}
	const victim, other = "did:web:victim.example", "did:web:other.example"
	for name, test := range map[string]struct {
		documents documents
		kid       string
		outcome   verifier.Outcome
		code      string
	}{
		"two that fit, none named": {
			documents{victim: doc(victim, method(victim+"#a", victim, a)+","+method(victim+"#b", victim, b), `"#a","#b"`)},
			"", verifier.Failed, "method-ambiguous",
		},
		"two, one named": {
			documents{victim: doc(victim, method(victim+"#a", victim, a)+","+method(victim+"#b", victim, b), `"#a","#b"`)},
			"#a", verifier.Passed, "",
		},
		"not for assertions": {documents{victim: doc(victim, method(victim+"#a", victim, a), "")}, "#a", verifier.Failed, "method-purpose"},
		"a controller's claim": {documents{
			victim: doc(victim, method(victim+"#b", victim, b), `"#b"`),
			other:  doc(other, method(other+"#a", victim, a), `"#a"`),
		}, other + "#a", verifier.Failed, "issuer-mismatch"},
		"referred to": {documents{
			victim: doc(victim, "", `"`+other+`#a"`),
			other:  doc(other, method(other+"#a", other, a), `"#a"`),
		}, other + "#a", verifier.Passed, ""},
		"referred to, and gone":   {documents{victim: doc(victim, "", `"`+other+`#a"`)}, other + "#a", verifier.Failed, "did-not-found"},
		"a document of another":   {documents{victim: doc(other, method(other+"#a", other, a), `"#a"`)}, "#a", verifier.Failed, "no-issuer"},
		"a document that is none": {documents{victim: `[]`}, "#a", verifier.Failed, "no-issuer"},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.TB = t
			w.config.Resolver, w.config.Fates = test.documents, nil
			w.verifier = verifier.New(w.config)
			report := w.verify(a.sign(t, w.credential(victim).bytes(t), jose.Header{Kid: test.kid}), verifier.Options{})
			ended := test.outcome
			if test.code == "no-issuer" {
				ended = verifier.NotChecked
			}
			w.want(report, test.outcome, "key", ended, test.code)
		})
	}
}

// method resolves with one DID method and nothing else, as the command line does.
type method struct{ key.Method }

func (m method) Resolve(ctx context.Context, _ vc.Scope, did string) (diddoc.Resolution, error) {
	return m.Method.Resolve(ctx, did)
}

// TestOffline: without store and network what can be checked is, and the rest does not read as passed.
func TestOffline(t *testing.T) {
	w := newWorld(t)
	issuer := newSigner(t, "issuer")
	plain := issuer.sign(t, w.credential(issuer.did).bytes(t), jose.Header{Kid: issuer.method})
	_, status := w.entries(nil, vc.Revocation)
	full := issuer.sign(t, w.credential(issuer.did).with("credentialStatus", status).
		with("credentialSchema", map[string]any{"id": w.schema(), "type": "JsonSchema"}).bytes(t), jose.Header{Kid: issuer.method})
	w.config = verifier.Config{Formats: []format.Format{jwtvc.Format{}}, Resolver: method{}, Now: func() time.Time { return w.now }}
	w.verifier = verifier.New(w.config)
	w.want(w.verify(plain, verifier.Options{}), verifier.Passed, "signature", verifier.Passed, "")
	report := w.verify(full, verifier.Options{})
	w.want(report, verifier.Indeterminate, "schema", verifier.NotChecked, "not-fetched")
	w.want(report, verifier.Indeterminate, "status", verifier.NotChecked, "not-fetched")
	w.config.Resolver = nil
	w.verifier = verifier.New(w.config)
	w.want(w.verify(plain, verifier.Options{}), verifier.Indeterminate, "signature", verifier.NotChecked, "no-issuer")
}

func FuzzVerify(f *testing.F) {
	issuer := newSigner(f, "issuer")
	good := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"` + issuer.did +
		`","credentialSubject":{"id":"did:example:1"},"credentialStatus":[{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"https://x.example/1"}],"credentialSchema":{"id":"https://x.example/s","type":"JsonSchema"}}`
	f.Add([]byte(good), issuer.method)
	f.Add([]byte(`{"vc":{}}`), "#")
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed, issuer.method) },
		"github.com/w3c/vc-test-suite at 165724edbdc728f5f8ee0fc5b6f47d940cc4a66a", "vectors", "vcdm1-inputs", "input")
	f.Add([]byte(`[]`), "")
	s := verifier.New(verifier.Config{Formats: []format.Format{jwtvc.Format{}}, Resolver: method{}})
	f.Fuzz(func(t *testing.T, payload []byte, kid string) {
		if !jsonString(kid) {
			return
		}
		report, err := s.Verify(t.Context(), vc.Scope{}, issuer.sign(t, payload, jose.Header{Kid: kid}), verifier.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if report.Outcome == verifier.Passed && report.Issuer != issuer.did {
			t.Fatal("another issuer's credential passes")
		}
		if report, err = s.Verify(t.Context(), vc.Scope{}, payload, verifier.Options{}); err != nil || report.Outcome == verifier.Passed {
			t.Fatal("an unsigned credential passes", err)
		}
	})
}

func jsonString(text string) bool { return strings.ToValidUTF8(text, "") == text }

func BenchmarkVerify(b *testing.B) {
	w := newWorld(b)
	issuer := newSigner(b, "issuer")
	_, status := w.entries(nil, vc.Revocation)
	secured := issuer.sign(b, w.credential(issuer.did).with("credentialStatus", status).
		with("credentialSchema", map[string]any{"id": w.schema(), "type": "JsonSchema"}).bytes(b), jose.Header{Kid: issuer.method})
	public, err := jose.Public(issuer.private)
	w.must(err)
	token, err := jose.ParseCompact(secured)
	w.must(err)
	b.Run("signature", func(b *testing.B) {
		for b.Loop() {
			if jose.Verify(public, token.Input, token.Signature) != nil {
				b.Fatal("not verified")
			}
		}
	})
	b.Run("all", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			report, err := w.verifier.Verify(b.Context(), w.by.Scope, secured, verifier.Options{})
			if err != nil || report.Outcome != verifier.Passed {
				b.Fatal(err, tree(report.Checks, ""))
			}
		}
	})
}

// TestNoChecksNamed: a list of checks that is there and empty is no way around any.
func TestNoChecksNamed(t *testing.T) {
	w := newWorld(t)
	issuer := newSigner(t, "issuer")
	secured := issuer.sign(t, w.credential(issuer.did).with("validUntil", "2026-02-01T00:00:00Z").bytes(t), jose.Header{Kid: issuer.method})
	w.want(w.verify(secured, verifier.Options{Checks: []string{}}), verifier.Failed, "validity", verifier.Failed, "expired")
}
