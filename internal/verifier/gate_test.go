package verifier_test

import (
	"bytes"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/empe"
	didkeymethod "github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/did/web"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didempe"
	"github.com/chancery-vc/chancery/spec/jose"
)

const gateURL = publicURL + "/gate"

// Certify is the identity service's.
func (r resolver) Certify(did string, keys []jose.PublicKey) (diddoc.Document, bool) {
	return r.identity.Certify(did, keys)
}

// Ledger is the identity service's.
func (r resolver) Ledger(did string) bool { return r.identity.Ledger(did) }

// gate is an office whose answers are judged when they come: formats with JWTs and embedded proofs, and did:empe without a
// ledger.
type gate struct {
	*office
	wallet signer // of an off-chain did:empe
	second *sql.DB
}

func newGate(t testing.TB) *gate {
	g := &gate{office: newOffice(t), wallet: newWallet(t, "wallet")}
	g.knows(empe.Method{})
	return g
}

// knows sets the verifier up with a did:empe.
func (g *gate) knows(method empe.Method) {
	g.identity = identity.New(identity.Config{
		Rows: sql.For[identity.Rows](g.db), Directory: g.db, Keys: map[string]keys.Store{local.Name: g.keys},
		Methods: []did.Method{didkeymethod.Method{}, web.Method{}, method}, Now: func() time.Time { return g.now },
	})
	g.resolves(resolver{g.identity})
}

func (g *gate) resolves(r verifier.Resolver) {
	g.config.Formats, g.config.Resolver = []format.Format{jwtvc.Format{}, ldp.New(nil)}, r
	g.verifier = verifier.New(g.config)
	g.desk.Verifier = g.verifier
}

// moves sets the desk up on another database, which a second server has open too.
func (g *gate) moves(first, second *sql.DB) {
	g.Helper()
	g.db, g.second = first, second
	g.must(sql.For[access.Rows](first).Update(g.Context(), g.tenant.Scope, func(rows access.Rows) error {
		if err := rows.InsertTenant(vc.Tenant{ID: g.tenant.Scope.Tenant, Slug: "one", Name: "One", CreatedAt: g.now}); err != nil {
			return err
		}
		return rows.InsertOrganisation(vc.Organisation{ID: g.by.Scope.Organisation, Tenant: g.tenant.Scope.Tenant, Name: "O", MayVerify: true, CreatedAt: g.now})
	}))
	var err error
	g.keys, err = local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: first})
	g.must(err)
	g.desk.Rows, g.desk.Directory, g.desk.Vault = storetest.Again(sql.For[verifier.Rows](first)), first, g.keys
}

// issues sets the organisation up as an issuer alone.
func (g *gate) issues() {
	g.Helper()
	g.must(sql.For[access.Rows](g.db).Update(g.Context(), vc.Scope{Tenant: g.by.Scope.Tenant}, func(rows access.Rows) error {
		return rows.UpdateOrganisation(vc.Organisation{ID: g.by.Scope.Organisation, Tenant: g.by.Scope.Tenant, Name: "O", MayIssue: true, CreatedAt: g.now})
	}))
}

// newWallet is a signer whose DID follows from its key.
func newWallet(t testing.TB, seed string) signer {
	t.Helper()
	sum := sha256.Sum256([]byte(seed))
	private := secp256k1.PrivKeyFromBytes(sum[:])
	s := signer{private: private, alg: jose.ES256K}
	var err error
	if s.did, s.method, err = didempe.Encode(didempe.Testnet, jose.PublicKey{Algorithm: jose.ES256K, Key: private.PubKey()}); err != nil {
		t.Fatal(err)
	}
	return s
}

// login asks who is there.
func (g *gate) login(change func(*verifier.NewRequest)) vc.PresentationRequest {
	g.Helper()
	n := verifier.NewRequest{
		Login: true, State: newID(), Nonce: newID(), Audience: []string{gateURL, "did:web:issuer.example"}, ExpiresAt: g.now.Add(10 * time.Minute),
	}
	if change != nil {
		change(&n)
	}
	r, err := g.desk.CreateRequest(g.Context(), g.by, n)
	g.must(err)
	return r
}

// proof is what a wallet presents to a request.
func (g *gate) proof(by signer, r vc.PresentationRequest, credentials ...[]byte) format.PresentationMaterial {
	m := g.material(by, vc.VCDM11, credentials...)
	m.Audience, m.Nonce = r.Audience[:1], r.Nonce
	return m
}

// embedded is a presentation with a proof of its own.
func (g *gate) embedded(by signer, suite string, m format.PresentationMaterial) []byte {
	g.Helper()
	m.Suite = suite
	made, err := ldp.New(nil).PreparePresentation(g.Context(), m)
	g.must(err)
	signature, err := jose.Sign(by.private, by.alg, made.Input())
	g.must(err)
	secured, err := made.Secure(signature)
	g.must(err)
	return secured
}

// spoilt has another letter at a place.
func spoilt(text []byte, at int) []byte {
	out := bytes.Clone(text)
	if out[at] = 'A'; text[at] == 'A' {
		out[at] = 'B'
	}
	return out
}

// row reads a request as it is stored.
func (g *gate) row(id string) (r vc.PresentationRequest) {
	g.Helper()
	g.must(sql.For[verifier.Rows](g.db).View(g.Context(), g.by.Scope, func(rows verifier.Rows) (err error) {
		r, err = rows.PresentationRequest(id)
		return err
	}))
	return r
}

func (g *gate) answers(id string) (n int) {
	g.Helper()
	g.must(sql.For[verifier.Rows](g.db).View(g.Context(), g.by.Scope, func(rows verifier.Rows) (err error) {
		n, err = rows.CountSubmissions(id, "")
		return err
	}))
	return n
}
