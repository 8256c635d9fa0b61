package agent

import (
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Requests that go along with an invitation: Aries RFC 0434, "requests~attach".
//
//	ours:   a record that was made without a connection ── attach ──> its message, in the thread of the invitation
//	        its connection comes to be ── joined ──> its channel
//	theirs: its connection comes to be, or there is to be none ── begin ──> an inbound letter for each

// attach puts the message of a record along with an invitation. Invalid "attachment-not-found", "attachment-state".
func (t *Turn) attach(what Attached, invitation *Invitation, alone bool) (didcomm.Attachment, error) {
	channel := ""
	if alone {
		channel = aloneChannel(invitation.ID)
	}
	var raw []byte
	var err error
	switch what.Kind {
	case "credential-offer":
		invitation.Subject = "exchange/" + what.ID
		raw, invitation.Thread, err = t.attachExchange(what.ID, invitation, channel)
	case "present-proof":
		invitation.Subject = "proof/" + what.ID
		raw, invitation.Thread, err = t.attachProof(what.ID, invitation, channel)
	default:
		err = vc.Errorf(vc.Invalid, "attachment-kind", "credential-offer and present-proof are attached")
	}
	if vc.KindOf(err) == vc.NotFound && err != nil {
		err = vc.Errorf(vc.Invalid, "attachment-not-found", "there is no such record").Because(err)
	}
	return didcomm.JSONAttachment("request-0", raw), err
}

// attachExchange gives the offer of an exchange that has no channel yet, in the invitation's thread.
func (t *Turn) attachExchange(id string, invitation *Invitation, channel string) (raw []byte, thread string, err error) {
	x, err := t.exchangeForUpdate(id)
	if err != nil {
		return nil, "", err
	}
	if x.State != vc.Offered || x.Role != vc.RoleIssuer || x.Channel != "" || len(x.said.Offer) == 0 || x.flags.Invitation != "" {
		return nil, "", errAttachmentState()
	}
	if raw, err = underParent(x.said.Offer, invitation.MessageID); err != nil {
		return nil, "", err
	}
	x.said.Offer, x.Channel, x.flags.Parent, x.flags.Invitation = raw, channel, invitation.MessageID, invitation.ID
	x.Touch(t.Now)
	row, err := t.sealedExchange(x)
	if err != nil {
		return nil, "", err
	}
	return raw, x.Thread, t.Rows.MoveExchange(row)
}

func errAttachmentState() error {
	return vc.Errorf(vc.Invalid, "attachment-state", "the record is not one to be attached: it was sent already, or asks for nothing")
}

// underParent puts a message under a parent thread.
func underParent(raw []byte, parent string) ([]byte, error) {
	message, err := didcomm.Decode(raw)
	if err != nil {
		return nil, err
	}
	head := message.Head()
	if head.Thread == nil {
		head.Thread = &didcomm.Thread{}
	}
	head.Thread.Parent = parent
	return encoded(message)
}

const alonePrefix = "oob/"

// aloneChannel is the channel of what goes on without a connection.
func aloneChannel(invitation string) string { return alonePrefix + invitation }

// joined gives the record that went along with an invitation its connection. It is refused to who has begun something of its own in
// that thread there: a thread leads to one record on a channel.
func (t *Turn) joined(invitation *Invitation, c *Connection) error {
	noun, id, _ := strings.Cut(invitation.Subject, "/")
	switch noun {
	case "exchange":
		x, err := t.exchangeForUpdate(id)
		if err != nil || !invitation.keeps(x.Channel) {
			return unlessGone(err)
		}
		if _, err := t.Rows.ExchangeByThread(x.Role, Door, c.ID, x.Thread); vc.KindOf(err) != vc.NotFound {
			return threadTaken(err)
		}
		x.Channel = c.ID
		x.Touch(t.Now)
		row, err := t.sealedExchange(x)
		if err != nil {
			return err
		}
		return t.Rows.MoveExchange(row)
	case "proof":
		p, err := t.proofForUpdate(id)
		if err != nil || !invitation.keeps(p.Channel) {
			return unlessGone(err)
		}
		if _, err := t.Rows.ProofByThread(p.Role, Door, c.ID, p.Thread); vc.KindOf(err) != vc.NotFound {
			return threadTaken(err)
		}
		p.Channel = c.ID
		p.Touch(t.Now)
		return t.putProof(p)
	}
	return nil
}

// threadTaken refuses a thread that was found; nothing was where there is an error.
func threadTaken(err error) error {
	if err != nil {
		return err
	}
	return refuse(problemNoConnection, "the peer has begun something in the thread of what came along with the invitation")
}

// keeps says whether a channel is that of a record which waits for who answers an invitation.
func (i *Invitation) keeps(channel string) bool {
	return channel == "" || channel == aloneChannel(i.ID)
}

// unlessGone is an error, but for what is no more.
func unlessGone(err error) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return nil
	}
	return err
}

