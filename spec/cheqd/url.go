package cheqd

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

// View is what of a DID a DID URL asks for.
type View int

// The views, by the path or the query that names them: cheqd ADR 001 and 005.
const (
	ViewDocument         View = iota // of VersionID or VersionTime, the newest where neither is set
	ViewVersions                     // /versions
	ViewDocumentMetadata             // /metadata, /version/{v}/metadata
	ViewResource                     // /resources/{id}, ?resourceName=…&resourceType=…
	ViewResourceMetadata             // /resources/{id}/metadata, ?resourceMetadata=true
)

// Target is a DID URL of did:cheqd, read.
type Target struct {
	DID         DID
	View        View
	VersionID   string
	VersionTime time.Time
	Resources   ResourceQuery
	Service     string // DID Resolution: ?service=…&relativeRef=…
	RelativeRef string
	KeyType     string // ?transformKeys=…
	Fragment    string
}

// ResourceQuery picks resources of a DID; what is empty does not count. Time picks those that were there then.
type ResourceQuery struct {
	ID, CollectionID, Name, Type, Version, Checksum string
	Time                                            time.Time
}

// ParseURL reads a DID URL as cheqd's resolver does. It fails with an *Error: CodeDID, or CodeURL for a path or query that
// the method has not.
func ParseURL(text string) (Target, error) {
	u, err := diddoc.ParseURL(text)
	if err != nil {
		return Target{}, &Error{Code: CodeURL, Message: "the text is no DID URL"}
	}
	did, err := ParseDID(u.DID.String())
	if err != nil {
		return Target{}, err
	}
	t := Target{DID: did, Fragment: u.Fragment}
	if err := t.path(u.Path); err != nil {
		return Target{}, err
	}
	if u.Query == "" {
		return t, nil
	}
	if u.Path != "" {
		return Target{}, badURL("a path and a query do not go together")
	}
	err = t.query(u.Query)
	return t, err
}

func badURL(message string) *Error { return &Error{Code: CodeURL, Message: message} }

func (t *Target) path(path string) error {
	if path == "" {
		return nil
	}
	parts := strings.Split(path[1:], "/")
	ends := func(n int) bool { return len(parts) == n+1 && parts[n] == "metadata" }
	switch {
	case len(parts) == 1 && parts[0] == "versions":
		t.View = ViewVersions
		return nil
	case ends(0):
		t.View = ViewDocumentMetadata
		return nil
	case len(parts) < 2 || checkUUID(parts[1]) != nil || len(parts) > 2 && !ends(2):
		return badURL("a path that the method has not")
	}
	id := strings.ToLower(parts[1])
	switch parts[0] {
	case "version":
		t.VersionID = id
		if len(parts) == 3 {
			t.View = ViewDocumentMetadata
		}
	case "resources":
		t.Resources.ID, t.View = id, ViewResource
		if len(parts) == 3 {
			t.View = ViewResourceMetadata
		}
	default:
		return badURL("a path that the method has not")
	}
	return nil
}

func (t *Target) query(text string) error {
	values, err := url.ParseQuery(text)
	if err != nil {
		return badURL("a query that is none")
	}
	resources := 0
	whole := ""
	for name, list := range values {
		if len(list) != 1 || list[0] == "" {
			return badURL("a parameter without one value: " + name)
		}
		fields := map[string]*string{
			"versionId": &t.VersionID, "service": &t.Service, "relativeRef": &t.RelativeRef, "transformKeys": &t.KeyType,
			"resourceId": &t.Resources.ID, "resourceCollectionId": &t.Resources.CollectionID, "resourceName": &t.Resources.Name,
			"resourceType": &t.Resources.Type, "resourceVersion": &t.Resources.Version, "checksum": &t.Resources.Checksum,
			"resourceMetadata": &whole, "metadata": &whole,
		}
		times := map[string]*time.Time{"versionTime": &t.VersionTime, "resourceVersionTime": &t.Resources.Time}
		switch {
		case fields[name] != nil:
			*fields[name] = list[0]
		case times[name] != nil:
			if *times[name], err = parseQueryTime(list[0]); err != nil {
				return err
			}
		default:
			return badURL("a parameter that the method has not")
		}
		if strings.HasPrefix(name, "resource") || name == "checksum" {
			resources++
		}
	}
	return t.settle(values, resources)
}

