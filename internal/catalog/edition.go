package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

var errWithdrawn = vc.Errorf(vc.Conflict, "schema-withdrawn", "the version of the schema is withdrawn")

// Editions lists versions of the lines of exactly a scope, withdrawn ones only where the query asks for them.
func (s *Service) Editions(ctx context.Context, scope vc.Scope, q vc.SchemaVersionQuery) (editions []Edition, err error) {
	q.Exact = true
	if q.Withdrawn == nil {
		q.Withdrawn = new(bool)
	}
	err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
		versions, err := rows.SchemaVersions(q)
		if err != nil {
			return err
		}
		lines := map[string]Edition{}
		for _, version := range versions {
			line, known := lines[version.TypeName]
			if !known {
				if line, err = lineOf(rows, version); err != nil {
					return err
				}
				lines[version.TypeName] = line
			}
			line.Version = version
			editions = append(editions, line)
		}
		return nil
	})
	return editions, err
}

func lineOf(rows Rows, version vc.SchemaVersion) (line Edition, err error) {
	if line.Type, err = rows.TypeOfLine(version.TypeName); err != nil {
		return Edition{}, found(err, "type")
	}
	line.Schema, err = rows.Schema(version.Schema)
	line.Version = version
	return line, found(err, "schema")
}

// PublicEdition gives a version to whoever knows its id. NotFound "schema-not-found", of one that is withdrawn or is none of the
// tenant and, where scope has one, of the organisation too.
func (s *Service) PublicEdition(ctx context.Context, scope vc.Scope, versionID string) (edition Edition, err error) {
	none := vc.Errorf(vc.NotFound, "schema-not-found", "there is no such schema")
	if s.config.Directory == nil {
		return Edition{}, none
	}
	in, _, err := s.config.Directory.Lookup(ctx, store.HandleSchemaVersion, versionID)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return Edition{}, none.Because(err)
	case err != nil:
		return Edition{}, err
	case in.Tenant != scope.Tenant, scope.Organisation != "" && in != scope:
		return Edition{}, none
	}
	err = s.config.Rows.View(ctx, in, func(rows Rows) error {
		version, err := rows.SchemaVersionByID(versionID)
		if err != nil {
			return err
		}
		edition, err = lineOf(rows, version)
		return err
	})
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return Edition{}, none.Because(err)
	case err != nil:
		return Edition{}, err
	case !edition.Version.WithdrawnAt.IsZero():
		return Edition{}, none
	}
	return edition, nil
}

// TypeOfLine gives the credential type of a line of exactly a scope. NotFound "type-not-found", of an archived one too.
func (s *Service) TypeOfLine(ctx context.Context, scope vc.Scope, typeName string) (vc.CredentialType, error) {
	line, err := s.line(ctx, scope, typeName)
	if err == nil && !line.Type.ArchivedAt.IsZero() {
		err = vc.Errorf(vc.NotFound, "type-not-found", "there is no such type")
	}
	if err != nil {
		return vc.CredentialType{}, err
	}
	return line.Type, nil
}

// WithdrawEdition ends a version that nothing uses: its documents are not published any more, and its number is not used again.
// The line's type goes back to the newest version that is left; where none is, it is archived until there is one. NotFound
// "schema-not-found", of one that is withdrawn too; Conflict "schema-in-use" where a credential, an exchange that is not over, an
// offering or another type is of it.
func (s *Service) WithdrawEdition(ctx context.Context, by vc.Caller, versionID string) error {
	seen, err := s.PublicEdition(ctx, by.Scope, versionID)
	if err != nil {
		return err
	}
	at := s.now()
	scope := seen.Version.Scope
	told := entry(by, scope, at, "schema.version-withdrawn", "schema", seen.Schema.ID, fmt.Sprintf("version=%d", seen.Version.Version))
	moved := entry(by, scope, at, "type.updated", "type", seen.Type.ID, "schema="+seen.Schema.ID)
	err = s.config.Rows.Update(ctx, scope, func(rows Rows) error {
		line, err := withdrawn(rows, seen, at)
		if err != nil {
			return err
		}
		if err := rows.Append(told); err != nil {
			return err
		}
		if line.Type.SchemaVersion != line.Version.Version {
			return nil
		}
		left, some, err := newestLeft(rows, line.Schema)
		switch moved.Action = "type.updated"; {
		case err != nil:
			return err
		case some:
			line.Type.SchemaVersion, line.Type.Name = left.Version, left.Name
		case !line.Type.ArchivedAt.IsZero():
			return nil
		default:
			moved.Action, line.Type.ArchivedAt = "type.archived", at
		}
		line.Type.Revision, line.Type.UpdatedAt = line.Type.Revision+1, at
		if err := publishSchema(rows, line.Type, at); err != nil {
			return err
		}
		if err := rows.UpdateType(line.Type); err != nil {
			return err
		}
		return rows.Append(moved)
	})
	s.forget()
	s.published.Purge()
	return err
}

// withdrawn locks a line and withdraws a version of it that nothing uses. It looks for uses after: who began one before has
// written it by then, and who comes later finds the version withdrawn.
func withdrawn(rows Rows, seen Edition, at time.Time) (line Edition, err error) {
	if line.Schema, err = rows.SchemaForUpdate(seen.Schema.ID); err != nil {
		return Edition{}, found(err, "schema")
	}
	version, err := rows.SchemaVersionByID(seen.Version.ID)
	if err == nil && !version.WithdrawnAt.IsZero() {
		err = vc.Errorf(vc.NotFound, "schema-not-found", "the version is withdrawn")
	}
	if err != nil {
		return Edition{}, found(err, "schema")
	}
	version.WithdrawnAt = at
	if line, err = lineOf(rows, version); err != nil {
		return Edition{}, err
	}
	if err := rows.UpdateSchemaVersion(version); err != nil {
		return Edition{}, err
	}
	used, err := rows.SchemaVersionInUse(version.Schema, version.Version, line.Type.ID)
	if err == nil && used {
		err = vc.Errorf(vc.Conflict, "schema-in-use", "credentials, offerings or other types are of this version")
	}
	return line, err
}

// newestLeft finds the newest version of a schema that was not withdrawn.
func newestLeft(rows Rows, schema vc.Schema) (vc.SchemaVersion, bool, error) {
	for number := schema.Latest; number > 0; number-- {
		version, err := rows.SchemaVersion(schema.ID, number)
		if err != nil {
			return vc.SchemaVersion{}, false, err
		}
		if version.WithdrawnAt.IsZero() {
			return version, true, nil
		}
	}
	return vc.SchemaVersion{}, false, nil
}
