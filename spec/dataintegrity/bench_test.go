package dataintegrity

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/jsonld"
)

// sample is a credential of the size that most have.
const sample = `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],` +
	`"id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential","AlumniCredential"],` +
	`"name":"Alumni Credential","description":"A minimum viable example of an Alumni Credential.",` +
	`"issuer":"did:key:z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2","validFrom":"2023-01-01T00:00:00Z","validUntil":"2033-01-01T00:00:00Z",` +
	`"credentialSubject":{"id":"did:example:abcdefgh","alumniOf":"The School of Examples"}}`

func BenchmarkRawEd25519Sign(b *testing.B) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	input := make([]byte, 64)
	for b.Loop() {
		ed25519.Sign(key, input)
	}
}

func BenchmarkSign(b *testing.B) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	canonical := RDFC{Processor: &jsonld.Processor{}}
	for _, name := range []string{EdDSAJCS2022, EdDSARDFC2022} {
		b.Run(name, func(b *testing.B) {
			suite, _ := SuiteOf(name)
			options := Options{Suite: suite, Algorithm: jose.EdDSA, Method: "did:example:1#key", Purpose: "assertionMethod", Created: time.Unix(1700000000, 0)}
			b.ReportAllocs()
			for b.Loop() {
				prepared, err := Prepare(b.Context(), []byte(sample), options, canonical)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := prepared.Secure(ed25519.Sign(key, prepared.Input)); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkVerify(b *testing.B) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, err := jose.Public(key)
	if err != nil {
		b.Fatal(err)
	}
	canonical := RDFC{Processor: &jsonld.Processor{}}
	for _, name := range []string{EdDSAJCS2022, EdDSARDFC2022} {
		b.Run(name, func(b *testing.B) {
			suite, _ := SuiteOf(name)
			options := Options{Suite: suite, Algorithm: jose.EdDSA, Method: "did:example:1#key", Purpose: "assertionMethod", Created: time.Unix(1700000000, 0)}
			prepared, err := Prepare(b.Context(), []byte(sample), options, canonical)
			if err != nil {
				b.Fatal(err)
			}
			secured, err := prepared.Secure(ed25519.Sign(key, prepared.Input))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				proofs, err := Read(secured)
				if err != nil {
					b.Fatal(err)
				}
				if err := proofs[0].Verify(b.Context(), public, canonical); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
