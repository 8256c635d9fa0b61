package catalog

import (
	"context"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CreateType makes a credential type of the caller's scope. Id, scope, revision and times are set here. Schema
// version 0 means the newest; no variants means one: jwtvc, VCDM 2.0, JsonSchema, BitstringStatusListEntry.
//
// Errors: Invalid with a pointer into the type as the native API writes it (/variants/0/schemaReference), all findings in
// Details; Conflict "schema-archived".
func (s *Service) CreateType(ctx context.Context, by vc.Caller, t vc.CredentialType) (vc.CredentialType, error) {
	if by.Scope.Tenant == "" {
		return vc.CredentialType{}, errNoTenant
	}
	t = completed(t)
	if err := s.checkType(t); err != nil {
		return vc.CredentialType{}, err
	}
	now := s.now()
	t.ID, t.Scope, t.Revision, t.Line = newID(), by.Scope, 1, "" // lines begin with AddEdition
	t.CreatedAt, t.UpdatedAt, t.ArchivedAt = now, now, time.Time{}
	event := entry(by, t.Scope, now, "type.created", "type", t.ID, "schema="+t.Schema)
	wanted := t.SchemaVersion
	err := s.config.Rows.Update(ctx, t.Scope, func(rows Rows) error {
		version, err := usableSchema(rows, t.Schema, wanted, false)
		if err != nil {
			return err
		}
		t.SchemaVersion = version
		if t.Publish, err = s.publishing(rows, t, vc.Publishing{}); err != nil {
			return err
		}
		if err := rows.InsertType(t); err != nil {
			return err
		}
		if err := publishSchema(rows, t, now); err != nil {
			return err
		}
		return rows.Append(event)
	})
	if err != nil {
		return vc.CredentialType{}, err
	}
	return t, nil
}

// UpdateType replaces a type. t.Revision is the revision that was read, else Conflict "stale"; id, scope, times and
// archiving stay, and so does the line that it is of. What was issued before is not touched. Errors: as CreateType, NotFound
// "type-not-found"; of a line's type Conflict "line-variant", "line-types", "line-schema".
func (s *Service) UpdateType(ctx context.Context, by vc.Caller, t vc.CredentialType) (vc.CredentialType, error) {
	t = completed(t)
	if err := s.checkType(t); err != nil {
		return vc.CredentialType{}, err
	}
	return s.changeType(ctx, by, t.ID, "type.updated", func(rows Rows, old vc.CredentialType) (vc.CredentialType, bool, error) {
		if old.Revision != t.Revision {
			return old, false, vc.Errorf(vc.Conflict, "stale", "the type was changed meanwhile: it is at revision %d", old.Revision)
		}
		version, err := usableSchema(rows, t.Schema, t.SchemaVersion, t.Schema == old.Schema)
		if err != nil {
			return old, false, err
		}
		changed := t
		changed.SchemaVersion = version
		changed.ID, changed.Scope, changed.CreatedAt, changed.ArchivedAt = old.ID, old.Scope, old.CreatedAt, old.ArchivedAt
		changed.Variants = slices.Clone(t.Variants) // fn may run more than once
		if err = keepLine(old, &changed); err == nil {
			changed.Publish, err = s.publishing(rows, changed, old.Publish)
		}
		if err == nil && changed.Publish.Identity != "" {
			err = rows.SetPublishing(changed.ID, changed.Publish)
		}
		if err == nil {
			err = publishSchema(rows, changed, s.now())
		}
		return changed, true, err
	})
}

// ArchiveType ends new issuance of a type. Idempotent.
func (s *Service) ArchiveType(ctx context.Context, by vc.Caller, id string) (vc.CredentialType, error) {
	at := s.now()
	return s.changeType(ctx, by, id, "type.archived", func(_ Rows, t vc.CredentialType) (vc.CredentialType, bool, error) {
		changed := setArchived(&t.ArchivedAt, at)
		return t, changed, nil
	})
}

// RestoreType undoes [Service.ArchiveType]. Idempotent.
func (s *Service) RestoreType(ctx context.Context, by vc.Caller, id string) (vc.CredentialType, error) {
	return s.changeType(ctx, by, id, "type.restored", func(_ Rows, t vc.CredentialType) (vc.CredentialType, bool, error) {
		changed := setArchived(&t.ArchivedAt, time.Time{})
		return t, changed, nil
	})
}

// changeType changes a type in its own scope. change says whether there is something to write.
func (s *Service) changeType(ctx context.Context, by vc.Caller, id, action string, change func(Rows, vc.CredentialType) (vc.CredentialType, bool, error)) (vc.CredentialType, error) {
	seen, err := s.Type(ctx, by.Scope, id)
	if err != nil {
		return vc.CredentialType{}, err
	}
	if by.Scope.Organisation != "" && seen.Scope != by.Scope {
		return vc.CredentialType{}, vc.Errorf(vc.Denied, "type-not-owned", "the type belongs to the tenant")
	}
	event := entry(by, seen.Scope, s.now(), action, "type", id, "")
	var changed vc.CredentialType
	err = s.config.Rows.Update(ctx, seen.Scope, func(rows Rows) error {
		old, err := rows.Type(id)
		if err != nil {
			return found(err, "type")
		}
		var write bool
		if changed, write, err = change(rows, old); err != nil || !write {
			return err
		}
		changed.Revision, changed.UpdatedAt = old.Revision+1, event.At
		if err := rows.UpdateType(changed); err != nil {
			return err
		}
		return rows.Append(event)
	})
	s.forget()
	if err != nil {
		return vc.CredentialType{}, err
	}
	return changed, nil
}

// usableSchema finds the schema version that a type asks for, 0 the newest, and refuses an archived schema unless
// the type has it already.
func usableSchema(rows Rows, id string, version int, already bool) (int, error) {
	schema, err := rows.Schema(id)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return 0, vc.Errorf(vc.Invalid, "schema-not-found", "there is no such schema").At("/schema/id")
	}
	if err != nil {
		return 0, err
	}
	if !schema.ArchivedAt.IsZero() && !already {
		return 0, errSchemaArchived.At("/schema/id")
	}
	if version == 0 {
		newest, found, err := newestLeft(rows, schema)
		if err == nil && !found {
			err = errWithdrawn.At("/schema/version")
		}
		return newest.Version, err
	}
	asked, err := rows.SchemaVersion(id, version)
	if err != nil && vc.KindOf(err) == vc.NotFound || err == nil && !asked.WithdrawnAt.IsZero() {
		return 0, vc.Errorf(vc.Invalid, "schema-not-found", "the schema has no version %d", version).At("/schema/version")
	}
	return version, err
}

// Type gives a type that the scope sees. NotFound "type-not-found".
func (s *Service) Type(ctx context.Context, scope vc.Scope, id string) (t vc.CredentialType, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		t, err = rows.Type(id)
		return found(err, "type")
	})
	return t, err
}

// TypesPage gives a page of the types of a scope, and how many there are in all; both are of one moment.
func (s *Service) TypesPage(ctx context.Context, scope vc.Scope, query vc.ListQuery) (types []vc.CredentialType, total int, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if types, err = rows.Types(query); err == nil {
			total, err = rows.CountTypes(query)
		}
		return err
	})
	return types, total, err
}

// Types lists the types of a scope.
func (s *Service) Types(ctx context.Context, scope vc.Scope, query vc.ListQuery) (types []vc.CredentialType, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		types, err = rows.Types(query)
		return err
	})
	return types, err
}
