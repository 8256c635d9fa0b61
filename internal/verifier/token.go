package verifier

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/siop"
)

// tokenLife is how long an ID token that does not say when it ends is good for.
const tokenLife = 10 * time.Minute

// TokenOptions say what is expected of an ID token.
type TokenOptions struct {
	Audience []string // one of them must be its audience; none: not asked
	Nonce    string   // "": not asked
	State    string   // what a state in the token must be, where it has one; "": not asked
	// SubjectTypes are the subject syntax types that are taken, SIOPv2 §8; none: any.
	SubjectTypes []string
	Checks       []string // what is wanted of validity; none: all. The others always run.
	At           time.Time
	MaxAge       time.Duration // of a token that does not say when it ends; zero: ten minutes
}

// TokenReport is the answer of a verification of an ID token.
type TokenReport struct {
	Outcome    Outcome
	Token      siop.IDToken
	Payload    []byte
	Subject    string // who signed: a DID, or the thumbprint of a key
	Submission []byte // presentation submission inside the token; nil: none
	Checks     []Check
}

// Find gives the check of that name at the top of the tree.
func (r TokenReport) Find(name string) (Check, bool) { return find(r.Checks, name) }

var tokenChecks = []string{CheckFormat, CheckSubject, CheckKey, CheckSignature, CheckValidity, CheckAudience, CheckNonce}

// VerifyIDToken checks a self-issued ID token, SIOPv2 §11.1. Errors are those of [Service.VerifyPresentation].
func (s *Service) VerifyIDToken(ctx context.Context, scope vc.Scope, token []byte, options TokenOptions) (TokenReport, error) {
	if err := s.mayVerify(ctx, scope); err != nil {
		return TokenReport{}, err
	}
	return s.verifyIDToken(ctx, scope, token, options)
}

// verifyIDToken is VerifyIDToken without looking at who asks.
func (s *Service) verifyIDToken(ctx context.Context, scope vc.Scope, token []byte, options TokenOptions) (TokenReport, error) {
	if err := known(options.Checks, tokenChecks); err != nil {
		return TokenReport{}, err
	}
	t := &answering{
		prover: prover{Service: s, signer: theSubject(), ctx: ctx, scope: scope}, options: options, at: s.moment(options.At),
	}
	if err := t.all(bytes.TrimSpace(token)); err != nil {
		return TokenReport{}, err
	}
	t.report.Outcome = settle(t.report.Checks)
	return t.report, nil
}

func theSubject() signer {
	return signer{
		check: CheckSubject, who: "the subject", purpose: diddoc.Authentication, second: diddoc.AssertionMethod, pointer: "/sub",
		cites: "SIOPv2 §11.1, DID Core §7.1", made: "the token",
	}
}

// answering is the verification of an ID token on its way.
type answering struct {
	prover
	options  TokenOptions
	at       time.Time
	token    siop.IDToken
	compact  jose.Compact
	problems []siop.Problem
	report   TokenReport
}

func (t *answering) add(checks ...Check) { t.report.Checks = append(t.report.Checks, checks...) }

func (t *answering) wants(name string) bool {
	return len(t.options.Checks) == 0 || slices.Contains(t.options.Checks, name)
}

func (t *answering) all(token []byte) (err error) {
	signed := true
	if t.token, t.compact, err = siop.ReadIDToken(token); err != nil && unsignedJWT(token) {
		signed = false
		t.token, t.compact, err = siop.ReadUnsignedIDToken(token)
	}
	if err != nil {
		t.add(tokenFault(err))
		for _, name := range tokenChecks[1:] {
			if t.wants(name) || name != CheckValidity {
				t.add(notChecked(name, "unreadable", "the token could not be read", ""))
			}
		}
		return nil
	}
	t.report.Token, t.report.Payload = t.token, t.compact.Payload
	t.report.Subject, t.report.Submission = t.token.Subject, t.token.Submission
	t.judge()
	t.add(passed(CheckFormat, "an ID token", "SIOPv2 §11"))
	if err := t.prove(signed); err != nil {
		return err
	}
	if t.wants(CheckValidity) {
		t.add(t.validity())
	}
	t.add(audience(t.options.Audience, t.token.Audience), t.answers())
	return nil
}

// judge asks the specification for what it says about this token and what was asked.
func (t *answering) judge() {
	asked := siop.Request{Nonce: t.options.Nonce, State: t.options.State}
	if len(t.options.SubjectTypes) > 0 {
		asked.Client = &siop.ClientMetadata{SubjectTypes: t.options.SubjectTypes}
	}
	t.problems = siop.Judge(t.token, asked, t.at, t.config.Leeway)
}

func (t *answering) problem(codes ...string) (siop.Problem, bool) {
	for _, problem := range t.problems {
		if slices.Contains(codes, problem.Code) {
			return problem, true
		}
	}
	return siop.Problem{}, false
}

