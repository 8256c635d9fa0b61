package verifier_test

import (
	"context"
	"testing"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// setUp is what the tenant made of an organisation.
type setUp vc.Organisation

func (s setUp) OrganisationOf(context.Context, vc.Scope) (vc.Organisation, error) {
	return vc.Organisation(s), nil
}

func TestOnlyVerifiersVerify(t *testing.T) {
	inside := vc.Scope{Tenant: "t", Organisation: "o"}
	for name, c := range map[string]struct {
		set   setUp
		scope vc.Scope
		kind  vc.Kind
	}{
		"an organisation that may":     {setUp{MayVerify: true}, inside, -1},
		"an organisation that may not": {setUp{MayIssue: true}, inside, vc.Denied},
		"a tenant":                     {setUp{}, vc.Scope{Tenant: "t"}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			desk := verifier.New(verifier.Config{Formats: []format.Format{jwtvc.Format{}}, Callers: c.set})
			_, err := desk.Verify(t.Context(), c.scope, []byte("x"), verifier.Options{})
			if c.kind < 0 && err != nil || c.kind >= 0 && (err == nil || vc.KindOf(err) != c.kind) {
				t.Errorf("got %v", err)
			}
		})
	}
}
