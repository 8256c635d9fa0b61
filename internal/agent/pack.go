package agent

import (
	"context"
	"crypto/rand"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// packed is an envelope, ready for its endpoint.
type packed struct {
	envelope   []byte
	endpoint   string
	recipients []didcomm.Verkey // whom the message itself is for
}

// pack encrypts a letter as it is to be sent now: a peer that has moved since it was written is found where it is. What is given to
// the peer itself, and not to its endpoint, is direct: no mediator is between.
func (d *Desk) pack(ctx context.Context, letter vc.Letter, direct bool) (out packed, err error) {
	return d.packKnown(ctx, letter, nil, direct)
}

// packKnown is pack where the letter's connection is known; nil: it is looked up.
func (d *Desk) packKnown(ctx context.Context, letter vc.Letter, known *Connection, direct bool) (out packed, err error) {
	var body letterBody
	var target didcomm.Target
	var from *vc.Recipient
	returns := d.Endpoint == ""
	view := d.view
	if known != nil {
		view = d.look // for the key that it is from
	}
	err = view(ctx, letter.Scope, func(t *Turn) error {
		body, from = letterBody{}, nil
		if letter.BodyKey == nil {
			return vc.Errorf(vc.Gone, "letter-erased", "what was in the letter was erased")
		}
		if err := unseal(t.Vault, letterLabel+letter.ID, letter.BodyKey, letter.Body, &body); err != nil {
			return err
		}
		c := known
		if c == nil && letter.Connection != "" {
			if c, err = t.connection(letter.Connection); err != nil {
				return err
			}
		}
		if c != nil {
			target = c.Said.Target
		}
		if body.Target != nil {
			target = *body.Target
		}
		if letter.Way == vc.WayRelay {
			return nil
		}
		if from, err = t.sender(body.From, c); err != nil {
			return err
		}
		return nil
	})
	out = packed{body.Envelope, target.Endpoint, target.Recipients}
	if err != nil || letter.Way == vc.WayRelay {
		return out, err
	}
	if direct {
		target.Routing = nil
	} else if strings.HasPrefix(target.Endpoint, "did:") {
		if target, err = d.agency(ctx, letter.Scope, target); err != nil {
			return out, err
		}
		out.endpoint = target.Endpoint
	}
	message := []byte(body.Message)
	if returns {
		if message, err = returning(message); err != nil {
			return out, err
		}
	}
	out.envelope, err = d.seal(ctx, message, target, from)
	return out, err
}

// seal encrypts a message for a target, from a key of ours, or nobody.
func (d *Desk) seal(ctx context.Context, message []byte, target didcomm.Target, from *vc.Recipient) ([]byte, error) {
	if from == nil {
		return didcomm.PackFor(rand.Reader, message, target, nil)
	}
	own, err := d.own(ctx, *from)
	if err != nil {
		return nil, err
	}
	return didcomm.PackFor(rand.Reader, message, target, &own)
}

// sender is the key of ours that a letter comes from: the one it names, else the one that the connection's peer was told. Nil is
// nobody.
func (t *Turn) sender(verkey string, c *Connection) (*vc.Recipient, error) {
	if verkey == "" && c != nil {
		verkey = c.Said.Sender // as it is now: the letter may have been written before the peer was told of it
	}
	if verkey != "" {
		recipient, err := t.Rows.Recipient(verkey)
		return &recipient, err
	}
	if c == nil {
		return nil, nil
	}
	recipients, err := t.Rows.Recipients("connection/" + c.ID)
	if err != nil {
		return nil, err
	}
	for _, recipient := range recipients {
		told := c.Said.Rotating == nil || c.Said.Rotating.Key != recipient.Verkey
		if told && recipient.RetiredAt.IsZero() {
			return &recipient, nil
		}
	}
	return nil, vc.Errorf(vc.Gone, "sender-gone", "the connection has no key to send from")
}

// agency follows an endpoint that is the DID of an agency: its own service is where to send, and it opens the envelope first. Aries
// RFC 0023, "Agency endpoint".
func (d *Desk) agency(ctx context.Context, scope vc.Scope, target didcomm.Target) (didcomm.Target, error) {
	resolution, _, err := d.Identity.Resolve(ctx, scope, target.Endpoint)
	if err != nil {
		return target, err
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		return target, err
	}
	services, err := didcomm.Targets(document)
	if err != nil {
		return target, err
	}
	if len(services) == 0 || strings.HasPrefix(services[0].Endpoint, "did:") {
		return target, vc.Errorf(vc.Denied, "endpoint-not-allowed", "the peer's agency has no endpoint")
	}
	routing := append(append([]didcomm.Verkey{}, target.Routing...), services[0].Recipients...)
	return didcomm.Target{
		Endpoint: services[0].Endpoint, Recipients: target.Recipients, Routing: append(routing, services[0].Routing...), Accept: target.Accept,
	}, nil
}

// returning asks for what there is to answer on the way that the message goes: we are not found otherwise. Aries RFC 0092.
func returning(raw []byte) ([]byte, error) {
	message, err := didcomm.Decode(raw)
	if err != nil {
		return nil, err
	}
	if head := message.Head(); head.Transport == nil {
		head.Transport = &didcomm.Transport{ReturnRoute: didcomm.ReturnAll}
	}
	return didcomm.Encode(message)
}

// packFor encrypts a message for a connection without writing a letter: for what need not survive us.
func (d *Desk) packFor(ctx context.Context, scope vc.Scope, connection string, m didcomm.Message) (out packed, err error) {
	raw, err := didcomm.Encode(m)
	if err != nil {
		return out, err
	}
	var target didcomm.Target
	var from *vc.Recipient
	err = d.view(ctx, scope, func(t *Turn) error {
		c, err := t.connection(connection)
		if err != nil {
			return err
		}
		target = c.Said.Target
		from, err = t.sender("", c)
		return err
	})
	if err != nil {
		return out, err
	}
	envelope, err := d.seal(ctx, raw, target, from)
	return packed{envelope, target.Endpoint, target.Recipients}, err
}
