package agent

import (
	"context"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Invitations that we make: Aries RFC 0434.

// check refuses what no invitation can be.
func (n NewInvitation) check() error {
	chosen := 0
	for _, one := range []bool{n.UsePublicDID, n.UseDID != "", n.UseDIDMethod != ""} {
		if one {
			chosen++
		}
	}
	switch {
	case len(n.Handshake) == 0 && len(n.Attachments) == 0:
		return vc.Errorf(vc.Invalid, "invitation-empty", "an invitation has handshake protocols, attachments, or both")
	case len(n.Attachments) > 0 && n.MultiUse:
		return vc.Errorf(vc.Invalid, "invitation-multi-attachments", "an invitation for many has no attachments")
	case len(n.Attachments) > 1:
		return vc.Errorf(vc.Invalid, "invitation-attachments", "one attachment is taken")
	case len(n.Handshake) == 0 && n.MultiUse:
		return vc.Errorf(vc.Invalid, "invitation-multi-attachments", "an invitation without a connection is for one")
	case len(n.Metadata) > 0 && len(n.Handshake) == 0:
		return vc.Errorf(vc.Invalid, "invitation-metadata", "metadata are of a connection, and this makes none")
	case chosen > 1:
		return vc.Errorf(vc.Invalid, "did-choice", "use_public_did, use_did and use_did_method are one choice")
	case n.UniqueDID && n.UseDIDMethod == "":
		return vc.Errorf(vc.Invalid, "unique-did", "a DID for this invitation alone needs its method")
	case n.UseDIDMethod != "" && n.UseDIDMethod != methodPeer2 && n.UseDIDMethod != methodPeer4:
		return vc.Errorf(vc.Invalid, "did-method", "DIDs for peers are of did:peer:2 and did:peer:4")
	}
	if len(n.Alias) > maxLabel || len(n.Label) > maxLabel {
		return vc.Errorf(vc.Invalid, "label-too-long", "labels and aliases have at most %d bytes", maxLabel)
	}
	return checkMetadata(n.Metadata)
}

// Invite makes an invitation, and the connection that stands for whoever takes it. The connection of an invitation for many stays
// as it is: each who comes gets one of its own.
//
// Errors: Invalid "invitation-empty", "invitation-multi-attachments", "invitation-attachments", "invitation-metadata", "did-choice",
// "unique-did", "did-method", "handshake-unknown", "no-public-did", "no-didcomm-service", "attachment-not-found",
// "attachment-state"; Denied
// "public-disabled"; NotFound "mediation-not-found", "identity-not-found".
func (d *Desk) Invite(ctx context.Context, by vc.Caller, n NewInvitation) (InvitationView, error) {
	if err := n.check(); err != nil {
		return InvitationView{}, err
	}
	handshake := make([]string, 0, len(n.Handshake))
	for _, name := range n.Handshake {
		identifier, ok := HandshakeProtocol(name)
		if !ok {
			return InvitationView{}, vc.Errorf(vc.Invalid, "handshake-unknown", "no such handshake protocol is known").At("/handshake_protocols")
		}
		handshake = append(handshake, identifier)
	}
	settings, at, err := d.placed(ctx, by.Scope, n.Mediation, "")
	if err != nil {
		return InvitationView{}, err
	}
	who, err := d.inviter(ctx, by.Scope, n, settings, at)
	if err != nil {
		return InvitationView{}, err
	}
	id, err := newMessageID()
	if err != nil {
		return InvitationView{}, err
	}
	var invitation *Invitation
	err = d.act(ctx, by, func(t *Turn) error {
		invitation, err = t.invite(n, settings, who, id, handshake)
		return err
	})
	if err != nil {
		return InvitationView{}, err
	}
	return viewInvitation(invitation), nil
}

// inviter is who an invitation says it is of.
func (d *Desk) inviter(ctx context.Context, scope vc.Scope, n NewInvitation, settings vc.AgentSettings, at reach) (self, error) {
	switch {
	case n.UsePublicDID:
		if !is(settings.PublicInvites) {
			return self{}, vc.Errorf(vc.Denied, "public-disabled", "public invitations are not enabled")
		}
		if settings.PublicDID == "" {
			return self{}, vc.Errorf(vc.Invalid, "no-public-did", "there is no public DID")
		}
		return d.reachableSelf(ctx, scope, settings.PublicDID, at)
	case n.UseDID != "":
		return d.reachableSelf(ctx, scope, n.UseDID, at)
	case n.UniqueDID:
		return d.newSelf(ctx, scope, n.UseDIDMethod, at)
	case n.UseDIDMethod != "":
		return d.sharedSelf(ctx, scope, n.UseDIDMethod, at)
	}
	key, verkey, err := d.newKey(ctx, scope)
	if err != nil {
		return self{}, err
	}
	told, err := newMessageID()
	return self{Verkey: verkey, Key: key, At: at, told: told}, err
}

// invite writes an invitation.
func (t *Turn) invite(n NewInvitation, settings vc.AgentSettings, who self, id string, handshake []string) (*Invitation, error) {
	invitation := &Invitation{Invitation: vc.Invitation{
		ID: newID(), Sender: true, MessageID: id, State: vc.InvitationOpen, Multi: n.MultiUse, Key: who.Verkey.String(),
	}}
	message := &didcomm.Invitation{
		Header: didcomm.Header{Type: invitationType(n.Version), ID: id}, Label: first(n.Label, settings.Label), GoalCode: n.GoalCode, Goal: n.Goal,
		ImageURL: first(n.ImageURL, settings.ImageURL), Accept: n.Accept, HandshakeProtocols: handshake,
		Services: []didcomm.InvitationService{{DID: who.DID}},
	}
	if who.DID == "" {
		service := who.At.service(who.Verkey.String())
		service.ID, service.Type, service.RecipientKeys = "#inline", didcomm.ServiceType, []string{keyReference(who.Verkey)}
		for i, key := range who.At.Routing {
			service.RoutingKeys[i] = keyReference(key)
		}
		if len(service.RoutingKeys) == 0 {
			service.RoutingKeys = nil
		}
		message.Services[0] = didcomm.InvitationService{Inline: service}
	}
	for _, one := range n.Attachments {
		attachment, err := t.attach(one, invitation, len(handshake) == 0)
		if err != nil {
			return nil, err
		}
		message.Requests = append(message.Requests, attachment)
	}
	raw, err := didcomm.Encode(message)
	if err != nil {
		return nil, faulty("invitation-malformed", err)
	}
	url, err := didcomm.InvitationURL(who.At.Endpoint, message)
	if err != nil {
		return nil, faulty("invitation-malformed", err)
	}
	invitation.Said = InvitationSaid{
		Message: raw, URL: url, Alias: n.Alias, Auto: n.Auto, Metadata: n.Metadata, Label: n.Label, Public: n.UsePublicDID,
		UseDID: n.UseDID, Method: n.UseDIDMethod,
	}
	if len(handshake) > 0 {
		if err := t.standIn(n, settings, invitation, who, handshake[0]); err != nil {
			return nil, err
		}
	}
	if err := t.keep(who, "invitation/"+invitation.ID); err != nil {
		return nil, err
	}
	if err := t.insertInvitation(invitation); err != nil {
		return nil, err
	}
	return invitation, t.tellInvitation(invitation, string(invitation.State))
}

// standIn writes the connection that stands for an invitation until somebody comes.
func (t *Turn) standIn(n NewInvitation, settings vc.AgentSettings, invitation *Invitation, who self, protocol string) error {
	c := &Connection{
		Connection: vc.Connection{
			ID: newID(), Role: vc.RoleInviter, State: vc.Invited, Mode: vc.ModeOnce, Protocol: protocolName(protocol), Invitation: invitation.ID,
			InvitationID: invitation.MessageID, InvitationKey: who.Verkey.String(), Auto: either(n.Auto, settings.AutoAcceptRequests), Mediation: who.At.Mediation,
		},
		Said: ConnectionSaid{Alias: n.Alias, OurLabel: n.Label, Goal: n.Goal, GoalCode: n.GoalCode},
	}
	if n.MultiUse {
		c.Mode = vc.ModeMulti
	}
	invitation.Connection = c.ID
	if err := t.insertConnection(c); err != nil {
		return err
	}
	if err := t.putMetadata(c.ID, n.Metadata); err != nil {
		return err
	}
	return t.tellConnection(c)
}

// invitationType is that of a version of out-of-band.
func invitationType(version string) didcomm.Type {
	if version == "1.0" {
		return didcomm.NewType("out-of-band", 1, 0, "invitation")
	}
	return didcomm.TypeInvitation
}

// keyReference is a key as ACA-Py writes it in an invitation: a DID URL of itself.
func keyReference(key didcomm.Verkey) string {
	did := key.DIDKey()
	return did + "#" + strings.TrimPrefix(did, "did:key:")
}

// is reads a setting that is off where nothing is said.
func is(flag *bool) bool { return flag != nil && *flag }

// either is what was asked for, else the setting.
func either(asked, setting *bool) bool {
	if asked != nil {
		return *asked
	}
	return is(setting)
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
