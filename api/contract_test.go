package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
)

// world is a running server and who calls it.
type world struct {
	*testing.T
	judge    *judge
	app      *app.App
	url      string
	operator *sdk.Client
	admin    *sdk.Client // of an organisation
	org      string
}

func start(t *testing.T) *world {
	t.Helper()
	token := ""
	server, err := app.Open(t.Context(), app.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true,
		Notice: func(text string) { _, token, _ = strings.Cut(text, ": ") },
	})
	if err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(running) }()
	t.Cleanup(func() {
		stop()
		if err := errors.Join(<-ended, server.Close()); err != nil {
			t.Error(err)
		}
	})
	w := &world{T: t, judge: newJudge(t), app: server, url: server.URL}
	w.operator = w.client(token)
	o := must(w.operator.CreateOrganisation(t.Context(), sdk.NewOrganisation{Name: "Org", MayIssue: true, MayVerify: true}))(t)
	w.org = o.ID
	inside := *w.operator
	inside.Organisation = o.ID
	key := must(inside.CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "admin", Grants: []sdk.Grant{{Role: "organisation-admin"}}}))(t)
	w.admin = w.client(key.Secret)
	return w
}

func (w *world) client(token string) *sdk.Client {
	return &sdk.Client{BaseURL: w.url, Token: token, HTTP: &http.Client{Transport: w.judge, Timeout: 30 * time.Second}}
}

// must gives a value, or ends the test with the error that came with it.
func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// refused says that an error is the problem of that status and code.
func refused(t *testing.T, err error, status int, code string) *sdk.Problem {
	t.Helper()
	p, ok := errors.AsType[*sdk.Problem](err)
	if !ok || p.Status != status || p.Code() != code || p.RequestID == "" {
		t.Errorf("want %d %s, got %v", status, code, err)
		return &sdk.Problem{}
	}
	return p
}

const claimsSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
	"properties":{"id":{"type":"string"},"degree":{"type":"string"}},"required":["degree"],"additionalProperties":false}`

// TestEveryOperation calls every operation of the description through the client; the transport holds requests and
// answers against it.
func TestEveryOperation(t *testing.T) {
	w := start(t)
	w.administration(t)
	kind := w.catalogue(t)
	did := w.dids(t)
	w.instances(t, did)
	w.credentials(t, kind, did)
	w.records(t)
	w.webhooks(t)
	w.didcomm(t)
	res := must(w.operator.HTTP.Get(w.url + "/openapi.json"))(t)
	_ = res.Body.Close()
	for _, op := range w.judge.ops {
		if w.judge.calls[op.id] == 0 {
			t.Errorf("%s was never answered well", op.id)
		}
	}
}

func (w *world) instances(t *testing.T, issuer string) {
	ctx, c := t.Context(), w.admin
	did := must(c.GetDID(ctx, issuer))(t)
	body := sdk.NewInstance{Slug: "issuer", Identity: did.ID, Purposes: []string{"revocation"}, Checks: []string{"proof", "status"}}
	made := must(c.CreateInstance(ctx, body))(t)
	body.Name = "Issuer"
	changed := must(c.UpdateInstance(ctx, made.ID, made.Revision, body))(t)
	if changed.Name != "Issuer" || changed.Revision != 2 || must(c.GetInstance(ctx, made.ID))(t).Name != "Issuer" {
		t.Errorf("changed to %+v", changed)
	}
	_, err := c.UpdateInstance(ctx, made.ID, made.Revision, body)
	refused(t, err, 409, "stale")
	_, err = c.CreateInstance(ctx, body)
	refused(t, err, 409, "slug-taken")
	must(c.ArchiveInstance(ctx, made.ID))(t)
	must(c.RestoreInstance(ctx, made.ID))(t)
	if all := must(c.ListInstances(ctx, sdk.ListQuery{}))(t); len(all.Items) != 1 {
		t.Errorf("listed %+v", all)
	}
}

func (w *world) administration(t *testing.T) {
	ctx, c := t.Context(), w.operator
	who := must(c.Whoami(ctx))(t)
	if who.Kind != "apikey" || len(who.Permissions) < 10 {
		t.Errorf("whoami: %+v", who)
	}
	tenant := must(c.CreateTenant(ctx, sdk.NewTenant{Slug: "acme", Name: "Acme"}))(t)
	must(c.GetTenant(ctx, "acme"))(t)
	must(c.UpdateTenant(ctx, tenant.ID, sdk.TenantPatch{Name: new("Acme Ltd"), ForbidsWholeCredentials: new(true)}))(t)
	must(c.ArchiveTenant(ctx, tenant.ID))(t)
	if list := must(c.ListTenants(ctx, sdk.ListQuery{Archived: new(true)}))(t); len(list.Items) != 1 {
		t.Errorf("archived tenants: %+v", list)
	}
	must(c.RestoreTenant(ctx, tenant.ID))(t)
	_, err := c.CreateTenant(ctx, sdk.NewTenant{Slug: "acme", Name: "again"})
	refused(t, err, 409, errCode(err))

	o := must(c.CreateOrganisation(ctx, sdk.NewOrganisation{Name: "Two", MayVerify: true}))(t)
	o = must(c.UpdateOrganisation(ctx, o.ID, sdk.OrganisationPatch{MayIssue: new(true)}))(t)
	if !o.MayIssue || !o.MayVerify || o.Name != "Two" {
		t.Errorf("organisation: %+v", o)
	}
	must(c.ArchiveOrganisation(ctx, o.ID))(t)
	must(c.RestoreOrganisation(ctx, o.ID))(t)
	must(c.GetOrganisation(ctx, o.ID))(t)
	first := must(c.ListOrganisations(ctx, sdk.ListQuery{Limit: 1}))(t)
	second := must(c.ListOrganisations(ctx, sdk.ListQuery{Limit: 1, Cursor: first.Next}))(t)
	if first.Next == "" || len(second.Items) != 1 || first.Items[0].ID == second.Items[0].ID {
		t.Errorf("pages: %+v %+v", first, second)
	}

	key := must(c.CreateAPIKey(ctx, sdk.NewPrincipal{Name: "k", Grants: []sdk.Grant{{Role: "auditor", Organisation: w.org}}, ExpiresAt: time.Now().Add(time.Hour)}))(t)
	if got := must(c.GetAPIKey(ctx, key.ID))(t); got.Secret != "" || key.Secret == "" {
		t.Errorf("the secret: %+v %+v", key, got)
	}
	must(c.ListAPIKeys(ctx, sdk.ListQuery{}))(t)
	if err := c.RevokeAPIKey(ctx, key.ID); err != nil {
		t.Error(err)
	}
	_, err = w.client(key.Secret).Whoami(ctx)
	refused(t, err, 401, errCode(err))

	client := must(c.CreateClient(ctx, sdk.NewPrincipal{Name: "c", Grants: []sdk.Grant{{Role: "verifier"}}}))(t)
	must(c.GetClient(ctx, client.ID))(t)
	must(c.ListClients(ctx, sdk.ListQuery{}))(t)
	if again := must(c.RotateClient(ctx, client.ID))(t); again.Secret == "" || again.Secret == client.Secret {
		t.Errorf("rotated: %+v", again)
	}
	if over := must(c.RotateClientOver(ctx, client.ID, time.Hour))(t); time.Until(over.PreviousExpiresAt) > time.Hour || !must(c.GetClient(ctx, client.ID))(t).PreviousExpiresAt.Equal(over.PreviousExpiresAt) {
		t.Errorf("rotated: %+v", over)
	}
	_, err = c.RotateClientOver(ctx, client.ID, 1000*24*time.Hour)
	refused(t, err, 400, "invalid-overlap")
	_, err = c.GetAPIKey(ctx, client.ID)
	refused(t, err, 404, "principal-not-found")
	if err := c.RevokeClient(ctx, client.ID); err != nil {
		t.Error(err)
	}
}

// errCode takes whatever code a problem has, where another room chose the word.
func errCode(err error) string {
	if p, ok := errors.AsType[*sdk.Problem](err); ok {
		return p.Code()
	}
	return ""
}

func (w *world) catalogue(t *testing.T) (kind string) {
	ctx, c := t.Context(), w.admin
	schema := must(c.CreateSchema(ctx, sdk.NewSchema{Name: "Degree", TypeName: "DegreeCredential", Schema: json.RawMessage(claimsSchema)}))(t)
	if !strings.Contains(string(schema.LatestVersion.Claims), `"degree"`) {
		t.Errorf("claims: %s", schema.LatestVersion.Claims)
	}
	must(c.GetSchema(ctx, schema.ID))(t)
	must(c.ListSchemas(ctx, sdk.ListQuery{Search: "degr"}))(t)
	must(c.UpdateSchema(ctx, schema.ID, sdk.SchemaPatch{Name: new("Degree of Science")}))(t)
	version := must(c.AddSchemaVersion(ctx, schema.ID, json.RawMessage(claimsSchema)))(t)
	must(c.GetSchemaVersion(ctx, schema.ID, version.Version))(t)
	must(c.ArchiveSchema(ctx, schema.ID))(t)
	must(c.RestoreSchema(ctx, schema.ID))(t)
	spare := must(c.CreateSchema(ctx, sdk.NewSchema{Name: "Spare", Schema: json.RawMessage(claimsSchema)}))(t)
	if err := c.DeleteSchema(ctx, spare.ID); err != nil {
		t.Error(err)
	}
	_, err := c.GetSchema(ctx, spare.ID)
	refused(t, err, 404, "schema-not-found")

	must(c.ImportContext(ctx, sdk.NewContext{URL: "https://example.org/c", Document: json.RawMessage(`{"@context":{"x":"https://example.org/x"}}`)}))(t)
	must(c.ListContexts(ctx, sdk.ListQuery{}))(t)
	if got := must(c.GetContext(ctx, "https://example.org/c"))(t); len(got.Document) == 0 {
		t.Errorf("context: %+v", got)
	}

	body := sdk.NewType{
		Name: "Degree", Types: []string{"DegreeCredential"}, Schema: sdk.SchemaReference{ID: schema.ID},
		Validity: sdk.Validity{DefaultSeconds: 30 * 86400}, Purposes: []string{"revocation", "suspension"},
	}
	made := must(c.CreateType(ctx, body))(t)
	body.Schema.Version, body.Look.TextColor = 1, "#fff"
	changed := must(c.UpdateType(ctx, made.ID, made.Revision, body))(t)
	if changed.Revision != made.Revision+1 || changed.Look.TextColor != "#fff" || changed.Schema.Version != 1 {
		t.Errorf("type: %+v", changed)
	}
	_, err = c.UpdateType(ctx, made.ID, made.Revision, body)
	refused(t, err, 409, "stale")
	must(c.ArchiveType(ctx, made.ID))(t)
	must(c.RestoreType(ctx, made.ID))(t)
	must(c.GetType(ctx, made.ID))(t)
	must(c.ListTypes(ctx, sdk.ListQuery{}))(t)
	w.publishes(t, made.ID, schema.ID)

	for _, url := range []string{version.URL, version.ContextURL, strings.Replace(version.URL, "schema.json", "claims.json", 1)} {
		w.cached(t, url)
	}
	return made.ID
}

// publishes has a type publish what could not be published.
func (w *world) publishes(t *testing.T, kind, schema string) {
	ctx, c, now := t.Context(), w.admin, time.Now().UTC().Truncate(time.Microsecond)
	tenant := must(w.operator.GetTenant(ctx, "default"))(t)
	p := vc.Publication{
		ID: uuid.Must(uuid.NewV7()).String(), Scope: vc.Scope{Tenant: tenant.ID, Organisation: w.org}, Kind: vc.PublishedSchema, Object: schema,
		Version: 1, Type: kind, Publishing: vc.Publishing{Identity: uuid.NewString(), Interval: time.Minute}, Name: schema,
		Resource: catalog.ResourceSchema, Job: uuid.NewString(), Code: "ledger-unavailable", DueAt: now.Add(time.Hour), Shown: -1, Revision: 1,
		CreatedAt: now, UpdatedAt: now,
	}
	if err := sql.For[catalog.Rows](w.app.DB).Update(ctx, p.Scope, func(rows catalog.Rows) error { return rows.InsertPublication(p) }); err != nil {
		t.Fatal(err)
	}
	if all := must(c.ListPublications(ctx, kind, sdk.ListQuery{}))(t); len(all.Items) != 1 || all.Items[0].State != "failing" {
		t.Errorf("listed %+v", all)
	}
	if again := must(c.RetryPublication(ctx, kind, p.ID))(t); again.ID != p.ID {
		t.Errorf("tried again %+v", again)
	}
	_, err := c.RetryPublication(ctx, kind, uuid.NewString())
	refused(t, err, 404, "publication-not-found")
}

// cached reads something public twice: the second time it has not changed.
func (w *world) cached(t *testing.T, url string) string {
	t.Helper()
	res := must(http.Get(url))(t)
	body := must(io.ReadAll(res.Body))(t)
	_ = res.Body.Close()
	if res.StatusCode != 200 || res.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(res.Header.Get("Cache-Control"), "max-age") {
		t.Errorf("%s: %d %v %s", url, res.StatusCode, res.Header, body)
	}
	r := must(http.NewRequest(http.MethodGet, url, nil))(t)
	r.Header.Set("If-None-Match", res.Header.Get("ETag"))
	again := must(http.DefaultClient.Do(r))(t)
	_ = again.Body.Close()
	if again.StatusCode != http.StatusNotModified {
		t.Errorf("%s again: %d", url, again.StatusCode)
	}
	return string(body)
}

func (w *world) dids(t *testing.T) (issuer string) {
	ctx, c := t.Context(), w.admin
	key := must(c.CreateKey(ctx, "P-256"))(t)
	must(c.ListKeys(ctx, sdk.ListQuery{}))(t)
	must(c.CreateDID(ctx, sdk.NewDID{Method: "jwk", KeyID: key.ID}))(t)
	made := must(c.CreateDID(ctx, sdk.NewDID{Method: "key", Algorithm: "Ed25519", Name: "Org"}))(t)
	if got := must(c.GetDID(ctx, made.DID))(t); got.ID != made.ID {
		t.Errorf("by DID: %+v", got)
	}
	must(c.ListDIDs(ctx, sdk.ListQuery{}))(t)
	_, err := c.RotateDID(ctx, made.ID, "")
	refused(t, err, 422, errCode(err))
	_, err = c.CreateDID(ctx, sdk.NewDID{Method: "nope"})
	refused(t, err, 422, errCode(err))

	web := must(c.CreateDID(ctx, sdk.NewDID{Method: "web", Options: map[string]string{"path": "faculty"}}))(t)
	if !strings.Contains(web.DID, "%3A") {
		t.Fatalf("a port is percent-encoded: %s", web.DID)
	}
	must(c.GetDID(ctx, web.DID))(t)
	must(c.AddDIDKey(ctx, web.DID, sdk.NewDIDKey{Algorithm: "P-384", Type: "Multikey"}))(t)
	rotated := must(c.RotateDID(ctx, web.ID, "Ed25519"))(t)
	must(c.SetDIDKeyState(ctx, web.DID, rotated.Keys[0].Method, "compromised"))(t)
	path := strings.Split(web.DID, ":")
	w.cached(t, "http://"+strings.ReplaceAll(path[2], "%3A", ":")+"/"+path[3]+"/did.json")
	w.resolves(t, made.DID, web.DID)
	must(c.DeactivateDID(ctx, web.DID))(t)
	res := must(http.Get(w.url + "/1.0/identifiers/" + web.DID))(t)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusGone {
		t.Errorf("deactivated: %d", res.StatusCode)
	}
	return made.DID
}

// resolves looks at the DIF resolver: shapes, statuses, percent-encoded DIDs in each way a caller may write them.
func (w *world) resolves(t *testing.T, plain, web string) {
	for name, c := range map[string]struct {
		did, accept string
		status      int
		contentType string
		want        string
	}{
		"default":        {plain, "", 200, "application/json", `"didDocumentMetadata"`},
		"any":            {plain, "*/*", 200, "application/json", `"@context":"https://w3id.org/did-resolution/v1"`},
		"result":         {plain, `application/ld+json;profile="https://w3id.org/did-resolution"`, 200, `application/ld+json;profile="https://w3id.org/did-resolution"`, `"didResolutionMetadata"`},
		"document":       {plain, "application/did+ld+json", 200, "application/did+ld+json", `"id":"` + plain + `"`},
		"preferred":      {plain, "text/html, application/did+json;q=0.9, application/json;q=0.1", 200, "application/did+json", `"id":"` + plain + `"`},
		"web verbatim":   {web, "", 200, "application/json", web},
		"web encoded":    {strings.ReplaceAll(web, "%", "%25"), "", 200, "application/json", web},
		"wholly encoded": {strings.ReplaceAll(strings.ReplaceAll(web, "%", "%25"), ":", "%3A"), "", 200, "application/json", web},
		"not offered":    {plain, "text/html", 406, "application/json", `"representationNotSupported"`},
		"not a DID":      {"hello", "", 400, "application/json", `"invalidDid"`},
		"a broken one":   {"did:key:zzz", "", 400, "application/json", `"invalidDid"`},
		"unknown method": {"did:nope:1", "", 501, "application/json", `"methodNotSupported"`},
		"not found":      {web + ":nobody", "", 404, "application/json", `"notFound"`},
	} {
		r := must(http.NewRequest(http.MethodGet, w.url+"/1.0/identifiers/"+c.did, nil))(t)
		if c.accept != "" {
			r.Header.Set("Accept", c.accept)
		}
		res := must(http.DefaultClient.Do(r))(t)
		body := must(io.ReadAll(res.Body))(t)
		_ = res.Body.Close()
		if res.StatusCode != c.status || res.Header.Get("Content-Type") != c.contentType || !bytes.Contains(body, []byte(c.want)) {
			t.Errorf("%s: %d %s %s", name, res.StatusCode, res.Header.Get("Content-Type"), body)
		}
	}
}

func (w *world) credentials(t *testing.T, kind, did string) {
	ctx, c := t.Context(), w.admin
	order := sdk.Order{Type: kind, Issuer: did, Claims: map[string]any{"id": "did:example:one", "degree": "BSc"}, IdempotencyKey: "k1"}
	made := must(c.Issue(ctx, order))(t)
	again := must(c.Issue(ctx, order))(t)
	if again.ID != made.ID || again.Credential != made.Credential || made.Credential == "" {
		t.Errorf("a repeated order: %s %s", made.ID, again.ID)
	}
	order.Claims = map[string]any{"degree": "MSc"}
	_, err := c.Issue(ctx, order)
	refused(t, err, 422, "idempotency-key-reused")
	order.IdempotencyKey, order.Claims = "", map[string]any{"degree": 1}
	_, err = c.Issue(ctx, order)
	p := refused(t, err, 400, errCode(err))
	if !strings.Contains(p.Error(), "/claims/degree") {
		t.Errorf("no pointer in %v", p)
	}
	order.Claims = map[string]any{"degree": "MSc"}
	if preview := must(c.DryRun(ctx, order))(t); !preview.Acceptable || len(preview.Credential) == 0 {
		t.Errorf("dry run: %+v", preview)
	}

	draft := must(c.Prepare(ctx, sdk.Preparation{Order: order, Mode: "released"}))(t)
	if !draft.Released || draft.SigningInput == "" || draft.Unsigned == "" || draft.Digest == "" {
		t.Errorf("draft: %+v", draft)
	}
	_, err = c.CompleteWithSignature(ctx, draft.ID, make([]byte, 64))
	refused(t, err, 400, errCode(err))
	w.completes(t, kind)

	items := must(c.IssueBatch(ctx, sdk.Batch{Orders: []sdk.Order{order, {Type: kind, Claims: map[string]any{}}, order}}))(t)
	if len(items) != 3 || items[0].Credential == nil || items[1].Problem == nil || items[2].Credential == nil {
		t.Errorf("batch: %+v", items)
	}
	_, err = c.IssueBatch(ctx, sdk.Batch{Atomic: true, Orders: []sdk.Order{order, {Type: kind, Issuer: did, Claims: map[string]any{}}}})
	if p := refused(t, err, 400, errCode(err)); !strings.Contains(p.Error(), "/orders/1/claims") {
		t.Errorf("no pointer in %v", p)
	}

	list := must(c.ListCredentials(ctx, sdk.CredentialQuery{Subject: "did:example:one", Status: "active", From: time.Now().Add(-time.Hour)}))(t)
	if len(list.Items) != 1 || list.Items[0].ID != made.ID || list.Items[0].Subjects[0] != "did:example:one" {
		t.Errorf("search: %+v", list)
	}
	var file bytes.Buffer
	if err := c.ExportCredentials(ctx, sdk.CredentialQuery{}, &file); err != nil {
		t.Error(err)
	}
	if rows := must(csv.NewReader(&file).ReadAll())(t); len(rows) < 4 || rows[0][0] != "id" {
		t.Errorf("csv: %v", rows)
	}
	if got := must(c.GetCredential(ctx, made.ID))(t); got.Credential != made.Credential {
		t.Errorf("got %+v", got)
	}

	must(c.Suspend(ctx, made.ID, "a reason"))(t)
	must(c.Reinstate(ctx, made.ID, ""))(t)
	if report := must(c.Verify(ctx, sdk.Verification{Credential: made.Credential}))(t); report.Outcome != "passed" {
		t.Errorf("report: %+v", report)
	}
	for _, act := range []string{"suspend", "reinstate", "revoke"} {
		r := must(http.NewRequest(http.MethodPost, w.url+"/v1/credentials/"+made.ID+"/"+act, nil))(t)
		r.Header.Set("Authorization", "Bearer "+c.Token)
		res := must(c.HTTP.Do(r))(t)
		_ = res.Body.Close()
	}
	if revoked := must(c.Revoke(ctx, made.ID, "again"))(t); revoked.Status != "revoked" {
		t.Errorf("revoked: %+v", revoked)
	}
	_, err = c.ChangeStatus(ctx, made.ID, sdk.StatusChange{Purpose: "revocation"})
	refused(t, err, 409, "revocation-final")
	if report := must(c.Verify(ctx, sdk.Verification{Credential: made.Credential, Checks: []string{"status"}}))(t); report.Outcome != "failed" {
		t.Errorf("report: %+v", report)
	}
	if body := w.cached(t, made.StatusEntries[0].URL); strings.Count(body, ".") != 2 {
		t.Errorf("status list: %s", body)
	}
	must(c.Erase(ctx, made.ID))(t)
	if got := must(c.GetCredential(ctx, made.ID))(t); got.Credential != "" || len(got.Subjects) != 0 || got.ErasedAt.IsZero() {
		t.Errorf("erased: %+v", got)
	}
	_, err = c.Issue(ctx, sdk.Order{Type: kind, Issuer: did, Claims: map[string]any{"id": "did:example:one", "degree": "BSc"}, IdempotencyKey: "k1"})
	refused(t, err, 410, "credential-erased")
}

// completes signs elsewhere: with a DID whose key is only this test's.
func (w *world) completes(t *testing.T, kind string) {
	ctx, c := t.Context(), w.admin
	own := newSigner(t)
	draft := must(c.Prepare(ctx, sdk.Preparation{Order: sdk.Order{Type: kind, Issuer: own.did, Claims: map[string]any{"degree": "PhD"}}}))(t)
	if draft.State != "awaited" || draft.ExpiresAt.IsZero() {
		t.Errorf("draft: %+v", draft)
	}
	input := must(base64.RawURLEncoding.DecodeString(draft.SigningInput))(t)
	done := must(c.CompleteWithCredential(ctx, draft.ID, own.jws(string(input))))(t)
	if done.State != "issued" || !done.SignedElsewhere || done.Credential == "" {
		t.Errorf("completed: %+v", done)
	}
}

func (w *world) records(t *testing.T) {
	ctx, c := t.Context(), w.admin
	seen, after := []sdk.Event{}, int64(0)
	for deadline := time.Now().Add(5 * time.Second); len(seen) < 5 && time.Now().Before(deadline); {
		events, next, err := c.Events(ctx, after, 2)
		if err != nil {
			t.Fatal(err)
		}
		seen, after = append(seen, events...), next
	}
	if len(seen) < 5 {
		t.Errorf("events: %+v", seen)
	}
	stop := errors.New("enough")
	var streamed []sdk.Event
	err := c.StreamEvents(ctx, seen[0].Position, func(e sdk.Event) error {
		if streamed = append(streamed, e); len(streamed) == 2 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || streamed[0].ID != seen[1].ID || streamed[1].ID != seen[2].ID {
		t.Errorf("stream: %v %+v", err, streamed)
	}
	entries, _, err := w.operator.Audit(ctx, 0, 1000)
	if err != nil || len(entries) == 0 {
		t.Errorf("audit: %v %v", entries, err)
	}
	must(w.operator.AuditHead(ctx))(t)
}

// TestBadInput: each is a clear 4xx with a pointer, on a route that writes.
func TestBadInput(t *testing.T) {
	w := start(t)
	for name, c := range map[string]struct {
		method, path, contentType, body string
		status                          int
		code, pointer                   string
	}{
		"not JSON":       {"POST", "/v1/credentials", "application/json", `{`, 400, "not-json", ""},
		"media type":     {"POST", "/v1/credentials", "text/plain", `{}`, 415, "media-type", ""},
		"unknown":        {"POST", "/v1/credentials", "application/json", `{"type":"x","claims":{},"x":1}`, 400, "unknown-field", "/x"},
		"wrong type":     {"POST", "/v1/credentials", "application/json", `{"type":1}`, 400, "wrong-type", "/type"},
		"duplicate":      {"POST", "/v1/credentials", "application/json", `{"type":"a","type":"b"}`, 400, "duplicate-name", "/type"},
		"deep":           {"POST", "/v1/credentials", "application/json", `{"claims":` + strings.Repeat(`{"a":`, 90) + `1` + strings.Repeat(`}`, 90) + `}`, 400, "too-deep", ""},
		"number":         {"POST", "/v1/credentials", "application/json", `{"claims":{"n":1e999}}`, 400, "number-range", "/claims/n"},
		"not UTF-8":      {"POST", "/v1/credentials", "application/json", "{\"type\":\"\xff\"}", 400, "not-json", "/type"},
		"missing":        {"POST", "/v1/credentials", "application/json", `{"type":"x"}`, 400, "missing", "/claims"},
		"large":          {"POST", "/v1/tenants", "application/json", `{"name":"` + strings.Repeat("x", 70<<10) + `"}`, 413, "too-large", ""},
		"parameter":      {"GET", "/v1/credentials?limits=1", "", "", 400, "unknown-parameter", ""},
		"limit":          {"GET", "/v1/credentials?limit=0", "", "", 400, "parameter", ""},
		"no route":       {"GET", "/v1/nothing", "", "", 404, "no-route", ""},
		"method":         {"DELETE", "/v1/credentials", "", "", 405, "method-not-allowed", ""},
		"other tenant":   {"GET", "/t/nobody/v1/whoami", "", "", 404, "tenant-not-found", ""},
		"no identifier":  {"GET", "/v1/credentials/nothing", "", "", 404, "", ""}, // the desk chooses the word
		"nul identifier": {"GET", "/v1/credentials/%00", "", "", 404, "", ""},     // the desk chooses the word
		"nul cursor":     {"GET", "/v1/types?cursor=%00%ff", "", "", 200, "", ""},
	} {
		r := must(http.NewRequest(c.method, w.url+c.path, strings.NewReader(c.body)))(t)
		r.Header.Set("Authorization", "Bearer "+w.operator.Token)
		if c.contentType != "" {
			r.Header.Set("Content-Type", c.contentType)
		}
		res := must(http.DefaultClient.Do(r))(t)
		body := must(io.ReadAll(res.Body))(t)
		_ = res.Body.Close()
		var p sdk.Problem
		if err := json.Unmarshal(body, &p); err != nil {
			t.Errorf("%s: %s", name, body)
			continue
		}
		if c.status == 200 && res.StatusCode < 500 {
			continue
		}
		if res.StatusCode != c.status || c.code != "" && p.Code() != c.code || c.pointer != "" && p.Pointer != c.pointer {
			t.Errorf("%s: want %d %s %s, got %d %s", name, c.status, c.code, c.pointer, res.StatusCode, body)
		}
	}
}

// TestRetries: an issuing call that was cut off is sent again under the same key; a call without one is not.
func TestRetries(t *testing.T) {
	var mu sync.Mutex
	var keys []string
	sent := func() []string {
		mu.Lock()
		defer mu.Unlock()
		return keys
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		cut := len(keys)%2 == 1
		mu.Unlock()
		if cut {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"id":"x"}`)
	}))
	defer s.Close()
	c := sdk.New(s.URL, "t")
	c.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if made, err := c.Issue(t.Context(), sdk.Order{}); err != nil || made.ID != "x" {
		t.Errorf("%+v %v", made, err)
	}
	if got := sent(); len(got) != 2 || got[0] == "" || got[0] != got[1] {
		t.Errorf("keys %q", got)
	}
	if _, err := c.CreateTenant(t.Context(), sdk.NewTenant{}); err == nil || len(sent()) != 3 {
		t.Errorf("%v %q", err, sent())
	}
}
