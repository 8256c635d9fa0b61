package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

// linkedVariants are those with embedded proofs: each suite in both data models.
func linkedVariants(suites ...string) []sdk.Variant {
	var out []sdk.Variant
	for _, suite := range suites {
		out = append(out,
			sdk.Variant{Name: suite + " 2.0", Format: "ldp", Model: "2.0", Suite: suite, SchemaReference: "JsonSchema"},
			sdk.Variant{Name: suite + " 1.1", Format: "ldp", Model: "1.1", Suite: suite, SchemaReference: "JsonSchemaValidator2018"},
		)
	}
	return out
}

func (o *office) linked(suites ...string) sdk.Type {
	return must(o.admin.CreateType(o.w.t.Context(), sdk.NewType{
		Name: "Linked", Types: []string{"MembershipCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID},
		Purposes: []string{"revocation", "suspension"}, Variants: linkedVariants(suites...),
	}))
}

// TestIssueLinked issues with each proof suite under each DID method whose documents list the key as the suite asks, in
// both data models, verifies, tampers, revokes and verifies again.
func TestIssueLinked(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		suites := map[string][]string{
			"Ed25519":   {"eddsa-rdfc-2022", "eddsa-jcs-2022", "Ed25519Signature2018", "Ed25519Signature2020", "JsonWebSignature2020"},
			"P-256":     {"ecdsa-rdfc-2019", "ecdsa-jcs-2019", "JsonWebSignature2020"},
			"P-384":     {"ecdsa-rdfc-2019", "ecdsa-jcs-2019"},
			"secp256k1": {"EcdsaSecp256k1Signature2019"},
		}
		keyOnly := []string{"Ed25519Signature2018", "Ed25519Signature2020"}
		for algorithm, names := range suites {
			kind := o.linked(names...)
			for _, method := range []string{"key", "jwk", "web"} {
				request := sdk.NewDID{Method: method, Algorithm: algorithm, Name: "Northern Lights"}
				if method == "web" {
					request.Options = map[string]string{"path": "linked/" + strings.ToLower(algorithm)}
				}
				did := must(o.admin.CreateDID(ctx, request))
				for _, variant := range kind.Variants {
					order := o.order()
					order.Type, order.Issuer, order.Variant = kind.ID, did.DID, variant.Name
					what := algorithm + " " + method + " " + variant.Name
					if method != "key" && slices.Contains(keyOnly, variant.Suite) {
						_, err := o.admin.Issue(ctx, order)
						refused(t, err, 400, "suite")
						continue
					}
					made, err := o.admin.Issue(ctx, order)
					if err != nil {
						t.Errorf("%s: %v", what, err)
						continue
					}
					report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential}))
					if report.Outcome != "passed" || report.Format != "ldp" {
						t.Errorf("%s: %s %s", what, report.Outcome, told(report))
					}
					bad := strings.Replace(made.Credential, `"Ada"`, `"Eve"`, 1)
					if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: bad})); check(report, "signature").Code != "signature-invalid" {
						t.Errorf("%s: tampered with: %s", what, told(report))
					}
				}
			}
		}
	})
}

// TestLinkedLife: one credential with an embedded proof is revoked, and that is seen.
func TestLinkedLife(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		order := o.order()
		order.Type = o.linked("eddsa-rdfc-2022").ID
		made := must(o.admin.Issue(ctx, order))
		var credential struct {
			Context []string `json:"@context"`
			Proof   struct{ Type, Cryptosuite, VerificationMethod, ProofPurpose, Created string }
		}
		done(json.Unmarshal([]byte(made.Credential), &credential))
		if p := credential.Proof; p.Type != "DataIntegrityProof" || p.Cryptosuite != "eddsa-rdfc-2022" || p.ProofPurpose != "assertionMethod" ||
			!strings.HasPrefix(p.VerificationMethod, o.did.DID+"#") || len(credential.Context) != 2 {
			t.Errorf("made %+v", credential)
		}
		for accept, media := range map[string]string{
			"": "application/vc", "*/*": "application/vc", "application/ld+json, application/json": "application/ld+json",
			"application/json": "application/json", "application/json, text/plain, */*": "application/json",
			"application/ld+json, application/vc": "application/vc", "application/vc, application/vc+jwt": "application/vc",
			"application/vc+jwt": "application/vc+jwt", "application/jwt": "application/vc+jwt",
		} {
			list := w.call("GET", made.StatusEntries[0].URL, "", nil, "Accept", accept)
			if list.status != 200 || list.header.Get("Content-Type") != media || list.header.Get("Vary") == "" {
				t.Errorf("%q: %d %v", accept, list.status, list.header)
			}
			report := must(o.admin.Verify(ctx, sdk.Verification{Credential: string(list.body)}))
			if report.Outcome == "failed" || check(report, "signature").Outcome != "passed" {
				t.Errorf("%q: the list: %s %s", accept, report.Outcome, told(report))
			}
		}
		must(o.admin.ChangeStatus(ctx, made.ID, sdk.StatusChange{Purpose: "revocation", Value: 1}))
		if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential})); check(report, "status").Code != "revoked" {
			t.Errorf("revoked: %s", told(report))
		}
	})
}

