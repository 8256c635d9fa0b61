package peer_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/peer"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/empe"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// world is a wallet that speaks Empe's wire over HTTP with a server of its own kind, and of whatever kind a test makes of it.
type world struct {
	*testing.T
	desk   *holder.Desk
	judge  *verifier.Service
	by     vc.Caller
	ada    vc.Identity
	issuer vc.Identity
	*there
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := sql.Open(t.Context(), sql.Config{DSN: storetest.Fresh(t)})
	must(t, err)
	t.Cleanup(func() { _ = db.Close() })
	must(t, db.Migrate(t.Context()))
	vault, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	must(t, err)
	w := &world{T: t}
	w.by = vc.Caller{Scope: vc.Scope{Tenant: uuid.NewString(), Organisation: uuid.NewString()}, Principal: "p", Door: "test"}
	must(t, sql.For[access.Rows](db).Update(t.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, func(rows access.Rows) error {
		return errors.Join(rows.InsertTenant(vc.Tenant{ID: w.by.Scope.Tenant, Slug: "one", Name: "One"}),
			rows.InsertOrganisation(vc.Organisation{ID: w.by.Scope.Organisation, Tenant: w.by.Scope.Tenant, Name: "O"}))
	}))
	stores := map[string]keys.Store{local.Name: vault}
	identities := identity.New(identity.Config{
		Rows: sql.For[identity.Rows](db), Directory: db, Keys: stores, Methods: []did.Method{key.Method{}, empe.Method{}},
	})
	formats := []format.Format{jwtvc.Format{}, ldp.Format{}}
	w.judge = verifier.New(verifier.Config{Formats: formats, Resolver: ours{identities}})
	w.issuer, err = identities.Create(t.Context(), w.by, identity.CreateRequest{Method: "key"})
	must(t, err)
	w.desk = &holder.Desk{
		Identity: identities, Formats: formats,
		Signing: &holder.Signing{Identity: identities, Keys: stores, Rows: sql.For[holder.Rows](db)},
		Wallet: &holder.Wallet{
			Vault: vault, Identities: identities, Judge: believing{},
			Protocols: []holder.Protocol{peer.Protocol{Client: httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true, MaxRedirects: -1})}},
		},
	}
	made, err := w.desk.Generate(t.Context(), w.by, []string{"empe"})
	must(t, err)
	w.ada = made.Identities[0]
	w.there = newThere(w)
	return w
}

type ours struct{ identities *identity.Service }

func (o ours) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := o.identities.Resolve(ctx, scope, did)
	return resolution, err
}

// believing is a judge that finds nothing wrong: what is verified is not the subject here.
type believing struct{}

func (believing) Judge(context.Context, vc.Scope, []byte) (holder.Judged, error) {
	return holder.Judged{Standing: vc.Active}, nil
}

