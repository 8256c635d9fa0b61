package verifier_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// wanting is a definition with a descriptor for each degree.
func wanting(degrees ...string) []byte {
	var descriptors []any
	for _, degree := range degrees {
		descriptors = append(descriptors, map[string]any{"id": degree, "constraints": map[string]any{"fields": []any{map[string]any{
			"path":   []string{"$.vc.credentialSubject.degree", "$.credentialSubject.degree"},
			"filter": map[string]any{"type": "string", "const": degree},
		}}}})
	}
	out, err := json.Marshal(map[string]any{
		"id": "d", "format": map[string]any{"jwt_vc": map[string]any{"alg": []string{"EdDSA"}}, "jwt_vp": map[string]any{"alg": []string{"EdDSA"}}},
		"input_descriptors": descriptors,
	})
	if err != nil {
		panic(err)
	}
	return out
}

type entry struct{ id, outer, inner string }

func submitting(definition string, entries ...entry) []byte {
	descriptors := []any{}
	for _, e := range entries {
		one := map[string]any{"id": e.id, "format": "jwt_vc", "path": e.inner}
		if e.outer != "" {
			one = map[string]any{"id": e.id, "format": "jwt_vp", "path": e.outer, "path_nested": one}
		}
		descriptors = append(descriptors, one)
	}
	out, err := json.Marshal(map[string]any{"id": "s", "definition_id": definition, "descriptor_map": descriptors})
	if err != nil {
		panic(err)
	}
	return out
}

// TestConstraints: what answers the definition is found wherever the submission of the day says, and by itself.
func TestConstraints(t *testing.T) {
	w := newWorld(t)
	issuer, holder := newSigner(t, "issuer"), newSigner(t, "holder")
	bsc := w.signedOld(issuer, w.held(issuer, holder.did).with("credentialSubject", map[string]any{"id": holder.did, "degree": "BSc"}))
	msc := w.signed(issuer, w.held(issuer, holder.did))
	both := []verifier.Match{{Descriptor: "MSc", Credential: 1}, {Descriptor: "BSc", Credential: 0}}
	for name, c := range map[string]struct {
		model         vc.ModelVersion
		definition    []byte
		submission    []byte
		ended         verifier.Outcome
		code, pointer string
		matches       []verifier.Match
	}{
		"no submission": {vc.VCDM11, wanting("MSc", "BSc"), nil, verifier.Passed, "", "", both},
		"within the payload": {
			vc.VCDM11, wanting("MSc", "BSc"),
			submitting("d", entry{"MSc", "", "$.vp.verifiableCredential[1]"}, entry{"BSc", "", "$.vp.verifiableCredential[0]"}), verifier.Passed, "", "", both,
		},
		"within the document": {
			vc.VCDM11, wanting("MSc", "BSc"),
			submitting("d", entry{"MSc", "", "$.verifiableCredential[1]"}, entry{"BSc", "", "$.verifiableCredential[0]"}), verifier.Passed, "", "", both,
		},
		"beside it": {
			vc.VCDM11, wanting("MSc", "BSc"),
			submitting("d", entry{"MSc", "$", "$.vp.verifiableCredential[1]"}, entry{"BSc", "$", "$.verifiableCredential[0]"}), verifier.Passed, "", "", both,
		},
		"envelopes": {
			vc.VCDM20, wanting("MSc", "BSc"),
			submitting("d", entry{"MSc", "$", "$.verifiableCredential[1]"}, entry{"BSc", "", "$.verifiableCredential[0]"}), verifier.Passed, "", "", both,
		},
		"one is missing, no submission": {vc.VCDM11, wanting("PhD"), nil, verifier.Failed, "descriptor-unmet", "/input_descriptors/0", nil},
		"the wrong one": {
			vc.VCDM11, wanting("MSc"), submitting("d", entry{"MSc", "$", "$.vp.verifiableCredential[0]"}),
			verifier.Failed, "descriptor-unmet", "/input_descriptors/0/constraints/fields/0/filter", nil,
		},
		"half of it": {
			vc.VCDM11, wanting("MSc", "BSc"), submitting("d", entry{"MSc", "$", "$.vp.verifiableCredential[1]"}),
			verifier.Failed, "descriptor-unmet", "/input_descriptors/1", nil,
		},
		"nowhere": {
			vc.VCDM11, wanting("MSc"), submitting("d", entry{"MSc", "$", "$.vp.verifiableCredential[7]"}),
			verifier.Failed, "submission-invalid", "/descriptor_map/0/path_nested/path", nil,
		},
		"another definition": {
			vc.VCDM11, wanting("MSc"), submitting("e", entry{"MSc", "$", "$.vp.verifiableCredential[1]"}),
			verifier.Failed, "submission-invalid", "/definition_id", nil,
		},
		"no credential": {
			vc.VCDM11, wanting("MSc"), submitting("d", entry{"MSc", "", "$.vp.holder"}), verifier.Failed, "submission-invalid", "/descriptor_map/0/path", nil,
		},
		"not a submission":       {vc.VCDM11, wanting("MSc"), []byte(`[]`), verifier.Failed, "submission-invalid", "", nil},
		"not a definition":       {vc.VCDM11, []byte(`{}`), nil, verifier.Failed, "definition-invalid", "/id", nil},
		"an algorithm not taken": {vc.VCDM11, []byte(`{"id":"d","input_descriptors":[{"id":"a","format":{"jwt_vc":{"alg":["ES256"]}},"constraints":{"fields":[{"path":["$"]}]}}]}`), nil, verifier.Failed, "descriptor-unmet", "/input_descriptors/0", nil},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.TB = t
			o := asked
			o.Definition, o.Submission = c.definition, c.submission
			report := w.verifyPresentation(w.present(holder, w.material(holder, c.model, bsc, msc)), o)
			outcome := verifier.Passed
			if c.ended == verifier.Failed {
				outcome = verifier.Failed
			}
			check := w.wantCheck(report.Checks, report.Outcome, outcome, "constraints", c.ended, c.code)
			if check.Pointer != c.pointer || !slices.Equal(report.Matches, c.matches) {
				t.Errorf("at %q, matches %v\n%s", check.Pointer, report.Matches, tree([]verifier.Check{check}, ""))
			}
		})
	}
}

