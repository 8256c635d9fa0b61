package cheqd

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// A network without a node is read through a universal resolver: cheqd's own (ADR 005), or one that answers as it does. It is
// believed as a node would be, except where it speaks of another DID, another version, or bytes that have not their checksum.

// The results that a resolver is asked for: DID Resolution 0.3 §7.
const (
	wantDocument = `application/ld+json;profile="https://w3id.org/did-resolution"`
	wantContent  = `application/ld+json;profile="https://w3id.org/did-url-dereferencing"`
	wantBytes    = "*/*"
)

// remote says whether a network is read through a resolver.
func (m Method) remote(name string) bool { return m.Networks[name].Resolver != "" }

// resolved is a resolution result or a dereferencing result.
type resolved struct {
	Document json.RawMessage `json:"didDocument"`
	Content  json.RawMessage `json:"contentStream"`
	Resource json.RawMessage `json:"contentMetadata"`
	About    struct {
		Created     time.Time       `json:"created"`
		Updated     time.Time       `json:"updated"`
		Deactivated bool            `json:"deactivated"`
		VersionID   string          `json:"versionId"`
		Next        string          `json:"nextVersionId"`
		Previous    string          `json:"previousVersionId"`
		Linked      json.RawMessage `json:"linkedResourceMetadata"`
	} `json:"didDocumentMetadata"`
	Resolution    struct{ Error string } `json:"didResolutionMetadata"`
	Dereferencing struct{ Error string } `json:"dereferencingMetadata"`
}

func (r resolved) metadata() diddoc.Metadata {
	a := r.About
	out := diddoc.Metadata{
		Created: a.Created, Updated: a.Updated, Deactivated: a.Deactivated, VersionID: a.VersionID, NextVersionID: a.Next, PreviousVersionID: a.Previous,
	}
	if len(a.Linked) > 0 && a.Linked[0] == '[' {
		out.LinkedResources = a.Linked
	}
	return out
}

// follow asks a network's resolver for a DID URL without a fragment, and gives the bytes of what it answers.
func (m Method) follow(ctx context.Context, name, text, accept string) ([]byte, error) {
	base := m.Networks[name].Resolver
	if m.Remote == nil {
		return nil, notAsked(name, errNotSet)
	}
	status, body, err := m.Remote.Ask(ctx, http.MethodGet, strings.TrimRight(base, "/")+"/"+text, http.Header{"Accept": {accept}}, nil)
	if err != nil {
		return nil, notAsked(name, err)
	}
	if status == http.StatusOK || status == http.StatusGone { // gone is what is deactivated, §7.1
		return body, nil
	}
	var said resolved
	_ = json.Unmarshal(body, &said) // what is no result has no error either
	switch code := said.Resolution.Error + said.Dereferencing.Error; {
	case status == http.StatusNotFound, code == did.CodeNotFound:
		return nil, vc.Errorf(vc.NotFound, did.CodeNotFound, "the ledger has no such DID")
	case code == did.CodeInvalid:
		return nil, vc.Errorf(vc.Invalid, did.CodeInvalid, "the resolver of the network takes the DID for none")
	case status == http.StatusBadRequest:
		return nil, vc.Errorf(vc.Invalid, did.CodeInvalidURL, "the resolver of the network has no such DID URL")
	}
	return nil, vc.Errorf(vc.Unavailable, did.CodeInternal, "the resolver of the network did not answer as one")
}

// result is follow for what a resolver says in a result.
func (m Method) result(ctx context.Context, name, text, accept string) (found resolved, err error) {
	body, err := m.follow(ctx, name, text, accept)
	if err == nil && json.Unmarshal(body, &found) != nil {
		err = vc.Errorf(vc.Unavailable, did.CodeInternal, "the resolver of the network did not answer as one")
	}
	return found, err
}

