package didcomm

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Protocols of one or two messages.

// Their types: RFC 0048, 0095, 0557, 0183, 0721, 0794.
const (
	TypePing          Type = prefix + "trust_ping/1.0/ping"
	TypePingResponse  Type = prefix + "trust_ping/1.0/ping_response"
	TypeBasicMessage  Type = prefix + "basicmessage/1.0/message"
	TypeQueries       Type = prefix + "discover-features/2.0/queries"
	TypeDisclosures   Type = prefix + "discover-features/2.0/disclosures"
	TypeRevoke1       Type = prefix + "revocation_notification/1.0/revoke"
	TypeRevoke        Type = prefix + "revocation_notification/2.0/revoke"
	TypeRotate        Type = prefix + "did-rotate/1.0/rotate"
	TypeRotateAck     Type = prefix + "did-rotate/1.0/ack"
	TypeRotateProblem Type = prefix + "did-rotate/1.0/problem-report"
	TypeHangup        Type = prefix + "did-rotate/1.0/hangup"
)

// Ping asks whether somebody is there.
type Ping struct {
	Header
	Comment           string `json:"comment,omitzero"`
	ResponseRequested *bool  `json:"response_requested,omitzero"`
}

// WantsResponse says whether the ping is to be answered: if it does not say no, RFC 0048.
func (m *Ping) WantsResponse() bool { return m.ResponseRequested == nil || *m.ResponseRequested }

// PingResponse answers a [Ping].
type PingResponse struct {
	Header
	Comment string `json:"comment,omitzero"`
}

func (m *PingResponse) check() error { return needsThread(&m.Header) }

// BasicMessage is a line of text for people.
type BasicMessage struct {
	Header
	Content  string `json:"content"`
	SentTime string `json:"sent_time,omitzero"` // see [ParseTime]
}

// Queries asks what a peer can do.
type Queries struct {
	Header
	Queries []FeatureQuery `json:"queries"`
}

// FeatureQuery asks for features of a type ("protocol", "goal-code"). Match may end with "*".
type FeatureQuery struct {
	FeatureType string `json:"feature-type"`
	Match       string `json:"match"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// Matches says whether the query asks for that feature.
func (q FeatureQuery) Matches(featureType, id string) bool {
	if q.FeatureType != featureType {
		return false
	}
	if start, ok := strings.CutSuffix(q.Match, "*"); ok {
		return strings.HasPrefix(id, start)
	}
	return id == q.Match
}

// Disclosures answers [Queries], with as much as the peer may know.
type Disclosures struct {
	Header
	Disclosures []Feature `json:"disclosures"`
}

// Feature is something that an agent can do: for a protocol, its identifier and our roles.
type Feature struct {
	FeatureType string   `json:"feature-type"`
	ID          string   `json:"id"`
	Roles       []string `json:"roles,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// Revoke1 tells a holder that a credential was revoked. IssuanceThread is "indy::<registry>::<index>", or the thread of
// its issuance.
type Revoke1 struct {
	Header
	IssuanceThread string `json:"thread_id"`
	Comment        string `json:"comment,omitzero"`
}

func (m *Revoke1) check() error {
	if m.IssuanceThread == "" {
		return missing("/thread_id", "a thread is expected")
	}
	return nil
}

// Revoke is the newer form of [Revoke1].
type Revoke struct {
	Header
	RevocationFormat string `json:"revocation_format"`
	CredentialID     string `json:"credential_id"`
	Comment          string `json:"comment,omitzero"`
}

func (m *Revoke) check() error {
	switch {
	case m.RevocationFormat == "":
		return missing("/revocation_format", "a format is expected")
	case m.CredentialID == "":
		return missing("/credential_id", "an id is expected")
	}
	return nil
}

// Rotate says under which DID the sender is to be known from now on. The old one signs, by the envelope.
type Rotate struct {
	Header
	ToDID string `json:"to_did"`
}

func (m *Rotate) check() error {
	if err := checkPeerDID(m.ToDID); err != nil {
		return missing("/to_did", "a DID is expected")
	}
	return nil
}

// Hangup ends a connection.
type Hangup struct {
	Header
}
