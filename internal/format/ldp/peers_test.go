package ldp_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
	"github.com/chancery-vc/chancery/test/peers"
)

// shared are the suites and algorithms that @digitalbazaar's libraries have too.
var shared = []struct{ suite, alg string }{
	{"eddsa-rdfc-2022", jose.EdDSA}, {"Ed25519Signature2020", jose.EdDSA}, {"ecdsa-rdfc-2019", jose.ES256}, {"ecdsa-rdfc-2019", jose.ES384},
}

var made = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

const (
	whom      = "https://verifier.example"
	challenge = "c-1"
)

// sample has claims of every kind; issuer is a DID.
func sample(model vc.ModelVersion, suite, issuer string) []byte {
	head := `"https://www.w3.org/2018/credentials/v1","https://www.w3.org/2018/credentials/examples/v1"`
	dates, degree := `"issuanceDate":"2026-01-01T00:00:00Z"`, "BachelorDegree"
	if model == vc.VCDM20 {
		head = `"https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"`
		dates, degree = `"validFrom":"2026-01-01T00:00:00Z"`, "ExampleBachelorDegree"
	}
	for _, url := range (ldp.Format{}).Contexts(model, suite, "") {
		head += `,"` + url + `"`
	}
	return []byte(`{"@context":[` + head + `],"id":"urn:uuid:0199a3c0-0000-7000-8000-000000000000",` +
		`"type":["VerifiableCredential","UniversityDegreeCredential"],"issuer":"` + issuer + `",` + dates + `,` +
		`"credentialSubject":{"id":"did:example:ada","degree":{"type":"` + degree + `","name":"Bachelor of \"Scïence\""}}}`)
}

// signer is somebody with a key of their own.
type signer struct {
	private     crypto.PrivateKey
	did, method string
}

func newSigner(t *testing.T, alg string) signer {
	t.Helper()
	var (
		s   signer
		err error
	)
	switch alg {
	case jose.ES256:
		s.private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		s.private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	default:
		_, s.private, err = ed25519.GenerateKey(rand.Reader)
	}
	must(t, err)
	public, err := jose.Public(s.private)
	must(t, err)
	s.did, s.method, err = didkey.Encode(public)
	must(t, err)
	return s
}

func (s signer) secure(t *testing.T, alg string, unsigned format.Unsigned, err error) []byte {
	t.Helper()
	must(t, err)
	signature, err := jose.Sign(s.private, alg, unsigned.Input())
	must(t, err)
	secured, err := unsigned.Secure(signature)
	must(t, err)
	return secured
}

func (s signer) credential(t *testing.T, model vc.ModelVersion, suite, alg string) []byte {
	t.Helper()
	unsigned, err := ldp.New(nil).Prepare(t.Context(), format.Material{
		Credential: sample(model, suite, s.did), Model: model, Suite: suite, Issuer: s.did, Method: s.method, Algorithm: alg, Created: made,
	})
	return s.secure(t, alg, unsigned, err)
}

