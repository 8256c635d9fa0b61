package api

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/sdk"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// press is an office whose type publishes on a simulated ledger.
type press struct {
	*office
	ledger *ledgersim.Ledger
	node   string
	did    sdk.DID
	kind   sdk.Type
}

// pressOf makes one; publish is what its type says, with the identity left open.
func pressOf(t *testing.T, engine string, publish sdk.Publishing) *press {
	t.Helper()
	ledger, url := ledgerOf(t)
	w := start(t, engine, onTestnet(url))
	w.payer(ledger, "10000000000000")
	p := &press{office: w.office("north"), ledger: ledger, node: url}
	p.did = must(p.admin.CreateDID(t.Context(), sdk.NewDID{Method: "cheqd"}))
	publish.Identity = p.did.DID
	kind := p.office.kind.NewType
	kind.Name, kind.Publish = "Published", &publish
	p.kind = must(p.admin.CreateType(t.Context(), kind))
	return p
}

// issue gives a credential of the type.
func (p *press) issue() sdk.Credential {
	p.w.t.Helper()
	order := p.order()
	order.Type, order.Issuer = p.kind.ID, p.did.DID
	return must(p.admin.Issue(p.w.t.Context(), order))
}

// publication gives the type's one of a kind.
func (p *press) publication(kind string) (found sdk.Publication) {
	p.w.t.Helper()
	n := 0
	for _, one := range must(p.admin.ListPublications(p.w.t.Context(), p.kind.ID, sdk.ListQuery{})).Items {
		if one.Kind == kind {
			found = one
			n++
		}
	}
	if n != 1 {
		p.w.t.Fatalf("%d publications of a %s", n, kind)
	}
	return found
}

// reaches waits until a publication is in a state.
func (p *press) reaches(kind, state string) sdk.Publication {
	p.w.t.Helper()
	eventually(p.w.t, kind+" "+state, func() bool { return p.publication(kind).State == state })
	return p.publication(kind)
}

// versions are the resources of a type that the ledger has for the DID.
func (p *press) versions(resourceType string) (n int) {
	p.w.t.Helper()
	request := must(http.NewRequestWithContext(p.w.t.Context(), http.MethodGet, p.node+"/cheqd/resource/v2/"+must(spec.ParseDID(p.did.DID)).ID+"/metadata", nil))
	response := must(http.DefaultClient.Do(request))
	defer response.Body.Close()
	body := must(io.ReadAll(response.Body))
	var list struct {
		Resources []struct {
			Type string `json:"resource_type"`
		} `json:"resources"`
	}
	done(json.Unmarshal(body, &list))
	for _, one := range list.Resources {
		if one.Type == resourceType {
			n++
		}
	}
	return n
}

