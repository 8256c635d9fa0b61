package dataintegrity

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// The report on JsonWebSignature2020, github.com/w3c-ccg/lds-jws2020 docs/index.html "Test Vectors", vc_0 by keypair_0. The
// canonical form stands beside it because its examples/v1 needs a further context.
const (
	jws2020Credential = `{"@context":["https://www.w3.org/2018/credentials/v1","https://www.w3.org/2018/credentials/examples/v1",` +
		`"https://w3id.org/security/suites/jws-2020/v1"],"id":"http://example.gov/credentials/3732",` +
		`"type":["VerifiableCredential","UniversityDegreeCredential"],"issuer":{"id":"https://example.com/issuer/123"},` +
		`"issuanceDate":"2020-03-10T04:24:12.164Z","credentialSubject":{"id":"did:example:456",` +
		`"degree":{"type":"BachelorDegree","name":"Bachelor of Science and Arts"}}}`
	jws2020Proof = `{"type":"JsonWebSignature2020","created":"2019-12-11T03:50:55Z","jws":"eyJhbGciOiJFZERTQSIsImI2NCI6ZmFsc2UsImNyaXQiOls` +
		`iYjY0Il19..MJ5GwWRMsadCyLNXU_flgJtsS32584MydBxBuygps_cM0sbU3abTEOMyUvmLNcKOwOBE1MfDoB1_YY425W3sAg","proofPurpose":"assertionMethod",` +
		`"verificationMethod":"https://example.com/issuer/123#ovsDKYBjFemIy8DVhc-w2LSi8CvXMw2AYDzHj04yxkc"}`
	jws2020Document = `<did:example:456> <https://example.org/examples#degree> _:c14n0 .
<http://example.gov/credentials/3732> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/examples#UniversityDegreeCredential> .
<http://example.gov/credentials/3732> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .
<http://example.gov/credentials/3732> <https://www.w3.org/2018/credentials#credentialSubject> <did:example:456> .
<http://example.gov/credentials/3732> <https://www.w3.org/2018/credentials#issuanceDate> "2020-03-10T04:24:12.164Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<http://example.gov/credentials/3732> <https://www.w3.org/2018/credentials#issuer> <https://example.com/issuer/123> .
_:c14n0 <http://schema.org/name> "Bachelor of Science and Arts"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#HTML> .
_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/examples#BachelorDegree> .
`
	jws2020Options = `_:c14n0 <http://purl.org/dc/terms/created> "2019-12-11T03:50:55Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/security#JsonWebSignature2020> .
_:c14n0 <https://w3id.org/security#proofPurpose> <https://w3id.org/security#assertionMethod> .
_:c14n0 <https://w3id.org/security#verificationMethod> <https://example.com/issuer/123#ovsDKYBjFemIy8DVhc-w2LSi8CvXMw2AYDzHj04yxkc> .
`
	jws2020Key = `{"kty":"OKP","crv":"Ed25519","x":"CV-aGlld3nVdgnhoZK0D36Wk-9aIMlZjZOK2XhPMnkQ","d":"m5N7gTItgWz6udWjuqzJsqX-vksUnxJrNjD5OilScBc"}`
)

// The report's credential is verified, and the same signature is made again.
func TestJSONWebSignature2020(t *testing.T) {
	public, key, err := jose.ParsePrivateJWK([]byte(jws2020Key))
	if err != nil {
		t.Fatal(err)
	}
	secured := strings.TrimSuffix(jws2020Credential, "}") + `,"proof":` + jws2020Proof + "}"
	proofs, err := Read([]byte(secured))
	if err != nil {
		t.Fatal(err)
	}
	canonical := forms{jws2020Credential, jws2020Document, string(proofs[0].options), jws2020Options}
	if err := proofs[0].Verify(t.Context(), public, canonical); err != nil {
		t.Fatal(err)
	}
	prepared, err := Prepare(t.Context(), []byte(jws2020Credential), optionsOf(proofs[0]), canonical)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := jose.Sign(key, jose.EdDSA, prepared.Input)
	if err != nil {
		t.Fatal(err)
	}
	again, err := prepared.Secure(signature)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := ijson.Equal(again, []byte(secured)); err != nil || !same {
		t.Errorf("%s %v", again, err)
	}
}

