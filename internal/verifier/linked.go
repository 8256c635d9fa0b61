package verifier

import (
	"context"
	"errors"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// Linked follows DID URLs, DID Resolution 0.3 §5. *identity.Service is one.
type Linked interface {
	Dereference(ctx context.Context, scope vc.Scope, url string, options diddoc.ResolutionOptions) (diddoc.Dereferencing, error)
}

// maxLinked is how many bytes of a ledger's resource are looked at.
const maxLinked = 2 << 20

// fetch gets what a URL leads to; a DID URL is followed to a resource of its ledger, and no further.
func (r *run) fetch(ctx context.Context, url, accept string) ([]byte, error) {
	if !strings.HasPrefix(url, "did:") {
		body, _, err := r.config.Fetcher.Get(ctx, url, accept)
		return body, err
	}
	if r.config.Linked == nil {
		return nil, vc.Errorf(vc.Unsupported, "not-fetched", "nothing is fetched from ledgers here")
	}
	found, err := r.config.Linked.Dereference(ctx, vc.Scope{}, url, diddoc.ResolutionOptions{})
	if err == nil && (found.Kind != diddoc.ToContent || strings.Contains(url, "#") || len(found.Content) > maxLinked) {
		err = vc.Errorf(vc.Invalid, "not-a-resource", "the DID URL leads to no resource that is read")
	}
	return found.Content, err
}

// wrappedList reads a list as cheqd Studio writes it. Nobody signs its bits: that the DID's keys signed the resource for the ledger
// is all that vouches for them, so that it is read from the ledger even where the credential names a resolver.
func (r *run) wrappedList(ctx context.Context, key listKey, body []byte) (foreignList, bool) {
	list, wrapped, err := statuslist.ReadWrapped(body, key.size, maxForeign)
	if !wrapped {
		return foreignList{}, false
	}
	now := r.config.Now()
	out := foreignList{until: now.Add(failedFor)}
	url := onLedger(key.url)
	if url != key.url && url != "" && err == nil {
		if body, err = r.fetch(ctx, url, acceptList); err != nil {
			url = ""
		} else if list, wrapped, err = statuslist.ReadWrapped(trimmed(body), key.size, maxForeign); !wrapped {
			url = ""
		}
	}
	invalid, _ := errors.AsType[*statuslist.Error](err)
	switch {
	case url == "":
		out.check = notChecked("list", "status-list-unsigned",
			"nobody signed the status list, and it could not be read from a ledger, whose signature would do", citesStatus)
	case invalid != nil && invalid.Code == statuslist.CodeEncrypted:
		out.check = notChecked("list", "status-list-encrypted", "the status list is encrypted", citesStatus)
	case err != nil:
		out.check = failed("list", "status-list-invalid", "what was fetched is not a status list", citesStatus)
	case list.ValidFrom.After(now.Add(r.config.Leeway)) || !list.ValidUntil.IsZero() && list.ValidUntil.Before(now):
		out.check = failed("list", "status-list-invalid", "the status list is not valid now", citesStatus)
	default:
		list.Issuer, _, _ = strings.Cut(url, "?")
		list.Issuer, _, _ = strings.Cut(list.Issuer, "/")
		out.check = passed("list", "the status list is on its publisher's ledger, which the publisher's keys signed for", citesStatus)
		return out.with(list, now), true
	}
	return out, true
}

// onLedger is the DID URL in a URL of a DID resolver, DID Resolution 0.3 §7.1, or the URL where it is one; "" where there is none.
func onLedger(url string) string {
	if strings.HasPrefix(url, "did:") {
		return url
	}
	if _, rest, ok := strings.Cut(url, "/1.0/identifiers/did:"); ok {
		return "did:" + rest
	}
	return ""
}
