package native

import (
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// line is a row of the table. judged: the service behind the act looks at grants, in the scope of its object.
type line struct {
	method, pattern, operation string
	needs                      access.Permission
	judged                     bool
	act                        act
}

// asks says that the act reads the query by itself, with [params].
func (l line) asks() bool {
	return strings.HasPrefix(l.operation, "list") || l.operation == "issueCredential" ||
		strings.HasPrefix(l.pattern, "/api-keys") || strings.HasPrefix(l.pattern, "/clients")
}

// unasked is an act without parameters: what a caller says in the query, dry_run above all, is not passed over.
func unasked(act act) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		if _, err := params(r); err != nil {
			return err
		}
		return act(w, r, c)
	}
}

// Routes is the door's table; patterns are below its prefix. It equals api/native.openapi.json, and a test says so.
func (d *Door) Routes() []httpx.Route {
	var routes []httpx.Route
	for _, group := range [][]line{d.administration(), d.catalogue(), d.identities(), d.credentials(), d.records(), d.webhooks(), d.didcomm()} {
		for _, l := range group {
			act := l.act
			if !l.asks() {
				act = unasked(act)
			}
			routes = append(routes, httpx.Route{
				Method: l.method, Pattern: l.pattern, Operation: l.operation,
				Permission: string(l.needs), Handler: d.serve(l.needs, l.judged, act),
			})
		}
	}
	return routes
}

