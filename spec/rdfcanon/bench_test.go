package rdfcanon

import (
	"context"
	"fmt"
	"testing"
)

// credential is what a credential of usual size is as a dataset: so many quads about a blank subject, with one blank node
// in five quads. With alike, each of those is like another one.
func credential(quads int, alike bool) []Quad {
	const vocabulary = "https://www.w3.org/2018/credentials/examples#"
	subject := iri("urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33")
	rdfType := iri("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
	dataset := []Quad{
		{subject, rdfType, iri("https://www.w3.org/2018/credentials#VerifiableCredential"), Term{}},
		{subject, iri("https://www.w3.org/2018/credentials#issuer"), iri("https://vc.example/issuers/5678"), Term{}},
		{subject, iri("https://www.w3.org/2018/credentials#credentialSubject"), blank("b0"), Term{}},
	}
	node := blank("b0")
	for i := len(dataset); i < quads; i++ {
		if i%5 == 0 {
			next := blank(fmt.Sprintf("b%d", i))
			dataset = append(dataset, Quad{Subject: node, Predicate: iri(vocabulary + "part"), Object: next})
			node = next
			continue
		}
		value := fmt.Sprintf("a value of usual length, %d", i)
		if alike {
			value = fmt.Sprintf("a value of usual length, %d", i%5)
		}
		dataset = append(dataset, Quad{Subject: node, Predicate: iri(fmt.Sprintf("%sproperty%d", vocabulary, i%5)), Object: text(value)})
	}
	return dataset
}

func BenchmarkCanonicalize(b *testing.B) {
	for _, quads := range []int{10, 40, 1000} {
		for _, alike := range []bool{false, true} {
			dataset := credential(quads, alike)
			if alike && quads > 100 {
				continue // a chain of 200 like nodes
			}
			b.Run(fmt.Sprintf("quads=%d/alike=%v", quads, alike), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Canonicalize(context.Background(), dataset, Options{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkRefused is what a poison dataset costs: the suite's test074.
func BenchmarkRefused(b *testing.B) {
	dataset := clique(10)
	for b.Loop() {
		if _, err := Canonicalize(context.Background(), dataset, Options{}); err == nil {
			b.Fatal("not refused")
		}
	}
}

func BenchmarkParseNQuads(b *testing.B) {
	document, err := FormatNQuads(credential(40, false))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(document)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseNQuads(document); err != nil {
			b.Fatal(err)
		}
	}
}
