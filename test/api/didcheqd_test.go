package api

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/test/peers"
)

// ledgerOf is a simulated testnet over HTTP.
func ledgerOf(t *testing.T) (*ledgersim.Ledger, string) {
	t.Helper()
	ledger := ledgersim.New(ledgersim.Config{Price: must(spec.ParsePrice("0.05")), BlockTime: 10 * time.Millisecond})
	server := httptest.NewServer(ledger)
	t.Cleanup(server.Close)
	return ledger, server.URL
}

func onTestnet(url string) app.Config {
	return app.Config{Cheqd: app.Cheqd{Networks: map[string]string{spec.Testnet: url + "," + url}, Tenants: []string{"*"}}}
}

// payer gives a server an account that pays, which has so many ncheq.
func (w *world) payer(ledger *ledgersim.Ledger, balance string) {
	w.t.Helper()
	accounts := cheqd.Accounts{Rows: w.app.Ledger.Rows, Keys: w.app.Keys, Method: w.app.Ledger.Method}
	account := must(accounts.Create(w.t.Context(), vc.Caller{Door: "test"}, spec.Testnet))
	ledger.Fund(ledgersim.Account{Address: account.Address, Balance: balance})
}

// TestCheqdIssues issues under DIDs on a ledger, in every form that their keys sign; another server, which has the ledger and
// nothing else, verifies that.
func TestCheqdIssues(t *testing.T) {
	guard(t, func() {
		ledger, url := ledgerOf(t)
		w, far := start(t, "sqlite", onTestnet(url)), start(t, "sqlite", onTestnet(url))
		w.payer(ledger, "10000000000000")
		ctx := t.Context()
		o, other := w.office("north"), far.office("south")
		context := "/contexts/" + o.schema.ID + "/1/context.jsonld"
		must(other.root.ImportContext(ctx, sdk.NewContext{URL: w.url + context, Document: w.call("GET", context, "", nil).body}))
		for _, c := range []struct {
			algorithms []string
			options    map[string]string
			suites     []string
		}{
			{[]string{"Ed25519", "Ed25519"}, map[string]string{"assertionMethodType": "Multikey"}, []string{"Ed25519Signature2020", "eddsa-rdfc-2022"}},
			{[]string{"Ed25519"}, map[string]string{"verificationMethodType": "Ed25519VerificationKey2018"}, []string{"Ed25519Signature2018"}},
			{[]string{"P-256"}, nil, []string{"JsonWebSignature2020"}},
		} {
			did := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd", Name: "Northern Lights", Algorithms: c.algorithms, Options: c.options}))
			types := []sdk.Type{o.kind}
			for _, suite := range c.suites {
				types = append(types, o.linked(suite))
			}
			for _, kind := range types {
				for _, variant := range kind.Variants {
					order := o.order()
					order.Type, order.Issuer, order.Variant = kind.ID, did.DID, variant.Name
					made := must(o.admin.Issue(ctx, order))
					if !strings.HasPrefix(made.Method, did.DID+"#") {
						t.Errorf("signed by %s", made.Method)
					}
					what := strings.Join(c.algorithms, "+") + " " + variant.Format + " " + variant.Suite
					for _, who := range []*sdk.Client{o.admin, other.admin} {
						report := must(who.Verify(ctx, sdk.Verification{Credential: made.Credential}))
						if check(report, "signature").Outcome != "passed" || check(report, "issuer").Outcome == "failed" {
							t.Errorf("%s: %s %s", what, report.Outcome, told(report))
						}
					}
				}
			}
		}
	})
}

// TestCheqdRefusals are problems that say what to do, and leave nothing behind.
func TestCheqdRefusals(t *testing.T) {
	guard(t, func() {
		ledger, url := ledgerOf(t)
		config := onTestnet(url)
		config.Cheqd.Ceiling = "30"
		w := start(t, "sqlite", config)
		o := w.office("north")
		ctx := t.Context()
		_, err := o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})
		refused(t, err, 422, "no-fee-account") // it is the operator who is missing something: no fault of ours that is logged
		w.payer(ledger, "1000")
		_, err = o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})
		refused(t, err, 409, "fee-above-ceiling")
		_, err = o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd", Algorithm: "secp256k1"})
		refused(t, err, 400, "key-not-supported")
		_, err = o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd", Options: map[string]string{"network": "mainnet"}})
		refused(t, err, 400, "network-unknown")
		if list := must(o.admin.ListDIDs(ctx, sdk.ListQuery{})); len(list.Items) != 1 { // the office's own
			t.Errorf("left behind: %d", len(list.Items)-1)
		}
		plain := start(t, "sqlite", app.Config{}).office("south")
		_, err = plain.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})
		refused(t, err, 422, "network-not-configured")
	})
}

