package didcomm

import (
	"cmp"
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Out-of-band 1.1: RFC 0434.

// The types of out-of-band.
const (
	TypeInvitation    Type = prefix + "out-of-band/1.1/invitation"
	TypeReuse         Type = prefix + "out-of-band/1.1/handshake-reuse"
	TypeReuseAccepted Type = prefix + "out-of-band/1.1/handshake-reuse-accepted"
	TypeOOBProblem    Type = prefix + "out-of-band/1.1/problem_report"
)

// What an invitation may list in handshake_protocols.
const (
	DIDExchange10 = prefix + "didexchange/1.0"
	DIDExchange11 = prefix + "didexchange/1.1"
	Connections10 = prefix + "connections/1.0"
)

// What an agent may list in accept: RFC 0044.
const (
	AcceptAIP1 = "didcomm/aip1"
	AcceptAIP2 = "didcomm/aip2;env=rfc19"
)

// Invitation is the one message that is sent in plain text.
type Invitation struct {
	Header
	Label              string              `json:"label,omitzero"`
	GoalCode           string              `json:"goal_code,omitzero"`
	Goal               string              `json:"goal,omitzero"`
	ImageURL           string              `json:"imageUrl,omitzero"`
	Accept             []string            `json:"accept,omitzero"`
	HandshakeProtocols []string            `json:"handshake_protocols,omitzero"`
	Requests           []Attachment        `json:"requests~attach,omitzero"`
	Services           []InvitationService `json:"services"`
}

// InvitationService is a service of an invitation: a DID whose document has it, or the service itself.
type InvitationService struct {
	DID    string
	Inline *Service
}

// Reuse asks to use an existing connection instead; its parent thread is the invitation.
type Reuse struct {
	Header
}

// ReuseAccepted is the answer to a [Reuse].
type ReuseAccepted struct {
	Header
}

func newOutOfBand(key string) Message {
	switch key {
	case "out-of-band/1/invitation":
		return &Invitation{}
	case "out-of-band/1/handshake-reuse":
		return &Reuse{}
	case "out-of-band/1/handshake-reuse-accepted":
		return &ReuseAccepted{}
	}
	return nil
}

// MarshalJSON writes a DID as a string, a service as an object.
func (s InvitationService) MarshalJSON() ([]byte, error) {
	if s.Inline != nil {
		return json.Marshal(s.Inline, json.Deterministic(true))
	}
	return json.Marshal(s.DID)
}

// UnmarshalJSON reads either.
func (s *InvitationService) UnmarshalJSON(raw []byte) error {
	*s = InvitationService{}
	if jsontext.Value(raw).Kind() == '{' {
		s.Inline = &Service{}
		return json.Unmarshal(raw, s.Inline)
	}
	return json.Unmarshal(raw, &s.DID)
}

func (m *Invitation) check() error {
	if len(m.Services) == 0 || len(m.Services) > MaxServices {
		return missing("/services", "services are expected, not too many")
	}
	// One service that can be used is enough; the others may be of kinds that are not known here.
	var first error
	usable := false
	for i, s := range m.Services {
		pointer := "/services/" + strconv.Itoa(i)
		var err error
		if s.Inline != nil {
			err = s.Inline.check(pointer)
		} else if _, bad := diddoc.ParseDID(s.DID); bad != nil {
			err = missing(pointer, "a DID or a service is expected")
		}
		usable = usable || err == nil
		first = cmp.Or(first, err)
	}
	if !usable {
		return first
	}
	if len(m.HandshakeProtocols) == 0 && len(m.Requests) == 0 {
		return missing("", "an invitation has handshake protocols, requests or both")
	}
	return checkFormats(nil, m.Requests, "requests~attach")
}

// Connectionless says whether the invitation's requests are to be answered without a connection.
func (m *Invitation) Connectionless() bool { return len(m.HandshakeProtocols) == 0 }

// Handshake chooses a protocol: the first of preferred that the invitation lists, with either prefix, in any minor
// version that is as new. It gives the protocol as preferred has it; false where there is none.
func (m *Invitation) Handshake(preferred ...string) (string, bool) {
	for _, want := range preferred {
		for _, listed := range m.HandshakeProtocols {
			if sameProtocol(listed, want) {
				return want, true
			}
		}
	}
	return "", false
}

// sameProtocol compares protocol identifiers without their prefixes. A trailing slash is let pass.
func sameProtocol(a, b string) bool {
	tail := func(text string) string {
		segments := strings.Split(strings.TrimSuffix(text, "/"), "/")
		if len(segments) < 2 {
			return text
		}
		return strings.Join(segments[len(segments)-2:], "/")
	}
	return tail(a) == tail(b)
}

func (m *Reuse) check() error         { return needsParent(&m.Header) }
func (m *ReuseAccepted) check() error { return needsThreads(&m.Header) }

// needsParent demands a parent thread.
func needsParent(h *Header) error {
	if h.ParentThreadID() == "" {
		return missing("/~0thread/pthid", "a parent thread is expected")
	}
	return nil
}

// needsThread demands that a message is an answer.
func needsThread(h *Header) error {
	if h.Thread == nil || h.Thread.ID == "" {
		return missing("/~0thread/thid", "a thread is expected")
	}
	return nil
}

func needsThreads(h *Header) error {
	if err := needsThread(h); err != nil {
		return err
	}
	return needsParent(h)
}

// RequestMessages reads the messages that are attached to an invitation, as [Decode] does. A message's parent thread is
// the invitation, whether it says so or not.
func (m *Invitation) RequestMessages() ([]Message, error) {
	messages := make([]Message, 0, len(m.Requests))
	for i, request := range m.Requests {
		content, err := request.JSONContent()
		if err != nil {
			return nil, at("/requests~0attach/"+strconv.Itoa(i), err)
		}
		message, err := Decode(content)
		if err != nil {
			return nil, at("/requests~0attach/"+strconv.Itoa(i)+"/data", err)
		}
		h := message.Head()
		if h.Thread == nil {
			h.Thread = &Thread{}
		}
		h.Thread.Parent = m.ID
		messages = append(messages, message)
	}
	return messages, nil
}

// at puts a pointer before that of an error of this package.
func at(pointer string, err error) error {
	if fault := (*Error)(nil); errors.As(err, &fault) {
		moved := *fault
		moved.Pointer = pointer + fault.Pointer
		return &moved
	}
	return err
}
