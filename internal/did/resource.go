package did

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// LinkedResource is a file on a ledger that belongs to a DID: a schema, a status list. It is public and there for ever; what takes its
// place has its name and type, and another version.
type LinkedResource struct {
	URL       string // DID URL; "" before it is there
	Name      string
	Type      string // "JsonSchema", "BitstringStatusListCredential"
	Version   string // in its author's words; may be ""
	Data      []byte
	MediaType string // as the ledger sees it
	Created   time.Time
	Previous  string // DID URLs of the versions before and after; "": none
	Next      string
}

// ResourceQuery picks one resource of a DID: by its id, else by name and type, the newest, or the newest of a time.
type ResourceQuery struct {
	DID, ID, Name, Type, Version string
	Time                         time.Time
}

// Library is a method whose DIDs have resources.
type Library interface {
	Recorder
	// RecordResource gives the message that stores a resource, as [Recorder] gives that of a document. Invalid
	// "resource-not-on-ledger" for what the ledger is known to refuse.
	RecordResource(owner vc.Identity, resource LinkedResource) (Recording, error)
	// Resource fetches one. NotFound "notFound"; Invalid "resource-ambiguous" where the query picks several that are not
	// versions of one; Unavailable "internalError".
	Resource(ctx context.Context, query ResourceQuery) (LinkedResource, error)
}
