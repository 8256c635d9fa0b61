package sql

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// typeDoc is the part of a credential type that nobody searches, as it is stored. The conversions below do not
// compile when a noun gets a field that is missing here.
type typeDoc struct {
	Types          []string           `json:"types,omitempty"`
	Contexts       []string           `json:"contexts,omitempty"`
	Validity       validityDoc        `json:"validity,omitzero"`
	Look           lookDoc            `json:"look,omitzero"`
	Hold           bool               `json:"hold,omitempty"`
	EraseDelivered bool               `json:"eraseDelivered,omitempty"`
	Subjects       vc.ResolvePolicy   `json:"subjects,omitempty"`
	Purposes       []vc.StatusPurpose `json:"purposes,omitempty"`
	StatusMessages []messageDoc       `json:"statusMessages,omitempty"`
	Irrevocable    bool               `json:"irrevocable,omitempty"`
	Evidence       json.RawMessage    `json:"evidence,omitempty"`
	External       externalDoc        `json:"external,omitzero"`
	Publish        publishDoc         `json:"publish,omitzero"`
	Variants       []variantDoc       `json:"variants,omitempty"`
}

type validityDoc struct {
	Default time.Duration `json:"default,omitempty"` // nanoseconds
	Max     time.Duration `json:"max,omitempty"`
}

type lookDoc struct {
	TextColor  string `json:"textColor,omitempty"`
	Background string `json:"background,omitempty"`
	Image      string `json:"image,omitempty"`
}

type messageDoc struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type externalDoc struct {
	URL         string `json:"url,omitempty"`
	Enabled     bool   `json:"enabled,omitempty"`
	Connections bool   `json:"connections,omitempty"`
}

type publishDoc struct {
	Identity string        `json:"identity,omitempty"`
	DID      string        `json:"did,omitempty"`
	Interval time.Duration `json:"interval,omitempty"`
	Ceiling  string        `json:"ceiling,omitempty"`
	Named    bool          `json:"named,omitempty"`
}

type variantDoc struct {
	Name            string          `json:"name"`
	Format          string          `json:"format"`
	Model           vc.ModelVersion `json:"model"`
	Suite           string          `json:"suite,omitempty"`
	SchemaReference string          `json:"schemaReference,omitempty"`
	Status          dialectDoc      `json:"status,omitzero"`
	IssuerObject    bool            `json:"issuerObject,omitempty"`
}

type dialectDoc struct {
	EntryType   string `json:"entryType,omitempty"`
	NumberIndex bool   `json:"numberIndex,omitempty"`
	Array       bool   `json:"array,omitempty"`
}

func packType(t vc.CredentialType) (string, error) {
	doc := typeDoc{
		Types: t.Types, Contexts: t.Contexts, Validity: validityDoc(t.Validity), Look: lookDoc(t.Look), Hold: t.Hold,
		EraseDelivered: t.EraseDelivered, Subjects: t.Subjects, Purposes: t.Purposes, Irrevocable: t.Irrevocable,
		Evidence: t.Evidence, External: externalDoc(t.External), Publish: publishDoc(t.Publish),
	}
	for _, m := range t.StatusMessages {
		doc.StatusMessages = append(doc.StatusMessages, messageDoc(m))
	}
	for _, v := range t.Variants {
		doc.Variants = append(doc.Variants, variantDoc{
			v.Name, v.Format, v.Model, v.Suite, v.SchemaReference, dialectDoc(v.Status), v.IssuerObject,
		})
	}
	b, err := json.Marshal(doc)
	if err != nil { // evidence that is not JSON
		return "", vc.Errorf(vc.Internal, "store", "a type cannot be stored").Because(err)
	}
	return string(b), nil
}

func unpackType(doc typeDoc, t *vc.CredentialType) {
	t.Types, t.Contexts, t.Validity, t.Look = doc.Types, doc.Contexts, vc.Validity(doc.Validity), vc.Look(doc.Look)
	t.Hold, t.EraseDelivered, t.Subjects, t.Purposes = doc.Hold, doc.EraseDelivered, doc.Subjects, doc.Purposes
	t.Irrevocable, t.Evidence, t.External = doc.Irrevocable, doc.Evidence, vc.ExternalIssuer(doc.External)
	t.Publish = vc.Publishing(doc.Publish)
	for _, m := range doc.StatusMessages {
		t.StatusMessages = append(t.StatusMessages, vc.StatusMessage(m))
	}
	for _, v := range doc.Variants {
		t.Variants = append(t.Variants, vc.Variant{
			Name: v.Name, Format: v.Format, Model: v.Model, Suite: v.Suite, SchemaReference: v.SchemaReference,
			Status: vc.StatusDialect(v.Status), IssuerObject: v.IssuerObject,
		})
	}
}

