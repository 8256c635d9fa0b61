package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
)

type vcapiCommands struct {
	Create  instanceCreate  `cmd:"" help:"Make an issuer or verifier." example:"chancery vc-api create eddsa --did did:web:vc.example.org --format ldp --suite eddsa-rdfc-2022"`
	List    instanceList    `cmd:"" help:"List issuers and verifiers." example:"chancery vc-api list"`
	Get     instanceGet     `cmd:"" help:"Show one." example:"chancery vc-api get eddsa"`
	Update  instanceUpdate  `cmd:"" help:"Change one, but for its archiving." example:"chancery vc-api update eddsa --suite eddsa-jcs-2022 --no-open"`
	Archive instanceArchive `cmd:"" help:"Close one: it answers no more." example:"chancery vc-api archive eddsa"`
	Restore instanceRestore `cmd:"" help:"Open one again." example:"chancery vc-api restore eddsa"`
}

func showInstance(p page, i sdk.Instance) {
	p.card("instance", i.Name, "id", i.ID, "path", "/vc-api/"+i.Slug, "did", i.Identity, "method", i.Method,
		"format", strings.TrimSpace(i.Format+" "+i.Suite), "model", i.Model, "status", strings.Join(i.Purposes, ", "),
		"contexts", strings.Join(i.Contexts, " "), "checks", strings.Join(i.Checks, ", "), "open", strconv.FormatBool(i.Open),
		"revision", strconv.Itoa(i.Revision), "organisation", i.Organisation, "created", stamp(i.CreatedAt), "archived", stamp(i.ArchivedAt))
}

type instanceCreate struct {
	remote
	Slug          string   `arg:"" help:"Its name in URLs."`
	DID           string   `name:"did" placeholder:"DID" help:"The DID that signs, or its id; without one it verifies alone."`
	Method        string   `placeholder:"URL" help:"Verification method that signs; by default the newest."`
	Format        string   `default:"jwtvc" help:"Format of what it signs."`
	Suite         string   `help:"Proof suite, of a format that has several."`
	Model         string   `enum:",1.1,2.0" default:"" help:"The only data model version it takes: 1.1 or 2.0."`
	Purpose       []string `sep:"," help:"Status entries of credentials: revocation, suspension, refresh."`
	Context       []string `sep:"none" placeholder:"URL" help:"Context that a credential may name; by default all that are known."`
	ForeignStatus bool     `help:"Take credentials with a status entry of another server."`
	Check         []string `sep:"," help:"Checks of a verification: proof, validity, schema, status; by default all. The proof is always checked."`
	Open          bool     `help:"Let whoever reaches the server use it, to sign as well."`
	Lenient       bool     `help:"Answer with 200 for what does not verify, and not with 400."`
}

// Run makes an instance.
func (c *instanceCreate) Run(ctx context.Context, std streams) error {
	in := sdk.NewInstance{
		Slug: c.Slug, Identity: c.DID, Method: c.Method, Format: c.Format, Suite: c.Suite, Model: c.Model, Purposes: c.Purpose,
		Contexts: c.Context, ForeignStatus: c.ForeignStatus, Checks: c.Check, Open: c.Open, Lenient: c.Lenient,
	}
	return ask(std, c.remote, func(s *sdk.Client) (made sdk.Instance, err error) {
		if in.Identity, err = identityOf(ctx, s, in.Identity); err != nil {
			return sdk.Instance{}, err
		}
		return s.CreateInstance(ctx, in)
	}, showInstance)
}

// identityOf gives the id of a DID of the server; an id is one already.
func identityOf(ctx context.Context, s *sdk.Client, did string) (string, error) {
	if !strings.HasPrefix(did, "did:") {
		return did, nil
	}
	found, err := s.GetDID(ctx, did)
	return found.ID, err
}

type instanceList struct{ shelved }

// Run lists instances.
func (c *instanceList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Instance], error) { return s.ListInstances(ctx, c.query()) },
		list([]string{"SLUG", "NAME", "FORMAT", "SUITE", "OPEN", "ID", "ARCHIVED"}, func(i sdk.Instance) []string {
			return []string{i.Slug, i.Name, i.Format, i.Suite, strconv.FormatBool(i.Open), i.ID, stamp(i.ArchivedAt)}
		}))
}

