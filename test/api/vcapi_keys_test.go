package api

import (
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

// TestVCAPIKeys: an instance presents with a key that its suite is taken with, as it issues, and with the one that it is bound to.
func TestVCAPIKeys(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{})
		presentation := object{"@context": []any{v2}, "type": []any{"VerifiablePresentation"}}
		proves := func(options object, method string) {
			t.Helper()
			made := c.post("/presentations/prove", object{"presentation": presentation, "options": options}, 201, "")
			if got := at(made, "verifiablePresentation", "proof", "verificationMethod"); got != method {
				t.Errorf("proves with %v, want %s", got, method)
			}
		}
		issues := func(method string) {
			t.Helper()
			made := c.post("/credentials/issue", object{"credential": plainCredential()}, 201, "Issued")
			if got := at(made, "verifiableCredential", "proof", "verificationMethod"); got != method {
				t.Errorf("issues with %v, want %s", got, method)
			}
		}
		two := must(c.admin.CreateDID(t.Context(), sdk.NewDID{
			Method: "web", Algorithms: []string{"Ed25519", "P-256"}, Options: map[string]string{"path": "two", "verificationMethodType": "Multikey"},
		}))
		for suite, i := range map[string]int{"eddsa-rdfc-2022": 0, "ecdsa-rdfc-2019": 1} {
			c.instance(sdk.NewInstance{Slug: suite, Identity: two.ID, Format: "ldp", Suite: suite})
			issues(two.Keys[i].Method)
			proves(object{}, two.Keys[i].Method)
		}
		alike := must(c.admin.CreateDID(t.Context(), sdk.NewDID{
			Method: "web", Algorithms: []string{"Ed25519", "Ed25519"}, Options: map[string]string{"path": "alike", "verificationMethodType": "Multikey"},
		}))
		for i, slug := range []string{"first", "second"} {
			one, other := alike.Keys[i].Method, alike.Keys[1-i].Method
			c.instance(sdk.NewInstance{Slug: slug, Identity: alike.ID, Method: one, Format: "ldp", Suite: "eddsa-jcs-2022"})
			issues(one)
			proves(object{}, one)
			proves(object{"verificationMethod": one}, one)
			for path, what := range map[string]object{"/credentials/issue": {"credential": plainCredential()}, "/presentations/prove": {"presentation": presentation}} {
				refused := c.post(path, merged(what, "options", object{"verificationMethod": other}), 400, "")
				if refused["code"] != "option-not-supported" || refused["pointer"] != "/options/verificationMethod" {
					t.Errorf("%s: %v", path, refused)
				}
			}
		}
	})
}

// TestVCAPIEntryAsItStands: a status entry is named as the credential has it, with its index as a number where that is how it is written.
func TestVCAPIEntryAsItStands(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{Format: "ldp", Suite: "eddsa-jcs-2022", Purposes: []string{"revocation"}, Status: sdk.StatusDialect{NumberIndex: true}})
		made := c.post("/credentials/issue", object{"credential": plainCredential()}, 201, "Issued")["verifiableCredential"].(map[string]any)
		entry, ok := made["credentialStatus"].(map[string]any)
		if _, number := entry["statusListIndex"].(float64); !ok || !number {
			t.Fatalf("%v", made["credentialStatus"])
		}
		change := func(index any, status int) {
			t.Helper()
			named := merged(entry, "statusListIndex", index)
			c.post("/credentials/status", object{"credentialId": made["id"], "credentialStatus": named, "status": true}, status, "")
		}
		change(entry["statusListIndex"].(float64)+1, 400)
		change(true, 400)
		change([]any{}, 400)
		c.post("/credentials/verify", object{"verifiableCredential": made}, 200, "VerifyCredential")
		change(entry["statusListIndex"], 200)
		c.post("/credentials/verify", object{"verifiableCredential": made}, 400, "VerifyCredential")
	})
}

// TestVCAPIPresentsOne: a request that has a presentation twice is about neither.
func TestVCAPIPresentsOne(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{Format: "ldp", Suite: "eddsa-jcs-2022"})
		presentation := object{"@context": []any{v2}, "type": []any{"VerifiablePresentation"}}
		proven := c.post("/presentations/prove", object{"presentation": presentation}, 201, "")["verifiablePresentation"]
		refused := c.post("/presentations/verify", object{"verifiablePresentation": proven, "presentation": presentation}, 400, "")
		if refused["code"] != "presentation-ambiguous" {
			t.Errorf("%v", refused)
		}
		c.post("/presentations/verify", object{"verifiablePresentation": proven}, 200, "VerifyPresentation")
	})
}

// at looks into an answer.
func at(value any, names ...string) any {
	for _, name := range names {
		object, _ := value.(map[string]any)
		value = object[name]
	}
	return value
}
