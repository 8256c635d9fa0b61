package sql

import (
	"context"
	"encoding/json"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// registeredKey is a [vc.IdentityKey] as a registration keeps it: nothing that is secret has a place here.
type registeredKey struct {
	Identity     string       `json:"identity,omitempty"`
	Method       string       `json:"method"`
	Purposes     []string     `json:"purposes,omitempty"`
	State        vc.KeyState  `json:"state,omitempty"`
	AddedAt      time.Time    `json:"addedAt,omitzero"`
	ChangedAt    time.Time    `json:"changedAt,omitzero"`
	Key          string       `json:"key,omitempty"`
	Tenant       string       `json:"tenant,omitempty"`
	Organisation string       `json:"organisation,omitempty"`
	Algorithm    vc.Algorithm `json:"algorithm"`
	Store        string       `json:"store,omitempty"`
	PublicJWK    []byte       `json:"publicJwk,omitempty"`
	CreatedAt    time.Time    `json:"createdAt,omitzero"`
}

func registeredText(keys []vc.IdentityKey) (string, error) {
	stored := make([]registeredKey, len(keys))
	for i, k := range keys {
		stored[i] = registeredKey{
			k.Identity, k.Method, k.Purposes, k.State, k.AddedAt, k.ChangedAt, k.Key.ID, k.Key.Scope.Tenant,
			k.Key.Scope.Organisation, k.Key.Algorithm, k.Key.Store, k.Key.PublicJWK, k.Key.CreatedAt,
		}
	}
	b, err := json.Marshal(stored)
	if err != nil { // a year that JSON has no way to write
		return "", vc.Errorf(vc.Internal, "store", "a registration cannot be stored").Because(err)
	}
	return string(b), nil
}

func registeredKeys(stored []registeredKey) []vc.IdentityKey {
	var keys []vc.IdentityKey
	for _, k := range stored {
		keys = append(keys, vc.IdentityKey{
			Identity: k.Identity, Method: k.Method, Purposes: k.Purposes, State: k.State, AddedAt: k.AddedAt,
			ChangedAt: k.ChangedAt, Key: vc.Key{
				ID: k.Key, Scope: vc.Scope{Tenant: k.Tenant, Organisation: k.Organisation}, Algorithm: k.Algorithm,
				Store: k.Store, PublicJWK: k.PublicJWK, CreatedAt: k.CreatedAt,
			},
		})
	}
	return keys
}

// InsertDIDRegistration writes a registration; of its keys the public halves.
func (tx *Tx) InsertDIDRegistration(d vc.DIDRegistration) error {
	scope, err := tx.in(d.Scope)
	if err != nil {
		return err
	}
	keys, err := registeredText(d.Keys)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO did_registrations (id, tenant_id, org_id, operation, method, did, keys, draft,
		payload, signers, revision, principal, created_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		d.ID, scope.Tenant, scope.Organisation, d.Operation, d.Method, d.DID, keys, d.Draft, d.Payload,
		text(d.Signers), d.Revision, d.Principal, micros(d.CreatedAt), micros(d.ExpiresAt))
}

// DIDRegistration gives a registration that has not expired.
func (tx *Tx) DIDRegistration(id string, now time.Time) (vc.DIDRegistration, error) {
	return single(tx, func(r row, d *vc.DIDRegistration) error {
		var keys []registeredKey
		err := r.Scan(&d.ID, &d.Scope.Tenant, &d.Scope.Organisation, &d.Operation, &d.Method, &d.DID, js(&keys), &d.Draft,
			&d.Payload, js(&d.Signers), &d.Revision, &d.Principal, at(&d.CreatedAt), at(&d.ExpiresAt))
		d.Keys = registeredKeys(keys)
		return err
	}, `SELECT id, tenant_id, org_id, operation, method, did, keys, draft, payload, signers, revision, principal,
		created_at, expires_at FROM did_registrations WHERE id = $3 AND expires_at > $4 AND `+own, id, micros(now))
}

// DeleteDIDRegistration removes a registration.
func (tx *Tx) DeleteDIDRegistration(id string) error {
	return changed(tx.exec(`DELETE FROM did_registrations WHERE id = $3 AND `+own, id))
}

// SweepDIDRegistrations removes registrations that expired before now, at most max, and tells how many. A full batch
// means that there may be more.
func (db *DB) SweepDIDRegistrations(ctx context.Context, now time.Time, max int) (int, error) {
	var n int64
	err := db.update(ctx, vc.Scope{}, func(tx *Tx) (err error) {
		n, err = tx.plain(`DELETE FROM did_registrations WHERE id IN (
			SELECT id FROM did_registrations WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)`, micros(now), max)
		return err
	})
	return int(n), err
}
