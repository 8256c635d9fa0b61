package holder

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
	"github.com/chancery-vc/chancery/spec/siop"
)

// tokenLife is how long an ID token that is prepared here is good for, unless its request ends before.
const tokenLife = 10 * time.Minute

// IDTokenOrder says which request is to be answered.
type IDTokenOrder struct {
	Request    []byte // request object, a JWT, signed or not
	RequestURI string // where it is fetched when Request is nil; a JWT is taken as it is
	Definition []byte // presentation definition, for a request that names it by a URL; nil: it is fetched
	Issuer     string // DID of who answers; "": whoever signs will say
	VPToken    string // signed presentation; "": none
}

// IDTokenPrepared is an ID token that is yet to be signed, with what is sent beside it.
type IDTokenPrepared struct {
	State      string
	Unsigned   []byte // header.payload
	VPToken    string
	Submission []byte // presentation submission, JSON, also inside the token; nil: none
}

// PrepareIDToken prepares the ID token that answers a request, SIOPv2 §11, with the presentation submission that says
// what VPToken answers. Whether the request can be trusted is not looked at. Errors: those of the DID as of
// [Desk.PreparePresentation] at /issuer; Invalid "request-malformed", "request-not-yet-valid" and Gone
// "request-expired" at /request; Unavailable "request-unreachable" and "definition-unreachable"; Invalid
// "definition-invalid"; Invalid "presentation-malformed" and "descriptor-unmet" at /vpToken.
func (d *Desk) PrepareIDToken(ctx context.Context, scope vc.Scope, order IDTokenOrder) (IDTokenPrepared, error) {
	request, err := d.request(ctx, order)
	if err != nil {
		return IDTokenPrepared{}, err
	}
	now := d.now()
	token := siop.IDToken{
		Issuer: siop.SelfIssued, Audience: []string{request.ClientID}, Nonce: request.Nonce, IssuedAt: now, Expires: now.Add(tokenLife),
	}
	if !request.Expires.IsZero() && request.Expires.Before(token.Expires) {
		token.Expires = request.Expires
	}
	var by method
	if order.Issuer != "" {
		token.Issuer, token.Subject = order.Issuer, order.Issuer
		if by, err = d.method(ctx, scope, order.Issuer, "/issuer"); err != nil {
			return IDTokenPrepared{}, err
		}
	}
	if order.VPToken != "" {
		if token.Submission, err = d.submission(ctx, request, order); err != nil {
			return IDTokenPrepared{}, err
		}
	}
	return IDTokenPrepared{
		State: request.State, VPToken: order.VPToken, Submission: token.Submission, Unsigned: unsigned(by, siop.EncodeIDToken(token)),
	}, nil
}

// request gets and reads the request, and judges its dates and what an answer needs of it.
func (d *Desk) request(ctx context.Context, order IDTokenOrder) (siop.Request, error) {
	raw := order.Request
	if raw == nil && isJWT(order.RequestURI) {
		raw = []byte(order.RequestURI)
	}
	if raw == nil {
		var err error
		if raw, err = d.fetch(ctx, order.RequestURI, "application/oauth-authz-req+jwt, application/jwt, text/plain", "request-unreachable"); err != nil {
			return siop.Request{}, err
		}
	}
	raw = bytes.TrimSpace(raw)
	request, _, err := siop.ReadRequest(raw)
	if err != nil && (bytes.Count(raw, []byte{'.'}) == 1 || bytes.HasSuffix(raw, []byte{'.'})) {
		request, _, err = siop.ReadUnsignedRequest(raw)
	}
	if err != nil {
		return siop.Request{}, vc.Errorf(vc.Invalid, "request-malformed", "the request cannot be read: %s", err.Error()).At("/request")
	}
	for _, problem := range siop.JudgeRequest(request, d.now(), d.Leeway) {
		switch problem.Code {
		case siop.ProblemExpired:
			return siop.Request{}, vc.Errorf(vc.Gone, "request-expired", "the request has expired").At("/request")
		case siop.ProblemNotYetValid:
			return siop.Request{}, vc.Errorf(vc.Invalid, "request-not-yet-valid", "the request is not valid yet").At("/request")
		case siop.ProblemNonce, siop.ProblemIssuer:
			return siop.Request{}, vc.Errorf(vc.Invalid, "request-malformed", "the request cannot be answered: %s", problem.Message).At("/request")
		}
	}
	return request, nil
}

