package holder

import "context"

// Protocol is a way in which other ends offer credentials and ask for presentations. Nothing of it runs inside a
// transaction. Its errors are [vc.Unavailable] where the other end does not answer, and of another kind where it refuses or
// says what cannot be taken; none holds what the other end said.
type Protocol interface {
	Name() string // constant: flows are kept under it
	// Read understands what a wallet scanned, and fetches what that names; ok false: it is not of this protocol.
	Read(ctx context.Context, scanned []byte) (found Scanned, ok bool, err error)
	// Claim fetches the credential that was offered, for the holder of a DID. It may ask prove for a presentation.
	Claim(ctx context.Context, offer Scanned, did string, prove Prover) (secured []byte, err error)
	// Answer sends a presentation. redirect is where its holder goes on, "" for nowhere.
	Answer(ctx context.Context, request Scanned, made Presented) (redirect string, err error)
}

// Scanned is what somebody else wants of a wallet.
type Scanned struct {
	Kind       Kind
	Peer       string   // who: a URL or a DID
	Type       string   // name of the offered credential's type; "": any
	Recipient  string   // DID that the offer is for; "": whoever comes
	Claims     []byte   // that are offered, JSON object; nil: not told
	Audience   string   // of the presentation that is asked for
	Nonce      string   // for it
	Definition []byte   // of what is asked for; nil: only who holds
	Formats    []string // of presentations that are taken; nil: any
	Methods    []string // DID methods that the other end likes best, the best first
	State      []byte   // the protocol's own, JSON
}

// Prover signs a presentation without credentials by the wallet's identity that a claim is for.
type Prover func(ctx context.Context, audience, nonce string) (Presented, error)
