package main

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
)

type credentialCommands struct {
	Issue     credentialIssue     `cmd:"" help:"Issue a credential." example:"chancery credential issue 'University degree' --issuer did:web:vc.example.org \\\n  --subject did:example:student --claims claims.json --claim degree.ects:=120 --out degree.jwt"`
	Prepare   credentialPrepare   `cmd:"" help:"Check an order and get it ready for a signature made elsewhere." example:"chancery credential prepare 'University degree' --issuer did:web:vc.example.org --claims claims.json --mode awaited --out signing-input.txt"`
	Complete  credentialComplete  `cmd:"" help:"Complete a prepared credential." example:"chancery credential complete 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --credential signed.jwt"`
	Batch     credentialBatch     `cmd:"" help:"Issue up to 1,000 credentials." example:"chancery credential batch orders.json --type 'University degree' --issuer did:web:vc.example.org"`
	List      credentialList      `cmd:"" help:"List credentials, newest first." example:"chancery credential list --status revoked --from 2026-09-01"`
	Get       credentialGet       `cmd:"" help:"Show a credential." example:"chancery credential get 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --out degree.jwt"`
	Status    credentialStatus    `cmd:"" help:"Show a credential's status, or set one." example:"chancery credential status 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Revoke    credentialRevoke    `cmd:"" help:"Revoke a credential, for good." example:"chancery credential revoke 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --reason 'conferred by mistake'"`
	Suspend   credentialSuspend   `cmd:"" help:"Suspend a credential." example:"chancery credential suspend 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Reinstate credentialReinstate `cmd:"" help:"Lift a suspension." example:"chancery credential reinstate 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Erase     credentialErase     `cmd:"" help:"Destroy what a credential says and whose it is." example:"chancery credential erase 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
	Verify    credentialVerify    `cmd:"" help:"Verify a credential from a file." example:"chancery credential verify degree.jwt\nchancery credential verify degree.jwt --online"`
}

func showCredential(p page, c sdk.Credential) {
	elsewhere := ""
	if c.SignedElsewhere {
		elsewhere = "elsewhere"
	}
	p.card("credential", c.ID, "type", c.TypeName, "variant", c.Variant+" ("+c.Format+", data model "+c.Model+")",
		"issuer", c.Issuer, "subject", strings.Join(c.Subjects, ", "), "recipient", c.Recipient, "state", c.State, "status", c.Status,
		"signed", elsewhere, "method", c.Method, "algorithm", c.Algorithm, "valid from", stamp(c.ValidFrom), "valid until", stamp(c.ValidUntil),
		"issued", stamp(c.IssuedAt), "expires", expiry(c), "replaces", c.Replaces, "erased", stamp(c.ErasedAt))
	for _, f := range c.Findings {
		p.line(finding(f))
	}
}

// expiry is until when a prepared credential waits.
func expiry(c sdk.Credential) string {
	if c.State != "awaited" {
		return ""
	}
	return stamp(c.ExpiresAt)
}

// showSecured shows a credential and its text, whole: it is there to be copied.
func showSecured(p page, c sdk.Credential) {
	showCredential(p, c)
	if c.Credential != "" {
		p.line("\n" + c.Credential)
	}
}

// order is what a credential is made of.
type order struct {
	remote
	Type       string   `arg:"" help:"Credential type: its id, its name or its type name."`
	Claims     string   `placeholder:"FILE" help:"The claims, a JSON object; - is standard input."`
	Claim      []string `sep:"none" placeholder:"NAME=VALUE" help:"One claim as text, or NAME:=VALUE as JSON; dots lead into objects. It goes before the file's."`
	Subject    string   `placeholder:"DID" help:"Whom the claims are about: their id."`
	Issuer     string   `placeholder:"DID" help:"A DID of the organisation; needed where it has several."`
	IssuerName string   `placeholder:"NAME" help:"Name of the issuer, as the credential shows it."`
	Method     string   `placeholder:"URL" help:"Verification method to sign with; by default the newest."`
	Variant    string   `placeholder:"NAME" help:"Variant of the type; by default its first."`
	Recipient  string   `placeholder:"DID" help:"Who gets it, where that is not the subject."`
	ValidFrom  moment   `placeholder:"TIME" help:"By default now."`
	ValidUntil moment   `placeholder:"TIME" help:"By default as the type says."`
	Revocable  *bool    `negatable:"" help:"With a status entry or without; by default as the type says."`
	Replaces   string   `placeholder:"ID" help:"The credential that it renews."`
	Issuance   string   `placeholder:"ID" help:"Put it with others of one issuance."`
	Key        string   `name:"idempotency-key" placeholder:"KEY" help:"Repeating a call with this key changes nothing."`
}

func (o order) read(std streams) (sdk.Order, error) {
	if o.Claims == "" && len(o.Claim) == 0 && o.Subject == "" {
		return sdk.Order{}, usagef("no claims: give --claims FILE, --claim NAME=VALUE or --subject DID")
	}
	claims, err := readClaims(std, o.Claims, o.Claim, o.Subject)
	return sdk.Order{
		Type: o.Type, Variant: o.Variant, Issuer: o.Issuer, IssuerName: o.IssuerName, Method: o.Method, Claims: claims,
		Recipient: o.Recipient, ValidFrom: o.ValidFrom.Time, ValidUntil: o.ValidUntil.Time, Revocable: o.Revocable,
		Replaces: o.Replaces, Issuance: o.Issuance, IdempotencyKey: o.Key,
	}, err
}

// filed asks for a credential and, where a file is named, puts part of it there instead of showing it.
func filed(std streams, r remote, file string, call func(*sdk.Client) (sdk.Credential, error),
	part func(sdk.Credential) string, show func(page, sdk.Credential),
) error {
	if file == "" {
		return ask(std, r, call, show)
	}
	var made sdk.Credential
	kept := func(c *sdk.Client) (sdk.Credential, error) {
		var err error
		made, err = call(c)
		return made, err
	}
	if file == "-" {
		std, r.JSON = streams{std.in, std.out, std.err}, false
		show = func(p page, c sdk.Credential) { p.w.WriteString(part(c)) }
	} else {
		show = func(p page, c sdk.Credential) {
			showCredential(p, c)
			p.line("written to " + file)
		}
	}
	if err := ask(std, r, kept, show); err != nil || file == "-" {
		return err
	}
	return std.write(file, part(made))
}

// secured is a credential as a file has it.
func secured(c sdk.Credential) string { return c.Credential + "\n" }

// toSign is what a signer elsewhere signs, to the byte.
func toSign(c sdk.Credential) string {
	raw, err := base64.RawURLEncoding.DecodeString(c.SigningInput)
	if err != nil {
		return c.SigningInput
	}
	return string(raw)
}

type credentialIssue struct {
	order
	Out    string `placeholder:"FILE" help:"Write the credential there; - writes nothing else to standard output."`
	DryRun bool   `help:"Check everything, and sign and store nothing."`
}

// Run issues a credential.
func (c *credentialIssue) Run(ctx context.Context, std streams) error {
	in, err := c.read(std)
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.dryRun(ctx, std, in)
	}
	return filed(std, c.remote, c.Out, func(s *sdk.Client) (out sdk.Credential, err error) {
		if in.Type, err = findType(ctx, s, in.Type); err != nil {
			return out, err
		}
		return s.Issue(ctx, in)
	}, secured, showSecured)
}

func (c *credentialIssue) dryRun(ctx context.Context, std streams, in sdk.Order) error {
	acceptable := false
	err := ask(std, c.remote, func(s *sdk.Client) (out sdk.Preview, err error) {
		if in.Type, err = findType(ctx, s, in.Type); err != nil {
			return out, err
		}
		out, err = s.DryRun(ctx, in)
		acceptable = out.Acceptable
		return out, err
	}, func(p page, preview sdk.Preview) {
		p.card("acceptable", yes(preview.Acceptable), "issuer", preview.Issuer, "method", preview.Method, "format", preview.Format)
		for _, f := range preview.Findings {
			p.line(finding(f))
		}
		p.line("")
		p.document(preview.Credential)
	})
	if err == nil && !acceptable {
		return quiet{statusFailed}
	}
	return err
}

type credentialPrepare struct {
	order
	Mode      string `default:"awaited" enum:"awaited,released" help:"awaited: lapses unless completed. released: counts as issued at once."`
	ExpiresIn int64  `placeholder:"SECONDS" help:"How long it waits to be completed."`
	Out       string `placeholder:"FILE" help:"Write the signing input there, to the byte; - writes nothing else to standard output."`
}

// Run prepares a credential.
func (c *credentialPrepare) Run(ctx context.Context, std streams) error {
	in, err := c.read(std)
	if err != nil {
		return err
	}
	return filed(std, c.remote, c.Out, func(s *sdk.Client) (out sdk.Credential, err error) {
		if in.Type, err = findType(ctx, s, in.Type); err != nil {
			return out, err
		}
		return s.Prepare(ctx, sdk.Preparation{Order: in, Mode: c.Mode, ExpiresInSeconds: c.ExpiresIn})
	}, toSign, func(p page, made sdk.Credential) {
		showCredential(p, made)
		p.line("")
		p.card("digest (base64url)", made.Digest, "signing input (base64url)", made.SigningInput)
	})
}

type credentialComplete struct {
	byID
	Signature  string `xor:"evidence" required:"" placeholder:"BASE64URL" help:"Signature over the signing input, in JOSE form."`
	Credential string `xor:"evidence" required:"" placeholder:"FILE" help:"The signed credential; - is standard input."`
	Out        string `placeholder:"FILE" help:"Write the credential there; - writes nothing else to standard output."`
}

// Run completes a credential.
func (c *credentialComplete) Run(ctx context.Context, std streams) error {
	signature, err := decodeSignature(c.Signature)
	if err != nil {
		return err
	}
	text := ""
	if c.Credential != "" {
		raw, err := std.read(c.Credential)
		if err != nil {
			return err
		}
		text = strings.TrimSpace(string(raw))
	}
	return filed(std, c.remote, c.Out, func(s *sdk.Client) (sdk.Credential, error) {
		if text != "" {
			return s.CompleteWithCredential(ctx, c.ID, text)
		}
		return s.CompleteWithSignature(ctx, c.ID, signature)
	}, secured, showSecured)
}

type credentialGet struct {
	byID
	Out string `placeholder:"FILE" help:"Write the credential there; - writes nothing else to standard output."`
}

// Run shows a credential.
func (c *credentialGet) Run(ctx context.Context, std streams) error {
	return filed(std, c.remote, c.Out, func(s *sdk.Client) (sdk.Credential, error) { return s.GetCredential(ctx, c.ID) }, secured, showSecured)
}

type credentialStatus struct {
	byID
	Purpose string `placeholder:"PURPOSE" help:"Set this one: revocation, suspension, message or refresh."`
	Value   int    `default:"1" placeholder:"N" help:"To this: 1 sets, 0 clears."`
	Reason  string `placeholder:"TEXT" help:"Why, for the record."`
}

// Run shows a status, or sets one.
func (c *credentialStatus) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Credential, error) {
		if c.Purpose == "" {
			return s.GetCredential(ctx, c.ID)
		}
		return s.ChangeStatus(ctx, c.ID, sdk.StatusChange{Purpose: c.Purpose, Value: c.Value, Reason: c.Reason})
	}, showStatus)
}

func showStatus(p page, c sdk.Credential) {
	p.card("credential", c.ID, "type", c.TypeName, "state", c.State, "status", c.Status)
	if len(c.StatusEntries) == 0 {
		p.line("it has no status entry: it cannot be revoked")
		return
	}
	var rows [][]string
	for _, e := range c.StatusEntries {
		rows = append(rows, []string{e.Purpose, strconv.FormatInt(e.Index, 10), e.URL})
	}
	p.line("")
	p.table([]string{"PURPOSE", "INDEX", "LIST"}, rows)
}

// reasoned is a change of a status.
type reasoned struct {
	byID
	Reason string `placeholder:"TEXT" help:"Why, for the record."`
}

type credentialRevoke struct{ reasoned }

// Run revokes a credential.
func (c *credentialRevoke) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Credential, error) { return s.Revoke(ctx, c.ID, c.Reason) }, showStatus)
}

type credentialSuspend struct{ reasoned }

// Run suspends a credential.
func (c *credentialSuspend) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Credential, error) { return s.Suspend(ctx, c.ID, c.Reason) }, showStatus)
}

type credentialReinstate struct{ reasoned }

// Run lifts a suspension.
func (c *credentialReinstate) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Credential, error) { return s.Reinstate(ctx, c.ID, c.Reason) }, showStatus)
}

type credentialErase struct{ byID }

// Run erases a credential.
func (c *credentialErase) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Credential, error) { return s.Erase(ctx, c.ID) }, showCredential)
}
