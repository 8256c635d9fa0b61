package agent

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Connection is a connection with what its body says.
type Connection struct {
	vc.Connection
	Said ConnectionSaid
}

// ConnectionSaid is what a connection keeps sealed.
type ConnectionSaid struct {
	Alias       string           `json:"alias,omitempty"`
	TheirLabel  string           `json:"label,omitempty"`
	Their       string           `json:"did,omitempty"`     // short where it has two forms
	TheirLong   string           `json:"didLong,omitempty"` // "" where it has one
	TheirPublic string           `json:"public,omitempty"`
	MineLong    string           `json:"mine,omitempty"`
	OurLabel    string           `json:"ours,omitempty"`
	Goal        string           `json:"goal,omitempty"`
	GoalCode    string           `json:"goalCode,omitempty"`
	Target      didcomm.Target   `json:"target,omitzero"`
	Keys        []didcomm.Verkey `json:"keys,omitempty"`  // theirs
	Spoke       []didcomm.Verkey `json:"spoke,omitempty"` // of Keys, those that messages came from: others it lists
	Rotating    *Rotating        `json:"rotating,omitempty"`
	Former      *Former          `json:"former,omitempty"`
	Sender      string           `json:"sender,omitempty"` // our verkey that letters are from; "": the newest of the connection's
	Parent      string           `json:"parent,omitempty"` // thread of the handshake's: an invitation, or a DID
}

// Rotating is a change of our DID that the peer has not acknowledged.
type Rotating struct {
	Thread string `json:"thread"`
	Mine   string `json:"mine"`
	Long   string `json:"long,omitempty"`
	Key    string `json:"key"`             // verkey
	Owned  bool   `json:"owned,omitempty"` // the key is an identity's
}

// Former are the keys of the DID that a peer had before.
type Former struct {
	Keys  []didcomm.Verkey `json:"keys"`
	Until time.Time        `json:"until"`
}

// Invitation is an invitation with what its body says.
type Invitation struct {
	vc.Invitation
	Said InvitationSaid
}

// InvitationSaid is what an invitation keeps sealed.
type InvitationSaid struct {
	Message  jsontext.Value            `json:"message"` // as it was sent or received
	URL      string                    `json:"url,omitempty"`
	Alias    string                    `json:"alias,omitempty"`
	Metadata map[string]jsontext.Value `json:"metadata,omitempty"`
	Service  *didcomm.Service          `json:"service,omitempty"` // theirs, as an answer's ~service says it
	Target   didcomm.Target            `json:"target,omitzero"`   // where it leads
	Auto     *bool                     `json:"auto,omitempty"`
	UseDID   string                    `json:"useDid,omitempty"`
	Method   string                    `json:"method,omitempty"` // of our DID: "did:peer:4"
	Public   bool                      `json:"public,omitempty"`
	Label    string                    `json:"label,omitempty"`
	Trace    bool                      `json:"trace,omitempty"`
}

const (
	connectionLabel = "connection v1 "
	invitationLabel = "invitation v1 "
	noticeLabel     = "notice v1 "
)

func (t *Turn) opened(c vc.Connection) (*Connection, error) {
	opened := &Connection{Connection: c}
	err := unseal(t.Vault, connectionLabel+c.ID, c.BodyKey, c.Body, &opened.Said)
	opened.BodyKey, opened.Body = nil, nil
	return opened, err
}

// connection gives a connection; NotFound "connection-not-found".
func (t *Turn) connection(id string) (*Connection, error) {
	c, err := t.Rows.Connection(id)
	if err != nil {
		return nil, missing(err, "connection")
	}
	return t.opened(c)
}

// connectionForUpdate is connection, and keeps others off.
func (t *Turn) connectionForUpdate(id string) (*Connection, error) {
	c, err := t.Rows.ConnectionForUpdate(id)
	if err != nil {
		return nil, missing(err, "connection")
	}
	return t.opened(c)
}

