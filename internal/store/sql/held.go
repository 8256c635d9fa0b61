package sql

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// lines is how texts are kept that one of them is looked for: JSON, which has no end of a line, a line each.
type lines struct{ texts *[]string }

// line is what a column of lines holds where the text is among them.
func line(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // not of a text
		panic(err)
	}
	return "\n" + string(b) + "\n"
}

func linesText(texts []string) string {
	var b strings.Builder
	for i, s := range texts {
		l := line(s)
		if i > 0 {
			l = l[1:]
		}
		b.WriteString(l)
	}
	return b.String()
}

// Scan implements [database/sql.Scanner].
func (l lines) Scan(src any) error {
	s, ok := src.(string)
	if !ok {
		return fmt.Errorf("lines cannot be read from %T", src)
	}
	*l.texts = nil
	for each := range strings.Lines(strings.TrimPrefix(s, "\n")) {
		var t string
		if err := json.Unmarshal([]byte(each), &t); err != nil {
			return err
		}
		*l.texts = append(*l.texts, t)
	}
	return nil
}

// tagsDoc is a [vc.HeldTags] as it is stored.
type tagsDoc struct {
	Given    string   `json:"given,omitempty"`
	Contexts []string `json:"contexts,omitempty"`
	Expanded []string `json:"expanded,omitempty"`
	Schemas  []string `json:"schemas,omitempty"`
	Proofs   []string `json:"proofs,omitempty"`
}

// InsertHeld writes a credential into the wallet of the scope; Conflict "duplicate" when it has one with that digest or
// name.
func (tx *Tx) InsertHeld(h vc.HeldCredential) error {
	scope, err := tx.in(h.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO held_credentials (id, tenant_id, org_id, types, issuer, network, schema_url,
		version, format, model, identity_id, subject_mac, digest, exchange_id, standing, seen_at, issued_at, valid_until,
		body_key, body, created_at, name, tags)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)`,
		h.ID, scope.Tenant, scope.Organisation, linesText(h.Types), h.Issuer, h.Network, h.Schema, h.Version, h.Format,
		string(h.Model), h.Identity, h.SubjectMAC, h.Digest, h.Exchange, string(h.Standing), micros(h.SeenAt),
		micros(h.IssuedAt), micros(h.ValidUntil), h.BodyKey, h.Body, micros(h.CreatedAt), h.Name, text(tagsDoc(h.Tags)))
}

// UpdateHeld writes standing and seen at.
func (tx *Tx) UpdateHeld(h vc.HeldCredential) error {
	return changed(tx.exec(`UPDATE held_credentials SET standing = $4, seen_at = $5 WHERE id = $3 AND `+own,
		h.ID, string(h.Standing), micros(h.SeenAt)))
}

// DeleteHeld removes a held credential with all it says.
func (tx *Tx) DeleteHeld(id string) error {
	return changed(tx.exec(`DELETE FROM held_credentials WHERE id = $3 AND `+own, id))
}

// DeleteAllHeld empties the wallet of exactly the scope and tells how many it held.
func (tx *Tx) DeleteAllHeld() (int, error) {
	n, err := tx.exec(`DELETE FROM held_credentials WHERE tenant_id = $1 AND org_id = $2`)
	return int(n), err
}

const heldColumns = `SELECT id, tenant_id, org_id, types, issuer, network, schema_url, version, format, model,
	identity_id, subject_mac, digest, exchange_id, standing, seen_at, issued_at, valid_until, body_key, body, created_at,
	name, tags FROM held_credentials WHERE `

func scanHeld(r row, h *vc.HeldCredential) error {
	return r.Scan(&h.ID, &h.Scope.Tenant, &h.Scope.Organisation, lines{&h.Types}, &h.Issuer, &h.Network, &h.Schema,
		&h.Version, &h.Format, (*string)(&h.Model), &h.Identity, &h.SubjectMAC, &h.Digest, &h.Exchange,
		(*string)(&h.Standing), at(&h.SeenAt), at(&h.IssuedAt), at(&h.ValidUntil), &h.BodyKey, &h.Body, at(&h.CreatedAt),
		&h.Name, js((*tagsDoc)(&h.Tags)))
}

// Held gives one held credential.
func (tx *Tx) Held(id string) (vc.HeldCredential, error) {
	return single(tx, scanHeld, heldColumns+own+` AND id = $3`, id)
}

// HeldOf gives the id of the credential with that digest in the wallet of exactly the scope.
func (tx *Tx) HeldOf(digest []byte) (id string, err error) {
	err = tx.one(`SELECT id FROM held_credentials WHERE tenant_id = $1 AND org_id = $2 AND digest = $3`, tx.scoped([]any{digest}), &id)
	return id, err
}

// HeldCredentials lists held credentials.
func (tx *Tx) HeldCredentials(q vc.HeldQuery) ([]vc.HeldCredential, error) {
	return every(tx, tx.held(q).page(q.Page), scanHeld)
}

// CountHeld counts the held credentials of a list.
func (tx *Tx) CountHeld(q vc.HeldQuery) (int, error) { return tx.count(tx.held(q)) }

func (tx *Tx) held(q vc.HeldQuery) *list {
	scope := tx.long()
	if q.Name != "" {
		scope = tx.few()
	}
	l := tx.from(heldColumns+scope).
		equal("issuer", q.Issuer).
		equal("version", q.Version).
		equal("identity_id", q.Identity).
		equal("standing", string(q.Standing)).
		indexed("name", q.Name)
	if q.Network != nil {
		l.and("network = ?", *q.Network)
	}
	if q.Type != "" {
		l.and("replace(types, ?, '') <> types", line(q.Type)) // SQLite's LIKE does not mind the case
	}
	if q.SubjectMAC != nil {
		l.and("subject_mac = ?", q.SubjectMAC)
	}
	if !q.IssuedFrom.IsZero() {
		l.and("issued_at >= ?", micros(q.IssuedFrom))
	}
	if !q.IssuedTo.IsZero() {
		l.and("issued_at < ?", micros(q.IssuedTo))
	}
	return l
}
