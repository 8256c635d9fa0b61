package meeco

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/suite"
)

// covered says which operations the tests exercised.
var covered = &suite.Table[*operation]{
	File: "meeco-operations.txt", Group: group, Title: (*operation).title,
	Success: func(o *operation) string { return strconv.Itoa(o.status) },
	NotOffered: func(o *operation) string {
		if notOffered(o) {
			return "501 not_offered"
		}
		return ""
	},
}

// notOffered are what a self-hosted office has no use for; docs/divergences/meeco.md says why.
func notOffered(o *operation) bool {
	return strings.HasPrefix(o.pattern, "/deployments/") || o.pattern == "/users/me/password"
}

// title is an operation's path, with its id where an SDK has it.
func (o *operation) title() string {
	text := o.Name()
	if !o.tenancy {
		text = fmt.Sprintf("%-76s %s", text, o.id)
	}
	return fmt.Sprintf("%-126s", text)
}

func group(o *operation) string {
	switch {
	case o.tenancy:
		return "tenancy"
	case o.described == nil || o.described.Responses.Value("2XX") == nil:
		return "VC API, beside the description"
	case strings.HasPrefix(o.id, "did"):
		return "DID service"
	}
	return "VC API"
}

// TestTable: every described operation is a route of the door, and every route is described.
func TestTable(t *testing.T) {
	sharedtest.Path(t, "npm's @meeco/vc-api-sdk and @meeco/identity-network-api-sdk, from which it is rebuilt", "apis", "meeco-vc-api-9.2.0.openapi.json")
	routes := map[string]string{}
	for _, route := range (&meeco.Door{}).Routes() {
		routes[route.Method+" "+route.Pattern] = route.Operation
	}
	counts, names := map[string]int{}, map[string]string{}
	for _, o := range described.operations {
		if o.described != nil {
			counts[group(o)]++
			names[o.Name()] = o.id
		}
	}
	suite.SameRoutes(t, names, routes)
	if counts["VC API"] != 43 || counts["DID service"] != 5 {
		t.Errorf("described are %v", counts)
	}
}
