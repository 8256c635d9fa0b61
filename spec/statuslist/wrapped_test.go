package statuslist

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"testing"
)

// studio writes a list as cheqd Studio does: GZIP in base64url without a prefix, or in hexadecimal.
func studio(t testing.TB, size int, set map[int64]uint8, encoding string) (bitstring, old []byte) {
	bits, err := New(MinLength, size)
	if err != nil {
		t.Fatal(err)
	}
	for index, value := range set {
		if err := bits.Set(index, value); err != nil {
			t.Fatal(err)
		}
	}
	encoded, err := bits.Encode(StatusList2021)
	if err != nil {
		t.Fatal(err)
	}
	if encoding == "hex" {
		packed, _ := base64.RawURLEncoding.DecodeString(encoded)
		encoded = hex.EncodeToString(packed)
	}
	bitstring = fmt.Appendf(nil, `{"bitstringStatusListCredential":{"@context":["https://www.w3.org/ns/credentials/v2"],
		"type":["VerifiableCredential","BitstringStatusListCredential"],"issuer":"did:cheqd:testnet:x","validFrom":"2026-01-01T00:00:00Z",
		"credentialSubject":{"type":"BitstringStatusList","statusPurpose":["message","revocation"],"encodedList":%q},
		"proof":{"type":"JwtProof2020","jwt":"a.b.c"}},
		"metadata":{"encrypted":false,"encoding":%q,"length":131072,"statusSize":%d,"statusMessages":[{"status":"0x2","message":"suspended"}]}}`,
		encoded, encoding, size)
	old = fmt.Appendf(nil, `{"StatusList2021":{"statusPurpose":"revocation","encodedList":%q,"validFrom":"2026-01-01T00:00:00Z"},
		"metadata":{"type":"StatusList2021Revocation","encrypted":false,"encoding":%q}}`, encoded, encoding)
	return bitstring, old
}

func TestReadWrapped(t *testing.T) {
	for _, encoding := range []string{"base64url", "hex"} {
		body, _ := studio(t, 2, map[int64]uint8{5: 2, 131071: 1}, encoding)
		list, wrapped, err := ReadWrapped(body, 1, enough)
		if err != nil || !wrapped || list.Dialect != BitstringStatusList || len(list.Purposes) != 2 || len(list.Messages) != 1 || list.ValidFrom.IsZero() {
			t.Fatal(list, wrapped, err)
		}
		for index, want := range map[int64]uint8{0: 0, 5: 2, 131071: 1} {
			if got, err := list.Bits.Get(index); got != want || err != nil {
				t.Error(encoding, index, got, err)
			}
		}
		_, body = studio(t, 1, map[int64]uint8{7: 1}, encoding)
		list, wrapped, err = ReadWrapped(body, 0, enough)
		if err != nil || !wrapped || list.Dialect != StatusList2021 || list.Purposes[0] != Revocation {
			t.Fatal(list, wrapped, err)
		}
		if got, err := list.Bits.Get(7); got != 1 || err != nil {
			t.Error(got, err)
		}
	}
}

func TestReadWrappedRefuses(t *testing.T) {
	body, old := studio(t, 2, nil, "base64url")
	bare, err := ListCredential(params(t, BitstringStatusList))
	if err != nil {
		t.Fatal(err)
	}
	for name, other := range map[string][]byte{
		"bare": bare, "a JWT": []byte("ey.a.b"), "nothing": nil, "no metadata": bytes.Replace(old, []byte(`"metadata"`), []byte(`"m"`), 1),
	} {
		if _, wrapped, err := ReadWrapped(other, 1, enough); wrapped || err != nil {
			t.Error(name, wrapped, err)
		}
	}
	for name, row := range map[string]struct{ body, old, new, code string }{
		"encrypted":  {string(body), `"encrypted":false`, `"encrypted":true`, CodeEncrypted},
		"no purpose": {string(old), `"statusPurpose"`, `"purpose"`, CodeMalformed},
		"bad hex":    {string(old), `"encoding":"base64url"`, `"encoding":"hex"`, CodeMalformed},
		"bad size":   {string(body), `"statusSize":2`, `"statusSize":3`, CodeRange},
		"wrong type": {string(body), `"encoding":"base64url"`, `"encoding":1`, CodeMalformed},
	} {
		_, wrapped, err := ReadWrapped(bytes.Replace([]byte(row.body), []byte(row.old), []byte(row.new), 1), 1, enough)
		if problem, ok := err.(*Error); !wrapped || !ok || problem.Code != row.code {
			t.Error(name, wrapped, err)
		}
	}
}

func FuzzReadWrapped(f *testing.F) {
	body, old := studio(f, 2, nil, "base64url")
	f.Add(body)
	f.Add(old)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if list, wrapped, err := ReadWrapped(raw, 0, enough); err == nil && wrapped && (list.Bits == nil || len(list.Purposes) == 0) {
			t.Fatal("half a list")
		}
	})
}
