package sdk

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Schema is a named line of immutable versions.
type Schema struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Organisation  string         `json:"organisation,omitempty"`
	Latest        int            `json:"latest"`
	SharedWith    []string       `json:"sharedWith"` // organisation ids; "*" is every one of the tenant
	CreatedAt     time.Time      `json:"createdAt"`
	ArchivedAt    time.Time      `json:"archivedAt,omitzero"`
	LatestVersion *SchemaVersion `json:"latestVersion,omitempty"` // not in lists
}

// SchemaVersion is one immutable version: Schema is what is published at URL, for whole credentials, Claims the part
// of it that was uploaded; a context is derived from it. Digests are
// SHA-256, base64url.
type SchemaVersion struct {
	SchemaID      string          `json:"schemaId"`
	Version       int             `json:"version"`
	Draft         string          `json:"draft"`
	TypeName      string          `json:"typeName"`
	Schema        json.RawMessage `json:"schema"`
	Claims        json.RawMessage `json:"claims,omitempty"`
	Digest        string          `json:"digest"`
	URL           string          `json:"url"`
	ContextURL    string          `json:"contextUrl"`
	ContextDigest string          `json:"contextDigest"`
	CreatedAt     time.Time       `json:"createdAt"`
}

// NewSchema asks for a schema. Schema is the JSON Schema of the claims: anything that marshals to it.
type NewSchema struct {
	Name       string   `json:"name"`
	TypeName   string   `json:"typeName,omitempty"`
	Schema     any      `json:"schema"`
	SharedWith []string `json:"sharedWith,omitempty"`
}

// SchemaPatch changes what is not nil.
type SchemaPatch struct {
	Name       *string   `json:"name,omitempty"`
	SharedWith *[]string `json:"sharedWith,omitempty"`
}

// Context is a JSON-LD context. Document is not in lists.
type Context struct {
	URL       string          `json:"url"`
	Digest    string          `json:"digest"`
	Source    string          `json:"source"`
	Document  json.RawMessage `json:"document,omitempty"`
	CreatedAt time.Time       `json:"createdAt"`
}

// NewContext imports a context. Digest, SHA-256 in base64url, is optional.
type NewContext struct {
	URL      string          `json:"url"`
	Document json.RawMessage `json:"document"`
	Digest   string          `json:"digest,omitempty"`
}

