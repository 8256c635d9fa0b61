package access

import (
	"context"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Bootstrap makes what a server needs before anyone can call it: the default tenant, and an operator's API key of that
// name if no operator's API key is in force. Its secret goes to show before it is committed: a server that dies in
// between has shown a key that does not work, and the next start makes another; it never keeps one that nobody saw.
// Two servers that start at once on one empty database may make a key each.
func (s *Service) Bootstrap(ctx context.Context, name string, show func(secret string)) error {
	if err := s.defaultTenant(ctx); err != nil {
		return err
	}
	p, _, text := s.fresh(vc.Scope{}, operator(name))
	shown := false // fn may run more than once
	return s.rows.Update(ctx, vc.Scope{}, func(r Rows) error {
		keys, err := s.operatorKeys(r, "")
		if err != nil || len(keys) > 0 {
			return err
		}
		if err := s.insertPrincipal(r, system(), p); err != nil {
			return err
		}
		if !shown {
			shown = true
			show(text)
		}
		return nil
	})
}

// BootstrapFresh is [Service.Bootstrap] for a laptop: it makes a new operator's API key of that name each time, and
// revokes those of that name that were in force.
func (s *Service) BootstrapFresh(ctx context.Context, name string) (secret string, err error) {
	if err := s.defaultTenant(ctx); err != nil {
		return "", err
	}
	p, _, text := s.fresh(vc.Scope{}, operator(name))
	var revoked []vc.Principal
	err = s.rows.Update(ctx, vc.Scope{}, func(r Rows) (err error) {
		if revoked, err = s.operatorKeys(r, name); err != nil {
			return err
		}
		for _, old := range revoked {
			old.RevokedAt = s.stamp()
			if err := r.UpdatePrincipal(old); err != nil {
				return err
			}
			if err := r.Append(s.entry(system(), vc.Scope{}, "principal.revoked", "principal/"+old.ID, "")); err != nil {
				return err
			}
		}
		return s.insertPrincipal(r, system(), p)
	})
	if err != nil {
		return "", err
	}
	for _, old := range revoked {
		s.principals.forget(old.ID)
	}
	return text, nil
}

func operator(name string) NewPrincipal {
	return NewPrincipal{Kind: vc.APIKey, Name: name, Grants: []vc.Grant{{Role: vc.Operator}}}
}

// operatorKeys gives the operator's API keys in force, all or those of a name.
func (s *Service) operatorKeys(r Rows, name string) (inForce []vc.Principal, err error) {
	alive := false
	err = every(r, vc.ListQuery{Search: name, Archived: &alive}, func(p vc.Principal) error {
		if p.Kind == vc.APIKey && (name == "" || p.Name == name) && s.operates(p) {
			inForce = append(inForce, p)
		}
		return nil
	})
	return inForce, err
}

// operates says whether p is in force and may administer the operator's principals.
func (s *Service) operates(p vc.Principal) bool {
	expired := !p.ExpiresAt.IsZero() && !s.now().Before(p.ExpiresAt)
	return p.RevokedAt.IsZero() && p.ArchivedAt.IsZero() && !expired && may(p, OperatorManage, vc.Scope{})
}

// every goes through all principals of a query, whatever its page.
func every(r Rows, q vc.ListQuery, do func(vc.Principal) error) error {
	q.Page = vc.Page{Limit: 1000}
	for {
		list, err := r.Principals(q)
		if err != nil {
			return err
		}
		for _, p := range list {
			if err := do(p); err != nil {
				return err
			}
		}
		if len(list) < q.Page.Limit {
			return nil
		}
		q.Page.After = list[len(list)-1].ID
	}
}

func (s *Service) defaultTenant(ctx context.Context) error {
	_, _, err := s.directory.Lookup(ctx, store.HandleTenant, vc.DefaultTenant)
	if err == nil || vc.KindOf(err) != vc.NotFound {
		return err
	}
	_, err = s.insertTenant(ctx, system(), vc.Tenant{Slug: vc.DefaultTenant, Name: "Default"})
	if err != nil && vc.KindOf(err) == vc.Conflict {
		return nil // another server was first
	}
	return err
}
