package sql

import (
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// entryDoc is a [vc.StatusEntry] as it is kept in the credential's row, so that reading one needs no join.
type entryDoc struct {
	List    string           `json:"l"`
	URL     string           `json:"u"`
	Index   int64            `json:"i"`
	Purpose vc.StatusPurpose `json:"p"`
	Size    int              `json:"s"`
}

func entriesText(entries []vc.StatusEntry) string {
	if len(entries) == 0 {
		return ""
	}
	stored := make([]entryDoc, len(entries))
	for i, e := range entries {
		stored[i] = entryDoc(e)
	}
	return text(stored)
}

// InsertCredential writes a credential with its status entries, all but changed at. Conflict "duplicate" when its id or one of the
// indices is used; NotFound when a list is not of the scope.
func (tx *Tx) InsertCredential(c vc.Credential) error {
	scope, err := tx.in(c.Scope)
	if err != nil {
		return err
	}
	for _, e := range c.Entries {
		if err := tx.insert(found, `INSERT INTO status_entries (list, idx)
			SELECT number, CAST($4 AS BIGINT) FROM status_lists WHERE id = $3 AND `+own,
			scope.Tenant, scope.Organisation, e.List, e.Index); err != nil {
			return err
		}
	}
	return tx.insert(nil, `INSERT INTO credentials (id, tenant_id, org_id, state, standing, elsewhere, released,
		created_at, issued_at, expires_at, erased_at, valid_from, valid_until, type_id, type_name, schema_id,
		schema_version, variant, format, model, identity_id, issuer, method, algorithm, issuance, exchange_id, replaces,
		door, principal, entries, subject_mac, recipient_mac, digest, body_key, body, document_mac)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
		$23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36)`,
		c.ID, scope.Tenant, scope.Organisation, string(c.State), string(c.Standing), c.Elsewhere, c.Released,
		micros(c.CreatedAt), micros(c.IssuedAt), micros(c.ExpiresAt), micros(c.ErasedAt), micros(c.ValidFrom),
		micros(c.ValidUntil), c.Type, c.TypeName, c.Schema, c.SchemaVersion, c.Variant, c.Format, string(c.Model),
		c.Identity, c.Issuer, c.Method, c.Algorithm, c.Issuance, c.Exchange, c.Replaces, c.Door, c.Principal,
		entriesText(c.Entries), c.SubjectMAC, c.RecipientMAC, c.Digest, c.BodyKey, c.Body, c.DocumentMAC)
}

const credentialColumns = `SELECT id, tenant_id, org_id, state, standing, elsewhere, released, created_at, issued_at,
	expires_at, erased_at, valid_from, valid_until, type_id, type_name, schema_id, schema_version, variant, format, model,
	identity_id, issuer, method, algorithm, issuance, exchange_id, replaces, door, principal, entries, subject_mac,
	recipient_mac, digest, body_key, body, changed_at, document_mac FROM credentials WHERE `

func scanCredential(r row, c *vc.Credential) error {
	var entries []entryDoc
	if err := r.Scan(&c.ID, &c.Scope.Tenant, &c.Scope.Organisation, (*string)(&c.State), (*string)(&c.Standing),
		&c.Elsewhere, &c.Released, at(&c.CreatedAt), at(&c.IssuedAt), at(&c.ExpiresAt), at(&c.ErasedAt),
		at(&c.ValidFrom), at(&c.ValidUntil), &c.Type, &c.TypeName, &c.Schema, &c.SchemaVersion, &c.Variant, &c.Format,
		(*string)(&c.Model), &c.Identity, &c.Issuer, &c.Method, &c.Algorithm, &c.Issuance, &c.Exchange, &c.Replaces,
		&c.Door, &c.Principal, js(&entries), &c.SubjectMAC, &c.RecipientMAC, &c.Digest, &c.BodyKey, &c.Body,
		at(&c.ChangedAt), &c.DocumentMAC); err != nil {
		return err
	}
	for _, e := range entries {
		c.Entries = append(c.Entries, vc.StatusEntry(e))
	}
	return nil
}

// Credential gives one credential.
func (tx *Tx) Credential(id string) (vc.Credential, error) {
	return single(tx, scanCredential, credentialColumns+own+` AND id = $3`, id)
}

// CredentialForUpdate is Credential, and no other transaction changes the row before this one ends.
func (tx *Tx) CredentialForUpdate(id string) (vc.Credential, error) {
	return single(tx, scanCredential, credentialColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// UpdateCredential writes state, standing, method, algorithm, released, issued at, expires at, erased at, changed
// at, digest, body and body key. A nil Body and BodyKey erase; the digests of subject and recipient stay.
func (tx *Tx) UpdateCredential(c vc.Credential) error {
	return changed(tx.exec(`UPDATE credentials SET state = $4, standing = $5, method = $6, algorithm = $7, released = $8,
		issued_at = $9, expires_at = $10, erased_at = $11, digest = $12, body = $13, body_key = $14, changed_at = $15
		WHERE id = $3 AND `+own,
		c.ID, string(c.State), string(c.Standing), c.Method, c.Algorithm, c.Released, micros(c.IssuedAt),
		micros(c.ExpiresAt), micros(c.ErasedAt), c.Digest, c.Body, c.BodyKey, micros(c.ChangedAt)))
}

// SetStanding writes standing and changed at of a credential whose state, standing and changed at are as was has them, else Conflict
// "stale".
func (tx *Tx) SetStanding(was vc.Credential, standing vc.Standing, changedAt time.Time) error {
	return tx.insert(func(n int64) error {
		if n == 0 {
			return stale()
		}
		return nil
	}, `UPDATE credentials SET standing = $4, changed_at = $5
		WHERE id = $3 AND state = $6 AND standing = $7 AND changed_at = $8 AND `+own,
		tx.scoped([]any{was.ID, string(standing), micros(changedAt), string(was.State), string(was.Standing), micros(was.ChangedAt)})...)
}

// Credentials lists credentials, newest first.
func (tx *Tx) Credentials(q vc.CredentialQuery) ([]vc.Credential, error) {
	return every(tx, tx.credentials(q).page(q.Page), scanCredential)
}

// CountCredentials counts the credentials of a list.
func (tx *Tx) CountCredentials(q vc.CredentialQuery) (int, error) { return tx.count(tx.credentials(q)) }

func (tx *Tx) credentials(q vc.CredentialQuery) *list {
	l := tx.from(credentialColumns + tx.long())
	for _, f := range []struct {
		column string
		value  string
	}{
		{"type_id", q.Type},
		{"issuer", q.Issuer},
		{"state", string(q.State)},
		{"standing", string(q.Standing)},
		{"exchange_id", q.Exchange},
		{"issuance", q.Issuance},
	} {
		if f.value != "" {
			l.and(f.column+" = ?", f.value)
		}
	}
	// What a partial index promises must be said for it to be used.
	if q.Exchange != "" {
		l.and("exchange_id <> ''")
	}
	if q.Standing != "" && q.Standing != vc.Active {
		l.and("standing <> 'active'")
	}
	if q.State != "" && q.State != vc.Issued {
		l.and("state <> 'issued'")
	}
	if q.SubjectMAC != nil {
		l.and("subject_mac = ?", q.SubjectMAC)
	}
	if q.RecipientMAC != nil {
		l.and("recipient_mac = ?", q.RecipientMAC)
	}
	if q.DocumentMAC != nil {
		l.and("document_mac = ?", q.DocumentMAC)
	}
	if !q.IssuedFrom.IsZero() {
		l.and("issued_at >= ?", micros(q.IssuedFrom))
	}
	if !q.IssuedTo.IsZero() {
		l.and("issued_at < ?", micros(q.IssuedTo))
	}
	return l
}
