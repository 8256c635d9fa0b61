package acapy

import (
	"strings"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Why an operation of ACA-Py's is answered 501.
const (
	needsAnonCreds = "needs AnonCreds, which this agent does not have"
	needsIndy      = "needs an Indy ledger, which this agent does not have"
	notOffered     = "is not offered by this agent"
)

// offeredBeneath are operations below a prefix of [reasons] that do work.
var offeredBeneath = map[string]bool{
	"POST /anoncreds/revocation/revoke":            true,
	"POST /revocation/revoke":                      true,
	"GET /revocation/credential-record":            true,
	"POST /revocation/publish-revocations":         true,
	"POST /revocation/clear-pending-revocations":   true,
	"GET /revocation/registry/{rev_reg_id}/issued": true,
}

// reasons is the list, by the beginning of the path.
var reasons = []struct{ prefix, reason string }{
	{"/anoncreds/", needsAnonCreds},
	{"/credential-definitions", needsAnonCreds},
	{"/schemas", needsAnonCreds},
	{"/revocation/", needsAnonCreds},
	{"/credential/mime-types/", needsAnonCreds},
	{"/credential/revoked/", needsAnonCreds},
	{"/ledger/", needsIndy},
	{"/did/indy/", needsIndy},
	{"/transaction", needsIndy},
	{"/action-menu/", notOffered},
	{"/connections/{conn_id}/start-introduction", notOffered},
	{"/discover-features/", notOffered + ": /discover-features-2.0 is"},
	{"/jsonld/", notOffered + ": /vc signs credentials and verifies what was signed"},
	{"/wallet/sd-jwt/", "needs SD-JWT, which this agent does not have"},
	{"/shutdown", notOffered + ": a server of many APIs is not ended by one of them"},
}

// reasonOf gives why an operation, "POST /path", is not offered; false for one that is.
func reasonOf(key string) (string, bool) {
	_, path, _ := strings.Cut(key, " ")
	if offeredBeneath[key] {
		return "", false
	}
	for _, r := range reasons {
		if strings.HasPrefix(path, r.prefix) {
			return r.reason, true
		}
	}
	return "", false
}

// refuseUnoffered answers what is not offered, once it is known who asks.
func refuseUnoffered(key, reason string) act {
	return func(*call) (any, error) {
		return nil, vc.Errorf(vc.Unsupported, httpx.CodeNotOffered, "%s %s.", key, reason)
	}
}
