package holder_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/jose"
)

const (
	residentIRI = "https://w3id.org/citizenship#PermanentResident"
	challenged  = "3fa85f64-5717-4562-b3fc-2c963f66afa7"
)

// agent makes an identity of an agent.
func (w *world) agent(algorithm vc.Algorithm) vc.Identity {
	w.Helper()
	made, err := w.identities.Create(w.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: algorithm, Agent: true})
	must(w, err)
	return made
}

// resident is a signed credential of VCDM 1.1, as agents exchange it.
func (p person) resident(t testing.TB, about, name string) []byte {
	t.Helper()
	subject := `"id":"` + about + `",`
	if about == "" {
		subject = ""
	}
	made, err := ldp.Format{}.Prepare(t.Context(), format.Material{
		Credential: []byte(`{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/citizenship/v1"],` +
			`"id":"https://issuer.example/` + uuid.NewString() + `","type":["VerifiableCredential","PermanentResident"],"issuer":"` + p.did +
			`","issuanceDate":"2020-01-01T12:00:00Z","credentialSubject":{` + subject + `"type":["PermanentResident"],"givenName":"` + name + `","familyName":"SMITH"}}`),
		Model: vc.VCDM11, Suite: "Ed25519Signature2018", Issuer: p.did, Method: p.method, Algorithm: jose.EdDSA, Created: now,
	})
	must(t, err)
	signature, err := jose.Sign(p.private, jose.EdDSA, made.Input())
	must(t, err)
	secured, err := made.Secure(signature)
	must(t, err)
	return secured
}

// defined is a definition of input descriptors, each an id with the rest of its members.
func defined(descriptors ...string) []byte {
	var all []string
	for _, one := range descriptors {
		id, rest, _ := strings.Cut(one, " ")
		all = append(all, `{"id":"`+id+`",`+rest+`}`)
	}
	return []byte(`{"id":"` + uuid.NewString() + `","input_descriptors":[` + strings.Join(all, ",") + `]}`)
}

func schema(uris ...string) string {
	return `"schema":[{"uri":"` + strings.Join(uris, `"},{"uri":"`) + `"}]`
}

// answered answers, and has a verifier judge it as it judges what came over the wire: by challenge, and with what stands inside.
func (w *world) answered(p holder.Presenting) (*holder.Answered, verifier.PresentationReport) {
	w.Helper()
	p.Embed, p.Nonce = true, challenged
	made, err := w.desk.Answer(w.Context(), w.by, p)
	must(w, err)
	options := verifier.PresentationOptions{Nonce: challenged, Definition: p.Definition}
	if p.Audience != "" {
		options.Audience = []string{p.Audience}
	}
	report, err := w.judge.VerifyPresentation(w.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, made.Presentation(), options)
	must(w, err)
	return made, report
}

