package peers

import (
	"encoding/json"
	"testing"
)

// Credo is an agent of Credo-TS, https://github.com/openwallet-foundation/credo-ts: a wallet or an issuer that speaks DIDComm,
// with everything in memory. It handles messages by itself; what a person would decide is left to the test, unless it
// accepts always.
//
//	process := peers.OpenCredo(t)
//	wallet := process.Agent(peers.CredoStart{Agent: "wallet"})
//	connection := wallet.Receive(invitation)
//	offer := wallet.Wait("credentials", peers.CredoWait{Connection: connection.ID, State: "offer-received"})
//	wallet.Accept("credentials", offer.ID, "offer")
type Credo struct {
	*Peer
	Name     string
	Endpoint string
}

// CredoProcess is a node process of Credo agents, for one test.
type CredoProcess struct{ *Peer }

// OpenCredo runs a process until the test ends; where node or the packages are missing it does as [Start].
func OpenCredo(t testing.TB) *CredoProcess {
	t.Helper()
	p, err := open("credo", "credo.mjs")
	if err != nil {
		Missing(t, err)
	}
	t.Cleanup(p.Close)
	return &CredoProcess{p.For(t)}
}

// CredoStart is "agent.start". Transport is how others reach it: http (the default), ws, or none. Accept is "always" for one
// that asks nobody. Mediator is the URL of an invitation to a mediator, whose messages it picks up as Pickup says (PickUpV2,
// PickUpV2LiveMode, Implicit). Numalgo is that of its did:peer in requests: 1, 2 or 4 (the default).
type CredoStart struct {
	Agent     string `json:"agent"`
	Label     string `json:"label,omitempty"`
	Transport string `json:"transport,omitempty"`
	Accept    string `json:"accept,omitempty"`
	Mediator  string `json:"mediator,omitempty"`
	Pickup    string `json:"pickup,omitempty"`
	Numalgo   int    `json:"numalgo,omitempty"`
}

// Agent starts one.
func (p *CredoProcess) Agent(start CredoStart) *Credo {
	p.t.Helper()
	var started struct{ Endpoint string }
	p.Call("agent.start", start, &started)
	return &Credo{Peer: p.Peer, Name: start.Agent, Endpoint: started.Endpoint}
}

// CredoConnection is a connection as Credo has it.
type CredoConnection struct {
	ID         string `json:"id"`
	State      string `json:"state"`
	DID        string `json:"did"`
	TheirDID   string `json:"theirDid"`
	TheirLabel string `json:"theirLabel"`
	Thread     string `json:"thread"`
}

// CredoExchange is an exchange of a credential or of a proof as Credo has it.
type CredoExchange struct {
	ID          string   `json:"id"`
	State       string   `json:"state"`
	Role        string   `json:"role"`
	Thread      string   `json:"thread"`
	Connection  string   `json:"connection"`
	Error       string   `json:"error"`
	Credentials []string `json:"credentials"`
	Verified    *bool    `json:"verified"`
}

// CredoInvitation is an invitation that Credo made; Exchange is that of the offer in it.
type CredoInvitation struct {
	ID         string          `json:"id"`
	Invitation json.RawMessage `json:"invitation"`
	URL        string          `json:"url"`
	Exchange   CredoExchange   `json:"exchange"`
}

// CredoWait is what "….wait" waits for, 30 seconds where nothing else is said.
type CredoWait struct {
	Agent      string `json:"agent"`
	ID         string `json:"id,omitempty"`
	Thread     string `json:"thread,omitempty"`
	Connection string `json:"connection,omitempty"`
	Invitation string `json:"invitation,omitempty"`
	State      string `json:"state,omitempty"`
	Seconds    int    `json:"seconds,omitempty"`
}

// Ask is an operation of this agent, with args beside its name.
func (c *Credo) Ask(op string, args map[string]any, out any) {
	c.t.Helper()
	c.Call(op, c.with(args), out)
}

// TryAsk is [Credo.Ask] that may be refused.
func (c *Credo) TryAsk(op string, args map[string]any, out any) error {
	c.t.Helper()
	return c.Try(op, c.with(args), out)
}

func (c *Credo) with(args map[string]any) map[string]any {
	all := map[string]any{"agent": c.Name}
	for name, value := range args {
		all[name] = value
	}
	return all
}

// DID makes a did:key.
func (c *Credo) DID() string {
	c.t.Helper()
	var made struct{ DID string }
	c.Ask("did.create", nil, &made)
	return made.DID
}

// Invite makes an invitation; args are those of "oob.create".
func (c *Credo) Invite(args map[string]any) CredoInvitation {
	c.t.Helper()
	var made CredoInvitation
	c.Ask("oob.create", args, &made)
	return made
}

// Receive takes an invitation, a URL or a message, and waits for the connection.
func (c *Credo) Receive(invitation any) CredoConnection {
	c.t.Helper()
	var received struct{ Connection CredoConnection }
	c.Ask("oob.receive", map[string]any{"invitation": invitation}, &received)
	return c.Connected(CredoWait{ID: received.Connection.ID})
}

// Connected waits for a connection.
func (c *Credo) Connected(wait CredoWait) CredoConnection {
	c.t.Helper()
	var connection CredoConnection
	wait.Agent = c.Name
	c.Call("connection.wait", wait, &connection)
	return connection
}

// Wait waits for an exchange of a kind, credentials or proofs.
func (c *Credo) Wait(kind string, wait CredoWait) CredoExchange {
	c.t.Helper()
	var exchange CredoExchange
	wait.Agent = c.Name
	c.Call(kind+".wait", wait, &exchange)
	return exchange
}

// Accept goes on with an exchange: what is accepted is a proposal, an offer, a request, a credential or a presentation.
func (c *Credo) Accept(kind, id, what string) CredoExchange {
	c.t.Helper()
	var exchange CredoExchange
	c.Ask(kind+".accept", map[string]any{"id": id, "what": what}, &exchange)
	return exchange
}

// Stored are the credentials in the wallet.
func (c *Credo) Stored() []json.RawMessage {
	c.t.Helper()
	var stored struct{ Credentials []json.RawMessage }
	c.Ask("credentials.stored", nil, &stored)
	return stored.Credentials
}