// TestLinkedContexts: a context is imported, or the credential is refused before anything is reserved; who has not imported
// it cannot check it.
func TestLinkedContexts(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o, far := w.office("north"), w.office("south")
		const url = "https://north.example/membership/v1"
		kind := must(o.admin.CreateType(ctx, sdk.NewType{
			Name: "Far", Types: []string{"MembershipCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID}, Contexts: []string{url},
			Variants: linkedVariants("eddsa-rdfc-2022", "eddsa-jcs-2022"),
		}))
		order := o.order()
		order.Type = kind.ID
		_, err := o.admin.Issue(ctx, order)
		refused(t, err, 400, "context-unknown")
		if p, ok := err.(*sdk.Problem); !ok || !strings.Contains(p.Detail, "chancery context import "+url) {
			t.Errorf("got %v", err)
		}
		must(o.root.ImportContext(ctx, sdk.NewContext{URL: url, Document: []byte(
			`{"@context":{"MembershipCredential":"https://north.example/#M","level":{"@id":"https://north.example/#level"}}}`)}))
		made := must(o.admin.Issue(ctx, order))
		if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential})); report.Outcome != "passed" {
			t.Errorf("%s %s", report.Outcome, told(report))
		}
		if report := must(far.admin.Verify(ctx, sdk.Verification{Credential: made.Credential})); check(report, "signature").Code != "context-unknown" ||
			check(report, "signature").Outcome != "not-checked" || report.Outcome == "passed" {
			t.Errorf("without the context: %s %s", report.Outcome, told(report))
		}
	})
}

// TestLinkedLies: what a proof would not cover is refused, with its place, and no index is taken.
func TestLinkedLies(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		schema := must(o.admin.CreateSchema(ctx, sdk.NewSchema{Name: "Open", TypeName: "OpenCredential", Schema: map[string]any{
			"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
			"properties": map[string]any{"name": map[string]any{"type": "string"}, "more": map[string]any{"type": "object"}},
		}}))
		kind := must(o.admin.CreateType(ctx, sdk.NewType{
			Name: "Open", Types: []string{"OpenCredential"}, Schema: sdk.SchemaReference{ID: schema.ID}, Variants: linkedVariants("eddsa-rdfc-2022", "eddsa-jcs-2022"),
		}))
		for _, variant := range kind.Variants {
			order := sdk.Order{Type: kind.ID, Issuer: o.did.DID, Variant: variant.Name}
			for name, c := range map[string]struct {
				claims        map[string]any
				code, pointer string
			}{
				"a term":      {map[string]any{"nickname": "Ada"}, "undefined-term", "/claims/nickname"},
				"a type":      {map[string]any{"type": "Person"}, "undefined-type", "/claims/type"},
				"inside":      {map[string]any{"more": map[string]any{"secret": 1}}, "undefined-term", "/claims/more/secret"},
				"relative":    {map[string]any{"more": map[string]any{"id": "me"}}, "relative-id", "/claims/more/id"},
				"a direction": {map[string]any{"name": map[string]any{"@value": "x", "@direction": "rtl"}}, "", ""},
				"own context": {map[string]any{"more": map[string]any{"@context": map[string]any{"@vocab": "https://x.example/"}, "a": 1}}, "context-within", "/claims/more/@context"},
			} {
				order.Claims = c.claims
				_, err := o.admin.Issue(ctx, order)
				p, ok := err.(*sdk.Problem)
				if !ok || p.Status != 400 || c.code != "" && (p.Code() != c.code || p.Pointer != c.pointer) {
					t.Errorf("%s %s: got %v", variant.Name, name, err)
				}
				if preview := must(o.admin.DryRun(ctx, order)); preview.Acceptable {
					t.Errorf("%s %s: a dry run takes it", variant.Name, name)
				}
			}
			order.Claims = map[string]any{"name": "Ada"}
			made := must(o.admin.Issue(ctx, order))
			if len(made.StatusEntries) != 1 {
				t.Fatalf("%d entries", len(made.StatusEntries))
			}
		}
	})
}

