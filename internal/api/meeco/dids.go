package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
)

// dids are the routes of the DID service.
func (d *Door) dids() []line {
	return []line{
		{get, "/did-owner", "didOwnerControllerList", headerOptional, access.DIDRead, here, d.notOffered},
		{post, "/did/create", "didControllerCreate", headerOptional, access.DIDManage, here, d.notOffered},
		{post, "/did/deactivate", "didControllerDeactivate", headerOptional, access.DIDManage, here, d.notOffered},
		{post, "/did/update", "didControllerUpdate", headerOptional, access.DIDManage, here, d.notOffered},
		{get, "/did/{identifier}", "didControllerResolve", headerIgnored, access.DIDRead, here, d.notOffered},
	}
}
