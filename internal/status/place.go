package status

import (
	"net/url"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// place is where the lists of a pool are published beside this server, and how their credentials name them: lists that differ in
// that are different lists. "" is nowhere.
func (k poolKey) place() string {
	if k.publish.Identity == "" {
		return ""
	}
	place := k.kind + "/" + k.publish.Identity
	if k.publish.Named {
		place += "/named"
	}
	return place
}

// resource is the type of the resource that a list is: cheqd Studio's words, by which its readers know what they read.
func (k poolKey) resource() string {
	switch {
	case statuslist.Dialect(k.dialect) == statuslist.BitstringStatusList:
		return statuslist.BitstringCredential
	case k.purpose == vc.Suspension:
		return "StatusList2021Suspension"
	}
	return "StatusList2021Revocation"
}

// url is the DID URL of the newest version of a list: DID-Linked Resources, Dereferencing, by name and type.
func (k poolKey) url(list string) string {
	return k.publish.DID + "?resourceName=" + url.QueryEscape(list) + "&resourceType=" + url.QueryEscape(k.resource())
}

// publication has a new list published at once: credentials are about to name it.
func (k poolKey) publication(list vc.StatusList) vc.Publication {
	return vc.Publication{
		ID: newID(), Scope: list.Scope, Kind: vc.PublishedList, Object: list.ID, Type: k.kind, Publishing: k.publish,
		Name: list.ID, Resource: k.resource(), Job: newID(), DueAt: list.CreatedAt.Truncate(time.Microsecond), Shown: -1, Revision: 1,
		CreatedAt: list.CreatedAt, UpdatedAt: list.CreatedAt,
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }
