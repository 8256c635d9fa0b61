package agent

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// What doors are shown, and what notices keep: the record as it was then.

// ConnectionView is a connection as a door shows it.
type ConnectionView struct {
	Connection  vc.Connection
	Alias       string `json:",omitzero"`
	TheirLabel  string `json:",omitzero"`
	Their       string `json:",omitzero"` // their DID, short where it has two forms
	TheirPublic string `json:",omitzero"`
	Deleted     bool   `json:",omitzero"` // it was just deleted, and is as it was before
}

// InvitationView is an invitation as a door shows it. One that is gone, because it has led to a connection, is shown with Deleted.
type InvitationView struct {
	Invitation vc.Invitation
	Message    jsontext.Value   // as it was sent or received
	URL        string           `json:",omitzero"` // of ours
	Alias      string           `json:",omitzero"`
	Service    *didcomm.Service `json:",omitzero"` // theirs, where they are answered without a connection
	Deleted    bool             `json:",omitzero"`
	Trace      bool             `json:",omitzero"`
}

// StaticView is a static connection, and what the other end needs to make its own.
type StaticView struct {
	ConnectionView
	MyDID, MyVerkey, MyEndpoint string
	TheirDID, TheirVerkey       string
}

// MessageView is a message for people, or a ping, that came.
type MessageView struct {
	Connection string
	Message    string // @id
	Thread     string
	Type       string         // without prefix
	Content    string         `json:",omitzero"` // of a basic message
	SentAt     string         `json:",omitzero"` // as the sender wrote it
	Raw        jsontext.Value `json:",omitzero"` // of a problem report
}

// ReuseView is a connection that was taken for another invitation.
type ReuseView struct {
	Connection ConnectionView
	Invitation string // @id of its message
	Thread     string // @id of the reuse
}

// Discovery is what we asked a peer, and what it disclosed.
type Discovery struct {
	ID          string
	Connection  string
	Thread      string
	State       string         // "query-sent", "disclosures-received"
	Queries     jsontext.Value // the message
	Disclosures jsontext.Value `json:",omitzero"` // the message; none yet
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// The topics that are told of connections.
const (
	TopicConnection    = "connection"     // ConnectionView
	TopicInvitation    = "invitation"     // InvitationView
	TopicReuse         = "reuse"          // ReuseView: a peer reuses a connection
	TopicReuseAccepted = "reuse-accepted" // ReuseView: a peer lets us
	TopicPing          = "ping"           // MessageView
	TopicMessage       = "basic-message"  // MessageView
	TopicProblem       = "problem"        // MessageView
	TopicDiscovery     = "discovery"      // Discovery
)

func viewConnection(c *Connection) ConnectionView {
	row := c.Connection
	row.AliasMAC, row.TheirMAC, row.TheirPublicMAC, row.BodyKey, row.Body = nil, nil, nil, nil, nil
	return ConnectionView{Connection: row, Alias: c.Said.Alias, TheirLabel: c.Said.TheirLabel, Their: c.Said.Their, TheirPublic: c.Said.TheirPublic}
}

func viewInvitation(i *Invitation) InvitationView {
	row := i.Invitation
	row.BodyKey, row.Body = nil, nil
	return InvitationView{Invitation: row, Message: i.Said.Message, URL: i.Said.URL, Alias: i.Said.Alias, Service: i.Said.Service, Trace: i.Said.Trace}
}