// Two signatures of the same report over "hello world", which is no document: what the parser takes apart is what was signed.
func TestDetachedJWS(t *testing.T) {
	for _, c := range []struct{ jwk, jws string }{
		{jws2020Key, "eyJhbGciOiJFZERTQSIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19..v_Tni1_9lPQsS52GOnCMTFp7vDRjZIcj3pmuY1mF9W7nMAH94DpGecNwdFsXrz09n9bDTd8gJFqXWZeWIGvUAA"},
		{
			`{"kty":"EC","crv":"secp256k1","x":"GBMxavme-AfIVDKqI6WBJ4V5wZItsxJ9muhxPByllHQ","y":"SChlfVBhTXG_sRGc9ZdFeCYzI3Kbph3ivE12OFVk4jo","d":"m5N7gTItgWz6udWjuqzJsqX-vksUnxJrNjD5OilScBc"}`,
			"eyJhbGciOiJFUzI1NksiLCJiNjQiOmZhbHNlLCJjcml0IjpbImI2NCJdfQ..dsgrLHXb5-VsUKVop4JJyO9dkFvJKRVNeOcEDD9nBAl3MqzJrJYfEfL8wArG-9ZjL12UD8btrJljZ7_C8p51mA",
		},
	} {
		public, _, err := jose.ParsePrivateJWK([]byte(c.jwk))
		if err != nil {
			t.Fatal(err)
		}
		jws, ok := parseDetached(c.jws)
		if !ok || jws.algorithm != public.Algorithm || jws.header != detachedHeader(public.Algorithm) {
			t.Fatalf("%+v %v", jws, ok)
		}
		if err := jose.Verify(public, []byte(jws.header+".hello world"), jws.signature); err != nil {
			t.Error(public.Algorithm, err)
		}
	}
}

