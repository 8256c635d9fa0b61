package identity_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did/peer"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// An agent's identity issues as an organisation's does, and holds as a wallet's does.
func TestAgent(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	agent := w.create(by, identity.CreateRequest{Method: "key", Agent: true})
	if stored, err := w.Get(t.Context(), by.Scope, agent.DID); err != nil || stored.Use != vc.UseAgent || !stored.Use.Issues() || !stored.Use.Holds() {
		t.Fatalf("%+v %v", stored, err)
	}
	signs(t, w, by.Scope, agent)
	for _, who := range []string{agent.ID, agent.DID} {
		if got, key, err := w.HoldingKey(t.Context(), by.Scope, who, ""); err != nil || got.ID != agent.ID || key.Method != agent.Keys[0].Method {
			t.Errorf("%+v %v", got, err)
		}
		if got, _, err := w.AuthenticationKey(t.Context(), by.Scope, who, ""); err != nil || got.ID != agent.ID {
			t.Errorf("%+v %v", got, err)
		}
	}
	if got, _, err := w.SigningKey(t.Context(), by.Scope, "", ""); err != nil || got.ID != agent.ID {
		t.Errorf("the only one that issues: %+v %v", got, err)
	}
	if got, err := w.Foremost(t.Context(), by.Scope, "key"); err != nil || got.ID != agent.ID {
		t.Errorf("%+v %v", got, err)
	}
	if got, err := w.Publisher(t.Context(), by); err != nil || got.ID != agent.ID {
		t.Errorf("%+v %v", got, err)
	}
	_, _, err := w.HoldingKey(t.Context(), caller("a", "two").Scope, agent.ID, "")
	wantError(t, err, vc.NotFound, "identity-not-found")

	w.create(by, identity.CreateRequest{Method: "key"})
	_, _, err = w.SigningKey(t.Context(), by.Scope, "", "")
	wantError(t, err, vc.Invalid, "issuer-ambiguous")

	_, err = w.SetKeyState(t.Context(), by, agent.ID, agent.Keys[0].Method, vc.KeyRetired)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.HoldingKey(t.Context(), by.Scope, agent.ID, "")
	wantError(t, err, vc.Conflict, "no-active-key")
	_, _, err = w.SigningKey(t.Context(), by.Scope, agent.DID, "")
	wantError(t, err, vc.Conflict, "no-active-key")
	_, err = w.Create(t.Context(), by, identity.CreateRequest{Agent: true, Holding: true})
	wantError(t, err, vc.Invalid, "use-ambiguous")
}

// TestSeed: RFC 8032 §7.1, test 1.
func TestSeed(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	seed, err := hex.DecodeString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
	if err != nil {
		t.Fatal(err)
	}
	made := w.create(by, identity.CreateRequest{Seed: seed, Agent: true})
	if key := made.Keys[0].Key; key.Algorithm != vc.Ed25519 || !strings.Contains(string(key.PublicJWK), `"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`) {
		t.Errorf("%s %s", key.Algorithm, key.PublicJWK)
	}
	signs(t, w, by.Scope, made)
	for name, request := range map[string]identity.CreateRequest{
		"seed-invalid":       {Seed: seed[1:]},
		"key-ambiguous":      {Seed: seed, PrivateJWK: []byte("{}")},
		"algorithm-mismatch": {Seed: seed, Algorithm: vc.P256},
	} {
		_, err := w.Create(t.Context(), by, request)
		wantError(t, err, vc.Invalid, name)
		if bytes.Contains([]byte(err.Error()), seed[:8]) {
			t.Errorf("%s shows the seed", name)
		}
	}
	_, err = w.Create(t.Context(), by, identity.CreateRequest{Seed: seed, Agent: true})
	wantError(t, err, vc.Conflict, "duplicate")
}

// A web DID of an agent changes its key, and issues and holds with the new one.
func TestAgentRotates(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	agent := w.create(by, identity.CreateRequest{Method: "web", Agent: true, Options: map[string]string{"domain": "example.com", "path": "agents/one"}})
	w.clock.pass(time.Second)
	after, err := w.Rotate(t.Context(), by, agent.ID, vc.Ed25519)
	if err != nil || after.Use != vc.UseAgent {
		t.Fatalf("%+v %v", after, err)
	}
	_, signing, err := w.SigningKey(t.Context(), by.Scope, agent.DID, "")
	if err != nil || signing.Method == agent.Keys[0].Method {
		t.Errorf("%s %v", signing.Method, err)
	}
	if _, holding, err := w.HoldingKey(t.Context(), by.Scope, agent.DID, ""); err != nil || holding.Method != signing.Method {
		t.Errorf("%s %v", holding.Method, err)
	}
	key := w.create(by, identity.CreateRequest{Method: "key", Agent: true})
	if _, err := w.Rotate(t.Context(), by, key.ID, vc.Ed25519); vc.KindOf(err) != vc.Unsupported {
		t.Errorf("%v", err)
	}
}

// A did:peer of an agent signs and authenticates; that of numalgo 2 authenticates alone.
func TestAgentPeer(t *testing.T) {
	w := newWorld(t)
	service, by := w.another(peer.Method{}), caller("a", "one")
	options := map[string]string{"endpoint": "https://agent.example/didcomm"}
	four, err := service.Create(t.Context(), by, identity.CreateRequest{Method: "peer", Agent: true, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	if _, key, err := service.SigningKey(t.Context(), by.Scope, four.DID, ""); err != nil || key.Method != four.DID+"#key-0" {
		t.Errorf("%s %v", key.Method, err)
	}
	options["numalgo"] = "2"
	two, err := service.Create(t.Context(), by, identity.CreateRequest{Method: "peer", Agent: true, Options: options})
	if err != nil {
		t.Fatal(err)
	}
	if _, key, err := service.HoldingKey(t.Context(), by.Scope, two.DID, ""); err != nil || key.Method != two.DID+"#key-1" {
		t.Errorf("%s %v", key.Method, err)
	}
	_, _, err = service.SigningKey(t.Context(), by.Scope, two.DID, "")
	wantError(t, err, vc.Conflict, "no-active-key")
	for _, made := range []vc.Identity{two, four} {
		if resolution, ours, err := service.Resolve(t.Context(), vc.Scope{}, made.DID); err != nil || !ours || !bytes.Equal(resolution.Document, made.Document) {
			t.Errorf("%s: %s %v", made.DID, resolution.Document, err)
		}
	}
}
