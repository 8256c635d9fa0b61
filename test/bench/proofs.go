package main

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/ldcontext"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

// signer is a key that signs with every suite that takes its algorithm.
type signer struct {
	algorithm   string
	private     crypto.PrivateKey
	public      jose.PublicKey
	did, method string
}

// proofCase is a suite with an algorithm, and the degree that it secures.
type proofCase struct {
	name     string
	suite    dataintegrity.Suite
	by       signer
	document []byte
	secured  []byte
}

// proofs measures every suite of embedded proofs on one core, each beside the bare signature, then the same credential
// in Node. Turns are short and alternate, so that whatever else the machine does falls on all of them alike.
func proofs(ctx context.Context, o options, t *table) error {
	canonical, extra, err := degreeContexts()
	if err != nil {
		return err
	}
	signers, err := newSigners()
	if err != nil {
		return err
	}
	var all []proofCase
	for _, by := range signers {
		cases, err := casesOf(ctx, by, canonical)
		if err != nil {
			return err
		}
		operations, err := rawOperations(by)
		if err != nil {
			return err
		}
		for _, c := range cases {
			operations = append(operations, c.operations(ctx, canonical)...)
		}
		if err := alternate(ctx, o.seconds, operations); err != nil {
			return err
		}
		for _, operation := range operations {
			t.row(operation.place, operation.name, operation.figure())
		}
		for _, c := range cases {
			t.suites = append(t.suites, suiteNames{c.name, by.algorithm})
		}
		all = append(all, cases...)
	}
	if err := t.poison(ctx, o.seconds, signers[0], canonical); err != nil {
		return err
	}
	return nodeProofs(ctx, o, t, all, canonical, extra)
}

// poison measures how soon a graph is refused whose canonical form would take for ever: ten nodes, each of which knows all
// others, and none has a name.
func (t *table) poison(ctx context.Context, seconds time.Duration, by signer, canonical dataintegrity.Canonicalizer) error {
	nodes := make([]any, 10)
	for i := range nodes {
		var others []any
		for j := range nodes {
			if i != j {
				others = append(others, map[string]string{"id": fmt.Sprintf("_:n%d", j)})
			}
		}
		nodes[i] = map[string]any{"id": fmt.Sprintf("_:n%d", i), "urn:knows": others}
	}
	document, err := json.Marshal(map[string]any{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"},
		"type":     []string{"VerifiableCredential"}, "issuer": by.did,
		"credentialSubject": map[string]any{"urn:all": nodes},
	})
	if err != nil {
		return err
	}
	suite, err := dataintegrity.SuiteOf(dataintegrity.EdDSARDFC2022)
	if err != nil {
		return err
	}
	refuse := &operation{place: "proof", name: "a poison graph: refuse", do: func() error {
		_, err := dataintegrity.Prepare(ctx, document, dataintegrity.Options{
			Suite: suite, Algorithm: by.algorithm, Method: by.method, Purpose: "assertionMethod", Created: time.Now(),
		}, canonical)
		if refused, ok := errors.AsType[*rdfcanon.Error](err); !ok || refused.Code != rdfcanon.CodeTooComplex {
			return fmt.Errorf("a poison graph: %w", err)
		}
		return nil
	}}
	if err := alternate(ctx, seconds, []*operation{refuse}); err != nil {
		return err
	}
	t.row(refuse.place, refuse.name, refuse.figure())
	return nil
}

func newSigners() ([]signer, error) {
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		return nil, err
	}
	k1, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		return nil, err
	}
	var signers []signer
	for _, private := range []crypto.PrivateKey{ed, p256, p384, k1} {
		public, err := jose.Public(private)
		if err != nil {
			return nil, err
		}
		did, method, err := didkey.Encode(public)
		if err != nil {
			return nil, err
		}
		signers = append(signers, signer{public.Algorithm, private, public, did, method})
	}
	return signers, nil
}

// degreeURL is where the context of the degree would be published.
const degreeURL = "https://issuer.example/schemas/degree"

// oneContext is a loader of one context.
type oneContext struct{ jsonld.Context }

func (c oneContext) LoadContext(url string) (jsonld.Context, bool, error) {
	return c.Context, url == degreeURL, nil
}