func (d *Desk) fetch(ctx context.Context, url, accept, code string) ([]byte, error) {
	if d.Fetcher == nil {
		return nil, vc.Errorf(vc.Unavailable, code, "nothing is fetched here")
	}
	body, _, err := d.Fetcher.Get(ctx, url, accept)
	if err != nil {
		return nil, vc.Errorf(vc.Unavailable, code, "what the request names could not be fetched").Because(err)
	}
	return body, nil
}

// submission says which credential of the presentation answers what; nil when nothing was asked for by a definition.
func (d *Desk) submission(ctx context.Context, request siop.Request, order IDTokenOrder) ([]byte, error) {
	raw := request.Definition
	if raw == nil && request.DefinitionURI != "" {
		var err error
		if raw = order.Definition; raw == nil {
			if raw, err = d.fetch(ctx, request.DefinitionURI, "application/json", "definition-unreachable"); err != nil {
				return nil, err
			}
		}
	}
	if raw == nil {
		return nil, nil
	}
	definition, err := pex.Parse(raw)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "definition-invalid", "the presentation definition cannot be used: %s", err.Error())
	}
	presented, err := d.open(ctx, []byte(order.VPToken))
	if err != nil {
		return nil, err
	}
	return presented.answer(definition)
}

// presented is a presentation as definitions see it.
type presented struct {
	format string // its claim format
	path   string // of the credentials within it
	inputs []pex.Input
}

// presentationReader is a format that has presentations: see [format.Presentation].
type presentationReader interface {
	ReadPresentation(ctx context.Context, secured []byte) (format.Presentation, error)
}

func (d *Desk) open(ctx context.Context, token []byte) (presented, error) {
	refused := vc.Errorf(vc.Invalid, "presentation-malformed", "the presentation cannot be read").At("/vpToken")
	for _, f := range d.Formats {
		reader, ok := f.(presentationReader)
		if !ok {
			continue
		}
		read, err := reader.ReadPresentation(ctx, bytes.TrimSpace(token))
		if e, ok := errors.AsType[*vc.Error](err); ok && e.Code == "other-format" {
			continue
		}
		if err != nil {
			return presented{}, refused.Because(err)
		}
		out := presented{format: read.Input(f).Format, path: "$.verifiableCredential"}
		if read.Model == vc.VCDM11 && read.Payload != nil {
			out.path = "$.vp.verifiableCredential"
		}
		for _, secured := range read.Credentials {
			f, credential, err := d.read(ctx, secured)
			if err != nil {
				return presented{}, refused.Because(err)
			}
			in := credential.Input(f)
			in.Held = about(read.Holder, credential.Credential)
			out.inputs = append(out.inputs, in)
		}
		return out, nil
	}
	return presented{}, refused
}

// answer writes the submission for credentials that stand where they stand.
func (p presented) answer(definition *pex.Definition) ([]byte, error) {
	result := definition.Match(p.inputs)
	chosen, _, err := result.Submission(uuid.Must(uuid.NewV7()).String(), pex.Envelope{Format: p.format, Credentials: p.path})
	if err != nil {
		e := vc.Errorf(vc.Invalid, "descriptor-unmet", "the presentation is not what was asked for").At("/vpToken")
		if fault, ok := errors.AsType[*pex.Error](err); ok {
			e.Message += ": " + fault.Message
		}
		return nil, e
	}
	inputs := map[string]int{}
	for _, one := range result.Descriptors {
		if len(one.Inputs) > 0 {
			inputs[one.ID] = one.Inputs[0]
		}
	}
	for i := range chosen.Entries { // the presentation stands: its order is not the choice's
		entry := &chosen.Entries[i]
		if entry.Nested.Path, err = pex.ParsePath(p.path + "[" + strconv.Itoa(inputs[entry.ID]) + "]"); err != nil {
			return nil, err
		}
	}
	return chosen.Encode()
}