// Type is everything that is decided once about a kind of credential.
type Type struct {
	ID           string `json:"id,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	NewType
	Revision   int       `json:"revision"`
	CreatedAt  time.Time `json:"createdAt,omitzero"`
	UpdatedAt  time.Time `json:"updatedAt,omitzero"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`
}

// NewType asks for a credential type. No variants means one: jwtvc in data model 2.0.
type NewType struct {
	Name           string          `json:"name"`
	Types          []string        `json:"types"` // beside VerifiableCredential
	Schema         SchemaReference `json:"schema"`
	Contexts       []string        `json:"contexts,omitempty"`
	Validity       Validity        `json:"validity,omitzero"`
	Look           Look            `json:"look,omitzero"`
	Hold           bool            `json:"hold,omitempty"`
	EraseDelivered bool            `json:"eraseDelivered,omitempty"`
	Subjects       string          `json:"subjects,omitempty"` // never, warn, must: whether their DIDs must resolve
	Purposes       []string        `json:"purposes,omitempty"` // revocation, suspension, message, refresh
	StatusMessages []StatusMessage `json:"statusMessages,omitempty"`
	Irrevocable    bool            `json:"irrevocable,omitempty"`
	Evidence       json.RawMessage `json:"evidence,omitempty"`
	ExternalIssuer ExternalIssuer  `json:"externalIssuer,omitzero"`
	Publish        *Publishing     `json:"publish,omitempty"` // nil: nowhere
	Variants       []Variant       `json:"variants,omitempty"`
}

// SchemaReference names a schema version; 0 is the newest when the type is written.
type SchemaReference struct {
	ID      string `json:"id"`
	Version int    `json:"version,omitempty"`
}

// Validity bounds how long a credential is valid, in seconds; 0 is unbounded.
type Validity struct {
	DefaultSeconds int64 `json:"defaultSeconds,omitempty"`
	MaxSeconds     int64 `json:"maxSeconds,omitempty"`
}

// Look is how a wallet may draw a credential.
type Look struct {
	TextColor  string `json:"textColor,omitempty"`
	Background string `json:"background,omitempty"`
	Image      string `json:"image,omitempty"`
}

// StatusMessage explains one value ("0x1") of purpose message.
type StatusMessage struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// ExternalIssuer points holders at an issuing page elsewhere.
type ExternalIssuer struct {
	URL         string `json:"url"`
	Enabled     bool   `json:"enabled,omitempty"`
	Connections bool   `json:"connections,omitempty"`
}

// Publishing has a type's schemas and status lists published on a ledger. Identity is that of the DID in whose collection they are,
// by id or DID; changes of statuses that come in an interval, 0 for ten minutes, share a publication, of which each may cost
// FeeCeiling in CHEQ, "" for as much as the operator allows.
type Publishing struct {
	Identity        string `json:"identity"`
	IntervalSeconds int64  `json:"intervalSeconds,omitempty"`
	FeeCeiling      string `json:"feeCeiling,omitempty"`
	Reference       string `json:"reference,omitempty"` // https, did-url: by which credentials name them
}

// Publication is what a type has on a ledger: a status list, or a version of a schema.
type Publication struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"`   // status-list, schema
	Object      string    `json:"object"` // id of the list, or of the schema
	Version     int       `json:"version,omitempty"`
	DID         string    `json:"did"`
	Name        string    `json:"resourceName"`
	Resource    string    `json:"resourceType"`
	State       string    `json:"state"`         // waiting, sending, published, failing
	URL         string    `json:"url,omitempty"` // DID URL of the newest version on the ledger
	PublishedAt time.Time `json:"publishedAt,omitzero"`
	DueAt       time.Time `json:"dueAt,omitzero"` // when it is looked after next
	Transaction string    `json:"transaction,omitempty"`
	Failures    int       `json:"failures,omitempty"` // since the last that went well
	Code        string    `json:"code,omitempty"`     // of the last failure
	Error       string    `json:"error,omitempty"`
}

// Variant is one shape in which a type is issued.
type Variant struct {
	Name            string        `json:"name"`
	Format          string        `json:"format"` // jwtvc
	Model           string        `json:"model"`  // 1.1, 2.0
	Suite           string        `json:"suite,omitempty"`
	SchemaReference string        `json:"schemaReference,omitempty"` // JsonSchema, JsonSchemaValidator2018, none
	Status          StatusDialect `json:"status,omitzero"`
}

// StatusDialect is how a status entry is written.
type StatusDialect struct {
	EntryType   string `json:"entryType,omitempty"` // BitstringStatusListEntry, StatusList2021Entry
	NumberIndex bool   `json:"numberIndex,omitempty"`
	Array       bool   `json:"array,omitempty"`
}

// ListSchemas lists schemas, without their versions.
func (c *Client) ListSchemas(ctx context.Context, q ListQuery) (List[Schema], error) {
	return read[List[Schema]](ctx, c, "/schemas", q.values())
}

// CreateSchema makes a schema with its first version.
func (c *Client) CreateSchema(ctx context.Context, n NewSchema) (Schema, error) {
	return write[Schema](ctx, c, "/schemas", n)
}

// GetSchema gives a schema with its newest version.
func (c *Client) GetSchema(ctx context.Context, id string) (Schema, error) {
	return read[Schema](ctx, c, "/schemas/"+escape(id), nil)
}

// UpdateSchema renames or shares a schema.
func (c *Client) UpdateSchema(ctx context.Context, id string, p SchemaPatch) (Schema, error) {
	return call[Schema](ctx, c, request{method: http.MethodPatch, path: "/schemas/" + escape(id), in: p})
}

