package jose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

// RFC 7515 A.3.
const es256Token = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
	"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"

func TestParseCompact(t *testing.T) {
	public, err := Public(privateJWKs(t)[ES256])
	if err != nil {
		t.Fatal(err)
	}
	token, err := ParseCompact([]byte(es256Token))
	if err != nil || token.Verify(public) != nil || token.Header.Alg != ES256 {
		t.Fatal(token, err)
	}
	if got := Join(Input(token.RawHeader, token.Payload), token.Signature); string(got) != es256Token {
		t.Errorf("%s", got)
	}
	b64 := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	parts := strings.Split(es256Token, ".")
	for name, c := range map[string]struct{ token, code string }{
		"empty":             {"", CodeToken},
		"one part":          {parts[0], CodeToken},
		"two parts":         {parts[0] + "." + parts[1], CodeToken},
		"four parts":        {es256Token + ".", CodeToken},
		"no signature":      {parts[0] + "." + parts[1] + ".", CodeToken},
		"padding":           {es256Token + "==", CodeToken},
		"line break":        {es256Token + "\n", CodeToken},
		"space":             {" " + es256Token, CodeToken},
		"line break within": {parts[0] + "." + parts[1][:8] + "\r\n" + parts[1][8:] + "." + parts[2], CodeToken},
		"plain base64":      {parts[0] + ".+/+/." + parts[2], CodeToken},
		"loose bits":        {es256Token[:len(es256Token)-1] + "R", CodeToken},
		"too large":         {strings.Repeat("a", MaxToken+1), CodeToken},
		"no header":         {"." + parts[1] + "." + parts[2], CodeHeader},
		"no object":         {b64(`[]`) + "." + parts[1] + "." + parts[2], CodeHeader},
		"duplicates":        {b64(`{"alg":"ES256","alg":"none"}`) + "." + parts[1] + "." + parts[2], CodeHeader},
		"trailing":          {b64(`{"alg":"ES256"}x`) + "." + parts[1] + "." + parts[2], CodeHeader},
		"kid a number":      {b64(`{"alg":"ES256","kid":1}`) + "." + parts[1] + "." + parts[2], CodeHeader},
		"jwk a string":      {b64(`{"alg":"ES256","jwk":"x"}`) + "." + parts[1] + "." + parts[2], CodeHeader},
		"large header":      {b64(`{"alg":"ES256","x":"`+strings.Repeat("x", MaxHeader)+`"}`) + "." + parts[1] + "." + parts[2], CodeHeader},
		"no alg":            {b64(`{}`) + "." + parts[1] + "." + parts[2], CodeAlgorithm},
		"none":              {b64(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2], CodeAlgorithm},
		"None":              {b64(`{"alg":"nOnE"}`) + "." + parts[1] + "." + parts[2], CodeAlgorithm},
		"crit":              {b64(`{"alg":"ES256","crit":["exp"],"exp":1}`) + "." + parts[1] + "." + parts[2], CodeCritical},
		"crit empty":        {b64(`{"alg":"ES256","crit":[]}`) + "." + parts[1] + "." + parts[2], CodeCritical},
		"b64":               {b64(`{"alg":"ES256","b64":false}`) + "." + parts[1] + "." + parts[2], CodeCritical},
	} {
		if _, err := ParseCompact([]byte(c.token)); code(err) != c.code {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
	}
	// Another algorithm in the header than the key's.
	swapped, err := ParseCompact([]byte(b64(`{"alg":"ES384"}`) + "." + parts[1] + "." + parts[2]))
	if err != nil || code(swapped.Verify(public)) != CodeAlgorithm {
		t.Error(err)
	}
	swapped, err = ParseCompact([]byte(b64(`{"alg":"ES256","typ":"JWT"}`) + "." + parts[1] + "." + parts[2]))
	if err != nil || code(swapped.Verify(public)) != CodeSignature {
		t.Error(err)
	}
}

func TestParseUnsigned(t *testing.T) {
	// RFC 7519 §6.1.
	const unsecured = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
	for _, token := range []string{unsecured, unsecured + "."} {
		c, err := ParseUnsigned([]byte(token))
		if err != nil || c.Header.Alg != "none" || !bytes.HasPrefix(c.Payload, []byte(`{"iss":"joe"`)) || string(c.Input) != unsecured {
			t.Errorf("%v %v", c, err)
		}
		if code(c.Verify(PublicKey{})) != CodeAlgorithm {
			t.Error("an unsigned token verified")
		}
	}
	for _, token := range []string{"", ".", "..", unsecured + "..", unsecured + ".AA", "e30", "e30.a", "eyJjcml0IjpbXX0.e30"} {
		if _, err := ParseUnsigned([]byte(token)); err == nil {
			t.Errorf("%q passed", token)
		}
	}
}

func TestEncodeHeader(t *testing.T) {
	header := Header{
		Alg: EdDSA, Kid: `did:example:1#"a"`, Typ: "vc+jwt", Cty: "vc", JWK: []byte(`{"kty":"OKP"}`),
		Extra: map[string][]byte{"x": []byte(`1`), "iss": []byte(`"i"`), "alg": []byte(`"none"`)},
	}
	want := `{"alg":"EdDSA","typ":"vc+jwt","cty":"vc","kid":"did:example:1#\"a\"","jwk":{"kty":"OKP"},"iss":"i","x":1}`
	if got := EncodeHeader(header); string(got) != want {
		t.Errorf("%s", got)
	}
	parsed, err := ParseUnsigned(Input(EncodeHeader(header), nil))
	if err != nil || parsed.Header.Kid != header.Kid || len(parsed.Header.Extra) != 2 || string(parsed.Header.JWK) != `{"kty":"OKP"}` {
		t.Errorf("%v %v", parsed, err)
	}
	if got := EncodeHeader(Header{Crit: []string{"a", "b"}}); string(got) != `{"crit":["a","b"]}` {
		t.Errorf("%s", got)
	}
	if got := EncodeHeader(Header{}); string(got) != `{}` {
		t.Errorf("%s", got)
	}
}

func FuzzParseCompact(f *testing.F) {
	f.Add([]byte(es256Token))
	f.Add([]byte("e30.e30.AA"))
	sharedtest.Values(f, func(value any) {
		if token, ok := value.(string); ok && strings.Count(token, ".") == 2 {
			f.Add([]byte(token))
		}
	}, cookbook, "vectors", "jose-cookbook")
	f.Fuzz(func(t *testing.T, token []byte) {
		c, err := ParseCompact(token)
		if err == nil && !bytes.Equal(Join(Input(c.RawHeader, c.Payload), c.Signature), token) {
			t.Fatalf("%q has two spellings", token)
		}
		if _, err := ParseUnsigned(token); err == nil && bytes.Count(token, []byte(".")) > 2 {
			t.Fatalf("%q passed", token)
		}
	})
}

func FuzzParseJWK(f *testing.F) {
	for _, private := range privateJWKs(f) {
		jwk, err := PrivateJWK(private)
		if err != nil {
			f.Fatal(err)
		}
		public, err := Public(private)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(jwk)
		f.Add(public.JWK())
	}
	sharedtest.Values(f, func(value any) {
		if members, ok := value.(map[string]any); ok && members["kty"] != nil {
			if jwk, err := json.Marshal(members); err == nil {
				f.Add(jwk)
			}
		}
	}, cookbook, "vectors", "jose-cookbook")
	f.Fuzz(func(t *testing.T, raw []byte) {
		if key, err := ParseJWK(raw); err == nil {
			again, err := ParseJWK(key.JWK())
			if err != nil || !again.Equal(key) {
				t.Fatal(err)
			}
		}
		_, _, _ = ParsePrivateJWK(raw)
		_, _ = ParseAgreementJWK(raw)
	})
}

func BenchmarkVerify(b *testing.B) {
	for alg, private := range privateJWKs(b) {
		b.Run(alg, func(b *testing.B) {
			input := bytes.Repeat([]byte("a"), 1024)
			signature, err := Sign(private, alg, input)
			if err != nil {
				b.Fatal(err)
			}
			public, err := Public(private)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := Verify(public, input, signature); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	for alg, private := range privateJWKs(b) {
		b.Run(alg, func(b *testing.B) {
			input := bytes.Repeat([]byte("a"), 1024)
			for b.Loop() {
				if _, err := Sign(private, alg, input); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseCompact(b *testing.B) {
	token := Join(Input([]byte(`{"alg":"EdDSA","typ":"vc+jwt","kid":"did:example:1#key"}`), bytes.Repeat([]byte("a"), 2048)), make([]byte, 64))
	b.SetBytes(int64(len(token)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseCompact(token); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseJWK(b *testing.B) {
	for alg, private := range privateJWKs(b) {
		b.Run(alg, func(b *testing.B) {
			public, err := Public(private)
			if err != nil {
				b.Fatal(err)
			}
			jwk := public.JWK()
			for b.Loop() {
				if _, err := ParseJWK(jwk); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
