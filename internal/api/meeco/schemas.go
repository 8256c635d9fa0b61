package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// schemas are the routes of schemas and their versions.
func (d *Door) schemas() []line {
	return []line{
		{post, "/schemas", "schemasControllerCreate", headerIgnored, access.SchemaManage, atTenant, d.notOffered},
		{get, "/schemas", "schemasControllerFindAll", headerOptional, access.CatalogRead, here, d.notOffered},
		{get, "/schemas/{id}", "schemasControllerFindOne", headerOptional, access.CatalogRead, here, d.notOffered},
		{put, "/schemas/{id}", "schemasControllerUpdate", headerIgnored, access.SchemaManage, atTenant, d.notOffered},
		{post, "/schemas/{id}/archive", "schemasControllerArchive", headerIgnored, access.SchemaManage, atTenant, d.notOffered},
		{post, "/schemas/{id}/restore", "schemasControllerRestore", headerIgnored, access.SchemaManage, atTenant, d.notOffered},
		{get, "/schemas/{id}/{version}/schema.json", "schemasControllerFindOneJSONScheme", headerIgnored, httpx.Public, here, d.notOffered},
	}
}
