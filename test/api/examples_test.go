package api

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/api/dif"
	"github.com/chancery-vc/chancery/internal/api/native"
	"github.com/chancery-vc/chancery/internal/api/oauth"
	"github.com/chancery-vc/chancery/internal/api/public"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
)

// planted is a claim that nobody else may come to see.
const planted = "Ada-Lovelace-1815"

// fixture is an office with one of everything, some of it there to be archived, deleted or erased.
type fixture struct {
	*office
	spareTenant                 sdk.Tenant
	spareOrg                    sdk.Organisation
	apiKey, client, spareClient sdk.Principal
	freeKey                     sdk.Key
	web, ending                 sdk.DID
	spareSchema                 sdk.Schema
	context                     string
	made, suspended, doomed     sdk.Credential
	draft                       sdk.Credential
	outside                     signer
	signature                   []byte
	instance, spareInstance     sdk.Instance
	hook, spareHook             sdk.Webhook
	failed                      string   // a delivery of hook
	peer, letter                string   // a connection, and a message for it that is dead
	unused                      sdk.Type // not archived by what is done to the type in use
	unpublished                 string   // a publication of unused that failed
}

func (w *world) fixture(slug string) *fixture {
	ctx := w.t.Context()
	f := &fixture{office: w.office(slug)}
	f.spareTenant = w.tenant(slug + "-spare")
	tenantWide := w.operator()
	tenantWide.Tenant = slug
	f.spareOrg = must(tenantWide.CreateOrganisation(ctx, sdk.NewOrganisation{Name: "Spare of " + slug, MayIssue: true}))
	grants := []sdk.Grant{{Role: "issuer", Organisation: f.org.ID}}
	f.apiKey = must(f.root.CreateAPIKey(ctx, sdk.NewPrincipal{Name: "key of " + slug, Grants: grants}))
	f.client = must(f.root.CreateClient(ctx, sdk.NewPrincipal{Name: "client of " + slug, Grants: grants}))
	f.spareClient = must(f.root.CreateClient(ctx, sdk.NewPrincipal{Name: "spare client of " + slug, Grants: grants}))
	f.freeKey = must(f.admin.CreateKey(ctx, "P-256"))
	f.web = must(f.admin.CreateDID(ctx, sdk.NewDID{Method: "web", Options: map[string]string{"path": slug + "/web"}}))
	f.ending = must(f.admin.CreateDID(ctx, sdk.NewDID{Method: "web", Options: map[string]string{"path": slug + "/ending"}}))
	f.spareSchema = must(f.admin.CreateSchema(ctx, sdk.NewSchema{Name: "Spare of " + slug, TypeName: "Spare", Schema: claimsSchema()}))
	f.unused = must(f.admin.CreateType(ctx, sdk.NewType{
		Name: "Unused of " + slug, Types: []string{"Unused"}, Schema: sdk.SchemaReference{ID: f.schema.ID}, Variants: bothVariants(),
	}))
	f.instance = must(f.admin.CreateInstance(ctx, sdk.NewInstance{Slug: slug + "-issuer", Identity: f.did.ID, Purposes: []string{"revocation", "suspension"}}))
	f.spareInstance = must(f.admin.CreateInstance(ctx, sdk.NewInstance{Slug: slug + "-spare"}))
	f.context = "https://contexts.example/" + slug + ".jsonld"
	must(f.admin.ImportContext(ctx, sdk.NewContext{URL: f.context, Document: []byte(`{"@context":{"a":"https://a.example/a"}}`)}))
	order := f.order()
	order.Claims = map[string]any{"id": "did:example:" + slug + "-holder", "name": planted, "level": 3}
	f.made, f.suspended, f.doomed = must(f.admin.Issue(ctx, order)), must(f.admin.Issue(ctx, order)), must(f.admin.Issue(ctx, order))
	must(f.admin.Suspend(ctx, f.suspended.ID, ""))
	f.outside = newSigner(w.t, "EdDSA")
	order.Issuer = f.outside.did
	f.draft = must(f.admin.Prepare(ctx, sdk.Preparation{Order: order}))
	f.signature = f.outside.sign(inputOf(f.draft))
	// Nobody is there, so that each has a delivery.
	f.hook = must(f.admin.CreateWebhook(ctx, sdk.NewWebhook{Name: "hook of " + slug, URL: "https://127.0.0.1:1/" + slug, Events: []string{"type.archived"}}))
	f.spareHook = must(f.admin.CreateWebhook(ctx, sdk.NewWebhook{Name: "spare hook of " + slug, URL: "https://127.0.0.1:1/" + slug + "/spare"}))
	put := must(f.admin.CreateType(ctx, sdk.NewType{Name: "Put away by " + slug, Types: []string{"Unused"}, Schema: sdk.SchemaReference{ID: f.schema.ID}}))
	must(f.admin.ArchiveType(ctx, put.ID))
	eventually(w.t, "a delivery failed", func() bool {
		list := must(f.admin.ListDeliveries(ctx, f.hook.ID, sdk.DeliveryQuery{}))
		if len(list.Items) == 0 {
			return false
		}
		f.failed = list.Items[0].ID
		return true
	})
	f.correspond()
	f.publishes()
	return f
}

