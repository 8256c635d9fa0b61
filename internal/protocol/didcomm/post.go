package didcomm

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

// Post takes an envelope to an endpoint, and gives the one that came back at once, if any. Any 2xx means that it was taken. Errors:
// Denied "endpoint-not-allowed" for where this server does not go; Invalid "peer-refused" for a 4xx, and what is no answer of an
// agent; Unavailable for all that may be otherwise another time. No error holds what the peer said.
func (w *Wire) Post(ctx context.Context, endpoint string, envelope []byte) (answer []byte, err error) {
	w.ready()
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return nil, vc.Errorf(vc.Denied, "endpoint-not-allowed", "the peer's endpoint is no URL")
	}
	if err := w.Client.CheckSocket(endpoint); err != nil {
		return nil, forbidden(err)
	}
	ctx, cancel := context.WithTimeout(ctx, ClientTimeout)
	defer cancel()
	leave, err := w.gates.enter(ctx, u.Host)
	if err != nil {
		return nil, err
	}
	defer func() { leave(err == nil || vc.KindOf(err) != vc.Unavailable || codeOf(err) == "peer-unavailable") }()
	if u.Scheme == "ws" || u.Scheme == "wss" {
		return nil, forbidden(w.pool.post(ctx, endpoint, envelope))
	}
	return w.post(ctx, endpoint, envelope, true)
}

// post is a call over HTTP. A peer that has moved (307, 308) is followed once, and by the same rules.
func (w *Wire) post(ctx context.Context, endpoint string, envelope []byte, follow bool) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(envelope))
	if err != nil {
		return nil, vc.Errorf(vc.Denied, "endpoint-not-allowed", "the peer's endpoint is no URL")
	}
	request.Header.Set("Content-Type", spec.MediaType)
	request.Header.Set("Accept", spec.MediaType)
	response, err := w.Client.Do(request)
	if err != nil {
		return nil, forbidden(err)
	}
	switch status := response.Status; {
	case status >= 200 && status < 300:
		return returned(response.Header, response.Body), nil
	case (status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect) && follow:
		to, err := request.URL.Parse(response.Header.Get("Location"))
		if err != nil || request.URL.Scheme == "https" && to.Scheme != "https" || response.Header.Get("Location") == "" {
			return nil, vc.Errorf(vc.Denied, "endpoint-not-allowed", "the peer's endpoint redirects to where it is not followed")
		}
		return w.post(ctx, to.String(), envelope, false)
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		return nil, vc.Errorf(vc.Unavailable, "peer-unavailable", "the peer answered with status %d", status)
	default:
		return nil, vc.Errorf(vc.Invalid, "peer-refused", "the peer answered with status %d", status)
	}
}

// returned is the body of an answer where it is an envelope. Some agents give theirs no type.
func returned(header http.Header, body []byte) []byte {
	kind := header.Get("Content-Type")
	if trimmed := bytes.TrimSpace(body); len(trimmed) == 0 || trimmed[0] != '{' {
		return nil
	}
	if kind != "" && !spec.IsMediaType(kind) && !strings.HasPrefix(kind, "application/octet-stream") {
		return nil
	}
	return body
}

// forbidden names what the guard refuses in the words of the post.
func forbidden(err error) error {
	if vc.KindOf(err) == vc.Denied {
		return vc.Errorf(vc.Denied, "endpoint-not-allowed", "the peer's endpoint is not one this server may call").Because(err)
	}
	return err
}
