package jwtvc_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/test/peers"
)

// TestObject: the object that did-jwt-vc makes of a JWT is read, and refused where it says something else.
func TestObject(t *testing.T) {
	peer := peers.Start(t)
	var signed peers.Signed
	peer.Call("didjwtvc.issue", peers.Sign{Alg: "EdDSA", Payload: map[string]any{
		"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiableCredential"}, "issuer": map[string]any{"id": "$DID"},
		"issuanceDate": "2026-01-01T00:00:00Z", "credentialSubject": map[string]any{"id": "did:example:ada", "degree": "MSc"},
	}}, &signed)
	var verified peers.VerifiedVC
	peer.Call("didjwtvc.verify", peers.VerifyVC{Token: signed.Token}, &verified)
	var object map[string]any
	if err := json.Unmarshal(verified.Credential, &object); err != nil {
		t.Fatal(err)
	}
	if proof, _ := object["proof"].(map[string]any); proof["type"] != "JwtProof2020" {
		t.Fatalf("the peer's object is %s", verified.Credential)
	}
	read, err := jwtvc.Format{}.Read(t.Context(), verified.Credential)
	if err != nil {
		t.Fatalf("%v: %s", err, verified.Credential)
	}
	if read.Format != jwtvc.Name || read.Model != vc.VCDM11 || len(read.Signatures) != 1 || read.Signatures[0].Method != signed.KID {
		t.Errorf("read %+v", read)
	}
	_, err = jwtvc.Format{}.Read(t.Context(), bytes.Replace(verified.Credential, []byte("MSc"), []byte("PhD"), 1))
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "payload-differs" || e.Pointer != "/credentialSubject" {
		t.Errorf("another claim: %v", err)
	}
	object["more"] = true
	more, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = (jwtvc.Format{}).Read(t.Context(), more); vc.KindOf(err) != vc.Invalid {
		t.Errorf("one member more: %v", err)
	}
	object["proof"] = map[string]any{"type": "Ed25519Signature2020", "jwt": "e.y.J"}
	if more, err = json.Marshal(object); err != nil {
		t.Fatal(err)
	}
	_, err = jwtvc.Format{}.Read(t.Context(), more)
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "other-format" {
		t.Errorf("another proof: %v", err)
	}
}
