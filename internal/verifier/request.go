package verifier

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/pex"
	"github.com/chancery-vc/chancery/spec/siop"
)

// RequestOptions say what is expected of a request.
type RequestOptions struct {
	Checks []string // what is wanted of validity and definition; none: all. The others always run.
	At     time.Time
	// Definition gives the presentation definition at a URL, for requests that name it so; nil: it is fetched.
	Definition func(ctx context.Context, url string) ([]byte, error)
}

// RequestReport is the answer of a verification of a request.
type RequestReport struct {
	Outcome    Outcome
	Request    siop.Request
	Payload    []byte
	Client     string
	Definition []byte // presentation definition, JSON; nil: none, or not to be had
	Checks     []Check
}

// Find gives the check of that name at the top of the tree.
func (r RequestReport) Find(name string) (Check, bool) { return find(r.Checks, name) }

var requestChecks = []string{CheckFormat, CheckClient, CheckKey, CheckSignature, CheckValidity, CheckEndpoint, CheckDefinition}

// VerifyRequest checks a request object as its receiver does, before anything is answered: OpenID4VP draft 20 §5,
// SIOPv2 §9. Errors are a fault of ours, or Invalid "unknown-check".
func (s *Service) VerifyRequest(ctx context.Context, scope vc.Scope, token []byte, options RequestOptions) (RequestReport, error) {
	if err := known(options.Checks, requestChecks); err != nil {
		return RequestReport{}, err
	}
	q := &asking{
		prover: prover{Service: s, signer: theClient(), ctx: ctx, scope: scope}, options: options, at: s.moment(options.At),
	}
	if err := q.all(bytes.TrimSpace(token)); err != nil {
		return RequestReport{}, err
	}
	q.report.Outcome = settle(q.report.Checks)
	return q.report, nil
}

func theClient() signer {
	return signer{
		check: CheckClient, who: "the client", purpose: diddoc.Authentication, second: diddoc.AssertionMethod,
		pointer: "/client_id", cites: "OpenID4VP draft 20 §5.7, DID Core §7.1", made: "the request",
	}
}

// asking is the verification of a request on its way.
type asking struct {
	prover
	options RequestOptions
	at      time.Time
	request siop.Request
	compact jose.Compact
	report  RequestReport
}

func (q *asking) add(checks ...Check) { q.report.Checks = append(q.report.Checks, checks...) }

func (q *asking) wants(name string) bool {
	return len(q.options.Checks) == 0 || slices.Contains(q.options.Checks, name)
}

func (q *asking) all(token []byte) (err error) {
	signed := true
	if q.request, q.compact, err = siop.ReadRequest(token); err != nil && unsignedJWT(token) {
		signed = false
		q.request, q.compact, err = siop.ReadUnsignedRequest(token)
	}
	if err != nil {
		q.add(tokenFault(err))
		for _, name := range requestChecks[1:] {
			if q.wants(name) || name != CheckValidity && name != CheckDefinition {
				q.add(notChecked(name, "unreadable", "the request could not be read", ""))
			}
		}
		return nil
	}
	q.report.Request, q.report.Payload, q.report.Client = q.request, q.compact.Payload, q.request.ClientID
	q.add(passed(CheckFormat, "a request object", "RFC 9101 §4"))
	problems := siop.JudgeRequest(q.request, q.at, q.config.Leeway)
	if err := q.prove(signed, problems); err != nil {
		return err
	}
	if q.wants(CheckValidity) {
		q.add(q.judged(CheckValidity, problems, "it is not over", siop.ProblemExpired, siop.ProblemNotYetValid))
	}
	q.add(q.judged(CheckEndpoint, problems, "it says where the answer goes", siop.ProblemEndpoint, siop.ProblemNonce))
	if !q.wants(CheckDefinition) {
		return nil
	}
	check, err := q.definition()
	q.add(check)
	return err
}

