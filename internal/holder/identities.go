package holder

import (
	"context"
	"crypto/rand"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/bip32"
	"github.com/chancery-vc/chancery/spec/bip39"
	"github.com/chancery-vc/chancery/spec/jose"
)

// What identities of a wallet may be.
const (
	empeMainnet = "empe"
	empeTestnet = "empe-testnet"
)

// Generate makes identities of the wallet, one for each of methods: empe, empe-testnet, web, key, jwk. Those of did:empe have
// one key, of a mnemonic of 24 words that is told here and never again. Errors: Invalid "method-unknown" and
// "method-repeated" at /methods/n, "methods-missing"; those of the identity service.
func (d *Desk) Generate(ctx context.Context, by vc.Caller, methods []string) (Generated, error) {
	if err := d.nameable(methods); err != nil {
		return Generated{}, err
	}
	var out Generated
	m := minting{desk: d, by: by}
	if slices.Contains(methods, empeMainnet) || slices.Contains(methods, empeTestnet) {
		entropy := make([]byte, 32)
		rand.Read(entropy) // never fails, and ends the program if it could
		var err error
		if out.Mnemonic, err = bip39.Words(entropy); err != nil {
			return Generated{}, err
		}
		if m.private, err = private(out.Mnemonic); err != nil {
			return Generated{}, err
		}
	}
	for _, method := range methods {
		made, err := m.make(ctx, method, method == empeMainnet || method == empeTestnet)
		if err != nil {
			return Generated{}, err
		}
		out.Identities = append(out.Identities, made)
	}
	return out, nil
}

// Import makes identities of the wallet of the key that a mnemonic gives: BIP-39, English, no passphrase, and the BIP-44 path
// m/44'/118'/0'/0/0. What the wallet has already is given as it is. Errors: those of [Desk.Generate]; Invalid
// "mnemonic-invalid" at /mnemonics; Conflict "duplicate" where all of it is here already, or some of it elsewhere.
func (d *Desk) Import(ctx context.Context, by vc.Caller, methods []string, mnemonic string) ([]vc.Identity, error) {
	if err := d.nameable(methods); err != nil {
		return nil, err
	}
	jwk, err := private(mnemonic)
	if err != nil {
		return nil, err
	}
	before, err := d.Identities(ctx, by.Scope)
	if err != nil {
		return nil, err
	}
	m := minting{desk: d, by: by, private: jwk, before: before}
	var out []vc.Identity
	for _, method := range methods {
		made, err := m.make(ctx, method, true)
		if err != nil {
			return nil, err
		}
		out = append(out, made)
	}
	if m.made == 0 {
		return nil, vc.Errorf(vc.Conflict, "duplicate", "the wallet has these identities already")
	}
	return out, nil
}

// nameable refuses methods of which no identities are made for wallets.
func (d *Desk) nameable(methods []string) error {
	if _, err := d.wallet(); err != nil {
		return err
	}
	if len(methods) == 0 {
		return vc.Errorf(vc.Invalid, "methods-missing", "no DID method is named").At("/methods")
	}
	for i, method := range methods {
		at := "/methods/" + strconv.Itoa(i)
		if !slices.Contains([]string{empeMainnet, empeTestnet, "web", "key", "jwk"}, method) {
			return vc.Errorf(vc.Invalid, "method-unknown", "wallets have DIDs of the methods empe, empe-testnet, web, key and jwk").At(at)
		}
		if slices.Contains(methods[:i], method) {
			return vc.Errorf(vc.Invalid, "method-repeated", "a method is named once").At(at)
		}
	}
	return nil
}

// private gives the private key of a mnemonic as a JWK. The words are in no error.
func private(mnemonic string) ([]byte, error) {
	refused := vc.Errorf(vc.Invalid, "mnemonic-invalid", "these are no 12 to 24 words of BIP-39 with their checksum").At("/mnemonics")
	seed, err := bip39.Seed(strings.ToLower(strings.Join(strings.Fields(mnemonic), " ")), "")
	if err != nil {
		return nil, refused
	}
	master, err := bip32.Master(seed)
	if err != nil {
		return nil, refused
	}
	key, err := master.Derive(bip32.CosmosPath)
	if err != nil {
		return nil, refused
	}
	return jose.PrivateJWK(key.Private())
}

// minting makes identities of one private key: the first of them brings it, the others have the same.
type minting struct {
	desk    *Desk
	by      vc.Caller
	private []byte
	before  []vc.Identity // that the wallet had
	key     string        // id, once it is here
	made    int
}

// make makes an identity, of the private key or of one of its own.
func (m *minting) make(ctx context.Context, method string, shared bool) (vc.Identity, error) {
	request := identity.CreateRequest{Method: method, Holding: true}
	switch method {
	case empeTestnet:
		request.Method, request.Options = "empe", map[string]string{"network": "testnet"}
	case "web":
		request.Options = map[string]string{"path": "wallets/" + newID()}
	}
	if shared {
		if had, ok := m.had(request); ok {
			return had, nil
		}
		if request.KeyID = m.key; m.key == "" {
			request.PrivateJWK = m.private
		}
	}
	made, err := m.desk.Wallet.Identities.Create(ctx, m.by, request)
	if err != nil {
		return vc.Identity{}, err
	}
	m.made++
	if shared && m.key == "" && len(made.Keys) > 0 {
		m.key = made.Keys[0].Key.ID
	}
	return made, nil
}

// had gives the identity of the method and the key that the wallet had. It remembers the key.
func (m *minting) had(request identity.CreateRequest) (vc.Identity, bool) {
	public, _, err := jose.ParsePrivateJWK(m.private)
	if err != nil {
		return vc.Identity{}, false
	}
	for _, one := range m.before {
		for _, key := range one.Keys {
			its, err := jose.ParseJWK(key.Key.PublicJWK)
			if err != nil || !public.Equal(its) {
				continue
			}
			m.key = key.Key.ID
			if one.Method == request.Method && network(one.DID) == request.Options["network"] {
				return one, true
			}
		}
	}
	return vc.Identity{}, false
}

// Identities gives the identities of a wallet that are in force, the newest first.
func (d *Desk) Identities(ctx context.Context, scope vc.Scope) (all []vc.Identity, err error) {
	if _, err := d.wallet(); err != nil {
		return nil, err
	}
	err = d.Signing.Rows.View(ctx, scope, func(rows Rows) error {
		all = nil
		q := vc.ListQuery{Page: vc.Page{Limit: pageSize}, Exact: true, Uses: []vc.IdentityUse{vc.UseHolding}}
		for {
			page, err := rows.Identities(q)
			if err != nil {
				return err
			}
			for _, one := range page {
				if one.Scope == scope && one.DeactivatedAt.IsZero() {
					all = append(all, one)
				}
			}
			if len(page) < pageSize {
				return nil
			}
			q.Page.After = page[len(page)-1].ID
		}
	})
	return all, err
}

// identity gives an identity of the wallet by its id or DID; NotFound where it is somebody else's, or no wallet's.
func (d *Desk) identity(ctx context.Context, scope vc.Scope, idOrDID string) (vc.Identity, error) {
	who, err := d.Wallet.Identities.Get(ctx, scope, idOrDID)
	holds := who.Use == vc.UseHolding || who.Use == vc.UseAgent
	if err == nil && (!holds || who.Scope != scope || !who.DeactivatedAt.IsZero()) {
		err = vc.Errorf(vc.NotFound, "identity-not-found", "there is no such identity in this wallet")
	}
	return who, err
}
