package meeco

import (
	"errors"
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// requests are the routes of presentation requests and what is submitted to them.
func (d *Door) requests() []line {
	return []line{
		{post, "/oidc/presentations/requests", "presentationRequestsControllerCreate", headerOptional, access.PresentationManage, here, d.createRequest},
		{get, "/oidc/presentations/requests", "presentationRequestsControllerFindAll", headerOptional, access.PresentationRead, here, d.listRequests},
		{post, "/oidc/presentations/requests/verify", "presentationRequestsControllerVerify", headerIgnored, "", here, d.verifyRequest},
		{get, "/oidc/presentations/requests/{id}", "presentationRequestsControllerFindOne", headerOptional, access.PresentationRead, here, d.getRequest},
		{patch, "/oidc/presentations/requests/{id}", "presentationRequestsControllerUpdate", headerOptional, access.PresentationManage, here, d.updateRequest},
		{post, "/oidc/presentations/requests/{id}/archive", "presentationRequestsControllerArchive", headerOptional, access.PresentationManage, here, d.archiveRequest},
		{get, requestsPath + "{id}" + requestSuffix, "presentationRequestsControllerGetOneJWT", headerIgnored, httpx.Public, here, d.requestJWT},
		{post, "/oidc/presentations/requests/{id}/restore", "presentationRequestsControllerRestore", headerOptional, access.PresentationManage, here, d.restoreRequest},
		{get, "/oidc/presentations/requests/{id}/submissions", "presentationRequestSubmissionsControllerFindAll", headerRequired, access.PresentationRead, here, d.listSubmissions},
		{post, "/oidc/presentations/requests/{id}/submissions", "presentationRequestSubmissionsControllerSubmit", headerIgnored, httpx.Public, here, d.submit},
		{remove, "/oidc/presentations/requests/{id}/submissions/{submission_id}", "presentationRequestSubmissionsControllerRemove", headerRequired, access.PresentationManage, byItself, d.removeSubmission},
		{patch, "/oidc/presentations/requests/{id}/submissions/{submission_id}", "presentationRequestSubmissionsControllerUpdate", headerRequired, access.PresentationManage, here, d.judgeSubmission},
		{post, "/oidc/presentations/response/verify", "presentationRequestResponseControllerVerify", headerOptional, access.CredentialVerify, byItself, d.verifyResponse},
		{post, "/oidc/presentations/token", "presentationRequestTokensControllerCreate", headerIgnored, "", here, d.createToken},
	}
}

const (
	requestsPath  = "/oidc/presentations/requests/"
	requestSuffix = "/jwt"
)

// RequestIn tells which presentation request a URL leads to; base is the door's public URL.
func RequestIn(base string) func(url string) (id string, ok bool) {
	return between(base+requestsPath, requestSuffix)
}

func (d *Door) createRequest(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Request *newRequest `json:"presentation_request"`
	}
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	asked := in.Request
	if err := asked.whole(); err != nil {
		return err
	}
	expires, err := httpx.Instant(asked.ExpiresAt, "/presentation_request/expires_at")
	if err != nil {
		return err
	}
	pocket := requestPocket{
		Description: asked.Description, ClientName: *asked.ClientName, ClientPurpose: asked.ClientPurpose,
		RedirectBase: asked.RedirectBase, Redirect: asked.Redirect, Method: *asked.Method,
	}
	made, err := d.Presentations.CreateRequest(r.Context(), c.by, verifier.NewRequest{
		Name: *asked.Name, DefinitionID: asked.Definition, Client: *asked.Client, State: asked.State, ExpiresAt: expires,
		Build: func(request vc.PresentationRequest, key verifier.ClientKey) (vc.PresentationRequest, error) {
			return d.buildRequest(request, key, pocket)
		},
	})
	if err != nil {
		return httpx.Placed(err, requestPlaces)
	}
	return answerRequest(w, http.StatusCreated, made)
}

func (d *Door) getRequest(w http.ResponseWriter, r *http.Request, c call) error {
	request, err := d.Presentations.Request(r.Context(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answerRequest(w, http.StatusOK, request)
}

func (d *Door) archiveRequest(w http.ResponseWriter, r *http.Request, c call) error {
	request, err := d.Presentations.ArchiveRequest(r.Context(), c.by, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answerRequest(w, http.StatusOK, request)
}

func (d *Door) restoreRequest(w http.ResponseWriter, r *http.Request, c call) error {
	request, err := d.Presentations.RestoreRequest(r.Context(), c.by, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answerRequest(w, http.StatusOK, request)
}

func (d *Door) listRequests(w http.ResponseWriter, r *http.Request, c call) error {
	query, err := listed(r, byCreation, byUpdate, byName)
	if err != nil {
		return err
	}
	requests, total, err := d.Presentations.Requests(r.Context(), c.scope, query.ListQuery)
	if err != nil {
		return err
	}
	out := requestsAnswer{Requests: make([]requestModel, len(requests)), Meta: query.meta(total)}
	for i, request := range requests {
		if out.Requests[i], err = modelOfRequest(request); err != nil {
			return err
		}
	}
	return answer(w, http.StatusOK, out)
}

// updateRequest takes the request object that its client has signed, or ends the request.
func (d *Door) updateRequest(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Request *struct {
			Signed *string `json:"signed_request_jwt"`
			Status *string `json:"status"`
		} `json:"presentation_request"`
	}
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	if in.Request == nil {
		return httpx.Missing("/presentation_request")
	}
	var change verifier.RequestChange
	if in.Request.Signed != nil {
		change.Signed = []byte(*in.Request.Signed)
	}
	if given := in.Request.Status; given != nil {
		change.Status = vc.PresentationState(*given)
		if change.Status != vc.RequestPending && change.Status != vc.RequestCompleted {
			return vc.Errorf(vc.Invalid, "status-invalid", "must be pending or completed").At("/presentation_request/status")
		}
	}
	request, err := d.Presentations.UpdateRequest(r.Context(), c.by, r.PathValue("id"), change)
	if err != nil {
		return httpx.Placed(err, requestPlaces)
	}
	return answerRequest(w, http.StatusOK, request)
}

// requestJWT is where a wallet fetches the signed request.
func (d *Door) requestJWT(w http.ResponseWriter, r *http.Request, _ call) error {
	signed, err := d.Presentations.SignedRequest(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	anyOrigin(w, r, func() { err = answerText(w, signed) })
	return err
}

func answerRequest(w http.ResponseWriter, status int, request vc.PresentationRequest) error {
	model, err := modelOfRequest(request)
	if err != nil {
		return err
	}
	return answer(w, status, requestAnswer{model})
}

func asError(err error) (*vc.Error, bool) { return errors.AsType[*vc.Error](err) }
