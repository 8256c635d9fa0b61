// Package local is the key store without a device: private keys are rows, sealed under a data key per tenant,
// which is sealed under the master key.
//
//	master key ──AES-256-GCM──> data key of a tenant ──AES-256-GCM──> private key, bound to its row
//	           ──HKDF─────────> MAC keys of audit heads      └──HMAC──> keys of Seal and MAC
//
// What is opened stays inside the package; no method gives a private key out, and what holds one prints as
// "[redacted]".
package local

import (
	"context"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Name is the name of this key store in [vc.Key].Store.
const Name = "local"

// DataKeys are the rows of sealed data keys. They are outside any tenant's transaction; the operator's own data
// key has tenant "".
type DataKeys interface {
	// DataKey gives a tenant's sealed data key and the id of the master key it is sealed under; [vc.NotFound] when
	// the tenant has none yet.
	DataKey(ctx context.Context, tenant string) (sealed []byte, masterKey string, err error)
	// PutDataKey keeps a first data key, durably, and gives the one that is kept: another's, if that came first.
	PutDataKey(ctx context.Context, tenant string, sealed []byte, masterKey string) (keptSealed []byte, keptMasterKey string, err error)
	// DataKeys lists all of them.
	DataKeys(ctx context.Context) ([]vc.DataKey, error)
	// ReplaceDataKey puts sealed in the place of old; [vc.Conflict] when old is not what is there any more.
	ReplaceDataKey(ctx context.Context, tenant string, old, sealed []byte, masterKey string) error
}

// Config is what a Store is made of.
type Config struct {
	Master MasterKeys
	Rows   DataKeys
	Cache  int // opened private keys, and opened data keys, kept in memory; 0: 4096
}

var (
	_ keys.Store    = (*Store)(nil)
	_ keys.Vault    = (*Store)(nil)
	_ keys.Importer = (*Store)(nil)
	_ keys.Agreer   = (*Store)(nil)
	_ keys.Tenants  = (*Store)(nil)
)
