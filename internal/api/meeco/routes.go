package meeco

import (
	"net/http"
	"slices"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// header says what a route does with [OrganisationHeader]. Even where it is ignored, one that is sent must be the
// caller's.
type header int

const (
	headerIgnored header = iota
	headerOptional
	headerRequired
)

// where says in which scope a permission is asked for.
type where int

const (
	here       where = iota // the call's scope
	byItself                // there, as the organisation's own affair: a right of its tenant's is not enough
	atTenant                // its tenant's
	atOperator              // the operator's
	judged                  // the service behind the act looks by itself: the scope is in the act's object
)

// line is a row of the table. needs is "" for anyone who is known, [httpx.Public] for anyone.
type line struct {
	method, pattern, operation string
	header                     header
	needs                      access.Permission
	where                      where
	act                        act
}

// Routes is the door's table; patterns are below its prefix. Operations are named as in Meeco's descriptions.
func (d *Door) Routes() []httpx.Route {
	plain := slices.Concat(
		d.schemas(), d.types(), d.credentials(), d.publics(), // the catalog and what is issued from it
		d.definitions(), d.requests(), d.presentations(), // what is presented
		d.dids(), d.monitoring(),
	)
	var routes []httpx.Route
	add := func(lines []line, refuse refusal) {
		for _, l := range lines {
			routes = append(routes, httpx.Route{
				Method: l.method, Pattern: l.pattern, Operation: l.operation, Permission: string(l.needs),
				Handler: d.serve(l, refuse),
			})
		}
	}
	add(plain, d.fail)
	add(d.tenancy(), d.failFlat)
	return routes
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)