// TestPublish has credentials name what is on the ledger: another server, which reads nothing else of the first, sees each change of a
// status with the next publication, of which changes in an interval share one.
func TestPublish(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		guard(t, func() {
			p := pressOf(t, engine, sdk.Publishing{IntervalSeconds: 3600, Reference: "did-url"})
			ctx := t.Context()
			far := start(t, "sqlite", onTestnet(p.node))
			other := far.office("south").admin

			schema := p.reaches("schema", "published")
			if !strings.HasPrefix(schema.URL, p.did.DID+"/resources/") || schema.Version != 1 {
				t.Errorf("%+v", schema)
			}
			p.w.clock.advance(2 * time.Second) // what is known of a type may be a second old
			first, second := p.issue(), p.issue()
			if !strings.HasPrefix(first.StatusEntries[0].URL, p.did.DID+"?resourceName=") {
				t.Errorf("entry %+v", first.StatusEntries[0])
			}
			eventually(t, "the first publication", func() bool { return p.versions("BitstringStatusListCredential") == 2 }) // of revocation and suspension
			report := must(other.Verify(ctx, sdk.Verification{Credential: first.Credential}))
			if report.Outcome != "passed" {
				t.Errorf("as issued: %s %s", report.Outcome, told(report))
			}
			if schema := check(report, "schema"); schema.Outcome != "passed" {
				t.Errorf("schema: %+v", schema)
			}

			must(p.admin.Revoke(ctx, first.ID, "lost"))
			must(p.admin.Revoke(ctx, second.ID, "lost"))
			waiting := func() bool {
				for _, one := range must(p.admin.ListPublications(ctx, p.kind.ID, sdk.ListQuery{})).Items {
					if one.State == "waiting" && one.DueAt.After(p.w.clock.Now().Add(50*time.Minute)) {
						return true
					}
				}
				return false
			}
			eventually(t, "a publication that waits", waiting)
			if n := p.versions("BitstringStatusListCredential"); n != 2 {
				t.Errorf("%d versions before the interval ended", n)
			}
			p.w.clock.advance(time.Hour)
			eventually(t, "the second publication", func() bool { return p.versions("BitstringStatusListCredential") == 3 })
			p.settles()
			p.w.clock.advance(2 * time.Hour)
			far.clock.advance(10 * time.Minute)
			for _, revoked := range []sdk.Credential{first, second} {
				report := must(other.Verify(ctx, sdk.Verification{Credential: revoked.Credential}))
				if !strings.Contains(told(report), "revoked") || report.Outcome != "failed" {
					t.Errorf("after: %s %s", report.Outcome, told(report))
				}
			}
			if n := p.versions("BitstringStatusListCredential"); n != 3 {
				t.Errorf("%d versions", n)
			}
			if n := p.versions("JSONSchema"); n != 1 {
				t.Errorf("%d schemas", n)
			}
			p.readBySDK()
		})
	})
}

// readBySDK has @cheqd/sdk read what was published.
func (p *press) readBySDK() {
	t := p.w.t
	if p.w.engine != "sqlite" {
		return
	}
	peer := peers.Start(t)
	for _, one := range must(p.admin.ListPublications(t.Context(), p.kind.ID, sdk.ListQuery{})).Items {
		did, id, _ := strings.Cut(one.URL, "/resources/")
		var read struct {
			Resource struct {
				Data map[string]byte `json:"data"`
			} `json:"resource"`
			Metadata struct {
				Name string `json:"name"`
				Type string `json:"resourceType"`
			} `json:"metadata"`
		}
		var raw json.RawMessage
		peer.Call("cheqd.linked", peers.Cheqd{RPC: p.node, Payer: strings.Repeat("01", 32), Collection: must(spec.ParseDID(did)).ID, ID: id}, &raw)
		_ = json.Unmarshal(raw, &read)
		if read.Metadata.Name != one.Name || read.Metadata.Type != one.Resource {
			t.Errorf("the SDK read %.300s", raw)
		}
	}
}

// TestPublishFails: a ledger that asks too much, and an account that is empty, hold up nobody; they are seen, and it goes on when
// they no longer are.
func TestPublishFails(t *testing.T) {
	guard(t, func() {
		p := pressOf(t, "sqlite", sdk.Publishing{IntervalSeconds: 60, FeeCeiling: "0.5"})
		ctx := t.Context()
		made := p.issue()
		if !strings.HasPrefix(made.StatusEntries[0].URL, p.w.url+"/status/") {
			t.Errorf("entry %+v", made.StatusEntries[0])
		}
		if schema := p.reaches("schema", "failing"); schema.Code != "fee-above-ceiling" || !strings.Contains(schema.Error, "its credential type pays at most 0.5 CHEQ") {
			t.Errorf("%+v", schema)
		}
		eventually(t, "figures", func() bool {
			return strings.Contains(string(p.w.call("GET", "/metrics", "", nil).body), `chancery_publications_total{kind="schema",outcome="failed"} 1`)
		})
		must(p.admin.Revoke(ctx, made.ID, "")) // nobody waits
		dear := must(p.admin.GetType(ctx, p.kind.ID))
		dear.Publish.FeeCeiling = "20"
		must(p.admin.UpdateType(ctx, dear.ID, dear.Revision, dear.NewType))
		p.w.payer(p.ledger, "1000") // the newest account pays, and has next to nothing
		p.w.clock.advance(2 * time.Minute)
		eventually(t, "an empty account", func() bool { return p.publication("schema").Code == "fee-account-empty" })
		p.w.payer(p.ledger, "10000000000000")
		p.w.clock.advance(10 * time.Minute)
		p.reaches("schema", "published")
		eventually(t, "lists", func() bool { return p.versions("BitstringStatusListCredential") == 2 })
		failed, published := 0, 0
		entries, _, err := p.admin.Audit(ctx, 0, 1000)
		done(err)
		for _, e := range entries {
			switch e.Action {
			case "publication.failed":
				failed++
			case "publication.published":
				published++
			}
		}
		if failed < 2 || published < 1 {
			t.Errorf("journal: %d failed, %d published", failed, published)
		}
	})
}

