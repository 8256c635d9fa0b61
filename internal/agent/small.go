package agent

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Protocols of a message or two: trust ping (RFC 0048), basic message (RFC 0095), problem reports (RFC 0035) and acks (RFC 0015) that
// are of no protocol.

// maxText bounds a basic message.
const maxText = 64 << 10

func smallProtocols() []Protocol {
	return []Protocol{
		{
			URI: didcomm.TypePing.ProtocolURI(), Roles: []string{"sender", "receiver"},
			Handlers: []Handler{
				{Types: []didcomm.Type{didcomm.TypePing}, Need: NeedKnown, Look: lookPing, Act: actPing},
				{Types: []didcomm.Type{didcomm.TypePingResponse}, Need: NeedKnown, Act: tellMessage(TopicPing, "didcomm.ping")},
			},
		},
		{
			URI: didcomm.TypeBasicMessage.ProtocolURI(), Roles: []string{"sender", "receiver"},
			Handlers: []Handler{{Types: []didcomm.Type{didcomm.TypeBasicMessage}, Need: NeedKnown, Look: lookMessage, Act: actMessage}},
		},
		{
			URI: didcomm.TypeProblemReport.ProtocolURI(), Roles: []string{"notifier", "notified"},
			Handlers: []Handler{{Types: []didcomm.Type{didcomm.TypeProblemReport}, Need: NeedPeer, Look: lookThread("problem-report"), Act: actThread(TopicProblem, "didcomm.problem")}},
		},
		{
			URI: didcomm.TypeAck.ProtocolURI(), Roles: []string{"sender", "receiver"},
			Handlers: []Handler{
				{Types: []didcomm.Type{didcomm.TypeAck}, Need: NeedPeer, Look: lookThread("ack"), Act: actThread("", "didcomm.message")},
				{Types: []didcomm.Type{didcomm.TypeNotificationProblem}, Need: NeedPeer, Look: lookThread("problem-report"), Act: actThread(TopicProblem, "didcomm.problem")},
			},
		},
	}
}

// newPing makes a ping that wants an answer.
func newPing(comment string) (*didcomm.Ping, error) {
	id, err := newMessageID()
	wanted := true
	return &didcomm.Ping{Header: didcomm.Header{Type: didcomm.TypePing, ID: id}, Comment: comment, ResponseRequested: &wanted}, err
}

// Ping asks whether a peer is there, and gives the thread of its answer. NotFound "connection-not-found", Denied "connection-not-ready".
func (d *Desk) Ping(ctx context.Context, by vc.Caller, id, comment string) (thread string, err error) {
	ping, err := newPing(comment)
	if err != nil {
		return "", err
	}
	return ping.ID, d.write(ctx, by, id, ping)
}

// Say sends a line of text to the people of a peer. Errors are those of Ping, and Invalid "message-too-large".
func (d *Desk) Say(ctx context.Context, by vc.Caller, id, content string) error {
	if len(content) > maxText {
		return vc.Errorf(vc.Invalid, "message-too-large", "a message has at most %d bytes", maxText).At("/content")
	}
	message, err := newMessageID()
	if err != nil {
		return err
	}
	return d.write(ctx, by, id, &didcomm.BasicMessage{
		Header: didcomm.Header{Type: didcomm.TypeBasicMessage, ID: message}, Content: content, SentTime: didcomm.FormatTime(d.now()),
	})
}

// write sends a message to a peer.
func (d *Desk) write(ctx context.Context, by vc.Caller, id string, message didcomm.Message) error {
	return d.act(ctx, by, func(t *Turn) error {
		c, err := t.connection(id)
		if err != nil {
			return err
		}
		if err := c.ready(); err != nil {
			return err
		}
		return t.Send(Addressee{Connection: c}, message, "")
	})
}

func lookPing(_ context.Context, _ *Desk, in *Inbound) (any, error) {
	ping, ok := in.Message.(*didcomm.Ping)
	if !ok || !ping.WantsResponse() {
		return nil, nil
	}
	id, err := newMessageID()
	return &didcomm.PingResponse{Header: ping.Reply(ping.Type.Answer("ping_response", 0), id)}, err
}

func actPing(d *Desk, t *Turn, in *Inbound, looked any) error {
	if response, ok := looked.(*didcomm.PingResponse); ok {
		if err := t.Send(Addressee{Connection: in.Connection}, response, ""); err != nil {
			return err
		}
	}
	return tellMessage(TopicPing, "didcomm.ping")(d, t, in, nil)
}

