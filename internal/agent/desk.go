// Package agent is the desk of DIDComm peers, at both ends of each protocol: Aries RFC 0302.
//
//	envelope ── Receive: whose key? open, decode ──> Inbound ── Handler.Look: DIDs, signatures, what other desks make
//	                                                         ── one transaction: receipt, Handler.Act ──> record, letters, entry, notice
//	act of a door ── look ── one transaction: record, letters, entry, notice ── commit ──> job ──> pack, Post ──> peer
//
// A letter's job is mostly this server's own from the beginning; see soon.go.
//
// A message that comes twice is handled once, because its receipt is in the transaction of what it did. A server that dies before
// the commit has not answered its sender; after it, the letters are there. What is signed here is signed by the issuer and the
// holder desk, and recorded in the same transaction as the letter that brings it.
package agent

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/internal/work"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Door is the door of exchanges and proofs that go on between peers, whichever API began them.
const Door = "didcomm"

// The jobs of this desk: [Desk.SendJob] and [Desk.ReceiveJob] carry them out.
const (
	JobSend    = "didcomm.send"
	JobReceive = "didcomm.receive"
)

// Desk is the desk of peers. Its fields are set before first use and not changed after; all but Check, Fetcher, Log and Now are
// needed. It is safe for concurrent use.
type Desk struct {
	Rows      store.Store[Rows]
	Directory store.Directory       // by recipient key: the one place where a message gets its scope
	Keys      map[string]keys.Store // by the name in [vc.Key.Store]; those that are [keys.Agreer] are used
	KeyStore  string                // where keys for peers are made
	Vault     keys.Vault            // a [keys.Tenants] too
	Identity  *identity.Service
	Issuer    *issuer.Desk
	Holder    *holder.Desk
	Verifier  *verifier.Service
	Post      Post
	Worker    *work.Worker                // does this desk's jobs; nil: it is not told of letters that it can send at once
	Check     func(url string) error      // whether a peer's endpoint may be spoken to; nil: any
	Fetcher   Fetcher                     // of invitations by short URL; nil: none is fetched
	Endpoint  string                      // ours, as peers are told: "https://agent.example/didcomm"
	Defaults  vc.AgentSettings            // of offices that say nothing
	Formats   []CredentialFormat          // nil: [LDProof]
	Scrub     func(context.Context) error // removes erased bytes from the store's files; nil: the store does
	Log       *slog.Logger                // nil: silent
	Now       func() time.Time            // nil: time.Now
	Patience  time.Duration               // how long a call waits for a peer's answer; 0: 15 seconds
	Pickup    time.Duration               // between questions to a mediator over HTTP; 0: 10 seconds
	Begun     int                         // exchanges, and as many proofs, that a peer may have begun on one connection and that are not over; 0: 1000
	Strangers int                         // messages of unknown senders an hour that are taken for one key of ours, in this server; 0: 3600
	// Step is called at each named step of a message. Only tests set it: a crash there must lose nothing.
	Step func(name string)

	once     sync.Once
	handlers map[string]handled
	lanes    lanes
	state    deskState
	awaited  sync.Map // by subject: who waits for what another message brings, a channel
	said     said
	unknown  httpx.Pace // by recipient
}

// Fetcher gets a document over the network and bounds its size and time.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error)
}

// Post carries envelopes.
type Post interface {
	// Post sends an envelope to an http, https, ws or wss URL, and gives the envelope that came back on the same way, if any. It fails
	// with Unavailable where another time may be better; Denied "endpoint-not-allowed" where never; Invalid "peer-refused" where the
	// peer took it for wrong.
	Post(ctx context.Context, endpoint string, envelope []byte) (answer []byte, err error)
	// Live gives an envelope to whoever holds a socket open here for that key of theirs; false where nobody does.
	Live(key didcomm.Verkey, envelope []byte) bool
}

func (d *Desk) now() time.Time {
	if d.Now != nil {
		return d.Now().UTC().Truncate(time.Microsecond)
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}

func (d *Desk) step(name string) {
	if d.Step != nil {
		d.Step(name)
	}
}

// tenant gives what seals within transactions. It is asked for before each.
func (d *Desk) tenant(ctx context.Context, scope vc.Scope) (keys.TenantVault, error) {
	tenants, ok := d.Vault.(keys.Tenants)
	if !ok {
		return nil, vc.Errorf(vc.Internal, "vault-without-tenants", "the vault gives no tenant's keys")
	}
	return tenants.Tenant(ctx, scope.Tenant)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
