package agent

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// TopicExchange and TopicExchangeFormat are the topics that are told of exchanges, both by an [ExchangeView], without what was said
// in the exchange unless the office wants whole webhooks; the second of what the format keeps beside, always without.
const (
	TopicExchange       = "exchange"
	TopicExchangeFormat = "exchange-format"
)

// ready gives a connection that messages can be sent on, and the settings of its office. NotFound "connection-not-found"; Denied
// "connection-not-ready".
func (d *Desk) ready(ctx context.Context, scope vc.Scope, id string) (c *Connection, settings vc.AgentSettings, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		if settings, err = d.settingsFor(t, id); err != nil {
			return err
		}
		c, err = t.readyConnection(id)
		return err
	})
	return c, settings, err
}

func (t *Turn) readyConnection(id string) (*Connection, error) {
	c, err := t.connection(id)
	if err == nil {
		err = c.ready()
	}
	return c, err
}

// formats are those of credentials that are exchanged here: [LDProof] where nothing else is said.
func (d *Desk) formats() []CredentialFormat {
	if d.Formats == nil {
		return []CredentialFormat{LDProof{}}
	}
	return d.Formats
}

// formatOf finds the format of a filter. Those of other agents are refused by name, also beside one that is known.
func (d *Desk) formatOf(filter map[string]jsontext.Value) (CredentialFormat, jsontext.Value, error) {
	if len(filter) == 0 {
		return nil, nil, vc.Errorf(vc.Invalid, "filter-missing", "Missing filter").At("/filter")
	}
	var found CredentialFormat
	for _, name := range slices.Sorted(maps.Keys(filter)) {
		at := slices.IndexFunc(d.formats(), func(f CredentialFormat) bool { return f.Name() == name })
		if at < 0 {
			return nil, nil, vc.Errorf(vc.Invalid, "format-not-offered", "no issue-credential format handler for %s: this agent issues %s", name, d.formatNames()).
				At("/filter/" + name)
		}
		if found == nil {
			found = d.formats()[at]
		}
	}
	return found, filter[found.Name()], nil
}

func (d *Desk) formatNames() string {
	var names []string
	for _, format := range d.formats() {
		names = append(names, format.Name())
	}
	return strings.Join(names, ", ")
}

// step is an attachment of issue-credential, by its place in a protocol run.
type step int

const (
	stepPropose step = iota
	stepOffer
	stepRequest
	stepIssue
)

// attached is the one attachment of a message, named as the API names its format.
func attached(f CredentialFormat, at step, content []byte) ([]didcomm.Format, []didcomm.Attachment) {
	return []didcomm.Format{{AttachID: f.Name(), Format: f.Attachments()[at]}},
		[]didcomm.Attachment{didcomm.Base64Attachment(f.Name(), "application/json", content)}
}

// carrier is a message of issue-credential.
type carrier interface {
	didcomm.Message
	Attachment(format string) (didcomm.Attachment, bool)
}

// carried finds the attachment of a message in a format that is known here.
func (d *Desk) carried(m carrier, at step) (CredentialFormat, []byte, error) {
	for _, format := range d.formats() {
		attachment, ok := m.Attachment(format.Attachments()[at])
		if !ok {
			continue
		}
		content, err := attachment.JSONContent()
		if err != nil {
			return nil, nil, refuse(didcomm.ProblemIssuanceAbandoned, "the attachment cannot be read")
		}
		return format, content, nil
	}
	return nil, nil, refuse(didcomm.ProblemIssuanceAbandoned, "no attachment is of a format that this agent has: %s", d.formatNames())
}

// content finds what a stored message carries; nil for no message.
func (d *Desk) content(raw jsontext.Value, at step) (CredentialFormat, []byte, error) {
	if raw == nil {
		return nil, nil, vc.Errorf(vc.Conflict, "exchange-state", "there is no such message in the exchange")
	}
	m, err := didcomm.Decode(raw)
	if err != nil {
		return nil, nil, err
	}
	carrier, ok := m.(carrier)
	if !ok {
		return nil, nil, vc.Errorf(vc.Internal, "exchange-message", "a message of another type is in the exchange")
	}
	return d.carried(carrier, at)
}

