package standardwebhooks_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/spec/standardwebhooks"
)

// The example that the specification's libraries are tested with.
const (
	secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	id        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	timestamp = "1614265330"
	body      = `{"test": 2432232314}`
	signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
)

var at = time.Unix(1614265330, 0)

func TestPublishedExample(t *testing.T) {
	key, err := standardwebhooks.ParseSecret(secret)
	if err != nil {
		t.Fatal(err)
	}
	if got := standardwebhooks.Sign(key, id, at, []byte(body)); got != signature {
		t.Errorf("got %s, want %s", got, signature)
	}
	if got := standardwebhooks.FormatSecret(key); got != secret {
		t.Errorf("got %s", got)
	}
}

func TestVerify(t *testing.T) {
	key, _ := standardwebhooks.ParseSecret(secret)
	const other = "v1,AAAA9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	for _, c := range []struct {
		name                           string
		id, timestamp, signature, body string
		now                            time.Time
		want                           error
	}{
		{"as it was signed", id, timestamp, signature, body, at, nil},
		{"within the tolerance", id, timestamp, signature, body, at.Add(5 * time.Minute), nil},
		{"one of several", id, timestamp, other + " " + signature, body, at, nil},
		{"an asymmetric one beside it", id, timestamp, "v1a,AAAA " + signature, body, at, nil},
		{"old", id, timestamp, signature, body, at.Add(6 * time.Minute), standardwebhooks.ErrTimestamp},
		{"of the future", id, timestamp, signature, body, at.Add(-6 * time.Minute), standardwebhooks.ErrTimestamp},
		{"no timestamp", id, "", signature, body, at, standardwebhooks.ErrTimestamp},
		{"a far timestamp", id, "9223372036854775807", signature, body, at, standardwebhooks.ErrTimestamp},
		{"another body", id, timestamp, signature, body + " ", at, standardwebhooks.ErrSignature},
		{"another id", id + "x", timestamp, signature, body, at, standardwebhooks.ErrSignature},
		{"another signature", id, timestamp, other, body, at, standardwebhooks.ErrSignature},
		{"another scheme", id, timestamp, "v2" + signature[2:], body, at, standardwebhooks.ErrSignature},
		{"none", id, timestamp, "", body, at, standardwebhooks.ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := standardwebhooks.Verify(key, c.id, c.timestamp, c.signature, []byte(c.body), c.now, 5*time.Minute)
			if !errors.Is(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestNoSecret(t *testing.T) {
	for _, text := range []string{"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa$w"} {
		if _, err := standardwebhooks.ParseSecret(text); !errors.Is(err, standardwebhooks.ErrSecret) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatIsSignedVerifies(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 24, 64).Draw(t, "key")
		again, err := standardwebhooks.ParseSecret(standardwebhooks.FormatSecret(key))
		if err != nil || string(again) != string(key) {
			t.Fatal(err)
		}
		id, body := rapid.String().Draw(t, "id"), rapid.SliceOf(rapid.Byte()).Draw(t, "body")
		when := time.Unix(rapid.Int64Range(0, 1<<40).Draw(t, "time"), 0)
		signed := standardwebhooks.Sign(key, id, when, body)
		if err := standardwebhooks.Verify(key, id, standardwebhooks.Timestamp(when), signed, body, when, 0); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzVerify(f *testing.F) {
	f.Add(secret, timestamp, signature)
	f.Fuzz(func(t *testing.T, secret, timestamp, signatures string) {
		key, err := standardwebhooks.ParseSecret(secret)
		if err != nil {
			return
		}
		if standardwebhooks.Verify(key, "fuzz", timestamp, signatures, nil, at, time.Minute) == nil {
			t.Errorf("%q verifies", signatures)
		}
	})
}
