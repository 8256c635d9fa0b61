package notify

import (
	"context"
	"crypto/rand"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/standardwebhooks"
)

const (
	secretBytes = 32
	bodyLabel   = "webhook v1"

	// DefaultOverlap is how long both secrets sign when a rotation does not say it.
	DefaultOverlap = 24 * time.Hour
	// MaxOverlap is how long both may at most.
	MaxOverlap = 30 * 24 * time.Hour
)

// secrets is what a webhook's row keeps only sealed.
type secrets struct {
	Key      []byte            `json:"k"`
	Previous []byte            `json:"p,omitempty"`
	Headers  map[string]string `json:"h,omitempty"`
}

func newKey() []byte {
	key := make([]byte, secretBytes)
	rand.Read(key) // never fails, and ends the program if it could
	return key
}

// seal gives a webhook its sealed body, under a fresh salt that is gone once the row is.
func (d *Desk) seal(ctx context.Context, hook *vc.Webhook, s secrets) error {
	plain, err := json.Marshal(s)
	if err != nil {
		return err
	}
	salt := newKey()
	sealed, err := d.Vault.Seal(ctx, hook.Scope.Tenant, salt, bodyLabel+" "+hook.ID, plain)
	if err != nil {
		return err
	}
	hook.BodyKey, hook.Body = salt, sealed
	return nil
}

func (d *Desk) open(ctx context.Context, hook vc.Webhook) (s secrets, err error) {
	plain, err := d.Vault.Open(ctx, hook.Scope.Tenant, hook.BodyKey, bodyLabel+" "+hook.ID, hook.Body)
	if err != nil {
		return s, err
	}
	err = json.Unmarshal(plain, &s)
	return s, err
}

// sign gives the signatures of a message: the secret's, and while it is good the previous one's.
func (s secrets) sign(hook vc.Webhook, id string, now time.Time, body []byte) string {
	signatures := []string{standardwebhooks.Sign(s.Key, id, now, body)}
	if len(s.Previous) > 0 && now.Before(hook.PreviousUntil) {
		signatures = append(signatures, standardwebhooks.Sign(s.Previous, id, now, body))
	}
	return strings.Join(signatures, " ")
}

// RotateSecret gives a webhook a new secret, shown this once. For the overlap, whole seconds up to [MaxOverlap], the old
// one signs beside it; there is one old secret. It fails with Invalid "invalid-overlap" and NotFound "webhook-not-found".
func (d *Desk) RotateSecret(ctx context.Context, by vc.Caller, id string, overlap time.Duration) (vc.Webhook, string, error) {
	if overlap < 0 || overlap > MaxOverlap || overlap%time.Second != 0 {
		return vc.Webhook{}, "", vc.Errorf(vc.Invalid, "invalid-overlap", "an old secret signs for 0 to %d seconds more", int(MaxOverlap/time.Second)).
			At("/overlap")
	}
	key := newKey()
	hook, err := d.reseal(ctx, by, id, "webhook.rotated", "overlap="+overlap.String(), func(hook *vc.Webhook, s *secrets) error {
		s.Previous, hook.PreviousUntil = nil, time.Time{}
		if overlap > 0 {
			s.Previous, hook.PreviousUntil = s.Key, d.now().Add(overlap)
		}
		s.Key = key
		return nil
	})
	if err != nil {
		return vc.Webhook{}, "", err
	}
	return hook, standardwebhooks.FormatSecret(key), nil
}
