package dif

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// result is a DID resolution result: DID Resolution 0.3 §7.1, as the Universal Resolver writes it.
type result struct {
	Context          string             `json:"@context"`
	Document         jsontext.Value     `json:"didDocument,omitzero"`
	Resolution       resolutionMetadata `json:"didResolutionMetadata"`
	DocumentMetadata documentMetadata   `json:"didDocumentMetadata"`
}

// urlResult is a DID URL dereferencing result: DID Resolution 0.3 §7.2.
type urlResult struct {
	Context         string             `json:"@context"`
	Dereferencing   resolutionMetadata `json:"dereferencingMetadata"`
	Content         jsontext.Value     `json:"contentStream"`
	ContentMetadata jsontext.Value     `json:"contentMetadata"`
}

type resolutionMetadata struct {
	ContentType string  `json:"contentType,omitempty"`
	Error       string  `json:"error,omitempty"`
	Message     string  `json:"errorMessage,omitempty"`
	Retrieved   string  `json:"retrieved"`
	DID         *didHas `json:"did,omitempty"`
}

// didHas is a DID in its parts.
type didHas struct {
	Text   string `json:"didString"`
	ID     string `json:"methodSpecificId"`
	Method string `json:"method"`
}

type documentMetadata struct {
	Created     string         `json:"created,omitempty"`
	Updated     string         `json:"updated,omitempty"`
	Deactivated bool           `json:"deactivated,omitzero"`
	VersionID   string         `json:"versionId,omitempty"`
	Next        string         `json:"nextVersionId,omitempty"`
	Previous    string         `json:"previousVersionId,omitempty"`
	Linked      jsontext.Value `json:"linkedResourceMetadata,omitempty"`
}

const resultContext = "https://w3id.org/did-resolution/v1"

// answer is an answer on its way: what is wanted, and about which DID, when.
type answer struct {
	accept []preference
	did    string
	at     time.Time
}

func (a answer) metadata(contentType string) resolutionMetadata {
	m := resolutionMetadata{ContentType: contentType, Retrieved: stamp(a.at)}
	if method, id, ok := strings.Cut(strings.TrimPrefix(a.did, "did:"), ":"); ok {
		if method == "cheqd" {
			_, id, _ = strings.Cut(id, ":") // its resolver leaves the network out
		}
		m.DID = &didHas{Text: a.did, ID: id, Method: method}
	}
	return m
}

func about(m diddoc.Metadata) documentMetadata {
	return documentMetadata{
		Created: stamp(m.Created), Updated: stamp(m.Updated), Deactivated: m.Deactivated, VersionID: m.VersionID,
		Next: m.NextVersionID, Previous: m.PreviousVersionID, Linked: m.LinkedResources,
	}
}

func (a answer) write(w http.ResponseWriter, found diddoc.Dereferencing) {
	switch found.Kind {
	case diddoc.ToPlace:
		a.place(w, found.Location)
	case diddoc.ToContent:
		a.content(w, found)
	default:
		a.document(w, found)
	}
}

// document answers with a document. One that is deactivated is gone (DID Resolution 0.3 §7.1), but for did:cheqd, whose clients
// know 200 and read of it in the metadata.
func (a answer) document(w http.ResponseWriter, found diddoc.Dereferencing) {
	wants, ok := choose(a.accept)
	if !ok {
		a.fail(w, http.StatusNotAcceptable, "representationNotSupported", "")
		return
	}
	status, resolution := http.StatusOK, found.Resolution
	if resolution.Metadata.Deactivated && !strings.HasPrefix(a.did, "did:cheqd:") {
		status = http.StatusGone
	}
	document := jsontext.Value(resolution.Document)
	if len(document) == 0 && found.Kind == diddoc.ToDocument {
		document = jsontext.Value("null")
	}
	switch {
	case found.Kind == diddoc.ToMetadata && wants.alone:
		httpx.EncodeAs(w, status, typeJSON, about(resolution.Metadata))
	case wants.alone:
		httpx.EncodeAs(w, status, wants.contentType, document)
	case wants.url && found.Kind == diddoc.ToDocument:
		metadata, err := json.Marshal(about(resolution.Metadata))
		if err != nil {
			a.fail(w, http.StatusInternalServerError, "internalError", "")
			return
		}
		httpx.EncodeAs(w, status, wants.contentType, urlResult{
			Context: resultContext, Dereferencing: a.metadata(resolution.ContentType), Content: document, ContentMetadata: metadata,
		})
	default:
		httpx.EncodeAs(w, status, wants.contentType, result{
			Context: resultContext, Document: document, Resolution: a.metadata(resolution.ContentType), DocumentMetadata: about(resolution.Metadata),
		})
	}
}

// content answers with what is no document. Anybody may have put it on a ledger: no browser may run it as a page of this server.
func (a answer) content(w http.ResponseWriter, found diddoc.Dereferencing) {
	wants, ok := chooseContent(a.accept, found.ContentType)
	if !ok {
		a.fail(w, http.StatusNotAcceptable, "representationNotSupported", "")
		return
	}
	metadata := jsontext.Value(found.ContentMetadata)
	if metadata == nil {
		metadata = jsontext.Value("{}")
	}
	if !wants.alone {
		httpx.EncodeAs(w, http.StatusOK, wants.contentType, urlResult{
			Context: resultContext, Dereferencing: a.metadata(typeLD), Content: stream(found.Content), ContentMetadata: metadata,
		})
		return
	}
	if found.Content == nil {
		httpx.EncodeAs(w, http.StatusOK, typeJSON, metadata)
		return
	}
	h := w.Header()
	h.Set("Content-Type", found.ContentType)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	if !strings.Contains(found.ContentType, "json") {
		h.Set("Content-Disposition", "attachment")
	}
	_, _ = w.Write(found.Content)
}

// stream is a content in a result: JSON as it is, a text as one, other bytes in base64.
func stream(content []byte) jsontext.Value {
	switch {
	case content == nil:
		return jsontext.Value("null")
	case jsontext.Value(content).IsValid():
		return content
	}
	text := string(content)
	if !utf8.Valid(content) {
		text = base64.StdEncoding.EncodeToString(content)
	}
	value, err := jsontext.AppendQuote(nil, text)
	if err != nil {
		return jsontext.Value("null")
	}
	return value
}

// place sends on to where a service is. A browser is sent to the web alone.
func (a answer) place(w http.ResponseWriter, location string) {
	if strings.HasPrefix(location, "https://") || strings.HasPrefix(location, "http://") {
		w.Header().Set("Location", location)
		w.WriteHeader(http.StatusSeeOther)
		return
	}
	w.Header().Set("Content-Type", "text/uri-list")
	_, _ = w.Write([]byte(location + "\r\n"))
}

// fail answers with an error, in the shape that is asked for.
func (a answer) fail(w http.ResponseWriter, status int, code, message string) {
	metadata := a.metadata("")
	metadata.Error, metadata.Message = code, message
	if wants, ok := choose(a.accept); ok && wants.url {
		httpx.EncodeAs(w, status, typeJSON, urlResult{
			Context: resultContext, Dereferencing: metadata, Content: jsontext.Value("null"), ContentMetadata: jsontext.Value("{}"),
		})
		return
	}
	httpx.EncodeAs(w, status, typeJSON, result{Context: resultContext, Document: jsontext.Value("null"), Resolution: metadata})
}

// stamp is an XML datetime in UTC without fractions (DID Core §7.1.3).
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}
