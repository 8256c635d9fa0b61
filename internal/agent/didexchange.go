package agent

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// DID Exchange 1.0 and 1.1: Aries RFC 0023.
//
//	invitee: Take ─ ask ──────────> request ──> inviter: look: their DID, our DID, signed by the invited key; act: requested, responded
//	         completed <── response ─ answer ──/
//	         complete ──────────────────────> completed; so does whatever else comes from the peer then

// didExchange is the protocol.
func didExchange() Protocol {
	return Protocol{
		URI: didcomm.DIDExchange11, Roles: []string{"requester", "responder"}, Report: didcomm.TypeDIDProblem,
		Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeDIDRequest}, Need: NeedSender, Look: lookRequest, Act: actRequest},
			{Types: []didcomm.Type{didcomm.TypeDIDResponse}, Need: NeedSender, Look: lookResponse, Act: actResponse, Refused: refusedResponse},
			{Types: []didcomm.Type{didcomm.TypeDIDComplete}, Need: NeedSender, Act: actComplete},
			{Types: []didcomm.Type{didcomm.TypeDIDProblem}, Need: NeedNothing, Act: actHandshakeProblem},
		},
	}
}

// handshakeType is a message type of the protocol that a connection is made by.
func handshakeType(c *Connection, name string) didcomm.Type {
	minor := 1
	if strings.HasSuffix(c.Protocol, "/1.0") {
		minor = 0
	}
	return didcomm.NewType("didexchange", 1, minor, name)
}

// approach is a request that is ready to be sent.
type approach struct {
	who     self
	message *didcomm.DIDRequest
}

// askConnection makes a request for a connection, and signs what is to be signed of it.
func (d *Desk) askConnection(ctx context.Context, scope vc.Scope, c *Connection, how How, goal, goalCode string) (approach, error) {
	settings, at, err := d.placed(ctx, scope, first(how.Mediation, c.Mediation), how.Endpoint)
	if err != nil {
		return approach{}, err
	}
	method := how.UseDIDMethod
	if method == "" && !strings.HasSuffix(c.Protocol, "/1.0") {
		method = methodPeer4
	}
	who, err := d.chosen(ctx, scope, how, settings, at, method)
	if err != nil {
		return approach{}, err
	}
	id, err := newMessageID()
	if err != nil {
		return approach{}, err
	}
	message := &didcomm.DIDRequest{
		Header: didcomm.Header{Type: handshakeType(c, "request"), ID: id, Thread: &didcomm.Thread{ID: id, Parent: c.Said.Parent}},
		Label:  first(how.Label, settings.Label), Goal: goal, GoalCode: goalCode, DID: who.DID,
	}
	if who.Document != nil {
		message.DIDDoc, err = d.signedDocument(ctx, who.Document, who.Verkey, who.Key)
	}
	return approach{who, message}, err
}

// chosen is who we are to be in a handshake: a DID of ours, or one that is made for it.
func (d *Desk) chosen(ctx context.Context, scope vc.Scope, how How, settings vc.AgentSettings, at reach, method string) (self, error) {
	did := how.UseDID
	if how.UsePublicDID {
		if did = settings.PublicDID; did == "" {
			return self{}, vc.Errorf(vc.Invalid, "no-public-did", "there is no public DID")
		}
	}
	if did != "" {
		return d.identitySelf(ctx, scope, did, at)
	}
	return d.newSelf(ctx, scope, method, at)
}

func (d *Desk) signedDocument(ctx context.Context, document []byte, by didcomm.Verkey, key vc.Key) (*didcomm.Attachment, error) {
	id, err := newMessageID()
	if err != nil {
		return nil, err
	}
	attachment := didcomm.DocumentAttachment(id, document)
	err = attachment.Sign(by, d.sign(ctx, key))
	return attachment, err
}

// sendRequest writes a request that was made. The connection is invited, and its row written.
func (t *Turn) sendRequest(c *Connection, a approach) error {
	c.Thread = a.message.ID
	t.speakAs(c, a.who)
	if err := c.Move(vc.Asked, t.Now); err != nil {
		return err
	}
	if err := t.keep(a.who, "connection/"+c.ID); err != nil {
		return err
	}
	if err := t.putConnection(c); err != nil {
		return err
	}
	if err := t.Send(Addressee{Connection: c}, a.message, "connection/"+c.ID); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// speakAs notes who we are in a connection.
func (t *Turn) speakAs(c *Connection, who self) {
	c.Mine, c.Said.MineLong, c.Said.Sender, c.Mediation = who.Short, "", "", who.At.Mediation
	if who.DID != who.Short {
		c.Said.MineLong = who.DID
	}
	if who.owner != "" {
		c.Said.Sender = who.Verkey.String()
	}
}

// hear notes who the peer of a connection is, and with which keys it spoke. Those it may be known by as a sender are indexed by
// putPeerKeys.
func (c *Connection) hear(who theirs, spoke ...didcomm.Verkey) {
	c.Said.Their, c.Said.TheirLong, c.Said.Keys, c.Said.Target = who.DID, who.Long, who.Keys, who.Target
	c.Said.Spoke = slices.DeleteFunc(slices.Clone(spoke), func(key didcomm.Verkey) bool { return !slices.Contains(who.Keys, key) })
}

// actHandshakeProblem ends a handshake that the peer gives up. Who asked us is known by its keys; whom we ask may report by any, and
// whoever knows the thread is the peer.
func actHandshakeProblem(d *Desk, t *Turn, in *Inbound, _ any) error {
	report, ok := in.Message.(*didcomm.ProblemReport)
	if !ok {
		return nil
	}
	c, err := t.handshake(in)
	if c == nil || err != nil || c.State.Final() || c.State == vc.Completed || c.Role == vc.RoleInviter && !c.knows(in.From) {
		return err
	}
	return t.breakConnection(c, problemCode(report))
}

// handshake finds the connection of a message's thread, for update; nil where there is none.
func (t *Turn) handshake(in *Inbound) (*Connection, error) {
	if in.Connection != nil && in.Connection.Thread == in.Thread {
		c, err := t.connectionForUpdate(in.Connection.ID)
		return c, unlessGone(err)
	}
	return nil, nil
}

// problemCode is what a record keeps of a peer's problem: its code, of the alphabet of codes.
func problemCode(report *didcomm.ProblemReport) string {
	code := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.' {
			return r
		}
		return -1
	}, report.Code())
	if len(code) > 64 {
		code = code[:64]
	}
	return first(code, "problem-report")
}
