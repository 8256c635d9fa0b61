package api

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/api/dif"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

// TestIsolationOfRegistrar walks the registrar: without a credential that may, nothing is begun; a job that another principal began is answered like
// one that nobody did; and no client signs for the DID of an identity that the server holds.
func TestIsolationOfRegistrar(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		guard(t, func() {
			ledger, url := ledgerOf(t)
			w := start(t, engine, onTestnet(url))
			w.payer(ledger, "10000000000000")
			f := w.fixture("north")
			auditor := must(f.admin.CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "looks", Grants: []sdk.Grant{{Role: "auditor", Organisation: f.org.ID}}}))
			ours := must(f.admin.CreateDID(t.Context(), sdk.NewDID{Method: "cheqd"}))
			did, key := "did:cheqd:testnet:"+uuid.NewString(), newSeed(1)
			owner := plugin{w, f.key.Secret, map[string]ed25519.PrivateKey{did + "#key-1": key}}
			document := pluginDocument(did, pluginMethod(did, "key-1", key))
			resource := func(name string, list bool) object {
				content := any(base64.StdEncoding.EncodeToString([]byte("x")))
				if list {
					content = []any{content}
				}
				return object{"did": did, "content": content, "options": object{"name": name, "type": "t", "versionId": name}}
			}
			owner.do("create", object{"didDocument": document})
			stored := resource("kept", false)
			owner.do("createResource", stored)
			next := resource("kept", true)
			next["options"].(object)["versionId"] = "2"
			fresh := "did:cheqd:testnet:" + uuid.NewString()
			begins := map[string]object{
				"create": {"didDocument": pluginDocument(fresh, pluginMethod(fresh, "key-1", key))}, "update": {"did": did, "didDocument": []any{document}},
				"deactivate": {"did": did}, "createResource": resource("new", false), "updateResource": next,
			}
			owner.keys[fresh+"#key-1"] = key
			everyone := append(w.strangers(f), stranger{name: "an auditor", token: auditor.Secret})
			status := func(s stranger) int { // a job that is not there, or who may not ask
				switch {
				case s.name == "an auditor":
					return http.StatusForbidden
				case s.office == nil && !strings.HasPrefix(s.name, "chief"):
					return http.StatusUnauthorized
				}
				return http.StatusBadRequest
			}
			for _, route := range (&dif.Registrar{}).Routes() {
				if route.Operation == "methods" && route.Permission == httpx.Public {
					continue
				}
				begin, known := begins[route.Operation]
				if !known || route.Method != http.MethodPost || route.Permission != "did:manage" {
					t.Errorf("%s %s: the walk does not know this route", route.Method, route.Pattern)
					continue
				}
				asked := owner.post(route.Operation, begin)
				if asked.status != http.StatusOK {
					t.Fatalf("%s: %d %s", route.Operation, asked.status, asked.body)
				}
				for _, s := range everyone {
					call := func(body any) answer {
						return w.call(route.Method, route.Pattern+"?method=cheqd", s.token, body, s.header...)
					}
					got, none := call(owner.sign(asked)), call(merged(owner.sign(asked), "jobId", uuid.NewString()))
					w.silent(t, f, s, route.Operation, got)
					same := strings.ReplaceAll(string(got.body), *asked.Job, "") == strings.ReplaceAll(string(none.body), jobOf(none.body), "")
					if want := status(s); got.status != want || none.status != want || !same && want == http.StatusBadRequest {
						t.Errorf("%s for %s: %d %s; of no job: %d %s", route.Operation, s.name, got.status, got.body, none.status, none.body)
					} else if want == http.StatusBadRequest {
						continue
					}
					if got := call(begin); got.status != status(s) || jobOf(got.body) != "" {
						t.Errorf("%s begun by %s: %d %s", route.Operation, s.name, got.status, got.body)
					}
				}
			}
			// The keys of an identity here sign for nobody: not for its owner, by this way.
			thief := plugin{w, f.key.Secret, map[string]ed25519.PrivateKey{ours.Keys[0].Method: key}}
			asked := thief.post("deactivate", object{"did": ours.DID})
			if asked.status != http.StatusOK {
				t.Fatalf("%d %s", asked.status, asked.body)
			}
			if got := thief.post("deactivate", thief.sign(asked)); got.status != http.StatusBadRequest || got.DID.State != "failed" {
				t.Errorf("%d %s", got.status, got.body)
			}
			for _, one := range []string{ours.DID, did} {
				if _, deactivated := w.resolved(one); deactivated {
					t.Errorf("%s is deactivated", one)
				}
			}
			if got := w.get("/1.0/identifiers/"+fresh, ""); got.status != http.StatusNotFound {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	})
}

// jobOf is the job of an answer.
func jobOf(body []byte) string {
	var said struct {
		Job string `json:"jobId"`
	}
	_ = json.Unmarshal(body, &said)
	return said.Job
}
