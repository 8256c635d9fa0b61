package catalog

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// NewSchema asks for a schema. Document is the JSON Schema of the claims; TypeName the type term of the derived
// context, "" makes one from Name. SharedWith is for a tenant's schema only.
type NewSchema struct {
	Name       string
	TypeName   string
	Document   []byte
	SharedWith []string // organisation ids; "*" is all of them
}

// CreateSchema makes a schema, of the caller's scope, with its first version. Pointers of errors are into the
// members name, typeName, schema and sharedWith of the native API. Errors: Invalid "schema-not-supported" with place and reason,
// "document-malformed", "name-invalid", "type-name-invalid", "shared-with-invalid".
func (s *Service) CreateSchema(ctx context.Context, by vc.Caller, n NewSchema) (vc.Schema, vc.SchemaVersion, error) {
	if by.Scope.Tenant == "" {
		return vc.Schema{}, vc.SchemaVersion{}, errNoTenant
	}
	name, err := nameForPeople(n.Name)
	if err != nil {
		return vc.Schema{}, vc.SchemaVersion{}, err
	}
	if n.TypeName == "" {
		n.TypeName = termOf(name)
	}
	if n.TypeName == vcdm.TypeCredential {
		return vc.Schema{}, vc.SchemaVersion{}, vc.Errorf(vc.Invalid, "type-name-invalid", "every credential is a %s besides", vcdm.TypeCredential).At("/typeName")
	}
	if !isTerm(n.TypeName) {
		return vc.Schema{}, vc.SchemaVersion{}, vc.Errorf(vc.Invalid, "type-name-invalid", "%s", termRule).At("/typeName")
	}
	schema := vc.Schema{ID: newID(), Scope: by.Scope, Name: name, Latest: 1, SharedWith: n.SharedWith, CreatedAt: s.now()}
	version, err := s.version(schema, 1, n.TypeName, n.Document)
	if err != nil {
		return vc.Schema{}, vc.SchemaVersion{}, err
	}
	version.CreatedAt = schema.CreatedAt
	event := entry(by, schema.Scope, schema.CreatedAt, "schema.created", "schema", schema.ID, "version=1")
	err = s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := checkSharing(rows, schema); err != nil {
			return err
		}
		if err := rows.InsertSchema(schema); err != nil {
			return err
		}
		if err := rows.InsertSchemaVersion(version); err != nil {
			return err
		}
		return rows.Append(event)
	})
	if err != nil {
		return vc.Schema{}, vc.SchemaVersion{}, err
	}
	return schema, version, nil
}

// version builds one version: what is published, and the context derived from it.
func (s *Service) version(schema vc.Schema, number int, typeName string, document []byte) (vc.SchemaVersion, error) {
	return s.wrapped(schema, number, typeName, document, plainWrapper)
}

// wrapped is version with what is published around the claims.
func (s *Service) wrapped(schema vc.Schema, number int, typeName string, document []byte, wrap wrapper) (vc.SchemaVersion, error) {
	claims, err := readClaims(document)
	if err != nil {
		return vc.SchemaVersion{}, err
	}
	url, claimsURL := s.schemaURL(schema.ID, number), s.claimsURL(schema.ID, number)
	uploaded := claims.standalone(claimsURL)
	compiled, err := compile(uploaded, claimsURL)
	if err != nil {
		return vc.SchemaVersion{}, err
	}
	published := claims.open().credentialSchema(url, claimsURL, schema.Name, wrap(typeName, number, s.contextURL(schema.ID, number)))
	if _, err := compile(published, url); err != nil {
		return vc.SchemaVersion{}, err
	}
	derived, err := derive(typeName, uploaded, url)
	if err != nil {
		return vc.SchemaVersion{}, err
	}
	digest, contextDigest := sha256.Sum256(published), sha256.Sum256(derived)
	return vc.SchemaVersion{
		Schema: schema.ID, Scope: schema.Scope, Version: number, Draft: compiled.Draft(), TypeName: typeName,
		Document: published, Digest: digest[:], URL: url,
		Context: derived, ContextDigest: contextDigest[:], ContextURL: s.contextURL(schema.ID, number),
		CreatedAt: s.now(),
	}, nil
}

// AddVersion adds a version to a schema; the versions that are there never change. Two at once: both are added, one
// after the other. Errors: as CreateSchema, NotFound "schema-not-found", Conflict "schema-archived".
func (s *Service) AddVersion(ctx context.Context, by vc.Caller, id string, document []byte) (vc.SchemaVersion, error) {
	for range 5 {
		version, err := s.addVersion(ctx, by, id, document)
		if !isCode(err, "stale") {
			return version, err
		}
	}
	return vc.SchemaVersion{}, vc.Errorf(vc.Unavailable, "schema-busy", "other versions of this schema are being added; try again")
}

