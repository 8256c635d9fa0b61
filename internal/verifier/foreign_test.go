package verifier_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// elsewhere is another server that publishes documents.
type elsewhere struct {
	*httptest.Server
	files map[string][]byte
	asked atomic.Int64
}

func newElsewhere(t *testing.T) *elsewhere {
	e := &elsewhere{files: map[string][]byte{}}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.asked.Add(1)
		body, ok := e.files[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write(body)
	}))
	t.Cleanup(e.Close)
	return e
}

func (w *world) list(publisher signer, url, purpose string, set ...int64) []byte {
	w.Helper()
	bits, err := statuslist.New(statuslist.MinLength, 1)
	w.must(err)
	for _, index := range set {
		w.must(bits.Set(index, 1))
	}
	list, err := statuslist.ListCredential(statuslist.ListParams{
		Dialect: statuslist.BitstringStatusList, ID: url,
		Issuer: publisher.did, Purpose: purpose, ValidFrom: w.now.Add(-time.Hour), ValidUntil: w.now.Add(time.Hour), Bits: bits,
	})
	w.must(err)
	return publisher.sign(w, list, jose.Header{Kid: publisher.method})
}

func TestForeignStatus(t *testing.T) {
	w := newWorld(t)
	there := newElsewhere(t)
	issuer, other := newSigner(t, "issuer"), newSigner(t, "other")
	good := w.list(issuer, there.URL+"/good", "revocation", 7)
	broken := append([]byte(nil), good...)
	if broken[len(broken)-10] = 'A'; good[len(good)-10] == 'A' { // another letter of the signature, and still base64url
		broken[len(broken)-10] = 'B'
	}
	there.files["/good"] = append(good, '\n')
	there.files["/broken"] = broken
	there.files["/moved"] = good
	there.files["/theirs"] = w.list(other, there.URL+"/theirs", "revocation", 7)
	there.files["/suspension"] = w.list(issuer, there.URL+"/suspension", "suspension")
	there.files["/json"] = []byte(`{"type":["VerifiableCredential"]}`)
	there.files["/none"] = issuer.sign(t, w.credential(issuer.did).bytes(t), jose.Header{Kid: issuer.method})
	credential := func(path, index string) []byte {
		return issuer.sign(t, w.credential(issuer.did).with("credentialStatus", map[string]any{
			"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": index,
			"statusListCredential": there.URL + path,
		}).bytes(t), jose.Header{Kid: issuer.method})
	}
	for _, test := range []struct {
		path, index string
		outcome     verifier.Outcome
		ended       verifier.Outcome
		code        string
	}{
		{"/good", "6", verifier.Passed, verifier.Passed, ""},
		{"/good", "7", verifier.Failed, verifier.Failed, "revoked"},
		{"/good", "131072", verifier.Failed, verifier.Failed, "status-index"},
		{"/broken", "6", verifier.Failed, verifier.Failed, "status-list-invalid"},
		{"/moved", "6", verifier.Failed, verifier.Failed, "status-list-invalid"},
		{"/none", "6", verifier.Failed, verifier.Failed, "status-list-invalid"},
		{"/suspension", "6", verifier.Failed, verifier.Failed, "status-purpose"},
		{"/json", "6", verifier.Indeterminate, verifier.NotChecked, "status-list-format"},
		{"/missing", "6", verifier.Indeterminate, verifier.NotChecked, "status-list-unreachable"},
		{"/theirs", "7", verifier.Failed, verifier.Failed, "revoked"},
	} {
		t.Run(test.path+"#"+test.index, func(t *testing.T) {
			w := *w
			w.TB = t
			check := w.want(w.verify(credential(test.path, test.index), verifier.Options{}), test.outcome, "status", test.ended, test.code)
			if len(check.Children) != 1 || len(check.Children[0].Children) != 1 || check.Children[0].Children[0].Name != "list" {
				t.Errorf("the list's own checks are missing:\n%s", tree(check.Children, ""))
			}
		})
	}
	w.want(w.verify(credential("/theirs", "6"), verifier.Options{}), verifier.Passed, "status", verifier.Passed, "")

	asked := there.asked.Load()
	for range 3 {
		w.verify(credential("/good", "6"), verifier.Options{})
	}
	if there.asked.Load() != asked {
		t.Error("the list was fetched again within five minutes")
	}
	there.files["/good"] = w.list(issuer, there.URL+"/good", "revocation", 6)
	w.now = w.now.Add(5 * time.Minute)
	w.want(w.verify(credential("/good", "6"), verifier.Options{}), verifier.Failed, "status", verifier.Failed, "revoked")
	w.now = w.now.Add(2 * time.Hour) // the list's own period is over
	w.want(w.verify(credential("/good", "6"), verifier.Options{}), verifier.Failed, "status", verifier.Failed, "status-list-invalid")
}

