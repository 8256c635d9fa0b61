package identity_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did/empe"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didempe"
	"github.com/chancery-vc/chancery/spec/jose"
)

func TestForemost(t *testing.T) {
	w := newWorld(t)
	here, there := w.another(empe.Method{}), w.another(empe.Method{})
	by, tenant := caller("a", "one"), caller("a", "")
	make := func(by vc.Caller, request identity.CreateRequest) vc.Identity {
		t.Helper()
		w.clock.pass(time.Millisecond)
		made, err := here.Create(t.Context(), by, request)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	is := func(s *identity.Service, want vc.Identity) {
		t.Helper()
		got, err := s.Foremost(t.Context(), by.Scope, "empe")
		if err != nil || got.ID != want.ID {
			t.Errorf("%s %v, want %s", got.DID, err, want.DID)
		}
	}
	none := func(s *identity.Service) {
		t.Helper()
		_, err := s.Foremost(t.Context(), by.Scope, "empe")
		wantError(t, err, vc.Invalid, "no-identity")
	}
	none(here)
	make(by, identity.CreateRequest{Method: "empe", Holding: true})
	make(caller("a", "two"), identity.CreateRequest{Method: "empe"})
	make(caller("b", "one"), identity.CreateRequest{Method: "empe"})
	none(here)
	shared := make(tenant, identity.CreateRequest{Method: "empe"})
	is(here, shared)
	oldest := make(by, identity.CreateRequest{Method: "key"})
	is(here, oldest) // an organisation's own go first
	make(by, identity.CreateRequest{Method: "key"})
	is(here, oldest)
	is(there, oldest)
	first := make(by, identity.CreateRequest{Method: "empe"})
	second := make(by, identity.CreateRequest{Method: "empe", Options: map[string]string{"network": "testnet"}})
	is(here, second)
	is(there, oldest)
	w.clock.pass(time.Second)
	is(there, second)
	if got, err := here.Foremost(t.Context(), by.Scope, "web"); err != nil || got.ID != oldest.ID {
		t.Errorf("%s %v", got.DID, err)
	}
	if _, err := here.Deactivate(t.Context(), by, second.ID); err != nil {
		t.Fatal(err)
	}
	is(here, first)
	if _, err := here.SetKeyState(t.Context(), by, first.ID, first.Keys[0].Method, vc.KeyRetired); err != nil {
		t.Fatal(err)
	}
	is(here, oldest) // a key that does not sign speaks for nobody
}

// A wallet's identity proves who holds, and nothing that is issued or published is by it.
func TestHolding(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	var wallet vc.Identity
	for range 3 {
		wallet = w.create(by, identity.CreateRequest{Method: "key", Holding: true})
	}
	if stored, err := w.Get(t.Context(), by.Scope, wallet.DID); err != nil || stored.Use != vc.UseHolding {
		t.Fatalf("%+v %v", stored, err)
	}
	for _, who := range []string{wallet.ID, wallet.DID} {
		if got, key, err := w.HoldingKey(t.Context(), by.Scope, who, ""); err != nil || got.ID != wallet.ID || key.Method != wallet.Keys[0].Method {
			t.Errorf("%+v %v", got, err)
		}
		if got, _, err := w.AuthenticationKey(t.Context(), by.Scope, who, wallet.Keys[0].Method); err != nil || got.ID != wallet.ID {
			t.Errorf("%+v %v", got, err)
		}
		_, _, err := w.SigningKey(t.Context(), by.Scope, who, "")
		wantError(t, err, vc.NotFound, "identity-not-found")
	}
	_, _, err := w.SigningKey(t.Context(), by.Scope, "", "")
	wantError(t, err, vc.Invalid, "no-identity")
	publisher, err := w.Publisher(t.Context(), by)
	if err != nil || publisher.Use != vc.UsePublisher {
		t.Errorf("%+v %v", publisher, err)
	}
	_, _, err = w.HoldingKey(t.Context(), by.Scope, publisher.ID, "")
	wantError(t, err, vc.NotFound, "identity-not-found")
	issuing := w.create(by, identity.CreateRequest{Method: "key"})
	_, _, err = w.HoldingKey(t.Context(), by.Scope, issuing.ID, "")
	wantError(t, err, vc.NotFound, "identity-not-found")
	_, _, err = w.HoldingKey(t.Context(), caller("a", "two").Scope, wallet.ID, "")
	wantError(t, err, vc.NotFound, "identity-not-found")
	if got, _, err := w.SigningKey(t.Context(), by.Scope, "", ""); err != nil || got.ID != issuing.ID {
		t.Errorf("%+v %v", got, err)
	}
}

// However many wallets there are, the one who issues is found.
func TestHoldingMany(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	issuing := w.create(by, identity.CreateRequest{Method: "key"})
	for range 101 {
		w.create(by, identity.CreateRequest{Method: "key", Holding: true})
	}
	got, _, err := w.SigningKey(t.Context(), by.Scope, "", "")
	if err != nil || got.ID != issuing.ID {
		t.Errorf("%+v %v", got, err)
	}
	publisher, err := w.Publisher(t.Context(), by)
	if err != nil || publisher.ID != issuing.ID {
		t.Errorf("%+v %v", publisher, err)
	}
	w.create(by, identity.CreateRequest{Method: "key"})
	_, _, err = w.SigningKey(t.Context(), by.Scope, "", "")
	wantError(t, err, vc.Invalid, "issuer-ambiguous")
}

func TestAddress(t *testing.T) {
	w := newWorld(t)
	s := w.another(empe.Method{})
	by := caller("a", "one")
	for _, request := range []identity.CreateRequest{
		{Method: "empe"},
		{Method: "empe", Options: map[string]string{"network": "testnet"}},
		{Method: "web", Options: map[string]string{"domain": "example.com"}, Algorithms: []vc.Algorithm{vc.Ed25519, vc.Secp256k1}},
	} {
		made, err := s.Create(t.Context(), by, request)
		if err != nil {
			t.Fatal(err)
		}
		public, err := jose.ParseJWK(made.Keys[len(made.Keys)-1].Key.PublicJWK)
		if err != nil {
			t.Fatal(err)
		}
		want, _, err := didempe.Encode(didempe.Mainnet, public)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Address(t.Context(), by.Scope, made.ID)
		if err != nil || got != "0x"+strings.TrimPrefix(want, "did:empe:") || request.Method == "empe" && !strings.HasSuffix(made.DID, got[2:]) {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
	key := w.create(by, identity.CreateRequest{Method: "key"})
	_, err := s.Address(t.Context(), by.Scope, key.ID)
	wantError(t, err, vc.NotFound, "no-address")
	_, err = s.Address(t.Context(), caller("a", "two").Scope, key.ID)
	wantError(t, err, vc.NotFound, "identity-not-found")
}

func TestCertify(t *testing.T) {
	w := newWorld(t)
	s := w.another(empe.Method{})
	keys := make([]jose.PublicKey, 3)
	for i := range keys {
		made, err := w.keys.Generate(t.Context(), vc.Scope{Tenant: "a"}, vc.Secp256k1)
		if err != nil {
			t.Fatal(err)
		}
		if keys[i], err = jose.ParseJWK(made.PublicJWK); err != nil {
			t.Fatal(err)
		}
	}
	for _, network := range []string{didempe.Mainnet, didempe.Testnet} {
		did, method, err := didempe.Encode(network, keys[1])
		if err != nil {
			t.Fatal(err)
		}
		document, ok := s.Certify(did, keys[:2])
		if !ok || document.ID != did || len(document.VerificationMethods) != 1 || document.VerificationMethods[0].ID != method {
			t.Errorf("%+v", document)
		}
		for _, wrong := range [][]jose.PublicKey{nil, keys[:1], keys[2:]} {
			if _, ok := s.Certify(did, wrong); ok {
				t.Error("a key proves the DID of another")
			}
		}
		if _, ok := w.Certify(did, keys); ok {
			t.Error("a server without the method knows its DIDs")
		}
		if s.Ledger(did) {
			t.Error("there is a ledger")
		}
		with := w.another(empe.Method{
			Fetch: httpx.NewClient(httpx.ClientConfig{}), Nodes: map[string]string{didempe.Testnet: "https://ledger.example"},
		})
		if with.Ledger(did) != (network == didempe.Testnet) {
			t.Errorf("the ledger of %s", network)
		}
	}
	for _, did := range []string{"", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "did:nothing:1", fmt.Sprintf("did:empe:%s", strings.Repeat("0", 5000))} {
		if _, ok := s.Certify(did, keys); ok || s.Ledger(did) {
			t.Errorf("%.60s is certified", did)
		}
	}
}
