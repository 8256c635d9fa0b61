package verifier

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Bounds of what one presentation may make us do.
const (
	maxPresented = 64 // credentials
	atOnce       = 4  // of which are verified at the same time
)

// presentationReader is a format that has presentations: see [format.Presentation].
type presentationReader interface {
	ReadPresentation(ctx context.Context, secured []byte) (format.Presentation, error)
}

// theHolder: a key that is listed for assertions alone is taken with a warning, since many documents list all their
// keys there and nowhere else.
func theHolder() signer {
	return signer{
		check: CheckHolder, who: "the holder", purpose: diddoc.Authentication, second: diddoc.AssertionMethod, pointer: "/holder",
		cites: "VCDM 2.0 §4.13, DID Core §7.1", made: "the presentation",
	}
}

// presenting is the verification of a presentation on its way.
type presenting struct {
	prover
	options PresentationOptions
	at      time.Time
	secured []byte

	format   format.Format // that read it
	read     format.Presentation
	document *vcdm.Presentation
	inside   []*run         // one for each credential of the document
	places   map[string]int // of credentials, by their canonical form; nil until asked
	report   PresentationReport
}

func (p *presenting) add(checks ...Check) { p.report.Checks = append(p.report.Checks, checks...) }

func (p *presenting) wants(name string) bool {
	return len(p.options.Checks) == 0 || slices.Contains(p.options.Checks, name)
}

// all makes every check. An error is a fault of ours.
func (p *presenting) all() error {
	readable, err := p.open()
	if err != nil {
		return err
	}
	if !readable {
		p.unreadable()
		return nil
	}
	holder, unnamed := p.holder()
	proofs, err := p.proven(holder)
	if err != nil {
		return err
	}
	if unnamed && proofs[0].Outcome == Passed {
		proofs[0].Code, proofs[0].Reason, proofs[0].Pointer = "holder-unnamed", "the presentation names no holder; its key's DID resolves", ""
	}
	p.report.Holder = holder
	p.add(proofs...)
	if p.wants(CheckValidity) {
		p.add(p.period(p.at, time.Time{}, time.Time{}, p.read.Signatures, "RFC 7519 §4.1, Data Integrity 1.0 §2.1"))
	}
	wanted := p.options.Audience
	if wanted == nil && p.options.Domain != "" && len(p.read.Audience) > 0 {
		wanted = []string{p.options.Domain}
	}
	p.add(audience(wanted, p.read.Audience), nonce(p.options.Nonce, p.read.Nonce))
	if err := p.credentials(); err != nil {
		return err
	}
	if p.wants(CheckBinding) {
		p.add(p.binding())
	}
	if p.wants(CheckConstraints) {
		p.add(p.constraints())
	}
	return nil
}

// proven checks the proofs, but where one without any is asked for.
func (p *presenting) proven(holder string) ([]Check, error) {
	if !p.options.Unsigned || len(p.read.Signatures) > 0 {
		return p.proofs(holder, p.read.Signatures)
	}
	var out []Check
	for _, name := range []string{CheckHolder, CheckKey, CheckSignature} {
		out = append(out, notChecked(name, CodeNotAsked, "nobody asked who presents", ""))
	}
	return out, nil
}

// open tries each format that has presentations, then the data model.
func (p *presenting) open() (readable bool, err error) {
	check := unknownFormat()
	for _, f := range p.config.Formats {
		f = format.For(f, p.scope)
		reader, ok := f.(presentationReader)
		if !ok {
			continue
		}
		out, err := reader.ReadPresentation(p.ctx, p.secured)
		var mine bool
		if check, mine, err = readCheck("a presentation", out.Format, err); err != nil {
			return false, err
		}
		if mine {
			p.read, p.format = out, f
			break
		}
	}
	if len(p.read.Credentials) > maxPresented {
		check = failed(CheckFormat, "too-many", "the presentation has more credentials than are looked at", "")
	}
	p.add(check)
	if check.Outcome != Passed {
		p.add(notChecked(CheckDataModel, "unreadable", "the presentation could not be read", ""))
		return false, nil
	}
	if p.document, err = vcdm.ParsePresentation(p.read.Presentation); err != nil {
		p.add(failed(CheckDataModel, "malformed", "the presentation is not a JSON object that can be relied on", ""))
		return false, nil
	}
	p.report.Format, p.report.Model, p.report.Presentation = p.read.Format, p.read.Model, p.read.Presentation
	p.report.ID, p.report.Audience, p.report.Nonce, p.report.Made = p.read.ID, p.read.Audience, p.read.Nonce, made(p.read.Signatures)
	p.add(modelCheck("the presentation", p.document.Version, vcdm.ValidatePresentation(p.document)))
	return true, nil
}

