package holder_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/empe"
	"github.com/chancery-vc/chancery/internal/did/jwk"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/did/web"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// world is a desk with a wallet, in one organisation of two.
type world struct {
	*testing.T
	desk       *holder.Desk
	db         *sql.DB
	identities *identity.Service
	judge      *verifier.Service
	peer       *other
	by, far    vc.Caller
	scrubbed   int

	mutex sync.Mutex
	at    time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldIn(t, storetest.Fresh(t))
}

func newWorldIn(t *testing.T, dsn string) *world {
	t.Helper()
	db, err := sql.Open(t.Context(), sql.Config{DSN: dsn})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	must(t, db.Migrate(t.Context()))
	vault, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	must(t, err)
	w := &world{T: t, db: db, at: now, peer: &other{}}
	w.by = vc.Caller{Scope: vc.Scope{Tenant: uuid.NewString(), Organisation: uuid.NewString()}, Principal: "p", Door: "test"}
	w.far = w.by
	w.far.Scope.Organisation = uuid.NewString()
	must(t, sql.For[access.Rows](db).Update(t.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, func(rows access.Rows) error {
		return errors.Join(rows.InsertTenant(vc.Tenant{ID: w.by.Scope.Tenant, Slug: "one", Name: "One"}),
			rows.InsertOrganisation(vc.Organisation{ID: w.by.Scope.Organisation, Tenant: w.by.Scope.Tenant, Name: "O"}),
			rows.InsertOrganisation(vc.Organisation{ID: w.far.Scope.Organisation, Tenant: w.by.Scope.Tenant, Name: "P"}))
	}))
	stores := map[string]keys.Store{local.Name: vault}
	w.identities = identity.New(identity.Config{
		Rows: sql.For[identity.Rows](db), Directory: db, Keys: stores, Now: w.now,
		Methods: []did.Method{key.Method{}, jwk.Method{}, empe.Method{}, web.Method{Domain: "wallet.example"}},
	})
	formats := []format.Format{jwtvc.Format{}, ldp.Format{}}
	w.judge = verifier.New(verifier.Config{Formats: formats, Resolver: ours{w.identities}, Now: w.now})
	w.desk = &holder.Desk{
		Identity: w.identities, Formats: formats, Now: w.now,
		Signing: &holder.Signing{Identity: w.identities, Keys: stores, Rows: storetest.Again(sql.For[holder.Rows](db))},
		Wallet: &holder.Wallet{
			Vault: vault, Identities: w.identities, Judge: judge{w.judge}, Schemas: schemas{}, Protocols: []holder.Protocol{w.peer},
			Scrub: func(context.Context) error { w.scrubbed++; return nil },
		},
	}
	return w
}

func (w *world) now() time.Time {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.at = w.at.Add(d)
}

// ours resolves as a verifier asks.
type ours struct{ identities *identity.Service }

func (o ours) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := o.identities.Resolve(ctx, scope, did)
	return resolution, err
}

// judge verifies as the wiring has it.
type judge struct{ verifier *verifier.Service }

func (j judge) Judge(ctx context.Context, scope vc.Scope, secured []byte) (holder.Judged, error) {
	report, err := j.verifier.Verify(ctx, vc.Scope{Tenant: scope.Tenant}, secured, verifier.Options{})
	if err != nil {
		return holder.Judged{}, err
	}
	var out holder.Judged
	for _, check := range report.Checks {
		tolerated := check.Outcome == verifier.NotChecked && (check.Name == verifier.CheckStatus || check.Name == verifier.CheckSchema)
		switch {
		case check.Name == verifier.CheckStatus && (check.Outcome == verifier.Passed || check.Code == verifier.CodeNoStatus):
			out.Standing = vc.Active
		case check.Name == verifier.CheckStatus && (check.Code == "revoked" || check.Code == "suspended"):
			out.Standing = vc.Standing(check.Code)
		}
		if check.Outcome == verifier.Failed || check.Outcome == verifier.NotChecked && !tolerated {
			out.Faults = append(out.Faults, vc.Finding{Code: check.Code, Pointer: check.Pointer, Message: check.Reason})
		}
	}
	return out, nil
}

// standing is a judge that finds nothing wrong.
type standing vc.Standing

func (s standing) Judge(context.Context, vc.Scope, []byte) (holder.Judged, error) {
	return holder.Judged{Standing: vc.Standing(s)}, nil
}

