package cheqd

import (
	"context"
	"encoding/hex"
	"errors"
	"math/big"
	"strings"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/bip32"
	"github.com/chancery-vc/chancery/spec/bip39"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/jose"
)

// KeyStore is where the keys of accounts are made and kept.
type KeyStore interface {
	Generate(ctx context.Context, scope vc.Scope, algorithm vc.Algorithm) (vc.Key, error)
	Import(ctx context.Context, scope vc.Scope, privateJWK []byte) (vc.Key, error)
}

// Accounts makes the accounts that pay. The newest of a ledger pays for what comes after it.
type Accounts struct {
	Rows   Store
	Keys   KeyStore
	Method Method
	Now    func() time.Time // nil: time.Now
}

// Create makes an account with a key of its own.
func (a Accounts) Create(ctx context.Context, by vc.Caller, network string) (vc.LedgerAccount, error) {
	if err := knownNetwork(network); err != nil {
		return vc.LedgerAccount{}, err
	}
	key, err := a.Keys.Generate(ctx, vc.Scope{}, vc.Secp256k1)
	if err != nil {
		return vc.LedgerAccount{}, err
	}
	return a.insert(ctx, by, network, key)
}

// Import makes an account of the first key of a mnemonic (BIP-39, BIP-44 with coin type 118), which wallets of Cosmos show, or
// of a private key of 64 hexadecimal digits. Invalid "mnemonic-invalid"; Conflict "duplicate" where the account is here. Neither is kept.
func (a Accounts) Import(ctx context.Context, by vc.Caller, network, secret string) (vc.LedgerAccount, error) {
	if err := knownNetwork(network); err != nil {
		return vc.LedgerAccount{}, err
	}
	private, err := privateKey(strings.ToLower(strings.Join(strings.Fields(secret), " ")))
	var jwk []byte
	if err == nil {
		jwk, err = jose.PrivateJWK(private)
	}
	if err != nil { // whose text could tell of the secret
		return vc.LedgerAccount{}, vc.Errorf(vc.Invalid, "mnemonic-invalid",
			"these are no 12 to 24 words of BIP-39 with their checksum, and no private key of 64 hexadecimal digits").At("/mnemonic")
	}
	key, err := a.Keys.Import(ctx, vc.Scope{}, jwk)
	if err != nil {
		return vc.LedgerAccount{}, err
	}
	return a.insert(ctx, by, network, key)
}

// privateKey reads a secret of an account.
func privateKey(secret string) (*secp256k1.PrivateKey, error) {
	if raw, err := hex.DecodeString(secret); err == nil && len(raw) == 32 {
		var scalar secp256k1.ModNScalar
		if overflow := scalar.SetByteSlice(raw); overflow || scalar.IsZero() {
			return nil, errors.New("a number that is no key")
		}
		return secp256k1.NewPrivateKey(&scalar), nil
	}
	seed, err := bip39.Seed(secret, "")
	if err != nil {
		return nil, err
	}
	master, err := bip32.Master(seed)
	if err != nil {
		return nil, err
	}
	derived, err := master.Derive(bip32.CosmosPath)
	if err != nil {
		return nil, err
	}
	return derived.Private(), nil
}

func knownNetwork(network string) error {
	if network != cheqd.Mainnet && network != cheqd.Testnet {
		return vc.Errorf(vc.Invalid, "network-unknown", "did:cheqd has the networks mainnet and testnet").At("/network")
	}
	return nil
}

func (a Accounts) insert(ctx context.Context, by vc.Caller, network string, key vc.Key) (vc.LedgerAccount, error) {
	public, err := compressed(key)
	if err != nil {
		return vc.LedgerAccount{}, err
	}
	account := vc.LedgerAccount{
		Ledger: ledgerPrefix + network, Address: cheqd.Address(cheqd.AddressPrefix, public), Key: key, CreatedAt: now(a.Now),
	}
	err = a.Rows.Update(ctx, vc.Scope{}, func(rows Rows) error {
		if err := rows.InsertLedgerAccount(account); err != nil {
			return err
		}
		return rows.Append(vc.Entry{
			ID: uuid.Must(uuid.NewV7()).String(), At: account.CreatedAt, Action: "ledger.account-created", Principal: by.Principal, Door: by.Door,
			Request: by.Request, Object: "ledger/" + account.Ledger, Detail: "address=" + account.Address,
		})
	})
	return account, err
}

// List gives all accounts, newest first.
func (a Accounts) List(ctx context.Context) (accounts []vc.LedgerAccount, err error) {
	err = a.Rows.View(ctx, vc.Scope{}, func(rows Rows) error {
		accounts, err = rows.LedgerAccounts("")
		return err
	})
	return accounts, err
}

// Balance asks the ledger what an account has, in ncheq. Unavailable "ledger-unreachable".
func (a Accounts) Balance(ctx context.Context, account vc.LedgerAccount) (*big.Int, error) {
	return a.Method.balance(ctx, strings.TrimPrefix(account.Ledger, ledgerPrefix), account.Address)
}

func now(clock func() time.Time) time.Time {
	if clock == nil {
		clock = time.Now
	}
	return clock().UTC().Truncate(time.Microsecond)
}
