package acapy

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func (d *Door) rotation() []line {
	return []line{
		of(post, "/did-rotate/{conn_id}/rotate", access.WalletUse, d.rotate),
		of(post, "/did-rotate/{conn_id}/hangup", access.WalletUse, d.hangUp),
	}
}

func (d *Door) rotate(c *call) (any, error) {
	var in struct {
		To string `json:"to_did"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	sent, err := d.Agent.Rotate(c.ctx(), c.by, c.id(nounConnection, "conn_id"), in.To)
	return sentMessage(&sent, err)
}

func (d *Door) hangUp(c *call) (any, error) {
	sent, err := d.Agent.Hangup(c.ctx(), c.by, c.id(nounConnection, "conn_id"))
	return sentMessage(&sent, err)
}

// sentMessage answers with a message as it was sent.
func sentMessage(m didcomm.Message, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	raw, err := didcomm.Encode(m)
	return jsontext.Value(raw), err
}

func (d *Door) discovery() []line {
	return []line{
		of(get, "/discover-features-2.0/queries", access.WalletUse, d.discover),
		of(get, "/discover-features-2.0/records", access.WalletUse, d.discoveries),
	}
}

// discoveryRecord is what a peer was asked, and disclosed.
type discoveryRecord struct {
	ID          string         `json:"discovery_exchange_id,omitzero"`
	Connection  string         `json:"connection_id,omitzero"`
	Thread      string         `json:"thread_id,omitzero"`
	State       string         `json:"state,omitzero"`
	Trace       bool           `json:"trace"`
	Queries     jsontext.Value `json:"queries_msg"`
	Disclosures jsontext.Value `json:"disclosures,omitzero"`
	CreatedAt   stamp          `json:"created_at,omitzero"`
	UpdatedAt   stamp          `json:"updated_at,omitzero"`
}

func discovered(v agent.Discovery) discoveryRecord {
	return discoveryRecord{
		ID: wireID(v.ID), Connection: wireID(v.Connection), Thread: v.Thread, State: v.State, Queries: v.Queries,
		Disclosures: v.Disclosures, CreatedAt: stamp(v.CreatedAt), UpdatedAt: stamp(v.UpdatedAt),
	}
}

// discover asks for everything of a kind where the caller names nothing. What this agent says of itself is no record.
func (d *Door) discover(c *call) (any, error) {
	asked := func(name string) string {
		if c.query.Has(name) {
			return c.text(name)
		}
		return "*"
	}
	connection := c.bodyID(nounConnection, c.text("connection_id"))
	v, err := d.Agent.Query(c.ctx(), c.by, connection, asked("query_protocol"), asked("query_goal_code"))
	if err != nil {
		return nil, err
	}
	if connection == "" {
		return discoveryRecord{Queries: v.Queries, Disclosures: v.Disclosures}, nil
	}
	return discovered(v), nil
}

func (d *Door) discoveries(c *call) (any, error) {
	all, err := d.Agent.Discoveries(c.ctx(), c.scope, c.bodyID(nounConnection, c.text("connection_id")))
	if err != nil {
		return nil, err
	}
	records := make([]discoveryRecord, len(all))
	for i, v := range all {
		records[i] = discovered(v)
	}
	return listed(records), nil
}
