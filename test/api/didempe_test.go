package api

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/bip32"
	"github.com/chancery-vc/chancery/spec/bip39"
	"github.com/chancery-vc/chancery/spec/jose"
)

const recordedEmpe = "did:empe:testnet:006308981b61932c5eaae1c39ace8ee3892f4a1f"

// TestEmpeOffLedger issues under DIDs that are on no ledger, as embedded proof and as JWT, for a subject of the same method;
// everybody on this server can verify that.
func TestEmpeOffLedger(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o, far := w.office("north"), w.office("south")
		kind := o.linked("EcdsaSecp256k1Signature2019")
		for network, prefix := range map[string]string{"": "did:empe:", "testnet": "did:empe:testnet:"} {
			request := sdk.NewDID{Method: "empe", Name: "Northern Lights"}
			if network != "" {
				request.Options = map[string]string{"network": network}
			}
			did := must(o.admin.CreateDID(ctx, request))
			if !strings.HasPrefix(did.DID, prefix) || len(did.DID) != len(prefix)+40 || len(did.Keys) != 1 || did.Keys[0].Algorithm != "secp256k1" ||
				did.Keys[0].Method != did.DID+"#0" {
				t.Fatalf("made %+v", did)
			}
			subject := must(far.admin.CreateDID(ctx, request))
			for _, variant := range append(kind.Variants, o.kind.Variants...) {
				order := o.order()
				order.Type, order.Issuer, order.Variant = kind.ID, did.DID, variant.Name
				if variant.Format == "jwtvc" {
					order.Type = o.kind.ID
				}
				order.Claims = map[string]any{"id": subject.DID, "name": "Ada", "level": 3}
				made := must(o.admin.Issue(ctx, order))
				for _, who := range []*sdk.Client{o.admin, far.admin} {
					if report := must(who.Verify(ctx, sdk.Verification{Credential: made.Credential})); check(report, "signature").Outcome != "passed" ||
						check(report, "issuer").Outcome == "failed" {
						t.Errorf("%s: %s %s", variant.Name, report.Outcome, told(report))
					}
				}
				if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential})); report.Outcome != "passed" {
					t.Errorf("%s: %s %s", variant.Name, report.Outcome, told(report))
				}
				if variant.Format != "ldp" {
					continue
				}
				if !strings.Contains(made.Credential, `"type":"EcdsaSecp256k1Signature2019"`) || !strings.Contains(made.Credential, `"verificationMethod":"`+did.DID+`#0"`) {
					t.Errorf("%s", made.Credential)
				}
				bad := strings.Replace(made.Credential, `"Ada"`, `"Eve"`, 1)
				if report := must(far.admin.Verify(ctx, sdk.Verification{Credential: bad})); check(report, "signature").Code != "signature-invalid" {
					t.Errorf("%s: tampered with: %s", variant.Name, told(report))
				}
			}
			if got := w.call("GET", "/1.0/identifiers/"+did.DID, "", nil, "Accept", "application/did+ld+json"); got.status != 200 || !strings.Contains(string(got.body), `"id":"`+did.DID+`"`) {
				t.Errorf("%d %s", got.status, got.body)
			}
		}
		_, err := o.admin.CreateDID(ctx, sdk.NewDID{Method: "empe", Algorithm: "P-256"})
		refused(t, err, 400, "key-not-supported")
		_, err = o.admin.CreateDID(ctx, sdk.NewDID{Method: "empe", Options: map[string]string{"network": "devnet"}})
		refused(t, err, 400, "network-unknown")
		if got := w.call("GET", "/1.0/identifiers/"+recordedEmpe, "", nil); got.status < 500 || !strings.Contains(string(got.body), "internalError") {
			t.Errorf("without a node: %d %s", got.status, got.body)
		}
	})
}

// TestEmpeMnemonic: a wallet's words give the same DID here as there, and its key signs.
func TestEmpeMnemonic(t *testing.T) {
	guard(t, func() {
		w := start(t, "sqlite", app.Config{})
		o := w.office("north")
		seed := must(bip39.Seed("special sign fit simple patrol salute grocery chicken wheat radar tonight ceiling", ""))
		key := must(must(bip32.Master(seed)).Derive(bip32.CosmosPath))
		made := must(w.app.Identity.Create(t.Context(), vc.Caller{Scope: vc.Scope{Tenant: o.tenant.ID, Organisation: o.org.ID}, Door: "test"}, identity.CreateRequest{
			Method: "empe", PrivateJWK: must(jose.PrivateJWK(key.Private())), Options: map[string]string{"network": "testnet"},
		}))
		if made.DID != "did:empe:testnet:39673e4babf99fea1906245c7cd852f1241b9313" {
			t.Errorf("made %s", made.DID)
		}
		order := o.order()
		order.Type, order.Issuer = o.linked("EcdsaSecp256k1Signature2019").ID, made.DID
		credential := must(o.admin.Issue(t.Context(), order)).Credential
		if report := must(o.admin.Verify(t.Context(), sdk.Verification{Credential: credential})); report.Outcome != "passed" {
			t.Errorf("%s %s", report.Outcome, told(report))
		}
	})
}

// TestEmpeLedger resolves the recorded document through a node, over HTTP at both ends.
func TestEmpeLedger(t *testing.T) {
	var record struct {
		Value []byte `json:"response_value_base64"`
	}
	text := sharedtest.Read(t, "test fixtures of github.com/decentralized-identity/thisdid", "transcripts", "empe", "did-document-abci.json")
	if err := json.Unmarshal(text, &record); err != nil {
		t.Fatal(err)
	}
	another := "did:empe:testnet:" + strings.Repeat("1", 40) // of which the node has somebody else's document
	node := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		if asked := r.FormValue("data"); asked != fmt.Sprintf("0x0a39%x", recordedEmpe) && asked != fmt.Sprintf("0x0a39%x", another) {
			fmt.Fprint(out, `{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":6,"log":"DID Document not found: unknown request","value":null,"height":"7","codespace":"sdk"}}}`)
			return
		}
		fmt.Fprintf(out, `{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":0,"log":"","value":%q,"height":"7","codespace":""}}}`, base64.StdEncoding.EncodeToString(record.Value))
	}))
	t.Cleanup(node.Close)
	guard(t, func() {
		w := start(t, "sqlite", app.Config{EmpeNodes: map[string]string{"testnet": node.URL}})
		got := w.call("GET", "/1.0/identifiers/"+recordedEmpe, "", nil, "Accept", "application/did+ld+json")
		if got.status != 200 || !strings.Contains(string(got.body), `"x":"9S727M_R5W9G9Q6O0aJkmnptsk1bOLm3_8uPBCqXdpM","y":"_pFKaj2IzF_E36GDMLW_FKymJJ1hGV9flzDTeyB9PHM"`) {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := w.call("GET", "/1.0/identifiers/did:empe:testnet:"+strings.Repeat("0", 40), "", nil); got.status != 404 || !strings.Contains(string(got.body), "off the ledger") {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := w.call("GET", "/1.0/identifiers/"+another, "", nil); got.status != 500 || !strings.Contains(string(got.body), `"error":"invalidDidDocument","errorMessage":"what the ledger has`) {
			t.Errorf("another's document: %d %s", got.status, got.body)
		}
		// What is made here is found, as long as the ledger has nothing.
		o := w.office("north")
		did := must(o.admin.CreateDID(t.Context(), sdk.NewDID{Method: "empe", Options: map[string]string{"network": "testnet"}}))
		if got := w.call("GET", "/1.0/identifiers/"+did.DID, "", nil); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}
