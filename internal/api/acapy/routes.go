package acapy

import (
	"net/http"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// auth is how a line knows who calls.
type auth int

const (
	open   auth = iota // nobody is asked for
	admin              // an API key
	tenant             // a wallet token; an API key too where there is one wallet
)

// line is one operation: its request is shaped as the description says.
type line struct {
	method, pattern string
	auth            auth
	needs           access.Permission // "": none
	act             act
	problems        bool // refusals are JSON: {"message": …}
	bodied          bool // the body must be there
}

// lines is the table of all 195 operations, and of those of the cheqd plugin.
func (d *Door) lines() []line {
	lines := slices.Concat(
		d.server(), d.settings(), d.multitenancy(), d.wallet(), d.walletKeys(), d.tokens(), d.outOfBand(), d.connections(), d.didexchange(),
		d.issuing(), d.credentials(), d.proofs(), d.revocation(), d.vcapi(), d.resolver(), d.messages(), d.mediation(),
		d.rotation(), d.discovery(), d.cheqd(),
	)
	for key := range description().Operations {
		if reason, ok := reasonOf(key); ok {
			method, pattern, _ := strings.Cut(key, " ")
			lines = append(lines, line{method: method, pattern: pattern, auth: tenant, act: refuseUnoffered(key, reason)})
		}
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.pattern+a.method, b.pattern+b.method) })
	return lines
}

// of makes a tenant's line.
func of(method, pattern string, needs access.Permission, act act) line {
	return line{method: method, pattern: pattern, auth: tenant, needs: needs, act: act}
}
