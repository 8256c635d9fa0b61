package empe

import (
	"encoding/json"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
	"github.com/chancery-vc/chancery/test/peers"
)

// contexts are all that a credential leans on: what is shipped, and what its issuer publishes.
func (w *world) contexts(made *reply) map[string]json.RawMessage {
	w.t.Helper()
	all := map[string]json.RawMessage{}
	for _, context := range known.All() {
		all[context.URL] = context.Document
	}
	for _, url := range made.at("/vc/@context").([]any) {
		if all[url.(string)] == nil {
			all[url.(string)] = w.send("GET", w.path(url.(string)), nil, nobody).succeeds().body()
		}
	}
	return all
}

// TestPeersVerify: what this door signs verifies with other people's libraries, and no other key or word does.
func TestPeersVerify(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		made := o.credential()
		method := w.send("GET", "/1.0/identifiers/"+o.did, nil, nobody).succeeds()
		judge := peers.EmpeVerify2019{
			Document: made.raw("/vc"), JWK: method.raw("/didDocument/verificationMethod/0/publicKeyJwk"), Contexts: w.contexts(made),
		}
		w.node().Call("empe.verify2019", judge, nil)
		changed := mergedInto(made.at("/vc"), "credentialSubject", object{"id": "did:empe:0x123456789", "ticket": "A-18"})
		judge.Document = must(json.Marshal(changed))
		if w.node().Try("empe.verify2019", judge, nil) == nil {
			t.Error("another ticket verifies")
		}

		other := w.organisation(w.tenant("ed"), "Issuer")
		must(w.native(other.admin).CreateDID(t.Context(), sdk.NewDID{Method: "key", Algorithm: "Ed25519"}))
		other.schema("Ticket")
		made = other.credential()
		w.node().Call("ldp.know", peers.Know{Contexts: w.contexts(made)}, nil)
		w.node().Call("ldp.verify", peers.VerifyLinked{Document: made.raw("/vc"), Suite: "Ed25519Signature2020"}, nil)
	})
}
