package vcapi

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

type proveRequest struct {
	Presentation jsontext.Value `json:"presentation"`
	Options      struct {
		Type               string `json:"type"`
		Cryptosuite        string `json:"cryptosuite"`
		VerificationMethod string `json:"verificationMethod"`
		ProofPurpose       string `json:"proofPurpose"`
		Challenge          string `json:"challenge"`
		Domain             string `json:"domain"`
	} `json:"options"`
}

type proven struct {
	Presentation jsontext.Value `json:"verifiablePresentation"`
}

func (d *Door) prove(w http.ResponseWriter, r *http.Request, c call) error {
	if err := c.signs(); err != nil {
		return err
	}
	var in proveRequest
	if err := httpx.DecodeJSON(r, maxBody, &in); err != nil {
		return err
	}
	proof, err := in.proof(c)
	if err != nil {
		return err
	}
	made, err := d.Holder.Prove(r.Context(), c.by, proof)
	if err != nil {
		return ofPresentation(err)
	}
	out := jsontext.Value(made.Secured)
	switch {
	case made.Secured[0] == '{':
	case made.Model == vc.VCDM11 || made.MediaType == "":
		out = vcdm.AppendText(nil, string(made.Secured))
	default:
		out = jsontext.Value(vcdm.EnvelopePresentation(made.MediaType, made.Secured))
	}
	httpx.EncodeJSON(w, http.StatusCreated, proven{out})
	return nil
}

// proof reads the presentation. It is written anew, of id, types, contexts, holder and credentials: whatever else it says nobody
// here could stand for.
func (in proveRequest) proof(c call) (holder.Proof, error) {
	o := in.Options
	if o.ProofPurpose != "" && o.ProofPurpose != "authentication" {
		return holder.Proof{}, notSupported("/options/proofPurpose", "presentations are signed to authenticate")
	}
	if err := c.suited(o.Type, o.Cryptosuite); err != nil {
		return holder.Proof{}, err
	}
	if in.Presentation == nil {
		return holder.Proof{}, httpx.Missing("/presentation")
	}
	document, err := vcdm.ParsePresentation(in.Presentation)
	if err != nil {
		return holder.Proof{}, vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected an object").At("/presentation")
	}
	if problems := vcdm.ValidatePresentation(document); len(problems) > 0 {
		return holder.Proof{}, vc.Errorf(vc.Invalid, "data-model", "%s", problems[0].Message).At("/presentation" + problems[0].Pointer)
	}
	contexts, err := plain(document, c.instance.Profile.Contexts)
	if err != nil {
		return holder.Proof{}, err
	}
	credentials, err := document.Secured()
	if err != nil {
		return holder.Proof{}, vc.Errorf(vc.Invalid, "malformed", "an envelope holds no credential").At("/presentation/verifiableCredential")
	}
	p := c.instance.Profile
	return holder.Proof{
		Identity: c.instance.Identity, Method: o.VerificationMethod, Only: c.instance.Method, Format: p.Format, Suite: p.Suite,
		Model: vc.ModelVersion(document.Version), ID: document.ID, Contexts: contexts,
		Types:        slices.DeleteFunc(document.Types, func(name string) bool { return name == vcdm.TypePresentation }),
		Presentation: holder.Presentation{Holder: document.Holder.ID, Audience: o.Domain, Nonce: o.Challenge, Credentials: credentials},
	}, nil
}

// plain refuses a presentation that says more than whose credentials these are, and gives its contexts after the first. Where
// allowed is not nil the instance takes those alone, and those of proofs.
func plain(document *vcdm.Presentation, allowed []string) ([]string, error) {
	refuse := func(pointer, message string) ([]string, error) {
		return nil, vc.Errorf(vc.Invalid, "presentation-members", "%s", message).At("/presentation" + pointer)
	}
	switch {
	case document.Proof != nil:
		return refuse("/proof", "the presentation has a proof already")
	case len(document.Extra) > 0:
		return refuse("/"+document.Extra[0].Name, "a presentation is signed here with its contexts, types, id, holder and credentials alone")
	}
	var contexts []string
	for i, raw := range document.Context[1:] {
		at := "/@context/" + strconv.Itoa(i+1)
		url, ok := vcdm.Text(raw)
		switch {
		case !ok:
			return refuse(at, "a context of its own is not allowed here")
		case allowed != nil && !slices.Contains(allowed, url) && !strings.HasPrefix(url, "https://w3id.org/security/"):
			return refuse(at, "the context is not one of those allowed here")
		}
		contexts = append(contexts, url)
	}
	return contexts, nil
}

