package jsonld

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"

	"github.com/piprate/json-gold/ld"

	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

// credentials and presentations as they are seen, by name.
func samples() map[string]string {
	const proof = `{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","created":"2026-01-01T00:00:00Z",` +
		`"verificationMethod":"did:key:z6Mk#z6Mk","proofPurpose":"assertionMethod","proofValue":"z3x"}`
	degree := strings.TrimSuffix(benchDocument, "}") + `,"proof":` + proof + `}`
	resident := `{"@context":["` + credentialsV1 + `","https://w3id.org/citizenship/v1","https://w3id.org/security/suites/ed25519-2020/v1"],` +
		`"id":"https://issuer.example/credentials/83627465","type":["VerifiableCredential","PermanentResidentCard"],` +
		`"issuer":"did:example:28394728934792387","identifier":"83627465","name":"Permanent Resident Card",` +
		`"description":"Government of Example Permanent Resident Card.","issuanceDate":"2019-12-03T12:19:52Z",` +
		`"expirationDate":"2029-12-03T12:19:52Z","credentialSubject":{"id":"did:example:b34ca6cd37bbf23",` +
		`"type":["PermanentResident","Person"],"givenName":"JOHN","familyName":"SMITH","gender":"Male",` +
		`"image":"data:image/png;base64,iVBORw0KGgokJggg==","residentSince":"2015-01-01","lprCategory":"C09",` +
		`"lprNumber":"999-999-999","commuterClassification":"C1","birthCountry":"Bahamas","birthDate":"1958-07-17"},` +
		`"proof":{"type":"Ed25519Signature2020","created":"2020-01-01T00:00:00Z","proofPurpose":"assertionMethod",` +
		`"verificationMethod":"did:example:28394728934792387#1","proofValue":"z3x"}}`
	return map[string]string{
		"degree":   degree,
		"resident": resident,
		"badge": `{"@context":["` + credentialsV2 + `","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],` +
			`"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"name":"Badge","issuer":{"id":"https://issuer.example",` +
			`"type":["Profile"],"name":"Issuer"},"validFrom":"2026-01-01T00:00:00Z","credentialSubject":{"id":"did:example:1",` +
			`"type":["AchievementSubject"],"achievement":{"id":"https://issuer.example/achievements/1","type":["Achievement"],` +
			`"achievementType":"Badge","criteria":{"narrative":"Do it."},"description":"It.","name":"Done","tag":[]}}}`,
		"list": `{"@context":["` + credentialsV2 + `"],"id":"https://issuer.example/status/1","type":["VerifiableCredential",` +
			`"BitstringStatusListCredential"],"issuer":"did:example:1","validFrom":"2026-01-01T00:00:00Z","credentialSubject":{` +
			`"id":"https://issuer.example/status/1#list","type":"BitstringStatusList","statusPurpose":"revocation","encodedList":"uH4s"}}`,
		"list of 2021": `{"@context":["` + credentialsV1 + `","https://w3id.org/vc/status-list/2021/v1"],"id":"https://issuer.example/status/1",` +
			`"type":["VerifiableCredential","StatusList2021Credential"],"issuer":"did:example:1","issuanceDate":"2026-01-01T00:00:00Z",` +
			`"credentialSubject":{"id":"https://issuer.example/status/1#list","type":"StatusList2021","statusPurpose":"revocation","encodedList":"H4s"}}`,
		"presentation": `{"@context":["` + credentialsV2 + `"],"type":["VerifiablePresentation"],"holder":"did:example:1","verifiableCredential":[` +
			degree + `],"proof":[` + proof + `,` + proof + `]}`,
		"presentation of 1.1": `{"@context":["` + credentialsV1 + `","https://identity.foundation/presentation-exchange/submission/v1"],` +
			`"type":["VerifiablePresentation","PresentationSubmission"],"holder":"did:example:1","presentation_submission":{"id":"a",` +
			`"definition_id":"b","descriptor_map":[{"id":"c","format":"ldp_vc","path":"$.verifiableCredential[0]"}]},"verifiableCredential":[` + resident + `]}`,
		"document": `{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/multikey/v1","https://w3id.org/security/suites/jws-2020/v1"],` +
			`"id":"did:example:1","verificationMethod":[{"id":"did:example:1#a","type":"Multikey","controller":"did:example:1",` +
			`"publicKeyMultibase":"z6Mk"},{"id":"did:example:1#b","type":"JsonWebKey2020","controller":"did:example:1","publicKeyJwk":{` +
			`"kty":"OKP","crv":"Ed25519","x":"AA"}}],"assertionMethod":["did:example:1#a"]}`,
	}
}

