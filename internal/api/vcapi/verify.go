package vcapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// verifyOptions are those that are read; others are let pass, since VCALM leaves room for them.
type verifyOptions struct {
	Checks             []string `json:"checks"`
	Challenge          string   `json:"challenge"`
	Domain             string   `json:"domain"`
	ReturnCredential   bool     `json:"returnCredential"`
	ReturnPresentation bool     `json:"returnPresentation"`
	ReturnResults      *bool    `json:"returnResults"`
	ReturnProblems     *bool    `json:"returnProblemDetails"`
}

// wordsOf has what options.checks may hold, in the core's words. The proof is always checked; "proof" without "issuer" asks
// for it alone, whoever's key it is.
var wordsOf = []struct{ word, check string }{
	{"proof", ""},
	{"issuer", ""},
	{"validity", verifier.CheckValidity},
	{"validFrom", verifier.CheckValidity},
	{"validUntil", verifier.CheckValidity},
	{"schema", verifier.CheckSchema},
	{"credentialSchema", verifier.CheckSchema},
	{"status", verifier.CheckStatus},
	{"credentialStatus", verifier.CheckStatus},
}

// narrowed gives the checks that a request asks for, or those of the instance. alone: nobody asked whether the issuer
// signed.
func (o verifyOptions) narrowed(c call) (checks []string, alone bool, err error) {
	words := o.Checks
	if len(words) == 0 { // a list that is there and empty asks for nothing less
		if words = c.instance.Checks; len(words) > 0 {
			words = append(slices.Clone(words), "issuer") // an instance always asks
		}
	}
	if len(words) == 0 {
		return nil, false, nil
	}
	checks = []string{verifier.CheckSignature}
	for i, word := range words {
		at := slices.IndexFunc(wordsOf, func(known struct{ word, check string }) bool { return known.word == word })
		if at < 0 {
			return nil, false, vc.Errorf(vc.Invalid, "unknown-check", "there is no check of this name").At("/options/checks/" + strconv.Itoa(i))
		}
		if check := wordsOf[at].check; check != "" {
			checks = append(checks, check)
		}
	}
	return checks, slices.Contains(words, "proof") && !slices.Contains(words, "issuer"), nil
}

// decode reads a body whose options may hold more than is known here.
func decode(r *http.Request, into any) error {
	body, err := httpx.ReadJSON(r, maxBody)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		if e, ok := err.(*json.SemanticError); ok {
			return vc.Errorf(vc.Invalid, httpx.CodeWrongType, "a value of another type is expected").At(string(e.JSONPointer))
		}
		return vc.Errorf(vc.Invalid, httpx.CodeNotJSON, "the body cannot be read").Because(err)
	}
	return nil
}

func (d *Door) verifyCredential(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Credential jsontext.Value `json:"verifiableCredential"`
		Options    verifyOptions  `json:"options"`
	}
	if err := decode(r, &in); err != nil {
		return err
	}
	secured, err := unwrapped(in.Credential, vcdm.TypeEnveloped, "/verifiableCredential")
	if err != nil {
		return err
	}
	checks, alone, err := in.Options.narrowed(c)
	if err != nil {
		return err
	}
	report, err := d.Verifier.Verify(r.Context(), c.by.Scope, secured, verifier.Options{Checks: checks, Alone: alone})
	if err != nil {
		return err
	}
	out := resultOf(report)
	if in.Options.ReturnCredential {
		out.Credential = in.Credential
	}
	if asked(in.Options.ReturnResults) {
		out.Results = resultsOf(report, secured)
	}
	if !asked(in.Options.ReturnProblems) {
		out.Problems = nil
	}
	c.conclude(w, out.Verified, out)
	return nil
}

// asked: what is not said is wanted.
func asked(option *bool) bool { return option == nil || *option }

// conclude answers 200 for what verifies and 400 for what does not, but where the instance is lenient.
func (c call) conclude(w http.ResponseWriter, verified bool, out any) {
	status := http.StatusOK
	if !verified && !c.instance.Lenient {
		status = http.StatusBadRequest
	}
	httpx.EncodeJSON(w, status, out)
}

// unwrapped gives the secured bytes: a token of a text or an envelope, an object as it stands. An envelope that does not
// hold to VCDM 2.0 §4.13 stands as it is too, and has no proof. An object inside of a text is no map (Data Integrity 1.0 §4.4).
func unwrapped(value jsontext.Value, kind, pointer string) ([]byte, error) {
	switch value.Kind() {
	case '"':
		text, _ := vcdm.Text([]byte(value))
		if strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") {
			return nil, vc.Errorf(vc.Invalid, "malformed", "a text holds a token; an object is sent as it is").At(pointer)
		}
		return []byte(text), nil
	case '{':
		all, err := vcdm.Members(value)
		if err != nil {
			return nil, vc.Errorf(vc.Invalid, httpx.CodeNotJSON, "the object cannot be read").At(pointer)
		}
		if data, _, ok := vcdm.Unwrap([]byte(value), kind); ok && vcdm.VersionOf(all) == vcdm.V20 {
			return data, nil
		}
		return value, nil
	case 0:
		return nil, httpx.Missing(pointer)
	}
	return nil, vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected an object").At(pointer)
}