// prove checks who the subject is, and that the token is theirs: by their document, or where the subject is the
// thumbprint of a key by the key inside.
func (t *answering) prove(signed bool) error {
	var signatures []format.Signature
	if signed {
		signatures = []format.Signature{compactSignature(t.compact, t.token.IssuedAt)}
	}
	if t.token.DID() == "" {
		t.add(t.byThumbprint(signatures)...)
	} else {
		proofs, err := t.proofs(t.token.DID(), signatures)
		if err != nil {
			return err
		}
		t.add(proofs...)
	}
	subject := &t.report.Checks[len(t.report.Checks)-3]
	if subject.Outcome == Failed {
		return nil
	}
	if problem, bad := t.problem(siop.ProblemIssuer, siop.ProblemSyntax); bad {
		code := map[string]string{siop.ProblemIssuer: "not-self-issued", siop.ProblemSyntax: "subject-syntax"}[problem.Code]
		*subject = failed(CheckSubject, code, problem.Message, problem.Cites).at(problem.Pointer)
	}
	return nil
}

func (t *answering) byThumbprint(signatures []format.Signature) []Check {
	const cites = "SIOPv2 §11.1, RFC 9278"
	key, err := t.token.Key()
	if err != nil {
		const reason = "the subject is neither a DID nor the thumbprint of the token's key"
		return []Check{
			failed(CheckSubject, "sub-thumbprint", reason, cites).at("/sub"),
			notChecked(CheckKey, "no-subject-key", reason, cites), notChecked(CheckSignature, "no-subject-key", reason, cites),
		}
	}
	subject := passed(CheckSubject, "the subject is the thumbprint of the token's key", cites).at("/sub")
	found := passed(CheckKey, "the token carries its key", cites)
	if len(signatures) == 0 {
		const reason = "the token has no signature"
		return []Check{subject, notChecked(CheckKey, "no-signature", reason, cites), failed(CheckSignature, "no-signature", reason, cites)}
	}
	return []Check{subject, found, t.proof(signatures[0], &key)}
}

// validity: a token that does not say when it ends is good for a short while after it was issued.
func (t *answering) validity() Check {
	const cites = "SIOPv2 §11.1"
	if problem, bad := t.problem(siop.ProblemExpired, siop.ProblemNotYetValid); bad {
		return failed(CheckValidity, problem.Code, problem.Message, problem.Cites).at(problem.Pointer)
	}
	life := t.options.MaxAge
	if life == 0 {
		life = tokenLife
	}
	switch {
	case !t.token.Expires.IsZero():
		return passed(CheckValidity, "valid until "+stamp(t.token.Expires), cites)
	case t.token.IssuedAt.IsZero():
		return failed(CheckValidity, "missing-claim", "it says neither when it was issued nor when it ends", "OpenID Connect Core 1.0 §2").at("/exp")
	case t.at.Add(-t.config.Leeway).After(t.token.IssuedAt.Add(life)):
		return failed(CheckValidity, "expired", "it does not say when it ends, and was issued too long ago", cites).at("/iat")
	}
	return passed(CheckValidity, "issued at "+stamp(t.token.IssuedAt), cites)
}

// answers checks the nonce, and with it the state where the token has one.
func (t *answering) answers() Check {
	check := nonce(t.options.Nonce, t.token.Nonce)
	if problem, bad := t.problem(siop.ProblemState); bad && t.options.State != "" && check.Outcome != Failed {
		return failed(CheckNonce, "state-mismatch", "it answers another request", problem.Cites).at(problem.Pointer)
	}
	return check
}

// compactSignature is the signature of a token as the checks of proofs see it.
func compactSignature(token jose.Compact, created time.Time) format.Signature {
	return format.Signature{
		Algorithm: token.Header.Alg, Method: token.Header.Kid, Created: created, Cites: "RFC 7515 §5.2", Verify: token.Verify,
		Candidates: token.Candidates,
	}
}

// unsignedJWT: "header.payload" or "header.payload.".
func unsignedJWT(token []byte) bool {
	return bytes.Count(token, []byte{'.'}) == 1 || bytes.HasSuffix(token, []byte{'.'})
}

func tokenFault(err error) Check {
	if e, ok := errors.AsType[*siop.Error](err); ok {
		return failed(CheckFormat, e.Code, e.Message, e.Cites).at(e.Pointer)
	}
	if e, ok := errors.AsType[*jose.Error](err); ok && e.Code != jose.CodeToken {
		return failed(CheckFormat, e.Code, e.Message, "RFC 7515 §5.2")
	}
	return failed(CheckFormat, "unknown-format", "the bytes are not a compact JWS", "RFC 7515 §7.1")
}
