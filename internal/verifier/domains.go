package verifier

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/domainlinkage"
)

// Domains tells which DIDs an origin is linked to, DIF Well Known DID Configuration. It is asked outside transactions. An
// error says that not all could be found out. *Links is one.
type Domains interface {
	Linked(ctx context.Context, scope vc.Scope, origin string) (dids []string, err error)
}

// What is kept of origins, and for how long.
const (
	linksCached  = 256
	linksFresh   = time.Minute
	linksFailed  = 5 * time.Second
	linksTimeout = 5 * time.Second // of a fetch
	askedAtOnce  = 4               // origins
)

// Links are [Domains] that are fetched and verified, and kept for a minute.
type Links struct {
	Fetcher  Fetcher // that follows no redirects: an open one would link whoever it leads to
	Verifier *Service
	Now      func() time.Time // nil: time.Now

	once    sync.Once
	cache   *lru.Cache[linksKey, links]
	flights singleflight.Group
}

type linksKey struct {
	scope  vc.Scope // contexts and DIDs are a tenant's own
	origin string
}

type links struct {
	dids  []string
	err   error
	until time.Time
}

// Linked gives the DIDs of the domain linkage credentials of an origin that verify. Unavailable "domain-unreachable" where its
// configuration cannot be had or is none, or a credential in it could not be checked.
func (l *Links) Linked(ctx context.Context, scope vc.Scope, origin string) ([]string, error) {
	l.once.Do(func() { l.cache = newCache[linksKey, links](linksCached) })
	now := l.Now
	if now == nil {
		now = time.Now
	}
	key := linksKey{scope, origin}
	if known, ok := l.cache.Get(key); ok && now().Before(known.until) {
		return known.dids, known.err
	}
	name := scope.Tenant + "/" + scope.Organisation + " " + origin
	fetched, err, _ := l.flights.Do(name, func() (any, error) {
		// The flight is shared, so it does not end with the caller who began it.
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), linksTimeout)
		defer cancel()
		found, err := l.read(limited, scope, origin, now())
		if err != nil && vc.KindOf(err) == vc.Internal && limited.Err() == nil {
			return nil, err
		}
		out := links{dids: found, err: err, until: now().Add(linksFresh)}
		if err != nil {
			out.err, out.until = unlinked(err), now().Add(linksFailed)
		}
		l.cache.Add(key, out)
		return out, nil
	})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	known := fetched.(links)
	return known.dids, known.err
}

func unlinked(err error) error {
	return vc.Errorf(vc.Unavailable, "domain-unreachable", "the origin's links to DIDs could not be read").Because(err)
}

// read fetches an origin's configuration and verifies what is in it.
func (l *Links) read(ctx context.Context, scope vc.Scope, origin string, now time.Time) (dids []string, err error) {
	body, _, err := l.Fetcher.Get(ctx, origin+domainlinkage.Path, domainlinkage.MediaType)
	if err != nil {
		return nil, unlinked(err)
	}
	all, err := domainlinkage.Parse(body)
	if err != nil {
		return nil, unlinked(err)
	}
	open := false
	for _, one := range all {
		if len(domainlinkage.Judge(one, origin, now)) > 0 || slices.Contains(dids, one.DID) {
			continue
		}
		run, err := l.Verifier.verify(ctx, scope, one.Secured, Options{Checks: []string{CheckValidity}, At: now})
		if err != nil {
			return nil, err
		}
		switch report := run.report; {
		case report.Outcome == Passed && report.Issuer == one.DID:
			dids = append(dids, one.DID)
		case report.Outcome == Indeterminate:
			open = true
		}
	}
	if open {
		return dids, unlinked(nil)
	}
	return dids, nil
}

// allowed checks that the issuer of each credential is linked to one of the request's domains. Nothing is fetched where
// one is known to be.
func (d *Desk) allowed(ctx context.Context, request vc.PresentationRequest, credentials []Report) ([]Check, error) {
	const cites = "Well Known DID Configuration v1"
	if len(request.Domains) == 0 {
		return nil, nil
	}
	linked, unknown, err := d.linked(ctx, request)
	if err != nil {
		return nil, err
	}
	var checks []Check
	for i, credential := range credentials {
		check := passed(CheckAllowed, "the issuer is linked to an origin that is allowed", cites)
		switch {
		case slices.Contains(linked, credential.Issuer):
		case unknown:
			check = notChecked(CheckAllowed, "domain-unreachable", "an origin could not say whether the issuer is its own", cites)
		default:
			check = failed(CheckAllowed, "issuer-not-allowed", "the issuer is linked to no origin that is allowed", cites)
		}
		checks = append(checks, check.at("/verifiableCredential/"+strconv.Itoa(i)))
	}
	return checks, nil
}

// linked gives the DIDs of all domains of a request; unknown says that there may be more.
func (d *Desk) linked(ctx context.Context, request vc.PresentationRequest) (dids []string, unknown bool, err error) {
	if d.Domains == nil {
		return nil, true, nil
	}
	found := make([][]string, len(request.Domains))
	failed := make([]bool, len(request.Domains))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(askedAtOnce)
	for i, origin := range request.Domains {
		group.Go(func() (err error) {
			found[i], err = d.Domains.Linked(ctx, request.Scope, origin)
			if failed[i] = err != nil; vc.KindOf(err) == vc.Unavailable {
				return nil
			}
			return err
		})
	}
	err = group.Wait()
	return slices.Concat(found...), slices.Contains(failed, true), err
}

// origins gives origins in one form; Invalid "origin-invalid" at /domains/n.
func (d *Desk) origins(list []string) ([]string, error) {
	if len(list) > maxDomains {
		return nil, vc.Errorf(vc.Invalid, "too-many", "there can be at most %d origins", maxDomains).At("/domains")
	}
	var out []string
	for i, text := range list {
		origin, ok := domainlinkage.Origin(text)
		if !ok || len(origin) > maxURL || !d.secure(origin) {
			return nil, vc.Errorf(vc.Invalid, "origin-invalid", "an origin is https and a host, and nothing after").At("/domains/" + strconv.Itoa(i))
		}
		out = append(out, origin)
	}
	return out, nil
}

// reachable refuses what is no URL to send a result to; "" is none.
func (d *Desk) reachable(text, at string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || len(text) > maxURL || u.Hostname() == "" || u.User != nil || strings.Contains(text, "#") || !d.secure(text) {
		return vc.Errorf(vc.Invalid, "url-invalid", "it must be an absolute https URL without fragment").At(at)
	}
	return nil
}

// secure takes https, and http to this machine where that is let.
func (d *Desk) secure(text string) bool {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return false
	case u.Scheme == "https":
		return true
	case u.Scheme != "http" || !d.LoopbackHTTP:
		return false
	}
	address, err := netip.ParseAddr(u.Hostname())
	return u.Hostname() == "localhost" || err == nil && address.IsLoopback()
}
