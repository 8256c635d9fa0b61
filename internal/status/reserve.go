package status

import (
	"context"
	"math/bits"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// Wanted says which status entries one credential needs. Lists are shared by all credentials of an identity whose
// entries have the same purpose, dialect and size, and which are in the same format; what a message's values mean stands in each credential's entry.
type Wanted struct {
	Identity string // id of the identity that issues, and publishes the list
	Dialect  string // BitstringStatusList or StatusList2021
	Format   string // of the credential
	Purposes []vc.StatusPurpose
	Size     int                // bits of an entry of purpose message: 1, 2, 4 or 8; 0: as many as Messages need
	Messages []vc.StatusMessage // of purpose message
	Type     string             // id of the credential type, where it publishes
	Publish  vc.Publishing      // what it says of that
}

// Reserve takes one entry for each purpose, in their order. An entry that was given is never given again, by any
// server, whether it is used or not. The scope is the one the credential is issued in.
//
// It fails with [vc.Unsupported] "status-dialect" or "status-purpose", [vc.Invalid] "status-size", and [vc.Unavailable]
// when a block was needed and the store does not answer.
func (s *Service) Reserve(ctx context.Context, scope vc.Scope, wanted Wanted) ([]vc.StatusEntry, error) {
	entries := make([]vc.StatusEntry, 0, len(wanted.Purposes))
	for i, purpose := range wanted.Purposes {
		if slices.Contains(wanted.Purposes[:i], purpose) {
			return nil, vc.Errorf(vc.Invalid, "status-purpose-twice", "the status purpose %s is named twice", purpose)
		}
		key, err := wanted.key(scope, purpose)
		if err != nil {
			return nil, err
		}
		entry, err := s.pool(key, wanted.Messages).take(ctx)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

// poolKey is what the entries of one list have in common.
type poolKey struct {
	scope    vc.Scope
	identity string
	purpose  vc.StatusPurpose
	dialect  string
	format   string
	size     int
	kind     string // id of the type that has the list for itself, where it publishes
	publish  vc.Publishing
}

func (w Wanted) key(scope vc.Scope, purpose vc.StatusPurpose) (poolKey, error) {
	key := poolKey{scope: scope, identity: w.Identity, purpose: purpose, dialect: w.Dialect, format: w.Format, size: 1}
	if w.Publish.Identity != "" {
		key.kind, key.publish = w.Type, w.Publish
	}
	old := statuslist.Dialect(w.Dialect) == statuslist.StatusList2021
	if !old && statuslist.Dialect(w.Dialect) != statuslist.BitstringStatusList {
		return key, vc.Errorf(vc.Unsupported, "status-dialect", "there is no such kind of status list")
	}
	switch purpose {
	case vc.Revocation, vc.Suspension:
		return key, nil
	case vc.Refresh, vc.Message:
		if old { // StatusList2021 §4 has only the other two
			return key, vc.Errorf(vc.Unsupported, "status-purpose", "StatusList2021 has no purpose %s", purpose)
		}
	default:
		return key, vc.Errorf(vc.Unsupported, "status-purpose", "there is no such status purpose")
	}
	if purpose == vc.Message {
		if key.size = w.Size; key.size == 0 {
			key.size = sizeFor(len(w.Messages))
		}
		if !slices.Contains([]int{1, 2, 4, 8}, key.size) || len(w.Messages) > 1<<key.size {
			return key, vc.Errorf(vc.Invalid, "status-size", "a status entry has 1, 2, 4 or 8 bits, enough for its messages")
		}
	}
	return key, nil
}

// sizeFor gives the bits of an entry with n values: a power of two, so that no entry crosses a byte.
func sizeFor(n int) int {
	size := 1
	for size < bits.Len(uint(max(n, 2)-1)) {
		size *= 2
	}
	return size
}

func (s *Service) pool(key poolKey, messages []vc.StatusMessage) *pool {
	if p, ok := s.pools.Get(key); ok {
		return p
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.pools.Get(key)
	if !ok {
		p = &pool{service: s, key: key}
		if key.purpose == vc.Message {
			p.messages = messages
		}
		s.pools.Add(key, p)
	}
	return p
}
