package empe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/api/empe"
	"github.com/chancery-vc/chancery/internal/api/empe/verify"
	"github.com/chancery-vc/chancery/internal/api/empe/wallet"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/suite"
)

// covered says which operations the tests exercised.
var covered = &suite.Table[*operation]{
	File: "empe-operations.txt", Group: group,
	Title:   func(o *operation) string { return fmt.Sprintf("%-112s", fmt.Sprintf("%-66s %s", o.Name(), o.id)) },
	Success: func(*operation) string { return "done" },
	NotOffered: func(o *operation) string {
		if o.Name() == notOffered {
			return "501 NotOfferedError"
		}
		return ""
	},
	Also: func() error { return corrections.check(described.paged) },
}

// notOffered is what this server has no way to do; docs/divergences/empe.md says why.
const notOffered = "POST /api/v1/blockchain/did"

func group(o *operation) string {
	switch {
	case o.exact:
		return "1 issuer: the exact page"
	case o.paged:
		return "2 issuer: the other pages"
	case o.verifier:
		return "4 verifier"
	case strings.HasPrefix(o.pattern, "/wallet/"):
		return "5 wallet server"
	}
	return "3 issuer: beside the pages"
}

// routes are all of the three services, by method and pattern: what each is called.
func routes() map[string]string {
	all := map[string]string{}
	for _, route := range (&empe.Door{}).Routes() {
		all[route.Method+" "+route.Pattern] = route.Operation
	}
	for _, line := range append((&verify.Door{}).Lines(), (&wallet.Door{}).Lines()...) {
		all[line.Method+" "+line.Pattern] = line.Operation
	}
	return all
}

// TestTable: every described operation is a route of the door, and every route is described in ours.
func TestTable(t *testing.T) {
	sharedtest.Path(t, "docs.empe.io, from which it is rebuilt", "apis", "empe-issuer.openapi.json")
	counts, names := map[string]int{}, map[string]string{}
	for _, o := range described.operations {
		counts[group(o)]++
		names[o.Name()] = o.id
	}
	suite.SameRoutes(t, names, routes())
	if counts["1 issuer: the exact page"] != 3 || counts["2 issuer: the other pages"] != 14 {
		t.Errorf("described are %v", counts)
	}
}
