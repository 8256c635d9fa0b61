package vcapi

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// result is VCALM's VerificationResult of a credential.
type result struct {
	Verified   bool           `json:"verified"`
	Credential jsontext.Value `json:"credential,omitempty"`
	Problems   []problem      `json:"problemDetails,omitempty"`
	Results    *results       `json:"results,omitempty"`
}

// results has the check tree, spread over the properties that VCALM knows; the checks of the whole stand with the proof.
type results struct {
	ValidFrom  *textResult    `json:"validFrom,omitempty"`
	ValidUntil *textResult    `json:"validUntil,omitempty"`
	Schemas    []objectResult `json:"credentialSchema,omitempty"`
	Status     []objectResult `json:"credentialStatus,omitempty"`
	Proofs     []objectResult `json:"proof"`
}

type textResult struct {
	Verified bool    `json:"verified"`
	Input    string  `json:"input"`
	Checks   []check `json:"checks,omitempty"`
}

type objectResult struct {
	Verified bool           `json:"verified"`
	Input    jsontext.Value `json:"input,omitempty"`
	Value    *int           `json:"value,omitempty"`
	Problems []problem      `json:"problemDetails,omitempty"`
	Checks   []check        `json:"checks,omitempty"`
}

// check is a node of the tree.
type check struct {
	Name    string  `json:"name"`
	Outcome string  `json:"outcome"`
	Code    string  `json:"code,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Cites   string  `json:"cites,omitempty"`
	Pointer string  `json:"pointer,omitempty"`
	Checks  []check `json:"checks,omitempty"`
}

func tree(list ...verifier.Check) []check {
	out := make([]check, 0, len(list))
	for _, c := range list {
		out = append(out, check{
			Name: c.Name, Outcome: string(c.Outcome), Code: c.Code, Reason: c.Reason, Cites: c.Cites, Pointer: c.Pointer,
			Checks: tree(c.Children...),
		})
	}
	return out
}

// idle are codes of what was not checked because there was nothing to check, or nobody asked.
var idle = []string{
	verifier.CodeNoSchema, verifier.CodeNoStatus, verifier.CodeNotAsked, verifier.CodeNoCredentials, verifier.CodeNoSubject,
	verifier.CodeNoDefinition,
}

func fine(c verifier.Check) bool {
	return c.Outcome == verifier.Passed || c.Outcome == verifier.Warning || c.Outcome == verifier.NotChecked && slices.Contains(idle, c.Code)
}

// problemsOf tells of each check at the top of the tree that did not pass.
func problemsOf(checks []verifier.Check) []problem {
	var out []problem
	for _, c := range checks {
		if c.Outcome != verifier.Passed && !(c.Outcome == verifier.NotChecked && fine(c)) {
			out = append(out, problem{
				Type: checkType(c), Title: httpx.Title(c.Code), Detail: c.Reason, Code: c.Code, Pointer: c.Pointer, Warning: fine(c),
			})
		}
	}
	return out
}

func checkType(c verifier.Check) string {
	switch c.Name {
	case verifier.CheckFormat:
		return typeParsing
	case verifier.CheckIssuer, verifier.CheckHolder, verifier.CheckKey, verifier.CheckSignature, verifier.CheckNonce, verifier.CheckAudience:
		return typeCrypto
	case verifier.CheckValidity:
		return typeRange
	case verifier.CheckStatus:
		return typeStatus
	}
	return typeMalformed
}

func resultOf(report verifier.Report) result {
	return result{Verified: report.Outcome == verifier.Passed, Problems: problemsOf(report.Checks)}
}

func resultsOf(report verifier.Report, secured []byte) *results {
	out := &results{Proofs: proofsOf(report.Checks, secured, verifier.CheckIssuer)}
	if validity, ok := report.Find(verifier.CheckValidity); ok {
		if !report.ValidFrom.IsZero() {
			out.ValidFrom = &textResult{validity.Code != "not-yet-valid", stamp(report.ValidFrom), tree(validity)}
		}
		if !report.ValidUntil.IsZero() {
			out.ValidUntil = &textResult{validity.Code != "expired", stamp(report.ValidUntil), tree(validity)}
		}
	}
	credential, err := vcdm.Parse(report.Credential)
	if err != nil {
		return out
	}
	if schema, ok := report.Find(verifier.CheckSchema); ok && len(credential.Schemas) > 0 {
		for i, one := range spread(schema, len(credential.Schemas)) {
			out.Schemas = append(out.Schemas, objectResult{Verified: fine(one), Input: jsontext.Value(credential.Schemas[i].Raw), Checks: tree(one)})
		}
	}
	if status, ok := report.Find(verifier.CheckStatus); ok && len(credential.Status) > 0 {
		for i, one := range spread(status, len(credential.Status)) {
			out.Status = append(out.Status, objectResult{
				Verified: fine(one), Input: jsontext.Value(credential.Status[i].Raw), Value: valueOf(one), Checks: tree(one),
			})
		}
	}
	return out
}

// spread gives a check for each of n inputs: its children where there is one for each, else the check itself.
func spread(c verifier.Check, n int) []verifier.Check {
	if len(c.Children) == n && n > 0 {
		return c.Children
	}
	return slices.Repeat([]verifier.Check{c}, n)
}

// valueOf is the value of a status entry, where the outcome tells.
func valueOf(c verifier.Check) *int {
	value := 0
	switch {
	case c.Code == "revoked" || c.Code == "suspended" || c.Code == "refresh" || c.Code == "status-set":
		value = 1
	case c.Outcome != verifier.Passed:
		return nil
	}
	return &value
}

// proofsOf gives a result for each embedded proof, and one for a token. signer is the check of whose DID it is.
func proofsOf(checks []verifier.Check, secured []byte, signer string) []objectResult {
	part := func(name string) verifier.Check {
		at := slices.IndexFunc(checks, func(c verifier.Check) bool { return c.Name == name })
		if at < 0 {
			return verifier.Check{Name: name, Outcome: verifier.NotChecked}
		}
		return checks[at]
	}
	inputs := proofsIn(secured)
	n := max(len(inputs), 1)
	who, keys, signatures := part(signer), spread(part(verifier.CheckKey), n), spread(part(verifier.CheckSignature), n)
	whole := []verifier.Check{part(verifier.CheckFormat), part(verifier.CheckDataModel)}
	out := make([]objectResult, n)
	for i := range n {
		all := []verifier.Check{who, keys[i], signatures[i]}
		out[i] = objectResult{
			Verified: fine(who) && fine(keys[i]) && signatures[i].Outcome == verifier.Passed,
			Problems: problemsOf(all), Checks: tree(slices.Concat(whole, all)...),
		}
		if i < len(inputs) {
			out[i].Input = jsontext.Value(inputs[i])
		}
	}
	return out
}

// proofsIn gives the proofs of an object; none of a token.
func proofsIn(secured []byte) []json.RawMessage {
	all, err := vcdm.Members(secured)
	if err != nil {
		return nil
	}
	proof, _ := vcdm.Lookup(all, "proof")
	var list []json.RawMessage
	if json.Unmarshal(proof, &list) == nil {
		return list
	}
	if len(proof) > 0 && proof[0] == '{' {
		return []json.RawMessage{proof}
	}
	return nil
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