// verify looks the key of a proof up and checks it.
func verify(t *testing.T, signatures []format.Signature) error {
	t.Helper()
	if len(signatures) != 1 {
		t.Fatalf("%d signatures", len(signatures))
	}
	did, _, _ := strings.Cut(signatures[0].Method, "#")
	raw, err := didkey.Resolve(did)
	if err != nil {
		return err
	}
	document, err := diddoc.Parse(raw)
	must(t, err)
	method, ok := document.Method(signatures[0].Method)
	if !ok {
		t.Fatalf("no method %s", signatures[0].Method)
	}
	key, err := method.PublicKey()
	must(t, err)
	return signatures[0].Verify(key)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// startPeer starts the peer with the contexts that are shipped here.
func startPeer(t *testing.T) *peers.Peer {
	t.Helper()
	peer, know := peers.Start(t), peers.Know{Contexts: map[string]json.RawMessage{}}
	for _, context := range known.All() {
		know.Contexts[context.URL] = context.Document
	}
	peer.Call("ldp.know", know, nil)
	return peer
}

// tampered are the documents with another byte in a claim, as far as they are JSON still.
func tampered(document []byte) (all []json.RawMessage) {
	begin := bytes.Index(document, []byte(`"credentialSubject":`)) + len(`"credentialSubject":`)
	end := bytes.Index(document, []byte(`}}`)) + 2
	for i := begin; i < end; i++ {
		changed := bytes.Clone(document)
		if changed[i] ^= 1; json.Valid(changed) {
			all = append(all, changed)
		}
	}
	return all
}

// TestPeersVerifyOurs: other people's libraries accept what is made here, and no other byte of any claim; nor do we.
func TestPeersVerifyOurs(t *testing.T) {
	peer, f := startPeer(t), ldp.New(nil)
	for _, c := range shared {
		for _, model := range []vc.ModelVersion{vc.VCDM11, vc.VCDM20} {
			t.Run(c.suite+" "+c.alg+" "+string(model), func(t *testing.T) {
				secured := newSigner(t, c.alg).credential(t, model, c.suite, c.alg)
				peer.Call("ldp.verify", peers.VerifyLinked{Document: secured, Suite: c.suite, Now: made.Format(time.RFC3339)}, nil)
				bad := tampered(secured)
				if len(bad) < 40 {
					t.Fatalf("%d tampered with", len(bad))
				}
				var answer struct{ Verified []bool }
				peer.Call("ldp.verifyProofs", peers.VerifyProofs{Documents: append(bad, secured), Suite: c.suite}, &answer)
				for i, verified := range answer.Verified {
					if want := i == len(bad); verified != want {
						t.Errorf("the peer says %v of %s", verified, append(bad, secured)[i])
					}
				}
				for _, document := range bad {
					if read, err := f.Read(t.Context(), document); err == nil && verify(t, read.Signatures) == nil {
						t.Errorf("verifies here: %s", document)
					}
				}
			})
		}
	}
}

// TestOursVerifiesPeers: the other way round.
func TestOursVerifiesPeers(t *testing.T) {
	peer, f := startPeer(t), ldp.New(nil)
	for _, c := range shared {
		for _, model := range []vc.ModelVersion{vc.VCDM11, vc.VCDM20} {
			t.Run(c.suite+" "+c.alg+" "+string(model), func(t *testing.T) {
				var signed peers.SignedLinked
				peer.Call("ldp.sign", peers.SignLinked{
					Document: sample(model, c.suite, "$DID"), Suite: c.suite, Alg: c.alg, Date: made.Format(time.RFC3339),
				}, &signed)
				read, err := f.Read(t.Context(), signed.Document)
				must(t, err)
				if err := verify(t, read.Signatures); err != nil {
					t.Errorf("%v: %s", err, signed.Document)
				}
				if s := read.Signatures[0]; s.Suite != c.suite || s.Algorithm != c.alg || s.Method != signed.KID || s.Purpose != "assertionMethod" || read.Model != model {
					t.Errorf("read %+v", s)
				}
				for _, document := range tampered(signed.Document) {
					if read, err := f.Read(t.Context(), document); err == nil && verify(t, read.Signatures) == nil {
						t.Errorf("verifies: %s", document)
					}
				}
			})
		}
	}
}

// TestPresentationsWithPeers: presentations, with challenge and domain, both ways.
func TestPresentationsWithPeers(t *testing.T) {
	peer, f := startPeer(t), ldp.New(nil)
	for _, c := range shared {
		for _, model := range []vc.ModelVersion{vc.VCDM11, vc.VCDM20} {
			t.Run(c.suite+" "+c.alg+" "+string(model), func(t *testing.T) {
				holder := newSigner(t, c.alg)
				credential := newSigner(t, c.alg).credential(t, model, c.suite, c.alg)
				unsigned, err := f.PreparePresentation(t.Context(), format.PresentationMaterial{
					Model: model, Suite: c.suite, Holder: holder.did, Audience: []string{whom}, Nonce: challenge, Method: holder.method,
					Algorithm: c.alg, Credentials: [][]byte{credential}, Created: made,
				})
				question := peers.VerifyLinked{
					Document: holder.secure(t, c.alg, unsigned, err), Suite: c.suite, Presentation: true, Challenge: challenge, Domain: whom,
					Now: made.Format(time.RFC3339),
				}
				peer.Call("ldp.verify", question, nil)
				question.Challenge = "another"
				if peer.Try("ldp.verify", question, nil) == nil {
					t.Error("the peer accepts another challenge")
				}
				theirs(t, peer, f, model, credential, peers.SignLinked{
					Suite: c.suite, Alg: c.alg, Presentation: true, Challenge: challenge, Domain: whom, Date: made.Format(time.RFC3339),
				})
			})
		}
	}
}

func theirs(t *testing.T, peer *peers.Peer, f ldp.Format, model vc.ModelVersion, credential []byte, ask peers.SignLinked) {
	t.Helper()
	base := "https://www.w3.org/2018/credentials/v1"
	if model == vc.VCDM20 {
		base = "https://www.w3.org/ns/credentials/v2"
	}
	contexts, err := json.Marshal(append([]string{base}, f.Contexts(model, ask.Suite, "")...))
	must(t, err)
	ask.Document = []byte(`{"@context":` + string(contexts) + `,"type":["VerifiablePresentation"],"holder":"$DID","verifiableCredential":[` +
		string(credential) + `]}`)
	var signed peers.SignedLinked
	peer.Call("ldp.sign", ask, &signed)
	read, err := f.ReadPresentation(t.Context(), signed.Document)
	must(t, err)
	if err := verify(t, read.Signatures); err != nil {
		t.Errorf("%v: %s", err, signed.Document)
	}
	if read.Nonce != challenge || !slices.Equal(read.Audience, []string{whom}) || read.Holder != signed.DID || len(read.Credentials) != 1 ||
		read.Signatures[0].Purpose != "authentication" {
		t.Errorf("read %+v", read)
	}
	inside, err := f.Read(t.Context(), read.Credentials[0])
	must(t, err)
	if err := verify(t, inside.Signatures); err != nil {
		t.Errorf("inside: %v", err)
	}
}