// TestSuites: a variant names a suite of its format, and no other.
func TestSuites(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		for name, c := range map[string]struct {
			variant       sdk.Variant
			code, pointer string
		}{
			"none":        {sdk.Variant{Name: "a", Format: "ldp", Model: "2.0"}, "suite-required", "/variants/0/suite"},
			"unknown":     {sdk.Variant{Name: "a", Format: "ldp", Model: "2.0", Suite: "x"}, "suite-unknown", "/variants/0/suite"},
			"refused":     {sdk.Variant{Name: "a", Format: "ldp", Model: "2.0", Suite: "SchnorrSecp256k1Signature2019"}, "suite-unknown", "/variants/0/suite"},
			"not its own": {sdk.Variant{Name: "a", Format: "jwtvc", Model: "2.0", Suite: "eddsa-rdfc-2022"}, "suite-unknown", "/variants/0/suite"},
		} {
			_, err := o.admin.CreateType(t.Context(), sdk.NewType{
				Name: "T", Types: []string{"MembershipCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID}, Variants: []sdk.Variant{c.variant},
			})
			refused(t, err, 400, c.code)
			if p, ok := err.(*sdk.Problem); !ok || p.Pointer != c.pointer {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

// TestLinkedElsewhere: a proof whose key is not here, by its signature and as a whole credential; doing it again changes
// nothing, and other evidence is refused.
func TestLinkedElsewhere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		for alg, suites := range map[string][]string{
			"EdDSA": {"eddsa-rdfc-2022", "Ed25519Signature2018"}, "ES384": {"ecdsa-jcs-2019"}, "ES256K": {"EcdsaSecp256k1Signature2019"},
		} {
			kind := o.linked(suites...)
			for i, variant := range kind.Variants {
				outside := newSigner(t, alg)
				order := o.order()
				order.Type, order.Issuer, order.Variant = kind.ID, outside.did, variant.Name
				draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
				signature := outside.sign(inputOf(draft))
				complete := must(o.admin.CompleteWithSignature(ctx, draft.ID, signature))
				if complete.State != "issued" || complete.Algorithm != alg || complete.Method != outside.method {
					t.Errorf("%s: completed %+v", variant.Name, complete)
				}
				if again := must(o.admin.CompleteWithSignature(ctx, draft.ID, signature)); again.Credential != complete.Credential {
					t.Errorf("%s: completing again gave another credential", variant.Name)
				}
				_, err := o.admin.CompleteWithSignature(ctx, draft.ID, outside.sign([]byte("x"+string(rune('0'+i)))))
				refused(t, err, 409, "already-completed")
				report := must(o.admin.Verify(ctx, sdk.Verification{Credential: complete.Credential}))
				if report.Outcome == "failed" || check(report, "signature").Outcome != "passed" {
					t.Errorf("%s: %s", variant.Name, told(report))
				}
				second := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
				_, err = o.admin.CompleteWithCredential(ctx, second.ID, complete.Credential)
				refused(t, err, 400, "payload-differs")
			}
		}
	})
}

// TestLinkedLists: lists of both dialects, by keys of each kind and under each method, with an embedded proof.
func TestLinkedLists(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		for _, algorithm := range []string{"Ed25519", "P-256", "P-384", "secp256k1"} {
			for _, method := range []string{"key", "web"} {
				request := sdk.NewDID{Method: method, Algorithm: algorithm}
				if method == "web" {
					request.Options = map[string]string{"path": "lists/" + strings.ToLower(algorithm)}
				}
				did := must(o.admin.CreateDID(ctx, request))
				for _, variant := range []string{"vcdm2", "vcdm1"} {
					order := o.order()
					order.Issuer, order.Variant = did.DID, variant
					made := must(o.admin.Issue(ctx, order))
					list := w.call("GET", made.StatusEntries[0].URL, "", nil, "Accept", "application/ld+json, application/json;q=0.9")
					if list.status != 200 || list.header.Get("Content-Type") != "application/ld+json" {
						t.Errorf("%s %s %s: %d %s", algorithm, method, variant, list.status, list.body)
						continue
					}
					report := must(o.admin.Verify(ctx, sdk.Verification{Credential: string(list.body)}))
					if report.Format != "ldp" || check(report, "signature").Outcome != "passed" || report.Outcome == "failed" {
						t.Errorf("%s %s %s: %s %s", algorithm, method, variant, report.Outcome, told(report))
					}
				}
			}
		}
	})
}