// made gives the oldest date of proofs: when they were made, else from when on they count. It is zero where one has neither.
func made(signatures []format.Signature) (oldest time.Time) {
	for _, signature := range signatures {
		date := signature.Created
		if date.IsZero() {
			date = signature.NotBefore
		}
		if date.IsZero() {
			return time.Time{}
		}
		if oldest.IsZero() || date.Before(oldest) {
			oldest = date
		}
	}
	return oldest
}

func (p *presenting) unreadable() {
	optional := []string{CheckValidity, CheckBinding, CheckConstraints}
	for _, name := range presentationChecks[2:] {
		if p.wants(name) || !slices.Contains(optional, name) {
			p.add(notChecked(name, "unreadable", "the presentation could not be read", ""))
		}
	}
}

// holder gives the DID whose proof is looked for. A presentation need not name its holder (VCDM 2.0 §4.13): then it is
// who its key belongs to.
func (p *presenting) holder() (did string, unnamed bool) {
	if p.read.Holder != "" || len(p.read.Signatures) != 1 {
		return p.read.Holder, false
	}
	did, _, _ = strings.Cut(p.read.Signatures[0].Method, "#")
	return did, strings.HasPrefix(did, "did:")
}

func audience(wanted, said []string) Check {
	const cites = "RFC 7519 §4.1.3, OpenID4VP §14.1.2"
	switch {
	case len(wanted) == 0:
		return notChecked(CheckAudience, CodeNotAsked, "nobody asked whom it is for", cites)
	case len(said) == 0:
		return failed(CheckAudience, "audience-mismatch", "it does not say whom it is for", cites)
	case !slices.ContainsFunc(wanted, func(one string) bool { return slices.Contains(said, one) }):
		return failed(CheckAudience, "audience-mismatch", "it is for somebody else", cites)
	}
	return passed(CheckAudience, "it is for who asked", cites)
}

func nonce(wanted, said string) Check {
	const cites = "OpenID4VP §14.1"
	switch {
	case wanted == "":
		return notChecked(CheckNonce, CodeNotAsked, "no nonce was expected", cites)
	case said == "":
		return failed(CheckNonce, "nonce-missing", "it has no nonce", cites)
	case said != wanted:
		return failed(CheckNonce, "nonce-mismatch", "it answers another request", cites)
	}
	return passed(CheckNonce, "it answers the request", cites)
}

// credentials verifies what is inside.
func (p *presenting) credentials() error {
	p.inside = make([]*run, len(p.read.Credentials))
	group, ctx := errgroup.WithContext(p.ctx)
	group.SetLimit(atOnce)
	for i, secured := range p.read.Credentials {
		group.Go(func() (err error) {
			p.inside[i], err = p.verify(ctx, p.scope, secured, Options{Checks: p.options.CredentialChecks, At: p.at})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for _, credential := range p.inside {
		p.report.Credentials = append(p.report.Credentials, credential.report)
	}
	return nil
}

// binding: the holder of a credential need not be its subject (VCDM 2.0 §4.13), so another's credential is told and
// not refused.
func (p *presenting) binding() Check {
	const cites = "VCDM 2.0 §8.11"
	if len(p.inside) == 0 {
		return notChecked(CheckBinding, CodeNoCredentials, "the presentation has no credentials", cites)
	}
	var children []Check
	for i, credential := range p.inside {
		check := passed("credential", "the holder is the credential's subject", cites)
		switch subjects := credential.subjects(); {
		case credential.credential == nil:
			check = notChecked("credential", "unreadable", "the credential could not be read", cites)
		case len(subjects) == 0:
			check = notChecked("credential", CodeNoSubject, "the credential does not say who it is about", cites)
		case !slices.Contains(subjects, p.report.Holder):
			check = warned("credential", "subject-not-holder", "the credential is about somebody else than the holder", cites)
		}
		children = append(children, check.at("/verifiableCredential/"+strconv.Itoa(i)))
	}
	bad := children[0]
	for _, child := range children {
		if weight(child) > weight(bad) {
			bad = child
		}
	}
	out := Check{Name: CheckBinding, Outcome: bad.Outcome, Code: bad.Code, Reason: bad.Reason, Cites: cites, Pointer: bad.Pointer}
	if len(children) > 1 {
		out.Children = children
	}
	return out
}

// weight: what is known to be off matters more than what there was nothing to say about.
func weight(check Check) int {
	switch {
	case check.Outcome == Passed:
		return 0
	case check.Code == CodeNoSubject:
		return 1
	case check.Outcome == Warning:
		return 2
	}
	return 3
}

func (r *run) subjects() []string {
	if r.credential == nil {
		return nil
	}
	return r.credential.SubjectIDs()
}

func warned(name, code, reason, cites string) Check {
	return Check{Name: name, Outcome: Warning, Code: code, Reason: reason, Cites: cites}
}
