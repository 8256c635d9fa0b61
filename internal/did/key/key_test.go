package key

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/didtest"
)

func TestLaws(t *testing.T) {
	didtest.Run(t, didtest.Subject{
		Method: Method{},
		Broken: []string{
			"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doKx", // one character more
			"did:key:x6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
			"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
			"did:key:z0",
		},
	})
}

func TestCannotRotate(t *testing.T) {
	if _, ok := did.Method(Method{}).(did.Rotator); ok {
		t.Error("a did:key does not change")
	}
}
