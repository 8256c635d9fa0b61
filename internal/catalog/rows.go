package catalog

import (
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Rows are the rows of the catalog.
type Rows interface {
	journal.Appender

	Organisation(id string) (vc.Organisation, error)

	InsertSchema(vc.Schema) error // and its public handle
	UpdateSchema(vc.Schema) error // name, latest, shared with, archived at
	Schema(id string) (vc.Schema, error)
	SchemaForUpdate(id string) (vc.Schema, error) // of the scope, and nobody else changes it before the transaction ends
	Schemas(vc.ListQuery) ([]vc.Schema, error)
	CountSchemas(vc.ListQuery) (int, error)     // of the whole list, whatever the page
	InsertSchemaVersion(vc.SchemaVersion) error // and the public handle of its context
	SchemaVersion(schema string, version int) (vc.SchemaVersion, error)
	SchemaVersionByID(id string) (vc.SchemaVersion, error)
	SchemaVersions(vc.SchemaVersionQuery) ([]vc.SchemaVersion, error) // those that have an id
	UpdateSchemaVersion(vc.SchemaVersion) error                       // withdrawn at
	// SchemaVersionInUse tells whether a credential, an unfinished exchange, an offering that is not withdrawn, or a type other
	// than one is of that version.
	SchemaVersionInUse(schema string, version int, but string) (bool, error)
	SchemaInUse(schema string) (bool, error) // by a type or a credential
	DeleteSchema(id string) error            // with its versions

	InsertType(vc.CredentialType) error
	UpdateType(vc.CredentialType) error // Conflict "stale" unless the stored revision is one less
	Type(id string) (vc.CredentialType, error)
	TypeOfLine(line string) (vc.CredentialType, error)
	Types(vc.ListQuery) ([]vc.CredentialType, error)
	CountTypes(vc.ListQuery) (int, error)

	InsertContext(vc.Context) error
	Context(url string) (vc.Context, error)
	Contexts(vc.ListQuery) ([]vc.Context, error)

	InsertInstance(vc.Instance) error // Conflict "duplicate" when the tenant has one with that slug
	UpdateInstance(vc.Instance) error // Conflict "stale" unless the stored revision is one less
	Instance(id string) (vc.Instance, error)
	InstanceBySlug(slug string) (vc.Instance, error)
	Instances(vc.ListQuery) ([]vc.Instance, error)

	Identity(id string) (vc.Identity, error)
	IdentityByDID(did string) (vc.Identity, error)

	InsertPublication(vc.Publication) error // and the job that it names
	PublicationOfSchema(schema string, version int, identity string) (vc.Publication, error)
	// SetPublishing gives a type's publications in the collection of the identity new settings.
	SetPublishing(typeID string, publish vc.Publishing) error
}
