package api

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/test/peers"
)

const jwtProof = "JwtProof2020"

// objects makes a type whose credentials are objects that have a JWT as their proof, or with the variant "jwt" the JWT.
func (o *office) objects() sdk.Type {
	return must(o.admin.CreateType(o.w.t.Context(), sdk.NewType{
		Name: "Objects", Types: []string{"MembershipCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID}, Purposes: []string{"revocation"},
		Variants: []sdk.Variant{
			{Name: "object", Format: "jwtvc", Model: "1.1", Suite: jwtProof, SchemaReference: "JsonSchemaValidator2018"},
			{Name: "jwt", Format: "jwtvc", Model: "1.1", SchemaReference: "JsonSchemaValidator2018"},
		},
	}))
}

// jwtWithin gives the JWT of an object.
func jwtWithin(t *testing.T, secured string) string {
	t.Helper()
	var object struct{ Proof struct{ Type, JWT string } }
	if err := json.Unmarshal([]byte(secured), &object); err != nil || object.Proof.Type != jwtProof {
		t.Fatalf("%v: %s", err, secured)
	}
	return object.Proof.JWT
}

// TestObjectLife: the object form of a JWT is issued under keys of each kind, is the same whenever it is asked for, verifies as
// an object and by its JWT, fails where the object says something else, and is revoked.
func TestObjectLife(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		kind := o.objects()
		for _, algorithm := range []string{"Ed25519", "P-256", "P-384", "secp256k1"} {
			did := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "web", Algorithm: algorithm, Name: "Northern Lights", Options: map[string]string{
				"path": "objects/" + strings.ToLower(algorithm),
			}}))
			order := o.order()
			order.Type, order.Issuer = kind.ID, did.DID
			made := must(o.admin.Issue(ctx, order))
			if again := must(o.admin.GetCredential(ctx, made.ID)); again.Credential != made.Credential || again.Format != "jwtvc" || again.Model != "1.1" {
				t.Errorf("%s: issued %+v, then %+v", algorithm, made, again)
			}
			for _, secured := range []string{made.Credential, jwtWithin(t, made.Credential)} {
				if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: secured})); report.Outcome != "passed" || report.Format != "jwtvc" || report.Model != "1.1" {
					t.Errorf("%s: %s %s %s", algorithm, report.Outcome, report.Format, told(report))
				}
			}
			for name, bad := range map[string]string{
				"another claim": strings.Replace(made.Credential, `"name":"Ada"`, `"name":"Eve"`, 1),
				"one more":      strings.Replace(made.Credential, `"name":"Ada"`, `"name":"Ada","rank":1`, 1),
				"one member":    strings.Replace(made.Credential, `{"@context"`, `{"evidence":{"id":"urn:x"},"@context"`, 1),
			} {
				report := must(o.admin.Verify(ctx, sdk.Verification{Credential: bad}))
				if bad == made.Credential || report.Outcome != "failed" || check(report, "format").Code != "payload-differs" {
					t.Errorf("%s, %s: %s %s", algorithm, name, report.Outcome, told(report))
				}
			}
			must(o.admin.Revoke(ctx, made.ID, "over"))
			if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential})); check(report, "status").Code != "revoked" {
				t.Errorf("%s, revoked: %s", algorithm, told(report))
			}
		}
		order := o.order()
		order.Type, order.Variant = kind.ID, "jwt"
		if made := must(o.admin.Issue(ctx, order)); !strings.HasPrefix(made.Credential, "ey") {
			t.Errorf("without a suite: %s", made.Credential)
		}
	})
}

// TestObjectModel: the suite is of VCDM 1.1. A type cannot have it otherwise, and a whole credential is refused before
// anything is kept.
func TestObjectModel(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("bureau")
		_, err := o.admin.CreateType(ctx, sdk.NewType{
			Name: "T", Types: []string{"MembershipCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID},
			Variants: []sdk.Variant{{Name: "a", Format: "jwtvc", Model: "2.0", Suite: jwtProof}},
		})
		refused(t, err, 400, "suite-model")
		if p, ok := err.(*sdk.Problem); !ok || p.Pointer != "/variants/0/suite" {
			t.Errorf("got %v", err)
		}
		_, err = o.admin.CreateInstance(ctx, sdk.NewInstance{Slug: "new", Identity: o.did.ID, Suite: jwtProof, Model: "2.0"})
		refused(t, err, 400, "suite-model")

		c := &counter{office: o, t: t, doc: vcalm(t)}
		c.instance(sdk.NewInstance{Slug: "objects", Suite: jwtProof, Purposes: []string{"revocation"}})
		problem := c.post("/credentials/issue", object{"credential": plainCredential()}, 400, "")
		if problem["code"] != "suite" {
			t.Errorf("2.0: %v", problem)
		}
		if all := must(o.admin.ListCredentials(ctx, sdk.CredentialQuery{})); len(all.Items) != 0 {
			t.Errorf("kept %+v", all.Items)
		}
	})
}

