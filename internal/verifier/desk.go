package verifier

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Desk asks for presentations and keeps what is submitted. It is safe for concurrent use.
//
//	CreateDefinition ──> which credentials are wanted, published
//	CreateRequest ─────> nonce, expiry; the door's Build writes the request object ── its client signs it ── UpdateRequest
//	PublicRequest ─────> the signed request object, for any wallet
//	Submit ────────────> anyone's answer, kept sealed; nothing is verified yet
//	Judge ─────────────> verified only when this server's own verification finds nothing against it
//
//	Receive ───────────> Submit and Judge at once ── Watch, PushJob: the result to who asked
//	Prove ─────────────> who answers a login, and nothing kept
type Desk struct {
	Rows      store.Store[Rows]
	Directory store.Directory
	Vault     keys.Vault
	Verifier  *Service
	Schemas   Wanted
	Fetcher   Fetcher                         // nil: nothing is fetched
	Now       func() time.Time                // nil: time.Now
	Scrub     func(ctx context.Context) error // takes what was deleted out of the database's files; nil: left to the database
	Domains   Domains                         // nil: no issuer is known to be linked to an origin
	Poster    Poster                          // nil: nobody is told results
	Logins    int                             // that are begun an hour in one office, by whoever asks, in this server; 0: 3600
	Look      time.Duration                   // how often [Desk.Watch] looks for what other servers did; 0: 500 ms

	// LoopbackHTTP lets http lead to this machine where https is wanted otherwise.
	LoopbackHTTP bool

	bells  bells
	logins httpx.Pace // by office

	// OwnRequest and OwnDefinition tell which request or definition of this server a URL leads to; nil: none. The doors
	// know their URLs.
	OwnRequest    func(url string) (id string, ok bool)
	OwnDefinition func(url string) (id string, ok bool)
}

// Wanted finds the schema that a wanted credential names. *catalog.Service is one.
type Wanted interface {
	Schema(ctx context.Context, scope vc.Scope, id string) (vc.Schema, error)
	Version(ctx context.Context, scope vc.Scope, id string, version int) (vc.SchemaVersion, error)
}

// What one request and one name may hold.
const (
	maxPending = 100      // submissions to a request that nobody has judged
	maxListed  = 1000     // submissions of a request that are listed
	maxShown   = 32 << 20 // bytes of what is listed
	maxAnswer  = 1 << 20  // bytes of an answer: anyone may send one
	maxLabel   = 200      // bytes of a name for people
	maxNonce   = 512      // bytes of a nonce or a state that the asker chose
	maxFailed  = 10       // answers to a login that do not verify
	maxLogins  = 3600     // logins that are begun an hour in one office: each is kept for a day
	maxDomains = 20       // origins of a request
	maxURL     = 2048     // bytes of a URL that is told the result
)

func (d *Desk) now() time.Time {
	now := d.Now
	if now == nil {
		now = time.Now
	}
	return now().UTC().Truncate(time.Microsecond)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// happened is an entry about a definition, a request or a submission, which the audit knows by the id of its request:
// never by its holder.
func happened(by vc.Caller, scope vc.Scope, at time.Time, action, noun, id string) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: scope, At: at, Action: action,
		Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: noun + "/" + id, Event: true, Subject: id,
	}
}

// there turns the store's NotFound into the noun's.
func there(err error, noun string) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, noun+"-not-found", "there is no such %s", noun).Because(err)
	}
	return err
}

// label is a name for people, without the space around it.
func label(name, at string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxLabel || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", vc.Errorf(vc.Invalid, "name-invalid", "a name has from 1 to %d bytes and no control characters", maxLabel).At(at)
	}
	return name, nil
}

// owned fails unless the scope is a tenant's or an organisation's.
func owned(scope vc.Scope) error {
	if scope.Tenant == "" {
		return vc.Errorf(vc.Invalid, "tenant-required", "presentations are asked for by tenants and their organisations")
	}
	return nil
}

// mayAsk: only an organisation that was set up as a verifier asks; for a login one that issues does too. What a tenant may,
// its principals' permissions say.
func mayAsk(rows Rows, scope vc.Scope, login bool) error {
	if scope.Organisation == "" {
		return nil
	}
	organisation, err := rows.Organisation(scope.Organisation)
	switch {
	case err != nil:
	case login && !organisation.MayIssue && !organisation.MayVerify:
		err = vc.Errorf(vc.Denied, "not-allowed", "the organisation neither issues nor verifies")
	case !login && !organisation.MayVerify:
		err = vc.Errorf(vc.Denied, "not-a-verifier", "the tenant has not set this organisation up as a verifier")
	}
	return err
}

// public opens what a handle leads to.
func (d *Desk) public(ctx context.Context, kind, noun, id string, read func(rows Rows, id string) error) error {
	scope, object, err := d.Directory.Lookup(ctx, kind, id)
	if err != nil {
		return there(err, noun)
	}
	return there(d.Rows.View(ctx, scope, func(rows Rows) error { return read(rows, object) }), noun)
}
