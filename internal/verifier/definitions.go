package verifier

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
)

// NewDefinition asks for a presentation definition: composed of Wanted and Format, or given whole as Document. The ids
// and schema versions of Wanted are given here: the newest version of each schema.
type NewDefinition struct {
	Name     string
	Purpose  string
	Wanted   []vc.WantedCredential
	Format   []byte // format object of each descriptor, JSON; nil: any
	Document []byte // presentation definition, JSON; then Wanted and Format are nil
	// Query is a list of alternatives, of which one must be met: each has fields, all of which must be. It is composed
	// into Document; then Wanted and Document are nil.
	//
	//	[{"fields": [{"path": ["$.credentialSubject.age"], "filter": {"type": "number", "minimum": 18}}]}]
	Query   []byte
	Domains []string // origins, one of which every issuer must be linked to; nil: any issuer
}

// definitionDocument is a definition as it is published: DIF Presentation Exchange 2.1.1. The schema member is of 1.0 and
// names what credentialSchema of a credential names.
type definitionDocument struct {
	ID          string               `json:"id"`
	Name        string               `json:"name,omitempty"`
	Purpose     string               `json:"purpose,omitempty"`
	Rules       []ruleDocument       `json:"submission_requirements,omitempty"`
	Descriptors []descriptorDocument `json:"input_descriptors"`
}

type descriptorDocument struct {
	ID          string            `json:"id"`
	Name        string            `json:"name,omitempty"`
	Purpose     string            `json:"purpose,omitempty"`
	Group       []string          `json:"group,omitempty"`
	Schema      []schemaReference `json:"schema,omitempty"`
	Format      jsontext.Value    `json:"format,omitempty"`
	Constraints jsontext.Value    `json:"constraints"`
}

type schemaReference struct {
	URI string `json:"uri"`
}

// CreateDefinition makes and publishes a definition of the caller's scope. Errors: Invalid "name-invalid" at /name,
// "definition-invalid" at /wanted/n, /query/n, /format or /document with what follows, "schema-not-found" and Conflict
// "schema-archived" at /wanted/n/schema, "origin-invalid" and "too-many" at /domains with what follows.
func (d *Desk) CreateDefinition(ctx context.Context, by vc.Caller, n NewDefinition) (vc.PresentationDefinition, error) {
	none := vc.PresentationDefinition{}
	if err := owned(by.Scope); err != nil {
		return none, err
	}
	if n.Name == "" && n.Query != nil {
		n.Name = "query"
	}
	name, err := label(n.Name, "/name")
	if err != nil {
		return none, err
	}
	if n.Domains, err = d.origins(n.Domains); err != nil {
		return none, err
	}
	now := d.now()
	definition := vc.PresentationDefinition{
		ID: newID(), Scope: by.Scope, Name: name, Purpose: n.Purpose, Query: n.Query, Domains: n.Domains, Format: n.Format,
		Document: n.Document, CreatedAt: now, UpdatedAt: now,
	}
	switch {
	case n.Query != nil:
		err = queried(&definition)
	case n.Document == nil:
		err = d.compose(ctx, &definition, n.Wanted)
	}
	if err != nil {
		return none, err
	}
	if _, err := pex.Parse(definition.Document); err != nil {
		return none, unreadable(err, n)
	}
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := rows.InsertPresentationDefinition(definition); err != nil {
			return err
		}
		return rows.Append(happened(by, by.Scope, now, "definition.created", "definition", definition.ID))
	})
	if err != nil {
		return none, err
	}
	return definition, nil
}

// compose gives a definition its descriptors and its document.
func (d *Desk) compose(ctx context.Context, definition *vc.PresentationDefinition, wanted []vc.WantedCredential) error {
	if len(wanted) == 0 {
		return vc.Errorf(vc.Invalid, "definition-invalid", "no credential is wanted").At("/wanted")
	}
	if len(wanted) > pex.MaxDescriptors {
		return vc.Errorf(vc.Invalid, "definition-invalid", "at most %d credentials can be wanted", pex.MaxDescriptors).At("/wanted")
	}
	document := definitionDocument{ID: definition.ID, Name: definition.Name, Purpose: definition.Purpose}
	definition.Wanted = slices.Clone(wanted)
	for i := range definition.Wanted {
		one := &definition.Wanted[i]
		one.ID, one.SchemaVersion = newID(), 0
		if one.Constraints == nil {
			one.Constraints = []byte(`{"fields":[]}`) // PE 2.1.1, Input Descriptor Object: there must be some
		}
		descriptor := descriptorDocument{
			ID: one.ID, Name: one.Name, Purpose: one.Purpose, Format: definition.Format, Constraints: one.Constraints,
		}
		if one.Schema != "" {
			version, err := d.schemaOf(ctx, definition.Scope, one.Schema, "/wanted/"+strconv.Itoa(i)+"/schema")
			if err != nil {
				return err
			}
			one.SchemaVersion, descriptor.Schema = version.Version, []schemaReference{{URI: version.URL}}
		}
		document.Descriptors = append(document.Descriptors, descriptor)
	}
	var err error
	definition.Document, err = json.Marshal(document)
	if err != nil {
		return vc.Errorf(vc.Invalid, "definition-invalid", "constraints and format must be JSON").At("/wanted").Because(err)
	}
	return nil
}

