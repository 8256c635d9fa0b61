package agent_test

import (
	"crypto/ed25519"
	"testing"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/jose"
)

// publish gives an end a DID that everybody can resolve, whose document says where it is.
func (e *end) publish() vc.Identity {
	e.Helper()
	made, err := e.ids.Register(e.Context(), e.by, identity.Registration{Operation: identity.ToCreate, Method: "web", Path: "office"})
	fine(e.T, err)
	key, err := jose.ParseJWK(made.Identity.Keys[0].Key.PublicJWK)
	fine(e.T, err)
	raw, err := didcomm.NewVerkey(key.Key.(ed25519.PublicKey))
	fine(e.T, err)
	_, err = e.ids.Register(e.Context(), e.by, identity.Registration{
		Operation: identity.ToUpdate, Method: "web", DID: made.DID, Document: []byte(`{"service":[{"id":"#didcomm","type":"did-communication",` +
			`"priority":0,"recipientKeys":["` + raw.DIDKey() + `"],"routingKeys":[],"serviceEndpoint":"` + e.Endpoint + `"}]}`),
	})
	fine(e.T, err)
	got, err := e.ids.Get(e.Context(), e.by.Scope, made.DID)
	fine(e.T, err)
	e.Defaults.PublicInvites = flag(true)
	_, err = e.SetPublicDID(e.Context(), e.by, got.ID)
	fine(e.T, err)
	return got
}

// A public DID invites, and is asked by who knows nothing but it.
func TestPublicInvitation(t *testing.T) {
	p := strangers(t, willing(), willing())
	public := p.issuer.publish()
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, UsePublicDID: true})
	p.taken(invitation)
	p.settle()
	p.agree()
	if there := p.holder.sole(vc.Completed); there.TheirPublic != public.DID || there.Their == public.DID {
		t.Errorf("%+v", there)
	}

	p = strangers(t, willing(), willing())
	public = p.issuer.publish()
	ctx := t.Context()
	_, err := p.holder.RequestByDID(ctx, p.holder.by, agent.NewRequest{TheirDID: public.DID, How: agent.How{Alias: "A"}})
	fine(t, err)
	p.settle()
	p.agree()
	if got := p.issuer.course(agent.TopicConnection); got != "requested responded completed" {
		t.Error(got)
	}

	p = strangers(t, willing(), willing())
	public = p.issuer.publish()
	p.issuer.Defaults.PublicInvites = nil
	_, err = p.holder.RequestByDID(ctx, p.holder.by, agent.NewRequest{TheirDID: public.DID})
	fine(t, err)
	p.settle()
	p.holder.sole(vc.Broken)
	if n := len(p.issuer.connections()); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// Who asks may be a public DID too, and who answers.
func TestUsePublicDID(t *testing.T) {
	p := strangers(t, vc.AgentSettings{Label: "I"}, vc.AgentSettings{Label: "H"})
	ctx := t.Context()
	here, there := p.issuer.publish(), p.holder.publish()
	p.taken(p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}}))
	_, err := p.holder.AcceptInvitation(ctx, p.holder.by, p.holder.sole(vc.Invited).Connection.ID, agent.How{UseDID: there.DID})
	fine(t, err)
	p.settle()
	_, err = p.issuer.AcceptRequest(ctx, p.issuer.by, p.issuer.sole(vc.Asked).Connection.ID, agent.How{UsePublicDID: true})
	fine(t, err)
	p.settle()
	p.agree()
	if mine, theirs := p.issuer.sole(vc.Completed).Connection.Mine, p.issuer.sole(vc.Completed).Their; mine != here.DID || theirs != there.DID {
		t.Errorf("%s and %s", mine, theirs)
	}
}

// A DID whose document does not say where we are invites nobody.
func TestPublicInvitationWithoutService(t *testing.T) {
	p := strangers(t, willing(), willing())
	ctx := t.Context()
	made, err := p.issuer.ids.Register(ctx, p.issuer.by, identity.Registration{Operation: identity.ToCreate, Method: "web", Path: "office"})
	fine(t, err)
	p.issuer.Defaults.PublicInvites = flag(true)
	_, err = p.issuer.SetPublicDID(ctx, p.issuer.by, made.DID)
	fine(t, err)
	for _, n := range []agent.NewInvitation{{UsePublicDID: true}, {UseDID: made.DID}, {UseDID: p.issuer.did}} {
		n.Handshake = []string{"didexchange/1.1"}
		_, err := p.issuer.Invite(ctx, p.issuer.by, n)
		wanted(t, err, vc.Invalid, "no-didcomm-service")
	}
	if n := len(p.issuer.connections()); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// Peers reach us by the keys that a public DID has now: by a new one at once, by one that was retired or is compromised no more.
func TestKeysOfPublicDID(t *testing.T) {
	p := strangers(t, willing(), willing())
	ctx := t.Context()
	public := p.issuer.publish()
	r := newRaw(p, p.issuer)
	verkey := func(key vc.IdentityKey) string {
		public, err := jose.ParseJWK(key.Key.PublicJWK)
		fine(t, err)
		raw, err := didcomm.NewVerkey(public.Key.(ed25519.PublicKey))
		fine(t, err)
		return raw.String()
	}
	heard := func(key vc.IdentityKey, want bool) {
		t.Helper()
		err := r.say(verkey(key), &didcomm.ProblemReport{Header: head(didcomm.TypeDIDProblem, key.Method+key.ChangedAt.String(), "t", "")})
		if want {
			fine(t, err)
		} else {
			wanted(t, err, vc.NotFound, "recipient-unknown")
		}
	}
	heard(public.Keys[0], true)
	after, err := p.issuer.ids.AddKey(ctx, p.issuer.by, public.ID, vc.Ed25519)
	fine(t, err)
	heard(after.Keys[0], true)
	heard(after.Keys[1], true)
	after, err = p.issuer.ids.Rotate(ctx, p.issuer.by, public.ID, "")
	fine(t, err)
	heard(after.Keys[0], false)
	heard(after.Keys[1], false)
	heard(after.Keys[2], true)
	after, err = p.issuer.ids.SetKeyState(ctx, p.issuer.by, public.ID, after.Keys[2].Method, vc.KeyCompromised)
	fine(t, err)
	heard(after.Keys[2], false)
}
