package acapy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// documentVerdict is what became of a document, as ACA-Py's library of linked data tells it.
type documentVerdict struct {
	Verified bool           `json:"verified"`
	Document jsontext.Value `json:"document,omitzero"`
	Results  []proofVerdict `json:"results,omitzero"`
	Errors   []string       `json:"errors,omitzero"`
}

type proofVerdict struct {
	Verified bool            `json:"verified"`
	Proof    jsontext.Value  `json:"proof,omitzero"`
	Error    string          `json:"error,omitzero"`
	Purpose  *purposeVerdict `json:"purpose_result,omitzero"`
}

type purposeVerdict struct {
	Valid      bool           `json:"valid"`
	Error      string         `json:"error,omitzero"`
	Controller jsontext.Value `json:"controller,omitzero"`
}

// presentationVerdict is what became of a presentation and of the credentials in it.
type presentationVerdict struct {
	Verified     bool              `json:"verified"`
	Presentation *documentVerdict  `json:"presentation_result,omitzero"`
	Credentials  []documentVerdict `json:"credential_results,omitzero"`
	Errors       []string          `json:"errors,omitzero"`
}

func (d *Door) verifyCredential(c *call) (any, error) {
	var in struct {
		Credential jsontext.Value `json:"verifiableCredential"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	report, err := d.Verifier.Verify(c.ctx(), c.scope, secured(in.Credential), verifier.Options{})
	if err != nil {
		return nil, err
	}
	return d.verdict(c, in.Credential, report), nil
}

// secured is a credential as it is verified: a token is a text.
func secured(value jsontext.Value) []byte {
	if value.Kind() == '"' {
		return []byte(unquoted(value))
	}
	return value
}

func (d *Door) verdict(c *call, said jsontext.Value, report verifier.Report) documentVerdict {
	out := documentVerdict{Verified: report.Outcome == verifier.Passed, Document: said, Errors: faultsOf(report.Checks)}
	out.Results = d.proofVerdicts(c, said, report.Checks, report.Issuer, out.Verified)
	return out
}

// faultsOf tells of the checks that did not pass; none where all did.
func faultsOf(checks []verifier.Check) (texts []string) {
	for _, check := range checks {
		if check.Outcome == verifier.Failed || check.Outcome == verifier.NotChecked && strings.HasSuffix(check.Code, "unreachable") {
			texts = append(texts, check.Name+": "+check.Reason)
		}
	}
	return texts
}

// proofVerdicts tells of each proof, with the contexts that it is read by.
func (d *Door) proofVerdicts(c *call, said jsontext.Value, checks []verifier.Check, controller string, verified bool) []proofVerdict {
	members, ok := objectOf(said)
	if !ok {
		return nil
	}
	var proofs []map[string]jsontext.Value
	if members["proof"].Kind() == '[' {
		_ = json.Unmarshal(members["proof"], &proofs) // what it is not has no verdict
		proofs = slices.DeleteFunc(proofs, func(proof map[string]jsontext.Value) bool { return proof == nil })
	} else if one, ok := objectOf(members["proof"]); ok {
		proofs = append(proofs, one)
	}
	signed := true
	for _, check := range checks {
		if check.Name == verifier.CheckSignature || check.Name == verifier.CheckKey {
			signed = signed && check.Outcome == verifier.Passed
		}
	}
	var out []proofVerdict
	for _, proof := range proofs {
		if context := members["@context"]; context != nil {
			proof["@context"] = context
		}
		raw, err := json.Marshal(proof, json.Deterministic(true))
		if err != nil {
			continue
		}
		one := proofVerdict{Verified: signed, Proof: raw}
		if signed {
			one.Purpose = &purposeVerdict{Valid: verified, Controller: d.controller(c, controller, proof["verificationMethod"])}
		} else {
			one.Error = "Invalid signature"
		}
		out = append(out, one)
	}
	return out
}

// controller is who a proof's key belongs to: the relationships of its DID document.
func (d *Door) controller(c *call, did string, method jsontext.Value) jsontext.Value {
	found, err := d.document(c, did)
	if err != nil {
		return nil
	}
	members, ok := objectOf(found.Document)
	if !ok {
		return nil
	}
	members["@context"] = jsontext.Value(`"https://w3id.org/security/v2"`)
	if method != nil {
		members["verificationMethod"] = method
	}
	raw, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return nil
	}
	return raw
}

func (d *Door) verifyPresentation(c *call) (any, error) {
	var in struct {
		Presentation jsontext.Value `json:"verifiablePresentation"`
		Options      proofOptions   `json:"options"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Options.Challenge == "" {
		return nil, unready("Challenge is required for verifying a VP")
	}
	options := verifier.PresentationOptions{Nonce: in.Options.Challenge}
	if in.Options.Domain != "" {
		options.Audience = []string{in.Options.Domain}
	}
	report, err := d.Verifier.VerifyPresentation(c.ctx(), c.scope, secured(in.Presentation), options)
	if err != nil {
		return nil, err
	}
	out := presentationVerdict{Verified: report.Outcome == verifier.Passed, Errors: faultsOf(report.Checks)}
	out.Presentation = &documentVerdict{
		Verified: len(out.Errors) == 0, Document: in.Presentation, Errors: out.Errors,
		Results: d.proofVerdicts(c, in.Presentation, report.Checks, report.Holder, len(out.Errors) == 0),
	}
	var inside [][]byte
	if said, err := vcdm.ParsePresentation(report.Presentation); err == nil {
		inside, _ = said.Secured() // what cannot be read has failed already
	}
	for i, one := range report.Credentials {
		var credential jsontext.Value
		if i < len(inside) {
			credential = document(inside[i])
		}
		verdict := d.verdict(c, credential, one)
		out.Credentials, out.Errors = append(out.Credentials, verdict), append(out.Errors, verdict.Errors...)
	}
	return out, nil
}

// verifyProofs verifies a credential or a presentation with Data Integrity proofs.
func (d *Door) verifyProofs(c *call) (any, error) {
	var in struct {
		Document jsontext.Value `json:"securedDocument"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var kind struct {
		Type jsontext.Value `json:"type"`
	}
	if err := decodeValue(in.Document, &kind); err != nil {
		return nil, err
	}
	var verdict documentVerdict
	if strings.Contains(string(kind.Type), `"`+vcdm.TypePresentation+`"`) {
		report, err := d.Verifier.VerifyPresentation(c.ctx(), c.scope, in.Document, verifier.PresentationOptions{})
		if err != nil {
			return nil, err
		}
		verdict = documentVerdict{Verified: report.Outcome == verifier.Passed, Document: in.Document, Errors: faultsOf(report.Checks)}
		verdict.Results = d.proofVerdicts(c, in.Document, report.Checks, report.Holder, verdict.Verified)
	} else {
		report, err := d.Verifier.Verify(c.ctx(), c.scope, in.Document, verifier.Options{})
		if err != nil {
			return nil, err
		}
		verdict = d.verdict(c, in.Document, report)
	}
	status := http.StatusOK
	if !verdict.Verified {
		status = http.StatusBadRequest
	}
	return answered{status, map[string]documentVerdict{"verificationResult": verdict}}, nil
}

// didOfMethod is the DID of a verification method.
func didOfMethod(method string) (string, error) {
	did, _, found := strings.Cut(method, "#")
	if !found {
		return "", vc.Errorf(vc.Invalid, "method-invalid", "a verification method is a DID URL")
	}
	return did, nil
}
