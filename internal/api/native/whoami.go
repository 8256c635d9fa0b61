package native

import (
	"net/http"
	"slices"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// whoamiWire says who calls, where the call would act, and what it may do there.
type whoamiWire struct {
	Principal    string   `json:"principal"`
	Kind         string   `json:"kind"`
	Name         string   `json:"name"`
	Tenant       string   `json:"tenant,omitempty"`
	Organisation string   `json:"organisation,omitempty"`
	Grants       []grant  `json:"grants"`
	Permissions  []string `json:"permissions"`
}

func (d *Door) whoami(w http.ResponseWriter, _ *http.Request, c call) error {
	out := whoamiWire{
		Principal: c.who.ID, Kind: string(c.who.Kind), Name: c.who.Name, Tenant: c.scope.Tenant,
		Organisation: c.scope.Organisation, Grants: wirePrincipal(c.who).Grants, Permissions: []string{},
	}
	for _, permission := range access.Permissions(vc.Operator) { // an operator may do all there is
		if access.Authorize(c.who, permission, c.scope) == nil {
			out.Permissions = append(out.Permissions, string(permission))
		}
	}
	slices.Sort(out.Permissions)
	httpx.EncodeJSON(w, http.StatusOK, out)
	return nil
}
