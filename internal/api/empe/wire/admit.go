package wire

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// nobody acts where nobody is asked for.
const nobody = "anyone"

// admit finds who calls, the tenant and the organisation that speaks for it, and asks whether the caller may.
func (k *Kernel) admit(r *http.Request, line Line) (c Call, err error) {
	if line.Auth == Unbound {
		return Call{URL: k.URL(r)}, nil
	}
	ctx := r.Context()
	for _, name := range []string{"Authorization", SecretHeader, "Idempotency-Key"} {
		if len(r.Header.Values(name)) > 1 {
			return Call{}, vc.Errorf(vc.Invalid, "header-twice", "the header %s is there twice", name)
		}
	}
	known := true
	switch line.Auth {
	case Secret:
		c.Who, err = k.Access.Secret(ctx, r.Header.Get(SecretHeader))
	case Bearer, Holder:
		c.Who, err = k.Access.Bearer(ctx, r.Header.Get("Authorization"), k.audiences(r)...)
	case Grant:
		c.Who, err = k.Access.Authenticate(ctx, r.Header.Get("Authorization"))
	case SecretIfSent:
		if known = r.Header.Get(SecretHeader) != ""; known {
			c.Who, err = k.Access.Secret(ctx, r.Header.Get(SecretHeader))
		}
	default:
		known = false
	}
	if err != nil {
		return Call{}, err
	}
	c.URL = k.URL(r)
	if c.Scope, c.Organisation, c.Tenant, err = k.Access.Office(ctx, c.Who, r.PathValue("tenant"), line.Office); err != nil {
		return Call{}, err
	}
	if r.PathValue("tenant") == "" && c.Tenant.Slug != vc.DefaultTenant { // who the caller is named the tenant, links have to
		c.URL = k.Public + "/t/" + c.Tenant.Slug + k.Prefix
	}
	if rec := httpx.RecordOf(ctx); rec != nil {
		rec.Tenant = c.Scope.Tenant
	}
	c.By = vc.Caller{Scope: c.Scope, Principal: c.Who.ID, Door: k.Name, Request: httpx.RequestID(ctx)}
	if !known {
		c.By.Principal = nobody
		return c, nil
	}
	switch holder := c.Who.Kind == vc.Holder; {
	case line.Auth == Holder && !holder:
		return Call{}, vc.Errorf(vc.Denied, "holder-needed", "the token of a holder is needed, who proved a DID")
	case line.Holders && holder:
		return c, nil
	}
	for _, need := range line.Needs {
		if err := access.Authorize(c.Who, need, c.Scope); err != nil {
			return Call{}, err
		}
	}
	return c, nil
}

// audiences are the names under which a holder's token may know this door: its URL for the tenant of the path, and for the
// default tenant both of its URLs.
func (k *Kernel) audiences(r *http.Request) []string {
	bare, named := k.Public+k.Prefix, k.Public+"/t/"+vc.DefaultTenant+k.Prefix
	switch r.PathValue("tenant") {
	case "", vc.DefaultTenant:
		return []string{bare, named}
	}
	return []string{k.URL(r)}
}
