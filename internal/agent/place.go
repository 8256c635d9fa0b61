package agent

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// inbound reads a message and finds out whose it is.
func (d *Desk) inbound(ctx context.Context, recipient vc.Recipient, raw []byte, from didcomm.Verkey, request string) (*Inbound, keys.TenantVault, error) {
	message, err := didcomm.Decode(raw)
	if err != nil {
		return nil, nil, malformed("message-malformed", err)
	}
	vault, err := d.tenant(ctx, recipient.Scope)
	if err != nil {
		return nil, nil, err
	}
	in := &Inbound{
		Message: message, Raw: raw, Thread: message.Head().ThreadID(), Parent: message.Head().ParentThreadID(), Recipient: recipient, From: from,
		By: vc.Caller{Scope: recipient.Scope, Principal: peerPrincipal, Door: Door, Request: request},
	}
	in.Type, _ = message.Head().Type.Parse()
	err = d.Rows.View(ctx, recipient.Scope, func(rows Rows) error {
		t := &Turn{Rows: rows, By: in.By, Now: d.now(), Vault: vault}
		if in.Settings, err = d.settings(t); err != nil {
			return err
		}
		return t.place(in)
	})
	return in, vault, err
}

// place finds connection and invitation of a message.
func (t *Turn) place(in *Inbound) (err error) {
	noun, id, _ := strings.Cut(in.Recipient.Owner, "/")
	switch noun {
	case "connection":
		if in.Connection, err = t.connection(id); err != nil {
			return err
		}
		in.Known = in.Connection.knows(in.From) || in.Connection.knew(in.From, t.Now)
	case "invitation":
		in.Invitation, err = t.invitation(id)
		if unlessGone(err) != nil {
			return err
		}
	}
	if err := t.placeParent(in); err != nil {
		return err
	}
	if err := t.placeHandshake(in); err != nil || in.Connection != nil || in.From.IsZero() {
		return err
	}
	return t.placePeer(in)
}

// placePeer finds the connection of who spoke to a key of ours that is of no connection: the newest that it speaks on. Others may
// list its key as theirs.
func (t *Turn) placePeer(in *Inbound) error {
	ids, err := t.Rows.ConnectionsOfPeer(t.Vault.MAC(peerKeyUse, in.From[:]))
	if err != nil {
		return err
	}
	best := -1
	for _, id := range ids {
		c, err := t.connection(id)
		if err != nil {
			return err
		}
		worth := 0
		if slices.Contains(c.Said.Spoke, in.From) {
			worth++
		}
		if c.State == vc.Answered || c.State == vc.Completed {
			worth += 2
		}
		if worth > best {
			best, in.Connection, in.Known = worth, c, true
		}
		if best == 3 {
			break
		}
	}
	return nil
}

// placeParent finds the invitation of a message's parent thread: of ours, but for who took one.
func (t *Turn) placeParent(in *Inbound) error {
	if in.Invitation != nil || in.Parent == "" {
		return nil
	}
	ours := in.Connection == nil || in.Connection.Role == vc.RoleInviter
	for _, sender := range []bool{ours, !ours} {
		i, err := t.Rows.InvitationByMessage(in.Parent, sender)
		if err == nil {
			in.Invitation, err = t.openedInvitation(i)
			return err
		}
		if vc.KindOf(err) != vc.NotFound {
			return err
		}
	}
	return nil
}

// placeHandshake finds the connection of a handshake's thread, where our key is not the connection's own: a public DID's.
func (t *Turn) placeHandshake(in *Inbound) error {
	handshake := in.Type.Protocol == "didexchange" || in.Type.Protocol == "connections"
	if in.Connection != nil || !handshake || in.Message.Head().Thread == nil || in.Type.Name == "request" {
		return nil
	}
	for _, role := range []vc.ConnectionRole{vc.RoleInvitee, vc.RoleInviter} {
		found, err := t.Rows.Connections(vc.ConnectionQuery{Role: role, Thread: in.Thread})
		if err != nil {
			return err
		}
		for _, row := range found {
			c, err := t.opened(row)
			if err != nil {
				return err
			}
			if c.Said.Sender != in.Recipient.Verkey && c.InvitationKey != in.Recipient.Verkey {
				continue
			}
			in.Connection, in.Known = c, c.knows(in.From)
			return nil
		}
	}
	return nil
}

func (c *Connection) knows(key didcomm.Verkey) bool {
	for _, one := range c.Said.Keys {
		if one == key && !key.IsZero() {
			return true
		}
	}
	return false
}

// knew says whether a key was the peer's until a while ago.
func (c *Connection) knew(key didcomm.Verkey, now time.Time) bool {
	former := c.Said.Former
	return former != nil && !key.IsZero() && now.Before(former.Until) && slices.Contains(former.Keys, key)
}

// afresh is a message with what is around it as that is now.
func (d *Desk) afresh(ctx context.Context, vault keys.TenantVault, was *Inbound) (*Inbound, error) {
	in := *was
	in.Connection, in.Invitation, in.Known = nil, nil, false
	err := d.Rows.View(ctx, in.By.Scope, func(rows Rows) (err error) {
		t := &Turn{Rows: rows, By: in.By, Now: d.now(), Vault: vault}
		if in.Settings, err = d.settings(t); err != nil {
			return err
		}
		return t.place(&in)
	})
	return &in, err
}

// satisfies says whether enough is known of who sent a message.
func (in *Inbound) satisfies(need Need) error {
	ok := need == NeedNothing || !in.From.IsZero()
	switch need {
	case NeedKnown:
		ok = ok && in.connected()
	case NeedPeer:
		ok = ok && (in.connected() || in.Invitation != nil && in.Invitation.mayAnswer(in.From, in.Recipient.Verkey))
	}
	if !ok {
		return vc.Errorf(vc.Denied, "sender-unknown", "no message of this type is taken from this sender")
	}
	return nil
}

// connected says whether a message is of a peer with whom there is a connection: for the inviter, since its response.
func (in *Inbound) connected() bool {
	return in.Known && (in.Connection.State == vc.Completed || in.Connection.State == vc.Answered)
}

// lane is what messages of one peer go through one after the other in this server, so that nothing is signed twice for nothing.
// That they are handled once is the rows' doing.
func (in *Inbound) lane() string {
	if in.Connection != nil {
		return "connection/" + in.Connection.ID
	}
	return "thread/" + in.By.Scope.Tenant + "/" + in.From.String() + "/" + in.Thread
}
