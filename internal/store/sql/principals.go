package sql

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// grant is a [vc.Grant] as it is stored.
type grant struct {
	Tenant       string  `json:"tenant,omitempty"`
	Organisation string  `json:"organisation,omitempty"`
	Role         vc.Role `json:"role"`
}

func grantsText(grants []vc.Grant) string {
	stored := make([]grant, len(grants))
	for i, g := range grants {
		stored[i] = grant{g.Scope.Tenant, g.Scope.Organisation, g.Role}
	}
	return text(stored)
}

func grantsOf(stored []grant) []vc.Grant {
	var grants []vc.Grant
	for _, g := range stored {
		grants = append(grants, vc.Grant{
			Scope: vc.Scope{Tenant: g.Tenant, Organisation: g.Organisation}, Role: g.Role,
		})
	}
	return grants
}

// folded is what people are searched and sorted by: all that they are called, in lower case.
func folded(names ...string) string {
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	return strings.ToLower(strings.Join(names, " "))
}

func foldedPrincipal(p vc.Principal) string {
	return folded(p.Name, p.GivenName, p.FamilyName, p.Email)
}

// InsertPrincipal writes a principal and its handle, and those of a client's secrets.
func (tx *Tx) InsertPrincipal(p vc.Principal) error {
	scope, err := tx.in(p.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO principals (id, tenant_id, org_id, kind, name, search, secret, grants,
		created_at, expires_at, revoked_at, description, email, given_name, family_name, archived_at,
		previous, previous_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
		p.ID, scope.Tenant, scope.Organisation, string(p.Kind), p.Name, foldedPrincipal(p), p.Secret,
		grantsText(p.Grants), micros(p.CreatedAt), micros(p.ExpiresAt), micros(p.RevokedAt), p.Description, p.Email,
		p.GivenName, p.FamilyName, micros(p.ArchivedAt), p.Previous, micros(p.PreviousUntil)); err != nil {
		return err
	}
	if err := tx.handle(store.HandlePrincipal, p.ID, scope, p.ID); err != nil {
		return err
	}
	return tx.secrets(p)
}

// UpdatePrincipal writes name, secret, previous, previous until, grants, expires at, revoked at, archived at,
// description, e-mail and names, and the handles of a client's secrets.
func (tx *Tx) UpdatePrincipal(p vc.Principal) error {
	if err := changed(tx.exec(`UPDATE principals
		SET name = $4, search = $5, secret = $6, grants = $7, expires_at = $8, revoked_at = $9, description = $10,
		email = $11, given_name = $12, family_name = $13, archived_at = $14, previous = $15, previous_until = $16
		WHERE id = $3 AND `+own,
		p.ID, p.Name, foldedPrincipal(p), p.Secret, grantsText(p.Grants), micros(p.ExpiresAt), micros(p.RevokedAt),
		p.Description, p.Email, p.GivenName, p.FamilyName, micros(p.ArchivedAt), p.Previous,
		micros(p.PreviousUntil))); err != nil {
		return err
	}
	if p.Kind != vc.Client {
		return nil
	}
	if err := tx.insert(nil, `DELETE FROM handles WHERE object_id = $1 AND kind = $2`, p.ID, store.HandleSecret); err != nil {
		return err
	}
	return tx.secrets(p)
}

// secrets enters the secrets of a client that is in the scope: by each it can be found, until it is revoked.
func (tx *Tx) secrets(p vc.Principal) error {
	if p.Kind != vc.Client || !p.RevokedAt.IsZero() {
		return nil
	}
	good := [][]byte{p.Secret}
	if !p.PreviousUntil.IsZero() && !bytes.Equal(p.Previous, p.Secret) {
		good = append(good, p.Previous)
	}
	for _, secret := range good {
		if len(secret) == 0 {
			continue
		}
		if err := tx.insert(nil, `INSERT INTO handles (kind, handle, tenant_id, org_id, object_id)
			SELECT $4, $5, tenant_id, org_id, id FROM principals WHERE id = $3 AND `+own, tx.scope.Tenant,
			tx.scope.Organisation, p.ID, store.HandleSecret, hex.EncodeToString(secret)); err != nil {
			return err
		}
	}
	return nil
}

const principalColumns = `SELECT id, tenant_id, org_id, kind, name, secret, grants, created_at, expires_at, revoked_at,
	description, email, given_name, family_name, archived_at, previous, previous_until FROM principals WHERE ` + own

func scanPrincipal(r row, p *vc.Principal) error {
	var grants []grant
	err := r.Scan(&p.ID, &p.Scope.Tenant, &p.Scope.Organisation, (*string)(&p.Kind), &p.Name, &p.Secret,
		js(&grants), at(&p.CreatedAt), at(&p.ExpiresAt), at(&p.RevokedAt), &p.Description, &p.Email, &p.GivenName,
		&p.FamilyName, at(&p.ArchivedAt), &p.Previous, at(&p.PreviousUntil))
	p.Grants = grantsOf(grants)
	return err
}

// Principal gives one principal.
func (tx *Tx) Principal(id string) (vc.Principal, error) {
	return single(tx, scanPrincipal, principalColumns+` AND id = $3`, id)
}

// PrincipalForUpdate is Principal, and no other transaction changes the row before this one ends.
func (tx *Tx) PrincipalForUpdate(id string) (vc.Principal, error) {
	return single(tx, scanPrincipal, principalColumns+` AND id = $3 FOR UPDATE`, id)
}

// Principals lists principals; a revoked one counts as archived too. Search also looks at names of people and e-mail
// addresses.
func (tx *Tx) Principals(q vc.ListQuery) ([]vc.Principal, error) {
	return every(tx, tx.principals(q).page(q.Page), scanPrincipal)
}

// CountPrincipals counts the principals of a list.
func (tx *Tx) CountPrincipals(q vc.ListQuery) (int, error) { return tx.count(tx.principals(q)) }

func (tx *Tx) principals(q vc.ListQuery) *list {
	l := tx.from(principalColumns).named(q, "(revoked_at | archived_at)").exactly(q)
	if q.Kinds != nil {
		kinds := make([]string, len(q.Kinds))
		for i, k := range q.Kinds {
			kinds[i] = string(k)
		}
		l.and("kind = ANY(?)", kinds)
	}
	switch {
	case q.Revoked == nil:
	case *q.Revoked:
		l.and("revoked_at <> 0")
	default:
		l.and("revoked_at = 0")
	}
	return l
}
