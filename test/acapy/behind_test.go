package acapy

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// TestACAPyBehind: ACA-Py is reached through Chancery, which mediates, and Chancery through ACA-Py, inviting and invited; and
// credentials come that way.
func TestACAPyBehind(t *testing.T) {
	t.Run("ACA-Py", func(t *testing.T) {
		theirs := acapy.For(t)
		suite.Guard(t, func() {
			w := start(t, "sqlite", tenants())
			behind(t, w.wallet("mediator").Controller, theirs, w.wallet("other").Controller, w.url+"/didcomm")
		})
	})
	t.Run("Chancery", func(t *testing.T) {
		theirs := acapy.For(t)
		suite.Guard(t, func() {
			w := start(t, "sqlite", tenants())
			behind(t, theirs, w.wallet("client").Controller, w.wallet("other").Controller, acapy.Endpoint())
		})
	})
}

// behind has a client ask a mediator at an endpoint for mediation, and then deal with another through it.
func behind(t *testing.T, mediator, client, other *peers.Controller, endpoint string) {
	t.Helper()
	m := connect(t, mediator, client, "1.1")
	asked := m.holder.Post("/mediation/request/"+m.toIssuer, object{})
	id := peers.Text(asked, "/mediation_id")
	came := m.issuer.Hears("mediation", object{"connection_id": m.toHolder, "state": "request"})
	m.issuer.Post("/mediation/requests/"+peers.Text(came, "/mediation_id")+"/grant", object{})
	m.holder.Until("/mediation/requests/"+id, object{"state": "granted", "endpoint": endpoint})

	p := &pair{t: t, issuer: client.For(t), holder: other.For(t)}
	made := p.issuer.Post("/out-of-band/create-invitation?auto_accept=true", object{"handshake_protocols": []string{didexchange}, "mediation_id": id})
	if at := peers.Text(made, "/invitation/services/0/serviceEndpoint"); at != endpoint {
		t.Errorf("it invites to %s", at)
	}
	p.toIssuer = p.receive(made["invitation"])
	p.toHolder = p.invited(made)
	p.reached(p.holder, p.toIssuer, endpoint)
	p.ends(p.issue(resident(did(p.issuer)), ed2018))

	p = &pair{t: t, issuer: other.For(t), holder: client.For(t)}
	made = p.issuer.Post("/out-of-band/create-invitation?auto_accept=true", object{"handshake_protocols": []string{didexchange}})
	taken := p.holder.Post("/out-of-band/receive-invitation?auto_accept=true&mediation_id="+id, made["invitation"])
	p.toIssuer = peers.Text(taken, "/connection_id")
	p.holder.Until("/connections/"+p.toIssuer, object{"rfc23_state": "completed"})
	p.toHolder = p.invited(made)
	p.reached(p.issuer, p.toHolder, endpoint)
	p.ends(p.issue(resident(did(p.issuer)), ed2018))
}

// reached holds where an agent reaches the peer of a connection.
func (p *pair) reached(c *peers.Controller, connection, endpoint string) {
	p.t.Helper()
	if at := c.Get("/connections/" + connection + "/endpoints"); at["their_endpoint"] != endpoint {
		p.t.Errorf("%s reaches the other at %v", c.Name, at)
	}
}
