package cheqd_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	ledger "github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// TestPrompt has a registrar write a document as cheqd's does: JavaScript makes the payload of the JSON that was sent. It drops
// @context here, orders the members of a JWK otherwise and chooses a version, and all of that is signed; another key is not.
func TestPrompt(t *testing.T) {
	var spoil func(*cheqd.DIDDocPayload)
	var token string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet { // as a resolver, which has nothing
			w.WriteHeader(http.StatusNotFound)
			return
		}
		token = r.Header.Get("Authorization")
		var body struct {
			Document json.RawMessage `json:"didDocument"`
			Options  struct {
				Network string
				Version string `json:"versionId"`
			}
		}
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil || r.URL.String() != "/1.0/create?method=cheqd" || body.Options.Network != "testnet" {
			t.Errorf("%s: %+v, %v", r.URL, body, err)
		}
		doc, err := cheqd.FromDocument(body.Document)
		if err != nil {
			t.Error(err)
		}
		payload := cheqd.DIDDocPayload{DIDDoc: doc, VersionID: body.Options.Version}
		spoil(&payload)
		_ = json.NewEncoder(w).Encode(map[string]any{"jobId": "j", "didState": map[string]any{
			"did": doc.ID, "state": "action", "action": "signPayload",
			"signingRequest": map[string]any{"signingRequest0": map[string]any{"kid": doc.Authentication[0], "alg": "EdDSA", "serializedPayload": payload.Encode()}},
		}})
	}))
	t.Cleanup(server.Close)
	m := through(server.URL)
	network := m.Networks[cheqd.Testnet]
	network.Registrar, network.Token = server.URL+"/1.0", "secret"
	m.Networks[cheqd.Testnet] = network
	store := keyStore(t)
	key := func(fragment string, algorithm vc.Algorithm) vc.IdentityKey {
		made, err := store.Generate(t.Context(), vc.Scope{Tenant: "t"}, algorithm)
		if err != nil {
			t.Fatal(err)
		}
		return vc.IdentityKey{Key: made, Method: known + "#" + fragment, Purposes: did.Purposes(), State: vc.KeyActive}
	}
	inline := key("c", vc.Secp256k1)
	inline.Type, inline.Purposes = diddoc.Multikey, did.AssertionAlone()
	recording, err := m.Record(vc.Identity{}, vc.Identity{DID: known, Keys: []vc.IdentityKey{key("a", vc.P256), inline}})
	if err != nil {
		t.Fatal(err)
	}
	reordered := func(text string) string {
		var members map[string]any
		if err := json.Unmarshal([]byte(text), &members); err != nil {
			t.Error(err)
		}
		out, _ := json.MarshalIndent(members, "", " ")
		return string(out)
	}
	const other = "c4ee34ec-75f5-4b39-bb50-5ac4f86c36b3"
	spoil = func(p *cheqd.DIDDocPayload) {
		p.Context, p.VersionID = nil, other
		p.VerificationMethod[0].Material = reordered(p.VerificationMethod[0].Material)
		var text string
		if json.Unmarshal([]byte(p.AssertionMethod[len(p.AssertionMethod)-1]), &text) == nil {
			quoted, _ := json.Marshal(reordered(text))
			p.AssertionMethod[len(p.AssertionMethod)-1] = string(quoted)
		}
	}
	asked, err := m.Prompt(t.Context(), recording)
	if err != nil || bytes.Equal(asked.SignBytes, recording.SignBytes) || asked.Version != other || token != "Bearer secret" {
		t.Fatalf("%+v, %v, token %q", asked, err, token)
	}
	signature, err := store.Sign(t.Context(), asked.Signers[0].Key, asked.SignBytes)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := m.Signed(asked, [][]byte{signature})
	if err != nil || tx.Version != other || tx.Account != network.Registrar || tx.Hash != "" || bytes.Contains(tx.Raw, []byte("secret\":\"")) {
		t.Errorf("%+v, %v", tx, err)
	}
	var handed struct {
		Operation string
		Body      struct {
			Job    string `json:"jobId"`
			Secret struct {
				Response map[string]struct {
					Kid       string
					Signature []byte
				} `json:"signingResponse"`
			}
		}
	}
	if err := json.Unmarshal(tx.Raw, &handed); err != nil || handed.Operation != "create" || handed.Body.Job != "j" {
		t.Errorf("%s, %v", tx.Raw, err)
	}
	if given := handed.Body.Secret.Response["signingRequest0"]; given.Kid != known+"#a" || len(given.Signature) < 68 || given.Signature[0] != 0x30 { // ASN.1, as the ledger takes it
		t.Errorf("%+v", given)
	}
	for name, spoilt := range map[string]func(*cheqd.DIDDocPayload){
		"a member more": func(p *cheqd.DIDDocPayload) {
			p.VerificationMethod[0].Material = p.VerificationMethod[0].Material[:len(p.VerificationMethod[0].Material)-1] + `,"use":"sig"}`
		},
		"an inline key of another": func(p *cheqd.DIDDocPayload) {
			p.AssertionMethod[len(p.AssertionMethod)-1] = cheqd.InlineMethod(diddoc.VerificationMethod{ID: known + "#c", Type: diddoc.Multikey, Controller: known, PublicKeyMultibase: "z6MkX"})
		},
		"no purposes": func(p *cheqd.DIDDocPayload) { p.Authentication = nil },
	} {
		authentication := known + "#a"
		spoil = func(p *cheqd.DIDDocPayload) {
			spoilt(p)
			if p.Authentication == nil {
				p.Authentication = []string{authentication + "x"}
			}
		}
		if _, err := m.Prompt(t.Context(), recording); vc.KindOf(err) != vc.Unavailable {
			t.Errorf("%s: %v", name, err)
		}
	}
	plain := ledger.Method{Networks: map[string]ledger.Network{cheqd.Testnet: {REST: server.URL}}}
	if same, err := plain.Prompt(t.Context(), recording); err != nil || same.Job != nil || !bytes.Equal(same.SignBytes, recording.SignBytes) {
		t.Errorf("without a registrar: %+v, %v", same, err)
	}
}
