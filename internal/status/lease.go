package status

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

const (
	secretBytes = 32
	secretLabel = "status list permutation v1"
	leaseTries  = 4
)

// leaseBlock leases up to n values of the newest list that has some left; where none has, it makes one.
func (s *Service) leaseBlock(ctx context.Context, key poolKey, messages []vc.StatusMessage, n int64) (*block, error) {
	var fresh *vc.StatusList
	for range leaseTries {
		b, err := s.leaseFrom(ctx, key, n, fresh)
		if err != nil {
			return nil, err
		}
		if b != nil {
			b.scattered, err = s.permutation(ctx, b.list)
			return b, err
		}
		if fresh == nil {
			if fresh, err = s.newList(ctx, key, messages); err != nil {
				return nil, err
			}
		}
	}
	return nil, vc.Errorf(vc.Unavailable, "status-list-busy", "no status list has an entry left; try again")
}

// leaseFrom leases in one transaction, durably. If every list is full it makes fresh one of them. It looks again before
// it does, so that of two callers one finds the other's list. The block is nil without fresh, and when the list that
// was found open is full by now.
func (s *Service) leaseFrom(ctx context.Context, key poolKey, n int64, fresh *vc.StatusList) (b *block, err error) {
	err = s.config.Rows.Update(ctx, key.scope, func(r Rows) error {
		b = nil
		list, err := r.OpenStatusList(key.identity, key.purpose, key.dialect, key.format, key.size, key.place())
		if err != nil && vc.KindOf(err) != vc.NotFound {
			return err
		}
		if err != nil && fresh == nil {
			return nil
		}
		if err != nil {
			list = *fresh
			if err := s.insert(r, list, key); err != nil {
				return err
			}
		}
		first, leased, err := r.LeaseStatus(list.ID, n)
		if err != nil {
			return err
		}
		if leased > 0 {
			b = &block{list: list, next: first, end: first + leased}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return b, nil
}

func (s *Service) insert(r Rows, list vc.StatusList, key poolKey) error {
	if err := r.InsertStatusList(list); err != nil {
		return err
	}
	if list.Place != "" {
		if err := r.InsertPublication(key.publication(list)); err != nil {
			return err
		}
	}
	return r.Append(vc.Entry{
		ID: uuid.Must(uuid.NewV7()).String(), Scope: list.Scope, At: list.CreatedAt, Action: "status-list.created",
		Principal: "system", Object: "status-list/" + list.ID, Detail: "purpose=" + string(list.Purpose) + " dialect=" + list.Dialect,
	})
}

// newList makes a list with a secret of its own, sealed; it is stored by whoever needs it.
func (s *Service) newList(ctx context.Context, key poolKey, messages []vc.StatusMessage) (*vc.StatusList, error) {
	id := uuid.Must(uuid.NewV7()).String()
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails, and ends the program if it could
	sealed, err := s.config.Vault.Seal(ctx, key.scope.Tenant, []byte(id), secretLabel, secret)
	if err != nil {
		return nil, err
	}
	url := s.prefix + id
	if key.publish.Named {
		url = key.url(id)
	}
	return &vc.StatusList{
		ID: id, Place: key.place(), Scope: key.scope, Purpose: key.purpose, Dialect: key.dialect, Format: key.format, Size: key.size,
		Messages: messages,
		Identity: key.identity, URL: url, Length: s.config.Length, Secret: sealed,
		CreatedAt: s.config.Now().UTC().Truncate(time.Microsecond),
	}, nil
}

// permutation opens the secret of a list.
func (s *Service) permutation(ctx context.Context, list vc.StatusList) (*statuslist.Permutation, error) {
	if p, ok := s.permutations.Get(list.ID); ok {
		return p, nil
	}
	secret, err := s.config.Vault.Open(ctx, list.Scope.Tenant, []byte(list.ID), secretLabel, list.Secret)
	if err != nil {
		return nil, err
	}
	p, err := statuslist.NewPermutation(secret, list.Length)
	if err == nil {
		s.permutations.Add(list.ID, p)
	}
	return p, err
}
