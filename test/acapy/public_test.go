package acapy

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// trusted is the certificate of every server of httptest's, PEM.
func trusted() []byte {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// overTLS is a server that everybody but the test reaches by https: ACA-Py resolves did:web in no other way.
func overTLS(t *testing.T) *world {
	t.Helper()
	var behind atomic.Pointer[httputil.ReverseProxy]
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { behind.Load().ServeHTTP(w, r) }))
	t.Cleanup(front.Close)
	config := tenants()
	config.PublicURL, config.Agents.PublicInvites = front.URL, true
	w := start(t, "sqlite", config)
	behind.Store(httputil.NewSingleHostReverseProxy(must(url.Parse(w.url))))
	return w
}

// public gives a wallet of Chancery's a public DID whose document says where it is.
func (a *agent) public() string {
	a.w.t.Helper()
	web := a.webDID(a.Name)
	a.Post("/wallet/set-did-endpoint", object{"did": web, "endpoint": a.w.config.PublicURL + "/didcomm"})
	a.Post("/wallet/did/public?did="+url.QueryEscape(web), nil)
	return web
}

// publicPeer gives an agent without a ledger a public DID all the same: one that needs none to be found.
func publicPeer(c *peers.Controller) string {
	made := peers.Text(c.Post("/wallet/did/create", object{"method": "did:peer:4", "options": object{"key_type": "ed25519"}}), "/result/did")
	c.Post("/wallet/did/public?did="+url.QueryEscape(made), nil)
	return made
}

// taking has the holder take an invitation that the issuer makes so.
func (p *pair) taking(invitation object) object {
	p.t.Helper()
	body := object{"handshake_protocols": []string{didexchange}}
	for name, value := range invitation {
		body[name] = value
	}
	made := p.issuer.Post("/out-of-band/create-invitation?auto_accept=true", body)
	p.toIssuer = p.receive(made["invitation"])
	p.toHolder = p.invited(made)
	return made
}

// asking has the holder connect to the issuer by its DID alone.
func (p *pair) asking(did, protocol string) {
	p.t.Helper()
	made := p.holder.Post("/didexchange/create-request?auto_accept=true&alias=Issuer&protocol=didexchange%2F"+protocol+"&their_public_did="+url.QueryEscape(did), nil)
	p.toIssuer = peers.Text(made, "/connection_id")
	came := p.issuer.Hears("connections", object{"request_id": made["request_id"], "rfc23_state": "request-received"})
	p.toHolder = peers.Text(came, "/connection_id")
	p.issuer.Post("/didexchange/"+p.toHolder+"/accept-request", nil)
	p.holder.Until("/connections/"+p.toIssuer, object{"rfc23_state": "completed", "connection_protocol": "didexchange/" + protocol})
	p.issuer.Until("/connections/"+p.toHolder, object{"rfc23_state": "completed"})
}

// known tells a story of an issuer whom its public DID, or one of did:peer, is enough to find.
func (p *pair) known(public string) {
	p.t.Helper()
	for _, service := range []object{{"use_public_did": true}, {"use_did_method": "did:peer:2"}, {"use_did_method": "did:peer:4"}} {
		made := p.taking(service)
		if by := peers.Text(made, "/invitation/services/0"); !strings.HasPrefix(by, "did:") || service["use_public_did"] != nil && by != public {
			p.t.Errorf("%v: the invitation is of %s", service, by)
		}
	}
	p.ends(p.issue(resident(did(p.issuer)), ed2018))
	for _, protocol := range []string{"1.0", "1.1"} {
		p.asking(public, protocol)
		p.ends(p.issue(resident(did(p.issuer)), ed2018))
	}
}

// TestACAPyPublic: ACA-Py finds Chancery by its did:web, and Chancery finds ACA-Py by the did:peer that it has for its public DID, since
// it has no ledger: through an invitation, and without one.
func TestACAPyPublic(t *testing.T) {
	t.Run("Chancery is found", func(t *testing.T) {
		holder := acapy.For(t)
		suite.Guard(t, func() {
			issuer := overTLS(t).wallet("issuer")
			web := issuer.public()
			if found := holder.Get("/resolver/resolve/" + url.PathEscape(web)); peers.Text(found, "/did_document/id") != web {
				t.Errorf("ACA-Py resolves %v", found)
			}
			p := &pair{t: t, issuer: issuer.For(t), holder: holder}
			p.known(web)
		})
	})
	t.Run("ACA-Py is found", func(t *testing.T) {
		issuer := acapy.For(t)
		suite.Guard(t, func() {
			p := &pair{t: t, issuer: issuer, holder: start(t, "sqlite", tenants()).wallet("holder").For(t)}
			p.known(publicPeer(issuer))
		})
	})
}