// TestCheqdTenants has the operator's account pay for the tenants that were named, by whatever door they come.
func TestCheqdTenants(t *testing.T) {
	guard(t, func() {
		ledger, url := ledgerOf(t)
		config := onTestnet(url)
		config.Cheqd.Tenants = []string{"north"}
		w := start(t, "sqlite", config)
		w.payer(ledger, "10000000000000")
		ctx := t.Context()
		north, south := w.office("north"), w.office("south")
		_, err := south.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})
		refused(t, err, 403, "ledger-tenant")
		if list := must(south.admin.ListDIDs(ctx, sdk.ListQuery{})); len(list.Items) != 1 { // the office's own
			t.Errorf("left behind: %d", len(list.Items)-1)
		}
		did := "did:cheqd:testnet:" + uuid.NewString()
		seed := newSeed(1)
		create := object{"didDocument": pluginDocument(did, pluginMethod(did, "key-1", seed)), "options": object{"network": "testnet"}}
		stranger := plugin{w, south.key.Secret, map[string]ed25519.PrivateKey{did + "#key-1": seed}}
		if got := stranger.post("create", create); got.status != 403 || got.Job != nil {
			t.Errorf("asked to sign: %d %s", got.status, got.body)
		}
		if all := must(app.LedgerTransactions(ctx, w.config, 10)); len(all) != 0 {
			t.Errorf("journaled: %+v", all)
		}
		made := must(north.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"}))
		plugin{w, north.key.Secret, stranger.keys}.do("create", create)

		// Who is no longer paid for keeps what there is, and changes nothing.
		w.config.Cheqd.Tenants = nil // the tenant "default"
		w.stop()
		done(w.run())
		north.admin.BaseURL = w.url
		_, err = north.admin.RotateDID(ctx, made.ID, "")
		refused(t, err, 403, "ledger-tenant")
		if now := must(north.admin.GetDID(ctx, made.ID)); len(now.Keys) != 1 {
			t.Errorf("half changed: %+v", now)
		}
	})
}

// TestCheqdSDKReads has @cheqd/sdk, unchanged, read what Chancery wrote.
func TestCheqdSDKReads(t *testing.T) {
	peer := peers.Start(t)
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) { guard(t, func() { sdkReads(t, peer, engine) }) })
	}
}

func sdkReads(t *testing.T, peer *peers.Peer, engine string) {
	t.Helper()
	ledger, url := ledgerOf(t)
	w := start(t, engine, onTestnet(url))
	w.payer(ledger, "10000000000000")
	ctx := t.Context()
	o := w.office("north")
	did := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"}))
	must(o.admin.RotateDID(ctx, did.ID, ""))
	must(o.admin.AddDIDKey(ctx, did.ID, sdk.NewDIDKey{Algorithm: "secp256k1"}))
	read := func() (document diddoc.Document, deactivated bool) {
		var resolved struct {
			Document json.RawMessage `json:"didDocument"`
			Metadata struct {
				Deactivated bool `json:"deactivated"`
			} `json:"didDocumentMetadata"`
		}
		peer.Call("cheqd.document", peers.Cheqd{
			RPC: url, DID: did.DID, Payer: "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
		}, &resolved)
		return must(diddoc.Parse(resolved.Document)), resolved.Metadata.Deactivated
	}
	if document, _ := read(); document.ID != did.DID || len(document.Methods(diddoc.Authentication)) != 1 || len(document.VerificationMethods) < 2 {
		t.Errorf("%s", document.Raw)
	}
	must(o.admin.DeactivateDID(ctx, did.ID))
	if _, deactivated := read(); !deactivated {
		t.Error("it is not deactivated for the SDK")
	}
}
