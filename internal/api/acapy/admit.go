package acapy

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// keyHeader carries an API key.
const keyHeader = "X-API-KEY"

// ACA-Py's words for who is not let in. Its base lines and its wallet lines have never agreed.
const (
	textAdminKey  = "API Key invalid or missing"
	textTenantKey = "API key missing or invalid"
	textToken     = "Authorization token missing or invalid"
	textBearer    = "Unauthorized"
	textScheme    = "Invalid Authorization header structure"
	textOutdated  = "Token not valid."
)

// admit finds who calls, the tenant and the organisation that speaks for it, and asks whether the caller may.
func (d *Door) admit(c *call) (err error) {
	c.by = vc.Caller{Door: Name, Request: httpx.RequestID(c.ctx())}
	if c.line.auth == open {
		return nil
	}
	if c.line.auth == admin {
		c.who, err = d.adminCaller(c)
	} else {
		c.who, err = d.tenantCaller(c)
	}
	if err != nil {
		return err
	}
	if c.line.auth == admin {
		c.scope = c.who.Scope
	} else if c.scope, c.office, c.tenant, err = d.Access.Office(c.ctx(), c.who, c.PathValue("tenant"), access.Any); err != nil {
		return err
	}
	if rec := httpx.RecordOf(c.ctx()); rec != nil {
		rec.Tenant = c.scope.Tenant
	}
	c.by.Scope, c.by.Principal = c.scope, c.who.ID
	if c.line.needs != "" {
		return access.Authorize(c.who, c.line.needs, c.scope)
	}
	return nil
}

// adminCaller is who calls a line of the server's own: by an API key in its header, or as a bearer of Chancery's.
func (d *Door) adminCaller(c *call) (vc.Principal, error) {
	if d.Settings.Insecure {
		return vc.Principal{ID: "anyone", Kind: vc.APIKey, Grants: []vc.Grant{{Role: vc.Operator}}}, nil
	}
	who, err := d.keyed(c)
	if err == nil && who.ID == "" {
		if header := c.Header.Get("Authorization"); header != "" {
			who, err = d.Access.Authenticate(c.ctx(), header)
		}
	}
	if err != nil || who.ID == "" {
		return vc.Principal{}, unlet(err, textAdminKey)
	}
	return who, nil
}

// tenantCaller is who calls a wallet's line: by its token, else, where there is one wallet, by an API key.
func (d *Door) tenantCaller(c *call) (vc.Principal, error) {
	if header := c.Header.Get("Authorization"); header != "" {
		who, err := d.bearer(c, header)
		switch {
		case codeOf(err) == access.CodeOutdated:
			return vc.Principal{}, unlet(err, textOutdated)
		case err != nil && !strings.EqualFold(header[:min(len("Bearer "), len(header))], "Bearer "):
			return vc.Principal{}, unlet(err, textScheme)
		case err != nil:
			return vc.Principal{}, unlet(err, textBearer)
		}
		return who, nil
	}
	if d.Settings.Multitenant {
		return vc.Principal{}, unlet(nil, textToken)
	}
	if d.Settings.Insecure {
		_, _, of, err := d.Access.Office(c.ctx(), vc.Principal{}, c.PathValue("tenant"), access.Any)
		if err != nil {
			return vc.Principal{}, err
		}
		scope := vc.Scope{Tenant: of.ID}
		return vc.Principal{ID: "anyone", Kind: vc.APIKey, Scope: scope, Grants: []vc.Grant{{Scope: scope, Role: vc.TenantAdmin}}}, nil
	}
	who, err := d.keyed(c)
	if err != nil || who.ID == "" {
		return vc.Principal{}, unlet(err, textTenantKey)
	}
	return who, nil
}

// strange says whether a page that does not come from this machine calls. One that does may be a developer's own.
func strange(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return false
	}
	from, err := url.Parse(origin)
	if err != nil {
		return true
	}
	ip, err := netip.ParseAddr(from.Hostname())
	return from.Hostname() != "localhost" && (err != nil || !ip.IsLoopback())
}

// keyed is the owner of the API key in its header; nobody where there is none.
func (d *Door) keyed(c *call) (vc.Principal, error) {
	switch keys := c.Header.Values(keyHeader); len(keys) {
	case 0:
		return vc.Principal{}, nil
	case 1:
		return d.Access.Secret(c.ctx(), keys[0])
	}
	return vc.Principal{}, vc.Errorf(vc.Unauthenticated, access.CodeInvalid, "the header %s is there twice", keyHeader)
}

// bearer is the wallet of a token, or who has an access token or an API key of Chancery's.
func (d *Door) bearer(c *call, header string) (vc.Principal, error) {
	scheme, token, _ := strings.Cut(header, " ")
	if strings.EqualFold(scheme, "Bearer") {
		who, err := d.Access.OpenWallet(c.ctx(), token)
		if err == nil || vc.KindOf(err) != vc.Unauthenticated || codeOf(err) == access.CodeOutdated {
			return who, err
		}
	}
	return d.Access.Authenticate(c.ctx(), header)
}

// unlet words a refusal of who calls. What is not about credentials stays what it is.
func unlet(err error, text string) error {
	if err != nil && vc.KindOf(err) != vc.Unauthenticated {
		return err
	}
	return &refused{status: http.StatusUnauthorized, reason: text, cause: err}
}