func (s *Service) addVersion(ctx context.Context, by vc.Caller, id string, document []byte) (vc.SchemaVersion, error) {
	schema, err := s.ownSchema(ctx, by, id)
	if err != nil {
		return vc.SchemaVersion{}, err
	}
	if !schema.ArchivedAt.IsZero() {
		return vc.SchemaVersion{}, errSchemaArchived
	}
	last, err := s.Version(ctx, schema.Scope, id, schema.Latest)
	if err != nil {
		return vc.SchemaVersion{}, err
	}
	version, err := s.version(schema, schema.Latest+1, last.TypeName, document)
	if err != nil {
		return vc.SchemaVersion{}, err
	}
	detail := fmt.Sprintf("version=%d", version.Version)
	_, err = s.changeSchema(ctx, by, schema, "schema.version-added", detail, func(rows Rows, now *vc.Schema) (bool, error) {
		switch {
		case !now.ArchivedAt.IsZero():
			return false, errSchemaArchived
		case now.Latest != schema.Latest:
			return false, vc.Errorf(vc.Conflict, "stale", "another version was added meanwhile")
		}
		now.Latest = version.Version
		return true, rows.InsertSchemaVersion(version)
	})
	return version, err
}

// RenameSchema changes the name for people; published documents stay as they are.
func (s *Service) RenameSchema(ctx context.Context, by vc.Caller, id, name string) (vc.Schema, error) {
	name, err := nameForPeople(name)
	if err != nil {
		return vc.Schema{}, err
	}
	return s.changeOwn(ctx, by, id, "schema.renamed", func(_ Rows, schema *vc.Schema) (bool, error) {
		changed := schema.Name != name
		schema.Name = name
		return changed, nil
	})
}

// ShareSchema replaces the organisations that a tenant's schema is shared with. Invalid "shared-with-invalid".
func (s *Service) ShareSchema(ctx context.Context, by vc.Caller, id string, with []string) (vc.Schema, error) {
	return s.changeOwn(ctx, by, id, "schema.shared", func(rows Rows, schema *vc.Schema) (bool, error) {
		changed := !slices.Equal(schema.SharedWith, with)
		schema.SharedWith = with
		return changed, checkSharing(rows, *schema)
	})
}

// UpdateSchema gives a schema its name and the organisations it is shared with, in one act. Errors: as
// [Service.RenameSchema] and [Service.ShareSchema].
func (s *Service) UpdateSchema(ctx context.Context, by vc.Caller, id, name string, with []string) (vc.Schema, error) {
	name, err := nameForPeople(name)
	if err != nil {
		return vc.Schema{}, err
	}
	return s.changeOwn(ctx, by, id, "schema.updated", func(rows Rows, schema *vc.Schema) (bool, error) {
		changed := schema.Name != name || !slices.Equal(schema.SharedWith, with)
		schema.Name, schema.SharedWith = name, with
		return changed, checkSharing(rows, *schema)
	})
}

// ArchiveSchema ends new types and new issuance with a schema; what was published stays. Idempotent.
func (s *Service) ArchiveSchema(ctx context.Context, by vc.Caller, id string) (vc.Schema, error) {
	at := s.now()
	return s.changeOwn(ctx, by, id, "schema.archived", func(_ Rows, schema *vc.Schema) (bool, error) {
		return setArchived(&schema.ArchivedAt, at), nil
	})
}

// RestoreSchema undoes [Service.ArchiveSchema]. Idempotent.
func (s *Service) RestoreSchema(ctx context.Context, by vc.Caller, id string) (vc.Schema, error) {
	return s.changeOwn(ctx, by, id, "schema.restored", func(_ Rows, schema *vc.Schema) (bool, error) {
		return setArchived(&schema.ArchivedAt, time.Time{}), nil
	})
}

// setArchived says whether it changed anything.
func setArchived(archivedAt *time.Time, at time.Time) bool {
	if archivedAt.IsZero() == at.IsZero() {
		return false
	}
	*archivedAt = at
	return true
}

// DeleteSchema removes a schema that no type and no credential ever used; Conflict "schema-in-use" else.
func (s *Service) DeleteSchema(ctx context.Context, by vc.Caller, id string) error {
	schema, err := s.ownSchema(ctx, by, id)
	if err != nil {
		return err
	}
	event := entry(by, schema.Scope, s.now(), "schema.deleted", "schema", id, "")
	err = s.config.Rows.Update(ctx, schema.Scope, func(rows Rows) error {
		used, err := rows.SchemaInUse(id)
		if err != nil {
			return err
		}
		if used {
			return vc.Errorf(vc.Conflict, "schema-in-use", "credential types or credentials use this schema; archive it instead")
		}
		if err := rows.DeleteSchema(id); err != nil {
			return found(err, "schema")
		}
		return rows.Append(event)
	})
	s.forget()
	s.published.Purge()
	s.contexts.Purge()
	return err
}