// credential is a signed credential of the issuer.
func (w *world) credential(about string) []byte {
	w.Helper()
	key := w.issuer.Keys[0]
	made, err := jwtvc.Format{}.Prepare(w.Context(), format.Material{
		Credential: []byte(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential","Ticket"],"issuer":"` + w.issuer.DID +
			`","issuanceDate":"2026-01-01T00:00:00Z","id":"urn:uuid:` + uuid.NewString() + `","credentialSubject":{"id":"` + about + `","seat":"12A"}}`),
		Model: vc.VCDM11, Method: key.Method, Algorithm: key.Key.Algorithm.JOSE(),
	})
	must(w, err)
	signature, err := w.desk.Signing.Keys[key.Key.Store].Sign(w.Context(), key.Key, made.Input())
	must(w, err)
	secured, err := made.Secure(signature)
	must(w, err)
	return secured
}

// there is Empe's issuer and verifier on a server of their own. What it answers, a test may replace by path.
type there struct {
	world  *world
	server *httptest.Server

	mutex   sync.Mutex
	said    map[string]func(http.ResponseWriter)
	calls   []string
	nonce   string
	holder  string // who proved to hold
	answers []map[string]string
	trouble []string
}

func newThere(w *world) *there {
	s := &there{world: w, said: map[string]func(http.ResponseWriter){}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /empe/api/v1/offering/one", s.offering)
	mux.HandleFunc("GET /empe/.well-known/openid-credential-issuer", s.metadata)
	mux.HandleFunc("POST /empe/api/v1/authorizations", s.authorize)
	mux.HandleFunc("POST /empe/api/v1/authorizations/auth-1/validate", s.validate)
	mux.HandleFunc("POST /empe/api/v1/tokens", s.token)
	mux.HandleFunc("POST /empe/api/v1/offerings/one/claim", s.claim)
	mux.HandleFunc("GET /empe/api/v1/verifier/request/r1", s.request)
	mux.HandleFunc("POST /empe/api/v1/verifier/response/r1", s.response)
	mux.HandleFunc("GET /empe/qr", s.qr)
	s.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mutex.Lock()
		s.calls = append(s.calls, r.Method+" "+r.URL.Path)
		said := s.said[r.URL.Path]
		s.mutex.Unlock()
		if said != nil {
			said(w)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	w.Cleanup(s.server.Close)
	return s
}

func (s *there) url(path string) string { return s.server.URL + "/empe" + path }

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// amiss notes what the wallet does wrong, and refuses.
func (s *there) amiss(w http.ResponseWriter, what string) {
	s.mutex.Lock()
	s.trouble = append(s.trouble, what)
	s.mutex.Unlock()
	answer(w, http.StatusBadRequest, map[string]string{"message": "a secret of the other end"})
}

func read(r *http.Request) (body struct {
	State, Nonce string
	Code         string          `json:"authorization_code"`
	Token        json.RawMessage `json:"vp_token"`
},
) {
	raw, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(raw, &body)
	return body
}

type object = map[string]any

func (s *there) offer() object {
	return object{
		"id": "one", "credential_issuer": s.url(""), "credential_configuration_ids": []string{"Ticket"}, "recipient": s.world.ada.DID,
		"credential_subject": object{"seat": "12A"}, "redemption_limit": nil, "expires_at": nil,
	}
}

func (s *there) offering(w http.ResponseWriter, _ *http.Request) { answer(w, 200, s.offer()) }

func (s *there) described() object {
	return object{
		"credential_issuer": s.url(""), "authorize_endpoint": s.url("/api/v1/authorizations"), "token_endpoint": s.url("/api/v1/tokens"),
		"offering_endpoint": s.url("/api/v1/offerings"),
	}
}

func (s *there) metadata(w http.ResponseWriter, _ *http.Request) { answer(w, 200, s.described()) }

func (s *there) authorize(w http.ResponseWriter, r *http.Request) {
	body := read(r)
	if len(body.State) < 32 || len(body.State) > 64 || len(body.Nonce) < 32 || len(body.Nonce) > 64 {
		s.amiss(w, "state or nonce")
		return
	}
	s.mutex.Lock()
	s.nonce = body.Nonce
	s.mutex.Unlock()
	answer(w, 201, object{
		"id": "auth-1", "state": body.State, "nonce": body.Nonce, "used": false,
		"presentation_definition": object{"id": "auth-1", "input_descriptors": []any{}},
	})
}

// validate verifies the presentation as an issuer does.
func (s *there) validate(w http.ResponseWriter, r *http.Request) {
	body := read(r)
	secured := []byte(body.Token)
	if len(secured) > 0 && secured[0] == '"' {
		var text string
		_ = json.Unmarshal(secured, &text)
		secured = []byte(text)
	}
	report, err := s.world.judge.VerifyPresentation(r.Context(), vc.Scope{Tenant: s.world.by.Scope.Tenant}, secured,
		verifier.PresentationOptions{Nonce: s.nonce, Audience: []string{s.url("")}})
	if err != nil || report.Outcome != verifier.Passed {
		s.amiss(w, "the presentation fails")
		return
	}
	s.mutex.Lock()
	s.holder = report.Holder
	s.mutex.Unlock()
	answer(w, 200, object{"id": "auth-1", "code": "AF3DiOZy_x1jF9mKJqUwN5JDnpxk0GlwJMdfQOiAbc", "holder_did": report.Holder, "used": false})
}

func (s *there) token(w http.ResponseWriter, r *http.Request) {
	if read(r).Code != "AF3DiOZy_x1jF9mKJqUwN5JDnpxk0GlwJMdfQOiAbc" {
		s.amiss(w, "code")
		return
	}
	answer(w, 201, object{"access_token": "t0ken.of-the_holder", "token_type": "Bearer", "expires_in": 3600})
}

func (s *there) claim(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer t0ken.of-the_holder" {
		s.amiss(w, "token")
		return
	}
	answer(w, 200, object{"id": uuid.NewString(), "vc": string(s.world.credential(s.holder))})
}

const asked = `{"id":"q","input_descriptors":[{"id":"q0","constraints":{"fields":[{"path":["$.credentialSubject.seat","$.vc.credentialSubject.seat"]}]}}]}`

func (s *there) asking() object {
	to := s.url("/api/v1/verifier/response/r1")
	return object{
		"response_type": "vp_token", "response_mode": "direct_post", "client_id": to, "client_id_scheme": "redirect_uri", "response_uri": to,
		"redirect_uri": "https://shop.example/done", "nonce": "nonce-of-the-verifier-0123456789", "state": "state-of-the-verifier",
		"presentation_definition": json.RawMessage(asked), "client_metadata": object{"client_name": "Shop"},
	}
}

func (s *there) request(w http.ResponseWriter, _ *http.Request) { answer(w, 200, s.asking()) }

func (s *there) response(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil || r.PostForm.Get("state") != "state-of-the-verifier" || len(r.PostForm) != 3 {
		s.amiss(w, "form")
		return
	}
	s.mutex.Lock()
	s.answers = append(s.answers, map[string]string{"vp": r.PostForm.Get("vp_token"), "submission": r.PostForm.Get("presentation_submission")})
	s.mutex.Unlock()
	answer(w, 200, object{"redirect_uri": "https://shop.example/done?response_code=1"})
}

func (s *there) qr(w http.ResponseWriter, _ *http.Request) { answer(w, 200, s.code()) }

// code is what the QR code of the offering holds.
func (s *there) code() object {
	return object{
		"type": "credential_offering", "offering_id": "one", "offering_full_url": s.url("/api/v1/offering/one"), "credential_issuer": s.url(""),
	}
}

// says makes the server answer a path with that, whatever is asked.
func (s *there) says(path string, status int, contentType, body string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.said["/empe"+path] = func(w http.ResponseWriter) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// quiet forgets what a test made the server say, and what it was asked.
func (s *there) quiet() {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	clear(s.said)
	s.calls, s.trouble = nil, nil
}

func text(t testing.TB, value any) string {
	t.Helper()
	raw, err := json.Marshal(value)
	must(t, err)
	return string(raw)
}

func (w *world) fails(err error, kind vc.Kind, code string) {
	w.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || e.Code != code {
		w.Errorf("got %v, want %v %s", err, kind, code)
		return
	}
	if strings.Contains(err.Error(), "a secret of the other end") {
		w.Errorf("the error tells what the other end said: %v", err)
	}
}