// What is read here is what json-gold reads. One sample is not: where a term has a scoped context of null, json-gold looks
// for the term's container after it, so the credentials of a presentation of VCDM 2.0 come to stand in the default graph,
// beside what the holder says. jsonld.js reads all samples as we do.
func TestLikeGold(t *testing.T) {
	loader := goldLoader{}
	p := new(Processor)
	for name, document := range samples() {
		t.Run(name, func(t *testing.T) {
			quads, err := p.ToRDF([]byte(document), nil)
			if err != nil {
				t.Fatal(err)
			}
			var value any
			if err := json.Unmarshal([]byte(document), &value); err != nil {
				t.Fatal(err)
			}
			options := ld.NewJsonLdOptions("")
			options.DocumentLoader = loader
			options.Format = "application/n-quads"
			theirs, err := ld.NewJsonLdProcessor().ToRDF(value, options)
			if err != nil {
				t.Fatal(err)
			}
			want, err := rdfcanon.ParseNQuads([]byte(theirs.(string)))
			if err != nil {
				t.Fatal(err)
			}
			if name == "presentation" {
				if !strings.Contains(canonical(t, quads), `<https://schema.org/name> "Degree" _:`) {
					t.Error("the credential is not in a graph of its own")
				}
				return
			}
			if got, want := canonical(t, quads), canonical(t, want); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

// Every member of every sample matters: renamed it is undefined, and with another value something else is said.
func TestEveryMemberIsSigned(t *testing.T) {
	p := new(Processor)
	for name, document := range samples() {
		var value any
		if err := json.Unmarshal([]byte(document), &value); err != nil {
			t.Fatal(err)
		}
		quads, err := p.ToRDF([]byte(document), nil)
		if err != nil {
			t.Fatal(err)
		}
		before := canonical(t, quads)
		changes := 0
		change(value, func(where string) {
			changes++
			raw, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			quads, err := p.ToRDF(raw, nil)
			if where == "-tag" { // an empty array is nothing to RDF, as it is to JSON-LD
				return
			}
			if err == nil && canonical(t, quads) == before {
				t.Errorf("%s: nobody sees a change at %s", name, where)
			}
		})
		t.Logf("%s: %d changes", name, changes)
	}
}

// change makes one change after the other to the texts and the names of a document, each undone after look.
func change(value any, look func(where string)) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range sorted(value) {
			if name == "@context" {
				continue
			}
			old := value[name]
			delete(value, name)
			look("-" + name)
			value[name+"X"] = old
			look(name + "X")
			delete(value, name+"X")
			value[name] = old
			if text, ok := old.(string); ok {
				value[name] = text + "x"
				look(name)
				value[name] = old
			} else {
				change(old, look)
			}
		}
	case []any:
		for i, old := range value {
			if text, ok := old.(string); ok {
				value[i] = text + "x"
				look(text)
				value[i] = old
			} else {
				change(old, look)
			}
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	p := &Processor{CacheTerms: 3000} // so that states leave while they are used
	want := map[string]string{}
	for name, document := range samples() {
		quads, err := new(Processor).ToRDF([]byte(document), nil)
		if err != nil {
			t.Fatal(err)
		}
		want[name] = canonical(t, quads)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 5 {
				for name, document := range samples() {
					quads, err := p.ToRDF([]byte(document), nil)
					if err != nil {
						t.Error(err)
						return
					}
					if canonical(t, quads) != want[name] {
						t.Errorf("%s says something else", name)
					}
				}
			}
		})
	}
	all.Wait()
}
