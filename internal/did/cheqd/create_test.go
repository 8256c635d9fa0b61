package cheqd_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	ledger "github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/did/didtest"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// shelf answers as a gateway whose ledger has whatever documents it was given.
type shelf struct {
	mu   sync.Mutex
	docs map[string]cheqd.DIDDoc
}

func (s *shelf) publish(t *testing.T) func(string, []byte) {
	return func(text string, document []byte) {
		doc, err := cheqd.FromDocument(document)
		if err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.docs[text] = doc
	}
}

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	doc, ok := s.docs[strings.TrimPrefix(r.URL.Path, "/cheqd/did/v2/")]
	if !ok {
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = w.Write([]byte(`{"code":2,"message":"codespace sdk code 38: not found: ` + missing + `"}`))
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"value": map[string]any{
		"did_doc": doc, "metadata": cheqd.Metadata{Created: time.Unix(1, 0).UTC(), VersionID: "v"},
	}})
}

func TestMethod(t *testing.T) {
	shelf := &shelf{docs: map[string]cheqd.DIDDoc{}}
	server := httptest.NewServer(shelf)
	t.Cleanup(server.Close)
	didtest.Run(t, didtest.Subject{
		Method: method(ledger.Network{REST: server.URL}), Algorithms: []vc.Algorithm{vc.Ed25519, vc.P256}, Publish: shelf.publish(t),
		Options: map[string]string{"network": "testnet"}, Missing: missing,
		Broken: []string{"did:cheqd:testnet:x", "did:cheqd:devnet:" + strings.TrimPrefix(known, "did:cheqd:testnet:"), strings.ToUpper(known)},
	})
}

// TestFurtherKeys has keys that stand whole in assertionMethod, from the beginning.
func TestFurtherKeys(t *testing.T) {
	m := method(ledger.Network{REST: "http://127.0.0.1:1"})
	key := func(algorithm vc.Algorithm) vc.Key {
		made, err := keyStore(t).Generate(t.Context(), vc.Scope{Tenant: "t"}, algorithm)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	keys := []vc.Key{key(vc.Ed25519), key(vc.Ed25519), key(vc.Secp256k1), key(vc.P384)}
	created, err := m.Create(t.Context(), did.CreateRequest{Keys: keys, Options: map[string]string{"assertionMethodType": "Multikey"}})
	if err != nil {
		t.Fatal(err)
	}
	document, err := diddoc.Parse(created.Document)
	if err != nil {
		t.Fatal(err)
	}
	for i, id := range created.Methods {
		method, ok := document.Method(id)
		alone := i > 0
		if !ok || (method.Type == diddoc.Multikey) != alone || document.Has(diddoc.Authentication, id) == alone || !document.Has(diddoc.AssertionMethod, id) ||
			(len(created.Keys[i].Purposes) == 1) != alone {
			t.Errorf("key %d stands as %+v, %+v", i, method, created.Keys[i])
		}
	}
	for name, request := range map[string]did.CreateRequest{
		"assertionMethodType": {Keys: keys[:2], Options: map[string]string{"assertionMethodType": "Nonsense"}},
		"one key alone":       {Keys: keys[2:], Options: map[string]string{"assertionMethodType": "Multikey"}},
		"no key after it":     {Keys: keys[:1], Options: map[string]string{"assertionMethodType": "Multikey"}},
		"nor of this type":    {Keys: keys[:1], Options: map[string]string{"assertionMethodType": "Nonsense"}},
	} {
		if _, err := m.Create(t.Context(), request); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (ledger.Method{}).Create(t.Context(), did.CreateRequest{Keys: keys[:1]}); vc.KindOf(err) != vc.Unsupported {
		t.Errorf("no network: %v", err)
	}
	both := ledger.Method{Networks: map[string]ledger.Network{"mainnet": {REST: "http://a.example"}, "testnet": {REST: "http://b.example"}}}
	if _, err := both.Create(t.Context(), did.CreateRequest{Keys: keys[:1]}); vc.KindOf(err) != vc.Invalid {
		t.Errorf("which network: %v", err)
	}
}

// TestRecord says who signs: one key where one is in force before and after, else one of each.
func TestRecord(t *testing.T) {
	m := method(ledger.Network{REST: "http://127.0.0.1:1"})
	store := keyStore(t)
	identityKey := func(id string, algorithm vc.Algorithm, state vc.KeyState) vc.IdentityKey {
		made, err := store.Generate(t.Context(), vc.Scope{Tenant: "t"}, algorithm)
		if err != nil {
			t.Fatal(err)
		}
		return vc.IdentityKey{Key: made, Method: known + "#" + id, Purposes: did.Purposes(), State: state}
	}
	a, b, c := identityKey("a", vc.Ed25519, vc.KeyActive), identityKey("b", vc.P256, vc.KeyActive), identityKey("c", vc.Secp256k1, vc.KeyActive)
	c.Type, c.Purposes = diddoc.Multikey, did.AssertionAlone()
	state := func(key vc.IdentityKey, state vc.KeyState) vc.IdentityKey { key.State = state; return key }
	of := func(keys ...vc.IdentityKey) vc.Identity { return vc.Identity{DID: known, Keys: keys} }
	ended := of(a, b)
	ended.DeactivatedAt = time.Unix(1, 0)
	for name, test := range map[string]struct {
		before, after vc.Identity
		signers       string // fragments
	}{
		"a new DID":               {vc.Identity{}, of(a, c), "a"},
		"a further key":           {of(a), of(a, b), "a"},
		"an inline key":           {of(a), of(a, c), "a"},
		"a retired key":           {of(a), of(state(a, vc.KeyRetired), b), "ab"},
		"the only key goes":       {of(a), of(state(a, vc.KeyCompromised), b), "ab"},
		"a retired key goes":      {of(state(a, vc.KeyRetired), b), of(state(a, vc.KeyCompromised), b), "b"},
		"an end":                  {of(a, b), ended, "b"},
		"nobody is left":          {of(a, c), of(state(a, vc.KeyCompromised), c), ""},
		"a DID that nobody signs": {vc.Identity{}, of(c), ""},
	} {
		recording, err := m.Record(test.before, test.after)
		got := ""
		for _, key := range recording.Signers {
			got += strings.TrimPrefix(key.Method, known+"#")
		}
		if got != test.signers || (err == nil) != (test.signers != "") {
			t.Errorf("%s: %q sign, %v", name, got, err)
			continue
		}
		if err != nil {
			if vc.KindOf(err) != vc.Conflict {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		var signatures [][]byte
		for _, key := range recording.Signers {
			signature, err := store.Sign(t.Context(), key.Key, recording.SignBytes)
			if err != nil {
				t.Fatal(err)
			}
			signatures = append(signatures, signature)
		}
		tx, err := m.Signed(recording, signatures)
		if err != nil || tx.Ledger != "cheqd:testnet" || tx.Object != known || tx.Version != recording.Version {
			t.Errorf("%s: %+v, %v", name, tx, err)
		}
		if _, err := m.Signed(recording, nil); vc.KindOf(err) != vc.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	foreign := of(a)
	foreign.Services = []byte(`[{"id":"` + known + `#s","type":"LinkedDomains","serviceEndpoint":{"origins":["https://a.example"]}}]`)
	if _, err := m.Record(of(a), foreign); vc.KindOf(err) != vc.Invalid {
		t.Errorf("a service that the ledger cannot hold: %v", err)
	}
}

func keyStore(t *testing.T) *local.Store {
	t.Helper()
	store, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: storetest.Open(t, storetest.Fresh(t))})
	if err != nil {
		t.Fatal(err)
	}
	return store
}