// settle checks what goes together.
func (t *Target) settle(values url.Values, resources int) error {
	for _, name := range []string{"resourceMetadata", "metadata"} {
		if v := values.Get(name); v != "" && v != "true" && v != "false" {
			return badURL(name + " is true or false")
		}
	}
	t.VersionID, t.Resources.ID = strings.ToLower(t.VersionID), strings.ToLower(t.Resources.ID)
	t.Resources.CollectionID = NormalID(t.Resources.CollectionID)
	switch {
	case t.VersionID != "" && checkUUID(t.VersionID) != nil, t.Resources.ID != "" && checkUUID(t.Resources.ID) != nil:
		return badURL("versionId and resourceId are UUIDs")
	case t.RelativeRef != "" && t.Service == "":
		return badURL("relativeRef wants a service")
	case t.Service != "" && resources > 0:
		return badURL("a service and a resource do not go together")
	case resources == 1 && (t.Resources.CollectionID != "" || t.Resources.Version != "" || !t.Resources.Time.IsZero()):
		return badURL("the parameter picks no resource on its own")
	}
	switch {
	case values.Get("resourceMetadata") == "true":
		t.View = ViewResourceMetadata
	case t.Resources != (ResourceQuery{}):
		t.View = ViewResource
	case values.Get("metadata") == "true":
		t.View = ViewDocumentMetadata
	}
	return nil
}

// parseQueryTime reads XSD dateTimes, which RFC 3339 times are, and dates.
func parseQueryTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), nil
		}
	}
	return time.Time{}, badURL("a time is expected")
}

// Select gives the resources that the query picks, newest first.
func (q ResourceQuery) Select(resources []ResourceMetadata) []ResourceMetadata {
	var picked []ResourceMetadata
	for _, m := range resources {
		fits := true
		for _, pair := range [...][2]string{
			{q.ID, m.ID},
			{q.CollectionID, m.CollectionID},
			{q.Name, m.Name},
			{q.Type, m.Type},
			{q.Version, m.Version},
			{q.Checksum, m.Checksum},
		} {
			fits = fits && (pair[0] == "" || pair[0] == pair[1])
		}
		if fits && (q.Time.IsZero() || !m.Created.After(q.Time)) {
			picked = append(picked, m)
		}
	}
	slices.SortStableFunc(picked, func(a, b ResourceMetadata) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID, a.ID))
	})
	return picked
}

// One gives the newest resource that the query picks. It fails with an *Error: CodeAbsent for none, CodeManifold where they
// are not versions of one resource.
func (q ResourceQuery) One(resources []ResourceMetadata) (ResourceMetadata, error) {
	picked := q.Select(resources)
	if len(picked) == 0 {
		return ResourceMetadata{}, &Error{Code: CodeAbsent, Message: "the DID has no such resource"}
	}
	for _, m := range picked[1:] {
		if m.Name != picked[0].Name || m.Type != picked[0].Type {
			return ResourceMetadata{}, &Error{Code: CodeManifold, Message: "the DID URL picks several resources"}
		}
	}
	return picked[0], nil
}

// VersionAt gives the version of a document that was the newest at a time; false where there was none.
func VersionAt(versions []Metadata, at time.Time) (Metadata, bool) {
	var newest Metadata
	found := false
	for _, m := range versions {
		if when := m.when(); !when.After(at) && (!found || when.After(newest.when())) {
			newest, found = m, true
		}
	}
	return newest, found
}

// when is the time of the version.
func (m Metadata) when() time.Time {
	if m.Updated.IsZero() {
		return m.Created
	}
	return m.Updated
}