// InsertType writes a credential type; Conflict "duplicate" when its line has one in its scope.
func (tx *Tx) InsertType(t vc.CredentialType) error {
	scope, err := tx.in(t.Scope)
	if err != nil {
		return err
	}
	doc, err := packType(t)
	if err != nil {
		return err
	}
	if err := tx.insert(nil, `INSERT INTO credential_types (id, tenant_id, org_id, name, search, schema_id,
		schema_version, revision, doc, created_at, updated_at, archived_at, external, line)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		t.ID, scope.Tenant, scope.Organisation, t.Name, strings.ToLower(t.Name), t.Schema, t.SchemaVersion, t.Revision,
		doc, micros(t.CreatedAt), micros(t.UpdatedAt), micros(t.ArchivedAt), t.External.Enabled, t.Line); err != nil {
		return err
	}
	return tx.typeSchema(t, scope)
}

func (tx *Tx) typeSchema(t vc.CredentialType, scope vc.Scope) error {
	if t.Schema == "" {
		return nil
	}
	return tx.insert(nil, `INSERT INTO type_schemas (schema_id, type_id, tenant_id, org_id) VALUES ($1, $2, $3, $4)
		ON CONFLICT (schema_id, type_id) DO NOTHING`, t.Schema, t.ID, scope.Tenant, scope.Organisation)
}

// UpdateType writes a type whose stored revision is one less; else Conflict "stale".
func (tx *Tx) UpdateType(t vc.CredentialType) error {
	doc, err := packType(t)
	if err != nil {
		return err
	}
	n, err := tx.exec(`UPDATE credential_types SET name = $4, search = $5, schema_id = $6, schema_version = $7,
		revision = $8, doc = $9, updated_at = $10, archived_at = $11, external = $12, line = $13
		WHERE id = $3 AND revision = $8 - 1 AND `+own,
		t.ID, t.Name, strings.ToLower(t.Name), t.Schema, t.SchemaVersion, t.Revision, doc,
		micros(t.UpdatedAt), micros(t.ArchivedAt), t.External.Enabled, t.Line)
	if err != nil {
		return err
	}
	if n == 0 {
		return tx.behind(`SELECT 1 FROM credential_types WHERE id = $3 AND `+own, t.ID)
	}
	return tx.typeSchema(t, tx.scope)
}

// behind tells what is wrong when a row with a revision was not updated.
func (tx *Tx) behind(query, id string) error {
	var one int64
	if err := tx.one(query, tx.scoped([]any{id}), &one); err != nil {
		return err
	}
	return stale()
}

const typeColumns = `SELECT id, tenant_id, org_id, name, schema_id, schema_version, revision, doc, created_at,
	updated_at, archived_at, line FROM credential_types WHERE `

func scanType(r row, t *vc.CredentialType) error {
	var doc typeDoc
	if err := r.Scan(&t.ID, &t.Scope.Tenant, &t.Scope.Organisation, &t.Name, &t.Schema, &t.SchemaVersion, &t.Revision,
		js(&doc), at(&t.CreatedAt), at(&t.UpdatedAt), at(&t.ArchivedAt), &t.Line); err != nil {
		return err
	}
	unpackType(doc, t)
	return nil
}

// Type gives one credential type.
func (tx *Tx) Type(id string) (vc.CredentialType, error) {
	return single(tx, scanType, typeColumns+seen+` AND id = $3`, id)
}

// TypeOfLine gives the type of a line of exactly the scope.
func (tx *Tx) TypeOfLine(line string) (vc.CredentialType, error) {
	return single(tx, scanType, typeColumns+`tenant_id = $1 AND org_id = $2 AND line = $3 AND line <> ''`, line)
}

// Types lists credential types.
func (tx *Tx) Types(q vc.ListQuery) ([]vc.CredentialType, error) {
	return every(tx, tx.types(q).page(q.Page), scanType)
}

// CountTypes counts the credential types of a list.
func (tx *Tx) CountTypes(q vc.ListQuery) (int, error) { return tx.count(tx.types(q)) }

func (tx *Tx) types(q vc.ListQuery) *list {
	l := tx.from(typeColumns+seen).named(q, "archived_at").exactly(q)
	if q.External != nil {
		l.and("external = ?", *q.External)
	}
	return l
}