// judged is a check that fails when the specification has one of the problems. Their codes are ours.
func (q *asking) judged(name string, problems []siop.Problem, good string, codes ...string) Check {
	for _, problem := range problems {
		if slices.Contains(codes, problem.Code) {
			return failed(name, problem.Code, problem.Message, problem.Cites).at(problem.Pointer)
		}
	}
	return passed(name, good, "SIOPv2 §9")
}

// prove checks who asks. Only for a DID are the keys known: whoever else asks is known by where the answer goes.
func (q *asking) prove(signed bool, problems []siop.Problem) error {
	if !strings.HasPrefix(q.request.ClientID, "did:") && signed {
		const reason = "the client is not a DID, so its keys are not known"
		q.add(notChecked(CheckClient, "client-not-a-did", reason, q.cites).at(q.pointer),
			notChecked(CheckKey, "no-client", reason, citesKey), notChecked(CheckSignature, "no-client", reason, ""))
		return nil
	}
	var signatures []format.Signature
	if signed {
		signatures = []format.Signature{compactSignature(q.compact, q.request.IssuedAt)}
	}
	proofs, err := q.proofs(q.request.ClientID, signatures)
	if err != nil {
		return err
	}
	if !signed { // also where nothing else about who asks is known
		proofs[2] = failed(CheckSignature, "no-signature", "the request has no signature", "RFC 9101 §10.8")
	}
	if check := q.judged(CheckClient, problems, "", siop.ProblemIssuer); check.Outcome == Failed && proofs[0].Outcome != Failed {
		check.Code = "issuer-mismatch"
		proofs[0] = check
	}
	q.add(proofs...)
	return nil
}

// definition reads what is to be presented, from wherever the request says.
func (q *asking) definition() (Check, error) {
	const cites = "OpenID4VP draft 20 §5"
	raw := q.request.Definition
	switch {
	case raw != nil:
	case q.request.DefinitionURI != "":
		var check Check
		var err error
		if raw, check, err = q.fetchDefinition(q.request.DefinitionURI); raw == nil {
			return check, err
		}
	case q.request.Extra["dcql_query"] != nil:
		return notChecked(CheckDefinition, "query-not-supported", "queries of this language are not read here", "OpenID4VP §6"), nil
	case !q.request.WantsPresentation():
		return notChecked(CheckDefinition, CodeNoDefinition, "no presentation is asked for", cites), nil
	default:
		return failed(CheckDefinition, "definition-missing", "the request does not say what to present", cites), nil
	}
	if _, err := pex.Parse(raw); err != nil {
		check := faulty("definition-invalid", "the presentation definition cannot be used", err)
		check.Name = CheckDefinition
		return check, nil
	}
	q.report.Definition = raw
	return passed(CheckDefinition, "it says what to present", cites), nil
}

// fetchDefinition gives a definition by its URL, or the check that says why there is none.
func (q *asking) fetchDefinition(url string) ([]byte, Check, error) {
	const cites, at = "OpenID4VP draft 20 §5.2", "/presentation_definition_uri"
	fetch := q.options.Definition
	if fetch == nil && q.config.Fetcher != nil {
		fetch = func(ctx context.Context, url string) ([]byte, error) {
			body, _, err := q.config.Fetcher.Get(ctx, url, "application/json")
			return body, err
		}
	}
	if fetch == nil {
		return nil, notChecked(CheckDefinition, "not-fetched", "definitions are not fetched here", cites).at(at), nil
	}
	raw, err := fetch(q.ctx, url)
	switch {
	case q.ctx.Err() != nil:
		return nil, Check{}, q.ctx.Err()
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return nil, notChecked(CheckDefinition, "definition-not-found", "there is no definition at the URL", cites).at(at), nil
	case err != nil:
		return nil, notChecked(CheckDefinition, "definition-unreachable", "the definition could not be fetched", cites).at(at), nil
	}
	if raw == nil {
		raw = []byte{}
	}
	return raw, Check{}, nil
}
