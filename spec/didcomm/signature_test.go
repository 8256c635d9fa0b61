package didcomm

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// signer is the key of a one-byte seed, and what signs with it.
func signer(t testing.TB, seed byte) (Verkey, func([]byte) ([]byte, error)) {
	t.Helper()
	key, private := own(t, bytes.Repeat([]byte{seed}, 32))
	return key.Key, func(input []byte) ([]byte, error) { return ed25519.Sign(private, input), nil }
}

// signed.json holds an attachment and a field that are signed here and that ACA-Py verifies: testdata/acapy.py.
func TestSignForACAPy(t *testing.T) {
	key, sign := signer(t, 1)
	rotate := RotateAttachment("rotate", "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a")
	if err := rotate.Sign(key, sign); err != nil {
		t.Fatal(err)
	}
	field, err := SignField(key, 1700000000, []byte(`{"DID":"WiLCuZ2AbsfNGwJ7pDr1jH","DIDDoc":{}}`), sign)
	if err != nil {
		t.Fatal(err)
	}
	request := DIDResponse{DIDRotate: rotate, DID: "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M:zQSJgiFTYiCHjQ9MktwNThRXM7a"}
	if err := request.VerifyRotate(key); err != nil {
		t.Error(err)
	}
	response, err := Encode(&ConnectionResponse{Header: Header{Type: TypeConnectionResponse, ID: "1", Thread: &Thread{ID: "0"}}, Signed: field})
	if err != nil {
		t.Fatal(err)
	}
	attach, err := Encode(&DIDResponse{Header: Header{Type: TypeDIDResponse, ID: "1", Thread: &Thread{ID: "0"}}, DID: "did:a:b", DIDRotate: rotate})
	if err != nil {
		t.Fatal(err)
	}
	raw := []byte(`{"signer":"` + key.String() + `","response":` + string(response) + `,"rotate":` + string(attach) + "}\n")
	path := filepath.Join("testdata", "signed.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(raw, want) {
		t.Errorf("other bytes than ACA-Py has verified (%v)", err)
	}
	if value, by, err := field.Verify(); err != nil || by != key || !strings.HasPrefix(string(value), `{"DID"`) {
		t.Error(by, err)
	}
}

func TestVerifyRefuses(t *testing.T) {
	key, sign := signer(t, 1)
	other, signOther := signer(t, 2)
	fresh := func() Attachment {
		a := Base64Attachment("1", "text/plain", []byte("hello"))
		if err := a.Sign(key, sign); err != nil {
			t.Fatal(err)
		}
		return a
	}
	protect := func(header string) func(*Attachment) {
		return func(a *Attachment) {
			input := []byte(encode64([]byte(header)) + "." + encode64([]byte("hello")))
			signature, err := sign(input)
			if err != nil {
				t.Fatal(err)
			}
			a.Data.JWS.Protected, a.Data.JWS.Signature = encode64([]byte(header)), encode64(signature)
		}
	}
	jwk := func(k Verkey) string { return `{"kty":"OKP","crv":"Ed25519","x":"` + encode64(k[:]) + `"}` }
	for name, change := range map[string]func(*Attachment){
		"no signature":       func(a *Attachment) { a.Data.JWS = nil },
		"empty":              func(a *Attachment) { a.Data.JWS = &JWS{} },
		"two forms":          func(a *Attachment) { a.Data.JWS.Signatures = make([]JWSSignature, 1) },
		"too many":           func(a *Attachment) { a.Data.JWS = &JWS{Signatures: make([]JWSSignature, maxSignatures+1)} },
		"other kid":          func(a *Attachment) { a.Data.JWS.Header.KID = other.DIDKey() },
		"kid is no key":      func(a *Attachment) { a.Data.JWS.Header.KID = "did:web:a#b" },
		"other jwk":          protect(`{"alg":"EdDSA","jwk":` + jwk(other) + `}`),
		"private jwk":        protect(`{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"` + encode64(key[:]) + `","d":"AA"}}`),
		"X25519":             protect(`{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"X25519","x":"` + encode64(key[:]) + `"}}`),
		"alg none":           protect(`{"alg":"none","jwk":` + jwk(key) + `}`),
		"crit":               protect(`{"alg":"EdDSA","crit":["b64"],"b64":false,"jwk":` + jwk(key) + `}`),
		"alg twice":          protect(`{"alg":"EdDSA","alg":"EdDSA","jwk":` + jwk(key) + `}`),
		"signature of other": func(a *Attachment) { s, _ := signOther([]byte("x")); a.Data.JWS.Signature = encode64(s) },
		"no base64":          func(a *Attachment) { a.Data.JWS.Signature = "+" },
		"json content": func(a *Attachment) {
			a.Data.JSON, a.Data.Base64 = []byte(`"hello"`), ""
		},
	} {
		a := fresh()
		change(&a)
		if _, err := a.SignedBy(key); code(err) != CodeSignature {
			t.Errorf("%s: %v", name, err)
		}
	}
	a := fresh()
	protect(`{"alg":"EdDSA","kid":"` + key.DIDKey() + `"}`)(&a)
	a.Data.JWS.Header = nil
	if content, err := a.SignedBy(other, key); err != nil || string(content) != "hello" {
		t.Error(err)
	}
	// What Credo 0.6 sends: a kid in the jwk that is no DID.
	protect(`{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"` + encode64(key[:]) + `","kid":"8f2b3cc1-5b7d-4b2b-9df0-54c2a8a7b6c1"}}`)(&a)
	a.Data.JWS.Header = &JWSHeader{KID: key.DIDKey()}
	if _, err := a.SignedBy(key); err != nil {
		t.Error(err)
	}
	if _, err := a.SignedBy(other); code(err) != CodeSignature {
		t.Error(err)
	}
	// Two signatures, of which one is of the key that is trusted.
	two := fresh()
	b := fresh()
	if err := b.Sign(other, signOther); err != nil {
		t.Fatal(err)
	}
	two.Data.JWS = &JWS{Signatures: []JWSSignature{
		{Header: a.Data.JWS.Header, Protected: a.Data.JWS.Protected, Signature: a.Data.JWS.Signature},
		{Header: b.Data.JWS.Header, Protected: b.Data.JWS.Protected, Signature: b.Data.JWS.Signature},
	}}
	if _, signers, err := two.Verify(); err != nil || !slices.Equal(signers, []Verkey{key, other}) {
		t.Error(signers, err)
	}
	two.Data.JWS.Signatures[0].Signature = b.Data.JWS.Signature
	if _, err := two.SignedBy(other); code(err) != CodeSignature {
		t.Error("one wrong signature spoils all", err)
	}
	away := func([]byte) ([]byte, error) { return nil, errStore }
	if err := a.Sign(key, away); !errors.Is(err, errStore) {
		t.Error(err)
	}
	if _, err := SignField(key, 0, nil, away); !errors.Is(err, errStore) {
		t.Error(err)
	}
}