func TestForeignSchema(t *testing.T) {
	w := newWorld(t)
	there := newElsewhere(t)
	issuer := newSigner(t, "issuer")
	claims := `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object","properties":{"givenName":{"type":"string","maxLength":6}},"required":["givenName"]}`
	whole := `{"type":"object","properties":{"credentialSubject":` + claims + `},"required":["credentialSubject"]}`
	there.files["/claims"], there.files["/whole"] = []byte(claims), []byte(whole)
	there.files["/described"] = []byte(`{"id":"x","type":"https://w3c-ccg.github.io/vc-json-schemas/","version":"1.0","name":"n","schema":` + claims + `}`)
	there.files["/remote"] = []byte(`{"$ref":"https://x.example/s"}`)
	there.files["/text"] = []byte(`hello`)
	digest := sha256.Sum256([]byte(whole))
	sri := "sha256-" + base64.StdEncoding.EncodeToString(digest[:])
	for _, test := range []struct {
		path, kind, sri, name string
		outcome               verifier.Outcome
		ended                 verifier.Outcome
		code, pointer         string
	}{
		{"/whole", "JsonSchema", "", "Ingrid", verifier.Passed, verifier.Passed, "", "/credentialSchema"},
		{"/whole", "JsonSchema", sri, "Ingrid", verifier.Passed, verifier.Passed, "", "/credentialSchema"},
		{"/whole", "JsonSchema", "sha256-AAAA", "Ingrid", verifier.Failed, verifier.Failed, "schema-digest", "/credentialSchema"},
		{"/whole", "JsonSchema", "", "Gudrunn", verifier.Failed, verifier.Failed, "schema-violation", "/credentialSubject/givenName"},
		{"/whole", "JsonSchemaValidator2018", "", "Gudrunn", verifier.Failed, verifier.Failed, "schema-violation", "/credentialSubject/givenName"},
		{"/claims", "JsonSchemaValidator2018", "", "Ingrid", verifier.Passed, verifier.Passed, "", "/credentialSchema"},
		{"/claims", "JsonSchemaValidator2018", "", "Gudrunn", verifier.Failed, verifier.Failed, "schema-violation", "/credentialSubject/givenName"},
		{"/claims", "JsonSchema", "", "Ingrid", verifier.Failed, verifier.Failed, "schema-violation", ""},
		{"/described", "JsonSchemaValidator2018", "", "Gudrunn", verifier.Failed, verifier.Failed, "schema-violation", "/credentialSubject/givenName"},
		{"/remote", "JsonSchema", "", "Ingrid", verifier.Indeterminate, verifier.NotChecked, "schema-not-supported", "/credentialSchema"},
		{"/text", "JsonSchema", "", "Ingrid", verifier.Indeterminate, verifier.NotChecked, "schema-not-supported", "/credentialSchema"},
		{"/missing", "JsonSchema", "", "Ingrid", verifier.Indeterminate, verifier.NotChecked, "schema-unreachable", "/credentialSchema"},
	} {
		t.Run(test.path+" "+test.kind+" "+test.name+" "+test.sri, func(t *testing.T) {
			w := *w
			w.TB = t
			reference := map[string]any{"id": there.URL + test.path, "type": test.kind}
			if test.sri != "" {
				reference["digestSRI"] = test.sri
			}
			credential := w.credential(issuer.did).with("credentialSchema", reference).
				with("credentialSubject", map[string]any{"givenName": test.name})
			report := w.verify(issuer.sign(t, credential.bytes(t), jose.Header{Kid: issuer.method}), verifier.Options{})
			check := w.want(report, test.outcome, "schema", test.ended, test.code)
			if check.Pointer != test.pointer && test.pointer != "" {
				t.Errorf("at %q, want %q", check.Pointer, test.pointer)
			}
		})
	}
	if there.asked.Load() != 6 {
		t.Errorf("fetched %d times, want once each", there.asked.Load())
	}
}
