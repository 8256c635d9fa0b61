package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// PublicSchema gives a version of any tenant's schema to anyone: what is published there and the context derived
// from it, each with its SHA-256. NotFound "schema-not-found", of one that is withdrawn too.
func (s *Service) PublicSchema(ctx context.Context, id string, version int) (vc.SchemaVersion, error) {
	if s.config.Directory == nil || version < 1 {
		return vc.SchemaVersion{}, vc.Errorf(vc.NotFound, "schema-not-found", "there is no such schema")
	}
	scope, object, err := s.config.Directory.Lookup(ctx, store.HandleSchema, id)
	if err != nil {
		return vc.SchemaVersion{}, found(err, "schema")
	}
	out, err := s.Version(ctx, scope, object, version)
	if err == nil && !out.WithdrawnAt.IsZero() {
		err = vc.Errorf(vc.NotFound, "schema-not-found", "the version of the schema is withdrawn")
	}
	if err != nil {
		return vc.SchemaVersion{}, err
	}
	return out, nil
}

// PublishedSchema is [Service.PublicSchema] with the schema that the version is of.
func (s *Service) PublishedSchema(ctx context.Context, id string, version int) (vc.Schema, vc.SchemaVersion, error) {
	published, err := s.PublicSchema(ctx, id, version)
	if err != nil {
		return vc.Schema{}, vc.SchemaVersion{}, err
	}
	schema, err := s.Schema(ctx, published.Scope, published.Schema)
	return schema, published, err
}

// SchemaAt gives the compiled schema of whole credentials that this server publishes at url; ours is false, and
// schema nil, when url is not one of this server's. NotFound "schema-not-found".
func (s *Service) SchemaAt(ctx context.Context, url string) (schema *jsonschema.Schema, ours bool, err error) {
	id, number, ok := s.ownURL(url, "schemas", "schema.json")
	if !ok {
		return nil, false, nil
	}
	if schema, ok := s.published.Get(url); ok {
		return schema, true, nil
	}
	version, err := s.PublicSchema(ctx, id, number)
	if err != nil {
		return nil, true, err
	}
	if schema, err = jsonschema.Compile(version.Document, version.URL); err != nil {
		return nil, true, broken(version, err)
	}
	s.published.Add(url, schema)
	return schema, true, nil
}

// SchemaIn tells which schema and version a URL is that of, where it could be one that this server publishes.
func (s *Service) SchemaIn(url string) (schema string, version int, ours bool) {
	return s.ownURL(url, "schemas", "schema.json")
}

// ImportContext keeps a context document under its URL; nothing is fetched. digest is the SHA-256 the caller
// pins. The same document again is no change, as is one that is shipped or derived; another under the same URL is a Conflict
// "context-exists". One that no processor can read is refused, since it would stand under its URL for ever; contexts that it names
// may come later. Errors:
// Invalid "url-invalid", "digest-mismatch", "document-malformed", "context-invalid".
func (s *Service) ImportContext(ctx context.Context, by vc.Caller, url string, document, digest []byte) (vc.Context, error) {
	if by.Scope.Tenant == "" {
		return vc.Context{}, errNoTenant
	}
	if !isWebURL(url) {
		return vc.Context{}, vc.Errorf(vc.Invalid, "url-invalid", "a context has an absolute http or https URL").At("/url")
	}
	members, err := ijson.Members(document, ijson.Limits{Bytes: maxContext})
	if err != nil {
		return vc.Context{}, malformed(err, "/document")
	}
	if object(members).get("@context") == nil {
		return vc.Context{}, vc.Errorf(vc.Invalid, "document-malformed", "a context document has a member @context").At("/document")
	}
	sum := sha256.Sum256(document)
	if shipped, ok := embedded(url); ok && bytes.Equal(sum[:], digest) {
		if bytes.Equal(sum[:], shipped.Digest) {
			return shipped, nil
		}
		return vc.Context{}, vc.Errorf(vc.Conflict, "context-exists", "another document is shipped under this URL")
	}
	if _, _, ours := s.ownURL(url, "contexts", "context.jsonld"); ours {
		if derived, err := s.Context(ctx, by.Scope, url); err == nil && bytes.Equal(sum[:], derived.Digest) {
			return derived, nil
		}
		return vc.Context{}, vc.Errorf(vc.Conflict, "context-exists", "under this URL is what this server derives from a schema").At("/url")
	}
	if !bytes.Equal(sum[:], digest) {
		return vc.Context{}, vc.Errorf(vc.Invalid, "digest-mismatch", "the document's SHA-256 is %s", hex.EncodeToString(sum[:])).At("/digest")
	}
	if err := readable(url, jsonld.Context{Document: document, Digest: sum}, s.ContextLoader(ctx, by.Scope)); err != nil {
		return vc.Context{}, err
	}
	imported := vc.Context{URL: url, Scope: by.Scope, Document: document, Digest: sum[:], Source: "imported", CreatedAt: s.now()}
	event := entry(by, by.Scope, imported.CreatedAt, "context.imported", "context", url, "sha256="+hex.EncodeToString(sum[:]))
	err = s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		old, err := rows.Context(url)
		switch {
		case err == nil && bytes.Equal(old.Digest, imported.Digest):
			imported = old
			return nil
		case err == nil:
			return vc.Errorf(vc.Conflict, "context-exists", "another document was imported under this URL")
		case vc.KindOf(err) != vc.NotFound:
			return err
		}
		if err := rows.InsertContext(imported); err != nil {
			return err
		}
		return rows.Append(event)
	})
	if err != nil {
		return vc.Context{}, err
	}
	return imported, nil
}

// Context gives a context that is shipped ([known]), derived from a schema of this server, or imported. NotFound
// "context-not-found".
func (s *Service) Context(ctx context.Context, scope vc.Scope, url string) (out vc.Context, err error) {
	if shipped, ok := embedded(url); ok {
		return shipped, nil
	}
	if id, number, ok := s.ownURL(url, "contexts", "context.jsonld"); ok {
		version, err := s.PublicSchema(ctx, id, number)
		if err != nil {
			return vc.Context{}, found(err, "context")
		}
		return vc.Context{
			URL: url, Scope: version.Scope, Document: version.Context, Digest: version.ContextDigest,
			Source: "derived", CreatedAt: version.CreatedAt,
		}, nil
	}
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		out, err = rows.Context(url)
		return found(err, "context")
	})
	return out, err
}

// Contexts lists the imported contexts of a scope.
func (s *Service) Contexts(ctx context.Context, scope vc.Scope, query vc.ListQuery) (contexts []vc.Context, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		contexts, err = rows.Contexts(query)
		return err
	})
	return contexts, err
}
