package jwtvc_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	inside11 = `{"iss":"did:example:h","aud":["a","b"],"nonce":"n","vp":{"@context":["https://www.w3.org/2018/credentials/v1"],
		"type":["VerifiablePresentation"],"verifiableCredential":["e.y.J",{"type":["VerifiableCredential"],"proof":{}}]}}`
	head20 = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"holder":"did:example:h","verifiableCredential":[`
)

func envelope(id string) string {
	return `{"@context":"https://www.w3.org/ns/credentials/v2","type":"EnvelopedVerifiableCredential","id":"` + id + `"}`
}

func TestInside(t *testing.T) {
	for name, c := range map[string]struct {
		header, payload string
		model           vc.ModelVersion
		want            []string
	}{
		"1.1": {`{"alg":"EdDSA","typ":"JWT"}`, inside11, vc.VCDM11, []string{"e.y.J", `{"type":["VerifiableCredential"],"proof":{}}`}},
		"an envelope": {
			`{"alg":"EdDSA","typ":"vp+jwt"}`, head20 + envelope("data:application/vc+jwt,e.y.J") + `]}`, vc.VCDM20, []string{"e.y.J"},
		},
		"an envelope in base64, its type in an array": {
			`{"alg":"EdDSA"}`, head20 + `{"type":["EnvelopedVerifiableCredential"],"id":"data:application/vc+cose;base64,` +
				base64.StdEncoding.EncodeToString([]byte{1, 2, 3}) + `"}]}`, vc.VCDM20, []string{"\x01\x02\x03"},
		},
		"a holder in iss alone": {
			`{"alg":"EdDSA"}`, `{"iss":"did:example:h","@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"]}`, vc.VCDM20, nil,
		},
		"escapes":              {`{"alg":"EdDSA"}`, head20 + envelope("data:application/vc+sd-jwt,e.y.J%7EZA~") + `]}`, vc.VCDM20, []string{"e.y.J~ZA~"}},
		"one without an array": {`{"alg":"EdDSA"}`, head20[:len(head20)-1] + envelope("data:application/vc+jwt,e.y.J") + `}`, vc.VCDM20, []string{"e.y.J"}},
	} {
		t.Run(name, func(t *testing.T) {
			read, err := jwtvc.Format{}.ReadPresentation(t.Context(), token(c.header, c.payload))
			if err != nil {
				t.Fatal(err)
			}
			if read.Model != c.model || read.Holder != "did:example:h" || len(read.Credentials) != len(c.want) || len(read.Signatures) != 1 {
				t.Fatalf("read %+v", read)
			}
			for i, want := range c.want {
				if string(read.Credentials[i]) != want {
					t.Errorf("credential %d is %q, want %q", i, read.Credentials[i], want)
				}
			}
		})
	}
}

func TestNoPresentation(t *testing.T) {
	for name, c := range map[string]struct {
		secured       []byte
		code, pointer string
	}{
		"an ID token":         {token(`{"alg":"EdDSA"}`, `{"iss":"x","sub":"x"}`), "malformed", ""},
		"a credential":        {token(`{"alg":"EdDSA"}`, payload20), "malformed", "/type"},
		"a vc+jwt by its typ": {token(`{"alg":"EdDSA","typ":"vc+jwt"}`, head20+`]}`), "typ", ""},
		"an access token":     {token(`{"alg":"EdDSA","typ":"at+jwt"}`, inside11), "typ", ""},
		"no algorithm":        {token(`{"alg":"none"}`, inside11), "malformed", ""},
		"an empty envelope":   {token(`{"alg":"EdDSA"}`, head20+envelope("data:application/vc+jwt,")+`]}`), "malformed", "/verifiableCredential/0/id"},
		"no data: URL":        {token(`{"alg":"EdDSA"}`, head20+envelope("https://x.example/e.y.J")+`]}`), "malformed", "/verifiableCredential/0/id"},
		"a picture":           {token(`{"alg":"EdDSA"}`, head20+envelope("data:image/png;base64,AAAA")+`]}`), "malformed", "/verifiableCredential/0/id"},
		"bad base64":          {token(`{"alg":"EdDSA"}`, head20+envelope("data:application/vc;base64,?")+`]}`), "malformed", "/verifiableCredential/0/id"},
		"a holder against iss": {
			token(`{"alg":"EdDSA"}`, head20+`],"iss":"did:example:other"}`), "malformed", "/iss",
		},
	} {
		t.Run(name, func(t *testing.T) {
			read, err := jwtvc.Format{}.ReadPresentation(t.Context(), c.secured)
			e, ok := errors.AsType[*vc.Error](err)
			if !ok || e.Kind != vc.Invalid || e.Code != c.code || c.pointer != "" && e.Pointer != c.pointer {
				t.Errorf("got %v, %+v", err, read)
			}
		})
	}
}

