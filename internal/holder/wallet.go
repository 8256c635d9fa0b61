package holder

import (
	"context"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Wallet is what a desk needs that keeps credentials for their holders. A scope is a wallet: it has what identities and
// credentials its organisation holds. It needs [Desk.Signing] too, whose rows it uses.
type Wallet struct {
	Vault      keys.Vault
	Identities Identities
	Judge      Judge
	Schemas    Schemas                         // nil: no schema is our own
	Protocols  []Protocol                      // asked in order whose it is that was scanned
	Scrub      func(ctx context.Context) error // removes what was just destroyed from the store's files; nil: nothing does
}

// Identities are the DIDs of wallets ([vc.UseHolding], [vc.UseAgent]); the identity service has them.
type Identities interface {
	Create(ctx context.Context, by vc.Caller, request identity.CreateRequest) (vc.Identity, error)
	Get(ctx context.Context, scope vc.Scope, idOrDID string) (vc.Identity, error)
	// HoldingKey gives the key that proves who holds; NotFound for an identity that is not a wallet's.
	HoldingKey(ctx context.Context, scope vc.Scope, who, method string) (vc.Identity, vc.IdentityKey, error)
}

// Judge verifies credentials for wallets, whose organisation need not be a verifier. An error is a fault of ours.
type Judge interface {
	Judge(ctx context.Context, scope vc.Scope, secured []byte) (Judged, error)
}

// Judged is what a judge found. Faults are why the credential is not to be relied on: whatever failed, and what of its
// proof could not be checked; that its schema or status could not be reached is none. A standing that is told is no fault
// to [Desk.Held].
type Judged struct {
	Faults   []vc.Finding
	Standing vc.Standing // "" where its status could not be looked at; of one without status it is active
}

// Schemas knows the URLs of schemas that this server publishes; the catalog does.
type Schemas interface {
	SchemaIn(url string) (schema string, version int, ours bool)
}

// Status is what a credential in a wallet is good for.
type Status string

// The statuses. A revoked credential stays that when it expires; else its dates count before what its issuer last said.
// Unknown: nobody could look yet.
const (
	Valid     Status = "valid"
	Revoked   Status = "revoked"
	Suspended Status = "suspended"
	Expired   Status = "expired"
	Unknown   Status = "unknown"
)

// NewHeld is a credential that comes into a wallet.
type NewHeld struct {
	Secured             []byte
	AllowForeignSubject bool   // it may be about somebody whose DID the wallet has not
	Exchange            string // it came by; "": it is imported
	Name                string // what its holder calls it, unique in the wallet; "": nothing
}

// HeldView is a credential in a wallet, opened.
type HeldView struct {
	Held      vc.HeldCredential
	Secured   []byte
	MediaType string   // of Secured
	Subjects  []string // DIDs, or whatever ids it has for them
	Status    Status
}

// Generated are the identities that were made, one for each method that was named and in that order.
type Generated struct {
	Identities []vc.Identity
	Mnemonic   string // BIP-39, of the key of its did:empe identities: it is kept nowhere. "": there are none
}

// Candidate is a held credential that answers some of what a presentation definition asks for.
type Candidate struct {
	HeldView
	Descriptors []string // ids of the input descriptors that it answers
}

// Presenting says what a wallet is to present.
type Presenting struct {
	Identity   string   // id or DID of the wallet's identity that presents
	Held       []string // ids of credentials in the wallet
	Definition []byte   // that they are to answer; nil: none
	Audience   string
	Nonce      string
	Formats    []string // claim formats (ldp_vp, jwt_vp) that are taken; nil: any

	// What [Desk.Answer] looks at, and [Desk.Present] does not.
	Signer string              // DID that signs, where Identity is ""; "" as well: the subject's, else one of the wallet
	Choice map[string][]string // input descriptor to ids, or names, of held credentials; one that is not named is free
	Suite  string              // of a format that has proof suites; "": as the definition asks, else as is usual for the key
	Embed  bool                // the submission is a member of the presentation: Presentation Exchange 1.0
	Model  vc.ModelVersion     // "": the one that can hold the credentials
}

// Presented is a presentation that a wallet signed.
type Presented struct {
	Presentation []byte // JSON for ldp_vp, a compact JWT for jwt_vp
	Format       string // claim format
	Submission   []byte // presentation submission, JSON; nil where nothing was asked for by a definition
}

// wallet gives what a desk holds credentials with.
func (d *Desk) wallet() (*Wallet, error) {
	if d.Wallet == nil || d.Signing == nil {
		return nil, vc.Errorf(vc.Unsupported, "not-offered", "no credentials are held here")
	}
	return d.Wallet, nil
}
