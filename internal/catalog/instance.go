package catalog

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// slugShape: it stands in URLs.
var slugShape = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// instanceChecks are those of a verification that an instance names, or leaves out; proof, key and issuer always are
// checked, so that "proof" alone leaves out all the others.
var instanceChecks = []string{"validity", "schema", "status", "proof"}

// CreateInstance makes an instance of the caller's organisation. Id, scope, revision and times are set here; no format
// means jwtvc.
//
// Errors: Invalid with a pointer into the instance as the native API writes it, all findings in Details, "identity-not-found"
// at /identity, "key-not-found" at /method, "suite-unsigned" at /suite where no active key of the identity makes such proofs;
// Denied "no-organisation"; Conflict "slug-taken".
func (s *Service) CreateInstance(ctx context.Context, by vc.Caller, i vc.Instance) (vc.Instance, error) {
	if by.Scope.Organisation == "" {
		return vc.Instance{}, vc.Errorf(vc.Denied, "no-organisation", "an instance is an organisation's: name one")
	}
	i, err := s.checkedInstance(i)
	if err != nil {
		return vc.Instance{}, err
	}
	now := s.now()
	i.ID, i.Scope, i.Revision = newID(), by.Scope, 1
	i.CreatedAt, i.UpdatedAt, i.ArchivedAt = now, now, time.Time{}
	err = s.config.Rows.Update(ctx, i.Scope, func(rows Rows) error {
		if err := s.signs(rows, i); err != nil {
			return err
		}
		if err := free(rows, i); err != nil {
			return err
		}
		if err := rows.InsertInstance(i); err != nil {
			return err
		}
		return rows.Append(entry(by, i.Scope, now, "instance.created", "instance", i.ID, openness(i)))
	})
	if isCode(err, "duplicate") {
		err = errSlugTaken.Because(err)
	}
	if err != nil {
		return vc.Instance{}, err
	}
	return i, nil
}

// UpdateInstance replaces an instance. i.Revision is the revision that was read, else Conflict "stale"; id, scope, times
// and archiving stay. Errors: as CreateInstance, NotFound "instance-not-found".
func (s *Service) UpdateInstance(ctx context.Context, by vc.Caller, i vc.Instance) (vc.Instance, error) {
	i, err := s.checkedInstance(i)
	if err != nil {
		return vc.Instance{}, err
	}
	return s.changeInstance(ctx, by, i.ID, "instance.updated", func(rows Rows, old vc.Instance) (vc.Instance, bool, error) {
		if old.Revision != i.Revision {
			return old, false, vc.Errorf(vc.Conflict, "stale", "the instance was changed meanwhile: it is at revision %d", old.Revision)
		}
		changed := i
		changed.Scope, changed.CreatedAt, changed.ArchivedAt = old.Scope, old.CreatedAt, old.ArchivedAt
		if err := s.signs(rows, changed); err != nil {
			return old, false, err
		}
		return changed, true, free(rows, changed)
	})
}

// ArchiveInstance closes an instance: it answers no more. Idempotent.
func (s *Service) ArchiveInstance(ctx context.Context, by vc.Caller, id string) (vc.Instance, error) {
	at := s.now()
	return s.changeInstance(ctx, by, id, "instance.archived", func(_ Rows, i vc.Instance) (vc.Instance, bool, error) {
		changed := setArchived(&i.ArchivedAt, at)
		return i, changed, nil
	})
}

// RestoreInstance undoes [Service.ArchiveInstance]. Idempotent.
func (s *Service) RestoreInstance(ctx context.Context, by vc.Caller, id string) (vc.Instance, error) {
	return s.changeInstance(ctx, by, id, "instance.restored", func(_ Rows, i vc.Instance) (vc.Instance, bool, error) {
		changed := setArchived(&i.ArchivedAt, time.Time{})
		return i, changed, nil
	})
}

