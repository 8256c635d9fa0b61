package acapy

import (
	"context"
	"math"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func (d *Door) mediation() []line {
	const requests, keylists = "/mediation/requests", "/mediation/keylists"
	return []line{
		of(post, "/mediation/request/{conn_id}", access.WalletUse, d.requestMediation),
		of(get, requests, access.WalletUse, d.listMediations),
		of(get, requests+"/{mediation_id}", access.WalletUse, d.getMediation),
		of(remove, requests+"/{mediation_id}", access.WalletUse, d.mediated((*agent.Desk).DropMediation)),
		of(post, requests+"/{mediation_id}/grant", access.WalletUse, d.answered((*agent.Desk).GrantMediation, didcomm.TypeMediateGrant)),
		of(post, requests+"/{mediation_id}/deny", access.WalletUse, d.answered((*agent.Desk).DenyMediation, didcomm.TypeMediateDeny)),
		of(get, keylists, access.WalletUse, d.keylists),
		of(post, keylists+"/{mediation_id}/send-keylist-update", access.WalletUse, d.updateKeylist),
		of(post, keylists+"/{mediation_id}/send-keylist-query", access.WalletUse, d.queryKeylist),
		of(post, "/mediation/update-keylist/{conn_id}", access.WalletUse, d.mediateConnection),
		of(put, "/mediation/{mediation_id}/default-mediator", access.WalletUse, d.preferMediation),
		of(get, "/mediation/default-mediator", access.WalletUse, d.defaultMediation),
		of(remove, "/mediation/default-mediator", access.WalletUse, d.noDefaultMediation),
	}
}

// mediationRecord is a mediator of ours, or a client of ours.
type mediationRecord struct {
	MediationID    string   `json:"mediation_id"`
	ConnectionID   string   `json:"connection_id"`
	Role           string   `json:"role"`
	State          string   `json:"state"`
	Endpoint       string   `json:"endpoint,omitzero"`
	RoutingKeys    []string `json:"routing_keys"`
	MediatorTerms  []string `json:"mediator_terms"`
	RecipientTerms []string `json:"recipient_terms"`
	CreatedAt      stamp    `json:"created_at"`
	UpdatedAt      stamp    `json:"updated_at"`
}

func mediation(m vc.Mediation) mediationRecord {
	record := mediationRecord{
		MediationID: wireID(m.ID), ConnectionID: wireID(m.Connection), Role: "client", State: string(m.State), Endpoint: m.Endpoint,
		RoutingKeys: []string{}, MediatorTerms: []string{}, RecipientTerms: []string{}, CreatedAt: stamp(m.CreatedAt), UpdatedAt: stamp(m.UpdatedAt),
	}
	if m.Server {
		record.Role = "server"
	}
	for _, text := range m.Routing {
		if key, err := didcomm.ParseVerkey(text); err == nil {
			text = key.DIDKey()
		}
		record.RoutingKeys = append(record.RoutingKeys, text)
	}
	return record
}

// mediating answers with a mediation.
func mediating(m vc.Mediation, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return mediation(m), nil
}

// mediated does something with a mediation.
func (d *Door) mediated(do func(*agent.Desk, context.Context, vc.Caller, string) (vc.Mediation, error)) act {
	return func(c *call) (any, error) {
		return mediating(do(d.Agent, c.ctx(), c.by, c.id(nounMediation, "mediation_id")))
	}
}

// answered grants or denies, and gives what the peer is told.
func (d *Door) answered(do func(*agent.Desk, context.Context, vc.Caller, string) (vc.Mediation, error), as didcomm.Type) act {
	return func(c *call) (any, error) {
		m, err := do(d.Agent, c.ctx(), c.by, c.id(nounMediation, "mediation_id"))
		if err != nil {
			return nil, err
		}
		told := map[string]any{"@type": as}
		if as == didcomm.TypeMediateGrant {
			told["endpoint"], told["routing_keys"] = m.Endpoint, mediation(m).RoutingKeys
		}
		return told, nil
	}
}

func (d *Door) requestMediation(c *call) (any, error) {
	return mediating(d.Agent.RequestMediation(c.ctx(), c.by, c.id(nounConnection, "conn_id")))
}

func (d *Door) listMediations(c *call) (any, error) {
	q := vc.MediationQuery{Connection: c.bodyID(nounConnection, c.text("conn_id")), State: vc.MediationState(c.text("state"))}
	all, err := sliced(math.MaxInt, 0, vc.Page{Ascending: true}, func(m vc.Mediation) string { return m.ID }, nil, func(page vc.Page) ([]vc.Mediation, error) {
		q.Page = page
		return d.Agent.Mediations(c.ctx(), c.scope, q)
	})
	if err != nil {
		return nil, err
	}
	records := make([]mediationRecord, len(all))
	for i, m := range all {
		records[i] = mediation(m)
	}
	return listed(records), nil
}

func (d *Door) getMediation(c *call) (any, error) {
	return mediating(d.Agent.Mediation(c.ctx(), c.scope, c.id(nounMediation, "mediation_id")))
}

// routeRecord is a key for which messages are taken.
type routeRecord struct {
	ConnectionID string `json:"connection_id"`
	RecipientKey string `json:"recipient_key"`
	RecordID     string `json:"record_id"`
	Role         string `json:"role"`
	CreatedAt    stamp  `json:"created_at"`
	UpdatedAt    stamp  `json:"updated_at"`
}

func routes(k agent.Keylist) []routeRecord {
	record := mediation(k.Mediation)
	var all []routeRecord
	for _, key := range k.Keys {
		all = append(all, routeRecord{
			ConnectionID: record.ConnectionID, RecipientKey: base58Keys([]string{key.Verkey})[0], RecordID: record.MediationID,
			Role: record.Role, CreatedAt: stamp(key.CreatedAt), UpdatedAt: stamp(key.CreatedAt),
		})
	}
	return all
}

func (d *Door) keylists(c *call) (any, error) {
	var server *bool
	if role := c.text("role"); role != "" {
		is := role == "server"
		server = &is
	}
	lists, err := d.Agent.Keylists(c.ctx(), c.scope, c.bodyID(nounConnection, c.text("conn_id")), server)
	if err != nil {
		return nil, err
	}
	var all []routeRecord
	for _, list := range lists {
		all = append(all, routes(list)...)
	}
	skip, limit := wholeOf(c.text("offset"), 0), wholeOf(c.text("limit"), usual)
	all = all[min(skip, len(all)):]
	return listed(all[:min(limit, len(all))]), nil
}

func (d *Door) updateKeylist(c *call) (any, error) {
	var in struct {
		Updates []didcomm.KeylistChange `json:"updates"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Updates) == 0 {
		return nil, unready("Updates cannot be empty.")
	}
	sent, err := d.Agent.UpdateKeylist(c.ctx(), c.by, c.id(nounMediation, "mediation_id"), in.Updates)
	return sentMessage(&sent, err)
}

func (d *Door) queryKeylist(c *call) (any, error) {
	var page *didcomm.KeylistPage
	if limit, offset := wholeOf(c.text("paginate_limit"), -1), wholeOf(c.text("paginate_offset"), 0); limit >= 0 {
		page = &didcomm.KeylistPage{Limit: &limit, Offset: &offset}
	}
	sent, err := d.Agent.QueryKeylist(c.ctx(), c.by, c.id(nounMediation, "mediation_id"), page)
	return sentMessage(&sent, err)
}

func (d *Door) mediateConnection(c *call) (any, error) {
	var in struct {
		Mediation string `json:"mediation_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	sent, err := d.Agent.MediateConnection(c.ctx(), c.by, c.id(nounConnection, "conn_id"), c.bodyID(nounMediation, in.Mediation))
	return sentMessage(&sent, err)
}

func (d *Door) defaultMediation(c *call) (any, error) {
	m, err := d.Agent.DefaultMediation(c.ctx(), c.scope)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return done{}, nil
	}
	return mediating(m, err)
}

func (d *Door) preferMediation(c *call) (any, error) {
	return mediating(d.Agent.SetDefaultMediation(c.ctx(), c.by, c.bodyID(nounMediation, c.path("mediation_id")))) // 400 where it is not there
}

func (d *Door) noDefaultMediation(c *call) (any, error) {
	m, err := d.Agent.SetDefaultMediation(c.ctx(), c.by, "")
	if m.ID == "" && (err == nil || vc.KindOf(err) == vc.NotFound) {
		return done{}, nil
	}
	return mediating(m, err)
}
