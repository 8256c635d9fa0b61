package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
)

// types are the routes of credential types.
func (d *Door) types() []line {
	return []line{
		{post, "/credential_types", "credentialTypesControllerCreate", headerRequired, access.TypeManage, atTenant, d.notOffered},
		{get, "/credential_types", "credentialTypesControllerFindAll", headerOptional, access.CatalogRead, here, d.notOffered},
		{get, "/credential_types/{id}", "credentialTypesControllerFindOne", headerRequired, access.CatalogRead, here, d.notOffered},
		{put, "/credential_types/{id}", "credentialTypesControllerUpdate", headerRequired, access.TypeManage, here, d.notOffered},
		{post, "/credential_types/{id}/archive", "credentialTypesControllerRemove", headerRequired, access.TypeManage, here, d.notOffered},
		{post, "/credential_types/{id}/restore", "credentialTypesControllerRestore", headerRequired, access.TypeManage, here, d.notOffered},
	}
}