// publishes has a type publish where nothing can be published.
func (f *fixture) publishes() {
	ctx, app := f.w.t.Context(), f.w.app
	scope := vc.Scope{Tenant: f.tenant.ID, Organisation: f.org.ID}
	now := f.w.clock.Now()
	p := vc.Publication{
		ID: uuid.Must(uuid.NewV7()).String(), Scope: scope, Kind: vc.PublishedSchema, Object: f.schema.ID, Version: 1, Type: f.unused.ID,
		Publishing: vc.Publishing{Identity: f.did.ID, DID: f.did.DID, Interval: time.Minute}, Name: f.schema.ID, Resource: catalog.ResourceSchema,
		Job: uuid.Must(uuid.NewV7()).String(), DueAt: now, Shown: -1, Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
	done(sql.For[catalog.Rows](app.DB).Update(ctx, scope, func(rows catalog.Rows) error { return rows.InsertPublication(p) }))
	f.unpublished = p.ID
	eventually(f.w.t, "a publication failed", func() bool {
		list := must(f.admin.ListPublications(ctx, f.unused.ID, sdk.ListQuery{}))
		return len(list.Items) == 1 && list.Items[0].State == "failing"
	})
}

// correspond invites a peer, and writes it a message that does not arrive.
func (f *fixture) correspond() {
	ctx, app := f.w.t.Context(), f.w.app
	by := vc.Caller{Scope: vc.Scope{Tenant: f.tenant.ID, Organisation: f.org.ID}, Principal: f.key.ID, Door: "test"}
	f.peer = must(app.Agent.Invite(ctx, by, agent.NewInvitation{Alias: planted, Handshake: []string{"didexchange/1.1"}})).Invitation.Connection
	letter := vc.Letter{
		ID: uuid.Must(uuid.NewV7()).String(), Scope: by.Scope, Way: vc.WayOut, Connection: f.peer, State: vc.LetterDead,
		BodyKey: []byte("key"), Body: []byte("sealed"), CreatedAt: f.w.clock.Now(), UpdatedAt: f.w.clock.Now(),
	}
	done(sql.For[agent.Rows](app.DB).Update(ctx, by.Scope, func(rows agent.Rows) error { return rows.InsertLetter(letter) }))
	f.letter = letter.ID
}

// secrets are what must not be found in an answer to anyone outside.
func (f *fixture) secrets() []string {
	return []string{
		planted, f.made.ID, f.suspended.ID, f.doomed.ID, f.draft.ID, f.did.ID, f.did.DID, f.web.ID, f.ending.ID, f.schema.ID,
		f.spareSchema.ID, f.kind.ID, f.unused.ID, f.freeKey.ID, f.apiKey.ID, f.client.ID, f.key.ID, f.context, f.org.ID,
		f.spareOrg.ID, f.spareTenant.ID, f.org.Name, f.instance.ID, f.spareInstance.ID, f.hook.ID, f.spareHook.ID,
		f.failed, f.peer, f.letter, f.unpublished,
	}
}

// example is a request that its owner may make. path is below the prefix.
type example struct {
	path string
	body any
}

type object = map[string]any

func (f *fixture) orderBody() object {
	return object{"type": f.kind.ID, "issuer": f.did.DID, "claims": object{"id": "did:example:x", "name": planted, "level": 1}}
}

func (f *fixture) typeBody() object {
	return object{"name": "Made", "types": []string{"Made"}, "schema": object{"id": f.schema.ID}}
}

// example fills a route of the native API; ok is false for one it does not know.
func (f *fixture) example(operation string) (e example, ok bool) {
	segment := url.PathEscape
	principal := object{"name": "fresh", "grants": []any{object{"role": "verifier", "organisation": f.org.ID}}}
	all := map[string]example{
		"whoami": {"/whoami", nil},

		"listTenants":   {"/tenants", nil},
		"createTenant":  {"/tenants", object{"slug": "fresh-" + strings.ToLower(f.made.ID[30:]), "name": "Fresh"}},
		"getTenant":     {"/tenants/" + f.tenant.ID, nil},
		"updateTenant":  {"/tenants/" + f.tenant.ID, object{"name": "Renamed"}},
		"archiveTenant": {"/tenants/" + f.spareTenant.ID + "/archive", nil},
		"restoreTenant": {"/tenants/" + f.spareTenant.ID + "/restore", nil},

		"listOrganisations":   {"/organisations", nil},
		"createOrganisation":  {"/organisations", object{"name": "Fresh", "mayIssue": true}},
		"getOrganisation":     {"/organisations/" + f.org.ID, nil},
		"updateOrganisation":  {"/organisations/" + f.org.ID, object{"mayVerify": true}},
		"archiveOrganisation": {"/organisations/" + f.spareOrg.ID + "/archive", nil},
		"restoreOrganisation": {"/organisations/" + f.spareOrg.ID + "/restore", nil},

		"listApiKeys":  {"/api-keys", nil},
		"createApiKey": {"/api-keys", principal},
		"getApiKey":    {"/api-keys/" + f.apiKey.ID, nil},
		"revokeApiKey": {"/api-keys/" + f.apiKey.ID, nil},
		"listClients":  {"/clients", nil},
		"createClient": {"/clients", principal},
		"getClient":    {"/clients/" + f.client.ID, nil},
		"revokeClient": {"/clients/" + f.spareClient.ID, nil},
		"rotateClient": {"/clients/" + f.client.ID + "/rotate", nil},

		"listSchemas":      {"/schemas", nil},
		"createSchema":     {"/schemas", object{"name": "Fresh", "typeName": "Fresh", "schema": claimsSchema()}},
		"getSchema":        {"/schemas/" + f.schema.ID, nil},
		"updateSchema":     {"/schemas/" + f.schema.ID, object{"name": "Renamed"}},
		"deleteSchema":     {"/schemas/" + f.spareSchema.ID, nil},
		"addSchemaVersion": {"/schemas/" + f.schema.ID + "/versions", object{"schema": claimsSchema()}},
		"getSchemaVersion": {"/schemas/" + f.schema.ID + "/versions/1", nil},
		"archiveSchema":    {"/schemas/" + f.schema.ID + "/archive", nil},
		"restoreSchema":    {"/schemas/" + f.schema.ID + "/restore", nil},
		"listContexts":     {"/contexts", nil},
		"importContext":    {"/contexts", object{"url": "https://contexts.example/fresh", "document": object{"@context": object{}}}},
		"listTypes":        {"/types", nil},
		"createType":       {"/types", f.typeBody()},
		"getType":          {"/types/" + f.unused.ID, nil},
		"updateType":       {"/types/" + f.unused.ID, object{"name": "Renamed", "types": []string{"Unused"}, "schema": object{"id": f.schema.ID, "version": 1}, "revision": f.unused.Revision}},
		"listPublications": {"/types/" + f.unused.ID + "/publications", nil},
		"retryPublication": {"/types/" + f.unused.ID + "/publications/" + f.unpublished + "/retry", nil},
		"archiveType":      {"/types/" + f.unused.ID + "/archive", nil},
		"restoreType":      {"/types/" + f.unused.ID + "/restore", nil},

		"listInstances":   {"/instances", nil},
		"createInstance":  {"/instances", object{"slug": "fresh-" + strings.ToLower(f.made.ID[24:]), "identity": f.did.ID}},
		"getInstance":     {"/instances/" + f.instance.ID, nil},
		"updateInstance":  {"/instances/" + f.instance.ID, object{"slug": f.instance.Slug, "name": "Renamed", "identity": f.did.ID, "revision": f.instance.Revision}},
		"archiveInstance": {"/instances/" + f.spareInstance.ID + "/archive", nil},
		"restoreInstance": {"/instances/" + f.spareInstance.ID + "/restore", nil},

		"listKeys":       {"/keys", nil},
		"createKey":      {"/keys", object{"algorithm": "P-384"}},
		"listDids":       {"/dids", nil},
		"createDid":      {"/dids", object{"method": "jwk", "keyId": f.freeKey.ID}},
		"getDid":         {"/dids/" + segment(f.did.DID), nil},
		"addDidKey":      {"/dids/" + f.web.ID + "/keys", object{"algorithm": "P-256"}},
		"setDidKeyState": {"/dids/" + f.web.ID + "/keys/state", object{"method": f.web.Keys[0].Method, "state": "retired"}},
		"rotateDid":      {"/dids/" + segment(f.web.DID) + "/rotate", object{"algorithm": "Ed25519"}},
		"deactivateDid":  {"/dids/" + f.ending.ID + "/deactivate", nil},

		"listCredentials":     {"/credentials", nil},
		"issueCredential":     {"/credentials", f.orderBody()},
		"prepareCredential":   {"/credentials/prepare", f.orderBody()},
		"issueBatch":          {"/credentials/batch", object{"atomic": true, "orders": []any{f.orderBody()}}},
		"verifyCredential":    {"/credentials/verify", object{"credential": f.made.Credential}},
		"getCredential":       {"/credentials/" + f.made.ID, nil},
		"completeCredential":  {"/credentials/" + f.draft.ID + "/complete", object{"signature": base64.RawURLEncoding.EncodeToString(f.signature)}},
		"changeStatus":        {"/credentials/" + f.made.ID + "/status", object{"purpose": "suspension", "value": 1, "reason": "late"}},
		"revokeCredential":    {"/credentials/" + f.doomed.ID + "/revoke", object{"reason": "over"}},
		"suspendCredential":   {"/credentials/" + f.made.ID + "/suspend", nil},
		"reinstateCredential": {"/credentials/" + f.suspended.ID + "/reinstate", nil},
		"eraseCredential":     {"/credentials/" + f.doomed.ID + "/erase", nil},

		"listWebhooks":        {"/webhooks", nil},
		"createWebhook":       {"/webhooks", object{"url": "https://registry.example/fresh", "events": []string{"credential.*"}, "headers": object{"x-key": "k"}}},
		"getWebhook":          {"/webhooks/" + f.hook.ID, nil},
		"updateWebhook":       {"/webhooks/" + f.hook.ID, object{"name": "Renamed"}},
		"deleteWebhook":       {"/webhooks/" + f.spareHook.ID, nil},
		"rotateWebhookSecret": {"/webhooks/" + f.hook.ID + "/rotate-secret", object{"overlap": 60}},
		"testWebhook":         {"/webhooks/" + f.hook.ID + "/test", nil},
		"replayWebhook":       {"/webhooks/" + f.hook.ID + "/replay", nil},
		"listDeliveries":      {"/webhooks/" + f.hook.ID + "/deliveries", nil},
		"replayDelivery":      {"/webhooks/" + f.hook.ID + "/deliveries/" + f.failed + "/replay", nil},

		"listConnections": {"/connections", nil},
		"getConnection":   {"/connections/" + f.peer, nil},
		"listLetters":     {"/letters", nil},
		"reviveLetter":    {"/letters/" + f.letter + "/revive", nil},

		"listEvents":   {"/events", nil},
		"listAudit":    {"/audit", nil},
		"getAuditHead": {"/audit/head", nil},
	}
	e, ok = all[operation]
	return e, ok
}

// nativeRoutes is the native door's table.
func nativeRoutes() []httpx.Route { return (&native.Door{}).Routes() }

// publicRoutes are the routes of the doors that ask for nobody, or do so by themselves.
func publicRoutes() []httpx.Route {
	return slices.Concat((&public.Door{}).Routes(), (&dif.Door{}).Routes(), oauth.Routes(oauth.Config{}))
}

// TestEveryOperation calls each operation once with success, without a token, with a token that may not, with
// another id and with another body; each answer is held against the description.
func TestEveryOperation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		eventually(t, "the chain has a head", func() bool {
			return w.call("GET", "/v1/audit/head", f.key.Secret, nil).status == 200
		})
		w.watch.mu.Lock()
		w.watch.seen = nil
		w.watch.mu.Unlock()
		weak := must(f.root.CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "weak", Grants: []sdk.Grant{{Role: "verifier", Organisation: f.org.ID}}}))
		inside := []string{native.OrganisationHeader, f.org.ID}
		for _, route := range nativeRoutes() {
			e, ok := f.example(route.Operation)
			if !ok {
				t.Errorf("there is no example of %s", route.Operation)
				continue
			}
			path := "/t/north/v1" + e.path
			header := inside
			if strings.HasPrefix(e.path, "/tenants") || strings.HasPrefix(e.path, "/organisations") {
				header = nil // the operator acts on the tenant, not in an organisation
			}
			if got := w.call(route.Method, path, "", e.body, header...); got.status != 401 {
				t.Errorf("%s without a token: %d", route.Operation, got.status)
			}
			if got := w.call(route.Method, path, weak.Secret, e.body); got.status/100 == 5 || got.status == 401 {
				t.Errorf("%s by a verifier: %d", route.Operation, got.status)
			}
			if strings.Contains(route.Pattern, "{id}") {
				pattern := strings.Replace(strings.Replace(route.Pattern, "{version}", "1", 1), "{id}", "019a0000-0000-7000-8000-000000000000", 1)
				if got := w.call(route.Method, "/t/north/v1"+pattern, w.secret, e.body, header...); got.status != 404 {
					t.Errorf("%s of an unknown id: %d %s", route.Operation, got.status, got.body)
				}
			}
			if route.Method != http.MethodGet && e.body != nil {
				if got := w.call(route.Method, path, w.secret, `{"unheard of":1}`, header...); got.status != 400 {
					t.Errorf("%s with an unknown member: %d %s", route.Operation, got.status, got.body)
				}
			}
			if got := w.call(route.Method, path+"?unheard-of=1", w.secret, e.body, header...); got.status != 400 || got.problem().Code() != "unknown-parameter" {
				t.Errorf("%s with an unknown parameter: %d %s", route.Operation, got.status, got.body)
			}
			if got := w.call(route.Method, path, w.secret, e.body, header...); got.status/100 != 2 {
				t.Errorf("%s: %d %s", route.Operation, got.status, got.body)
			}
		}
		w.call("GET", "/openapi.json", "", nil)
		for path, item := range w.watch.doc.Paths.Map() {
			for method, operation := range item.Operations() {
				seen := w.watch.seen[operation.OperationID]
				t.Logf("%-7s %-38s %-22s %d successes, %d refusals", method, path, operation.OperationID, seen[2], seen[4])
				if seen[2] == 0 || seen[4] == 0 && path != "/openapi.json" {
					t.Errorf("%s %s: %d successes, %d refusals", method, path, seen[2], seen[4])
				}
			}
		}
	})
}
