package main

import (
	"context"

	"github.com/chancery-vc/chancery/sdk"
)

type organisationCommands struct {
	Create  organisationCreate  `cmd:"" help:"Make an organisation." example:"chancery organisation create 'University of Tromsø' --may-issue --may-verify --tenant north"`
	List    organisationList    `cmd:"" help:"List organisations." example:"chancery organisation list --tenant north"`
	Get     organisationGet     `cmd:"" help:"Show an organisation." example:"chancery organisation get 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Update  organisationUpdate  `cmd:"" help:"Rename an organisation, or change what it may do." example:"chancery organisation update 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --no-may-issue"`
	Archive organisationArchive `cmd:"" help:"Archive an organisation." example:"chancery organisation archive 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Restore organisationRestore `cmd:"" help:"Restore an archived organisation." example:"chancery organisation restore 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
}

func showOrganisation(p page, o sdk.Organisation) {
	p.card("organisation", o.Name, "id", o.ID, "tenant", o.Tenant, "may issue", yes(o.MayIssue), "may verify", yes(o.MayVerify),
		"created", stamp(o.CreatedAt), "archived", stamp(o.ArchivedAt))
}

type organisationCreate struct {
	remote
	Name      string `arg:"" help:"Its name."`
	MayIssue  bool   `help:"It may issue."`
	MayVerify bool   `help:"It may verify."`
}

// Run makes an organisation.
func (c *organisationCreate) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Organisation, error) {
		return s.CreateOrganisation(ctx, sdk.NewOrganisation{Name: c.Name, MayIssue: c.MayIssue, MayVerify: c.MayVerify})
	}, showOrganisation)
}

type organisationList struct{ shelved }

// Run lists organisations.
func (c *organisationList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Organisation], error) { return s.ListOrganisations(ctx, c.query()) },
		list([]string{"NAME", "ID", "ISSUES", "VERIFIES", "CREATED", "ARCHIVED"}, func(o sdk.Organisation) []string {
			return []string{o.Name, o.ID, yes(o.MayIssue), yes(o.MayVerify), stamp(o.CreatedAt), stamp(o.ArchivedAt)}
		}))
}

type organisationGet struct{ byID }

// Run shows an organisation.
func (c *organisationGet) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Organisation, error) { return s.GetOrganisation(ctx, c.ID) }, showOrganisation)
}

type organisationUpdate struct {
	byID
	Name      *string `placeholder:"NAME" help:"New name."`
	MayIssue  *bool   `negatable:"" help:"It may issue, or not."`
	MayVerify *bool   `negatable:"" help:"It may verify, or not."`
}

// Run changes an organisation.
func (c *organisationUpdate) Run(ctx context.Context, std streams) error {
	if c.Name == nil && c.MayIssue == nil && c.MayVerify == nil {
		return usagef("nothing to change: give --name, --[no-]may-issue or --[no-]may-verify")
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Organisation, error) {
		return s.UpdateOrganisation(ctx, c.ID, sdk.OrganisationPatch{Name: c.Name, MayIssue: c.MayIssue, MayVerify: c.MayVerify})
	}, showOrganisation)
}

type organisationArchive struct{ byID }

// Run archives an organisation.
func (c *organisationArchive) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Organisation, error) { return s.ArchiveOrganisation(ctx, c.ID) }, showOrganisation)
}

type organisationRestore struct{ byID }

// Run restores an organisation.
func (c *organisationRestore) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Organisation, error) { return s.RestoreOrganisation(ctx, c.ID) }, showOrganisation)
}
