package holder

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// maxMatched is how many credentials of a wallet, the newest, are held against a presentation definition.
const maxMatched = 2000

// Matching gives the held credentials that answer a presentation definition, the newest first, with the descriptors that each
// answers. Invalid "definition-invalid" at /definition.
func (d *Desk) Matching(ctx context.Context, scope vc.Scope, definition []byte) ([]Candidate, error) {
	return d.matching(ctx, scope, definition, "")
}

// matching is Matching for an identity of the wallet: those about it, and about nobody of the wallet. "": any.
func (d *Desk) matching(ctx context.Context, scope vc.Scope, definition []byte, who string) ([]Candidate, error) {
	if _, err := d.wallet(); err != nil {
		return nil, err
	}
	asked, err := parsed(definition)
	if err != nil || len(asked.Descriptors) == 0 {
		return nil, err
	}
	var all []vc.HeldCredential
	if err := d.Signing.Rows.View(ctx, scope, func(rows Rows) (err error) {
		all, err = everyHeld(rows, vc.HeldQuery{}, maxMatched)
		return err
	}); err != nil {
		return nil, err
	}
	if who != "" {
		all = slices.DeleteFunc(all, func(held vc.HeldCredential) bool { return held.Identity != "" && held.Identity != who })
	}
	views, err := d.openedAll(ctx, all)
	if err != nil {
		return nil, err
	}
	inputs, err := d.inputs(ctx, views)
	if err != nil {
		return nil, err
	}
	answers := make([][]string, len(views))
	for _, matched := range asked.Match(inputs).Descriptors {
		for _, i := range matched.Inputs {
			answers[i] = append(answers[i], matched.ID)
		}
	}
	var out []Candidate
	for i, view := range views {
		if answers[i] != nil {
			out = append(out, Candidate{HeldView: view, Descriptors: answers[i]})
		}
	}
	return out, nil
}

func parsed(definition []byte) (*pex.Definition, error) {
	asked, err := pex.Parse(definition)
	if fault, ok := errors.AsType[*pex.Error](err); ok {
		return nil, vc.Errorf(vc.Invalid, "definition-invalid", "the presentation definition cannot be used: %s", fault.Message).At("/definition" + fault.Pointer)
	}
	return asked, err
}

// inputs are credentials as definitions see them.
func (d *Desk) inputs(ctx context.Context, views []HeldView) ([]pex.Input, error) {
	inputs := make([]pex.Input, 0, len(views))
	for _, view := range views {
		f, read, err := d.read(ctx, view.Secured)
		if err != nil {
			return nil, err
		}
		in := read.Input(f)
		in.Held = view.Held.Identity != "" && about(view.Subjects[0], read.Credential)
		inputs = append(inputs, in)
	}
	return inputs, nil
}

// about says whether a credential is about that subject and nobody else.
func about(subject string, credential []byte) bool {
	read, err := vcdm.Parse(credential)
	if err != nil {
		return false
	}
	ids := read.SubjectIDs()
	return len(ids) > 0 && len(ids) == len(read.Subjects()) &&
		!slices.ContainsFunc(ids, func(id string) bool { return id != subject })
}

// plan is a presentation that can be made.
type plan struct {
	Presenting
	who        vc.Identity
	key        vc.IdentityKey
	held       []HeldView
	definition *pex.Definition // nil: none
	formats    []string        // names, in the order in which they are tried
}

// Present signs a presentation of held credentials by the identity of the wallet that they are about. Errors: NotFound
// "held-not-found"; Invalid "holder-mismatch" at /held, "descriptor-unmet", "definition-invalid"; Unsupported
// "format-not-offered"; those of the key.
func (d *Desk) Present(ctx context.Context, by vc.Caller, p Presenting) (Presented, error) {
	made, err := d.plan(ctx, by.Scope, p)
	if err != nil {
		return Presented{}, err
	}
	return d.present(ctx, by, made)
}

