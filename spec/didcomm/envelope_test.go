package didcomm

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// code is that of an *Error; "" for another.
func code(err error) string {
	var fault *Error
	if errors.As(err, &fault) {
		return fault.Code
	}
	return ""
}

func own(t testing.TB, seed []byte) (Own, ed25519.PrivateKey) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(seed)
	agreement, err := AgreementKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return Own{Key: Verkey(private.Public().(ed25519.PublicKey)), Private: agreement}, private
}

// ours is the key whose seed is one byte, 32 times.
func ours(t testing.TB, seed byte) Own {
	t.Helper()
	key, _ := own(t, bytes.Repeat([]byte{seed}, 32))
	return key
}

func stream(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

type packedCase struct {
	To       []int           `json:"to"`
	From     *int            `json:"from"`
	Message  string          `json:"message"`
	Envelope json.RawMessage `json:"envelope"`
}

// ACA-Py's own envelopes open, and say who sent them: testdata/acapy.py.
func TestOpenACAPy(t *testing.T) {
	var vectors struct {
		Verkeys []string
		Cases   []packedCase
	}
	readJSON(t, "acapy.json", &vectors)
	if len(vectors.Cases) == 0 {
		t.Fatal("no cases")
	}
	for i, c := range vectors.Cases {
		envelope, err := ParseEnvelope(c.Envelope)
		if err != nil {
			t.Fatal(i, err)
		}
		if got := envelope.Recipients(); len(got) != len(c.To) || envelope.Anonymous() != (c.From == nil) {
			t.Errorf("%d: recipients %v", i, got)
		}
		for _, to := range c.To {
			opened, err := envelope.Open(ours(t, byte(to+1)))
			if err != nil {
				t.Fatal(i, to, err)
			}
			if string(opened.Message) != c.Message || opened.To.String() != vectors.Verkeys[to] {
				t.Errorf("%d: another message", i)
			}
			if c.From == nil && !opened.From.IsZero() || c.From != nil && opened.From.String() != vectors.Verkeys[*c.From] {
				t.Errorf("%d: from %s", i, opened.From)
			}
		}
		if _, err := envelope.Open(ours(t, 9)); code(err) != CodeRecipient {
			t.Errorf("%d: %v", i, err)
		}
	}
}

// packed.json holds what Pack makes of fixed randomness, which ACA-Py opens: testdata/acapy.py.
func TestPackForACAPy(t *testing.T) {
	var cases []packedCase
	sender := 0
	for i, message := range []string{"{}", "é", strings.Repeat("x", 1000)} {
		for _, from := range []*int{nil, &sender} {
			for _, to := range [][]int{{1}, {1, 2, 3}} {
				var by *Own
				if from != nil {
					key := ours(t, byte(*from+1))
					by = &key
				}
				var keys []Verkey
				for _, k := range to {
					keys = append(keys, ours(t, byte(k+1)).Key)
				}
				packed, err := Pack(stream(byte(i)), []byte(message), keys, by)
				if err != nil {
					t.Fatal(err)
				}
				cases = append(cases, packedCase{to, from, message, packed})
			}
		}
	}
	if os.Getenv("UPDATE_GOLDEN") != "" {
		raw, err := json.MarshalIndent(cases, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join("testdata", "packed.json"), append(raw, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var want []packedCase
	readJSON(t, "packed.json", &want)
	for i := range cases {
		var compact bytes.Buffer
		if err := json.Compact(&compact, want[i].Envelope); err != nil || !bytes.Equal(compact.Bytes(), cases[i].Envelope) {
			t.Errorf("%d: other bytes than ACA-Py has opened (%v)", i, err)
		}
	}
}

func readJSON(t *testing.T, name string, out any) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
}

// What is packed opens for every recipient, and any byte that is changed is seen.
func TestPackProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(r, "message")
		recipients := rapid.IntRange(1, 4).Draw(r, "recipients")
		var from *Own
		if rapid.Bool().Draw(r, "authcrypt") {
			key := ours(t, 100)
			from = &key
		}
		var to []Verkey
		for i := range recipients {
			to = append(to, ours(t, byte(i)).Key)
		}
		packed, err := Pack(stream(rapid.Byte().Draw(r, "random")), message, to, from)
		if err != nil {
			r.Fatal(err)
		}
		envelope, err := ParseEnvelope(packed)
		if err != nil || !slices.Equal(envelope.Recipients(), to) {
			r.Fatal(err)
		}
		for i := range recipients {
			opened, err := envelope.Open(ours(t, byte(i)))
			if err != nil || !bytes.Equal(opened.Message, message) || opened.To != to[i] {
				r.Fatal(err)
			}
			if from != nil && opened.From != from.Key || from == nil && !opened.From.IsZero() {
				r.Fatal("another sender")
			}
		}
		var parts map[string]string
		if err := json.Unmarshal(packed, &parts); err != nil {
			r.Fatal(err)
		}
		name := rapid.SampledFrom([]string{"protected", "iv", "ciphertext", "tag"}).Draw(r, "part")
		raw, _ := decode64(parts[name])
		if len(raw) == 0 {
			return
		}
		raw[rapid.IntRange(0, len(raw)-1).Draw(r, "at")] ^= byte(1 << rapid.IntRange(0, 7).Draw(r, "bit"))
		parts[name] = encode64(raw)
		changed, _ := json.Marshal(parts)
		refused(r, changed, ours(t, 0))
	})
}

