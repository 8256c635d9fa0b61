package agent_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
)

// revocable is wish with a status of a type.
func (p *pair) revocable(kind string) map[string]jsontext.Value {
	wish := p.wish()
	wish["ld_proof"] = jsontext.Value(strings.Replace(string(wish["ld_proof"]), `"options":{`, `"options":{"credentialStatus":{"type":"`+kind+`"},`, 1))
	return wish
}

// What is revoked is revoked at once; the holder is told and looks for itself, and the verifier sees it.
func TestRevoke(t *testing.T) {
	for _, kind := range []string{"BitstringStatusListEntry", "StatusList2021"} {
		t.Run(kind, func(t *testing.T) {
			settings := auto()
			settings.Preserve = settings.AutoOffer
			p := newPair(t, settings, settings)
			x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.revocable(kind)})
			fine(t, err)
			p.settle()
			p.issuer.expect(vc.Accepted)
			y := p.holder.expect(vc.Accepted)
			placed, err := p.issuer.RevocationOf(t.Context(), p.issuer.by.Scope, agent.Revocation{Exchange: x.Exchange.ID})
			fine(t, err)
			if placed.State != "issued" || placed.Entry.URL == "" || placed.Exchange.Exchange.ID != x.Exchange.ID {
				t.Errorf("%+v", placed)
			}
			p.proves(true)
			place := agent.Revocation{List: placed.Entry.List, Index: placed.Entry.Index, Notify: true, Comment: "lost"}
			done, err := p.issuer.Revoke(t.Context(), p.issuer.by, place)
			fine(t, err)
			if done.State != "revoked" || done.Exchange.Exchange.ID != x.Exchange.ID || !p.issuer.only().Flags.Revoked {
				t.Errorf("%+v", done)
			}
			again, err := p.issuer.Revoke(t.Context(), p.issuer.by, agent.Revocation{Exchange: x.Exchange.ID})
			fine(t, err)
			if again.State != "revoked" {
				t.Errorf("%+v", again)
			}
			p.issuer.tick(2e9)
			p.settle()
			held, err := p.holder.Holder.Held(t.Context(), p.holder.by.Scope, y.Exchange.Held, false)
			fine(t, err)
			if held.Status != holder.Revoked {
				t.Errorf("the wallet has it as %s", held.Status)
			}
			p.proves(false)
		})
	}
}

// proves asks for the credential and says whether it must be verified.
func (p *pair) proves(verified bool) {
	t := p.issuer.T
	t.Helper()
	asked, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(definition))
	fine(t, err)
	p.settle()
	done, err := p.issuer.Proof(t.Context(), p.issuer.by.Scope, asked.Proof.ID)
	fine(t, err)
	if done.Proof.State != vc.ProofDone || *done.Proof.Verified != verified || verified != (len(done.Findings) == 0) {
		t.Errorf("%s, verified %v: %+v", done.Proof.State, done.Proof.Verified, done.Findings)
	}
}

// A place that nobody has, a credential without one, and one that was not issued yet are told apart.
func TestRevokeNothing(t *testing.T) {
	p := newPair(t, kept(), kept())
	_, err := p.issuer.Revoke(t.Context(), p.issuer.by, agent.Revocation{List: p.ours, Index: 3})
	refuses(t, err, vc.NotFound, "place-not-found", "")
	_, err = p.issuer.Revoke(t.Context(), p.issuer.by, agent.Revocation{Exchange: p.ours})
	refuses(t, err, vc.NotFound, "exchange-not-found", "")
	x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	_, err = p.issuer.Revoke(t.Context(), p.issuer.by, agent.Revocation{Exchange: x.Exchange.ID})
	refuses(t, err, vc.Conflict, "exchange-state", "")
	fine(t, p.issuer.DropExchange(t.Context(), p.issuer.by, x.Exchange.ID))
	p.settle()
	fine(t, p.holder.DropExchange(t.Context(), p.holder.by, p.holder.only().Exchange.ID))
	x = p.issued("")
	_, err = p.issuer.Revoke(t.Context(), p.issuer.by, agent.Revocation{Exchange: x.Exchange.ID})
	refuses(t, err, vc.Conflict, "no-status", "")
}

// A credential whose exchange is gone is revoked by its place.
func TestRevokeAfterwards(t *testing.T) {
	p := newPair(t, auto(), auto())
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.revocable("StatusList2021Entry")})
	fine(t, err)
	p.settle()
	p.issuer.none()
	views, _, err := p.holder.Holder.HeldList(t.Context(), p.holder.by.Scope, vc.HeldQuery{}, "")
	fine(t, err)
	if len(views) != 1 {
		t.Fatal(len(views))
	}
	credentials := p.issuer.credentials()
	entry := credentials[0].Entries[0]
	done, err := p.issuer.Revoke(t.Context(), p.issuer.by, agent.Revocation{List: entry.List, Index: entry.Index, Notify: true, Connection: p.ours, Version: "v1_0"})
	fine(t, err)
	if done.State != "revoked" || done.Exchange.Exchange.ID != credentials[0].Exchange {
		t.Errorf("%+v", done)
	}
	p.issuer.tick(2e9)
	p.settle()
	held, err := p.holder.Holder.Held(t.Context(), p.holder.by.Scope, views[0].Held.ID, false)
	fine(t, err)
	if held.Status != holder.Revoked {
		t.Errorf("the wallet has it as %s", held.Status)
	}
}
