package verifier_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/did"
	didkeymethod "github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/did/web"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/statuslist"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

const publicURL = "https://issuer.example"

// world is a server's services on a database of their own, and a clock.
type world struct {
	testing.TB
	now      time.Time
	by       vc.Caller
	db       *sql.DB
	keys     *local.Store
	catalog  *catalog.Service
	identity *identity.Service
	status   *status.Service
	client   *httpx.Client
	config   verifier.Config
	verifier *verifier.Service
}

func newWorld(t testing.TB) *world {
	w := &world{TB: t, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	w.by = vc.Caller{Scope: vc.Scope{Tenant: newID(), Organisation: newID()}, Principal: "p"}
	clock := func() time.Time { return w.now }
	var err error
	w.db, err = sql.Open(t.Context(), sql.Config{DSN: storetest.Fresh(t)})
	w.must(err)
	t.Cleanup(func() { w.must(w.db.Close()) })
	w.must(w.db.Migrate(t.Context()))
	tenant := vc.Scope{Tenant: w.by.Scope.Tenant}
	w.must(sql.For[access.Rows](w.db).Update(t.Context(), tenant, func(rows access.Rows) error {
		if err := rows.InsertTenant(vc.Tenant{ID: tenant.Tenant, Slug: "one", Name: "One", CreatedAt: w.now}); err != nil {
			return err
		}
		return rows.InsertOrganisation(vc.Organisation{ID: w.by.Scope.Organisation, Tenant: tenant.Tenant, Name: "O", CreatedAt: w.now})
	}))
	w.keys, err = local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: w.db})
	w.must(err)
	w.catalog = catalog.New(catalog.Config{Rows: sql.For[catalog.Rows](w.db), Directory: w.db, PublicURL: publicURL, Now: clock})
	w.identity = identity.New(identity.Config{
		Rows: sql.For[identity.Rows](w.db), Directory: w.db, Keys: map[string]keys.Store{local.Name: w.keys},
		Methods: []did.Method{didkeymethod.Method{}, web.Method{}}, Now: clock,
	})
	w.status = status.New(status.Config{Rows: sql.For[status.Rows](w.db), Directory: w.db, Vault: w.keys, PublicURL: publicURL, Now: clock})
	t.Cleanup(w.status.Close)
	w.client = httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true})
	w.config = verifier.Config{
		Formats: []format.Format{jwtvc.Format{}}, Resolver: resolver{w.identity}, Fates: w.identity,
		Schemas: w.catalog, Status: w.status, Fetcher: w.client, Now: clock, Leeway: time.Minute,
	}
	w.verifier = verifier.New(w.config)
	return w
}

// resolver is the identity service as verifiers ask it: whose a DID is does not matter to them.
type resolver struct{ identity *identity.Service }

func (r resolver) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := r.identity.Resolve(ctx, scope, did)
	return resolution, err
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// schema makes the degree's schema and gives its URL.
func (w *world) schema() string {
	w.Helper()
	document, err := examples.Files.ReadFile("university-degree/schema.json")
	w.must(err)
	_, version, err := w.catalog.CreateSchema(w.Context(), w.by, catalog.NewSchema{Name: "Degree", TypeName: "DegreeCredential", Document: document})
	w.must(err)
	return version.URL
}

// signer is an issuer whose key is not ours.
type signer struct {
	private crypto.PrivateKey
	alg     string
	did     string
	method  string
}

func newSigner(t testing.TB, seed string) signer {
	sum := sha256.Sum256([]byte(seed))
	private := ed25519.NewKeyFromSeed(sum[:])
	public, err := jose.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	s := signer{private: private, alg: public.Algorithm}
	if s.did, s.method, err = didkey.Encode(public); err != nil {
		t.Fatal(err)
	}
	return s
}

