package agent

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Inbound is a message out of its envelope, with who sent it and to which of our keys. It is looked at only.
type Inbound struct {
	Message    didcomm.Message
	Raw        jsontext.Value // the message as it was sent
	Type       didcomm.TypeParts
	Thread     string
	Parent     string
	Recipient  vc.Recipient // the key of ours that opened it
	By         vc.Caller
	From       didcomm.Verkey // zero: anonymous
	Known      bool           // From is a key of Connection
	Connection *Connection    // of the key that opened it, or of From; nil: none. As it was when the message was read
	Invitation *Invitation    // of the key that opened it, or of the parent thread; nil: none
	Settings   vc.AgentSettings
	Socket     bool // it came through a socket, which takes what goes back
	Back       bool // something may go back on the way that it came: [Desk.answer] sees to what is written
}

// Need is what must be known of a sender before a message is handled.
type Need int

// The needs.
const (
	NeedKnown   Need = iota // a key of a connection
	NeedPeer                // a key of a connection, or whoever an invitation of ours is answered by
	NeedSender              // anybody who says who
	NeedNothing             // anybody
)

// Handler handles messages of some types. Look may use the network, sign and read, in transactions of its own; it writes nothing.
// Act runs in the one transaction, maybe more than once. A [*Refusal] of either is told to the peer and noted by Refused; any
// other error of Act undoes it, and is the sender's answer. Where Act finds the world changed since Look, it gives [errAgain].
type Handler struct {
	Types   []didcomm.Type
	Need    Need
	Look    func(ctx context.Context, d *Desk, in *Inbound) (any, error) // nil: nothing to look at
	Act     func(d *Desk, t *Turn, in *Inbound, looked any) error        // needed
	Refused func(d *Desk, t *Turn, in *Inbound, refusal *Refusal) error  // nil: nothing to note
}

// Protocol is a protocol that this agent speaks.
type Protocol struct {
	URI      string       // "https://didcomm.org/issue-credential/2.0"
	Roles    []string     // that we play
	Report   didcomm.Type // of its problem reports; "": report-problem 1.0
	Handlers []Handler
}

// Refusal is what a peer is told by a problem report.
type Refusal struct {
	Code string // of the protocol
	Text string // English; no claims
	// To is who is told, where that is not the sender's connection or ~service.
	To *Addressee
	// Ends says that what the message is about cannot go on.
	Ends bool
	// Silent tells nobody.
	Silent bool
}

// Error says what is refused.
func (r *Refusal) Error() string { return r.Code + ": " + r.Text }

func refuse(code, format string, args ...any) *Refusal {
	return &Refusal{Code: code, Text: fmt.Sprintf(format, args...)}
}

// errAgain says that what was looked at has changed: look again.
var errAgain = errors.New("changed since it was looked at")

type handled struct {
	protocol *Protocol
	handler  *Handler
}

// protocols lists what this agent speaks. A new one is a file, and a line here.
func protocols() []Protocol {
	var all []Protocol
	for _, list := range [][]Protocol{connectionProtocols(), exchangeProtocols(), mediationProtocols()} {
		all = append(all, list...)
	}
	return all
}

// handlerOf finds who handles messages of a type, whatever its minor version and prefix.
func (d *Desk) handlerOf(t didcomm.TypeParts) (handled, bool) {
	d.once.Do(func() {
		d.handlers = map[string]handled{}
		for _, protocol := range protocols() {
			for i := range protocol.Handlers {
				for _, one := range protocol.Handlers[i].Types {
					parts, _ := one.Parse()
					d.handlers[handlerKey(parts)] = handled{&protocol, &protocol.Handlers[i]}
				}
			}
		}
	})
	found, ok := d.handlers[handlerKey(t)]
	return found, ok
}

func handlerKey(t didcomm.TypeParts) string {
	return strings.ReplaceAll(fmt.Sprintf("%s/%d/%s", t.Protocol, t.Major, t.Name), "_", "-")
}
