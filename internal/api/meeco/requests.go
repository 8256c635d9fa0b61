package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// requests are the routes of presentation requests and what is submitted to them.
func (d *Door) requests() []line {
	return []line{
		{post, "/oidc/presentations/requests", "presentationRequestsControllerCreate", headerOptional, access.PresentationManage, here, d.notOffered},
		{get, "/oidc/presentations/requests", "presentationRequestsControllerFindAll", headerOptional, access.PresentationRead, here, d.notOffered},
		{post, "/oidc/presentations/requests/verify", "presentationRequestsControllerVerify", headerIgnored, "", here, d.notOffered},
		{get, "/oidc/presentations/requests/{id}", "presentationRequestsControllerFindOne", headerOptional, access.PresentationRead, here, d.notOffered},
		{patch, "/oidc/presentations/requests/{id}", "presentationRequestsControllerUpdate", headerOptional, access.PresentationManage, here, d.notOffered},
		{post, "/oidc/presentations/requests/{id}/archive", "presentationRequestsControllerArchive", headerOptional, access.PresentationManage, here, d.notOffered},
		{get, "/oidc/presentations/requests/{id}/jwt", "presentationRequestsControllerGetOneJWT", headerIgnored, httpx.Public, here, d.notOffered},
		{post, "/oidc/presentations/requests/{id}/restore", "presentationRequestsControllerRestore", headerOptional, access.PresentationManage, here, d.notOffered},
		{get, "/oidc/presentations/requests/{id}/submissions", "presentationRequestSubmissionsControllerFindAll", headerRequired, access.PresentationRead, here, d.notOffered},
		{post, "/oidc/presentations/requests/{id}/submissions", "presentationRequestSubmissionsControllerSubmit", headerIgnored, httpx.Public, here, d.notOffered},
		{remove, "/oidc/presentations/requests/{id}/submissions/{submission_id}", "presentationRequestSubmissionsControllerRemove", headerRequired, access.PresentationManage, here, d.notOffered},
		{patch, "/oidc/presentations/requests/{id}/submissions/{submission_id}", "presentationRequestSubmissionsControllerUpdate", headerRequired, access.PresentationManage, here, d.notOffered},
		{post, "/oidc/presentations/response/verify", "presentationRequestResponseControllerVerify", headerOptional, access.CredentialVerify, here, d.notOffered},
		{post, "/oidc/presentations/token", "presentationRequestTokensControllerCreate", headerIgnored, "", here, d.notOffered},
	}
}
