package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// definitions are the routes of presentation definitions.
func (d *Door) definitions() []line {
	return []line{
		{post, "/presentation_definitions", "presentationDefinitionsControllerCreate", headerRequired, access.PresentationManage, here, d.notOffered},
		{get, "/presentation_definitions", "presentationDefinitionsControllerFindAll", headerRequired, access.PresentationRead, here, d.notOffered},
		{get, "/presentation_definitions/{id}", "presentationDefinitionsControllerFindOne", headerRequired, access.PresentationRead, here, d.notOffered},
		{post, "/presentation_definitions/{id}/archive", "presentationDefinitionsControllerArchive", headerRequired, access.PresentationManage, here, d.notOffered},
		{get, "/presentation_definitions/{id}/definition.json", "presentationDefinitionsControllerFindOneJson", headerIgnored, httpx.Public, here, d.notOffered},
		{post, "/presentation_definitions/{id}/restore", "presentationDefinitionsControllerRestore", headerRequired, access.PresentationManage, here, d.notOffered},
	}
}
