package agent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// sentInTheDark are peers between whom a credential is under way, of a DID that cannot be resolved now.
func sentInTheDark(t *testing.T) *pair {
	t.Helper()
	p := newPair(t, kept(), kept())
	made, err := p.issuer.ids.Create(t.Context(), p.issuer.by, identity.CreateRequest{Method: "web", Agent: true, Options: map[string]string{"path": "office", "verificationMethodType": "Ed25519VerificationKey2020"}})
	fine(t, err)
	wish := p.wish()
	wish["ld_proof"] = jsontext.Value(strings.Replace(string(wish["ld_proof"]), p.issuer.did, made.DID, 1))
	_, err = p.issuer.SendCredential(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: wish})
	fine(t, err)
	p.settle()
	_, err = p.holder.Request(t.Context(), p.holder.by, p.holder.only().Exchange.ID, agent.RequestTerms{})
	fine(t, err)
	p.dark = true
	p.holder.work()
	p.issuer.work()
	return p
}

// A credential whose issuer's DID cannot be resolved now is taken when it can.
func TestCredentialWaitsForItsIssuer(t *testing.T) {
	p := sentInTheDark(t)
	p.holder.work()
	p.issuer.expect(vc.Delivered)
	if waits := p.holder.expect(vc.Requested); waits.Exchange.Error != "" {
		t.Error(waits.Exchange.Error)
	}
	p.dark = false
	p.holder.tick(time.Hour)
	p.settle()
	p.holder.expect(vc.Delivered)
}

// One that cannot be taken for a day is given up: its record says so, goes on, and is done when the letter is revived.
func TestCredentialWaitsInVain(t *testing.T) {
	p := sentInTheDark(t)
	var dead []vc.Letter
	for tries := 0; len(dead) == 0 && tries < 1000; tries++ {
		p.holder.work()
		p.holder.tick(2 * time.Second)
		found, err := p.holder.Letters(t.Context(), p.holder.by.Scope, vc.LetterQuery{States: []vc.LetterState{vc.LetterDead}})
		fine(t, err)
		dead = found
	}
	if len(dead) != 1 || dead[0].Way != vc.WayIn {
		t.Fatalf("%+v", dead)
	}
	if gone := p.holder.expect(vc.Requested); gone.Exchange.Error != agent.CodeUnhandled+": "+dead[0].Failure || dead[0].Failure == "" {
		t.Errorf("%q of %q", gone.Exchange.Error, dead[0].Failure)
	}
	if told := p.holder.course(agent.TopicExchange); !strings.HasSuffix(told, " refused") {
		t.Errorf("told: %s", told)
	}
	p.dark = false
	p.holder.tick(time.Hour)
	_, err := p.holder.ReviveLetter(t.Context(), p.holder.by, dead[0].ID)
	fine(t, err)
	p.settle()
	if x := p.holder.expect(vc.Delivered); x.Exchange.Error != "" {
		t.Error(x.Exchange.Error)
	}
}

// A server that dies after it signed and before it recorded has issued nothing: it is signed again.
func TestSignedAndCut(t *testing.T) {
	p := newPair(t, kept(), kept())
	x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.revocable("BitstringStatusListEntry")})
	fine(t, err)
	p.settle()
	_, err = p.holder.Request(t.Context(), p.holder.by, p.holder.only().Exchange.ID, agent.RequestTerms{})
	fine(t, err)
	p.settle()
	p.issuer.Step = func(name string) {
		if name == "signed" {
			panic(crash{})
		}
	}
	func() {
		defer func() { _ = recover() }()
		_, _ = p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
		t.Error("it did not die")
	}()
	p.issuer.Step = nil
	p.settle()
	p.issuer.expect(vc.Requested)
	_, err = p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
	fine(t, err)
	p.settle()
	p.holder.expect(vc.Delivered)
	if n := len(p.issuer.credentials()); n != 1 {
		t.Errorf("%d credentials", n)
	}
}

// Offers have the status that the settings say, but to a peer that is known to refuse it.
func TestStatusBySettings(t *testing.T) {
	settings := kept()
	settings.CredentialStatus = "StatusList2021Entry"
	p := newPair(t, settings, kept())
	offered := func() bool {
		t.Helper()
		x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
		fine(t, err)
		text := string(x.Formats["cred_offer"]["ld_proof"])
		inside, told := strings.Contains(text, `"statusListIndex"`), strings.Contains(text, `"credentialStatus":{"type":"StatusList2021Entry"}`)
		if inside != told {
			t.Errorf("%v, but told %v: %s", inside, told, text)
		}
		return inside
	}
	if !offered() {
		t.Error("no status")
	}
	fine(t, p.issuer.SetMetadata(t.Context(), p.issuer.by, p.ours, map[string]jsontext.Value{"chancery": jsontext.Value(`{"status":false}`)}))
	if offered() {
		t.Error("a status for who refuses it")
	}
}

// What a peer says was wrong is shown, and goes with the rest of what was said.
func TestWordsOfPeersAreSealed(t *testing.T) {
	p := newPair(t, kept(), kept())
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	_, err = p.holder.Abandon(t.Context(), p.holder.by, p.holder.only().Exchange.ID, "Alice Smith has moved")
	fine(t, err)
	p.settle()
	p.issuer.expect(vc.Failed)
	for _, e := range []*end{p.issuer, p.holder} {
		fine(t, e.Rows.View(t.Context(), e.by.Scope, func(rows agent.Rows) error {
			all, err := rows.Exchanges(vc.ExchangeQuery{})
			if err != nil || len(all) != 1 || strings.Contains(all[0].Error, "Alice") || all[0].Error == "" {
				t.Errorf("%+v: %v", all, err)
			}
			return nil
		}))
	}
	if said := p.issuer.only().Exchange.Error; said != "issuance-abandoned: Alice Smith has moved" {
		t.Error(said)
	}
}
