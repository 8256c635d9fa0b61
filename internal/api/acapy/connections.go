package acapy

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func (d *Door) connections() []line {
	return []line{
		of(get, "/connections", access.WalletUse, d.listConnections),
		of(get, "/connections/{conn_id}", access.WalletUse, d.getConnection),
		of(remove, "/connections/{conn_id}", access.WalletUse, d.dropConnection),
		of(get, "/connections/{conn_id}/endpoints", access.WalletUse, d.endpoints),
		of(get, "/connections/{conn_id}/metadata", access.WalletUse, d.getMetadata),
		of(post, "/connections/{conn_id}/metadata", access.WalletUse, d.setMetadata),
		of(post, "/connections/create-static", access.WalletUse, d.createStatic),
	}
}

func (d *Door) messages() []line {
	return []line{
		of(post, "/connections/{conn_id}/send-ping", access.WalletUse, d.ping),
		of(post, "/connections/{conn_id}/send-message", access.WalletUse, d.say),
	}
}

func (d *Door) didexchange() []line {
	return []line{
		of(post, "/didexchange/create-request", access.WalletUse, d.createRequest),
		of(post, "/didexchange/receive-request", access.WalletUse, d.receiveRequest),
		of(post, "/didexchange/{conn_id}/accept-invitation", access.WalletUse, d.acceptInvitation),
		of(post, "/didexchange/{conn_id}/accept-request", access.WalletUse, d.acceptRequest),
		of(post, "/didexchange/{conn_id}/reject", access.WalletUse, d.reject),
	}
}

func (d *Door) listConnections(c *call) (any, error) {
	f := agent.ConnectionFilter{Alias: c.text("alias"), Their: c.text("their_did"), TheirPublic: c.text("their_public_did")}
	f.Mine, f.InvitationKey, f.InvitationID, f.Protocol = c.text("my_did"), c.text("invitation_key"), c.text("invitation_msg_id"), c.text("connection_protocol")
	switch c.text("their_role") { // by either naming
	case "inviter", "responder":
		f.Role = vc.RoleInvitee
	case "invitee", "requester":
		f.Role = vc.RoleInviter
	}
	if state := c.text("state"); state != "" {
		if f.States = statesOf(state); f.States == nil {
			return listed[connRecord](nil), nil
		}
	}
	views, err := paged(c, func(v agent.ConnectionView) string { return v.Connection.ID }, nil, func(page vc.Page) ([]agent.ConnectionView, error) {
		f.Page = page
		return d.Agent.Connections(c.ctx(), c.scope, f)
	})
	if err != nil {
		return nil, err
	}
	records := make([]connRecord, len(views))
	for i, v := range views {
		records[i] = connection(v, false)
	}
	return listed(records), nil
}

// connected answers with a connection.
func connected(v agent.ConnectionView, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return connection(v, false), nil
}

func (d *Door) getConnection(c *call) (any, error) {
	return connected(d.Agent.Connection(c.ctx(), c.scope, c.id(nounConnection, "conn_id")))
}

func (d *Door) dropConnection(c *call) (any, error) {
	return done{}, d.Agent.DropConnection(c.ctx(), c.by, c.id(nounConnection, "conn_id"))
}

func (d *Door) endpoints(c *call) (any, error) {
	mine, theirs, err := d.Agent.Endpoints(c.ctx(), c.scope, c.id(nounConnection, "conn_id"))
	return struct {
		Mine   string `json:"my_endpoint,omitzero"`
		Theirs string `json:"their_endpoint,omitzero"`
	}{mine, theirs}, err
}

// metadataWire is what clients keep beside a connection.
type metadataWire struct {
	Results map[string]jsontext.Value `json:"results"`
}

func (d *Door) getMetadata(c *call) (any, error) {
	values, err := d.Agent.Metadata(c.ctx(), c.scope, c.id(nounConnection, "conn_id"), c.text("key"))
	if values == nil {
		values = map[string]jsontext.Value{}
	}
	return metadataWire{values}, err
}

