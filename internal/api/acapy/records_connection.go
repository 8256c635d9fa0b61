package acapy

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// deleted is the state that a record is told with when it goes.
const deleted = "deleted"

// connRecord is a connection.
type connRecord struct {
	ConnectionID        string `json:"connection_id"`
	State               string `json:"state"`
	RFC23State          string `json:"rfc23_state,omitzero"`
	MyDID               string `json:"my_did,omitzero"`
	TheirDID            string `json:"their_did,omitzero"`
	TheirLabel          string `json:"their_label,omitzero"`
	TheirRole           string `json:"their_role,omitzero"`
	TheirPublicDID      string `json:"their_public_did,omitzero"`
	ConnectionProtocol  string `json:"connection_protocol,omitzero"`
	Alias               string `json:"alias,omitzero"`
	Accept              string `json:"accept"`
	InvitationMode      string `json:"invitation_mode"`
	InvitationKey       string `json:"invitation_key,omitzero"`
	InvitationMsgID     string `json:"invitation_msg_id,omitzero"`
	RequestID           string `json:"request_id,omitzero"`
	InboundConnectionID string `json:"inbound_connection_id,omitzero"`
	ErrorMsg            string `json:"error_msg,omitzero"`
	CreatedAt           stamp  `json:"created_at"`
	UpdatedAt           stamp  `json:"updated_at"`
}

// connectionStates are a connection's states as RFC 0160 and RFC 0023 call them; the second as the inviter, the third as the
// invitee.
var connectionStates = map[vc.ConnectionState][3]string{
	vc.Invited:   {"invitation", "invitation-sent", "invitation-received"},
	vc.Asked:     {"request", "request-received", "request-sent"},
	vc.Answered:  {"response", "response-sent", "response-received"},
	vc.Completed: {"active", "completed", "completed"},
	vc.Broken:    {"error", "abandoned", "abandoned"},
	vc.Ended:     {"error", "abandoned", "abandoned"},
}

// statesOf gives the states that a filter means, by either naming; none for one that no connection here is ever in.
func statesOf(text string) []vc.ConnectionState {
	switch text {
	case "invitation":
		return []vc.ConnectionState{vc.Invited}
	case "request":
		return []vc.ConnectionState{vc.Asked}
	case "response":
		return []vc.ConnectionState{vc.Answered}
	case "active", "completed":
		return []vc.ConnectionState{vc.Completed}
	case "error", "abandoned":
		return []vc.ConnectionState{vc.Broken, vc.Ended}
	}
	return nil
}

func connection(v agent.ConnectionView, gone bool) connRecord {
	c := v.Connection
	record := connRecord{
		ConnectionID: wireID(c.ID), MyDID: c.Mine, TheirDID: v.Their, TheirLabel: v.TheirLabel, TheirPublicDID: v.TheirPublic,
		ConnectionProtocol: c.Protocol, Alias: v.Alias, Accept: "manual", InvitationMode: string(c.Mode), InvitationKey: c.InvitationKey,
		InvitationMsgID: c.InvitationID, RequestID: c.Thread, InboundConnectionID: wireID(c.Inbound), ErrorMsg: c.Error,
		CreatedAt: stamp(c.CreatedAt), UpdatedAt: stamp(c.UpdatedAt),
	}
	names := connectionStates[c.State]
	record.State, record.RFC23State, record.TheirRole = names[0], names[1], string(vc.RoleInvitee)
	if c.Role == vc.RoleInvitee {
		record.RFC23State, record.TheirRole = names[2], string(vc.RoleInviter)
	}
	if c.Auto {
		record.Accept = "auto"
	}
	if gone {
		record.State, record.RFC23State = deleted, ""
	}
	return record
}

// invitationRecord is an invitation as its maker is shown it.
type invitationRecord struct {
	State         string         `json:"state"`
	Trace         bool           `json:"trace"`
	InviMsgID     string         `json:"invi_msg_id"`
	OobID         string         `json:"oob_id"`
	Invitation    jsontext.Value `json:"invitation"`
	InvitationURL string         `json:"invitation_url"`
}

func invitation(v agent.InvitationView) invitationRecord {
	return invitationRecord{
		State: string(v.Invitation.State), Trace: v.Trace, InviMsgID: v.Invitation.MessageID, OobID: wireID(v.Invitation.ID),
		Invitation: v.Message, InvitationURL: v.URL,
	}
}

// oobRecord is an invitation at either end.
type oobRecord struct {
	OobID           string         `json:"oob_id"`
	State           string         `json:"state"`
	Role            string         `json:"role"`
	InviMsgID       string         `json:"invi_msg_id"`
	ConnectionID    string         `json:"connection_id,omitzero"`
	AttachThreadID  string         `json:"attach_thread_id,omitzero"`
	OurRecipientKey string         `json:"our_recipient_key,omitzero"`
	Invitation      jsontext.Value `json:"invitation"`
	TheirService    *theirService  `json:"their_service,omitzero"`
	MultiUse        bool           `json:"multi_use"`
	Trace           bool           `json:"trace"`
	CreatedAt       stamp          `json:"created_at"`
	UpdatedAt       stamp          `json:"updated_at"`
}

// theirService is where a message without a connection is answered. Keys are base58.
type theirService struct {
	RecipientKeys   []string `json:"recipientKeys"`
	RoutingKeys     []string `json:"routingKeys"`
	ServiceEndpoint string   `json:"serviceEndpoint"`
}

func oob(v agent.InvitationView, gone bool) oobRecord {
	i := v.Invitation
	record := oobRecord{
		OobID: wireID(i.ID), State: string(i.State), Role: "receiver", InviMsgID: i.MessageID, ConnectionID: wireID(i.Connection),
		Invitation: v.Message, MultiUse: i.Multi, Trace: v.Trace, CreatedAt: stamp(i.CreatedAt), UpdatedAt: stamp(i.UpdatedAt),
	}
	if i.Sender {
		record.Role = "sender"
	}
	if i.Sender || i.Connection == "" { // a receiver's are its connection's
		record.OurRecipientKey, record.AttachThreadID = i.Key, i.Thread
	}
	if v.Service != nil && i.Connection == "" {
		record.TheirService = &theirService{
			RecipientKeys: base58Keys(v.Service.RecipientKeys), RoutingKeys: base58Keys(v.Service.RoutingKeys),
			ServiceEndpoint: v.Service.Endpoint,
		}
	}
	if gone || v.Deleted && i.State != vc.InvitationReused { // who took it is answered what became of it
		record.State = deleted
	}
	return record
}

// base58Keys writes keys, did:key or not, as this API has them.
func base58Keys(texts []string) []string {
	keys := []string{}
	for _, text := range texts {
		if key, err := didcomm.ParseVerkey(text); err == nil {
			text = key.String()
		}
		keys = append(keys, text)
	}
	return keys
}
