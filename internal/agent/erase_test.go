package agent_test

import (
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// With a credential goes what its exchange says, and a letter with it that has not gone yet.
func TestErasedBeforeItWent(t *testing.T) {
	p := newPair(t, kept(), kept())
	x, err := p.issuer.SendCredential(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	_, err = p.holder.Request(t.Context(), p.holder.by, p.holder.only().Exchange.ID, agent.RequestTerms{})
	fine(t, err)
	p.holder.work()
	p.issuer.expect(vc.Delivered)
	_, err = p.issuer.Issuer.Erase(t.Context(), p.issuer.by, p.issuer.credentials()[0].ID)
	fine(t, err)
	p.settle()
	x, err = p.issuer.Exchange(t.Context(), p.issuer.by.Scope, x.Exchange.ID)
	fine(t, err)
	if x.Exchange.State != vc.Delivered || x.Offer != nil || x.Request != nil || x.Issue != nil || len(x.Formats) != 0 {
		t.Errorf("%+v", x)
	}
	dead, err := p.issuer.Letters(t.Context(), p.issuer.by.Scope, vc.LetterQuery{States: []vc.LetterState{vc.LetterDead}})
	fine(t, err)
	if len(dead) != 1 || dead[0].Failure != "erased" {
		t.Errorf("%+v", dead)
	}
	p.holder.expect(vc.Requested)
	_, err = p.issuer.Abandon(t.Context(), p.issuer.by, x.Exchange.ID, "erased")
	fine(t, err)
	p.settle()
	p.holder.expect(vc.Failed)
}

// The letter does not go either where the record of its exchange has been deleted meanwhile.
func TestErasedAfterItsRecord(t *testing.T) {
	for name, alone := range map[string]bool{"to a connection": false, "without one": true} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, kept(), kept())
			if alone {
				p = strangers(t, kept(), kept())
			}
			var x agent.ExchangeView
			var err error
			if terms := (agent.Terms{Filter: p.wish(), AutoIssue: flag(true)}); alone {
				x, err = p.issuer.CreateOffer(t.Context(), p.issuer.by, terms)
				fine(t, err)
				p.taken(p.issuer.invite(agent.NewInvitation{Attachments: []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}}}))
			} else {
				x, err = p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, terms)
				fine(t, err)
			}
			p.settle()
			_, err = p.holder.Request(t.Context(), p.holder.by, p.holder.only().Exchange.ID, agent.RequestTerms{})
			fine(t, err)
			p.holder.work()
			p.issuer.expect(vc.Delivered)
			fine(t, p.issuer.DropExchange(t.Context(), p.issuer.by, x.Exchange.ID))
			_, err = p.issuer.Issuer.Erase(t.Context(), p.issuer.by, p.issuer.credentials()[0].ID)
			fine(t, err)
			p.settle()
			dead, err := p.issuer.Letters(t.Context(), p.issuer.by.Scope, vc.LetterQuery{States: []vc.LetterState{vc.LetterDead}})
			if err != nil || len(dead) != 1 || dead[0].Failure != "erased" {
				t.Errorf("%+v: %v", dead, err)
			}
			_, err = p.issuer.ReviveLetter(t.Context(), p.issuer.by, dead[0].ID)
			wanted(t, err, vc.Conflict, "letter-state")
			p.holder.expect(vc.Requested)
		})
	}
}

// With a credential goes what subscribers were yet to be told, also where its exchange is gone.
func TestErasedAfterItWent(t *testing.T) {
	p := newPair(t, auto(), auto())
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	p.issuer.none()
	if p.issuer.course(agent.TopicExchange) == "" {
		t.Error("nobody was told anything")
	}
	credential := p.issuer.credentials()[0]
	_, err = p.issuer.Issuer.Erase(t.Context(), p.issuer.by, credential.ID)
	fine(t, err)
	if told := p.issuer.course(agent.TopicExchange); told != "" {
		t.Errorf("told of an erased credential: %s", told)
	}
}

// Subscribers are told what was said in an exchange where the office wants that, and else nothing is kept for them but how it went.
func TestToldInWhole(t *testing.T) {
	yes := true
	whole := auto()
	whole.WholeWebhooks = &yes
	p := newPair(t, whole, auto())
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	for who, wants := range map[*end]bool{p.issuer: true, p.holder: false} {
		told := who.told(agent.TopicExchange)
		if len(told) == 0 {
			t.Fatal("nobody was told anything")
		}
		for _, one := range told {
			if one.entry.Action == "exchange.deleted" {
				continue // that is all there is to say
			}
			var view agent.ExchangeView
			fine(t, json.Unmarshal(one.record, &view))
			if view.Exchange.ID == "" || (view.Offer != nil) != wants || (view.Formats["cred_offer"] != nil) != wants {
				t.Errorf("%s is told in whole: %t, want %t", one.entry.Action, view.Offer != nil, wants)
			}
		}
	}
}
