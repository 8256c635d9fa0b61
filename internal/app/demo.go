package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
)

// Demo shows the whole life of a credential to a newcomer: a server of its own on a free loopback port with a
// temporary data folder, driven over its HTTP API by the client that anyone would use. It leaves nothing behind. With onCheqd the
// issuer's DID is on a ledger, which is simulated.
func Demo(ctx context.Context, out io.Writer, onCheqd bool) (err error) {
	started := time.Now()
	folder, err := os.MkdirTemp("", "chancery-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	secret := ""
	config := Config{
		Data: folder, Listen: "127.0.0.1:0", Dev: true,
		Notice: func(text string) { _, secret, _ = strings.Cut(text, ": ") },
	}
	var ledger *ledgersim.Ledger
	if onCheqd {
		simulated, url, end, fault := fundedLedger(ctx)
		if fault != nil {
			return fault
		}
		defer func() { err = errors.Join(err, end()) }()
		ledger = simulated
		config.Cheqd.Networks, config.Cheqd.Tenants = map[string]string{spec.Testnet: url + "," + url}, []string{"north"}
	}
	server, err := Open(ctx, config)
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- server.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended, server.Close())
	}()
	d := &demo{out: out, operator: sdk.New(server.URL, secret), url: server.URL}
	d.say("Chancery answers at %s; its data is in %s for as long as this takes.", server.URL, folder)
	acts := []func(context.Context) error{d.setUp, d.did, d.degree, d.badge}
	if ledger != nil {
		acts[1] = d.onLedger(server, ledger)
	}
	for _, act := range acts {
		if err := act(ctx); err != nil {
			return err
		}
	}
	d.step("Where to go on")
	d.say("The API is described at %s/openapi.json; `chancery serve --data DIR` runs a server that stays.", server.URL)
	_, err = fmt.Fprintf(out, "\nDone: %d credentials issued, verified, and one of them revoked and found out, in %s; nothing was left behind.\n",
		d.issued, time.Since(started).Round(10*time.Millisecond))
	return err
}

type demo struct {
	out       io.Writer
	url       string
	operator  *sdk.Client
	issuer    *sdk.Client
	issuerDID string
	steps     int
	issued    int
}

func (d *demo) step(title string) {
	d.steps++
	fmt.Fprintf(d.out, "\n%d. %s\n", d.steps, title)
}

func (d *demo) say(format string, args ...any) { fmt.Fprintf(d.out, "   "+format+"\n", args...) }

func (d *demo) setUp(ctx context.Context) error {
	d.step("A tenant, and an organisation that it sets up as an issuer")
	tenant, err := d.operator.CreateTenant(ctx, sdk.NewTenant{Slug: "north", Name: "Universities of the North"})
	if err != nil {
		return err
	}
	inside := *d.operator
	inside.Tenant = tenant.Slug
	organisation, err := inside.CreateOrganisation(ctx, sdk.NewOrganisation{Name: "University of Tromsø", MayIssue: true, MayVerify: true})
	if err != nil {
		return err
	}
	d.say("tenant %s (%s), organisation %s (%s)", tenant.Slug, tenant.ID, organisation.Name, organisation.ID)
	inside.Organisation = organisation.ID
	key, err := inside.CreateAPIKey(ctx, sdk.NewPrincipal{
		Name: "registrar", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: organisation.ID}},
	})
	if err != nil {
		return err
	}
	d.issuer = sdk.New(d.url, key.Secret)
	d.say("an API key for its registrar: %s… (shown once, kept as a hash)", key.Secret[:12])
	return nil
}

// onLedger makes the DID on a ledger, and changes its key there.
func (d *demo) onLedger(server *App, ledger *ledgersim.Ledger) func(context.Context) error {
	return func(ctx context.Context) error {
		d.step("A DID on a ledger, cheqd's testnet, which is simulated here")
		account, err := server.ledgerAccounts(server.Config.cheqd()).Create(ctx, vc.Caller{Door: "command"}, spec.Testnet)
		if err != nil {
			return err
		}
		ledger.Fund(ledgersim.Account{Address: account.Address, Balance: simulatedBalance})
		d.say("an account that pays: %s", account.Address)
		did, err := d.issuer.CreateDID(ctx, sdk.NewDID{
			Method: "cheqd", Algorithm: "Ed25519", Name: "University of Tromsø", Options: map[string]string{"network": spec.Testnet},
		})
		if err != nil {
			return err
		}
		d.issuerDID = did.DID
		d.say("%s, in block %d", did.DID, ledger.Height())
		rotated, err := d.issuer.RotateDID(ctx, did.ID, "")
		if err != nil {
			return err
		}
		d.say("its key was rotated on the ledger: %d keys, one of them to verify what comes from before", len(rotated.Keys))
		return nil
	}
}

