package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// PublicDID gives the identity that an office has as its public one; NotFound "public-did-not-found" where it has none, or one that
// was deactivated.
func (d *Desk) PublicDID(ctx context.Context, scope vc.Scope) (vc.Identity, error) {
	settings, err := d.Settings(ctx, scope)
	if err != nil {
		return vc.Identity{}, err
	}
	none := vc.Errorf(vc.NotFound, "public-did-not-found", "there is no public DID")
	if settings.PublicDID == "" {
		return vc.Identity{}, none
	}
	identity, err := d.Identity.Get(ctx, scope, settings.PublicDID)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound, err == nil && !identity.DeactivatedAt.IsZero():
		return vc.Identity{}, none.Because(err)
	case err != nil:
		return vc.Identity{}, err
	}
	return identity, nil
}

// SetPublicDID makes one of an office's own DIDs its public one. It fails with NotFound "identity-not-found", also for one that
// proves who holds alone, and Conflict "identity-deactivated".
func (d *Desk) SetPublicDID(ctx context.Context, by vc.Caller, idOrDID string) (vc.Identity, error) {
	identity, err := d.Identity.Get(ctx, by.Scope, idOrDID)
	switch {
	case err != nil:
		return vc.Identity{}, err
	case !identity.Use.Issues() || identity.Scope != by.Scope:
		return vc.Identity{}, vc.Errorf(vc.NotFound, "identity-not-found", "there is no such identity here")
	case !identity.DeactivatedAt.IsZero():
		return vc.Identity{}, vc.Errorf(vc.Conflict, "identity-deactivated", "the identity is deactivated")
	}
	if err := d.found(ctx, by, identity); err != nil {
		return vc.Identity{}, err
	}
	_, err = d.changeSettings(ctx, by, func(s *vc.AgentSettings) error {
		s.PublicDID = identity.ID
		return nil
	})
	return identity, err
}

// metadataMax bounds what is kept beside a DID.
const metadataMax = 64 << 10

// IdentityMetadata gives what clients keep beside the identities of an office, by identity id.
func (d *Desk) IdentityMetadata(ctx context.Context, scope vc.Scope, ids ...string) (map[string]map[string]jsontext.Value, error) {
	all := map[string]map[string]jsontext.Value{}
	err := d.Rows.View(ctx, scope, func(rows Rows) error {
		for _, id := range ids {
			kept, err := rows.Metadata("identity/" + id)
			if err != nil {
				return err
			}
			if len(kept) == 0 {
				continue
			}
			all[id] = map[string]jsontext.Value{}
			for key, value := range kept {
				all[id][key] = value
			}
		}
		return nil
	})
	return all, err
}

// SetIdentityMetadata adds to what clients keep beside an identity; null takes a key away. It fails with Invalid "metadata-too-large"
// and NotFound "identity-not-found".
func (d *Desk) SetIdentityMetadata(ctx context.Context, by vc.Caller, id string, values map[string]jsontext.Value) error {
	size := 0
	for key, value := range values {
		size += len(key) + len(value)
	}
	if size > metadataMax {
		return vc.Errorf(vc.Invalid, "metadata-too-large", "what is kept beside a DID has at most %d bytes", metadataMax).At("/metadata")
	}
	identity, err := d.Identity.Get(ctx, by.Scope, id)
	if err != nil {
		return err
	}
	return d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		for key, value := range values {
			if value.Kind() == 'n' {
				value = nil
			}
			if err := rows.PutMetadata("identity/"+identity.ID, key, value); err != nil {
				return err
			}
		}
		return nil
	})
}