// sign makes a vc+jwt of a credential as it is; what header leaves out is the signer's.
func (s signer) sign(t testing.TB, credential []byte, header jose.Header) []byte {
	t.Helper()
	if header.Alg == "" {
		header.Alg = s.alg
	}
	if header.Typ == "" {
		header.Typ = vcjwt.TypeCredential
	}
	input := jose.Input(jose.EncodeHeader(header), credential)
	signature, err := jose.Sign(s.private, s.alg, input)
	if err != nil {
		t.Fatal(err)
	}
	return jose.Join(input, signature)
}

// document is a credential to be spoilt.
type document map[string]any

func (d document) with(name string, value any) document {
	out := document{}
	for k, v := range d {
		out[k] = v
	}
	if out[name] = value; value == nil {
		delete(out, name)
	}
	return out
}

func (d document) bytes(t testing.TB) []byte {
	t.Helper()
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// credential is a degree of a signer.
func (w *world) credential(issuer string) document {
	w.Helper()
	raw, err := examples.Files.ReadFile("university-degree/claims.json")
	w.must(err)
	var claims map[string]any
	w.must(json.Unmarshal(raw, &claims))
	claims["id"] = "did:example:student"
	return document{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "id": "urn:uuid:" + newID(),
		"type": []string{"VerifiableCredential", "DegreeCredential"}, "issuer": issuer,
		"validFrom": "2026-01-01T00:00:00Z", "validUntil": "2027-01-01T00:00:00Z", "credentialSubject": claims,
	}
}

// entries reserves status entries and gives them with credentialStatus.
func (w *world) entries(messages []vc.StatusMessage, purposes ...vc.StatusPurpose) ([]vc.StatusEntry, any) {
	w.Helper()
	entries, err := w.status.Reserve(w.Context(), w.by.Scope, status.Wanted{
		Identity: newID(), Dialect: string(statuslist.BitstringStatusList), Purposes: purposes, Messages: messages,
	})
	w.must(err)
	var written []statuslist.Entry
	for _, e := range entries {
		one := statuslist.Entry{Purpose: string(e.Purpose), Index: e.Index, List: e.URL, Size: e.Size}
		if e.Purpose == vc.Message {
			for _, m := range messages {
				one.Messages = append(one.Messages, statuslist.StatusMessage(m))
			}
		}
		written = append(written, one)
	}
	raw, err := statuslist.WriteEntries(written, statuslist.Style{EntryType: statuslist.BitstringEntry})
	w.must(err)
	return entries, json.RawMessage(raw)
}

// set changes a status as the issuer desk does.
func (w *world) set(entry vc.StatusEntry, version, value int) {
	w.Helper()
	w.must(sql.For[status.Rows](w.db).Update(w.Context(), w.by.Scope, func(rows status.Rows) error {
		return rows.AppendStatusChange(vc.StatusChange{
			List: entry.List, Index: entry.Index, Version: version, Value: value,
			Purpose: entry.Purpose, At: w.now,
		})
	}))
}

func (w *world) verify(secured []byte, options verifier.Options) verifier.Report {
	w.Helper()
	report, err := w.verifier.Verify(w.Context(), w.by.Scope, secured, options)
	w.must(err)
	return report
}

// want says how a verification must end, and how the check that decides it.
func (w *world) want(report verifier.Report, outcome verifier.Outcome, name string, check verifier.Outcome, code string) verifier.Check {
	w.Helper()
	found, ok := report.Find(name)
	if report.Outcome != outcome || !ok || found.Outcome != check || found.Code != code {
		w.Errorf("%s with %s %s %q, want %s with %s %s %q\n%s", report.Outcome, name, found.Outcome, found.Code,
			outcome, name, check, code, tree(report.Checks, "  "))
	}
	return found
}

func tree(checks []verifier.Check, indent string) string {
	out := ""
	for _, c := range checks {
		out += fmt.Sprintf("%s%s: %s %s: %s [%s] %s\n%s", indent, c.Name, c.Outcome, c.Code, c.Reason, c.Cites, c.Pointer, tree(c.Children, indent+"  "))
	}
	return out
}
