package identity

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// stop is [Service.change] of an edit by which something signs no more. That is so here at once, whatever a ledger says: the
// edit is a row of its own before the ledger is asked. The document stays as the ledger has it until the ledger has the change,
// and who repeats the call asks the ledger again.
func (s *Service) stop(ctx context.Context, by vc.Caller, before vc.Identity, edit edit) (vc.Identity, error) {
	if _, ok := s.recorder(before); !ok {
		return s.change(ctx, by, before, edit)
	}
	if err := mayChange(by, before); err != nil {
		return vc.Identity{}, err
	}
	var err error
	for range 5 {
		err = s.config.Rows.Update(ctx, before.Scope, func(rows Rows) error {
			identity, err := rows.Identity(before.ID)
			if err != nil {
				return err
			}
			changed, err := edit(rows, &identity)
			if err != nil || !changed {
				return err
			}
			identity.Revision++
			identity.UpdatedBy, identity.UpdatedAt = by.Principal, s.now()
			return rows.UpdateIdentity(identity)
		})
		if e, ok := asError(err); !ok || e.Code != "stale" {
			break
		}
	}
	if err != nil {
		return vc.Identity{}, err
	}
	s.changed(before)
	after, err := s.change(ctx, by, before, edit)
	if e, ok := asError(err); ok {
		more := "it signs no more here; repeat the call to have it on the ledger"
		if e.Code == "ledger-pending" {
			more = "it signs no more here already"
		}
		err = vc.Errorf(e.Kind, e.Code, "%s: %s", e.Message, more).At(e.Pointer).Because(err)
	}
	return after, err
}

// behind says whether the ledger has yet to hear that a key is compromised or that the identity is at its end: its document, as
// the ledger has it, still lists what signs no more.
func behind(identity vc.Identity) bool {
	listed := listedKeys(identity)
	if !identity.DeactivatedAt.IsZero() {
		return len(listed) > 0
	}
	for _, key := range identity.Keys {
		if key.State == vc.KeyCompromised && listed[key.Method] {
			return true
		}
	}
	return false
}

func listedKeys(identity vc.Identity) map[string]bool {
	listed := map[string]bool{}
	document, err := diddoc.Parse(identity.Document)
	if err != nil {
		return listed
	}
	for _, method := range document.VerificationMethods {
		listed[method.ID] = true
	}
	return listed
}

// record has a method say what makes before what after is. The ledger still takes, and may have to have, the signature of a
// compromised key that it lists: for the change that takes the key out, where no other key can sign for that. Such keys come
// first, so that the method prefers any other.
func record(recorder did.Recorder, before, after vc.Identity) (did.Recording, error) {
	listed := listedKeys(before)
	var spoilt, others []vc.IdentityKey
	for _, key := range before.Keys {
		if key.State == vc.KeyCompromised && listed[key.Method] {
			key.State = vc.KeyRetired
			spoilt = append(spoilt, key)
			continue
		}
		others = append(others, key)
	}
	before.Keys = slices.Concat(spoilt, others)
	return recorder.Record(before, after)
}

// standing merges what was stopped here while the ledger decided about a change into what the change makes of the identity.
func (w intent) standing(now vc.Identity) vc.Identity {
	after := w.Identity
	if now.Revision == after.Revision-1 {
		return after
	}
	after.Revision = now.Revision + 1
	if after.DeactivatedAt.IsZero() {
		after.DeactivatedAt = now.DeactivatedAt
	}
	after.Keys = append([]vc.IdentityKey(nil), after.Keys...)
	for i := range after.Keys {
		if key := find(now.Keys, now.DID, after.Keys[i].Method); key != nil && key.State == vc.KeyCompromised {
			after.Keys[i].State, after.Keys[i].ChangedAt = key.State, key.ChangedAt
		}
	}
	return after
}
