package agent

import (
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// mediationProtocols are those by which peers take messages for one another: Aries RFC 0094, 0211, 0685.
func mediationProtocols() []Protocol {
	const prefix = "https://didcomm.org/"
	return []Protocol{
		{URI: prefix + "routing/1.0", Roles: []string{"mediator"}, Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeForward}, Need: NeedNothing, Look: lookForward, Act: actForward},
		}},
		{URI: prefix + "coordinate-mediation/1.0", Roles: []string{"mediator", "recipient"}, Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeMediateRequest}, Look: lookMediateRequest, Act: actMediateRequest},
			{Types: []didcomm.Type{didcomm.TypeKeylistUpdate}, Look: lookKeylistUpdate, Act: actKeylistUpdate},
			{Types: []didcomm.Type{didcomm.TypeKeylistQuery}, Look: lookReply, Act: actKeylistQuery},
			{Types: []didcomm.Type{didcomm.TypeMediateGrant}, Act: actMediateGrant},
			{Types: []didcomm.Type{didcomm.TypeMediateDeny}, Act: actMediateDeny},
			{Types: []didcomm.Type{didcomm.TypeKeylistUpdateResponse}, Act: actKeylistResponse},
			{Types: []didcomm.Type{didcomm.TypeKeylist}, Act: actKeylist},
		}},
		{URI: prefix + "messagepickup/2.0", Roles: []string{"mediator", "recipient"}, Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypePickupStatusRequest}, Look: lookReply, Act: actStatusRequest},
			{Types: []didcomm.Type{didcomm.TypePickupDeliveryRequest}, Look: lookReply, Act: actDeliveryRequest},
			{Types: []didcomm.Type{didcomm.TypePickupMessagesReceived}, Look: lookReply, Act: actMessagesReceived},
			{Types: []didcomm.Type{didcomm.TypePickupLiveDelivery}, Look: lookReply, Act: actLiveDelivery},
			{Types: []didcomm.Type{didcomm.TypePickupStatus}, Look: lookReply, Act: actPickupStatus},
			{Types: []didcomm.Type{didcomm.TypePickupDelivery}, Act: actPickupDelivery},
		}},
	}
}

// mediationOf gives the mediation between us and a connection: as mediator, or as its client. Refused where there is none.
func (t *Turn) mediationOf(connection string, server bool) (vc.Mediation, error) {
	found, err := t.Rows.Mediations(vc.MediationQuery{Connection: connection, Server: &server, Page: vc.Page{Limit: 1}})
	if err != nil {
		return vc.Mediation{}, err
	}
	if len(found) == 0 {
		return vc.Mediation{}, refuse("mediation-unknown", "there is no mediation between us")
	}
	return found[0], nil
}

// granted is mediationOf for a mediation that stands.
func (t *Turn) granted(connection string, server bool) (vc.Mediation, error) {
	m, err := t.mediationOf(connection, server)
	if err == nil && m.State != vc.MediationGranted {
		err = refuse("mediation-not-granted", "the mediation is not granted")
	}
	return m, err
}

// putMediation writes a mediation in another state.
func (t *Turn) putMediation(m *vc.Mediation, state vc.MediationState) error {
	m.State, m.UpdatedAt = state, t.Now
	m.Revision++
	return t.Rows.UpdateMediation(*m)
}

func (t *Turn) insertMediation(m *vc.Mediation) error {
	m.ID, m.Scope, m.CreatedAt, m.UpdatedAt, m.Revision = newID(), t.By.Scope, t.Now, t.Now, 1
	return t.Rows.InsertMediation(*m)
}

// allKeys lists the keys of a mediation from an offset on; at most max.
func (t *Turn) allKeys(mediation string, offset, max int) (all []vc.MediatedKey, err error) {
	const page = 1000
	for len(all) < max {
		some, err := t.Rows.MediatedKeys(mediation, vc.Page{Limit: min(page, max-len(all)), Offset: offset + len(all)})
		if err != nil {
			return nil, err
		}
		all = append(all, some...)
		if len(some) < page {
			break
		}
	}
	return all, nil
}

func didKeys(verkeys []string) []string {
	out := slices.Clone(verkeys)
	for i, text := range out {
		if key, err := didcomm.ParseVerkey(text); err == nil {
			out[i] = key.DIDKey()
		}
	}
	return out
}