// beginnings are the messages beside an invitation that are taken up. An invitation is not signed, and anybody may have put another
// message into it: those that begin something are answered to who really invited, who knows what it has sent. What says something of
// the connection itself (another DID, its end, a mediation) or to people would be believed.
func beginnings(invitation *didcomm.Invitation) ([]didcomm.Message, error) {
	requests, err := invitation.RequestMessages()
	return slices.DeleteFunc(requests, func(m didcomm.Message) bool {
		switch m.(type) {
		case *didcomm.OfferCredential, *didcomm.RequestPresentation:
			return false
		}
		return true
	}), err
}

// begin hands the requests of an invitation that we took to their protocols, each as a message that has come: from is whose key it
// would be sent with, to the key of ours.
func (t *Turn) begin(invitation *Invitation, c *Connection, from, to string) error {
	message, err := didcomm.Decode(invitation.Said.Message)
	if err != nil {
		return err
	}
	taken, ok := message.(*didcomm.Invitation)
	if !ok {
		return nil
	}
	requests, err := beginnings(taken)
	if err != nil {
		return err
	}
	for _, request := range requests {
		raw, err := didcomm.Encode(request)
		if err != nil {
			return err
		}
		letter := vc.Letter{
			Way: vc.WayIn, Invitation: invitation.ID, Thread: request.Head().ThreadID(), Type: typeName(request.Head().Type), Message: request.Head().ID,
			State: vc.LetterWaiting,
		}
		if c != nil {
			letter.Connection, letter.Invitation = c.ID, ""
		}
		if _, err := t.post(letter, letterBody{Message: raw, From: from, To: to}); err != nil {
			return err
		}
	}
	return nil
}

// addressee finds who an exchange's letters are for by its channel: a connection, or the other end of an invitation without one.
// NotFound "connection-not-found", "invitation-not-found"; Denied "connection-not-ready".
func (t *Turn) addressee(d *Desk, channel string) (Addressee, error) {
	id, alone := strings.CutPrefix(channel, alonePrefix)
	if !alone {
		c, err := t.connection(id)
		if err != nil {
			return Addressee{}, err
		}
		return Addressee{Connection: c}, c.ready()
	}
	i, err := t.invitation(id)
	if err != nil {
		return Addressee{}, err
	}
	settings, err := d.settings(t)
	if err != nil {
		return Addressee{}, err
	}
	at, err := t.reach(d, settings, "")
	if err != nil {
		return Addressee{}, err
	}
	if len(i.Said.Target.Recipients) == 0 {
		return Addressee{}, vc.Errorf(vc.Denied, "connection-not-ready", "nobody has answered the invitation yet")
	}
	return Addressee{Invitation: i.ID, Target: i.Said.Target, From: i.Key, Service: at.service(i.Key)}, nil
}

// attachProof gives the request of a proof that has no channel yet, in the invitation's thread.
func (t *Turn) attachProof(id string, invitation *Invitation, channel string) (raw []byte, thread string, err error) {
	p, err := t.proofForUpdate(id)
	if err != nil {
		return nil, "", err
	}
	if p.State != vc.ProofAsked || p.Role != vc.RoleVerifier || p.Channel != "" || len(p.said.Request) == 0 || p.flags.Invitation != "" {
		return nil, "", errAttachmentState()
	}
	if raw, err = underParent(p.said.Request, invitation.MessageID); err != nil {
		return nil, "", err
	}
	p.said.Request, p.Channel, p.flags.Parent, p.flags.Invitation = raw, channel, invitation.MessageID, invitation.ID
	p.Touch(t.Now)
	return raw, p.Thread, t.putProof(p)
}