// plan looks at everything that can be looked at before something is signed.
func (d *Desk) plan(ctx context.Context, scope vc.Scope, p Presenting) (plan, error) {
	w, err := d.wallet()
	if err != nil {
		return plan{}, err
	}
	made := plan{Presenting: p}
	if made.who, made.key, err = w.Identities.HoldingKey(ctx, scope, p.Identity, ""); err != nil {
		return plan{}, err
	}
	for _, id := range p.Held {
		view, err := d.Held(ctx, scope, id, false)
		if err != nil {
			return plan{}, err
		}
		if view.Held.Identity != "" && view.Held.Identity != made.who.ID {
			return plan{}, vc.Errorf(vc.Invalid, "holder-mismatch", "the credential is about another identity of the wallet").At("/held")
		}
		made.held = append(made.held, view)
	}
	if p.Definition != nil {
		if made.definition, err = parsed(p.Definition); err != nil {
			return plan{}, err
		}
	}
	inputs, err := d.inputs(ctx, made.held)
	if err != nil {
		return plan{}, err
	}
	if made.definition != nil && len(made.definition.Descriptors) > 0 {
		if _, _, err := made.definition.Match(inputs).Submission("-", pex.Envelope{}); err != nil {
			return plan{}, vc.Errorf(vc.Invalid, "descriptor-unmet", "the credentials are not what was asked for").Because(err).At("/held")
		}
	}
	made.formats = d.presentable(scope, made)
	if made.formats == nil {
		return plan{}, vc.Errorf(vc.Unsupported, "format-not-offered", "no presentation can be made here in a format that is taken there")
	}
	return made, nil
}

// presentable gives the formats of the presentations that are taken: first the one that all its credentials are in, then
// those with proof suites, whose presentations are what nearly everybody of JSON-LD reads.
func (d *Desk) presentable(scope vc.Scope, p plan) []string {
	var own, embedded, others []string
	for _, f := range d.Formats {
		_, name, ok := claimed(f)
		if _, prepares := format.For(f, scope).(preparer); !ok || !prepares || !p.takes(name) {
			continue
		}
		switch {
		case len(p.held) > 0 && !slices.ContainsFunc(p.held, func(view HeldView) bool { return view.Held.Format != f.Name() }):
			own = append(own, f.Name())
		case embeds(f):
			embedded = append(embedded, f.Name())
		default:
			others = append(others, f.Name())
		}
	}
	return append(append(own, embedded...), others...)
}

// embeds says whether a format secures by a proof suite alone.
func embeds(f format.Format) bool {
	_, bare := format.SuiteOf(f, "")
	return len(format.Suites(f)) > 0 && !bare
}

// takes says whether the other end takes presentations of a claim format.
func (p plan) takes(name string) bool {
	if p.Formats != nil && !slices.Contains(p.Formats, name) {
		return false
	}
	if p.definition == nil {
		return true
	}
	named := false
	for taken := range p.definition.Format {
		if strings.HasPrefix(taken, name) { // jwt_vp_json is another name of jwt_vp
			return true
		}
		named = named || strings.Contains(taken, "_vp")
	}
	return !named
}

// claimed gives the names that Presentation Exchange has for a format.
func claimed(f format.Format) (credential, presentation string, ok bool) {
	if f, ok := f.(interface{ ClaimFormats() (string, string) }); ok {
		credential, presentation = f.ClaimFormats()
		return credential, presentation, true
	}
	return "", "", false
}

// present signs what was planned.
func (d *Desk) present(ctx context.Context, by vc.Caller, p plan) (Presented, error) {
	proof := Proof{Presentation: Presentation{Audience: p.Audience, Nonce: p.Nonce}}
	for _, view := range p.held {
		proof.Presentation.Credentials = append(proof.Presentation.Credentials, view.Secured)
	}
	var made Proven
	err := error(vc.Errorf(vc.Unsupported, "format-not-offered", "no presentation can be made here"))
	for _, proof.Format = range p.formats {
		made, err = d.prove(ctx, by, proof, p.who, p.key)
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "credential-format" {
			break // made, or no other format makes it better
		}
	}
	if err != nil {
		return Presented{}, err
	}
	out := Presented{Presentation: made.Secured}
	for _, f := range d.Formats {
		if f.Name() == proof.Format {
			_, out.Format, _ = claimed(f)
		}
	}
	if p.definition != nil && len(p.definition.Descriptors) > 0 {
		opened, err := d.open(ctx, made.Secured)
		if err != nil {
			return Presented{}, err
		}
		if out.Submission, err = opened.answer(p.definition); err != nil {
			return Presented{}, err
		}
	}
	return out, nil
}
