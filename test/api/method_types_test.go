package api

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// TestSuitesAndMethodTypes: a did:web that lists its key as a suite asks for signs with that suite, and one that does not is
// refused; a did:jwk has no form but its own.
func TestSuitesAndMethodTypes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{})
		credential := object{
			"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiableCredential"},
			"issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": object{"id": "did:example:s"},
		}
		made := func(slug, method, algorithm, suite, methodType string) sdk.DID {
			n := sdk.NewDID{Method: method, Algorithm: algorithm}
			if method == "web" {
				n.Options = map[string]string{"path": "issuers/" + slug, "verificationMethodType": methodType}
				if methodType == "" {
					delete(n.Options, "verificationMethodType")
				}
			}
			did := must(c.admin.CreateDID(t.Context(), n))
			c.instance(sdk.NewInstance{Slug: slug, Identity: did.ID, Format: "ldp", Suite: suite})
			return did
		}
		for slug, s := range map[string]struct{ algorithm, suite, methodType string }{
			"old":      {"Ed25519", "Ed25519Signature2018", "Ed25519VerificationKey2018"},
			"newer":    {"Ed25519", "Ed25519Signature2020", "Ed25519VerificationKey2020"},
			"multikey": {"Ed25519", "Ed25519Signature2020", "Multikey"},
			"jws":      {"P-384", "JsonWebSignature2020", "JsonWebKey2020"},
			"koblitz":  {"secp256k1", "EcdsaSecp256k1Signature2019", "EcdsaSecp256k1VerificationKey2019"},
			"eddsa":    {"Ed25519", "eddsa-rdfc-2022", "Multikey"},
			"ecdsa":    {"P-256", "ecdsa-rdfc-2019", "Multikey"},
			"usual":    {"Ed25519", "eddsa-jcs-2022", ""},
		} {
			did := made(slug, "web", s.algorithm, s.suite, s.methodType)
			if did.Keys[0].Type != s.methodType {
				t.Errorf("%s: %+v", slug, did.Keys)
			}
			issued := c.post("/credentials/issue", object{"credential": credential}, 201, "Issued")
			proof := issued["verifiableCredential"].(map[string]any)["proof"].(map[string]any)
			if proof["verificationMethod"] != did.Keys[0].Method {
				t.Errorf("%s: %v", slug, proof)
			}
			c.post("/credentials/verify", issued, 200, "VerifyCredential")
		}
		for slug, s := range map[string]struct{ method, suite, methodType string }{
			"usual-old": {"web", "Ed25519Signature2018", ""}, "usual-newer": {"web", "Ed25519Signature2020", ""},
			"old-eddsa": {"web", "eddsa-rdfc-2022", "Ed25519VerificationKey2018"}, "jwk-old": {"jwk", "Ed25519Signature2018", ""},
			"jwk-newer": {"jwk", "Ed25519Signature2020", ""},
		} {
			made(slug, s.method, "Ed25519", s.suite, s.methodType)
			if refused := c.post("/credentials/issue", object{"credential": credential}, 400, ""); refused["code"] != "suite" {
				t.Errorf("%s: %v", slug, refused)
			}
		}
		_, err := c.admin.CreateDID(t.Context(), sdk.NewDID{Method: "web", Algorithm: "P-256", Options: map[string]string{
			"path": "issuers/none", "verificationMethodType": "Ed25519VerificationKey2020",
		}})
		refused(t, err, 400, "method-type")
		_, err = c.admin.AddDIDKey(t.Context(), c.did.ID, sdk.NewDIDKey{Algorithm: "Ed25519", Type: "Multikey"})
		refused(t, err, 422, "cannot-rotate")
	})
}

// TestKeysOfSeveralTypes: of a DID with several keys each suite is given the newest that it is taken with.
func TestKeysOfSeveralTypes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{})
		did := must(c.admin.CreateDID(t.Context(), sdk.NewDID{Method: "web", Algorithm: "P-256", Options: map[string]string{"path": "issuers/all"}}))
		for _, n := range []sdk.NewDIDKey{
			{Algorithm: "Ed25519", Type: "Ed25519VerificationKey2018"}, {Algorithm: "Ed25519", Type: "Ed25519VerificationKey2020"}, {Algorithm: "Ed25519", Type: "JsonWebKey2020"},
		} {
			did = must(c.admin.AddDIDKey(t.Context(), did.ID, n))
		}
		for suite, key := range map[string]int{
			"ecdsa-rdfc-2019": 0, "Ed25519Signature2018": 1, "Ed25519Signature2020": 2, "eddsa-rdfc-2022": 3, "JsonWebSignature2020": 3,
		} {
			c.instance(sdk.NewInstance{Slug: strings.ToLower(suite), Identity: did.ID, Format: "ldp", Suite: suite})
			issued := c.post("/credentials/issue", object{"credential": plainCredential()}, 201, "Issued")
			proof := issued["verifiableCredential"].(map[string]any)["proof"].(map[string]any)
			if proof["verificationMethod"] != did.Keys[key].Method {
				t.Errorf("%s: %v, want key %d", suite, proof["verificationMethod"], key)
			}
			c.post("/credentials/verify", issued, 200, "VerifyCredential")
		}
	})
}

// TestResolvedAs: the resolver writes a did:key in the form that is asked for.
func TestResolvedAs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		const did = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
		o := w.office("north")
		web := must(o.admin.CreateDID(t.Context(), sdk.NewDID{Method: "web", Options: map[string]string{"path": "issuers/north"}}))
		for _, test := range []struct {
			did, query string
			status     int
			want       string // type of the first method, or error
			methods    int
		}{
			{did, "", 200, diddoc.Multikey, 2},
			{o.did.DID, "", 200, diddoc.Multikey, 2},
			{did, "?publicKeyFormat=Ed25519VerificationKey2018", 200, diddoc.Ed25519VerificationKey2018, 2},
			{o.did.DID, "?publicKeyFormat=Ed25519VerificationKey2020", 200, diddoc.Ed25519VerificationKey2020, 2},
			{did, "?publicKeyFormat=JsonWebKey2020&enableEncryptionKeyDerivation=false", 200, diddoc.JSONWebKey2020, 1},
			{did, "?enableEncryptionKeyDerivation=true", 200, diddoc.Multikey, 2},
			{did, "?enableEncryptionKeyDerivation=perhaps", 400, "invalidOptions", 0},
			{did, "?publicKeyFormat=Nonsense", 400, "unsupportedPublicKeyType", 0},
			{web.DID, "?publicKeyFormat=Multikey", 400, "invalidOptions", 0},
			{web.DID, "", 200, diddoc.JSONWebKey2020, 1},
		} {
			got := w.call(http.MethodGet, "/1.0/identifiers/"+test.did+test.query, "", nil)
			var result struct {
				Document struct {
					Methods []struct{ Type string } `json:"verificationMethod"`
				} `json:"didDocument"`
				Metadata struct{ Error string } `json:"didResolutionMetadata"`
			}
			if err := json.Unmarshal(got.body, &result); err != nil || got.status != test.status {
				t.Errorf("%s%s: %d %s", test.did, test.query, got.status, got.body)
				continue
			}
			said := result.Metadata.Error
			if len(result.Document.Methods) > 0 {
				said = result.Document.Methods[0].Type
			}
			if said != test.want || len(result.Document.Methods) != test.methods {
				t.Errorf("%s%s: %s", test.did, test.query, got.body)
			}
		}
	})
}
