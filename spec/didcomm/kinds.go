package didcomm

import (
	"reflect"
	"strings"
)

// newMessage gives an empty message of a type, whatever its minor version: RFC 0003 has a receiver read those that it
// knows less of. Every protocol has problem reports and acks of its own, which are all of one form.
func newMessage(p TypeParts) Message {
	switch strings.ReplaceAll(p.Name, "_", "-") {
	case "problem-report":
		return &ProblemReport{}
	case "ack":
		return &Ack{}
	}
	key := p.key()
	for _, protocol := range []func(string) Message{
		newOutOfBand, newDIDExchange, newConnection, newIssueCredential, newPresentProof,
		newSmall, newMediation, newPickup,
	} {
		if m := protocol(key); m != nil {
			return m
		}
	}
	return &Unknown{}
}

// newSmall knows the protocols of one or two messages.
func newSmall(key string) Message {
	switch key {
	case "trust-ping/1/ping":
		return &Ping{}
	case "trust-ping/1/ping-response":
		return &PingResponse{}
	case "basicmessage/1/message":
		return &BasicMessage{}
	case "discover-features/2/queries":
		return &Queries{}
	case "discover-features/2/disclosures":
		return &Disclosures{}
	case "revocation-notification/1/revoke":
		return &Revoke1{}
	case "revocation-notification/2/revoke":
		return &Revoke{}
	case "did-rotate/1/rotate":
		return &Rotate{}
	case "did-rotate/1/hangup":
		return &Hangup{}
	case "routing/1/forward":
		return &Forward{}
	}
	return nil
}

func sameKind(a, b Message) bool { return reflect.TypeOf(a) == reflect.TypeOf(b) }
