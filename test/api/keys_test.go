package api

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
)

// TestMasterKeyMustFit: a server with another master key than the database's does not start, and says so.
func TestMasterKeyMustFit(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		made := must(o.admin.Issue(t.Context(), o.order()))
		w.stop()
		right := w.config
		w.config.MasterKey = local.NewMasterKey().Reveal()
		w.startFails(t, "master-key-differs", "another master key")
		w.config.MasterKey = "chancery-master-key:v1:short"
		w.startFails(t, "master-key", "")
		w.config = right
		if w.engine == "sqlite" {
			path := filepath.Join(w.config.Data, "master.key")
			if info := must(os.Stat(path)); info.Mode().Perm() != 0o600 {
				t.Errorf("the master key's file has mode %o", info.Mode().Perm())
			}
			done(os.Rename(path, path+".away"))
			w.startFails(t, "master-key", "no master key")
			done(os.Rename(path+".away", path))
		} else {
			w.config.MasterKey = ""
			w.startFails(t, "master-key", "CHANCERY_MASTER_KEY")
			w.config = right
		}
		done(w.run())
		if got := must(w.as(o.key.Secret).GetCredential(t.Context(), made.ID)); got.Credential != made.Credential {
			t.Error("after the restart the credential is another")
		}
	})
}

func (w *world) startFails(t *testing.T, code, says string) {
	t.Helper()
	err := w.run()
	if err == nil {
		w.stop()
		t.Errorf("the server starts, want %s", code)
		return
	}
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != code || !strings.Contains(err.Error(), says) {
		t.Errorf("the server says %v, want %s %q", err, code, says)
	}
}

// TestMasterKeyRotates without downtime: servers are replaced one after the other while they issue; at the end the
// old key is not needed and opens nothing.
func TestMasterKeyRotates(t *testing.T) {
	guard(t, func() {
		w := start(t, "postgres", app.Config{})
		ctx := t.Context()
		o := w.office("north")
		old, next := w.config.MasterKey, local.NewMasterKey().Reveal()
		made := must(o.admin.Issue(ctx, o.order()))
		head := must(app.FormatAuditHead(w.head(o)))

		both := w.beside
		issue := func(server *world, note string) {
			t.Helper()
			client := server.as(o.key.Secret)
			one := must(client.Issue(ctx, o.order()))
			if report := must(client.Verify(ctx, sdk.Verification{Credential: one.Credential})); report.Outcome != "passed" {
				t.Errorf("%s: %s", note, told(report))
			}
			must(client.CreateDID(ctx, sdk.NewDID{Algorithm: "P-256"}))
			if got := must(client.GetCredential(ctx, made.ID)); got.Credential != made.Credential {
				t.Errorf("%s: the old credential is another", note)
			}
		}
		w.config.MasterKeyPrevious = next // first every server knows the new key
		first := both()
		w.config.MasterKey, w.config.MasterKeyPrevious = next, old // then it is in force, one after the other
		second := both()
		var busy sync.WaitGroup
		for i, server := range []*world{first, second} {
			busy.Go(func() {
				guard(t, func() {
					for n := range 6 {
						issue(server, fmt.Sprintf("server %d, %d", i, n))
					}
				})
			})
		}
		third := w.tenantOn(second, "made-under-the-new-key")
		rotation := must(app.RotateMaster(ctx, w.config))
		if rotation.DataKeys == 0 || rotation.Heads == 0 {
			t.Errorf("rotation %+v", rotation)
		}
		busy.Wait()
		issue(first, "after the rotation, the server under both")
		issue(second, "after the rotation, the new server")
		first.stop()
		w.stop()
		w.config.MasterKeyPrevious = ""
		last := both()
		issue(last, "with the new key alone")
		if got := last.call("GET", "/t/"+third+"/v1/whoami", w.secret, nil); got.status != 200 {
			t.Errorf("the tenant of the middle: %d", got.status)
		}
		o.w = last
		last.sound(t, o, "")
		if faults := last.verified(o, head); len(faults) != 1 || faults[0] != "head-forged" {
			t.Errorf("a head exported under the old key has faults %v", faults)
		}
		w.config.MasterKeyPrevious = old
		last.config = w.config
		last.sound(t, o, head)
		w.config.MasterKey, w.config.MasterKeyPrevious = old, ""
		w.config.Dev = false
		w.startFails(t, "master-key-differs", "another master key")
	})
}