// sealedConnection is the row of a connection, with the digests by which it is found.
func (t *Turn) sealedConnection(c *Connection) (row vc.Connection, err error) {
	row = c.Connection
	row.AliasMAC = digest(t.Vault, aliasUse, c.Said.Alias)
	row.TheirMAC = digest(t.Vault, peerDIDUse, c.Said.Their)
	row.TheirPublicMAC = digest(t.Vault, peerDIDUse, c.Said.TheirPublic)
	row.BodyKey, row.Body, err = seal(t.Vault, connectionLabel+row.ID, c.Said)
	return row, err
}

// insertConnection writes a new connection; it gives it id, scope and times where it has none.
func (t *Turn) insertConnection(c *Connection) error {
	if c.ID == "" {
		c.ID = newID()
	}
	c.Scope, c.CreatedAt, c.UpdatedAt, c.Revision = t.By.Scope, t.Now, t.Now, 1
	row, err := t.sealedConnection(c)
	if err != nil {
		return err
	}
	return t.Rows.InsertConnection(row)
}

// putConnection writes a connection that was moved or touched once since it was read.
func (t *Turn) putConnection(c *Connection) error {
	row, err := t.sealedConnection(c)
	if err != nil {
		return err
	}
	return t.Rows.UpdateConnection(row)
}

// putPeerKeys writes the keys by which a connection's messages are known where our own key does not tell. A key that the peer lists
// and has not spoken with may be somebody else's: where another connection has it, it stays that one's.
func (t *Turn) putPeerKeys(c *Connection) error {
	macs := make([][]byte, 0, len(c.Said.Keys))
	for _, key := range c.Said.Keys {
		mac := t.Vault.MAC(peerKeyUse, key[:])
		if !slices.Contains(c.Said.Spoke, key) {
			others, err := t.Rows.ConnectionsOfPeer(mac)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(others, func(id string) bool { return id != c.ID }) {
				continue
			}
		}
		macs = append(macs, mac)
	}
	return t.Rows.PutPeerKeys(c.ID, macs)
}

func (t *Turn) openedInvitation(i vc.Invitation) (*Invitation, error) {
	opened := &Invitation{Invitation: i}
	err := unseal(t.Vault, invitationLabel+i.ID, i.BodyKey, i.Body, &opened.Said)
	opened.BodyKey, opened.Body = nil, nil
	return opened, err
}

// invitation gives an invitation; NotFound "invitation-not-found".
func (t *Turn) invitation(id string) (*Invitation, error) {
	i, err := t.Rows.Invitation(id)
	if err != nil {
		return nil, missing(err, "invitation")
	}
	return t.openedInvitation(i)
}

// invitationForUpdate is invitation, and keeps others off.
func (t *Turn) invitationForUpdate(id string) (*Invitation, error) {
	i, err := t.Rows.InvitationForUpdate(id)
	if err != nil {
		return nil, missing(err, "invitation")
	}
	return t.openedInvitation(i)
}

// insertInvitation writes a new invitation; it gives it id, scope and times where it has none.
func (t *Turn) insertInvitation(i *Invitation) (err error) {
	if i.ID == "" {
		i.ID = newID()
	}
	i.Scope, i.CreatedAt, i.UpdatedAt, i.Revision = t.By.Scope, t.Now, t.Now, 1
	row := i.Invitation
	if row.BodyKey, row.Body, err = seal(t.Vault, invitationLabel+row.ID, i.Said); err != nil {
		return err
	}
	return t.Rows.InsertInvitation(row)
}

// putInvitation writes an invitation that was moved or touched once since it was read.
func (t *Turn) putInvitation(i *Invitation) (err error) {
	row := i.Invitation
	if row.BodyKey, row.Body, err = seal(t.Vault, invitationLabel+row.ID, i.Said); err != nil {
		return err
	}
	return t.Rows.UpdateInvitation(row)
}

// missing names what was not found.
func missing(err error, noun string) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, noun+"-not-found", "there is no such %s", noun).Because(err)
	}
	return err
}
