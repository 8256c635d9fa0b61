package sdk

import (
	"context"
	"net/url"
	"strconv"
	"time"
)

// Connection is a peer that an agent knows over DIDComm, or is getting to know.
type Connection struct {
	ID             string    `json:"id"`
	Organisation   string    `json:"organisation,omitempty"`
	Role           string    `json:"role"`  // inviter, invitee: which end we are
	State          string    `json:"state"` // invited, requested, responded, completed, failed, ended
	Mode           string    `json:"mode"`  // once, multi, static
	Protocol       string    `json:"protocol,omitempty"`
	Alias          string    `json:"alias,omitempty"` // what the peer is called here
	Label          string    `json:"label,omitempty"` // what it calls itself
	MyDID          string    `json:"myDid,omitempty"`
	TheirDID       string    `json:"theirDid,omitempty"`
	TheirPublicDID string    `json:"theirPublicDid,omitempty"`
	Error          string    `json:"error,omitempty"` // a code
	CreatedAt      time.Time `json:"createdAt"`
	UpdatedAt      time.Time `json:"updatedAt"`
}

// Letter is a DIDComm message on its way. What is in it is not shown.
type Letter struct {
	ID           string    `json:"id"`
	Organisation string    `json:"organisation,omitempty"`
	Way          string    `json:"way"`   // out, in, relay
	State        string    `json:"state"` // waiting, held, sent, dead
	Connection   string    `json:"connection,omitempty"`
	Type         string    `json:"type,omitempty"` // of the message: "issue-credential/2.0/offer-credential"
	Message      string    `json:"message,omitempty"`
	Thread       string    `json:"thread,omitempty"`
	Subject      string    `json:"subject,omitempty"` // what it belongs to: "exchange/<id>"
	Attempts     int       `json:"attempts"`
	Failure      string    `json:"failure,omitempty"` // of the last attempt, a code
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
}

// ConnectionQuery narrows a list of connections.
type ConnectionQuery struct {
	State  string
	Cursor string
	Limit  int // 0: 50; at most 1000
}

// LetterQuery narrows a list of letters.
type LetterQuery struct {
	State      string
	Way        string
	Connection string // id
	Cursor     string
	Limit      int // 0: 50; at most 1000
}

// ListConnections lists connections, newest first.
func (c *Client) ListConnections(ctx context.Context, q ConnectionQuery) (List[Connection], error) {
	return read[List[Connection]](ctx, c, "/connections", paged(q.Cursor, q.Limit, "state", q.State))
}

// GetConnection gives a connection.
func (c *Client) GetConnection(ctx context.Context, id string) (Connection, error) {
	return read[Connection](ctx, c, "/connections/"+escape(id), nil)
}

// ListLetters lists messages on their way, newest first; one that was sent is there for a day.
func (c *Client) ListLetters(ctx context.Context, q LetterQuery) (List[Letter], error) {
	return read[List[Letter]](ctx, c, "/letters", paged(q.Cursor, q.Limit, "state", q.State, "way", q.Way, "connection", q.Connection))
}

// ReviveLetter sends a dead message again, before what waits behind it.
func (c *Client) ReviveLetter(ctx context.Context, id string) (Letter, error) {
	return write[Letter](ctx, c, "/letters/"+escape(id)+"/revive", nil)
}

// paged is the query of a page, narrowed by names and values.
func paged(cursor string, limit int, narrowed ...string) url.Values {
	v := url.Values{}
	for i := 0; i+1 < len(narrowed); i += 2 {
		set(v, narrowed[i], narrowed[i+1])
	}
	set(v, "cursor", cursor)
	if limit > 0 {
		v.Set("limit", strconv.Itoa(limit))
	}
	return v
}