// changeInstance changes an instance in its own scope. change says whether there is something to write.
func (s *Service) changeInstance(ctx context.Context, by vc.Caller, id, action string,
	change func(Rows, vc.Instance) (vc.Instance, bool, error),
) (changed vc.Instance, err error) {
	seen, err := s.Instance(ctx, by.Scope, id)
	if err != nil {
		return vc.Instance{}, err
	}
	err = s.config.Rows.Update(ctx, seen.Scope, func(rows Rows) error {
		old, err := rows.Instance(id)
		if err != nil {
			return found(err, "instance")
		}
		var write bool
		if changed, write, err = change(rows, old); err != nil || !write {
			return err
		}
		changed.Revision, changed.UpdatedAt = old.Revision+1, s.now()
		if err := rows.UpdateInstance(changed); err != nil {
			return err
		}
		return rows.Append(entry(by, seen.Scope, changed.UpdatedAt, action, "instance", id, openness(changed)))
	})
	if isCode(err, "duplicate") {
		err = errSlugTaken.Because(err)
	}
	if err != nil {
		return vc.Instance{}, err
	}
	return changed, nil
}

var errSlugTaken = vc.Errorf(vc.Conflict, "slug-taken", "another instance of the tenant has this slug").At("/slug")

// openness is what an auditor wants to read of an instance.
func openness(i vc.Instance) string { return fmt.Sprintf("slug=%s open=%t", i.Slug, i.Open) }

// free looks whether the slug is another's where the organisation can see it; the store knows of all the tenant's.
func free(rows Rows, i vc.Instance) error {
	other, err := rows.InstanceBySlug(i.Slug)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return nil
	case err == nil && other.ID != i.ID:
		return errSlugTaken
	}
	return err
}

// signs looks whether the identity is there, has the method, and a key that makes proofs of the suite.
func (s *Service) signs(rows Rows, i vc.Instance) error {
	if i.Identity == "" {
		return nil
	}
	who, err := rows.Identity(i.Identity)
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return err
	}
	if err != nil || who.Use == vc.UsePublisher || !who.DeactivatedAt.IsZero() {
		return vc.Errorf(vc.Invalid, "identity-not-found", "there is no such identity to sign with").At("/identity")
	}
	has := func(k vc.IdentityKey) bool { return k.Method == i.Method || k.Method == who.DID+i.Method }
	if i.Method != "" && !slices.ContainsFunc(who.Keys, has) {
		return vc.Errorf(vc.Invalid, "key-not-found", "the identity has no such verification method").At("/method")
	}
	suites := s.config.Suites[i.Profile.Format]
	n := slices.IndexFunc(suites, func(suite format.Suite) bool { return suite.Name == i.Profile.Suite })
	if n < 0 || suites[n].Algorithms == nil {
		return nil
	}
	suite := suites[n]
	fits := func(k vc.IdentityKey) bool { return (i.Method == "" || has(k)) && suite.Signs(k.Key.Algorithm.JOSE()) }
	if _, ok := identity.Newest(who, fits); !ok {
		return vc.Errorf(vc.Invalid, "suite-unsigned", "%s signs with %s, for which the identity has no active key", suite.Name,
			strings.Join(suite.Algorithms, ", ")).At("/suite")
	}
	return nil
}

// checkedInstance completes an instance and checks what can be known without the store.
func (s *Service) checkedInstance(i vc.Instance) (vc.Instance, error) {
	i.Name = strings.TrimSpace(i.Name)
	if i.Name == "" {
		i.Name = i.Slug
	}
	if i.Profile.Format == "" {
		i.Profile.Format = "jwtvc"
	}
	c := &check{}
	if !slugShape.MatchString(i.Slug) {
		c.add("slug-invalid", "/slug", "a slug has 1 to 63 of a-z, 0-9 and -, and begins and ends with a letter or digit")
	}
	c.name(i.Name)
	if i.Method != "" && i.Identity == "" {
		c.add("identity-required", "/identity", "a method is of an identity: name it")
	}
	c.profile(i.Profile, s.config.Formats, s.config.Suites)
	for n, name := range i.Checks {
		if !slices.Contains(instanceChecks, name) {
			c.add("check-unknown", fmt.Sprintf("/checks/%d", n), "a check that may be left out is one of %s", strings.Join(instanceChecks, ", "))
		}
	}
	if len(c.findings) == 0 {
		return i, nil
	}
	first := c.findings[0]
	err := vc.Errorf(vc.Invalid, first.Code, "%s", first.Message).At(first.Pointer)
	err.Details = c.findings
	return i, err
}

