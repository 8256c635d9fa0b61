// Package store is the seam to the database.
//
// A transaction has a scope, a tenant and where set an organisation, and no method of it can name another: rows
// outside the scope are not found. Desks declare the rows they need as interfaces of their own; the
// implementation's transaction satisfies them all.
//
//	desk ── Update(ctx, scope, fn) ──> one writer folds waiting transactions ──> commit ──> every caller answered
//	     ── View(ctx, scope, fn) ────> a pool of readers, one snapshot each
package store

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Store opens transactions whose rows are R.
//
// View gives fn one consistent snapshot. Update runs fn, with its neighbours, in a transaction that is durable
// when Update returns nil; an error of fn undoes what fn did and nothing else, and is returned as it is. fn may
// run more than once and must not sign, fetch or wait: it holds up every other writer. Errors of the store itself
// are [vc.Unavailable]; a broken uniqueness is [vc.Conflict] with code "duplicate"; a row that is not there or not
// in scope is [vc.NotFound].
//
// Scope: with an organisation, rows of that organisation and those its tenant shares with it; with a tenant only,
// rows of every organisation of the tenant; with neither, the operator's own rows. New rows take the
// transaction's scope.
type Store[R any] interface {
	View(ctx context.Context, scope vc.Scope, fn func(R) error) error
	Update(ctx context.Context, scope vc.Scope, fn func(R) error) error
}

// Look is View for what one statement tells, on every database: it sees one state without a transaction, which spares it
// two statements and a round trip. A second statement of fn fails.
func Look[R any](ctx context.Context, s Store[R], scope vc.Scope, fn func(R) error) error {
	if l, ok := s.(interface {
		Look(ctx context.Context, scope vc.Scope, fn func(R) error) error
	}); ok {
		return l.Look(ctx, scope, fn)
	}
	return s.View(ctx, scope, fn)
}

// Near tells that a statement of s is no message to another process: what a transaction needs to know costs as much before it as
// in it.
func Near[R any](s Store[R]) bool {
	n, ok := s.(interface{ Near() bool })
	return ok && n.Near()
}

// Handle kinds of a directory.
const (
	HandlePrincipal    = "principal" // API key id or client id
	HandleTenant       = "tenant"    // slug
	HandleSchema       = "schema"    // schema id, public
	HandleStatusList   = "status-list"
	HandleDID          = "did"     // a DID that we control
	HandleWeb          = "web"     // host and path of a did:web document
	HandleContext      = "context" // URL of a derived context
	HandleDefinition   = "presentation-definition"
	HandleRequest      = "presentation-request"
	HandleInvitation   = "member-invitation"
	HandleOrganisation = "organisation" // id, for what is public of it

	HandleOffering      = "offering"
	HandleSecret        = "client-secret"  // hex SHA-256 of a client's secret, or of its previous one
	HandleLoginCode     = "login-code"     // hex SHA-256 of the code
	HandleSchemaVersion = "schema-version" // id of a version that has one
	HandleState         = "request-state"  // state of a presentation request, where its protocol finds it by that

	HandleDIDCommKey  = "didcomm-key"  // base58 of a key of ours that peers encrypt to
	HandleMediatedKey = "mediated-key" // base58 of a key of a peer whose mediator we are
	HandleWallet      = "wallet-name"
)

// Directory maps an opaque handle to the scope it lives in and the object it names: the one way from outside
// into a scope. It fails with [vc.NotFound].
type Directory interface {
	Lookup(ctx context.Context, kind, handle string) (scope vc.Scope, object string, err error)
}