func (w *world) head(o *office) sdk.AuditHead {
	o.events()
	return must(o.root.AuditHead(w.t.Context()))
}

func (w *world) tenantOn(server *world, slug string) string {
	server.secret = w.secret
	return must(server.operator().CreateTenant(w.t.Context(), sdk.NewTenant{Slug: slug, Name: slug})).Slug
}

// TestMasterKeyRotatesOffline on SQLite, twice, between starts.
func TestMasterKeyRotatesOffline(t *testing.T) {
	guard(t, func() {
		w := start(t, "sqlite", app.Config{})
		ctx := t.Context()
		o := w.office("north")
		made := must(o.admin.Issue(ctx, o.order()))
		if _, err := app.RotateMaster(ctx, w.config); err == nil {
			t.Error("the master key rotates under a running server")
		}
		w.stop()
		before := string(must(os.ReadFile(filepath.Join(w.config.Data, "master.key"))))
		for range 2 {
			must(app.RotateMaster(ctx, w.config))
		}
		if after := string(must(os.ReadFile(filepath.Join(w.config.Data, "master.key")))); after == before {
			t.Error("the master key is as it was")
		}
		done(w.run())
		o.admin = w.as(o.key.Secret)
		if got := must(o.admin.GetCredential(ctx, made.ID)); got.Credential != made.Credential {
			t.Error("after the rotation the credential is another")
		}
		must(o.admin.Issue(ctx, o.order()))
		w.sound(t, o, "")
	})
}

// TestSecretsStay: no secret is in the log, in a list, or in an answer after the one that made it; and no answer has
// a private key.
func TestSecretsStay(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		f := w.fixture("north")
		for _, algorithm := range []string{"Ed25519", "P-256", "P-384", "secp256k1"} {
			must(f.admin.CreateKey(ctx, algorithm))
			must(f.admin.CreateDID(ctx, sdk.NewDID{Algorithm: algorithm}))
		}
		token, _ := w.token(f.client.ID, f.client.Secret)
		must(w.as(token).Whoami(ctx))
		refusal(t, "a wrong key", w.call("GET", "/v1/whoami", f.key.Secret+"x", nil), 401, "")
		w.tokenAnswer(f.client.ID, "not-"+f.client.Secret)
		var answers strings.Builder
		for _, route := range nativeRoutes() {
			if route.Method != http.MethodGet {
				continue
			}
			e, _ := f.example(route.Operation)
			answers.Write(w.call("GET", "/t/north/v1"+e.path, w.secret, nil, f.header(e)...).body)
		}
		for _, path := range []string{"/metrics", "/healthz", "/readyz", "/oauth2/jwks", "/openapi.json"} {
			got := w.call("GET", path, "", nil)
			if got.status != 200 {
				t.Errorf("%s: %d", path, got.status)
			}
			answers.Write(got.body)
		}
		secrets := []string{w.secret, f.key.Secret, f.apiKey.Secret, f.client.Secret, f.spareClient.Secret, token, w.config.MasterKey, `"d":`, "PRIVATE KEY", local.MasterPrefix}
		basic := base64.StdEncoding.EncodeToString([]byte(f.client.ID + ":" + f.client.Secret))
		for _, secret := range append(secrets, basic) {
			if secret == "" {
				continue // SQLite's master key is in its file
			}
			if strings.Contains(answers.String(), secret) {
				t.Errorf("an answer shows %.30s…", secret)
			}
			if strings.Contains(w.logs.String(), secret) {
				t.Errorf("the log shows %.30s…", secret)
			}
		}
		for _, text := range []string{planted, "north-holder", "Ada"} {
			if strings.Contains(w.logs.String(), text) {
				t.Errorf("the log shows %s", text)
			}
		}
		if len(w.logs.String()) < 1000 {
			t.Errorf("the log is nearly empty: %s", w.logs)
		}
	})
}