func (d *Door) setMetadata(c *call) (any, error) {
	var in struct {
		Metadata map[string]jsontext.Value `json:"metadata"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if err := d.Agent.SetMetadata(c.ctx(), c.by, c.id(nounConnection, "conn_id"), in.Metadata); err != nil {
		return nil, err
	}
	return d.getMetadata(c)
}

// staticBody asks for a connection without a handshake.
type staticBody struct {
	Alias         string `json:"alias"`
	MyDID         string `json:"my_did"`
	MySeed        string `json:"my_seed"`
	TheirDID      string `json:"their_did"`
	TheirSeed     string `json:"their_seed"`
	TheirVerkey   string `json:"their_verkey"`
	TheirEndpoint string `json:"their_endpoint"`
	TheirLabel    string `json:"their_label"`
}

// staticWire tells both ends of it.
type staticWire struct {
	MyDID       string     `json:"my_did"`
	MyVerkey    string     `json:"my_verkey"`
	MyEndpoint  string     `json:"my_endpoint"`
	TheirDID    string     `json:"their_did"`
	TheirVerkey string     `json:"their_verkey"`
	Record      connRecord `json:"record"`
}

func (d *Door) createStatic(c *call) (any, error) {
	var in staticBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if (in.MySeed != "" || in.TheirSeed != "") && !d.Settings.Seeds {
		return nil, unready(textSeeds)
	}
	mine, okay := seedOf(in.MySeed)
	theirs, fine := seedOf(in.TheirSeed)
	if in.MySeed != "" && !okay || in.TheirSeed != "" && !fine {
		return nil, unready("Seed value must be 32 bytes in length")
	}
	v, err := d.Agent.CreateStatic(c.ctx(), c.by, agent.NewStatic{
		Alias: in.Alias, MyDID: in.MyDID, MySeed: mine, TheirDID: in.TheirDID, TheirSeed: theirs, TheirVerkey: in.TheirVerkey,
		TheirEndpoint: in.TheirEndpoint, TheirLabel: in.TheirLabel,
	})
	if err != nil {
		return nil, err
	}
	return staticWire{
		MyDID: v.MyDID, MyVerkey: v.MyVerkey, MyEndpoint: v.MyEndpoint, TheirDID: v.TheirDID, TheirVerkey: v.TheirVerkey,
		Record: connection(v.ConnectionView, false),
	}, nil
}

func (d *Door) ping(c *call) (any, error) {
	var in struct {
		Comment string `json:"comment"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	thread, err := d.Agent.Ping(c.ctx(), c.by, c.id(nounConnection, "conn_id"), in.Comment)
	return map[string]string{"thread_id": thread}, err
}

func (d *Door) say(c *call) (any, error) {
	var in struct {
		Content string `json:"content"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return done{}, d.Agent.Say(c.ctx(), c.by, c.id(nounConnection, "conn_id"), in.Content)
}

// how reads what the query says of a step of a handshake.
func (c *call) how() agent.How {
	return agent.How{
		Label: c.text("my_label"), Endpoint: c.text("my_endpoint"), UseDID: c.text("use_did"), UseDIDMethod: c.text("use_did_method"),
		UsePublicDID: c.flag("use_public_did"), Mediation: c.bodyID(nounMediation, c.text("mediation_id")), Alias: c.text("alias"),
		Auto: c.tri("auto_accept"),
	}
}

func (d *Door) createRequest(c *call) (any, error) {
	protocol := c.text("protocol")
	if protocol != "" && !strings.Contains(protocol, "://") {
		protocol = "https://didcomm.org/" + protocol
	}
	return connected(d.Agent.RequestByDID(c.ctx(), c.by, agent.NewRequest{
		How: c.how(), TheirDID: c.text("their_public_did"), Protocol: protocol, Goal: c.text("goal"), GoalCode: c.text("goal_code"),
	}))
}

func (d *Door) receiveRequest(c *call) (any, error) {
	message, err := c.message(didcomm.TypeDIDRequest)
	if err != nil {
		return nil, err
	}
	return connected(d.Agent.ReceiveRequest(c.ctx(), c.by, message, c.how()))
}

func (d *Door) acceptInvitation(c *call) (any, error) {
	return connected(d.Agent.AcceptInvitation(c.ctx(), c.by, c.id(nounConnection, "conn_id"), c.how()))
}

func (d *Door) acceptRequest(c *call) (any, error) {
	return connected(d.Agent.AcceptRequest(c.ctx(), c.by, c.id(nounConnection, "conn_id"), c.how()))
}

func (d *Door) reject(c *call) (any, error) {
	var in struct {
		Reason string `json:"reason"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return connected(d.Agent.Reject(c.ctx(), c.by, c.id(nounConnection, "conn_id"), in.Reason))
}