// DeleteSchema removes a schema that nothing uses.
func (c *Client) DeleteSchema(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: "/schemas/" + escape(id)})
}

// AddSchemaVersion adds a version. schema is anything that marshals to the JSON Schema of the claims.
func (c *Client) AddSchemaVersion(ctx context.Context, id string, schema any) (SchemaVersion, error) {
	return write[SchemaVersion](ctx, c, "/schemas/"+escape(id)+"/versions", map[string]any{"schema": schema})
}

// GetSchemaVersion gives a version.
func (c *Client) GetSchemaVersion(ctx context.Context, id string, version int) (SchemaVersion, error) {
	return read[SchemaVersion](ctx, c, "/schemas/"+escape(id)+"/versions/"+strconv.Itoa(version), nil)
}

// ArchiveSchema archives a schema: its types issue no more.
func (c *Client) ArchiveSchema(ctx context.Context, id string) (Schema, error) {
	return write[Schema](ctx, c, "/schemas/"+escape(id)+"/archive", nil)
}

// RestoreSchema undoes ArchiveSchema.
func (c *Client) RestoreSchema(ctx context.Context, id string) (Schema, error) {
	return write[Schema](ctx, c, "/schemas/"+escape(id)+"/restore", nil)
}

// ListContexts lists contexts, without their documents.
func (c *Client) ListContexts(ctx context.Context, q ListQuery) (List[Context], error) {
	return read[List[Context]](ctx, c, "/contexts", q.values())
}

// GetContext gives a context with its document.
func (c *Client) GetContext(ctx context.Context, contextURL string) (Context, error) {
	out, err := read[List[Context]](ctx, c, "/contexts", url.Values{"url": {contextURL}})
	if err != nil || len(out.Items) == 0 {
		return Context{}, err
	}
	return out.Items[0], nil
}

// ImportContext imports a context.
func (c *Client) ImportContext(ctx context.Context, n NewContext) (Context, error) {
	return write[Context](ctx, c, "/contexts", n)
}

// ListTypes lists credential types.
func (c *Client) ListTypes(ctx context.Context, q ListQuery) (List[Type], error) {
	return read[List[Type]](ctx, c, "/types", q.values())
}

// ListPublications lists what a credential type has on ledgers, newest first.
func (c *Client) ListPublications(ctx context.Context, id string, q ListQuery) (List[Publication], error) {
	return read[List[Publication]](ctx, c, "/types/"+escape(id)+"/publications", q.values())
}

// RetryPublication has a publication that failed tried again now.
func (c *Client) RetryPublication(ctx context.Context, typeID, id string) (Publication, error) {
	return write[Publication](ctx, c, "/types/"+escape(typeID)+"/publications/"+escape(id)+"/retry", nil)
}

// CreateType makes a credential type.
func (c *Client) CreateType(ctx context.Context, n NewType) (Type, error) {
	return write[Type](ctx, c, "/types", n)
}

// GetType gives a credential type.
func (c *Client) GetType(ctx context.Context, id string) (Type, error) {
	return read[Type](ctx, c, "/types/"+escape(id), nil)
}

// UpdateType replaces a type that was read at that revision; another one there by now is a conflict.
func (c *Client) UpdateType(ctx context.Context, id string, revision int, n NewType) (Type, error) {
	in := struct {
		NewType
		Revision int `json:"revision"`
	}{n, revision}
	return call[Type](ctx, c, request{method: http.MethodPut, path: "/types/" + escape(id), in: in})
}

// ArchiveType archives a type: it is not issued any more.
func (c *Client) ArchiveType(ctx context.Context, id string) (Type, error) {
	return write[Type](ctx, c, "/types/"+escape(id)+"/archive", nil)
}

// RestoreType undoes ArchiveType.
func (c *Client) RestoreType(ctx context.Context, id string) (Type, error) {
	return write[Type](ctx, c, "/types/"+escape(id)+"/restore", nil)
}