// Signed content in any spelling of base64 is the same content.
func TestSignProperties(t *testing.T) {
	key, sign := signer(t, 1)
	rapid.Check(t, func(r *rapid.T) {
		content := rapid.SliceOfN(rapid.Byte(), 1, 100).Draw(r, "content")
		a := Base64Attachment("1", "", content)
		if err := a.Sign(key, sign); err != nil {
			r.Fatal(err)
		}
		encoding := rapid.SampledFrom([]*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding}).Draw(r, "encoding")
		a.Data.Base64 = encoding.EncodeToString(content)
		if got, err := a.SignedBy(key); err != nil || !bytes.Equal(got, content) {
			r.Fatal(err)
		}
		content[rapid.IntRange(0, len(content)-1).Draw(r, "at")] ^= 1
		a.Data.Base64 = encoding.EncodeToString(content)
		if _, err := a.SignedBy(key); code(err) != CodeSignature {
			r.Fatal(err)
		}
	})
}

func TestFieldRefuses(t *testing.T) {
	key, sign := signer(t, 1)
	good, err := SignField(key, 1, []byte("{}"), sign)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := signer(t, 2)
	for name, change := range map[string]func(*SignedField){
		"type":     func(f *SignedField) { f.Type = prefix + "signature/1.0/other" },
		"signer":   func(f *SignedField) { f.Signer = other.String() },
		"no key":   func(f *SignedField) { f.Signer = "x" },
		"data":     func(f *SignedField) { f.Data = base64.URLEncoding.EncodeToString(append(make([]byte, 8), "{ }"...)) },
		"short":    func(f *SignedField) { f.Data = "AAAA" },
		"no text":  func(f *SignedField) { f.Data = "*" },
		"nothing":  func(f *SignedField) { f.Signature = "" },
		"not JSON": func(f *SignedField) { *f, _ = SignField(key, 1, []byte("{"), sign) },
	} {
		f := good
		change(&f)
		if _, _, err := f.Verify(); code(err) != CodeSignature {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAttachmentContent(t *testing.T) {
	for raw, want := range map[string]string{
		`{"base64":"aGk="}`: "hi",
		`{"base64":"aGk"}`:  "hi",
		`{"json":{"a":1}}`:  `{"a":1}`,
		`{"base64":"-_-_"}`: "\xfb\xff\xbf",
		`{"base64":"+/+/"}`: "\xfb\xff\xbf",
		`{"base64":"aGk=","sha256":"8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4"}`: "hi",
		`{"json":null}`:                     "",
		`{"json":null,"base64":"aGk"}`:      "hi",
		`{}`:                                "",
		`{"links":["https://example.com"]}`: "",
		`{"base64":"+_"}`:                   "",
		`{"base64":"a"}`:                    "",
		`{"base64":"aGk=","json":{}}`:       "",
		`{"base64":"aGk=","sha256":"00"}`:   "",
		`{"base64":"aGl="}`:                 "",
	} {
		var a Attachment
		m, err := Decode([]byte(`{"@type":"https://didcomm.org/messagepickup/2.0/delivery","@id":"1","~attach":[{"@id":"a","data":` + raw + `}]}`))
		if err != nil {
			t.Fatal(raw, err)
		}
		a = m.(*PickupDelivery).Messages[0]
		content, err := a.Content()
		if string(content) != want || want == "" && code(err) != CodeAttachment {
			t.Errorf("%s: %q %v", raw, content, err)
		}
		if _, err := a.JSONContent(); (err == nil) != (want != "" && ijson.Check([]byte(want), ijson.Limits{}) == nil) {
			t.Errorf("%s: %v", raw, err)
		}
	}
	raw, err := json.Marshal(map[string]any{"a": 1})
	if err != nil {
		t.Fatal(err)
	}
	if content, err := JSONAttachment("1", raw).JSONContent(); err != nil || !bytes.Equal(content, raw) {
		t.Error(err)
	}
}