// schemas are those of this server.
type schemas struct{}

func (schemas) SchemaIn(url string) (string, int, bool) {
	return "degrees", 3, url == "https://wallet.example/schemas/degrees/3/schema.json"
}

// other is somebody else, behind a protocol of our own: what is scanned is JSON of what is wanted.
type other struct {
	mutex   sync.Mutex
	claims  int
	answers []holder.Presented
	proofs  []holder.Presented
	claim   func(ctx context.Context, offer holder.Scanned, did string) ([]byte, error)
	answer  func() (string, error)
}

func (*other) Name() string { return "other" }

func (*other) Read(_ context.Context, scanned []byte) (holder.Scanned, bool, error) {
	switch string(scanned) {
	case "down":
		return holder.Scanned{}, false, vc.Errorf(vc.Unavailable, "fetch-timeout", "no answer")
	case "bad":
		return holder.Scanned{}, false, vc.Errorf(vc.Invalid, "offer-malformed", "bad")
	}
	var found holder.Scanned
	err := json.Unmarshal(scanned, &found)
	return found, err == nil, nil
}

func (o *other) Claim(ctx context.Context, offer holder.Scanned, did string, prove holder.Prover) ([]byte, error) {
	o.mutex.Lock()
	o.claims++
	o.mutex.Unlock()
	made, err := prove(ctx, offer.Audience, fresh)
	if err != nil {
		return nil, err
	}
	o.mutex.Lock()
	o.proofs = append(o.proofs, made)
	o.mutex.Unlock()
	return o.claim(ctx, offer, did)
}

func (o *other) Answer(_ context.Context, _ holder.Scanned, made holder.Presented) (string, error) {
	o.mutex.Lock()
	o.answers = append(o.answers, made)
	o.mutex.Unlock()
	if o.answer != nil {
		return o.answer()
	}
	return "https://verifier.example/done", nil
}

// wallet makes an identity of the wallet.
func (w *world) wallet(method string) vc.Identity {
	w.Helper()
	made, err := w.desk.Generate(w.Context(), w.by, []string{method})
	must(w, err)
	return made.Identities[0]
}

// linked is a signed JSON-LD degree.
func (p person) linked(t testing.TB, about, degree string, more ...string) []byte {
	t.Helper()
	made, err := ldp.Format{}.Prepare(t.Context(), format.Material{
		Credential: []byte(`{"@context":["https://www.w3.org/ns/credentials/v2",{"Degree":"https://example.com/#Degree","degree":"https://example.com/#degree","Schema":"https://example.com/#Schema"}],` +
			`"id":"urn:uuid:` + uuid.NewString() + `","type":["VerifiableCredential","Degree"],"issuer":"` + p.did + `",` + strings.Join(more, "") +
			`"credentialSubject":{"id":"` + about + `","degree":"` + degree + `"}}`),
		Model: vc.VCDM20, Suite: "eddsa-rdfc-2022", Issuer: p.did, Method: p.method, Algorithm: jose.EdDSA, Created: now,
	})
	must(t, err)
	signature, err := jose.Sign(p.private, jose.EdDSA, made.Input())
	must(t, err)
	secured, err := made.Secure(signature)
	must(t, err)
	return secured
}

// acts gives what the journal has that was not read yet, and all of it as text.
func (w *world) acts() (actions []string, text string) {
	w.Helper()
	position := map[string]int64{}
	_, err := w.db.Sequence(w.Context(), 1000, func(found []vc.Entry, heads map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
		actions, text = nil, ""
		var ends []vc.AuditHead
		for i := range found {
			tenant := found[i].Scope.Tenant
			if position[tenant] == 0 {
				position[tenant] = heads[tenant].Position
			}
			position[tenant]++
			found[i].Position, found[i].Hash = position[tenant], []byte{1}
			actions, text = append(actions, found[i].Action), text+fmt.Sprintf("%+v %s\n", found[i], found[i].Data)
		}
		for tenant, at := range position {
			ends = append(ends, vc.AuditHead{Tenant: tenant, Position: at, Hash: []byte{1}, MAC: []byte{1}, Key: "k"})
		}
		return found, ends, nil
	})
	must(w, err)
	return actions, text
}

func (w *world) fails(err error, kind vc.Kind, code string) {
	w.Helper()
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != kind || e.Code != code {
		w.Errorf("got %v, want %v %s", err, kind, code)
	}
}