// refused wants the envelope not to be read, or not to open.
func refused(t interface{ Fatalf(string, ...any) }, packed []byte, key Own) {
	envelope, err := ParseEnvelope(packed)
	if err == nil {
		_, err = envelope.Open(key)
	}
	switch code(err) {
	case CodeEnvelope, CodeOpen, CodeRecipient:
	default:
		t.Fatalf("%v", err)
	}
}

func TestParseEnvelopeRefuses(t *testing.T) {
	good := func(change func(outer map[string]any, header map[string]any)) []byte {
		packed, err := Pack(stream(1), []byte("hello"), []Verkey{ours(t, 1).Key}, &Own{ours(t, 2).Key, ours(t, 2).Private})
		if err != nil {
			t.Fatal(err)
		}
		var outer, header map[string]any
		if err := json.Unmarshal(packed, &outer); err != nil {
			t.Fatal(err)
		}
		raw, _ := decode64(outer["protected"].(string))
		if err := json.Unmarshal(raw, &header); err != nil {
			t.Fatal(err)
		}
		change(outer, header)
		if header != nil {
			raw, _ = json.Marshal(header)
			if outer["protected"] != nil {
				outer["protected"] = encode64(raw)
			}
		}
		packed, _ = json.Marshal(outer)
		return packed
	}
	first := func(header map[string]any) map[string]any {
		return header["recipients"].([]any)[0].(map[string]any)
	}
	for name, change := range map[string]func(outer, header map[string]any){
		"plain":             func(outer, _ map[string]any) { clear(outer); outer["@type"] = "x/1.0/y" },
		"no protected":      func(outer, _ map[string]any) { delete(outer, "protected") },
		"short iv":          func(outer, _ map[string]any) { outer["iv"] = encode64(make([]byte, 11)) },
		"iv of XChaCha20":   func(outer, _ map[string]any) { outer["iv"] = encode64(make([]byte, 24)) },
		"short tag":         func(outer, _ map[string]any) { outer["tag"] = encode64(make([]byte, 8)) },
		"number":            func(outer, _ map[string]any) { outer["tag"] = 1 },
		"standard base64":   func(outer, _ map[string]any) { outer["ciphertext"] = "+/+/" },
		"line break":        func(outer, _ map[string]any) { outer["ciphertext"] = "aGVs\nbG8" },
		"alg none":          func(_, header map[string]any) { header["alg"] = "none" },
		"alg in lower case": func(_, header map[string]any) { header["alg"] = "authcrypt" },
		"enc":               func(_, header map[string]any) { header["enc"] = "A256GCM" },
		"typ":               func(_, header map[string]any) { header["typ"] = "JWT" },
		"no recipients":     func(_, header map[string]any) { header["recipients"] = []any{} },
		"many recipients": func(_, header map[string]any) {
			header["recipients"] = slices.Repeat([]any{first(header)}, MaxRecipients+1)
		},
		"authcrypt without sender": func(_, header map[string]any) { delete(first(header)["header"].(map[string]any), "sender") },
		"authcrypt without iv":     func(_, header map[string]any) { delete(first(header)["header"].(map[string]any), "iv") },
		"anoncrypt with sender":    func(_, header map[string]any) { header["alg"] = algAnoncrypt },
	} {
		if _, err := ParseEnvelope(good(change)); code(err) != CodeEnvelope {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What is not ours among the recipients is passed over; an envelope for nobody is not opened.
	strange, err := ParseEnvelope(good(func(_, header map[string]any) {
		first(header)["header"].(map[string]any)["kid"] = "did:example:123#x"
	}))
	if err != nil || len(strange.Recipients()) != 0 {
		t.Error(err, strange.Recipients())
	}
	for _, raw := range []string{"", "{", "[]", "null", `"x"`, `{"protected":"a","protected":"a"}`, strings.Repeat("[", 1000)} {
		if _, err := ParseEnvelope([]byte(raw)); code(err) != CodeEnvelope {
			t.Errorf("%q: %v", raw, err)
		}
	}
}

// RFC 0019 shows padded values.
func TestPaddedEnvelope(t *testing.T) {
	key := ours(t, 1)
	for n := range 3 {
		packed, err := Pack(stream(byte(n)), bytes.Repeat([]byte("a"), n+4), []Verkey{key.Key}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var parts map[string]string
		if err := json.Unmarshal(packed, &parts); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"iv", "ciphertext", "tag"} {
			parts[name] += strings.Repeat("=", (4-len(parts[name])%4)%4)
		}
		packed, _ = json.Marshal(parts)
		envelope, err := ParseEnvelope(packed)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := envelope.Open(key); err != nil {
			t.Fatal(err)
		}
	}
}

// A sender's claim to be another is seen: the sealed name is not what authenticates.
func TestForgedSender(t *testing.T) {
	alice, mallory, bob := ours(t, 1), ours(t, 2), ours(t, 3)
	packed, err := Pack(stream(1), []byte("hello"), []Verkey{bob.Key}, &Own{Key: alice.Key, Private: mallory.Private})
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := ParseEnvelope(packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := envelope.Open(bob); code(err) != CodeOpen {
		t.Fatal(err)
	}
}

var errStore = errors.New("the key store is away")

type awayStore struct{ ecdh.KeyExchanger }

func (awayStore) ECDH(*ecdh.PublicKey) ([]byte, error) { return nil, errStore }

func TestKeyStoreFails(t *testing.T) {
	key := ours(t, 1)
	packed, err := Pack(stream(1), []byte("hello"), []Verkey{key.Key}, &key)
	if err != nil {
		t.Fatal(err)
	}
	envelope, err := ParseEnvelope(packed)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := envelope.Open(Own{Key: key.Key, Private: awayStore{key.Private}}); !errors.Is(err, errStore) {
		t.Error(err)
	}
	if _, err := Pack(stream(1), nil, []Verkey{key.Key}, &Own{Key: key.Key, Private: awayStore{key.Private}}); !errors.Is(err, errStore) {
		t.Error(err)
	}
	if _, err := Pack(strings.NewReader("short"), nil, []Verkey{key.Key}, nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Error(err)
	}
	if _, err := Pack(stream(1), nil, nil, nil); code(err) != CodeEnvelope {
		t.Error(err)
	}
	if _, err := Pack(stream(1), nil, []Verkey{{}}, nil); code(err) != CodeKey {
		t.Error(err)
	}
}

func TestForward(t *testing.T) {
	alice, bob := ours(t, 1), ours(t, 2)
	mediators := []Own{ours(t, 3), ours(t, 4)}
	target := Target{Endpoint: "https://m.example", Recipients: []Verkey{bob.Key}, Routing: []Verkey{mediators[0].Key, mediators[1].Key}}
	packed, err := PackFor(stream(1), []byte(`{"@type":"a/1.0/b"}`), target, &alice)
	if err != nil {
		t.Fatal(err)
	}
	// The last routing key's mediator is the first to open it.
	for _, step := range []struct {
		by Own
		to Verkey
	}{{mediators[1], mediators[0].Key}, {mediators[0], bob.Key}} {
		envelope, err := ParseEnvelope(packed)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := envelope.Open(step.by)
		if err != nil || !opened.From.IsZero() {
			t.Fatal(err)
		}
		m, err := Decode(opened.Message)
		if err != nil {
			t.Fatal(err)
		}
		forward := m.(*Forward)
		if forward.To != step.to.String() {
			t.Fatal(forward.To)
		}
		packed = forward.Msg
	}
	envelope, err := ParseEnvelope(packed)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := envelope.Open(bob)
	if err != nil || opened.From != alice.Key || string(opened.Message) != `{"@type":"a/1.0/b"}` {
		t.Fatal(err)
	}
}

func TestVerkey(t *testing.T) {
	key := ours(t, 1).Key
	for _, text := range []string{key.String(), key.DIDKey(), key.DIDKey() + "#" + strings.TrimPrefix(key.DIDKey(), "did:key:")} {
		if got, err := ParseVerkey(text); err != nil || got != key {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{
		"", "x", "0OIl", key.String() + "1", key.DIDKey() + "#z6Mk", "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc",
		"did:web:example.com", strings.Repeat("1", 32), strings.Repeat("z", 1000),
	} {
		if got, err := ParseVerkey(text); code(err) != CodeKey {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	if want := "didcomm.Verkey(" + hex.EncodeToString(key[:]) + ")"; fmt.Sprintf("%#v", key) != want {
		t.Errorf("%#v", key)
	}
	if got := key.UnqualifiedDID(); len(got) < 21 || len(got) > 22 {
		t.Error(got)
	}
}

func TestMediaType(t *testing.T) {
	for text, want := range map[string]bool{
		MediaType: true, MediaTypeLegacy: true, "Application/JSON; charset=utf-8": true, "text/plain": false, "": false,
		"application/didcomm-encrypted+json": false,
	} {
		if IsMediaType(text) != want {
			t.Error(text)
		}
	}
}

func BenchmarkEnvelope(b *testing.B) {
	alice, bob := ours(b, 1), ours(b, 2)
	message := bytes.Repeat([]byte("x"), 4096)
	b.Run("pack", func(b *testing.B) {
		random := stream(1)
		for b.Loop() {
			if _, err := Pack(random, message, []Verkey{bob.Key}, &alice); err != nil {
				b.Fatal(err)
			}
		}
	})
	packed, err := Pack(stream(1), message, []Verkey{bob.Key}, &alice)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			envelope, err := ParseEnvelope(packed)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := envelope.Open(bob); err != nil {
				b.Fatal(err)
			}
		}
	})
}