// degreeContexts knows the contexts that are shipped and the one of the degree's schema, derived as the server does.
func degreeContexts() (dataintegrity.RDFC, []byte, error) {
	schema, err := examples.Files.ReadFile("university-degree/schema.json")
	if err != nil {
		return dataintegrity.RDFC{}, nil, err
	}
	derived, err := ldcontext.Derive("UniversityDegreeCredential", schema, degreeURL)
	return dataintegrity.RDFC{
		Processor: &jsonld.Processor{},
		Loader:    jsonld.Loaders{oneContext{jsonld.Context{Document: derived}}, jsonld.Known{}},
	}, derived, err
}

// degree is the credential that the servers' rows issue, with all that Chancery writes into one.
func degree(issuer string, suite dataintegrity.Suite) ([]byte, error) {
	ordered, err := order("")
	if err != nil {
		return nil, err
	}
	var subject struct{ Claims json.RawMessage }
	if err := json.Unmarshal(ordered, &subject); err != nil {
		return nil, err
	}
	contexts := []string{"https://www.w3.org/ns/credentials/v2", degreeURL}
	// The terms of a predecessor's proof are in several contexts, of which the first that is shipped is taken. That of
	// EcdsaSecp256r1Signature2019 names another context, so that it is processed anew each time: its rows are slow.
	for _, url := range suite.Contexts {
		if _, shipped := known.Lookup(url); shipped && suite.Legacy && url != "https://www.w3.org/2018/credentials/v1" {
			contexts = append(contexts, url)
			break
		}
	}
	return json.Marshal(map[string]any{
		"@context":          contexts,
		"id":                "urn:uuid:0199a3c0-0000-7000-8000-000000000000",
		"type":              []string{"VerifiableCredential", "UniversityDegreeCredential"},
		"issuer":            issuer,
		"validFrom":         "2026-07-17T09:00:00Z",
		"validUntil":        "2046-07-17T09:00:00Z",
		"credentialSubject": subject.Claims,
		"credentialSchema":  map[string]string{"id": "https://issuer.example/schemas/degree/1", "type": "JsonSchema"},
		"credentialStatus": map[string]string{
			"id": "https://issuer.example/status/1#94567", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
			"statusListIndex": "94567", "statusListCredential": "https://issuer.example/status/1",
		},
	})
}

func casesOf(ctx context.Context, by signer, canonical dataintegrity.Canonicalizer) ([]proofCase, error) {
	var cases []proofCase
	for _, suite := range dataintegrity.Suites() {
		if !suite.Signs(by.algorithm) {
			continue
		}
		c := proofCase{name: suite.Name, suite: suite, by: by}
		if len(suite.Algorithms) > 1 {
			c.name += ", " + by.algorithm
		}
		var err error
		if c.document, err = degree(by.did, suite); err != nil {
			return nil, err
		}
		if c.secured, err = c.sign(ctx, canonical); err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		cases = append(cases, c)
	}
	return cases, nil
}

func (c proofCase) sign(ctx context.Context, canonical dataintegrity.Canonicalizer) ([]byte, error) {
	prepared, err := dataintegrity.Prepare(ctx, c.document, dataintegrity.Options{
		Suite: c.suite, Algorithm: c.by.algorithm, Method: c.by.method, Purpose: "assertionMethod", Created: time.Now(),
	}, canonical)
	if err != nil {
		return nil, err
	}
	signature, err := jose.Sign(c.by.private, c.by.algorithm, prepared.Input)
	if err != nil {
		return nil, err
	}
	return prepared.Secure(signature)
}

func (c proofCase) verify(ctx context.Context, secured []byte, canonical dataintegrity.Canonicalizer) error {
	proofs, err := dataintegrity.Read(secured)
	if err != nil {
		return err
	}
	return proofs[0].Verify(ctx, c.by.public, canonical)
}

func (c proofCase) operations(ctx context.Context, canonical dataintegrity.Canonicalizer) []*operation {
	return []*operation{
		{place: "proof", name: c.name + ": sign", do: func() error { _, err := c.sign(ctx, canonical); return err }},
		{place: "proof", name: c.name + ": verify", do: func() error { return c.verify(ctx, c.secured, canonical) }},
	}
}

// rawOperations are the library's signature over as many bytes as a proof signs, two digests. Package jose adds the
// form of the signature.
func rawOperations(by signer) ([]*operation, error) {
	input := make([]byte, 64)
	signature, err := jose.Sign(by.private, by.algorithm, input)
	return []*operation{
		{place: "raw", name: by.algorithm + ": sign", do: func() error { _, err := jose.Sign(by.private, by.algorithm, input); return err }},
		{place: "raw", name: by.algorithm + ": verify", do: func() error { return jose.Verify(by.public, input, signature) }},
	}, err
}