// resolveRemote resolves a DID, with a query or none.
func (m Method) resolveRemote(ctx context.Context, parsed cheqd.DID, query string) (diddoc.Resolution, error) {
	found, err := m.result(ctx, parsed.Namespace, parsed.String()+query, wantDocument)
	if err != nil {
		return diddoc.Resolution{}, err
	}
	out := diddoc.Resolution{Document: found.Document, ContentType: did.ContentType, Metadata: found.metadata()}
	if len(out.Document) == 0 || string(out.Document) == "null" {
		if !out.Metadata.Deactivated {
			return diddoc.Resolution{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "the resolver of the network gave no document")
		}
		// Some leave out the document of what is deactivated.
		if out.Document, err = diddoc.Build(diddoc.Document{ID: parsed.String()}); err != nil {
			return diddoc.Resolution{}, err
		}
	}
	document, err := diddoc.Parse(out.Document)
	if err != nil {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "what the resolver of the network has for the DID is not a DID document").Because(err)
	}
	if document.ID != parsed.String() {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "the resolver of the network gave the document of another DID")
	}
	return out, nil
}

// versionRemote resolves one version of a DID.
func (m Method) versionRemote(ctx context.Context, parsed cheqd.DID, version string) (diddoc.Resolution, error) {
	out, err := m.resolveRemote(ctx, parsed, "?versionId="+url.QueryEscape(version))
	if err == nil && cheqd.NormalUUID(out.Metadata.VersionID) != cheqd.NormalUUID(version) {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "the resolver of the network gave another version of the document")
	}
	return out, err
}

// dereferenceRemote gives what a DID URL leads to.
func (m Method) dereferenceRemote(ctx context.Context, t cheqd.Target, text string) (diddoc.Dereferencing, error) {
	text, _, _ = strings.Cut(text, "#")
	switch t.View {
	case cheqd.ViewDocument:
		resolution, err := m.resolveRemote(ctx, t.DID, asked(t))
		return diddoc.Dereferencing{Resolution: resolution}, err
	case cheqd.ViewDocumentMetadata:
		found, err := m.result(ctx, t.DID.Namespace, text, wantContent)
		return diddoc.Dereferencing{Kind: diddoc.ToMetadata, Resolution: diddoc.Resolution{ContentType: did.ContentType, Metadata: found.metadata()}}, err
	case cheqd.ViewVersions:
		found, err := m.result(ctx, t.DID.Namespace, text, wantContent)
		return diddoc.Dereferencing{Kind: diddoc.ToContent, Content: found.Content, ContentType: "application/json"}, err
	case cheqd.ViewResourceMetadata:
		found, err := m.result(ctx, t.DID.Namespace, text, wantContent)
		return diddoc.Dereferencing{Kind: diddoc.ToContent, ContentType: "application/json", ContentMetadata: found.Resource}, err
	}
	about, metadata, err := m.oneRemote(ctx, t.DID, strings.TrimPrefix(text, t.DID.String()))
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	data, err := m.bytesRemote(ctx, t.DID, about)
	return diddoc.Dereferencing{Kind: diddoc.ToContent, Content: data, ContentType: about.MediaType, ContentMetadata: metadata}, err
}