// changeOwn changes a schema of the caller's own scope.
func (s *Service) changeOwn(ctx context.Context, by vc.Caller, id, action string, change func(Rows, *vc.Schema) (bool, error)) (vc.Schema, error) {
	schema, err := s.ownSchema(ctx, by, id)
	if err != nil {
		return vc.Schema{}, err
	}
	return s.changeSchema(ctx, by, schema, action, "", change)
}

// changeSchema changes a schema in its own scope, which its rows keep whoever of the tenant changes it. change says
// whether there is something to write.
func (s *Service) changeSchema(ctx context.Context, by vc.Caller, schema vc.Schema, action, detail string, change func(Rows, *vc.Schema) (bool, error)) (vc.Schema, error) {
	event := entry(by, schema.Scope, s.now(), action, "schema", schema.ID, detail)
	var changed vc.Schema
	err := s.config.Rows.Update(ctx, schema.Scope, func(rows Rows) error {
		var err error
		if changed, err = rows.SchemaForUpdate(schema.ID); err != nil {
			return found(err, "schema")
		}
		if write, err := change(rows, &changed); err != nil || !write {
			return err
		}
		if err := rows.UpdateSchema(changed); err != nil {
			return err
		}
		return rows.Append(event)
	})
	s.forget()
	if err != nil {
		return vc.Schema{}, err
	}
	return changed, nil
}

// Schema gives a schema of the scope, or one that is shared with it. NotFound "schema-not-found".
func (s *Service) Schema(ctx context.Context, scope vc.Scope, id string) (schema vc.Schema, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		schema, err = rows.Schema(id)
		return found(err, "schema")
	})
	return schema, err
}

// SchemasPage gives a page of what [Service.Schemas] lists, and how many there are in all; both are of one moment.
func (s *Service) SchemasPage(ctx context.Context, scope vc.Scope, query vc.ListQuery) (schemas []vc.Schema, total int, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if schemas, err = rows.Schemas(query); err == nil {
			total, err = rows.CountSchemas(query)
		}
		return err
	})
	return schemas, total, err
}

// Schemas lists the schemas of a scope and those that are shared with it.
func (s *Service) Schemas(ctx context.Context, scope vc.Scope, query vc.ListQuery) (schemas []vc.Schema, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		schemas, err = rows.Schemas(query)
		return err
	})
	return schemas, err
}

// Version gives a version of a schema that the scope sees; 0 is the newest. NotFound "schema-not-found".
func (s *Service) Version(ctx context.Context, scope vc.Scope, id string, version int) (out vc.SchemaVersion, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
		if version == 0 {
			schema, err := rows.Schema(id)
			if err != nil {
				return found(err, "schema")
			}
			version = schema.Latest
		}
		var err error
		out, err = rows.SchemaVersion(id, version)
		return found(err, "schema")
	})
	return out, err
}

// ownSchema gives a schema that the caller may change: one of its scope, not one that is only shared with it.
func (s *Service) ownSchema(ctx context.Context, by vc.Caller, id string) (vc.Schema, error) {
	schema, err := s.Schema(ctx, by.Scope, id)
	if err == nil && by.Scope.Organisation != "" && schema.Scope != by.Scope {
		err = vc.Errorf(vc.Denied, "schema-not-owned", "the schema belongs to the tenant and is shared with this organisation")
	}
	return schema, err
}

func checkSharing(rows Rows, schema vc.Schema) error {
	wrong := vc.Errorf(vc.Invalid, "shared-with-invalid", "not an organisation of the tenant")
	if schema.Scope.Organisation != "" && len(schema.SharedWith) > 0 {
		wrong.Message = "only a tenant's schema can be shared"
		return wrong.At("/sharedWith")
	}
	for i, id := range schema.SharedWith {
		at := fmt.Sprintf("/sharedWith/%d", i)
		if slices.Contains(schema.SharedWith[:i], id) {
			wrong.Message = "named twice"
			return wrong.At(at)
		}
		if id == "*" {
			continue
		}
		_, err := rows.Organisation(id)
		if vc.KindOf(err) == vc.NotFound && err != nil {
			return wrong.At(at)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func nameForPeople(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxName || strings.ContainsFunc(name, unicode.IsControl) {
		return "", vc.Errorf(vc.Invalid, "name-invalid", nameRule, maxName).At("/name")
	}
	return name, nil
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
