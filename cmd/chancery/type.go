package main

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
)

type typeCommands struct {
	Create       typeCreate       `cmd:"" help:"Make a credential type." example:"chancery type create examples/university-degree/type.json --schema 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	List         typeList         `cmd:"" help:"List credential types." example:"chancery type list"`
	Get          typeGet          `cmd:"" help:"Show a credential type." example:"chancery type get 'University degree'"`
	Update       typeUpdate       `cmd:"" help:"Replace a credential type; what was issued stays as it is." example:"chancery type update 'University degree' type.json"`
	Publications typePublications `cmd:"" help:"Show what a credential type has on a ledger." example:"chancery type publications 'University degree'"`
	Retry        typeRetry        `cmd:"" help:"Try now what failed on a ledger." example:"chancery type retry 'University degree'"`
	Archive      typeArchive      `cmd:"" help:"Archive a credential type: it is issued no more." example:"chancery type archive 'University degree'"`
	Restore      typeRestore      `cmd:"" help:"Restore an archived credential type." example:"chancery type restore 'University degree'"`
}

func showType(p page, t sdk.Type) {
	p.card("type", t.Name, "id", t.ID, "types", strings.Join(t.Types, ", "),
		"schema", t.Schema.ID+" version "+strconv.Itoa(t.Schema.Version), "status", strings.Join(t.Purposes, ", "),
		"revision", strconv.Itoa(t.Revision), "organisation", t.Organisation, "created", stamp(t.CreatedAt), "archived", stamp(t.ArchivedAt))
	if t.Publish != nil {
		p.card("published on", t.Publish.Identity, "every", strconv.FormatInt(t.Publish.IntervalSeconds, 10)+" s",
			"fee ceiling", t.Publish.FeeCeiling, "named by", t.Publish.Reference)
	}
	var rows [][]string
	for _, v := range t.Variants {
		rows = append(rows, []string{v.Name, v.Format, v.Model, v.Suite, v.SchemaReference, v.Status.EntryType})
	}
	p.line("")
	p.table([]string{"VARIANT", "FORMAT", "MODEL", "SUITE", "SCHEMA", "STATUS"}, rows)
}

// byType is a command about one credential type.
type byType struct {
	remote
	Type string `arg:"" help:"Its id, its name or its type name."`
}

// findType gives the id of a type that may be named.
func findType(ctx context.Context, s *sdk.Client, text string) (string, error) {
	if isID(text) {
		return text, nil
	}
	var found []sdk.Type
	for _, q := range []sdk.ListQuery{{Search: text, Limit: 1000}, {Limit: 1000}} { // a search knows names only
		some, err := s.ListTypes(ctx, q)
		if err != nil {
			return "", err
		}
		found = slices.DeleteFunc(some.Items, func(t sdk.Type) bool { return t.Name != text && !slices.Contains(t.Types, text) })
		if len(found) > 0 {
			break
		}
	}
	if len(found) > 1 {
		found = slices.DeleteFunc(found, func(t sdk.Type) bool { return !t.ArchivedAt.IsZero() })
	}
	if len(found) == 1 {
		return found[0].ID, nil
	}
	problem := &sdk.Problem{Type: "type-not-found", Detail: "there is no credential type " + strconv.Quote(text)}
	if len(found) > 1 {
		problem.Type, problem.Detail = "type-ambiguous", "several credential types are called "+strconv.Quote(text)+": give an id"
	}
	return "", problem
}

// isID tells an id, a UUID, from a name.
func isID(text string) bool {
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(text, "0123456789abcdefABCDEF-") == ""
}

// readType reads a type; schema, where given, goes before the file's.
func readType(std streams, file, schema string, version int) (sdk.Type, error) {
	var out sdk.Type
	text, err := std.readJSON(file)
	if err != nil {
		return out, err
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		return out, usagef("%s is no credential type: %s", shown(file), strings.TrimPrefix(err.Error(), "json: "))
	}
	if schema != "" {
		out.Schema.ID, out.Schema.Version = schema, 0
	}
	if version != 0 {
		out.Schema.Version = version
	}
	return out, nil
}

// typeFile is where a type is read from.
type typeFile struct {
	File    string `arg:"" help:"Credential type, JSON; - is standard input."`
	Schema  string `placeholder:"ID" help:"Its schema, instead of the file's."`
	Version int    `placeholder:"N" help:"Version of the schema; by default the newest."`
}

type typeCreate struct {
	remote
	typeFile
}

// Run makes a type.
func (c *typeCreate) Run(ctx context.Context, std streams) error {
	in, err := readType(std, c.File, c.Schema, c.Version)
	if err != nil {
		return err
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Type, error) { return s.CreateType(ctx, in.NewType) }, showType)
}

type typeList struct{ shelved }

// Run lists types.
func (c *typeList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Type], error) { return s.ListTypes(ctx, c.query()) },
		list([]string{"NAME", "TYPES", "ID", "VARIANTS", "CREATED", "ARCHIVED"}, func(t sdk.Type) []string {
			var variants []string
			for _, v := range t.Variants {
				variants = append(variants, v.Name)
			}
			return []string{t.Name, strings.Join(t.Types, " "), t.ID, strings.Join(variants, " "), stamp(t.CreatedAt), stamp(t.ArchivedAt)}
		}))
}

// about makes a call about the type, once its id is known.
func (c byType) about(ctx context.Context, std streams, call func(*sdk.Client, string) (sdk.Type, error)) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Type, error) {
		id, err := findType(ctx, s, c.Type)
		if err != nil {
			return sdk.Type{}, err
		}
		return call(s, id)
	}, showType)
}

type typeGet struct{ byType }

// Run shows a type.
func (c *typeGet) Run(ctx context.Context, std streams) error {
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Type, error) { return s.GetType(ctx, id) })
}

type typePublications struct{ byType }

// Run shows publications.
func (c *typePublications) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Publication], error) {
		id, err := findType(ctx, s, c.Type)
		if err != nil {
			return sdk.List[sdk.Publication]{}, err
		}
		return s.ListPublications(ctx, id, sdk.ListQuery{Limit: 1000})
	}, showPublications())
}

func showPublications() func(page, sdk.List[sdk.Publication]) {
	return list([]string{"KIND", "OBJECT", "VERSION", "STATE", "URL", "PUBLISHED", "DUE", "PROBLEM"}, func(p sdk.Publication) []string {
		version := ""
		if p.Version > 0 {
			version = strconv.Itoa(p.Version)
		}
		return []string{p.Kind, p.Object, version, p.State, p.URL, stamp(p.PublishedAt), stamp(p.DueAt), p.Error}
	})
}

type typeRetry struct {
	byType
	Publication string `placeholder:"ID" help:"Only this publication, which is an error unless it failed; by default all that failed."`
}

// Help tells when.
func (typeRetry) Help() string {
	return "What failed is tried again by itself, at least once an hour. This is for who funded the account or raised the ceiling, and does not want to wait."
}

// Run tries again, and shows how far everything is.
func (c *typeRetry) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (all sdk.List[sdk.Publication], err error) {
		every := sdk.ListQuery{Limit: 1000}
		id, err := findType(ctx, s, c.Type)
		if err == nil && c.Publication != "" {
			_, err = s.RetryPublication(ctx, id, c.Publication)
		} else if err == nil {
			all, err = s.ListPublications(ctx, id, every)
		}
		if err != nil {
			return all, err
		}
		for _, p := range all.Items {
			if p.State != "failing" || p.Transaction != "" {
				continue
			}
			_, err := s.RetryPublication(ctx, id, p.ID)
			if problem, ok := errors.AsType[*sdk.Problem](err); ok && problem.Code() == "publication-not-failing" {
				continue // it went well meanwhile
			}
			if err != nil {
				return all, err
			}
		}
		return s.ListPublications(ctx, id, every)
	}, showPublications())
}

type typeUpdate struct {
	byType
	typeFile
}

// Run replaces a type. A file that says its revision, as `type get --json` writes it, replaces that one only.
func (c *typeUpdate) Run(ctx context.Context, std streams) error {
	in, err := readType(std, c.File, c.Schema, c.Version)
	if err != nil {
		return err
	}
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Type, error) {
		if in.Revision == 0 || in.Schema.ID == "" {
			present, err := s.GetType(ctx, id)
			if err != nil {
				return present, err
			}
			if in.Revision == 0 {
				in.Revision = present.Revision
			}
			if in.Schema.ID == "" {
				in.Schema.ID = present.Schema.ID
			}
		}
		return s.UpdateType(ctx, id, in.Revision, in.NewType)
	})
}

type typeArchive struct{ byType }

// Run archives a type.
func (c *typeArchive) Run(ctx context.Context, std streams) error {
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Type, error) { return s.ArchiveType(ctx, id) })
}

type typeRestore struct{ byType }

// Run restores a type.
func (c *typeRestore) Run(ctx context.Context, std streams) error {
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Type, error) { return s.RestoreType(ctx, id) })
}
