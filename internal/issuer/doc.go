// Package issuer is the desk that issues: the only place where a credential, or a status list, is secured.
//
//	Order ── complete ──> id, times, status index, issuer and key are decided
//	      ── lint ──────> every rule passes, or nothing happens
//	      ── Draft ─────> immutable, format's exact signing input; a dry one cannot be signed
//	      ── sign ──────> on the caller's goroutine, outside the store's writer
//	      ── record ────> credential, index, event, audit, idempotency key: one transaction
//	      ── answer ────> after its commit, never before
//
// Where a holder must agree first, the order is completed with the offer, and recorded by whoever sends the credential:
//
//	Order ── OfferWhole ──> WholeOffer: whole, with its place in a status list ── SignOffered ──> Signed ── Record in the caller's
//	transaction ──> Secured may leave after its commit
//
// A status index belongs to the draft whose bytes hold it: a draft that dies leaves a hole.
package issuer

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Desk issues. Its fields are set before first use and not changed after.
type Desk struct {
	Rows     store.Store[Rows]
	Catalog  *catalog.Service
	Identity *identity.Service
	Status   *status.Service
	Keys     map[string]keys.Store // by the name in [vc.Key.Store]
	Vault    keys.Vault
	Formats  []format.Format
	// Organisations tells what a tenant made of an organisation, and what it forbids, at most a second old; nil: read each time.
	Organisations Organisations
	Log           *slog.Logger
	Now           func() time.Time // nil: time.Now

	// PublicURL begins the URLs of status lists; a preview shows one like it.
	PublicURL string
	// Window is how long an idempotency key is remembered; zero means 24 hours.
	Window time.Duration
	// DraftLife is how long an awaited draft may be completed; zero means 24 hours.
	DraftLife time.Duration
	// ListTTL is how long others may keep a status list before they ask again; zero means a minute.
	ListTTL time.Duration
	// Scrub removes erased bytes from the store's files; nil where the store does it by itself.
	Scrub func(context.Context) error
	// Anchors are where status lists are published beside our own URL.
	Anchors []Anchor
	// Published hears of each publication on a ledger that succeeded or failed, by its Code; nil: nobody asks.
	Published func(vc.Publication)
	// Step is called at each named step of issuing. Only tests set it: a crash there must lose nothing.
	Step func(name string)

	documents documentCache
	lists     listCache
}

// Organisations gives the organisation of a scope, and its tenant. *access.Service is one.
type Organisations interface {
	TenantOf(ctx context.Context, scope vc.Scope) (vc.Tenant, error)
	OrganisationOf(ctx context.Context, scope vc.Scope) (vc.Organisation, error)
}

// How says how an order is carried out.
type How struct {
	// Key is the caller's idempotency key; "" means none. Its scope is tenant, principal and Operation.
	Key       string
	Operation string
	Request   []byte // what the caller sent, JSON; compared in canonical form (RFC 8785)
	Pocket    []byte // kept with the key for the door, returned on replay; no claims
	Release   bool   // prepare: the record counts as issued at once
	Life      time.Duration
	Issuer    string // claim: DID or identity id, where another issues than the offering names
}

// Result is one credential as it was just made, or as it was made under the same idempotency key.
type Result struct {
	Credential vc.Credential
	Secured    []byte // nil when it is to be signed elsewhere
	MediaType  string // of Secured; "" where its format does not say
	Unsigned   []byte // the format's unsigned document; nil when it was signed here
	Input      []byte // what a signer elsewhere signs; nil when it was signed here
	Findings   []vc.Finding
	Replayed   bool
	Pocket     []byte
}

// Preview is what an order would become. Nothing was reserved, signed or stored.
type Preview struct {
	Credential []byte // the credential as it would be, JSON; id and status index are placeholders
	Issuer     string
	Method     string
	Format     string
	Findings   []vc.Finding // errors and warnings; with an error it would be refused
}

// Steps of issuing, in order; see [Desk.Step].
const (
	StepLeased    = "leased"
	StepSigned    = "signed"
	StepRecording = "before-commit"
	StepCommitted = "committed"
)

// Steps of publishing on a ledger, in order; the transaction's own follow.
const (
	StepPublishing = "publishing" // what is to be published is signed, and nothing is journaled
	StepJournaled  = "journaled"
)

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

func (d *Desk) window() time.Duration {
	if d.Window > 0 {
		return d.Window
	}
	return 24 * time.Hour
}

func (d *Desk) listTTL() time.Duration {
	if d.ListTTL > 0 {
		return d.ListTTL
	}
	return time.Minute
}

// draftUntil is when an awaited draft lapses. A life that was asked for is taken at its word and judged by the
// rules; the default one ends with the credential's own validity.
func (d *Desk) draftUntil(c *Complete, asked time.Duration) time.Time {
	if asked > 0 {
		return c.Now.Add(asked)
	}
	life := d.DraftLife
	if life <= 0 {
		life = 24 * time.Hour
	}
	until := c.Now.Add(life)
	if !c.ValidUntil.IsZero() && until.After(c.ValidUntil) {
		until = c.ValidUntil
	}
	return until
}

// format gives a format as it works in a scope.
func (d *Desk) format(scope vc.Scope, name string) (format.Format, error) {
	for _, f := range d.Formats {
		if f.Name() == name {
			return format.For(f, scope), nil
		}
	}
	return nil, vc.Errorf(vc.Unsupported, "format-not-offered", "this server has no format %q", name)
}