// TestPublishRefusals are types that could never be published.
func TestPublishRefusals(t *testing.T) {
	guard(t, func() {
		w := start(t, "sqlite", app.Config{})
		o := w.office("north")
		kind := o.kind.NewType
		kind.Name = "Published"
		for _, row := range []struct {
			publish sdk.Publishing
			code    string
		}{
			{sdk.Publishing{}, "missing"},
			{sdk.Publishing{Identity: o.did.ID}, "publish-identity"}, // a did:key
			{sdk.Publishing{Identity: "did:cheqd:testnet:none"}, "publish-identity"},
			{sdk.Publishing{Identity: o.did.ID, IntervalSeconds: 3_000_000}, "publish-interval"},
			{sdk.Publishing{Identity: o.did.ID, FeeCeiling: "ten"}, "publish-ceiling"},
			{sdk.Publishing{Identity: o.did.ID, FeeCeiling: "-1"}, "publish-ceiling"},
			{sdk.Publishing{Identity: o.did.ID, Reference: "ipfs"}, "publish-reference"},
		} {
			kind.Publish = &row.publish
			_, err := o.admin.CreateType(t.Context(), kind)
			refused(t, err, 400, row.code)
		}
	})
}

// TestPublishOnce ends the server as soon as a publication's transaction is journaled, wherever it is by then: what goes on at the next
// start is that transaction, and the ledger has one new version.
func TestPublishOnce(t *testing.T) {
	guard(t, func() {
		p := pressOf(t, "sqlite", sdk.Publishing{IntervalSeconds: 60})
		ctx := t.Context()
		order := p.order()
		order.Type, order.Issuer = p.kind.ID, p.did.DID
		for round := range 3 {
			made := must(p.admin.Issue(ctx, order))
			eventually(t, "the lists", func() bool { return p.versions("BitstringStatusListCredential") == 2+round })
			p.settles()
			known := len(must(app.LedgerTransactions(ctx, p.w.config, 1000)))
			must(p.admin.Revoke(ctx, made.ID, ""))
			p.w.clock.advance(2 * time.Minute)
			eventually(t, "a transaction", func() bool { return len(must(app.LedgerTransactions(ctx, p.w.config, 1000))) > known })
			p.w.stop()
			done(p.w.run())
			p.admin.BaseURL = p.w.url
			eventually(t, "the next version", func() bool { return p.versions("BitstringStatusListCredential") == 3+round })
			p.settles()
			if n := p.versions("BitstringStatusListCredential"); n != 3+round {
				t.Errorf("round %d: %d versions", round, n)
			}
		}
	})
}

// settles waits until nothing is left to do.
func (p *press) settles() {
	p.w.t.Helper()
	eventually(p.w.t, "nothing to publish", func() bool {
		for _, one := range must(p.admin.ListPublications(p.w.t.Context(), p.kind.ID, sdk.ListQuery{})).Items {
			if one.State != "published" {
				return false
			}
		}
		return true
	})
}
