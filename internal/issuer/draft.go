package issuer

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Draft is a complete credential that every rule passed. It cannot be made but by draft, nor changed, and only a
// Draft can be signed: what was not checked cannot be.
type Draft struct {
	complete *Complete
	unsigned format.Unsigned
	findings []vc.Finding
}

// draft carries an order to the point where only a signature is missing.
func (d *Desk) draft(ctx context.Context, by vc.Caller, c *Complete) (*Draft, error) {
	before, after := orderRules, documentRules
	if c.whole != nil {
		before, after = wholeRules, wholeDocumentRules
	}
	findings, err := judge(before, c)
	if err != nil {
		return nil, err
	}
	if fault, err := d.speaks(ctx, by, c); err != nil {
		return nil, err
	} else if fault != nil {
		return &Draft{complete: c, findings: append(findings, *fault)}, nil
	}
	if err := d.reserve(ctx, by, c); err != nil {
		return nil, err
	}
	if err := c.compose(); err != nil {
		return nil, err
	}
	more, err := judge(after, c)
	if err != nil {
		return nil, err
	}
	unsigned, err := c.format.Prepare(ctx, c.material())
	if err != nil {
		return nil, c.ofOrder(err)
	}
	return &Draft{complete: c, unsigned: unsigned, findings: append(findings, more...)}, nil
}

func (c *Complete) material() format.Material {
	return format.Material{
		Credential: c.Credential, Model: c.Variant.Model, Suite: c.Variant.Suite, Issuer: c.Issuer,
		Method: c.Method, Algorithm: c.Algorithm, Created: c.Now,
	}
}

// checker is a format that judges more than the rules can see: whether JSON-LD says all that the credential holds.
type checker interface {
	Check(ctx context.Context, material format.Material) error
}

// speaks lets the format judge the credential as it would be, with placeholders, before an index is taken: what is refused
// leaves no hole. Of a dry run it gives what would refuse it as a finding, with the credential composed.
func (d *Desk) speaks(ctx context.Context, by vc.Caller, c *Complete) (*vc.Finding, error) {
	f, ok := c.format.(checker)
	if !ok || c.whole != nil && c.whole.asIs { // that leaves no hole whatever is refused
		return nil, nil
	}
	trial := *c
	trial.dry = true
	if err := d.reserve(ctx, by, &trial); err != nil {
		return nil, err
	}
	if err := trial.compose(); err != nil {
		return nil, err
	}
	err := c.ofOrder(f.Check(ctx, trial.material()))
	e, ok := asError(err)
	if !ok || !c.dry || e.Kind != vc.Invalid {
		return nil, err
	}
	c.ID, c.Entries, c.Credential, c.Parsed = trial.ID, trial.Entries, trial.Credential, trial.Parsed
	return &vc.Finding{Code: e.Code, Pointer: e.Pointer, Message: e.Message}, nil
}

// ofOrder points to where an order says what the credential does.
func (c *Complete) ofOrder(err error) error {
	e, ok := asError(err)
	if !ok || c.whole != nil {
		return err
	}
	at := *e
	at.Pointer, at.Details = inOrder(e.Pointer), slices.Clone(e.Details)
	for i := range at.Details {
		at.Details[i].Pointer = inOrder(at.Details[i].Pointer)
	}
	return &at
}

// inOrder is the place in an order of what stands in a credential at pointer.
func inOrder(pointer string) string {
	for _, place := range [...][2]string{
		{"/credentialSubject", "/claims"},
		{"/issuer", "/issuer"},
		{"/credentialStatus", "/variant"},
		{"/credentialSchema", "/variant"},
		{"/@context", "/type"},
		{"/type", "/type"},
		{"/evidence", "/type"},
	} {
		rest, ok := strings.CutPrefix(pointer, place[0])
		if !ok || rest != "" && rest[0] != '/' {
			continue
		}
		if place[1] != "/claims" {
			rest = ""
		}
		return place[1] + rest
	}
	return pointer
}

var errDry = errors.New("a dry draft cannot be signed")

// sign secures a draft with the key it was drafted for.
func (d *Desk) sign(ctx context.Context, draft *Draft) ([]byte, error) {
	c := draft.complete
	if c.dry || c.elsewhere {
		return nil, errDry
	}
	store, ok := d.Keys[c.Key.Key.Store]
	if !ok {
		return nil, vc.Errorf(vc.Unavailable, "key-store", "the key store %q is not configured", c.Key.Key.Store)
	}
	signature, err := store.Sign(ctx, c.Key.Key, draft.unsigned.Input())
	if err != nil {
		return nil, err
	}
	secured, err := draft.unsigned.Secure(signature)
	d.step(StepSigned)
	return secured, err
}

// record makes the row of a draft. secured is nil when it is signed elsewhere.
func (d *Desk) record(ctx context.Context, by vc.Caller, draft *Draft, secured []byte) (vc.Credential, error) {
	c := draft.complete
	digest := sha256.Sum256(draft.unsigned.Input())
	r := vc.Credential{
		ID: c.ID, Scope: by.Scope, Issuance: c.Order.Issuance, Type: c.Kind.Type.ID, TypeName: c.Kind.Type.Types[0],
		Schema: c.Kind.Version.Schema, SchemaVersion: c.Kind.Version.Version,
		Variant: c.Variant.Name, Format: c.Variant.Format, Model: c.Variant.Model,
		Identity: c.Identity.ID, Issuer: c.Issuer, Method: c.Method, Algorithm: c.Algorithm,
		Exchange: c.Order.Exchange, Door: by.Door, Principal: by.Principal,
		State: vc.Issued, Standing: vc.Active, Elsewhere: c.elsewhere, Entries: c.Entries, Digest: digest[:],
		ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil, IssuedAt: c.Now, Replaces: c.Order.Replaces, CreatedAt: c.Now,
	}
	if r.Issuance == "" {
		r.Issuance = r.ID
	}
	if !c.DraftUntil.IsZero() {
		r.State, r.ExpiresAt, r.IssuedAt = vc.Awaited, c.DraftUntil, time.Time{}
	}
	content := body{Subjects: c.Subjects, Recipient: c.Recipient, Secured: string(secured)}
	if secured == nil {
		content.Credential, content.Suite = jsontext.Value(c.Credential), c.Variant.Suite
		content.Method, content.Algorithm = c.Method, c.Algorithm
	}
	if err := d.seal(ctx, &r, content); err != nil {
		return r, err
	}
	var err error
	if c.whole != nil {
		if r.ValidFrom.IsZero() {
			r.ValidFrom = c.Now
		}
		if r.DocumentMAC, err = d.documentMAC(ctx, by.Scope.Tenant, c.Variant.Name, c.whole.name); err != nil {
			return r, err
		}
	}
	if len(c.Subjects) > 0 {
		if r.SubjectMAC, err = d.mac(ctx, by.Scope.Tenant, c.Subjects[0]); err != nil {
			return r, err
		}
	}
	r.RecipientMAC, err = d.mac(ctx, by.Scope.Tenant, c.Recipient)
	return r, err
}