// lookMessage draws the id of a receipt where one is asked for: RFC 0317.
func lookMessage(_ context.Context, _ *Desk, in *Inbound) (any, error) {
	if message, ok := in.Message.(*didcomm.BasicMessage); !ok || len(message.Content) > maxText {
		return nil, refuse("message-too-large", "the message is too large")
	}
	please := in.Message.Head().PleaseAck
	if please == nil || len(please.On) > 0 && !slices.Contains(please.On, didcomm.AckReceipt) {
		return nil, nil
	}
	id, err := newMessageID()
	return &didcomm.Ack{Header: in.Message.Head().Reply(didcomm.TypeAck, id), Status: didcomm.AckOK}, err
}

func actMessage(d *Desk, t *Turn, in *Inbound, looked any) error {
	if ack, ok := looked.(*didcomm.Ack); ok {
		if err := t.Send(Addressee{Connection: in.Connection}, ack, ""); err != nil {
			return err
		}
	}
	return tellMessage(TopicMessage, "didcomm.message")(d, t, in, nil)
}

// tellMessage tells of a message, and does nothing else.
func tellMessage(topic, action string) func(*Desk, *Turn, *Inbound, any) error {
	return func(_ *Desk, t *Turn, in *Inbound, _ any) error {
		view := MessageView{Message: in.Message.Head().ID, Thread: in.Thread, Type: typeName(in.Message.Head().Type)}
		if in.Connection != nil {
			view.Connection = in.Connection.ID
		}
		switch message := in.Message.(type) {
		case *didcomm.BasicMessage:
			view.Content, view.SentAt = message.Content, message.SentTime
		case *didcomm.ProblemReport:
			view.Raw = in.Raw
		}
		return t.Tell(topic, action, "message", subjectOf(view.Message), view)
	}
}

// subjectOf names a peer's message in the journal: by its id where that is a UUID, else by one that follows from it. What peers call
// their messages may be anything, and the journal is kept.
func subjectOf(id string) string {
	if parsed, err := uuid.Parse(id); err == nil {
		return parsed.String()
	}
	return uuid.NewSHA1(uuid.NameSpaceOID, []byte(id)).String()
}

// threaded is a message of no protocol, with what its thread's own makes of it.
type threaded struct {
	handler *Handler
	looked  any
}

// lookThread finds the protocol whose thread a message of no protocol is of, and has that look at it.
func lookThread(name string) func(context.Context, *Desk, *Inbound) (any, error) {
	return func(ctx context.Context, d *Desk, in *Inbound) (any, error) {
		var protocol string
		err := d.view(ctx, in.By.Scope, func(t *Turn) (err error) {
			protocol, err = t.protocolOf(in)
			return err
		})
		if protocol == "" || err != nil {
			return nil, err
		}
		found, ok := d.handlerOf(didcomm.TypeParts{Protocol: protocol, Major: 2, Name: name})
		if !ok {
			return nil, nil
		}
		own := threaded{handler: found.handler}
		if own.handler.Look != nil {
			own.looked, err = own.handler.Look(ctx, d, in)
		}
		return own, err
	}
}

// protocolOf says of which protocol the thread of a message is; "" where of none that has records.
func (t *Turn) protocolOf(in *Inbound) (string, error) {
	for _, role := range []vc.ExchangeRole{vc.RoleIssuer, vc.RoleHolder} {
		if _, err := t.Rows.ExchangeByThread(role, Door, in.channel(), in.Thread); err == nil {
			return "issue-credential", nil
		} else if vc.KindOf(err) != vc.NotFound {
			return "", err
		}
	}
	for _, role := range []vc.ProofRole{vc.RoleVerifier, vc.RoleProver} {
		if _, err := t.Rows.ProofByThread(role, Door, in.channel(), in.Thread); err == nil {
			return "present-proof", nil
		} else if vc.KindOf(err) != vc.NotFound {
			return "", err
		}
	}
	return "", nil
}

// actThread has the protocol of the thread act, where there is one, and tells of the message where there is a topic for it.
func actThread(topic, action string) func(*Desk, *Turn, *Inbound, any) error {
	return func(d *Desk, t *Turn, in *Inbound, looked any) error {
		if own, ok := looked.(threaded); ok {
			return own.handler.Act(d, t, in, own.looked)
		}
		return tellMessage(topic, action)(d, t, in, nil)
	}
}