func (d *Desk) schemaOf(ctx context.Context, scope vc.Scope, id, at string) (vc.SchemaVersion, error) {
	schema, err := d.Schemas.Schema(ctx, scope, id)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return vc.SchemaVersion{}, vc.Errorf(vc.Invalid, "schema-not-found", "there is no such schema").At(at)
	case err != nil:
		return vc.SchemaVersion{}, err
	case !schema.ArchivedAt.IsZero():
		return vc.SchemaVersion{}, vc.Errorf(vc.Conflict, "schema-archived", "the schema is archived").At(at)
	}
	return d.Schemas.Version(ctx, scope, id, schema.Latest)
}

// unreadable says why a document is no definition. Of one that was composed here the pointer goes back to what it was
// composed of.
func unreadable(err error, n NewDefinition) error {
	e, ok := errors.AsType[*pex.Error](err)
	if !ok {
		return err
	}
	pointer := "/document" + e.Pointer
	switch {
	case n.Query != nil:
		pointer = inQuery(e.Pointer)
	case n.Document == nil:
		pointer = "/wanted"
		if rest, ok := strings.CutPrefix(e.Pointer, "/input_descriptors/"); ok {
			pointer = "/wanted/" + rest
			if _, format, ok := strings.Cut(rest, "/format"); ok && !strings.Contains(rest, "/constraints") {
				pointer = "/format" + format
			}
		}
	}
	return vc.Errorf(vc.Invalid, "definition-invalid", "%s", e.Message).At(pointer)
}

// Definition gives a definition of the scope; NotFound "definition-not-found".
func (d *Desk) Definition(ctx context.Context, scope vc.Scope, id string) (definition vc.PresentationDefinition, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		definition, err = rows.PresentationDefinition(id)
		return there(err, "definition")
	})
	return definition, err
}

// Definitions gives a page of the definitions of a scope, and how many there are in all; both are of one moment.
func (d *Desk) Definitions(ctx context.Context, scope vc.Scope, query vc.ListQuery) (definitions []vc.PresentationDefinition, total int, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if definitions, err = rows.PresentationDefinitions(query); err == nil {
			total, err = rows.CountPresentationDefinitions(query)
		}
		return err
	})
	return definitions, total, err
}

// PublicDefinition gives a published definition, whosever it is; an archived one too, for requests that name it.
func (d *Desk) PublicDefinition(ctx context.Context, id string) (definition vc.PresentationDefinition, err error) {
	err = d.public(ctx, store.HandleDefinition, "definition", id, func(rows Rows, id string) (err error) {
		definition, err = rows.PresentationDefinition(id)
		return err
	})
	return definition, err
}

// ArchiveDefinition ends new requests with a definition. Idempotent.
func (d *Desk) ArchiveDefinition(ctx context.Context, by vc.Caller, id string) (vc.PresentationDefinition, error) {
	return d.setDefinition(ctx, by, id, "definition.archived", d.now())
}

// RestoreDefinition undoes [Desk.ArchiveDefinition]. Idempotent.
func (d *Desk) RestoreDefinition(ctx context.Context, by vc.Caller, id string) (vc.PresentationDefinition, error) {
	return d.setDefinition(ctx, by, id, "definition.restored", time.Time{})
}

// setDefinition archives or restores a definition in its own scope, which it keeps whoever of the tenant does it.
func (d *Desk) setDefinition(ctx context.Context, by vc.Caller, id, action string, archived time.Time) (vc.PresentationDefinition, error) {
	definition, err := d.Definition(ctx, by.Scope, id)
	if err != nil {
		return vc.PresentationDefinition{}, err
	}
	now := d.now()
	err = d.Rows.Update(ctx, definition.Scope, func(rows Rows) (err error) {
		if definition, err = rows.PresentationDefinition(id); err != nil {
			return there(err, "definition")
		}
		if definition.ArchivedAt.IsZero() == archived.IsZero() {
			return nil
		}
		definition.ArchivedAt, definition.UpdatedAt = archived, now
		if err := rows.UpdatePresentationDefinition(definition); err != nil {
			return err
		}
		return rows.Append(happened(by, definition.Scope, now, action, "definition", id))
	})
	if err != nil {
		return vc.PresentationDefinition{}, err
	}
	return definition, nil
}