// ofPresentation points to the presentation as it was sent.
func ofPresentation(err error) error {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		return err
	}
	for _, place := range [...][2]string{{"/credentials", "/presentation/verifiableCredential"}, {"/holder", "/presentation/holder"}, {"/type", "/presentation/type"}, {"/@context", "/presentation/@context"}} {
		if rest, ok := strings.CutPrefix(e.Pointer, place[0]); ok {
			return e.At(place[1] + rest)
		}
	}
	switch e.Code {
	case "key-not-found":
		return e.At("/options/verificationMethod")
	case "another-method":
		return notSupported("/options/verificationMethod", "the instance signs with another verification method")
	}
	return e
}

// presentationResult is VCALM's VerificationResult of a presentation.
type presentationResult struct {
	Verified     bool                 `json:"verified"`
	Presentation jsontext.Value       `json:"verifiablePresentation,omitempty"`
	Problems     []problem            `json:"problemDetails,omitempty"`
	Results      *presentationResults `json:"results,omitempty"`
}

type presentationResults struct {
	Presentation presentationParts `json:"presentation"`
	Credentials  []result          `json:"credentials"`
}

type presentationParts struct {
	Challenge *textResult    `json:"challenge,omitempty"`
	Domain    *textResult    `json:"domain,omitempty"`
	Holder    *textResult    `json:"holder,omitempty"`
	Proofs    []objectResult `json:"proof"`
}

func (d *Door) verifyPresentation(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Secured jsontext.Value `json:"verifiablePresentation"`
		Plain   jsontext.Value `json:"presentation"`
		Options verifyOptions  `json:"options"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	if in.Secured != nil && in.Plain != nil {
		return vc.Errorf(vc.Invalid, "presentation-ambiguous", "a request has a verifiablePresentation, or a presentation without proof").At("/presentation")
	}
	unsigned := in.Plain != nil
	if unsigned { // its credentials are looked at
		in.Secured = in.Plain
	}
	secured, err := unwrapped(in.Secured, vcdm.TypeEnvelopedPresentation, "/verifiablePresentation")
	if err != nil {
		return err
	}
	checks, _, err := in.Options.narrowed(c)
	if err != nil {
		return err
	}
	options := verifier.PresentationOptions{Unsigned: unsigned, Nonce: in.Options.Challenge, CredentialChecks: checks}
	if in.Options.Domain != "" {
		options.Audience = []string{in.Options.Domain}
	}
	report, err := d.Verifier.VerifyPresentation(r.Context(), c.by.Scope, secured, options)
	if err != nil {
		return err
	}
	out := presentationResult{Verified: report.Outcome == verifier.Passed, Problems: problemsOf(report.Checks)}
	if in.Options.ReturnPresentation {
		out.Presentation = in.Secured
	}
	if asked(in.Options.ReturnResults) {
		out.Results = presentationResultsOf(report, secured, in.Options)
	}
	if !asked(in.Options.ReturnProblems) {
		out.Problems = nil
	}
	c.conclude(w, out.Verified, out)
	return nil
}

func presentationResultsOf(report verifier.PresentationReport, secured []byte, o verifyOptions) *presentationResults {
	out := &presentationResults{Credentials: make([]result, 0, len(report.Credentials))}
	out.Presentation.Proofs = proofsOf(report.Checks, secured, verifier.CheckHolder)
	for _, part := range []struct {
		name, input string
		into        **textResult
	}{
		{verifier.CheckNonce, o.Challenge, &out.Presentation.Challenge},
		{verifier.CheckAudience, o.Domain, &out.Presentation.Domain},
		{verifier.CheckHolder, report.Holder, &out.Presentation.Holder},
	} {
		if found, ok := report.Find(part.name); ok && part.input != "" {
			*part.into = &textResult{fine(found), part.input, tree(found)}
		}
	}
	inside := [][]byte{}
	if document, err := vcdm.ParsePresentation(report.Presentation); err == nil {
		inside, _ = document.Secured()
	}
	for i, one := range report.Credentials {
		var credential []byte
		if i < len(inside) {
			credential = inside[i]
		}
		entry := resultOf(one)
		entry.Results = resultsOf(one, credential)
		out.Credentials = append(out.Credentials, entry)
	}
	return out
}
