package cheqd

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

var _ did.Dereferencer = Method{}

// Dereference gives what a DID URL leads to as cheqd's resolver does: cheqd ADR 005. Everything is asked of the ledger, which
// alone knows versions and resources.
func (m Method) Dereference(ctx context.Context, text string) (diddoc.Dereferencing, error) {
	t, err := cheqd.ParseURL(text)
	if e, ok := errors.AsType[*cheqd.Error](err); ok && e.Code == cheqd.CodeDID {
		return diddoc.Dereferencing{}, did.Invalid(err)
	}
	if err != nil {
		return diddoc.Dereferencing{}, invalidURL(err)
	}
	if !strings.HasPrefix(text, t.DID.String()) {
		return diddoc.Dereferencing{}, vc.Errorf(vc.Invalid, did.CodeInvalid, "the UUID of a did:cheqd is in lower case")
	}
	if m.remote(t.DID.Namespace) {
		return m.dereferenceRemote(ctx, t, text)
	}
	l := linked{ctx: ctx, method: m, target: t}
	switch t.View {
	case cheqd.ViewVersions:
		return l.allVersions()
	case cheqd.ViewResource, cheqd.ViewResourceMetadata:
		return l.resource()
	}
	return l.document()
}

func invalidURL(err error) error {
	why := "did:cheqd has no such DID URL"
	if e, ok := errors.AsType[*cheqd.Error](err); ok {
		why = e.Message
	}
	return vc.Errorf(vc.Invalid, did.CodeInvalidURL, "%s", why).Because(err)
}

// linked follows one DID URL.
type linked struct {
	ctx    context.Context //nolint:containedctx // it lives as long as one call
	method Method
	target cheqd.Target
}

func (l linked) did() string { return l.target.DID.String() }

// versions are all of the DID, newest first. Not found where there are none.
func (l linked) versions() ([]cheqd.Metadata, error) {
	versions, err := ask(l.ctx, l.method, l.target.DID.Namespace, cheqd.QueryVersions(l.did()), cheqd.ParseVersions, cheqd.DecodeVersions)
	if err == nil && len(versions) == 0 {
		err = vc.Errorf(vc.NotFound, did.CodeNotFound, "the ledger has no such DID")
	}
	slices.SortStableFunc(versions, func(a, b cheqd.Metadata) int {
		return cmp.Or(since(b).Compare(since(a)), strings.Compare(a.NextVersionID, b.NextVersionID))
	})
	return versions, err
}

// resources are what the resources of the DID are. A DID without any has none.
func (l linked) resources() ([]cheqd.ResourceMetadata, error) {
	list, err := ask(l.ctx, l.method, l.target.DID.Namespace, cheqd.QueryResources(l.target.DID.ID), cheqd.ParseResources, cheqd.DecodeResources)
	if vc.KindOf(err) == vc.NotFound {
		return nil, nil
	}
	return cheqd.ResourceQuery{}.Select(list), err
}

// version is the one that the URL names.
func (l linked) version(versions []cheqd.Metadata) (cheqd.Metadata, error) {
	missing := vc.Errorf(vc.NotFound, did.CodeNotFound, "the DID has no such version")
	if id := l.target.VersionID; id != "" {
		i := slices.IndexFunc(versions, func(m cheqd.Metadata) bool { return m.VersionID == id })
		if i < 0 || !l.target.VersionTime.IsZero() && since(versions[i]).After(l.target.VersionTime) {
			return cheqd.Metadata{}, missing
		}
		return versions[i], nil
	}
	then, ok := cheqd.VersionAt(versions, l.target.VersionTime)
	if !ok {
		return cheqd.Metadata{}, missing
	}
	return then, nil
}

// until is when a version was followed by the next; zero for the newest.
func until(version cheqd.Metadata, versions []cheqd.Metadata) time.Time {
	for _, m := range versions {
		if version.NextVersionID != "" && m.VersionID == version.NextVersionID {
			return since(m)
		}
	}
	return time.Time{}
}

func since(m cheqd.Metadata) time.Time {
	if m.Updated.IsZero() {
		return m.Created
	}
	return m.Updated
}

