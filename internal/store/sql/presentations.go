package sql

import (
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// wantedDoc is a [vc.WantedCredential] as it is stored. Constraints are kept to the byte.
type wantedDoc struct {
	ID            string `json:"id"`
	Name          string `json:"name,omitempty"`
	Purpose       string `json:"purpose,omitempty"`
	Schema        string `json:"schema,omitempty"`
	SchemaVersion int    `json:"schemaVersion,omitempty"`
	Constraints   []byte `json:"constraints,omitempty"`
}

func wantedText(wanted []vc.WantedCredential) string {
	stored := make([]wantedDoc, len(wanted))
	for i, w := range wanted {
		stored[i] = wantedDoc(w)
	}
	return text(stored)
}

// InsertPresentationDefinition writes a definition and its public handle.
func (tx *Tx) InsertPresentationDefinition(d vc.PresentationDefinition) error {
	scope, err := tx.in(d.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO presentation_definitions (id, tenant_id, org_id, name, search, purpose, wanted,
		format, document, created_at, updated_at, archived_at, query, domains)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		d.ID, scope.Tenant, scope.Organisation, d.Name, strings.ToLower(d.Name), d.Purpose, wantedText(d.Wanted), d.Format,
		d.Document, micros(d.CreatedAt), micros(d.UpdatedAt), micros(d.ArchivedAt), d.Query, text(d.Domains)); err != nil {
		return err
	}
	return tx.handle(store.HandleDefinition, d.ID, scope, d.ID)
}

// UpdatePresentationDefinition writes name, purpose, updated at and archived at.
func (tx *Tx) UpdatePresentationDefinition(d vc.PresentationDefinition) error {
	return changed(tx.exec(`UPDATE presentation_definitions
		SET name = $4, search = $5, purpose = $6, updated_at = $7, archived_at = $8 WHERE id = $3 AND `+own,
		d.ID, d.Name, strings.ToLower(d.Name), d.Purpose, micros(d.UpdatedAt), micros(d.ArchivedAt)))
}

const definitionColumns = `SELECT id, tenant_id, org_id, name, purpose, wanted, format, document, created_at, updated_at,
	archived_at, query, domains FROM presentation_definitions WHERE ` + own

func scanDefinition(r row, d *vc.PresentationDefinition) error {
	var wanted []wantedDoc
	if err := r.Scan(&d.ID, &d.Scope.Tenant, &d.Scope.Organisation, &d.Name, &d.Purpose, js(&wanted), &d.Format,
		&d.Document, at(&d.CreatedAt), at(&d.UpdatedAt), at(&d.ArchivedAt), &d.Query, js(&d.Domains)); err != nil {
		return err
	}
	for _, w := range wanted {
		d.Wanted = append(d.Wanted, vc.WantedCredential(w))
	}
	return nil
}

// PresentationDefinition gives one definition.
func (tx *Tx) PresentationDefinition(id string) (vc.PresentationDefinition, error) {
	return single(tx, scanDefinition, definitionColumns+` AND id = $3`, id)
}

// PresentationDefinitions lists definitions.
func (tx *Tx) PresentationDefinitions(q vc.ListQuery) ([]vc.PresentationDefinition, error) {
	return every(tx, tx.definitions(q).page(q.Page), scanDefinition)
}

// CountPresentationDefinitions counts the definitions of a list.
func (tx *Tx) CountPresentationDefinitions(q vc.ListQuery) (int, error) {
	return tx.count(tx.definitions(q))
}

func (tx *Tx) definitions(q vc.ListQuery) *list {
	return tx.from(definitionColumns).named(q, "archived_at").exactly(q)
}

// InsertPresentationRequest writes a request, its public handle and, where it is found by it, that of its state;
// Conflict "duplicate" when the nonce is used.
func (tx *Tx) InsertPresentationRequest(p vc.PresentationRequest) error {
	scope, err := tx.in(p.Scope)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO presentation_requests (id, tenant_id, org_id, door, name, search,
		definition_id, definition, client, audience, nonce, state, once, unsigned, signed, status, pocket, revision,
		expires_at, created_at, updated_at, archived_at, by_state, login, domains, push, attempts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
		$23, $24, $25, $26, $27)`,
		p.ID, scope.Tenant, scope.Organisation, p.Door, p.Name, strings.ToLower(p.Name), p.DefinitionID, p.Definition, p.Client,
		text(p.Audience), p.Nonce, p.State, p.Once, p.Unsigned, p.Signed, string(p.Status), p.Pocket, p.Revision,
		micros(p.ExpiresAt), micros(p.CreatedAt), micros(p.UpdatedAt), micros(p.ArchivedAt), p.ByState, p.Login,
		text(p.Domains), p.Push, p.Attempts); err != nil {
		return err
	}
	if p.ByState {
		if err := tx.handle(store.HandleState, p.State, scope, p.ID); err != nil {
			return err
		}
	}
	return tx.handle(store.HandleRequest, p.ID, scope, p.ID)
}

// UpdatePresentationRequest writes name, signed, status, attempts, updated at and archived at of a request whose stored
// revision is one less; else Conflict "stale".
func (tx *Tx) UpdatePresentationRequest(p vc.PresentationRequest) error {
	n, err := tx.exec(`UPDATE presentation_requests SET name = $4, search = $5, signed = $6, status = $7, revision = $8,
		updated_at = $9, archived_at = $10, attempts = $11 WHERE id = $3 AND revision = $8 - 1 AND `+own,
		p.ID, p.Name, strings.ToLower(p.Name), p.Signed, string(p.Status), p.Revision, micros(p.UpdatedAt), micros(p.ArchivedAt),
		p.Attempts)
	if err != nil || n > 0 {
		return err
	}
	return tx.behind(`SELECT 1 FROM presentation_requests WHERE id = $3 AND `+own, p.ID)
}

const requestColumns = `SELECT id, tenant_id, org_id, door, name, definition_id, definition, client, audience, nonce,
	state, once, unsigned, signed, status, pocket, revision, expires_at, created_at, updated_at, archived_at, by_state,
	login, domains, push, attempts FROM presentation_requests WHERE `

func scanRequest(r row, p *vc.PresentationRequest) error {
	return r.Scan(&p.ID, &p.Scope.Tenant, &p.Scope.Organisation, &p.Door, &p.Name, &p.DefinitionID, &p.Definition,
		&p.Client, js(&p.Audience), &p.Nonce, &p.State, &p.Once, &p.Unsigned, &p.Signed, (*string)(&p.Status), &p.Pocket,
		&p.Revision, at(&p.ExpiresAt), at(&p.CreatedAt), at(&p.UpdatedAt), at(&p.ArchivedAt), &p.ByState, &p.Login,
		js(&p.Domains), &p.Push, &p.Attempts)
}

// PresentationRequest gives one request.
func (tx *Tx) PresentationRequest(id string) (vc.PresentationRequest, error) {
	return single(tx, scanRequest, requestColumns+own+` AND id = $3`, id)
}

// PresentationRequestForUpdate is PresentationRequest, and no other transaction changes the row before this one ends.
func (tx *Tx) PresentationRequestForUpdate(id string) (vc.PresentationRequest, error) {
	return single(tx, scanRequest, requestColumns+own+` AND id = $3 FOR UPDATE`, id)
}

// PresentationRequests lists requests of one status; "": of any. Logins are in no list.
func (tx *Tx) PresentationRequests(q vc.ListQuery, status vc.PresentationState) ([]vc.PresentationRequest, error) {
	return every(tx, tx.requests(q, status).page(q.Page), scanRequest)
}

// CountPresentationRequests counts the requests of a list.
func (tx *Tx) CountPresentationRequests(q vc.ListQuery, status vc.PresentationState) (int, error) {
	return tx.count(tx.requests(q, status))
}

func (tx *Tx) requests(q vc.ListQuery, status vc.PresentationState) *list {
	l := tx.from(requestColumns+tx.long()+` AND NOT login`).named(q, "archived_at").exactly(q)
	l.dates = true
	if status != "" {
		l.and("status = ?", string(status))
	}
	return l
}
