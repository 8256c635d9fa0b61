package jwk

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/didtest"
)

func TestLaws(t *testing.T) {
	didtest.Run(t, didtest.Subject{
		Method: Method{},
		Broken: []string{"did:jwk:e30", "did:jwk:AAAA", "did:jwk:eyJrdHkiOiJvY3QiLCJrIjoiQUEifQ", "did:jwk:eyJrdHkiOiJPS1Ai#0"},
	})
}

func TestCannotRotate(t *testing.T) {
	if _, ok := did.Method(Method{}).(did.Rotator); ok {
		t.Error("a did:jwk does not change")
	}
}