// before are the resources that were there before a time; all for zero.
func before(resources []cheqd.ResourceMetadata, end time.Time) []cheqd.ResourceMetadata {
	if end.IsZero() {
		return resources
	}
	return slices.DeleteFunc(slices.Clone(resources), func(m cheqd.ResourceMetadata) bool { return !m.Created.Before(end) })
}

func (l linked) document() (diddoc.Dereferencing, error) {
	var end time.Time
	id := ""
	if l.target.VersionID != "" || !l.target.VersionTime.IsZero() {
		versions, err := l.versions()
		if err != nil {
			return diddoc.Dereferencing{}, err
		}
		version, err := l.version(versions)
		if err != nil {
			return diddoc.Dereferencing{}, err
		}
		end, id = until(version, versions), version.VersionID
	}
	found, err := l.method.version(l.ctx, l.target.DID, id)
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	resources, err := l.resources()
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	out := diddoc.Dereferencing{Resolution: diddoc.Resolution{ContentType: did.ContentType, Metadata: about(found.Metadata)}}
	if out.Resolution.Metadata.LinkedResources, err = l.list(before(resources, end)); err != nil {
		return diddoc.Dereferencing{}, err
	}
	if l.target.View == cheqd.ViewDocumentMetadata {
		out.Kind = diddoc.ToMetadata
		return out, nil
	}
	out.Resolution.Document, err = found.Doc.Document()
	if err == nil && l.target.KeyType != "" {
		out.Resolution.Document, err = retyped(out.Resolution.Document, l.target.KeyType)
	}
	if err != nil {
		if e, ok := errors.AsType[*vc.Error](err); ok {
			return diddoc.Dereferencing{}, e
		}
		return diddoc.Dereferencing{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "what the ledger has for the DID is not a DID document").Because(err)
	}
	return out, nil
}

func about(m cheqd.Metadata) diddoc.Metadata {
	return diddoc.Metadata{
		Created: m.Created, Updated: m.Updated, Deactivated: m.Deactivated, VersionID: m.VersionID,
		NextVersionID: m.NextVersionID, PreviousVersionID: m.PrevVersionID,
	}
}

// retyped writes the keys that control a document as verification methods of one type, where that type holds them: ?transformKeys.
func retyped(document []byte, keyType string) ([]byte, error) {
	if !slices.Contains([]string{diddoc.Ed25519VerificationKey2018, diddoc.Ed25519VerificationKey2020, diddoc.JSONWebKey2020}, keyType) {
		return nil, vc.Errorf(vc.Unsupported, did.CodeRepresentationNotSupported, "keys are not written as this type")
	}
	doc, err := diddoc.Parse(document)
	if err != nil {
		return nil, err
	}
	for i, method := range doc.VerificationMethods {
		key, err := method.PublicKey()
		if err != nil || method.Embedded != "" {
			continue
		}
		if as, err := diddoc.NewMethod(keyType, method.ID, method.Controller, key); err == nil {
			doc.VerificationMethods[i] = as
		}
	}
	doc.Context = nil
	return diddoc.Build(doc)
}

func (l linked) allVersions() (diddoc.Dereferencing, error) {
	versions, err := l.versions()
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	resources, err := l.resources()
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	type version struct {
		Created     string          `json:"created"`
		Updated     string          `json:"updated,omitempty"`
		Deactivated bool            `json:"deactivated,omitempty"`
		ID          string          `json:"versionId"`
		Next        string          `json:"nextVersionId,omitempty"`
		Previous    string          `json:"previousVersionId,omitempty"`
		Resources   json.RawMessage `json:"linkedResourceMetadata,omitempty"`
	}
	var content struct {
		Versions []version `json:"versions"`
	}
	for _, m := range versions {
		linked, err := l.list(before(resources, until(m, versions)))
		if err != nil {
			return diddoc.Dereferencing{}, err
		}
		v := version{
			Created: second(m.Created), Deactivated: m.Deactivated, ID: m.VersionID, Next: m.NextVersionID, Previous: m.PrevVersionID, Resources: linked,
		}
		if !m.Updated.IsZero() {
			v.Updated = second(m.Updated)
		}
		content.Versions = append(content.Versions, v)
	}
	out := diddoc.Dereferencing{Kind: diddoc.ToContent, ContentType: "application/json"}
	out.Content, err = json.Marshal(content)
	return out, err
}
