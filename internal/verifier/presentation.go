package verifier

import (
	"bytes"
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// The names of the checks of presentations, ID tokens and requests, beside those of credentials.
const (
	CheckHolder      = "holder"      // of a presentation: its DID resolves
	CheckAudience    = "audience"    // it is for who asked
	CheckNonce       = "nonce"       // it answers this request
	CheckBinding     = "binding"     // its credentials are about its holder
	CheckConstraints = "constraints" // it answers the presentation definition
	CheckSubject     = "subject"     // of an ID token: its subject is who signed
	CheckClient      = "client"      // of a request: its client's DID resolves
	CheckEndpoint    = "endpoint"    // of a request: it says where the answer goes, and has a nonce
	CheckDefinition  = "definition"  // of a request: it says what to present
)

// Codes of checks of presentations, ID tokens and requests that leave a report Passed though nothing was checked:
// nobody asked, or there is nothing to look at.
const (
	CodeNotAsked      = "not-asked"
	CodeNoCredentials = "no-credentials" // binding: the presentation has none
	CodeNoSubject     = "no-subject"     // binding: no credential says who it is about
	CodeNoDefinition  = "no-definition"  // of a request: it asks for no presentation
)

var presentationChecks = []string{
	CheckFormat, CheckDataModel, CheckHolder, CheckKey, CheckSignature, CheckValidity, CheckAudience, CheckNonce, CheckBinding,
	CheckConstraints,
}

// PresentationOptions say what is expected of a presentation.
type PresentationOptions struct {
	Audience   []string // one of them must be its audience; none: not asked
	Domain     string   // it must be its audience where that is said: not every wallet says it; "": not asked
	Nonce      string   // "": not asked
	Definition []byte   // presentation definition, JSON; nil: not asked
	// Submission is the presentation submission that was sent beside the presentation, JSON; nil: the one inside it,
	// and where there is none its credentials are matched as they are.
	Submission []byte
	// Checks names what is wanted of validity, binding and constraints; none: all. The others always run.
	Checks           []string
	CredentialChecks []string  // of its credentials: see [Options]
	Unsigned         bool      // one without a proof is asked for: nobody says who presents
	At               time.Time // validity is judged at this time; zero: now
}

// PresentationReport is the answer of a verification of a presentation. Outcome is that of Checks and of all
// Credentials together.
type PresentationReport struct {
	Outcome      Outcome
	Format       string
	Model        vc.ModelVersion
	Presentation []byte // decoded, JSON
	ID           string
	Holder       string // who signed
	Audience     []string
	Nonce        string
	Made         time.Time // the oldest date that a proof of it was made; zero: one does not say
	Checks       []Check
	Credentials  []Report // in the presentation's order
	Matches      []Match  // what answers the definition; none unless the whole of it is answered
}

// Match says which credential answers an input descriptor.
type Match struct {
	Descriptor string
	Credential int // in PresentationReport.Credentials
}

// Find gives the check of that name at the top of the tree.
func (r PresentationReport) Find(name string) (Check, bool) { return find(r.Checks, name) }

// VerifyPresentation checks a presentation and every credential in it. Whatever is wrong with them is in the report,
// and so is a definition that cannot be read; an error is a fault of ours, Invalid "unknown-check", or Denied
// "not-a-verifier".
func (s *Service) VerifyPresentation(ctx context.Context, scope vc.Scope, secured []byte, options PresentationOptions) (PresentationReport, error) {
	if err := s.mayVerify(ctx, scope); err != nil {
		return PresentationReport{}, err
	}
	return s.verifyPresentation(ctx, scope, secured, options)
}

// verifyPresentation is VerifyPresentation without looking at who asks.
func (s *Service) verifyPresentation(ctx context.Context, scope vc.Scope, secured []byte, options PresentationOptions) (PresentationReport, error) {
	if err := known(options.Checks, presentationChecks); err != nil {
		return PresentationReport{}, err
	}
	if err := known(options.CredentialChecks, allChecks); err != nil {
		return PresentationReport{}, err
	}
	p := &presenting{
		prover: prover{Service: s, signer: theHolder(), ctx: ctx, scope: scope}, options: options, at: s.moment(options.At),
		secured: bytes.TrimSpace(secured),
	}
	if err := p.all(); err != nil {
		return PresentationReport{}, err
	}
	p.report.Outcome = settle(p.report.Checks)
	for _, credential := range p.report.Credentials {
		if p.report.Outcome != Failed && credential.Outcome != Passed {
			p.report.Outcome = credential.Outcome
		}
	}
	return p.report, nil
}