// TestForeignCredential: a submission cannot bring in a credential that is not in the presentation.
func TestForeignCredential(t *testing.T) {
	w := newWorld(t)
	issuer, holder := newSigner(t, "issuer"), newSigner(t, "holder")
	m := w.material(holder, vc.VCDM11)
	m.Credentials = [][]byte{w.signed(issuer, w.held(issuer, holder.did).with("credentialSubject", map[string]any{"degree": "BSc"}))}
	m.Nonce = string(w.signed(holder, w.held(holder, holder.did))) // a degree of the holder's own making
	o := verifier.PresentationOptions{Definition: wanting("MSc"), Submission: submitting("d", entry{"MSc", "", "$.nonce"})}
	report := w.verifyPresentation(w.present(holder, m), o)
	w.wantCheck(report.Checks, report.Outcome, verifier.Failed, "constraints", verifier.Failed, "submission-invalid")
}

// TestEmbeddedSubmission: a submission may stand in the presentation.
func TestEmbeddedSubmission(t *testing.T) {
	w := newWorld(t)
	issuer, holder := newSigner(t, "issuer"), newSigner(t, "holder")
	msc := w.signed(issuer, w.held(issuer, holder.did))
	presentation := func(path string) map[string]any {
		return map[string]any{
			"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"},
			"verifiableCredential":    []string{string(msc)},
			"presentation_submission": json.RawMessage(submitting("d", entry{"MSc", "", path})),
		}
	}
	for path, ended := range map[string]verifier.Outcome{"$.vp.verifiableCredential[0]": verifier.Passed, "$.vp.verifiableCredential[1]": verifier.Failed} {
		inside := presentation(path)
		for _, payload := range []map[string]any{
			{"iss": holder.did, "aud": asker, "nonce": fresh, "vp": inside},
			{"iss": holder.did, "aud": asker, "nonce": fresh, "vp": document(inside).with("presentation_submission", nil), "presentation_submission": inside["presentation_submission"]},
		} {
			o := asked
			o.Definition = wanting("MSc")
			report := w.verifyPresentation(holder.sign(t, raw(t, payload), headerOf(holder)), o)
			if check, _ := report.Find("constraints"); check.Outcome != ended {
				t.Errorf("%s: %+v", path, check)
			}
		}
	}
}

// TestUnreadableInside: a credential that cannot be read answers nothing.
func TestUnreadableInside(t *testing.T) {
	w := newWorld(t)
	holder := newSigner(t, "holder")
	payload := map[string]any{"iss": holder.did, "vp": map[string]any{
		"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": "VerifiablePresentation", "verifiableCredential": []string{"gibberish"},
	}}
	secured := holder.sign(t, raw(t, payload), headerOf(holder))
	for code, submission := range map[string][]byte{
		"descriptor-unmet": nil, "submission-invalid": submitting("d", entry{"MSc", "", "$.vp.verifiableCredential[0]"}),
	} {
		report := w.verifyPresentation(secured, verifier.PresentationOptions{Definition: wanting("MSc"), Submission: submission})
		w.wantCheck(report.Checks, report.Outcome, verifier.Failed, "constraints", verifier.Failed, code)
		w.wantCheck(report.Checks, report.Outcome, verifier.Failed, "binding", verifier.NotChecked, "unreadable")
	}
}