// TestAnswerEmbedded: the presentation has the shape that ACA-Py and Credo read, and answers what either asks in its own way.
func TestAnswerEmbedded(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.agent(vc.Ed25519)
	w.hold(issuer.linked(t, "did:example:eve", "PhD"))
	id := w.hold(issuer.resident(t, ada.DID, "ALICE"))
	w.acts()
	for name, descriptor := range map[string]string{
		"an IRI, for ACA-Py":            schema(residentIRI),
		"the IRI of every credential":   schema("https://www.w3.org/2018/credentials#VerifiableCredential", residentIRI),
		"a context, for Credo":          schema("https://w3id.org/citizenship/v1"),
		"both":                          schema("https://w3id.org/citizenship/v1", residentIRI),
		"a field, and no schema":        `"constraints":{"fields":[{"path":["$.credentialSubject.familyName"],"filter":{"const":"SMITH"}}]}`,
		"a schema and a field":          schema(residentIRI) + `,"name":"PR","constraints":{"fields":[{"path":["$.credentialSubject.familyName"],"purpose":"x","filter":{"const":"SMITH"}}]}`,
		"who holds":                     schema(residentIRI) + `,"constraints":{"is_holder":[{"directive":"required","field_id":["f"]}],"fields":[{"id":"f","path":["$.credentialSubject.id"]}]}`,
		"a disclosure that is welcomed": schema(residentIRI) + `,"constraints":{"limit_disclosure":"preferred","fields":[{"path":["$.credentialSubject.familyName"]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			made, report := w.answered(holder.Presenting{Definition: defined("one " + descriptor), Audience: "4jt78h47fh47"})
			if report.Outcome != verifier.Passed || report.Holder != ada.DID || made.Holder() != ada.DID || len(report.Matches) != 1 || !slices.Equal(made.Held(), []string{id}) {
				t.Errorf("%+v\n%s", report.Checks, made.Presentation())
			}
		})
	}
	if acts, _ := w.acts(); len(acts) != 0 {
		t.Errorf("the journal knows before anybody recorded: %v", acts)
	}
	made, _ := w.answered(holder.Presenting{Definition: defined("one " + schema(residentIRI)), Audience: "4jt78h47fh47"})
	var shown struct {
		ID         string   `json:"id"`
		Context    []string `json:"@context"`
		Type       []string `json:"type"`
		Holder     string   `json:"holder"`
		Inside     []any    `json:"verifiableCredential"`
		Submission struct {
			Entries []map[string]any `json:"descriptor_map"`
		} `json:"presentation_submission"`
		Proof map[string]any `json:"proof"`
	}
	must(t, json.Unmarshal(made.Presentation(), &shown))
	if !slices.Equal(shown.Context, []string{"https://www.w3.org/2018/credentials/v1", "https://identity.foundation/presentation-exchange/submission/v1"}) ||
		!slices.Equal(shown.Type, []string{"VerifiablePresentation", "PresentationSubmission"}) || shown.Holder != ada.DID || len(shown.Inside) != 1 || shown.ID != "" {
		t.Errorf("%s", made.Presentation())
	}
	if e := shown.Submission.Entries; len(e) != 1 || e[0]["id"] != "one" || e[0]["format"] != "ldp_vc" || e[0]["path"] != "$.verifiableCredential[0]" || e[0]["path_nested"] != nil {
		t.Errorf("%v", e)
	}
	if p := shown.Proof; p["type"] != "Ed25519Signature2018" || p["proofPurpose"] != "authentication" || p["challenge"] != challenged || p["domain"] != "4jt78h47fh47" {
		t.Errorf("%v", p)
	}
}

func TestAnswerRecords(t *testing.T) {
	w := newWorld(t)
	w.hold(newPerson(t, "issuer").resident(t, w.agent(vc.Ed25519).DID, "ALICE"))
	w.acts()
	made, _ := w.answered(holder.Presenting{Definition: defined("one " + schema(residentIRI))})
	broken := errors.New("the caller's transaction fails")
	for _, then := range []error{broken, nil} {
		err := sql.For[holder.Rows](w.db).Update(t.Context(), w.by.Scope, func(rows holder.Rows) error {
			must(t, made.Record(rows, w.by))
			return then
		})
		if !errors.Is(err, then) {
			t.Fatal(err)
		}
	}
	if acts, text := w.acts(); !slices.Equal(acts, []string{"presentation.signed"}) || strings.Contains(text, "ALICE") {
		t.Errorf("%v\n%s", acts, text)
	}
}

// TestAnswerTampered: what stands inside is signed too.
func TestAnswerTampered(t *testing.T) {
	w := newWorld(t)
	w.hold(newPerson(t, "issuer").resident(t, w.agent(vc.Ed25519).DID, "ALICE"))
	definition := defined("one " + schema(residentIRI))
	made, _ := w.answered(holder.Presenting{Definition: definition})
	for old, changed := range map[string]string{
		`"familyName":"SMITH"`: `"familyName":"SMYTH"`, `$.verifiableCredential[0]`: `$.verifiableCredential`,
		challenged: "3fa85f64-5717-4562-b3fc-2c963f66afa8",
	} {
		bad := strings.ReplaceAll(string(made.Presentation()), old, changed)
		report, err := w.judge.VerifyPresentation(t.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, []byte(bad),
			verifier.PresentationOptions{Nonce: challenged, Definition: definition})
		must(t, err)
		if bad == string(made.Presentation()) || report.Outcome != verifier.Failed {
			t.Errorf("%s: %s", old, report.Outcome)
		}
	}
}
