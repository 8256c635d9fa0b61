package dif

import (
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// result is a DID resolution result: DID Resolution 0.3 §7.1, as the Universal Resolver writes it.
type result struct {
	Context          string             `json:"@context"`
	Document         jsontext.Value     `json:"didDocument"`
	Resolution       resolutionMetadata `json:"didResolutionMetadata"`
	DocumentMetadata documentMetadata   `json:"didDocumentMetadata"`
}

type resolutionMetadata struct {
	ContentType string `json:"contentType,omitempty"`
	Error       string `json:"error,omitempty"`
	Message     string `json:"errorMessage,omitempty"`
}

type documentMetadata struct {
	Created     string `json:"created,omitempty"`
	Updated     string `json:"updated,omitempty"`
	Deactivated bool   `json:"deactivated,omitzero"`
	VersionID   string `json:"versionId,omitempty"`
}

const resultContext = "https://w3id.org/did-resolution/v1"

func write(w http.ResponseWriter, status int, wants wanted, resolution diddoc.Resolution) {
	document := jsontext.Value(resolution.Document)
	if len(document) == 0 {
		document = jsontext.Value("null")
	}
	if wants.alone {
		httpx.EncodeAs(w, status, wants.contentType, document)
		return
	}
	m := resolution.Metadata
	httpx.EncodeAs(w, status, wants.contentType, result{
		Context:    resultContext,
		Document:   document,
		Resolution: resolutionMetadata{ContentType: resolution.ContentType},
		DocumentMetadata: documentMetadata{
			Created: stamp(m.Created), Updated: stamp(m.Updated), Deactivated: m.Deactivated, VersionID: m.VersionID,
		},
	})
}

func fail(w http.ResponseWriter, status int, code, message string) {
	httpx.EncodeAs(w, status, typeJSON, result{
		Context:    resultContext,
		Document:   jsontext.Value("null"),
		Resolution: resolutionMetadata{Error: code, Message: message},
	})
}

// stamp is an XML datetime in UTC without fractions (DID Core §7.1.3).
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