const (
	get    = http.MethodGet
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

func (d *Door) administration() []line {
	return []line{
		{get, "/whoami", "whoami", "", true, d.whoami},

		{get, "/tenants", "listTenants", access.TenantManage, true, d.listTenants},
		{post, "/tenants", "createTenant", access.TenantManage, true, d.createTenant},
		{get, "/tenants/{id}", "getTenant", access.TenantRead, true, d.getTenant},
		{patch, "/tenants/{id}", "updateTenant", access.TenantManage, true, d.updateTenant},
		{post, "/tenants/{id}/archive", "archiveTenant", access.TenantManage, true, d.archiveTenant},
		{post, "/tenants/{id}/restore", "restoreTenant", access.TenantManage, true, d.restoreTenant},

		{get, "/organisations", "listOrganisations", access.TenantRead, true, d.listOrganisations},
		{post, "/organisations", "createOrganisation", access.OrganisationManage, true, d.createOrganisation},
		{get, "/organisations/{id}", "getOrganisation", access.TenantRead, true, d.getOrganisation},
		{patch, "/organisations/{id}", "updateOrganisation", access.OrganisationManage, true, d.updateOrganisation},
		{post, "/organisations/{id}/archive", "archiveOrganisation", access.OrganisationManage, true, d.archiveOrganisation},
		{post, "/organisations/{id}/restore", "restoreOrganisation", access.OrganisationManage, true, d.restoreOrganisation},

		{get, "/api-keys", "listApiKeys", access.AccessManage, true, d.listPrincipals(vc.APIKey)},
		{post, "/api-keys", "createApiKey", access.AccessManage, true, d.createPrincipal(vc.APIKey)},
		{get, "/api-keys/{id}", "getApiKey", access.AccessManage, true, d.getPrincipal(vc.APIKey)},
		{remove, "/api-keys/{id}", "revokeApiKey", access.AccessManage, true, d.revokePrincipal(vc.APIKey)},

		{get, "/clients", "listClients", access.AccessManage, true, d.listPrincipals(vc.Client)},
		{post, "/clients", "createClient", access.AccessManage, true, d.createPrincipal(vc.Client)},
		{get, "/clients/{id}", "getClient", access.AccessManage, true, d.getPrincipal(vc.Client)},
		{remove, "/clients/{id}", "revokeClient", access.AccessManage, true, d.revokePrincipal(vc.Client)},
		{post, "/clients/{id}/rotate", "rotateClient", access.AccessManage, true, d.rotatePrincipal(vc.Client)},
	}
}

func (d *Door) catalogue() []line {
	return []line{
		{get, "/schemas", "listSchemas", access.CatalogRead, false, d.listSchemas},
		{post, "/schemas", "createSchema", access.SchemaManage, false, d.createSchema},
		{get, "/schemas/{id}", "getSchema", access.CatalogRead, false, d.getSchema},
		{patch, "/schemas/{id}", "updateSchema", access.SchemaManage, false, d.updateSchema},
		{remove, "/schemas/{id}", "deleteSchema", access.SchemaManage, false, d.deleteSchema},
		{post, "/schemas/{id}/versions", "addSchemaVersion", access.SchemaManage, false, d.addVersion},
		{get, "/schemas/{id}/versions/{version}", "getSchemaVersion", access.CatalogRead, false, d.getVersion},
		{post, "/schemas/{id}/archive", "archiveSchema", access.SchemaManage, false, d.archiveSchema},
		{post, "/schemas/{id}/restore", "restoreSchema", access.SchemaManage, false, d.restoreSchema},

		{get, "/contexts", "listContexts", access.CatalogRead, false, d.listContexts},
		{post, "/contexts", "importContext", access.ContextManage, false, d.importContext},

		{get, "/types", "listTypes", access.CatalogRead, false, d.listTypes},
		{post, "/types", "createType", access.TypeManage, false, d.createType},
		{get, "/types/{id}", "getType", access.CatalogRead, false, d.getType},
		{put, "/types/{id}", "updateType", access.TypeManage, false, d.updateType},
		{post, "/types/{id}/archive", "archiveType", access.TypeManage, false, d.archiveType},
		{post, "/types/{id}/restore", "restoreType", access.TypeManage, false, d.restoreType},
		{get, "/types/{id}/publications", "listPublications", access.CatalogRead, false, d.listPublications},
		{post, "/types/{id}/publications/{publication}/retry", "retryPublication", access.TypeManage, false, d.retryPublication},

		{get, "/instances", "listInstances", access.CatalogRead, false, d.listInstances},
		{post, "/instances", "createInstance", access.TypeManage, false, d.createInstance},
		{get, "/instances/{id}", "getInstance", access.CatalogRead, false, d.getInstance},
		{put, "/instances/{id}", "updateInstance", access.TypeManage, false, d.updateInstance},
		{post, "/instances/{id}/archive", "archiveInstance", access.TypeManage, false, d.archiveInstance},
		{post, "/instances/{id}/restore", "restoreInstance", access.TypeManage, false, d.restoreInstance},
	}
}

func (d *Door) identities() []line {
	return []line{
		{get, "/keys", "listKeys", access.KeyManage, false, d.listKeys},
		{post, "/keys", "createKey", access.KeyManage, false, d.createKey},

		{get, "/dids", "listDids", access.DIDRead, false, d.listIdentities},
		{post, "/dids", "createDid", access.DIDManage, false, d.createIdentity},
		{get, "/dids/{id}", "getDid", access.DIDRead, false, d.getIdentity},
		{post, "/dids/{id}/keys", "addDidKey", access.DIDManage, false, d.addIdentityKey},
		{post, "/dids/{id}/keys/state", "setDidKeyState", access.DIDManage, false, d.setKeyState},
		{post, "/dids/{id}/rotate", "rotateDid", access.DIDManage, false, d.rotateIdentity},
		{post, "/dids/{id}/deactivate", "deactivateDid", access.DIDManage, false, d.deactivateIdentity},
	}
}

func (d *Door) credentials() []line {
	return []line{
		{get, "/credentials", "listCredentials", access.CredentialRead, false, d.listCredentials},
		{post, "/credentials", "issueCredential", access.CredentialIssue, false, d.issue},
		{post, "/credentials/prepare", "prepareCredential", access.CredentialIssue, false, d.prepare},
		{post, "/credentials/batch", "issueBatch", access.CredentialIssue, false, d.issueBatch},
		{post, "/credentials/verify", "verifyCredential", access.CredentialVerify, false, d.verify},
		{get, "/credentials/{id}", "getCredential", access.CredentialRead, false, d.getCredential},
		{post, "/credentials/{id}/complete", "completeCredential", access.CredentialIssue, false, d.complete},
		{post, "/credentials/{id}/status", "changeStatus", access.CredentialStatus, false, d.changeStatus},
		{post, "/credentials/{id}/revoke", "revokeCredential", access.CredentialStatus, false, d.shorthand(vc.Revocation, 1)},
		{post, "/credentials/{id}/suspend", "suspendCredential", access.CredentialStatus, false, d.shorthand(vc.Suspension, 1)},
		{post, "/credentials/{id}/reinstate", "reinstateCredential", access.CredentialStatus, false, d.shorthand(vc.Suspension, 0)},
		{post, "/credentials/{id}/erase", "eraseCredential", access.CredentialErase, false, d.eraseCredential},
	}
}

func (d *Door) records() []line {
	return []line{
		{get, "/events", "listEvents", access.EventRead, false, d.listEvents},
		{get, "/audit", "listAudit", access.AuditRead, false, d.listAudit},
		{get, "/audit/head", "getAuditHead", access.AuditRead, false, d.auditHead},
	}
}

func (d *Door) webhooks() []line {
	return []line{
		{get, "/webhooks", "listWebhooks", access.WebhookRead, false, d.listWebhooks},
		{post, "/webhooks", "createWebhook", access.WebhookManage, false, d.createWebhook},
		{get, "/webhooks/{id}", "getWebhook", access.WebhookRead, false, d.getWebhook},
		{patch, "/webhooks/{id}", "updateWebhook", access.WebhookManage, false, d.updateWebhook},
		{remove, "/webhooks/{id}", "deleteWebhook", access.WebhookManage, false, d.deleteWebhook},
		{post, "/webhooks/{id}/rotate-secret", "rotateWebhookSecret", access.WebhookManage, false, d.rotateWebhookSecret},
		{post, "/webhooks/{id}/test", "testWebhook", access.WebhookManage, false, d.testWebhook},
		{post, "/webhooks/{id}/replay", "replayWebhook", access.WebhookManage, false, d.replayWebhook},
		{get, "/webhooks/{id}/deliveries", "listDeliveries", access.WebhookRead, false, d.listDeliveries},
		{post, "/webhooks/{id}/deliveries/{delivery}/replay", "replayDelivery", access.WebhookManage, false, d.replayDelivery},
	}
}

func (d *Door) didcomm() []line {
	return []line{
		{get, "/connections", "listConnections", access.WalletUse, false, d.listConnections},
		{get, "/connections/{id}", "getConnection", access.WalletUse, false, d.getConnection},
		{get, "/letters", "listLetters", access.WalletUse, false, d.listLetters},
		{post, "/letters/{id}/revive", "reviveLetter", access.WalletUse, false, d.reviveLetter},
	}
}
