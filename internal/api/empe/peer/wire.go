package peer

import (
	"bytes"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// What is wrong with an answer that is not a refusal.
const (
	codeMalformed = "answer-malformed"
	codeTooLarge  = "answer-too-large"
)

// members are those of an object that somebody else wrote: I-JSON, no name twice.
type members []ijson.Member

func object(raw []byte) (members, error) {
	return ijson.Members(raw, ijson.Limits{Depth: 32, Bytes: maxBody})
}

// get gives a member's value; null is none.
func (m members) get(name string) []byte {
	for _, one := range m {
		if one.Name == name && string(one.Value) != "null" {
			return one.Value
		}
	}
	return nil
}

func (m members) has(name string) bool { return m.get(name) != nil }

// text gives a member that is a string and not too long; "" where there is none.
func (m members) text(name string) (string, error) {
	value := m.get(name)
	if value == nil {
		return "", nil
	}
	text, ok := ijson.String(value)
	if !ok || len(text) > maxURL || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", wrongMember(name)
	}
	return text, nil
}

// needed is text that must be there.
func (m members) needed(name string) (string, error) {
	text, err := m.text(name)
	if err == nil && (text == "" || len(text) > maxText) {
		err = wrongMember(name)
	}
	return text, err
}

// url gives a member that must be an http or https URL.
func (m members) url(name string) (string, error) {
	text, err := m.text(name)
	if err == nil {
		text, err = webURL(text)
	}
	if err != nil {
		return "", wrongMember(name)
	}
	return text, nil
}

// object gives a member that is an object, nil where there is none.
func (m members) object(name string) ([]byte, error) {
	value := m.get(name)
	if len(value) > 0 && value[0] != '{' {
		return nil, wrongMember(name)
	}
	return bytes.Clone(value), nil
}

func wrongMember(name string) error {
	return vc.Errorf(vc.Invalid, codeMalformed, "the other end's %q is not what it must be", name)
}

// get fetches a document.
func (p Protocol) get(ctx context.Context, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "url-invalid", "this is no URL that can be fetched")
	}
	request.Header.Set("Accept", "application/json")
	answer, err := p.Client.Do(request)
	if err != nil {
		return nil, err
	}
	if answer.Status == http.StatusNotFound || answer.Status == http.StatusGone {
		return nil, vc.Errorf(vc.NotFound, "scan-nothing-there", "there is nothing any more where the code leads")
	}
	return taken(answer, http.StatusOK)
}

// post sends a body, with a bearer token where it is not "", and gives the answer's body.
func (p Protocol) post(ctx context.Context, url, contentType, bearer string, body []byte, statuses ...int) ([]byte, error) {
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, content)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "url-invalid", "this is no URL that can be called")
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", contentType)
	}
	if bearer != "" {
		request.Header.Set("Authorization", "Bearer "+bearer)
	}
	answer, err := p.Client.Do(request)
	if err != nil {
		return nil, err
	}
	return taken(answer, statuses...)
}

// taken gives the body of an answer that has one of the statuses and is JSON, or nothing at all. What the other end says in a
// refusal stays out of the error.
func taken(answer httpx.Response, statuses ...int) ([]byte, error) {
	for _, status := range statuses {
		if answer.Status != status {
			continue
		}
		if len(answer.Body) > maxBody {
			return nil, vc.Errorf(vc.Invalid, codeTooLarge, "the other end answers with more than %d bytes", maxBody)
		}
		if media, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type")); len(answer.Body) > 0 &&
			(err != nil || (media != "application/json" && !strings.HasSuffix(media, "+json"))) {
			return nil, vc.Errorf(vc.Invalid, codeMalformed, "the other end does not answer in JSON")
		}
		return answer.Body, nil
	}
	switch {
	case answer.Status >= 500, answer.Status == http.StatusTooManyRequests, answer.Status == http.StatusRequestTimeout:
		return nil, vc.Errorf(vc.Unavailable, "peer-status", "the other end answers with status %d", answer.Status)
	}
	return nil, vc.Errorf(vc.Invalid, "peer-refused", "the other end refuses, with status %d", answer.Status)
}
