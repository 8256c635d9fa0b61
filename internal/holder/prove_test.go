package holder_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// keyholder is a desk with an identity whose key is here.
func keyholder(t *testing.T) (*holder.Desk, *identity.Service, vc.Caller, vc.Identity) {
	t.Helper()
	db, err := sql.Open(t.Context(), sql.Config{DSN: storetest.Fresh(t)})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	must(t, db.Migrate(t.Context()))
	vault, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	must(t, err)
	by := vc.Caller{Scope: vc.Scope{Tenant: uuid.NewString(), Organisation: uuid.NewString()}, Principal: "p", Door: "test"}
	must(t, sql.For[access.Rows](db).Update(t.Context(), vc.Scope{Tenant: by.Scope.Tenant}, func(rows access.Rows) error {
		return errors.Join(rows.InsertTenant(vc.Tenant{ID: by.Scope.Tenant, Slug: "one", Name: "One"}),
			rows.InsertOrganisation(vc.Organisation{ID: by.Scope.Organisation, Tenant: by.Scope.Tenant, Name: "O"}))
	}))
	stores := map[string]keys.Store{local.Name: vault}
	identities := identity.New(identity.Config{
		Rows: sql.For[identity.Rows](db), Directory: db, Keys: stores, Methods: []did.Method{key.Method{}},
	})
	who, err := identities.Create(t.Context(), by, identity.CreateRequest{Method: "key", Algorithm: vc.P256})
	must(t, err)
	desk := newDesk()
	desk.Signing = &holder.Signing{Identity: identities, Keys: stores, Rows: sql.For[holder.Rows](db)}
	return desk, identities, by, who
}

func TestProve(t *testing.T) {
	desk, identities, by, who := keyholder(t)
	issuer := newPerson(t, "issuer")
	credential := issuer.credential(t, vc.VCDM20, who.DID, "MSc")
	proof := holder.Proof{Identity: who.ID, Format: "jwtvc", Presentation: holder.Presentation{
		Audience: asker, Nonce: fresh, Credentials: [][]byte{credential},
	}}
	made, err := desk.Prove(t.Context(), by, proof)
	must(t, err)
	if made.Model != vc.VCDM20 || made.MediaType != "application/vp+jwt" || made.Method != who.Keys[0].Method {
		t.Errorf("made %+v", made)
	}
	judge := verifier.New(verifier.Config{Formats: desk.Formats, Resolver: verifying{}, Now: desk.Now})
	report, err := judge.VerifyPresentation(t.Context(), by.Scope, made.Secured, verifier.PresentationOptions{Nonce: fresh, Audience: []string{asker}})
	must(t, err)
	if report.Outcome != verifier.Passed || report.Holder != who.DID {
		t.Errorf("%s: %+v", report.Outcome, report.Checks)
	}
	for name, c := range map[string]struct {
		with func(*holder.Proof)
		kind vc.Kind
		code string
	}{
		"another holder":         {func(p *holder.Proof) { p.Presentation.Holder = issuer.did }, vc.Invalid, "holder-mismatch"},
		"no such identity":       {func(p *holder.Proof) { p.Identity = uuid.NewString() }, vc.NotFound, "identity-not-found"},
		"no such key":            {func(p *holder.Proof) { p.Method = "#x" }, vc.NotFound, "key-not-found"},
		"no such format":         {func(p *holder.Proof) { p.Format = "paper" }, vc.Unsupported, "format-not-offered"},
		"what is no credential":  {func(p *holder.Proof) { p.Presentation.Credentials = [][]byte{[]byte("x")} }, vc.Invalid, "credential-malformed"},
		"an unsigned credential": {func(p *holder.Proof) { p.Presentation.Credentials = [][]byte{unsigned(credential)} }, vc.Invalid, "credential-unsigned"},
		"over":                   {func(p *holder.Proof) { p.Presentation.ExpiresAt = now.AddDate(-1, 0, 0) }, vc.Invalid, "expiry-past"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := proof
			c.with(&bad)
			_, err := desk.Prove(t.Context(), by, bad)
			if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != c.kind || e.Code != c.code {
				t.Errorf("got %v, want %s", err, c.code)
			}
		})
	}
	other := by
	other.Scope.Organisation = uuid.NewString()
	if _, err := desk.Prove(t.Context(), other, proof); vc.KindOf(err) != vc.NotFound {
		t.Errorf("another organisation signs: %v", err)
	}
	_, err = identities.SetKeyState(t.Context(), by, who.ID, who.Keys[0].Method, vc.KeyCompromised)
	must(t, err)
	if _, err := desk.Prove(t.Context(), by, proof); vc.KindOf(err) != vc.Conflict {
		t.Errorf("a compromised key signs: %v", err)
	}
	if _, err := newDesk().Prove(t.Context(), by, proof); vc.KindOf(err) != vc.Unsupported {
		t.Errorf("a desk without keys: %v", err)
	}
}

// unsigned is a token without its signature.
func unsigned(token []byte) []byte { return token[:strings.LastIndexByte(string(token), '.')] }
