package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// A line is a credential type that its scope knows by a type name through all versions of its schema: the type is of the newest
// version that was not withdrawn, and each version, an edition, has an id and a name of its own.

// NewEdition asks for the next version of the line of a type name; the first makes schema and credential type.
type NewEdition struct {
	TypeName string // a letter, then letters, digits and "_", at most 64
	Name     string // for people; the type gets it too
	Number   int    // that the version must get; 0: the next
	Subject  []byte // JSON Schema of the claims, an object; nil: any object
	// Variants and Purposes are those of the type that the first version makes; nil: as with [Service.CreateType].
	Variants []vc.Variant
	Purposes []vc.StatusPurpose
}

// Edition is a version of a line.
type Edition struct {
	Type    vc.CredentialType
	Schema  vc.Schema
	Version vc.SchemaVersion
}

const (
	maxLineName = 64
	maxTries    = 5 // of an act that somebody else's change undid
)

// AddEdition makes the next version of a line and moves the line's type to it. Versions that are asked for at once are made one
// after the other, and a number is never used again.
//
// Errors: Invalid "type-name-invalid" at /typeName, "name-invalid" at /name, those of [Service.CreateSchema] below /schema and of
// [Service.CreateType]; Conflict "schema-exists" at /number, "line-variant", "type-archived", "schema-archived".
func (s *Service) AddEdition(ctx context.Context, by vc.Caller, n NewEdition) (Edition, error) {
	if by.Scope.Tenant == "" {
		return Edition{}, errNoTenant
	}
	if err := n.check(); err != nil {
		return Edition{}, err
	}
	for range maxTries {
		made, err := s.addEdition(ctx, by, n)
		if !isCode(err, "stale") && !isCode(err, "duplicate") {
			return made, err
		}
	}
	return Edition{}, vc.Errorf(vc.Unavailable, "schema-busy", "other versions of this schema are being added; try again")
}

// check completes a request and refuses what would break the credential around the claims.
func (n *NewEdition) check() error {
	if !isLineName(n.TypeName) {
		return vc.Errorf(vc.Invalid, "type-name-invalid", "a type is a letter, then letters, digits and '_', at most %d, and none of the data model's own",
			maxLineName).At("/typeName")
	}
	name, err := nameForPeople(n.Name)
	if err != nil {
		return err
	}
	n.Name = name
	if n.Subject == nil {
		n.Subject = []byte(`{"type":"object"}`)
	}
	if n.Number < 0 {
		return vc.Errorf(vc.Invalid, "version-invalid", "versions count from 1").At("/number")
	}
	members, err := ijson.Members(n.Subject, ijson.Limits{Bytes: maxDocument})
	if err != nil {
		return malformed(err, "/schema")
	}
	for _, word := range []string{"$id", "$metadata"} {
		if object(members).get(word) != nil {
			return unsupportedSchema("/"+word, "it is the published schema that has "+word)
		}
	}
	id := claimsSchema{body: members}.properties().get("id")
	described, err := ijson.Members(id, ijson.Limits{})
	if kind := object(described).get("type"); id != nil && (err != nil || kind != nil && text(kind) != "string") {
		return unsupportedSchema("/properties/id", "the id of a subject is a string")
	}
	return nil
}

func isLineName(name string) bool {
	return isTerm(name) && len(name) <= maxLineName && !strings.ContainsAny(name, "-.") && name != vcdm.TypeCredential &&
		!slices.Contains(reserved, name)
}

func (s *Service) addEdition(ctx context.Context, by vc.Caller, n NewEdition) (made Edition, err error) {
	seen, err := s.line(ctx, by.Scope, n.TypeName)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return s.beginLine(ctx, by, n)
	}
	if err != nil {
		return Edition{}, err
	}
	version, err := s.edition(seen.Schema, seen.Schema.Latest+1, n)
	if err != nil {
		return Edition{}, err
	}
	at := s.now()
	added := entry(by, by.Scope, at, "schema.version-added", "schema", seen.Schema.ID, "")
	updated := entry(by, by.Scope, at, "type.updated", "type", seen.Type.ID, "schema="+seen.Schema.ID)
	err = s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if made, err = lockedLine(rows, seen.Schema.ID, n.TypeName); err != nil {
			return err
		}
		next := made.Schema.Latest + 1
		if n.Number != 0 && n.Number != next {
			return vc.Errorf(vc.Conflict, "schema-exists", "the next version of the type is %d", next).At("/number")
		}
		if made.Version = version; version.Version != next { // another came first, and what is published has the number in it
			if made.Version, err = s.edition(made.Schema, next, n); err != nil {
				return err
			}
		}
		added.Detail = fmt.Sprintf("version=%d", next)
		made.Schema.Name, made.Schema.Latest = n.Name, next
		made.Type.Name, made.Type.SchemaVersion, made.Type.ArchivedAt = n.Name, next, time.Time{}
		made.Type.Revision, made.Type.UpdatedAt = made.Type.Revision+1, at
		if err := rows.UpdateSchema(made.Schema); err != nil {
			return err
		}
		if err := rows.InsertSchemaVersion(made.Version); err != nil {
			return err
		}
		if err := publishSchema(rows, made.Type, at); err != nil {
			return err
		}
		if err := rows.UpdateType(made.Type); err != nil {
			return err
		}
		return appendAll(rows, added, updated)
	})
	s.forget()
	if err != nil {
		return Edition{}, err
	}
	return made, nil
}

