package jsonld

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/piprate/json-gold/ld"

	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

const benchDocument = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],` +
	`"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential","UniversityDegreeCredential"],` +
	`"name":"Degree","description":"A degree of a university.","issuer":{"id":"did:example:issuer","name":"University"},` +
	`"validFrom":"2026-01-01T00:00:00Z","validUntil":"2030-01-01T00:00:00Z",` +
	`"credentialSchema":{"id":"https://issuer.example/schemas/1","type":"JsonSchema"},` +
	`"credentialStatus":{"id":"https://issuer.example/status/1#94567","type":"BitstringStatusListEntry",` +
	`"statusPurpose":"revocation","statusListIndex":"94567","statusListCredential":"https://issuer.example/status/1"},` +
	`"credentialSubject":{"id":"did:example:subject","givenName":"Ada","familyName":"Lovelace",` +
	`"degree":{"type":"BachelorDegree","name":"Bachelor of Science and Arts","field":"Mathematics"}}}`

func BenchmarkToRDF(b *testing.B) {
	p := new(Processor)
	quads, err := p.ToRDF([]byte(benchDocument), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ToRDF([]byte(benchDocument), nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(quads)), "quads")
}

func BenchmarkToRDFContextsAnew(b *testing.B) {
	p := &Processor{CacheTerms: -1}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ToRDF([]byte(benchDocument), nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkToRDFSecurityV2 is of a context that names another.
func BenchmarkToRDFSecurityV2(b *testing.B) {
	const proof = `{"@context":"https://w3id.org/security/v2","type":"Ed25519Signature2018","created":"2026-01-01T00:00:00Z",` +
		`"proofPurpose":"assertionMethod","verificationMethod":"did:example:1#key"}`
	p := new(Processor)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ToRDF([]byte(proof), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	p := new(Processor)
	b.ReportAllocs()
	for b.Loop() {
		quads, err := p.ToRDF([]byte(benchDocument), nil)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := rdfcanon.Canonicalize(context.Background(), quads, rdfcanon.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

type goldLoader map[string]any

func (g goldLoader) LoadDocument(url string) (*ld.RemoteDocument, error) {
	document, ok := g[url]
	if !ok {
		context, _, err := Known{}.LoadContext(url)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(context.Document, &document); err != nil {
			return nil, err
		}
		g[url] = document
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: document}, nil
}

// BenchmarkGold is json-gold's own Expand and ToRDF on the same document, its contexts decoded beforehand.
func BenchmarkGold(b *testing.B) {
	loader := goldLoader{}
	b.ReportAllocs()
	for b.Loop() {
		var value any
		if err := json.Unmarshal([]byte(benchDocument), &value); err != nil {
			b.Fatal(err)
		}
		options := ld.NewJsonLdOptions("")
		options.DocumentLoader = loader
		options.Format = "application/n-quads"
		if _, err := ld.NewJsonLdProcessor().ToRDF(value, options); err != nil {
			b.Fatal(err)
		}
	}
}
