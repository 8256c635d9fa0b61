package access

import (
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Permission is the right to do one kind of thing. Its text is also an OAuth scope token (RFC 6749 §3.3).
type Permission string

// The permissions.
const (
	OperatorManage     Permission = "operator:manage"     // principals and settings of the server itself
	TenantManage       Permission = "tenant:manage"       // at operator scope: create, archive, restore; at a tenant's: rename
	TenantRead         Permission = "tenant:read"         // the tenant and its organisations
	OrganisationManage Permission = "organisation:manage" // at a tenant's scope: create, archive, may issue, may verify
	AccessManage       Permission = "access:manage"       // principals and their grants
	AccessRead         Permission = "access:read"         // who they are
	KeyManage          Permission = "key:manage"
	DIDManage          Permission = "did:manage"
	DIDRead            Permission = "did:read"
	SchemaManage       Permission = "schema:manage"
	TypeManage         Permission = "type:manage"
	ContextManage      Permission = "context:manage"
	CatalogRead        Permission = "catalog:read" // schemas, contexts, credential types
	CredentialIssue    Permission = "credential:issue"
	CredentialStatus   Permission = "credential:status" // revoke, suspend, lift
	CredentialRead     Permission = "credential:read"
	CredentialErase    Permission = "credential:erase"
	CredentialVerify   Permission = "credential:verify"
	PresentationManage Permission = "presentation:manage" // definitions, requests and what is submitted to them
	PresentationRead   Permission = "presentation:read"
	StatusRead         Permission = "status:read"
	EventRead          Permission = "event:read"
	AuditRead          Permission = "audit:read"
	WebhookManage      Permission = "webhook:manage" // where events are pushed to; who may, reads them that way
	WebhookRead        Permission = "webhook:read"
	WalletUse          Permission = "wallet:use" // hold credentials and present them
)

// Every role may look at where it is and at the catalog; what it may do beside that is the table.
var look = []Permission{TenantRead, CatalogRead, DIDRead, StatusRead}

var (
	verifying = slices.Concat(look, []Permission{CredentialVerify, PresentationManage, PresentationRead})
	issuing   = slices.Concat(verifying, []Permission{CredentialIssue, CredentialStatus, CredentialRead, EventRead})
	auditing  = slices.Concat(look, []Permission{AuditRead, EventRead, WebhookRead})
	running   = slices.Concat(issuing, []Permission{
		AccessManage, AccessRead, KeyManage, DIDManage, SchemaManage, TypeManage,
		ContextManage, CredentialErase, AuditRead, WalletUse, WebhookManage, WebhookRead,
	})
	holding   = slices.Concat(look, []Permission{WalletUse})
	owning    = slices.Concat(running, []Permission{TenantManage, OrganisationManage})
	operating = slices.Concat(owning, []Permission{OperatorManage})
)

// Permissions gives what a role or a right may do, sorted; nil for one that is not known.
func Permissions(role vc.Role) []Permission {
	set := slices.Clone(permissions(role))
	slices.Sort(set)
	return set
}

func permissions(role vc.Role) []Permission {
	switch role {
	case vc.Operator:
		return operating
	case vc.TenantAdmin:
		return owning
	case vc.OrganisationAdmin:
		return running
	case vc.IssuerRole:
		return issuing
	case vc.VerifierRole:
		return verifying
	case vc.Auditor:
		return auditing
	case vc.HolderRole:
		return holding
	}
	right, _ := rightOf(role)
	return right.Permissions
}

// Authorize says whether p may do perm in scope: nil, or [vc.Denied] "permission-denied" which names the permission.
//
// A grant reaches its own scope and what is inside: a tenant's reaches all its organisations, an organisation's only
// itself. A grant at operator scope reaches every tenant, for every permission its role has: on a laptop and on a
// server with one tenant there is one key, and an operator could make itself a tenant's key anyway; each act is in
// that tenant's audit under the operator's id. Nothing but an operator grant reaches the operator's own scope.
func Authorize(p vc.Principal, perm Permission, scope vc.Scope) error {
	if may(p, perm, scope) {
		return nil
	}
	return vc.Errorf(vc.Denied, "permission-denied", "this needs the permission %s", perm)
}

// AuthorizeOwn is [Authorize] for what organisations do by themselves: a right that is about their tenant alone
// ([Right].Outside) does not give it.
func AuthorizeOwn(p vc.Principal, perm Permission, scope vc.Scope) error {
	p.Grants = slices.DeleteFunc(slices.Clone(p.Grants), func(g vc.Grant) bool {
		right, _ := rightOf(g.Role)
		return right.Outside
	})
	return Authorize(p, perm, scope)
}

func may(p vc.Principal, perm Permission, scope vc.Scope) bool {
	if p.Narrowed != nil && !slices.Contains(p.Narrowed, string(perm)) {
		return false
	}
	return slices.ContainsFunc(p.Grants, func(g vc.Grant) bool {
		return reaches(g.Scope, scope) && slices.Contains(permissions(g.Role), perm)
	})
}

// reaches says whether inner is outer or lies inside it.
func reaches(outer, inner vc.Scope) bool {
	if outer.Tenant == "" {
		return outer.Organisation == ""
	}
	return outer.Tenant == inner.Tenant && (outer.Organisation == "" || outer.Organisation == inner.Organisation)
}
