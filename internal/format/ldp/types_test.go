package ldp_test

import (
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/format/ldp"
)

// Types are told as JSON-LD has them, and where nobody can tell there are none.
func TestTypesOfCredential(t *testing.T) {
	const iri = "https://www.w3.org/2018/credentials#VerifiableCredential"
	for name, c := range map[string]struct {
		document string
		want     []string
	}{
		"a resident": {
			`{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/citizenship/v1"],"type":["VerifiableCredential","PermanentResident"],"id":"urn:x:1",` +
				`"credentialSubject":{"type":"Person","undefined":1}}`, []string{iri, "https://w3id.org/citizenship#PermanentResident"},
		},
		"one type":          {`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiableCredential"}`, []string{iri}},
		"an IRI":            {`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","https://x.example/T"]}`, []string{iri, "https://x.example/T"}},
		"of its own":        {`{"@context":["https://www.w3.org/ns/credentials/v2",{"T":"https://x.example/T"}],"type":["VerifiableCredential","T"]}`, []string{iri, "https://x.example/T"}},
		"an undefined one":  {`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential","T"]}`, nil},
		"a context unknown": {`{"@context":["https://www.w3.org/ns/credentials/v2","https://nobody.example/c"],"type":["VerifiableCredential"]}`, nil},
	} {
		read, err := ldp.Format{}.Read(t.Context(), []byte(c.document))
		if err != nil {
			t.Fatal(err)
		}
		got := read.Types()
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}
