package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Bounds of how long status changes of a type are gathered before they are published on a ledger.
const (
	defaultInterval = 10 * time.Minute
	maxInterval     = 30 * 24 * time.Hour
)

// ResourceSchema is the type of the resources that JSON schemas are on a ledger.
const ResourceSchema = "JSONSchema"

func (c *check) publishing(p vc.Publishing) {
	if p.Identity == "" {
		if p != (vc.Publishing{}) {
			c.add("publish-identity", "/publish/identity", "say which identity's resources they become")
		}
		return
	}
	if p.Interval < 0 || p.Interval > maxInterval {
		c.add("publish-interval", "/publish/intervalSeconds", "an interval has at most 30 days")
	}
	whole, fraction, _ := strings.Cut(p.Ceiling, ".")
	if p.Ceiling != "" && (whole == "" || len(whole) > 12 || len(fraction) > 9 || strings.Trim(whole+fraction, "0123456789") != "") {
		c.add("publish-ceiling", "/publish/feeCeiling", "a ceiling is a decimal number of CHEQ of at most 9 decimals")
	}
}

// publishing completes where a type publishes: in the collection of an identity of the very scope, whose keys are here. One that
// it had before is not looked at again.
func (s *Service) publishing(rows Rows, t vc.CredentialType, before vc.Publishing) (vc.Publishing, error) {
	p := t.Publish
	if p.Identity == "" {
		return p, nil
	}
	if p.Interval == 0 {
		p.Interval = defaultInterval
	}
	if p.Identity == before.Identity {
		p.DID = before.DID
		return p, nil
	}
	find := rows.Identity
	if strings.HasPrefix(p.Identity, "did:") {
		find = rows.IdentityByDID
	}
	identity, err := find(p.Identity)
	refused := func(format string, args ...any) (vc.Publishing, error) {
		return p, vc.Errorf(vc.Invalid, "publish-identity", format, args...).At("/publish/identity")
	}
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound, err == nil && identity.Scope != t.Scope:
		return refused("there is no such identity where the type is")
	case err != nil:
		return p, err
	case !slices.Contains(s.config.Ledgers, identity.Method):
		return refused("a did:%s has no resources on a ledger", identity.Method)
	case identity.Use == vc.UseElsewhere || identity.Use == vc.UseByClient:
		return refused("the keys of the identity are not here")
	case !identity.DeactivatedAt.IsZero():
		return refused("the identity is deactivated")
	}
	p.Identity, p.DID = identity.ID, identity.DID
	return p, nil
}

// publishSchema has a type's schema version published, once in each collection.
func publishSchema(rows Rows, t vc.CredentialType, now time.Time) error {
	if t.Publish.Identity == "" {
		return nil
	}
	_, err := rows.PublicationOfSchema(t.Schema, t.SchemaVersion, t.Publish.Identity)
	if err == nil || vc.KindOf(err) != vc.NotFound {
		return err
	}
	return rows.InsertPublication(vc.Publication{
		ID: newID(), Scope: t.Scope, Kind: vc.PublishedSchema, Object: t.Schema, Version: t.SchemaVersion, Type: t.ID,
		Publishing: t.Publish, Name: t.Schema, Resource: ResourceSchema, Job: newID(), DueAt: now, Shown: -1, Revision: 1,
		CreatedAt: now, UpdatedAt: now,
	})
}

// onLedger is the DID URL of a type's schema version, once it is there and where credentials name it.
func onLedger(rows Rows, t vc.CredentialType) (string, error) {
	if !t.Publish.Named {
		return "", nil
	}
	p, err := rows.PublicationOfSchema(t.Schema, t.SchemaVersion, t.Publish.Identity)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return "", nil
	}
	return p.URL, err
}
