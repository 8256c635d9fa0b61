package verifier_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/jsonld"
)

// proofRecord is a record of ACA-Py's with a presentation.
type proofRecord struct {
	Formats struct {
		Request struct {
			DIF struct {
				Definition json.RawMessage `json:"presentation_definition"`
				Options    struct{ Challenge, Domain string }
			} `json:"dif"`
		} `json:"pres_request"`
		Presentation struct {
			DIF json.RawMessage `json:"dif"`
		} `json:"pres"`
	} `json:"by_format"`
}

// TestRecordedPresentations: what ACA-Py answered is judged by the definition that it was asked by. Its presentations name no
// holder and no domain, and have their submission inside.
func TestRecordedPresentations(t *testing.T) {
	w := newWorld(t)
	w.now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w.config.Formats = []format.Format{jwtvc.Format{}, ldp.Format{}}
	service := verifier.New(w.config)
	const source = "recorded exchanges with github.com/openwallet-foundation/acapy 1.6.1rc0"
	found := 0
	for _, file := range []string{"rest-didex1.0.json", "rest-didex1.1.json", "rest-multitenant-oob.json"} {
		var calls []struct {
			Response json.RawMessage `json:"response"`
		}
		w.must(json.Unmarshal(sharedtest.Read(t, source, "transcripts", "acapy", file), &calls))
		for _, call := range calls {
			var record proofRecord
			presentation := &record.Formats.Presentation.DIF
			if json.Unmarshal(call.Response, &record) != nil || *presentation == nil {
				continue
			}
			found++
			asked := record.Formats.Request.DIF
			judge := func(presentation []byte, nonce string) verifier.PresentationReport {
				report, err := service.VerifyPresentation(t.Context(), w.by.Scope, presentation, verifier.PresentationOptions{
					Nonce: nonce, Domain: asked.Options.Domain, Definition: asked.Definition,
				})
				w.must(err)
				return report
			}
			if report := judge(*presentation, asked.Options.Challenge); report.Outcome != verifier.Passed || len(report.Matches) != 1 || len(report.Credentials) != 1 {
				t.Errorf("%s: %s\n%s", file, report.Outcome, tree(report.Checks, "  "))
			}
			if report := judge(*presentation, asked.Options.Challenge+"0"); report.Outcome != verifier.Failed {
				t.Errorf("%s answers another challenge", file)
			}
			if report := judge(bytes.Replace(*presentation, []byte("SMITH"), []byte("SMYTH"), 1), asked.Options.Challenge); report.Outcome != verifier.Failed {
				t.Errorf("%s says something else, and verifies", file)
			}
		}
	}
	if found == 0 {
		t.Error("no presentation was recorded")
	}
}

// TestDomain: it counts where it is said.
func TestDomain(t *testing.T) {
	w := newWorld(t)
	w.config.Formats = []format.Format{ldp.Format{}}
	service := verifier.New(w.config)
	ada := newSigner(t, "ada")
	for name, c := range map[string]struct {
		said, asked string
		outcome     verifier.Outcome
	}{
		"the same": {"a", "a", verifier.Passed}, "another": {"b", "a", verifier.Failed},
		"none said": {"", "a", verifier.NotChecked}, "none asked": {"b", "", verifier.NotChecked},
	} {
		material := format.PresentationMaterial{
			Model: "1.1", Holder: ada.did, Method: ada.method, Algorithm: ada.alg, Created: w.now, Nonce: "n",
		}
		if c.said != "" {
			material.Audience = []string{c.said}
		}
		unsigned, err := ldp.Format{}.PreparePresentation(t.Context(), material)
		w.must(err)
		secured, err := unsigned.Secure(ada.raw(t, unsigned.Input()))
		w.must(err)
		report, err := service.VerifyPresentation(t.Context(), w.by.Scope, secured, verifier.PresentationOptions{Nonce: "n", Domain: c.asked})
		w.must(err)
		if check, _ := report.Find(verifier.CheckAudience); check.Outcome != c.outcome {
			t.Errorf("%s: %+v", name, check)
		}
	}
}

// raw is the signature over input alone.
func (s signer) raw(t *testing.T, input []byte) []byte {
	t.Helper()
	signature, err := jose.Sign(s.private, s.alg, input)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

// TestOnlyCredential: a submission may count the only credential of a presentation that has it without a list.
func TestOnlyCredential(t *testing.T) {
	w := newWorld(t)
	w.config.Formats = []format.Format{ldp.Format{}}
	service := verifier.New(w.config)
	ada := newSigner(t, "ada")
	suite, err := dataintegrity.SuiteOf(dataintegrity.Ed25519Signature2018)
	w.must(err)
	secure := func(document, purpose string) []byte {
		made, err := dataintegrity.Prepare(t.Context(), []byte(document), dataintegrity.Options{
			Suite: suite, Algorithm: ada.alg, Method: ada.method, Purpose: purpose, Created: w.now,
		}, dataintegrity.RDFC{Processor: &jsonld.Processor{}, Loader: jsonld.Known{}})
		w.must(err)
		secured, err := made.Secure(ada.raw(t, made.Input))
		w.must(err)
		return secured
	}
	credential := secure(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"issuer":"`+ada.did+
		`","issuanceDate":"2026-01-01T00:00:00Z","credentialSubject":{"id":"`+ada.did+`"}}`, "assertionMethod")
	for path, outcome := range map[string]verifier.Outcome{
		"$.verifiableCredential[0]": verifier.Passed, "$.verifiableCredential": verifier.Passed, "$.verifiableCredential[1]": verifier.Failed,
	} {
		presentation := secure(`{"@context":["https://www.w3.org/2018/credentials/v1","https://identity.foundation/presentation-exchange/submission/v1"],`+
			`"type":["VerifiablePresentation","PresentationSubmission"],"holder":"`+ada.did+`","verifiableCredential":`+string(credential)+
			`,"presentation_submission":{"id":"s","definition_id":"d","descriptor_map":[{"id":"one","format":"ldp_vc","path":"`+path+`"}]}}`, "authentication")
		report, err := service.VerifyPresentation(t.Context(), w.by.Scope, presentation, verifier.PresentationOptions{
			Definition: []byte(`{"id":"d","input_descriptors":[{"id":"one","schema":[{"uri":"https://www.w3.org/2018/credentials#VerifiableCredential"}]}]}`),
		})
		w.must(err)
		if report.Outcome != outcome {
			t.Errorf("%s: %s\n%s", path, report.Outcome, tree(report.Checks, "  "))
		}
	}
}
