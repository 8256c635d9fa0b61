package acapy

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func (d *Door) outOfBand() []line {
	return []line{
		of(post, "/out-of-band/create-invitation", access.WalletUse, d.invite),
		of(post, "/out-of-band/receive-invitation", access.WalletUse, d.takeInvitation),
		of(get, "/out-of-band/invitations", access.WalletUse, d.getInvitation),
		of(get, "/out-of-band/records", access.WalletUse, d.listInvitations),
		of(remove, "/out-of-band/invitations/{invi_msg_id}", access.WalletUse, d.dropInvitation),
	}
}

// invitationBody asks for an invitation.
type invitationBody struct {
	Alias       string   `json:"alias"`
	Label       string   `json:"my_label"`
	Goal        string   `json:"goal"`
	GoalCode    string   `json:"goal_code"`
	Handshake   []string `json:"handshake_protocols"`
	Accept      []string `json:"accept"`
	Attachments []struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"attachments"`
	UsePublicDID bool                      `json:"use_public_did"`
	UseDID       string                    `json:"use_did"`
	UseDIDMethod string                    `json:"use_did_method"`
	Metadata     map[string]jsontext.Value `json:"metadata"`
	Mediation    string                    `json:"mediation_id"`
	Version      string                    `json:"protocol_version"`
}

func (d *Door) invite(c *call) (any, error) {
	var in invitationBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	n := agent.NewInvitation{
		Alias: in.Alias, Label: in.Label, Goal: in.Goal, GoalCode: in.GoalCode, Handshake: in.Handshake, Accept: in.Accept,
		MultiUse: c.flag("multi_use"), UsePublicDID: in.UsePublicDID, UniqueDID: c.flag("create_unique_did"), UseDID: in.UseDID,
		UseDIDMethod: in.UseDIDMethod, Auto: c.tri("auto_accept"), Metadata: in.Metadata,
		Mediation: c.bodyID(nounMediation, in.Mediation), Version: in.Version,
	}
	for _, a := range in.Attachments {
		noun := nounExchange
		if a.Type == "present-proof" {
			noun = nounProof
		}
		n.Attachments = append(n.Attachments, agent.Attached{ID: c.bodyID(noun, a.ID), Kind: a.Type})
	}
	v, err := d.Agent.Invite(c.ctx(), c.by, n)
	if err != nil {
		return nil, uninvited(c, err, in)
	}
	record := invitation(v)
	record.State = string(vc.InvitationNew) // what it was when it was made
	return record, nil
}

// uninvited words why there is no invitation.
func uninvited(c *call, err error, in invitationBody) error {
	switch code := codeOf(err); {
	case code == "attachment-not-found" && in.Attachments[0].Type == "present-proof":
		return unready("Record not found: " + nounProof + "/" + c.named[nounProof].text + ".")
	case code == "attachment-not-found":
		return unready("Record not found: " + nounExchange + "/" + c.named[nounExchange].text + ".")
	case code == "identity-not-found" && in.UseDID != "":
		return unready("Cannot find DID for invitation reuse: " + in.UseDID + ".")
	case code == "did-choice" && in.UsePublicDID && in.UseDID != "":
		return unready("use_did and public are mutually exclusive.")
	case code == "did-choice" && in.UsePublicDID:
		return unready("use_did_method and public are mutually exclusive.")
	case code == "did-choice":
		return unready("use_did and use_did_method are mutually exclusive.")
	}
	return err
}

func (d *Door) takeInvitation(c *call) (any, error) {
	var short struct {
		URL string `json:"invitation_url"`
	}
	message := []byte(nil)
	if err := c.decode(&short); err == nil && short.URL != "" {
		message = []byte(short.URL)
	} else if message, err = c.message(didcomm.TypeInvitation); err != nil {
		return nil, err
	}
	existing := true
	if given := c.tri("use_existing_connection"); given != nil {
		existing = *given
	}
	v, err := d.Agent.Take(c.ctx(), c.by, agent.Taking{
		Message: message, Alias: c.text("alias"), Auto: c.tri("auto_accept"), UseExisting: existing,
		Mediation: c.bodyID(nounMediation, c.text("mediation_id")),
	})
	if err != nil {
		return nil, err
	}
	return oob(v, false), nil
}

func (d *Door) getInvitation(c *call) (any, error) {
	v, err := d.Agent.Invitation(c.ctx(), c.scope, c.record(nounInvitation, c.text("oob_id"), true))
	if err != nil {
		return nil, err
	}
	return invitation(v), nil
}

func (d *Door) listInvitations(c *call) (any, error) {
	q := vc.InvitationQuery{Connection: c.bodyID(nounConnection, c.text("connection_id")), MessageID: c.text("invi_msg_id")}
	if role := c.text("role"); role != "" {
		sender := role == "sender"
		q.Sender = &sender
	}
	if state := c.text("state"); state != "" {
		q.States = []vc.InvitationState{vc.InvitationState(state)}
	}
	views, err := paged(c, func(v agent.InvitationView) string { return v.Invitation.ID }, nil, func(page vc.Page) ([]agent.InvitationView, error) {
		q.Page = page
		return d.Agent.Invitations(c.ctx(), c.scope, q)
	})
	if err != nil {
		return nil, err
	}
	records := make([]oobRecord, len(views))
	for i, v := range views {
		records[i] = oob(v, false)
	}
	return listed(records), nil
}

func (d *Door) dropInvitation(c *call) (any, error) {
	id := c.path("invi_msg_id")
	if err := d.Agent.DropInvitation(c.ctx(), c.by, id); err != nil && vc.KindOf(err) != vc.NotFound {
		return nil, err
	}
	return done{}, nil
}
