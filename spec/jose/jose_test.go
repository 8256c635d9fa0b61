package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const cookbook = "github.com/ietf-jose/cookbook 13692b68bfc18b99557a5b1ed311fd5077bfff04"

func code(err error) string {
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

// privateJWKs is one key of each algorithm: RFC 8037 A.1, RFC 7515 A.3, RFC 6979 A.2.6, secp256k1 with d = 1.
func privateJWKs(t testing.TB) map[string]crypto.PrivateKey {
	t.Helper()
	p384 := fromHex(t, ES384, "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
		"EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64DEF8F0EA9055866064A254515480BC13",
		"8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1288B231C3AE0D4FE7344FD2533264720")
	k1 := fromHex(t, ES256K, strings.Repeat("0", 63)+"1", "79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798",
		"483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8")
	keys := map[string]crypto.PrivateKey{}
	for alg, jwk := range map[string]string{
		EdDSA: `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		ES256: `{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","d":"jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"}`,
		ES384: p384, ES256K: k1,
	} {
		public, private, err := ParsePrivateJWK([]byte(jwk))
		if err != nil || public.Algorithm != alg {
			t.Fatalf("%s: %v %v", alg, public.Algorithm, err)
		}
		keys[alg] = private
	}
	return keys
}

func fromHex(t testing.TB, alg, d, x, y string) string {
	t.Helper()
	member := func(text string) string {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(raw)
	}
	crv := map[string]string{ES256: "P-256", ES384: "P-384", ES256K: "secp256k1"}[alg]
	return `{"kty":"EC","crv":"` + crv + `","x":"` + member(x) + `","y":"` + member(y) + `","d":"` + member(d) + `"}`
}

// RFC 6979 A.2.5 and A.2.6; the ES256K one is widely published for d = 1.
func TestDeterministicSignatures(t *testing.T) {
	keys := privateJWKs(t)
	_, sample, err := ParsePrivateJWK([]byte(fromHex(t, ES256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
		"60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6", "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299")))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		alg, input, want string
		key              crypto.PrivateKey
	}{
		{ES256, "sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8", sample},
		{ES384, "sample", "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46" +
			"99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8", keys[ES384]},
		{ES256K, "Satoshi Nakamoto", "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d82442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5", keys[ES256K]},
	} {
		got, err := Sign(c.key, c.alg, []byte(c.input))
		if err != nil || !strings.EqualFold(hex.EncodeToString(got), c.want) {
			t.Errorf("%s: %x %v", c.alg, got, err)
		}
	}
}

func TestSignVerify(t *testing.T) {
	keys := privateJWKs(t)
	rapid.Check(t, func(t *rapid.T) {
		alg := rapid.SampledFrom([]string{EdDSA, ES256, ES384, ES256K}).Draw(t, "alg")
		other := rapid.SampledFrom([]string{EdDSA, ES256, ES384, ES256K}).Draw(t, "other")
		input := rapid.SliceOf(rapid.Byte()).Draw(t, "input")
		signature, err := Sign(keys[alg], alg, input)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Sign(keys[alg], alg, input)
		if err != nil || !bytes.Equal(signature, again) {
			t.Fatal("not deterministic", err)
		}
		public, err := Public(keys[alg])
		if err != nil {
			t.Fatal(err)
		}
		if err := Verify(public, input, signature); err != nil {
			t.Fatal(err)
		}
		broken := slices.Clone(signature)
		broken[rapid.IntRange(0, len(broken)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "by"))
		for name, bad := range map[string][]byte{"broken": broken, "short": signature[1:], "long": append(slices.Clone(signature), 0), "empty": nil, "zero": make([]byte, len(signature))} {
			if code(Verify(public, input, bad)) != CodeSignature {
				t.Fatalf("%s: a %s signature passed", alg, name)
			}
		}
		if code(Verify(public, append(input, 0), signature)) != CodeSignature {
			t.Fatal("another input passed")
		}
		if alg != other {
			if _, err := Sign(keys[alg], other, input); code(err) != CodeAlgorithm {
				t.Fatalf("%s signed as %s: %v", alg, other, err)
			}
			if code(Verify(PublicKey{Algorithm: other, Key: public.Key}, input, signature)) != CodeAlgorithm {
				t.Fatalf("%s verified as %s", alg, other)
			}
		}
	})
	for _, key := range []PublicKey{{}, {Algorithm: "none"}, {Algorithm: EdDSA}, {Key: ed25519.PublicKey(make([]byte, 32))}, {Algorithm: "HS256", Key: []byte("k")}} {
		if code(Verify(key, nil, nil)) != CodeAlgorithm {
			t.Errorf("%v verified", key)
		}
	}
}

func TestThumbprint(t *testing.T) {
	key, err := ParseJWK([]byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","kid":"1","use":"sig"}`))
	if err != nil {
		t.Fatal(err)
	}
	// RFC 8037 A.3.
	if got := key.Thumbprint(); got != "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k" {
		t.Error(got)
	}
	if got := string(key.JWK()); got != `{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}` {
		t.Error(got)
	}
	// RFC 9449 §4.2 and §6.1, ES256.
	key, err = ParseJWK([]byte(`{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}`))
	if got := key.Thumbprint(); err != nil || got != "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" {
		t.Error(got, err)
	}
	if (PublicKey{}).Thumbprint() != "" || (PublicKey{}).Equal(PublicKey{}) {
		t.Error("no key has a thumbprint")
	}
}

func TestJWKRoundTrip(t *testing.T) {
	for alg, private := range privateJWKs(t) {
		jwk, err := PrivateJWK(private)
		if err != nil {
			t.Fatal(err)
		}
		public, again, err := ParsePrivateJWK(jwk)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := PrivateJWK(again); err != nil || !bytes.Equal(twice, jwk) {
			t.Errorf("%s: %s %v", alg, twice, err)
		}
		parsed, err := ParseJWK(public.JWK())
		if err != nil || !parsed.Equal(public) || parsed.Algorithm != alg {
			t.Errorf("%s: %v", alg, err)
		}
		if _, err := ParseJWK(jwk); code(err) != CodeKey {
			t.Errorf("%s: a private key passed as public: %v", alg, err)
		}
		if _, _, err := ParsePrivateJWK(public.JWK()); code(err) != CodeKey {
			t.Errorf("%s: a public key passed as private: %v", alg, err)
		}
	}
}

func TestRefusedJWKs(t *testing.T) {
	const x, y = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	const ed = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	for _, jwk := range []string{
		``, `[]`, `{}`, `{"kty":"EC"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + x + `"}`,
		`{"kty":"EC","crv":"P-384","x":"` + x + `","y":"` + y + `"}`,
		`{"kty":"EC","crv":"secp256k1","x":"` + x + `","y":"` + y + `"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `=","y":"` + y + `"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `\n","y":"` + y + `"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y[:42] + `1"}`, // bits of no byte
		`{"kty":"EC","crv":"P-256","x":"` + x + `","x":"` + x + `","y":"` + y + `"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","d":""}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","alg":"ES384"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","use":"enc"}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","key_ops":["deriveKey"]}`,
		`{"kty":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `","k":"AA"}`,
		`{"KTY":"EC","crv":"P-256","x":"` + x + `","y":"` + y + `"}`,
		`{"kty":"OKP","crv":"Ed25519","x":"` + ed + `","y":"` + y + `"}`,
		`{"kty":"OKP","crv":"X25519","x":"` + ed + `"}`,
		`{"kty":"EC","crv":"Ed25519","x":"` + ed + `"}`,
		`{"kty":"OKP","crv":"Ed25519","x":"AA"}`,
		`{"kty":"OKP","crv":"Ed25519","x":1}`,
		`{"kty":"RSA","n":"AQAB","e":"AQAB"}`,
		`{"kty":"oct","k":"AA"}`,
	} {
		if _, err := ParseJWK([]byte(jwk)); code(err) != CodeKey {
			t.Errorf("%s: %v", jwk, err)
		}
	}
	wrong := `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2B","x":"` + ed + `"}`
	if _, _, err := ParsePrivateJWK([]byte(wrong)); code(err) != CodeKey {
		t.Error(err)
	}
}

// fieldPrime is 2^255 - 19.
func fieldPrime() *big.Int {
	p := new(big.Int).Lsh(big.NewInt(1), 255)
	return p.Sub(p, big.NewInt(19))
}

// edwardsY is the y of an encoded point: RFC 8032 §5.1.3, little-endian without the sign of x.
func edwardsY(encoded []byte) *big.Int {
	reversed := slices.Clone(encoded)
	slices.Reverse(reversed)
	reversed[0] &= 0x7f
	return new(big.Int).SetBytes(reversed)
}

// The points of small order are those whose Diffie-Hellman of X25519 is zero: crypto/ecdh knows them.
func TestEd25519Points(t *testing.T) {
	own, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	weak := []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	}
	for _, text := range weak {
		raw, _ := hex.DecodeString(text)
		if _, err := NewPublicKey(ed25519.PublicKey(raw)); code(err) != CodeKey || !strings.Contains(err.Error(), "weak") {
			t.Errorf("%s: %v", text, err)
		}
		// u = (1+y)/(1-y)
		p, y := fieldPrime(), edwardsY(raw)
		one := edwardsY(append([]byte{1}, make([]byte, 31)...))
		u := one.ModInverse(one.Sub(one, y).Mod(one, p), p)
		if u == nil {
			continue
		}
		u.Mul(u, y.Add(y, edwardsY(append([]byte{1}, make([]byte, 31)...)))).Mod(u, p)
		little := u.FillBytes(make([]byte, 32))
		slices.Reverse(little)
		peer, err := ecdh.X25519().NewPublicKey(little)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := own.ECDH(peer); err == nil {
			t.Errorf("%s is not weak", text)
		}
	}
	for i := range 19 { // y is not less than the prime
		raw := append(append([]byte{byte(0xed + i)}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f)
		if _, err := NewPublicKey(ed25519.PublicKey(raw)); code(err) != CodeKey || !strings.Contains(err.Error(), "not on the curve") {
			t.Errorf("%x: %v", raw, err)
		}
	}
	good, bad := 0, 0
	for i := range 64 {
		raw := make([]byte, 32)
		raw[0] = byte(2 + i)
		if _, err := NewPublicKey(ed25519.PublicKey(raw)); err == nil {
			good++
		} else {
			bad++
		}
	}
	if good < 16 || bad < 16 {
		t.Errorf("half of all y are points: %d, %d", good, bad)
	}
	for range 20 {
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := NewPublicKey(public); err != nil {
			t.Error(err)
		}
	}
	over, _ := hex.DecodeString("f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f") // p + 3
	if _, err := NewPublicKey(ed25519.PublicKey(over)); code(err) != CodeKey {
		t.Error("y ≥ p passed")
	}
}

func TestAgreementJWK(t *testing.T) {
	for _, curve := range []ecdh.Curve{ecdh.X25519(), ecdh.P256(), ecdh.P384()} {
		key, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseAgreementJWK(AgreementJWK(key.PublicKey()))
		if err != nil || !again.Equal(key.PublicKey()) {
			t.Errorf("%v: %v", curve, err)
		}
	}
	if _, err := ParseAgreementJWK([]byte(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)); code(err) != CodeKey {
		t.Error(err)
	}
}

func TestCookbook(t *testing.T) {
	// RFC 8037 A.4 and A.5.
	var vector struct {
		Input struct {
			Payload string
			Key     json.RawMessage
		}
		Output struct{ Compact string }
	}
	if err := json.Unmarshal(sharedtest.Read(t, cookbook, "vectors", "jose-cookbook", "curve25519", "jws.json"), &vector); err != nil {
		t.Fatal(err)
	}
	public, private, err := ParsePrivateJWK(vector.Input.Key)
	if err != nil {
		t.Fatal(err)
	}
	input := Input(EncodeHeader(Header{Alg: EdDSA}), []byte(vector.Input.Payload))
	signature, err := Sign(private, EdDSA, input)
	if err != nil || string(Join(input, signature)) != vector.Output.Compact {
		t.Errorf("%s %v", Join(input, signature), err)
	}
	token, err := ParseCompact([]byte(vector.Output.Compact))
	if err != nil || token.Verify(public) != nil || string(token.Payload) != vector.Input.Payload {
		t.Errorf("%v %v", token, err)
	}
	// The other signatures of RFC 7520 are by algorithms that are not ours: read, and never verified.
	for _, file := range []string{"4_1.rsa_v15_signature.json", "4_2.rsa-pss_signature.json", "4_3.ecdsa_signature.json", "4_4.hmac-sha2_integrity_protection.json"} {
		raw := sharedtest.Read(t, cookbook, "vectors", "jose-cookbook", "jws", file)
		if err := json.Unmarshal(raw, &vector); err != nil {
			t.Fatal(err)
		}
		token, err := ParseCompact([]byte(vector.Output.Compact))
		if err != nil || string(token.Payload) != vector.Input.Payload || code(token.Verify(public)) != CodeAlgorithm {
			t.Errorf("%s: %v", file, err)
		}
		if _, err := ParseJWK(vector.Input.Key); code(err) != CodeKey {
			t.Errorf("%s: %v", file, err)
		}
	}
}

// JOSE has no rule about the half of s: the other one is read, and never written for ES256K.
func TestHighS(t *testing.T) {
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	private := privateJWKs(t)[ES256K]
	public, err := Public(private)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 16 {
		input := []byte{byte(i)}
		signature, err := Sign(private, ES256K, input)
		if err != nil {
			t.Fatal(err)
		}
		s := new(big.Int).SetBytes(signature[32:])
		if s.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
			t.Error("a high s was written")
		}
		s.Sub(order, s).FillBytes(signature[32:])
		if err := Verify(public, input, signature); err != nil {
			t.Error(err)
		}
	}
}