// Documents of github.com/danubetech/data-integrity-java c3a7ab9bbc527fddaa7fd3b595529c64c64db060 (Apache-2.0),
// src/test/resources, "signed.good". They name no verification method and no purpose, so Read refuses them; what was signed
// is what we would have signed. The second names security/v3, which says the same of its terms as v2.
func TestDanubeTech(t *testing.T) {
	for _, c := range []struct {
		suite, context, value string
		code                  uint64
		key                   string
	}{
		{
			EcdsaSecp256k1Signature2019, "https://w3id.org/security/suites/secp256k1-2019/v1",
			`"jws":"eyJiNjQiOmZhbHNlLCJjcml0IjpbImI2NCJdLCJhbGciOiJFUzI1NksifQ..q4QPtrQvkkpY0SnRdjDjsJErLiZB7Eppi74GOlFXW-FrbGcBc21j4QLCWm_VTz65as8ugcpvudsm2qg8aAFsJA"`,
			multikey.CodeSecp256k1, "0343f9455cd248e24c262b1341bbe37cea360e1c5ce526e5d1a71373ba6e557018",
		},
		{
			EcdsaSecp256r1Signature2019, "https://w3id.org/security/v2",
			`"proofValue":"z3J2bPbGmBtrHMWmzKiL4PmN6kokD3oZPXt5JjkqfkYXpjzoR6e3s6MM7YnsYTaTPr2HgeL5hJ77Ek3hm4Aq5ddh3"`,
			multikey.CodeP256, "0334d2aae49413879d66e2819128b6645f0e379fcf9cda9c29b4eaeb6d44b082d6",
		},
	} {
		document := `{"@context":[{"myWebsite":"https://vocabulary.example/myWebsite"},"` + c.context + `"],"myWebsite":"https://hello.world.example/",` +
			`"proof":{"type":"` + c.suite + `","created":"2017-10-24T05:33:31Z","expires":"2027-10-24T05:33:31Z","domain":"example.com",` + c.value + `}}`
		if _, err := Read([]byte(document)); code(err) != CodeProof {
			t.Errorf("%s: %v", c.suite, err)
		}
		p, err := split([]byte(document))
		if err != nil {
			t.Fatal(err)
		}
		members, err := ijson.Members(p.proofs[0].raw, ijson.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		suite, err := SuiteOf(c.suite)
		if err != nil {
			t.Fatal(err)
		}
		proof := Proof{Suite: suite}
		if fault := proof.readValue(members); fault != nil {
			t.Fatal(fault)
		}
		if err := p.configure(&proof, members); err != nil {
			t.Fatal(err)
		}
		proof.covered = p.document(nil, false)
		raw, err := hex.DecodeString(c.key)
		if err != nil {
			t.Fatal(err)
		}
		key, err := multikey.DecodeRaw(c.code, raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.Verify(t.Context(), key, rdfc()); err != nil {
			t.Errorf("%s: %v", c.suite, err)
		}
	}
}

// A credential of ACA-Py's tests, github.com/openwallet-foundation/acapy acapy_agent/vc/tests/data/
// test_vc_document_signed_secp256r1_2019.py (Apache-2.0), and one whose date has no zone, test_vc_document_signed_ed25519.py.
func TestACAPyFixtures(t *testing.T) {
	const credential = `,"id":"https://issuer.oidp.uscis.gov/credentials/83627465","type":["VerifiableCredential","PermanentResidentCard"],` +
		`"issuanceDate":"2019-12-03T12:19:52Z","expirationDate":"2029-12-03T12:19:52Z","identifier":"83627465","name":"Permanent Resident Card",` +
		`"description":"Government of Example Permanent Resident Card.","credentialSubject":{"id":"did:example:b34ca6cd37bbf23",` +
		`"type":["PermanentResident","Person"],"givenName":"JOHN","familyName":"SMITH","gender":"Male","image":"data:image/png;base64,iVBORw0KGgokJggg==",` +
		`"residentSince":"2015-01-01","lprCategory":"C09","lprNumber":"999-999-999","commuterClassification":"C1","birthCountry":"Bahamas","birthDate":"1958-07-17"}`
	for _, c := range []struct{ head, proof string }{
		{
			`{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/citizenship/v1"],"issuer":"did:key:zDnaehWviigWQQD7bqF3btFquwA5w8DX2sQwkVxnAyJ7oxdjq"`,
			`{"type":"EcdsaSecp256r1Signature2019","proofPurpose":"assertionMethod",` +
				`"verificationMethod":"did:key:zDnaehWviigWQQD7bqF3btFquwA5w8DX2sQwkVxnAyJ7oxdjq#zDnaehWviigWQQD7bqF3btFquwA5w8DX2sQwkVxnAyJ7oxdjq",` +
				`"created":"2021-12-31T23:59:59Z","domain":"example.com","challenge":"3fa85f64-5717-4562-b3fc-2c963f66afa6",` +
				`"proofValue":"z3bo3AAbrWWBbGnwb5xdK7fVgSwxbr3marh9oGttkNafheHEh8qzA1hGneYe1MPBBXNwd7wp2yyQ9E9im6vzDsuo5"}`,
		},
		{
			// The context of BBS that it names says nothing that is used here.
			`{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/citizenship/v1"],"issuer":"did:example:489398593"`,
			`{"type":"Ed25519Signature2018","created":"2021-04-28T12:03:29.416454","proofPurpose":"assertionMethod",` +
				`"verificationMethod":"did:key:z6Mkgg342Ycpuk263R9d8Aq6MUaxPn1DDeHyGo38EefXmgDL#z6Mkgg342Ycpuk263R9d8Aq6MUaxPn1DDeHyGo38EefXmgDL",` +
				`"jws":"eyJhbGciOiAiRWREU0EiLCAiYjY0IjogZmFsc2UsICJjcml0IjogWyJiNjQiXX0..aDRs9vtLnExFXczXEakMpOfAqFri05jvOJ1wvw1zi1PScvnMjG-OoRymPTI2c355JKLw1Iy4mjssg8OIYob-Cg"}`,
		},
	} {
		verifyByDIDKey(t, []byte(c.head+credential+`,"proof":`+c.proof+`}`))
	}
}

// What a real ACA-Py 1.6.1rc0 signed or took, credentials and presentations.
func TestRecordedACAPy(t *testing.T) {
	dir := sharedtest.Path(t, "recorded exchanges with github.com/openwallet-foundation/acapy 1.6.1rc0", "transcripts", "acapy")
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for values := json.NewDecoder(bytes.NewReader(raw)); ; {
			var value any
			if values.Decode(&value) != nil {
				break
			}
			for _, document := range documents(value) {
				seen[document] = true
			}
		}
	}
	if len(seen) < 8 {
		t.Errorf("only %d documents were found", len(seen))
	}
	for document := range seen {
		verifyByDIDKey(t, []byte(document))
	}
}

// documents gives every JSON-LD document with a proof inside a value.
func documents(value any) []string {
	var all []string
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			all = append(all, documents(item)...)
		}
	case map[string]any:
		if v["proof"] != nil && v["@context"] != nil {
			delete(v, "record_id") // added by its REST answers
			if raw, err := json.Marshal(v); err == nil {
				all = append(all, string(raw))
			}
		}
		for _, item := range v {
			all = append(all, documents(item)...)
		}
	}
	return all
}

// verifyByDIDKey verifies every proof by the key that its did:key names, and sees that a changed document is found.
func verifyByDIDKey(t *testing.T, secured []byte) {
	t.Helper()
	proofs, err := Read(secured)
	if err != nil {
		t.Errorf("%v in %s", err, secured)
		return
	}
	for _, proof := range proofs {
		_, text, _ := strings.Cut(proof.Method, "#")
		key, err := multikey.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := proof.Verify(t.Context(), key, rdfc()); err != nil {
			t.Errorf("%s: %v (%v) in %s", proof.Suite.Name, err, errors.Unwrap(err), secured)
		}
		proof.covered = bytes.Replace(proof.covered, []byte("did:"), []byte("did:x"), 1)
		if err := proof.Verify(t.Context(), key, rdfc()); code(err) != CodeSignature {
			t.Errorf("%s: a changed document: %v", proof.Suite.Name, err)
		}
	}
}