// byInstance is a command about one instance.
type byInstance struct {
	remote
	Instance string `arg:"" help:"Its id or its slug."`
}

// about makes a call about the instance, once its id is known.
func (c byInstance) about(ctx context.Context, std streams, call func(*sdk.Client, string) (sdk.Instance, error)) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Instance, error) {
		if isID(c.Instance) {
			return call(s, c.Instance)
		}
		all, err := s.ListInstances(ctx, sdk.ListQuery{Limit: 1000})
		if err != nil {
			return sdk.Instance{}, err
		}
		for _, i := range all.Items {
			if i.Slug == c.Instance {
				return call(s, i.ID)
			}
		}
		return sdk.Instance{}, &sdk.Problem{Type: "instance-not-found", Detail: "there is no instance " + strconv.Quote(c.Instance)}
	}, showInstance)
}

type instanceGet struct{ byInstance }

// Run shows an instance.
func (c *instanceGet) Run(ctx context.Context, std streams) error {
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Instance, error) { return s.GetInstance(ctx, id) })
}

type instanceUpdate struct {
	byInstance
	Slug          *string  `help:"New name in URLs."`
	Name          *string  `help:"New name for people."`
	DID           *string  `name:"did" placeholder:"DID" help:"The DID that signs, or its id; empty: it verifies alone."`
	Method        *string  `placeholder:"URL" help:"Verification method that signs; empty: the newest."`
	Format        *string  `help:"Format of what it signs."`
	Suite         *string  `help:"Proof suite; empty for a format that has none."`
	Model         *string  `help:"The only data model version it takes: 1.1 or 2.0; empty: both."`
	Purpose       []string `sep:"," help:"Status entries of credentials; empty: none."`
	Context       []string `sep:"none" placeholder:"URL" help:"Context that a credential may name; empty: all that are known."`
	ForeignStatus *bool    `negatable:"" help:"Take credentials with a status entry of another server, or not."`
	Check         []string `sep:"," help:"Checks of a verification; empty: all."`
	Open          *bool    `negatable:"" help:"Let whoever reaches the server use it, or not."`
	Lenient       *bool    `negatable:"" help:"Answer with 200 for what does not verify, or with 400."`
}

// Run changes an instance as it was read; what another changed meanwhile is a conflict.
func (c *instanceUpdate) Run(ctx context.Context, std streams) error {
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Instance, error) {
		read, err := s.GetInstance(ctx, id)
		if err != nil {
			return sdk.Instance{}, err
		}
		n := read.NewInstance
		if c.DID != nil {
			if n.Identity, err = identityOf(ctx, s, *c.DID); err != nil {
				return sdk.Instance{}, err
			}
			n.Method = "" // one of the DID before
		}
		for into, given := range map[*string]*string{
			&n.Slug: c.Slug, &n.Name: c.Name, &n.Method: c.Method, &n.Format: c.Format, &n.Suite: c.Suite, &n.Model: c.Model,
		} {
			replace(into, given)
		}
		for into, given := range map[*bool]*bool{&n.ForeignStatus: c.ForeignStatus, &n.Open: c.Open, &n.Lenient: c.Lenient} {
			replace(into, given)
		}
		for into, given := range map[*[]string][]string{&n.Purposes: c.Purpose, &n.Contexts: c.Context, &n.Checks: c.Check} {
			if given != nil {
				*into = slices.DeleteFunc(given, func(text string) bool { return text == "" })
			}
		}
		return s.UpdateInstance(ctx, id, read.Revision, n)
	})
}

// replace puts in what was given.
func replace[T any](into, given *T) {
	if given != nil {
		*into = *given
	}
}

type instanceArchive struct{ byInstance }

// Run closes an instance.
func (c *instanceArchive) Run(ctx context.Context, std streams) error {
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Instance, error) { return s.ArchiveInstance(ctx, id) })
}

type instanceRestore struct{ byInstance }

// Run opens an instance again.
func (c *instanceRestore) Run(ctx context.Context, std streams) error {
	return c.about(ctx, std, func(s *sdk.Client, id string) (sdk.Instance, error) { return s.RestoreInstance(ctx, id) })
}
