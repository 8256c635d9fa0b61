package vc

import "time"

// Publishing says that what belongs to a credential type is published on a ledger too: the JSON schema of each of its versions,
// once, and its status lists, with a new version of the resource for each publication. The zero value: nowhere.
type Publishing struct {
	Identity string        // id of the identity in whose collection of resources they are; "": nowhere
	DID      string        // its DID
	Interval time.Duration // status changes that come in one share a publication
	Ceiling  string        // CHEQ that a publication may cost at most, "12.5"; "": as much as any transaction
	// Named has credentials name what is on the ledger, by its DID URL; otherwise they name this server.
	Named bool
}

// PublicationKind is what is published.
type PublicationKind string

// The kinds.
const (
	PublishedList   PublicationKind = "status-list"
	PublishedSchema PublicationKind = "schema"
)

// JobPublish is the kind of the jobs that publish. Their payload is the publication's id.
const JobPublish = "publication"

// Publication is a resource that a credential type has on a ledger, and how far it is. Job is the one job that is to look after
// it; "" where there is nothing to do. Sent and Shown count the changes of a status list.
type Publication struct {
	ID          string
	Scope       Scope
	Kind        PublicationKind
	Object      string // id of the status list, or of the schema
	Version     int    // of the schema; 0 of a list
	Type        string // id of the credential type
	Publishing         // as the type says; of a type that publishes no more, as it said last
	Name        string // of the resource
	Resource    string // its type
	Job         string
	DueAt       time.Time // when the job runs
	Transaction string    // under way; ""
	Sent        int64     // changes that the transaction shows
	Shown       int64     // changes that the ledger's newest version shows; -1: it has none
	URL         string    // DID URL of that version; "" where there is none
	Failures    int       // since the last that went well
	Code        string    // of the last failure, as Error; "" where there is none since then
	Error       string
	Revision    int // grows with each change
	CreatedAt   time.Time
	UpdatedAt   time.Time
	PublishedAt time.Time // when the ledger had the newest version
}

// State is the publication in a word: "waiting", "sending", "published" or "failing".
func (p Publication) State() string {
	switch {
	case p.Code != "":
		return "failing"
	case p.Transaction != "":
		return "sending"
	case p.Job != "":
		return "waiting"
	}
	return "published"
}