// TestUnsignedPresentation: the two-part JWT is understood, and has no signature.
func TestUnsignedPresentation(t *testing.T) {
	signed := token(`{"alg":"EdDSA"}`, inside11)
	bare := signed[:bytes.LastIndexByte(signed, '.')]
	for _, text := range [][]byte{bare, append(bytes.Clone(bare), '.')} {
		read, err := jwtvc.Format{}.ReadPresentation(t.Context(), text)
		if err != nil || len(read.Signatures) != 0 || read.Nonce != "n" || len(read.Audience) != 2 {
			t.Errorf("read %+v, %v", read, err)
		}
	}
}

func FuzzReadPresentation(f *testing.F) {
	f.Add(token(`{"alg":"EdDSA","typ":"JWT"}`, inside11))
	f.Add(token(`{"alg":"EdDSA","typ":"vp+jwt"}`, head20+envelope("data:application/vc+jwt,e.y.J")+`]}`))
	f.Add(token(`{"alg":"EdDSA"}`, head20+envelope("data:application/vc+cose;base64,AQID")+`]}`))
	f.Add([]byte("eyJhbGciOiJub25lIn0.e30."))
	sharedtest.Seeds(f, func(seed []byte) { f.Add(token(`{"alg":"EdDSA"}`, string(seed))) },
		"github.com/w3c/vc-test-suite at 165724edbdc728f5f8ee0fc5b6f47d940cc4a66a", "vectors", "vcdm1-inputs", "input")
	f.Fuzz(func(t *testing.T, secured []byte) {
		read, err := jwtvc.Format{}.ReadPresentation(t.Context(), secured)
		if err != nil {
			if vc.KindOf(err) != vc.Invalid {
				t.Errorf("an error of kind %s", vc.KindOf(err))
			}
			return
		}
		if (len(read.Signatures) == 1) == isUnsigned(secured) || read.Presentation == nil {
			t.Errorf("read %+v", read)
		}
	})
}

// TestPresentationSays: whatever whom-for, nonce and holder say comes back as it was, in both data models.
func TestPresentationSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := format.PresentationMaterial{
			Model:    rapid.SampledFrom([]vc.ModelVersion{vc.VCDM11, vc.VCDM20}).Draw(t, "model"),
			Holder:   rapid.StringMatching(`did:example:[a-z0-9:]{1,20}`).Draw(t, "holder"),
			Audience: rapid.SliceOfN(rapid.StringN(1, 40, -1), 1, 3).Draw(t, "audience"),
			Nonce:    rapid.StringN(1, 60, -1).Draw(t, "nonce"),
			Method:   "did:example:h#1", Algorithm: "EdDSA",
		}
		made, err := jwtvc.Format{}.PreparePresentation(t.Context(), m)
		if err != nil {
			t.Fatal(err)
		}
		secured, err := made.Secure([]byte("signature"))
		if err != nil {
			t.Fatal(err)
		}
		read, err := jwtvc.Format{}.ReadPresentation(t.Context(), secured)
		if err != nil {
			t.Fatal(err)
		}
		if read.Model != m.Model || read.Holder != m.Holder || read.Nonce != m.Nonce || !slices.Equal(read.Audience, m.Audience) {
			t.Errorf("wrote %+v, read %+v", m, read)
		}
	})
}
