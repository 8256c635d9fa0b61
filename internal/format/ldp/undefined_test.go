package ldp_test

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Of a document that says what nothing defines all such terms are told at once, and no more than is worth a pass.
func TestUndefinedTerms(t *testing.T) {
	many := ""
	for i := range 40 {
		many += `,"x` + strconv.Itoa(i) + `":1`
	}
	for name, c := range map[string]struct {
		more  string
		types string
		want  []string
		count int
	}{
		"none":   {"", "", nil, 0},
		"one":    {`,"odd":"x"`, "", []string{"/credentialSubject/odd"}, 1},
		"two":    {`,"odd":"x","other":{"in":1}`, "", []string{"/credentialSubject/odd", "/credentialSubject/other"}, 2},
		"a type": {`,"odd":"x"`, `,"Odd","Odder"`, []string{"/credentialSubject/odd", "/type/1", "/type/2"}, 3},
		"escape": {`,"a/b":1`, "", []string{"/credentialSubject/a~1b"}, 1},
		"many":   {many, "", nil, 16},
	} {
		t.Run(name, func(t *testing.T) {
			document := `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"` + c.types + `],
				"issuer":"did:example:i","issuanceDate":"2020-01-01T00:00:00Z","credentialSubject":{"id":"did:example:s"` + c.more + `}}`
			err := ldp.Format{}.Check(t.Context(), format.Material{
				Credential: []byte(document), Model: vc.VCDM11, Suite: "Ed25519Signature2018", Algorithm: "EdDSA",
			})
			e, _ := errors.AsType[*vc.Error](err)
			if c.count == 0 {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if e == nil || len(e.Details) != c.count || !strings.HasPrefix(e.Code, "undefined-") {
				t.Fatalf("%v %+v", err, e)
			}
			var found []string
			for _, detail := range e.Details {
				found = append(found, detail.Pointer)
			}
			if slices.Sort(found); c.want != nil && !slices.Equal(found, c.want) {
				t.Errorf("%v", found)
			}
		})
	}
}