// TestObjectInstance: an instance of the VC API with the suite answers an object, and takes it.
func TestObjectInstance(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{Suite: jwtProof, Purposes: []string{"revocation"}})
		credential := object{
			"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiableCredential"},
			"id": "urn:uuid:5d9a0c5e-0001-4c3e-8d6b-0c0a5e0f0002", "issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": object{"id": "did:example:s"},
		}
		issued := c.post("/credentials/issue", object{"credential": credential, "options": object{"type": jwtProof}}, 201, "Issued")
		secured := issued["verifiableCredential"].(map[string]any)
		if proof, _ := secured["proof"].(map[string]any); proof["type"] != jwtProof || secured["issuer"] != c.did.DID {
			t.Errorf("issued %v", secured)
		}
		if got := c.as(c.key.Secret, "GET", "/credentials/urn%3Auuid%3A5d9a0c5e-0001-4c3e-8d6b-0c0a5e0f0002", nil, 200, "Issued"); !same(got, issued) {
			t.Errorf("got %v, issued %v", got, issued)
		}
		good := c.post("/credentials/verify", object{"verifiableCredential": secured}, 200, "VerifyCredential")
		proofs := good["results"].(map[string]any)["proof"].([]any)
		if input, _ := proofs[0].(map[string]any)["input"].(map[string]any); len(proofs) != 1 || input["type"] != jwtProof {
			t.Errorf("verified %v", good)
		}
		c.post("/credentials/issue", object{"credential": credential, "options": object{"type": "Ed25519Signature2020"}}, 400, "")

		presented := c.post("/presentations/prove", object{"presentation": object{
			"@context": credential["@context"], "type": []any{"VerifiablePresentation"}, "holder": c.did.DID, "verifiableCredential": []any{secured},
		}, "options": object{"challenge": "c", "domain": "d"}}, 201, "")
		jwt, _ := presented["verifiablePresentation"].(string)
		if !strings.HasPrefix(jwt, "ey") {
			t.Errorf("presented %v", presented)
		}
		c.post("/presentations/verify", object{"verifiablePresentation": jwt, "options": object{"challenge": "c", "domain": "d"}}, 200, "VerifyPresentation")

		secured["credentialSubject"] = object{"id": "did:example:eve"}
		c.post("/credentials/verify", object{"verifiableCredential": secured}, 400, "VerifyCredential")
	})
}

// TestObjectElsewhere: an object whose key is not here, by its signature and as a whole; the JWT alone is not what was ordered.
func TestObjectElsewhere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		kind, outside := o.objects(), newSigner(t, "ES256K")
		order := o.order()
		order.Type, order.Issuer = kind.ID, outside.did
		draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
		unsigned := jwtWithin(t, draft.Unsigned)
		if string(inputOf(draft)) != unsigned {
			t.Errorf("to be signed: %s, shown: %s", inputOf(draft), unsigned)
		}
		signature := outside.sign(inputOf(draft))
		complete := must(o.admin.CompleteWithSignature(ctx, draft.ID, signature))
		if again := must(o.admin.CompleteWithSignature(ctx, draft.ID, signature)); again.Credential != complete.Credential {
			t.Error("completing again gave another credential")
		}
		if !strings.HasPrefix(jwtWithin(t, complete.Credential), unsigned+".") {
			t.Errorf("completed %s", complete.Credential)
		}
		report := must(o.admin.Verify(ctx, sdk.Verification{Credential: complete.Credential}))
		if report.Outcome == "failed" || check(report, "signature").Outcome != "passed" {
			t.Errorf("verified %s", told(report))
		}
		second := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
		whole := strings.Replace(second.Unsigned, jwtWithin(t, second.Unsigned), string(jose.Join(inputOf(second), outside.sign(inputOf(second)))), 1)
		_, err := o.admin.CompleteWithCredential(ctx, second.ID, jwtWithin(t, whole))
		refused(t, err, 400, "proof-differs")
		_, err = o.admin.CompleteWithCredential(ctx, second.ID, strings.Replace(whole, `"name":"Ada"`, `"name":"Eve"`, 1))
		refused(t, err, 400, "payload-differs")
		if done := must(o.admin.CompleteWithCredential(ctx, second.ID, whole)); done.Credential != whole || done.State != "issued" {
			t.Errorf("completed %+v", done)
		}
	})
}

// TestPeersReadObjects: did-jwt-vc verifies the JWT of an object, and reads the object as we do.
func TestPeersReadObjects(t *testing.T) {
	peer := peers.Start(t)
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		order := o.order()
		order.Type = o.objects().ID
		made := must(o.admin.Issue(t.Context(), order))
		inside := made
		inside.Credential = jwtWithin(t, made.Credential)
		didJWTAccepts(t, peer, "an object's JWT", o.did, inside)
		var read peers.Normalize
		peer.Call("didjwtvc.normalize", peers.Normalize{Credential: json.RawMessage(made.Credential)}, &read)
		if report := must(o.admin.Verify(t.Context(), sdk.Verification{Credential: string(read.Credential)})); report.Outcome != "passed" {
			t.Errorf("as did-jwt-vc keeps it: %s %s", report.Outcome, told(report))
		}
	})
}
