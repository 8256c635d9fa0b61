package holder

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Generate makes identities of the wallet, one for each of methods: empe, empe-testnet, web, key, jwk. Invalid
// "method-unknown" at /methods/n.
func (d *Desk) Generate(ctx context.Context, by vc.Caller, methods []string) (Generated, error) {
	return Generated{}, errNotBuilt
}

// Import makes identities of the wallet of the key that a mnemonic gives, BIP-39 and BIP-44 path m/44'/118'/0'/0/0. Invalid
// "mnemonic-invalid" at /mnemonics; Conflict "duplicate" where all of them are here already.
func (d *Desk) Import(ctx context.Context, by vc.Caller, methods []string, mnemonic string) ([]vc.Identity, error) {
	return nil, errNotBuilt
}

// Identities gives the identities of a wallet, newest first.
func (d *Desk) Identities(ctx context.Context, scope vc.Scope) ([]vc.Identity, error) {
	return nil, errNotBuilt
}
