package cheqd

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// resourceWire is what is about a resource, as cheqd's resolver writes it.
type resourceWire struct {
	URI         string                 `json:"resourceURI"`
	Collection  string                 `json:"resourceCollectionId"`
	ID          string                 `json:"resourceId"`
	Name        string                 `json:"resourceName"`
	Type        string                 `json:"resourceType"`
	MediaType   string                 `json:"mediaType"`
	Version     string                 `json:"resourceVersion,omitempty"`
	AlsoKnownAs []cheqd.AlternativeURI `json:"alsoKnownAs,omitempty"`
	Created     string                 `json:"created"`
	Checksum    string                 `json:"checksum"`
	Previous    *string                `json:"previousVersionId"`
	Next        *string                `json:"nextVersionId"`
}

func (l linked) wire(m cheqd.ResourceMetadata) resourceWire {
	return resourceWire{
		URI:        cheqd.ResourceURL(l.target.DID.Namespace, l.target.DID.ID, m.ID),
		Collection: m.CollectionID, ID: m.ID, Name: m.Name, Type: m.Type, MediaType: m.MediaType, Version: m.Version,
		AlsoKnownAs: m.AlsoKnownAs, Created: second(m.Created), Checksum: m.Checksum,
		Previous: orNull(m.PrevVersionID), Next: orNull(m.NextVersionID),
	}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// second is an XML datetime in UTC without fractions (DID Core §7.1.3).
func second(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// list is what is about resources; nil for none.
func (l linked) list(resources []cheqd.ResourceMetadata) ([]byte, error) {
	if len(resources) == 0 {
		return nil, nil
	}
	list := make([]resourceWire, len(resources))
	for i, m := range resources {
		list[i] = l.wire(m)
	}
	return json.Marshal(list)
}

// resource gives a resource, or what is about those that the URL picks.
func (l linked) resource() (diddoc.Dereferencing, error) {
	resources, err := l.resources()
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	if l.target.VersionID != "" || !l.target.VersionTime.IsZero() {
		versions, err := l.versions()
		if err != nil {
			return diddoc.Dereferencing{}, err
		}
		version, err := l.version(versions)
		if err != nil {
			return diddoc.Dereferencing{}, err
		}
		resources = before(resources, until(version, versions))
	}
	missing := vc.Errorf(vc.NotFound, did.CodeNotFound, "the DID has no such resource")
	if l.target.View == cheqd.ViewResourceMetadata {
		list, err := l.list(l.target.Resources.Select(resources))
		if err == nil && list == nil {
			err = missing
		}
		if err != nil {
			return diddoc.Dereferencing{}, err
		}
		metadata, err := json.Marshal(map[string]json.RawMessage{"linkedResourceMetadata": list})
		return diddoc.Dereferencing{Kind: diddoc.ToContent, ContentType: "application/json", ContentMetadata: metadata}, err
	}
	one, err := l.target.Resources.One(resources)
	if e, ok := errors.AsType[*cheqd.Error](err); ok && e.Code == cheqd.CodeManifold {
		return diddoc.Dereferencing{}, invalidURL(err)
	}
	if err != nil {
		return diddoc.Dereferencing{}, missing
	}
	query := cheqd.QueryResource(l.target.DID.ID, one.ID)
	found, err := ask(l.ctx, l.method, l.target.DID.Namespace, query, cheqd.ParseResource, cheqd.DecodeResource)
	if err != nil {
		return diddoc.Dereferencing{}, err
	}
	if found.Metadata.ID != one.ID || cheqd.Checksum(found.Data) != one.Checksum {
		return diddoc.Dereferencing{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "the ledger's node gave another resource than it lists")
	}
	metadata, err := json.Marshal(l.wire(found.Metadata))
	return diddoc.Dereferencing{
		Kind: diddoc.ToContent, Content: found.Data, ContentType: found.Metadata.MediaType, ContentMetadata: metadata,
	}, err
}