// beginLine makes the first version of a line, its schema and its type.
func (s *Service) beginLine(ctx context.Context, by vc.Caller, n NewEdition) (Edition, error) {
	if n.Number > 1 {
		return Edition{}, vc.Errorf(vc.Conflict, "schema-exists", "the next version of the type is 1").At("/number")
	}
	now := s.now()
	schema := vc.Schema{ID: newID(), Scope: by.Scope, Name: n.Name, Latest: 1, CreatedAt: now}
	version, err := s.edition(schema, 1, n)
	if err != nil {
		return Edition{}, err
	}
	kind := completed(vc.CredentialType{
		ID: newID(), Scope: by.Scope, Name: n.Name, Line: n.TypeName, Types: []string{n.TypeName}, Schema: schema.ID, SchemaVersion: 1,
		Purposes: n.Purposes, Variants: n.Variants, Revision: 1, CreatedAt: now, UpdatedAt: now,
	})
	if err := s.checkType(kind); err != nil {
		return Edition{}, err
	}
	if err := checkLine(kind); err != nil {
		return Edition{}, err
	}
	created := entry(by, by.Scope, now, "schema.created", "schema", schema.ID, "version=1")
	typed := entry(by, by.Scope, now, "type.created", "type", kind.ID, "schema="+schema.ID)
	err = s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := rows.InsertSchema(schema); err != nil {
			return err
		}
		if err := rows.InsertSchemaVersion(version); err != nil {
			return err
		}
		if err := rows.InsertType(kind); err != nil {
			return err
		}
		return appendAll(rows, created, typed)
	})
	if err != nil {
		return Edition{}, err
	}
	return Edition{Type: kind, Schema: schema, Version: version}, nil
}

// edition builds a version of a line.
func (s *Service) edition(schema vc.Schema, number int, n NewEdition) (vc.SchemaVersion, error) {
	schema.Name = n.Name
	version, err := s.wrapped(schema, number, n.TypeName, n.Subject, lineWrapper)
	version.ID, version.Name = newID(), n.Name
	return version, err
}

// line reads a line of exactly a scope.
func (s *Service) line(ctx context.Context, scope vc.Scope, typeName string) (line Edition, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
		if line.Type, err = rows.TypeOfLine(typeName); err != nil {
			return found(err, "type")
		}
		line.Schema, err = rows.Schema(line.Type.Schema)
		return err
	})
	return line, err
}

// lockedLine reads a line for a change. Whoever adds or withdraws versions waits at the schema; the type is read after that.
func lockedLine(rows Rows, schema, typeName string) (line Edition, err error) {
	if line.Schema, err = rows.SchemaForUpdate(schema); err != nil {
		return Edition{}, found(err, "schema")
	}
	if line.Type, err = rows.TypeOfLine(typeName); err != nil {
		return Edition{}, found(err, "type")
	}
	switch {
	case !line.Schema.ArchivedAt.IsZero():
		return Edition{}, errSchemaArchived
	case line.Type.Schema != schema:
		return Edition{}, vc.Errorf(vc.Conflict, "stale", "the line has another schema by now")
	case line.Type.ArchivedAt.IsZero():
		return line, nil
	}
	// A line without versions is archived until it has one; one that somebody archived stays so.
	current, err := rows.SchemaVersion(schema, line.Type.SchemaVersion)
	if err == nil && current.WithdrawnAt.IsZero() {
		err = errTypeArchived
	}
	return line, err
}

// checkLine refuses of a line's type what its published schemas refuse: they describe credentials of VCDM 1.1.
func checkLine(t vc.CredentialType) error {
	for i, variant := range t.Variants {
		if t.Line != "" && variant.Model != vc.VCDM11 {
			return vc.Errorf(vc.Conflict, "line-variant", "the schema of this type is of credentials of data model 1.1").At(fmt.Sprintf("/variants/%d/model", i))
		}
	}
	if t.Line != "" && !slices.Contains(t.Types, t.Line) {
		return vc.Errorf(vc.Conflict, "line-types", "the type is known as %s and keeps that name", t.Line).At("/types")
	}
	return nil
}

// keepLine gives a replaced type what it is known by.
func keepLine(old vc.CredentialType, changed *vc.CredentialType) error {
	changed.Line = old.Line
	if old.Line == "" {
		return nil
	}
	if changed.Schema != old.Schema {
		return vc.Errorf(vc.Conflict, "line-schema", "the type has the schema of its line").At("/schema/id")
	}
	for i, variant := range changed.Variants {
		same := func(v vc.Variant) bool { return v.Name == variant.Name && v.IssuerObject }
		changed.Variants[i].IssuerObject = variant.IssuerObject || slices.ContainsFunc(old.Variants, same)
	}
	return checkLine(*changed)
}