func (d *demo) did(ctx context.Context) error {
	d.step("A DID and its key")
	did, err := d.issuer.CreateDID(ctx, sdk.NewDID{Method: "key", Algorithm: "Ed25519", Name: "University of Tromsø"})
	if err != nil {
		return err
	}
	d.issuerDID = did.DID
	d.say("%s", did.DID)
	return nil
}

func (d *demo) degree(ctx context.Context) error {
	made, err := d.issue(ctx, "university-degree", "did:example:student")
	if err != nil {
		return err
	}
	if err := d.verify(ctx, "Verify it", made.Credential, "passed"); err != nil {
		return err
	}
	d.step("Revoke it")
	revoked, err := d.issuer.Revoke(ctx, made.ID, "conferred by mistake")
	if err != nil {
		return err
	}
	d.say("status %s", revoked.Status)
	return d.verify(ctx, "Verify it again", made.Credential, "failed")
}

func (d *demo) badge(ctx context.Context) error {
	made, err := d.issue(ctx, "open-badge", "did:example:engineer")
	if err != nil {
		return err
	}
	return d.verify(ctx, "Verify the badge", made.Credential, "passed")
}

// issue makes schema and credential type of an example and issues its claims.
func (d *demo) issue(ctx context.Context, example, subject string) (sdk.Credential, error) {
	var (
		none   sdk.Credential
		schema json.RawMessage
		kind   sdk.NewType
		claims map[string]any
	)
	for file, into := range map[string]any{"schema": &schema, "type": &kind, "claims": &claims} {
		text, err := examples.Files.ReadFile(example + "/" + file + ".json")
		if err != nil {
			return none, err
		}
		if err := json.Unmarshal(text, into); err != nil {
			return none, fmt.Errorf("examples/%s/%s.json: %w", example, file, err)
		}
	}
	d.step("A schema and a credential type: " + kind.Name)
	published, err := d.issuer.CreateSchema(ctx, sdk.NewSchema{Name: kind.Name, TypeName: kind.Types[0], Schema: schema})
	if err != nil {
		return none, err
	}
	d.say("schema %s", published.LatestVersion.URL)
	kind.Schema = sdk.SchemaReference{ID: published.ID, Version: published.Latest}
	created, err := d.issuer.CreateType(ctx, kind)
	if err != nil {
		return none, err
	}
	d.say("type %s (%s), issued as %s in data model %s", created.Types[0], created.ID, created.Variants[0].Format, created.Variants[0].Model)

	d.step("Issue one")
	claims["id"] = subject
	made, err := d.issuer.Issue(ctx, sdk.Order{Type: created.ID, Issuer: d.issuerDID, Claims: claims})
	if err != nil {
		return none, err
	}
	d.issued++
	d.say("%s, signed by %s (%s)", made.URN, short(made.Method), made.Algorithm)
	d.say("%s", short(made.Credential))
	return made, nil
}

func (d *demo) verify(ctx context.Context, title, credential, want string) error {
	d.step(title)
	report, err := d.issuer.Verify(ctx, sdk.Verification{Credential: credential})
	if err != nil {
		return err
	}
	if d.steps < 7 {
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, report.Credential, "     ", "  "); err != nil {
			return err
		}
		d.say("it says:\n     %s", pretty.String())
	}
	d.show(report.Checks, "   ")
	d.say("=> %s", report.Outcome)
	if report.Outcome != want {
		return fmt.Errorf("the verification %s, and should have %s", report.Outcome, want)
	}
	return nil
}

func (d *demo) show(checks []sdk.Check, indent string) {
	marks := map[string]string{"passed": "✓", "failed": "✗", "warning": "!", "not-checked": "?"}
	for _, check := range checks {
		fmt.Fprintf(d.out, "%s%s %-12s %s\n", indent, marks[check.Outcome], check.Name, check.Reason)
		d.show(check.Checks, indent+"  ")
	}
}

func short(text string) string {
	if len(text) <= 96 {
		return text
	}
	return text[:72] + "…" + text[len(text)-20:]
}