func (c *check) profile(p vc.CredentialProfile, formats []string, suites map[string][]format.Suite) {
	if formats != nil && !slices.Contains(formats, p.Format) {
		c.add("format-unknown", "/format", "this server has no format %q", p.Format)
	}
	if suites != nil {
		c.suite(p.Format, p.Suite, p.Model, suites[p.Format], "/suite")
	}
	switch p.Model {
	case "", vc.VCDM11, vc.VCDM20:
	default:
		c.add("model-unknown", "/model", "a data model version is 1.1 or 2.0")
	}
	for n, purpose := range p.Purposes {
		at := fmt.Sprintf("/purposes/%d", n)
		switch {
		case purpose != vc.Revocation && purpose != vc.Suspension && purpose != vc.Refresh:
			c.add("purpose-invalid", at, "the status of a whole credential is for revocation, suspension or refresh")
		case slices.Contains(p.Purposes[:n], purpose):
			c.add("purpose-invalid", at, "named twice")
		}
	}
	switch p.Status.EntryType {
	case "", entryBitstring:
	case entry2021:
		if slices.Contains(p.Purposes, vc.Refresh) {
			c.add("status-dialect-invalid", "/status/entryType", "StatusList2021Entry knows revocation and suspension alone")
		}
	default:
		c.add("status-dialect-invalid", "/status/entryType", "a status entry is a BitstringStatusListEntry or a StatusList2021Entry")
	}
	if p.Foreign && len(p.Purposes) > 0 {
		c.add("status-foreign", "/foreignStatus", "a credential has either our status entries or another's")
	}
	c.contexts(vc.CredentialType{Contexts: p.Contexts})
}

// Instance gives an instance of the scope. NotFound "instance-not-found".
func (s *Service) Instance(ctx context.Context, scope vc.Scope, id string) (i vc.Instance, err error) {
	return s.instance(ctx, scope, func(rows Rows) (vc.Instance, error) { return rows.Instance(id) })
}

// InstanceBySlug gives the instance of a slug, if it is not archived. NotFound "instance-not-found".
func (s *Service) InstanceBySlug(ctx context.Context, scope vc.Scope, slug string) (vc.Instance, error) {
	i, err := s.instance(ctx, scope, func(rows Rows) (vc.Instance, error) { return rows.InstanceBySlug(slug) })
	if err == nil && !i.ArchivedAt.IsZero() {
		return vc.Instance{}, errNoInstance
	}
	return i, err
}

var errNoInstance = vc.Errorf(vc.NotFound, "instance-not-found", "there is no such instance")

// OpenInstance gives an instance that anyone may use, by the slugs of its tenant and its own. NotFound
// "instance-not-found" where there is none, and where it is not open.
func (s *Service) OpenInstance(ctx context.Context, tenant, slug string) (vc.Instance, error) {
	if s.config.Directory == nil {
		return vc.Instance{}, errNoInstance
	}
	_, id, err := s.config.Directory.Lookup(ctx, store.HandleTenant, tenant)
	if err != nil {
		return vc.Instance{}, found(err, "instance")
	}
	i, err := s.InstanceBySlug(ctx, vc.Scope{Tenant: id}, slug)
	if err == nil && !i.Open {
		return vc.Instance{}, errNoInstance
	}
	return i, err
}

func (s *Service) instance(ctx context.Context, scope vc.Scope, read func(Rows) (vc.Instance, error)) (i vc.Instance, err error) {
	if scope.Tenant == "" {
		return i, errNoTenant
	}
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		i, err = read(rows)
		return found(err, "instance")
	})
	return i, err
}

// Instances lists the instances of a scope.
func (s *Service) Instances(ctx context.Context, scope vc.Scope, query vc.ListQuery) (all []vc.Instance, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		all, err = rows.Instances(query)
		return err
	})
	return all, err
}

// Reserved says whether a type name is one that a reader acts on: what has it is made by the server itself, or is no
// credential. An IRI counts by its last part.
func Reserved(name string) bool {
	return slices.Contains(reserved, name[strings.LastIndexAny(name, "#/:")+1:])
}
