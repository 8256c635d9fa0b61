package sql

import (
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertOffering writes an offering and its public handle; Conflict "schema-withdrawn" when the version of the schema that it
// is of was withdrawn. Who withdraws it at the same time waits, and then finds it in use.
func (tx *Tx) InsertOffering(o vc.Offering) error {
	scope, err := tx.in(o.Scope)
	if err != nil {
		return err
	}
	var withdrawn int64
	switch err := tx.one(`SELECT withdrawn_at FROM schema_versions
		WHERE tenant_id = $1 AND schema_id = $2 AND version = $3 FOR SHARE`, []any{scope.Tenant, o.Schema, o.SchemaVersion}, &withdrawn); {
	case err != nil && vc.KindOf(err) != vc.NotFound:
		return err
	case withdrawn != 0:
		return vc.Errorf(vc.Conflict, "schema-withdrawn", "the version of the schema is withdrawn")
	}
	if err := tx.insert(nil, `INSERT INTO offerings (id, tenant_id, org_id, type_id, type_name, schema_id,
		schema_version, door, principal, state, targeted, recipient_mac, lim, redeemed, expires_at, withdrawn_at,
		body_key, body, pocket, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)`,
		o.ID, scope.Tenant, scope.Organisation, o.Type, o.TypeName, o.Schema, o.SchemaVersion, o.Door, o.Principal,
		o.State, o.Targeted, o.RecipientMAC, o.Limit, o.Redeemed, micros(o.ExpiresAt), micros(o.WithdrawnAt),
		o.BodyKey, o.Body, o.Pocket, micros(o.CreatedAt)); err != nil {
		return err
	}
	return tx.handle(store.HandleOffering, o.ID, scope, o.ID)
}

const offeringColumns = `SELECT id, tenant_id, org_id, type_id, type_name, schema_id, schema_version, door, principal,
	state, targeted, recipient_mac, lim, redeemed, expires_at, withdrawn_at, body_key, body, pocket, created_at
	FROM offerings WHERE `

func scanOffering(r row, o *vc.Offering) error {
	return r.Scan(&o.ID, &o.Scope.Tenant, &o.Scope.Organisation, &o.Type, &o.TypeName, &o.Schema, &o.SchemaVersion,
		&o.Door, &o.Principal, &o.State, &o.Targeted, &o.RecipientMAC, &o.Limit, &o.Redeemed, at(&o.ExpiresAt),
		at(&o.WithdrawnAt), &o.BodyKey, &o.Body, &o.Pocket, at(&o.CreatedAt))
}

// Offering gives one offering.
func (tx *Tx) Offering(id string) (vc.Offering, error) {
	return single(tx, scanOffering, offeringColumns+own+` AND id = $3`, id)
}

// OfferingForUpdate is Offering, and no other transaction changes the row before this one ends.
func (tx *Tx) OfferingForUpdate(id string) (vc.Offering, error) {
	return single(tx, scanOffering, offeringColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// UpdateOffering writes redeemed, withdrawn at, body and body key; Conflict "constraint" when more were redeemed than
// the limit has.
func (tx *Tx) UpdateOffering(o vc.Offering) error {
	return changed(tx.exec(`UPDATE offerings SET redeemed = $4, withdrawn_at = $5, body_key = $6, body = $7
		WHERE id = $3 AND `+own, o.ID, o.Redeemed, micros(o.WithdrawnAt), o.BodyKey, o.Body))
}

// Offerings lists offerings.
func (tx *Tx) Offerings(q vc.OfferingQuery) ([]vc.Offering, error) {
	return every(tx, tx.offerings(q).page(q.Page), scanOffering)
}

// CountOfferings counts the offerings of a list.
func (tx *Tx) CountOfferings(q vc.OfferingQuery) (int, error) { return tx.count(tx.offerings(q)) }

func (tx *Tx) offerings(q vc.OfferingQuery) *list {
	l := tx.from(offeringColumns + tx.long())
	if q.Type != "" {
		l.and("type_id = ?", q.Type)
	}
	if q.RecipientMAC != nil {
		l.and("recipient_mac = ?", q.RecipientMAC)
	}
	if q.Open {
		l.and("NOT targeted")
	}
	if !q.Claimable.IsZero() {
		l.and("withdrawn_at = 0 AND (expires_at = 0 OR expires_at > ?) AND (lim = 0 OR redeemed < lim)", micros(q.Claimable))
	}
	return l
}

// InsertRedemption writes a redemption, which belongs to whom its offering belongs. NotFound when the offering is not
// of the scope.
func (tx *Tx) InsertRedemption(r vc.Redemption) error {
	if err := tx.ready(true); err != nil {
		return err
	}
	var scope vc.Scope
	if err := tx.one(`SELECT tenant_id, org_id FROM offerings WHERE id = $3 AND `+own,
		tx.scoped([]any{r.Offering}), &scope.Tenant, &scope.Organisation); err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO redemptions (id, tenant_id, org_id, offering_id, exchange_id, credential_id,
		holder_mac, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		r.ID, scope.Tenant, scope.Organisation, r.Offering, r.Exchange, r.Credential, r.HolderMAC, micros(r.At))
}

const redemptionColumns = `SELECT id, tenant_id, org_id, offering_id, exchange_id, credential_id, holder_mac, at
	FROM redemptions WHERE ` + own

// Redemptions lists the redemptions of an offering.
func (tx *Tx) Redemptions(offering string, page vc.Page) ([]vc.Redemption, error) {
	return every(tx, tx.from(redemptionColumns).and("offering_id = ?", offering).page(page),
		func(r row, d *vc.Redemption) error {
			return r.Scan(&d.ID, &d.Scope.Tenant, &d.Scope.Organisation, &d.Offering, &d.Exchange, &d.Credential,
				&d.HolderMAC, at(&d.At))
		})
}