// asked is the query of a DID URL without what is asked of the document here: a fragment, a service.
func asked(t cheqd.Target) string {
	values := url.Values{}
	if t.VersionID != "" {
		values.Set("versionId", t.VersionID)
	}
	if !t.VersionTime.IsZero() {
		values.Set("versionTime", t.VersionTime.UTC().Format(time.RFC3339))
	}
	if t.KeyType != "" {
		values.Set("transformKeys", t.KeyType)
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// oneRemote says what is about the resource that a path or query of a DID picks.
func (m Method) oneRemote(ctx context.Context, parsed cheqd.DID, rest string) (about resourceWire, metadata []byte, err error) {
	found, err := m.result(ctx, parsed.Namespace, parsed.String()+rest, wantContent)
	if vc.KindOf(err) == vc.NotFound {
		err = vc.Errorf(vc.NotFound, did.CodeNotFound, "the DID has no such resource").Because(err)
	}
	if err != nil {
		return about, nil, err
	}
	if json.Unmarshal(found.Resource, &about) != nil || about.ID == "" || about.Collection != parsed.ID {
		return about, nil, vc.Errorf(vc.Unavailable, did.CodeInternal, "the resolver of the network gave another resource")
	}
	return about, found.Resource, nil
}

// bytesRemote fetches a resource as it is: in a result JSON may be written anew.
func (m Method) bytesRemote(ctx context.Context, parsed cheqd.DID, about resourceWire) ([]byte, error) {
	data, err := m.follow(ctx, parsed.Namespace, cheqd.ResourceURL(parsed.Namespace, parsed.ID, about.ID), wantBytes)
	if err == nil && !strings.EqualFold(cheqd.Checksum(data), about.Checksum) {
		err = vc.Errorf(vc.Unavailable, did.CodeInternal, "the resolver of the network gave another resource")
	}
	return data, err
}

// resourceRemote is Resource through a resolver.
func (m Method) resourceRemote(ctx context.Context, parsed cheqd.DID, query did.ResourceQuery) (did.LinkedResource, error) {
	about, _, err := m.oneRemote(ctx, parsed, picked(query))
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Code == did.CodeInvalidURL && query.ID == "" {
		return did.LinkedResource{}, vc.Errorf(vc.Invalid, "resource-ambiguous", "the DID has several resources like this").Because(err)
	}
	if err != nil {
		return did.LinkedResource{}, err
	}
	if wanted := cheqd.NormalUUID(query.ID); wanted != "" && about.ID != wanted {
		return did.LinkedResource{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "the resolver of the network gave another resource")
	}
	data, err := m.bytesRemote(ctx, parsed, about)
	if err != nil {
		return did.LinkedResource{}, err
	}
	created, _ := time.Parse(time.RFC3339, about.Created) // one that is none is not known
	neighbour := func(id *string) string {
		if id == nil || *id == "" {
			return ""
		}
		return cheqd.ResourceURL(parsed.Namespace, parsed.ID, *id)
	}
	return did.LinkedResource{
		URL: cheqd.ResourceURL(parsed.Namespace, parsed.ID, about.ID), Name: about.Name, Type: about.Type, Version: about.Version, Data: data,
		MediaType: about.MediaType, Created: created, Previous: neighbour(about.Previous), Next: neighbour(about.Next),
	}, nil
}

// picked writes a query for one resource as the path or the query of a DID URL.
func picked(query did.ResourceQuery) string {
	if query.ID != "" {
		return "/resources/" + cheqd.NormalUUID(query.ID)
	}
	values := url.Values{}
	for name, value := range map[string]string{"resourceName": query.Name, "resourceType": query.Type, "resourceVersion": query.Version} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if !query.Time.IsZero() {
		values.Set("resourceVersionTime", query.Time.UTC().Format(time.RFC3339))
	}
	return "?" + values.Encode()
}

// storedRemote says whether a resource with a checksum is there.
func (m Method) storedRemote(ctx context.Context, parsed cheqd.DID, id, checksum string) (bool, error) {
	found, err := m.result(ctx, parsed.Namespace, cheqd.ResourceURL(parsed.Namespace, parsed.ID, id)+"/metadata", wantContent)
	if vc.KindOf(err) == vc.NotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var about struct {
		Linked []resourceWire `json:"linkedResourceMetadata"`
	}
	if json.Unmarshal(found.Resource, &about) != nil {
		return false, vc.Errorf(vc.Unavailable, did.CodeInternal, "the resolver of the network did not answer as one")
	}
	for _, one := range about.Linked {
		if cheqd.NormalUUID(one.ID) == id && strings.EqualFold(one.Checksum, checksum) {
			return true, nil
		}
	}
	return false, nil
}
