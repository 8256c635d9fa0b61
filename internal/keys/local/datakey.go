package local

import (
	"context"
	"crypto/rand"

	"github.com/chancery-vc/chancery/internal/vc"
)

// dataKey is a tenant's opened data key.
type dataKey struct {
	redacted
	secret *[32]byte
}

// dataKey gives a tenant's data key and makes it when there is none yet. Where two servers make one, the first to
// be kept is everybody's.
func (s *Store) dataKey(ctx context.Context, tenant string) (dataKey, error) {
	if k, ok := s.dataKeys.Get(tenant); ok {
		return k, nil
	}
	sealed, master, err := s.rows.DataKey(ctx, tenant)
	if vc.KindOf(err) == vc.NotFound {
		fresh := make([]byte, 32)
		_, _ = rand.Read(fresh) // never fails
		wrapped := wrap(s.master.Current, tenant, fresh)
		clear(fresh)
		sealed, master, err = s.rows.PutDataKey(ctx, tenant, wrapped, s.master.Current.ID())
	}
	if err != nil {
		return dataKey{}, err
	}
	raw, err := s.unwrap(vc.DataKey{Tenant: tenant, MasterKey: master, Sealed: sealed})
	if err != nil {
		return dataKey{}, err
	}
	k := dataKey{secret: (*[32]byte)(raw)}
	s.dataKeys.Add(tenant, k)
	return k, nil
}

// Rewrap seals again, under the current master key, every data key that is under a previous one, and gives their
// number. What was sealed under the data keys stays as it is. It may run while every server works, and again after
// it was stopped.
func (s *Store) Rewrap(ctx context.Context) (n int, err error) {
	rows, err := s.rows.DataKeys(ctx)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		if row.MasterKey == s.master.Current.ID() {
			continue
		}
		raw, err := s.unwrap(row)
		if err != nil {
			return n, err
		}
		err = s.rows.ReplaceDataKey(ctx, row.Tenant, row.Sealed, wrap(s.master.Current, row.Tenant, raw), s.master.Current.ID())
		clear(raw)
		if vc.KindOf(err) == vc.Conflict {
			continue // another server was faster
		}
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// wrap seals a data key under a master key, bound to its tenant.
func wrap(master MasterKey, tenant string, raw []byte) []byte {
	return seal(master.secret[:], raw, joined("chancery data key v1", tenant))
}

// unwrap opens a data key.
func (s *Store) unwrap(row vc.DataKey) ([]byte, error) {
	master, ok := s.master.Find(row.MasterKey)
	if !ok {
		return nil, vc.Errorf(vc.Internal, "master-key-unknown",
			"a data key is sealed under master key %s, which this server was not given", row.MasterKey)
	}
	raw, ok := unseal(master.secret[:], row.Sealed, joined("chancery data key v1", row.Tenant))
	if !ok || len(raw) != 32 {
		return nil, vc.Errorf(vc.Internal, "data-key-broken", "a data key does not open under its master key")
	}
	return raw, nil
}