// head is the header of a message of ours in the thread of an exchange; thread "" begins one.
func head(kind didcomm.Type, thread, parent string) (didcomm.Header, error) {
	id, err := newMessageID()
	h := didcomm.Header{Type: kind, ID: id}
	if thread != "" || parent != "" {
		h.Thread = &didcomm.Thread{ID: thread, Parent: parent}
	}
	return h, err
}

// offerOf makes the offer of terms, by every rule. What is promised by it is kept.
func (d *Desk) offerOf(ctx context.Context, by vc.Caller, terms Terms, settings vc.AgentSettings, thread, parent string) (x *exchange, m *didcomm.OfferCredential, err error) {
	format, wish, err := d.wished(terms)
	if err != nil {
		return nil, nil, err
	}
	offered, kept, err := format.Offer(ctx, d, by, wish, terms.Method, settings)
	if err != nil {
		return nil, nil, within(err, "/filter/"+format.Name())
	}
	h, err := head(didcomm.TypeOfferCredential, thread, parent)
	if err != nil {
		return nil, nil, err
	}
	m = &didcomm.OfferCredential{Header: h, Comment: terms.Comment, Preview: terms.Preview, ReplacementID: terms.Replacement}
	m.Formats, m.Offers = attached(format, stepOffer, offered)
	proposal, err := proposalOf(terms, format, wish)
	if err != nil {
		return nil, nil, err
	}
	x = &exchange{
		Exchange: vc.Exchange{Role: vc.RoleIssuer, State: vc.Offered, Thread: m.ThreadID(), Credential: kept.ID},
		flags:    terms.flags(settings),
		said:     exchangeSaid{Preview: terms.Preview, Kept: &kept, Method: terms.Method},
	}
	if x.said.Proposal, err = encoded(proposal); err != nil {
		return nil, nil, err
	}
	x.said.Offer, err = encoded(m)
	return x, m, err
}

func (terms Terms) flags(settings vc.AgentSettings) ExchangeFlags {
	f := ExchangeFlags{
		Initiator: "self", AutoOffer: terms.AutoOffer, AutoIssue: terms.AutoIssue, AutoRemove: terms.AutoRemove,
		AutoRemoveOnFailure: terms.AutoRemoveOnFailure, Trace: terms.Trace, Replacement: terms.Replacement,
	}
	return f.settled(settings)
}

// settled fills in what the settings say of what goes with the record.
func (f ExchangeFlags) settled(settings vc.AgentSettings) ExchangeFlags {
	if f.AutoRemove == nil {
		f.AutoRemove = removed(settings)
	}
	return f
}

// SendOffer offers a credential.
func (d *Desk) SendOffer(ctx context.Context, by vc.Caller, connection string, terms Terms) (ExchangeView, error) {
	_, settings, err := d.ready(ctx, by.Scope, connection)
	if err != nil {
		return ExchangeView{}, err
	}
	x, m, err := d.offerOf(ctx, by, terms, settings, "", "")
	if err != nil {
		return ExchangeView{}, err
	}
	x.Channel = connection
	return d.began(ctx, by, x, m, "exchange.offered")
}

// began writes a new exchange, with the message that begins it.
func (d *Desk) began(ctx context.Context, by vc.Caller, x *exchange, m didcomm.Message, action string) (view ExchangeView, err error) {
	x.ID = newID()
	err = d.act(ctx, by, func(t *Turn) error {
		fresh := *x
		if err := t.insertExchange(&fresh); err != nil {
			return err
		}
		if m != nil {
			if err := d.sendIn(t, &fresh, m); err != nil {
				return err
			}
		}
		view = fresh.view(d)
		return d.tellExchange(t, &fresh, action)
	})
	return view, err
}

// sent writes an exchange that a message of ours has brought further, sends the message, and tells of it.
func (d *Desk) sent(t *Turn, x *exchange, m didcomm.Message, action string) error {
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := d.sendIn(t, x, m); err != nil {
		return err
	}
	return d.tellExchange(t, x, action)
}

// sendIn sends a message of an exchange to its peer.
func (d *Desk) sendIn(t *Turn, x *exchange, m didcomm.Message) error {
	return d.sendOf(t, x.Channel, m, "exchange/"+x.ID)
}

// wishOf is the filter that a wish of a format is of.
func wishOf(f CredentialFormat, wish []byte) map[string]jsontext.Value {
	return map[string]jsontext.Value{f.Name(): wish}
}
