package main

import (
	"context"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
)

type schemaCommands struct {
	Create  schemaCreate  `cmd:"" help:"Make a schema with its first version." example:"chancery schema create examples/university-degree/schema.json --name 'University degree' --type-name UniversityDegreeCredential"`
	List    schemaList    `cmd:"" help:"List schemas." example:"chancery schema list --search degree"`
	Get     schemaGet     `cmd:"" help:"Show a schema, or a version of it." example:"chancery schema get 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --version 2"`
	Version schemaVersion `cmd:"" help:"Add a version; those before stay as they are." example:"chancery schema version 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 schema.json"`
	Archive schemaArchive `cmd:"" help:"Archive a schema: its types issue no more." example:"chancery schema archive 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Restore schemaRestore `cmd:"" help:"Restore an archived schema." example:"chancery schema restore 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Delete  schemaDelete  `cmd:"" help:"Delete a schema that nothing uses." example:"chancery schema delete 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
}

func showSchema(p page, s sdk.Schema) {
	latest := sdk.SchemaVersion{}
	if s.LatestVersion != nil {
		latest = *s.LatestVersion
	}
	p.card("schema", s.Name, "id", s.ID, "versions", strconv.Itoa(s.Latest), "type", latest.TypeName, "url", latest.URL,
		"context", latest.ContextURL, "organisation", s.Organisation, "shared with", strings.Join(s.SharedWith, ", "),
		"created", stamp(s.CreatedAt), "archived", stamp(s.ArchivedAt))
}

func showVersion(p page, v sdk.SchemaVersion) {
	p.card("schema", v.SchemaID, "version", strconv.Itoa(v.Version), "draft", v.Draft, "type", v.TypeName, "url", v.URL,
		"digest", v.Digest, "context", v.ContextURL, "created", stamp(v.CreatedAt))
}

type schemaCreate struct {
	remote
	File     string   `arg:"" help:"JSON Schema of the claims; - is standard input."`
	Name     string   `placeholder:"NAME" help:"What it is called; by default the schema's title."`
	TypeName string   `placeholder:"TYPE" help:"Type name of the derived context, like UniversityDegreeCredential."`
	Share    []string `placeholder:"ORGANISATION" help:"Share it with an organisation; * is every one of the tenant."`
}

// Run makes a schema.
func (c *schemaCreate) Run(ctx context.Context, std streams) error {
	text, err := std.readJSON(c.File)
	if err != nil {
		return err
	}
	name := c.Name
	if name == "" {
		name = titleOf(text)
	}
	if name == "" {
		return usagef("%s has no title: give --name", shown(c.File))
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Schema, error) {
		return s.CreateSchema(ctx, sdk.NewSchema{Name: name, TypeName: c.TypeName, Schema: text, SharedWith: c.Share})
	}, showSchema)
}

type schemaList struct{ shelved }

// Run lists schemas.
func (c *schemaList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Schema], error) { return s.ListSchemas(ctx, c.query()) },
		list([]string{"NAME", "VERSIONS", "ID", "CREATED", "ARCHIVED"}, func(s sdk.Schema) []string {
			return []string{s.Name, strconv.Itoa(s.Latest), s.ID, stamp(s.CreatedAt), stamp(s.ArchivedAt)}
		}))
}

type schemaGet struct {
	byID
	Version int `placeholder:"N" help:"This version."`
}

// Run shows a schema.
func (c *schemaGet) Run(ctx context.Context, std streams) error {
	if c.Version != 0 {
		return ask(std, c.remote, func(s *sdk.Client) (sdk.SchemaVersion, error) { return s.GetSchemaVersion(ctx, c.ID, c.Version) },
			func(p page, v sdk.SchemaVersion) {
				showVersion(p, v)
				p.line("")
				p.document(v.Schema)
			})
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Schema, error) { return s.GetSchema(ctx, c.ID) }, showSchema)
}

type schemaVersion struct {
	byID
	File string `arg:"" help:"JSON Schema of the claims; - is standard input."`
}

// Run adds a version.
func (c *schemaVersion) Run(ctx context.Context, std streams) error {
	text, err := std.readJSON(c.File)
	if err != nil {
		return err
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.SchemaVersion, error) { return s.AddSchemaVersion(ctx, c.ID, text) }, showVersion)
}

type schemaArchive struct{ byID }

// Run archives a schema.
func (c *schemaArchive) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Schema, error) { return s.ArchiveSchema(ctx, c.ID) }, showSchema)
}

type schemaRestore struct{ byID }

// Run restores a schema.
func (c *schemaRestore) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Schema, error) { return s.RestoreSchema(ctx, c.ID) }, showSchema)
}

type schemaDelete struct{ byID }

// Run deletes a schema.
func (c *schemaDelete) Run(ctx context.Context, std streams) error {
	return tell(std, c.remote, "deleted "+c.ID, func(s *sdk.Client) error { return s.DeleteSchema(ctx, c.ID) })
}
