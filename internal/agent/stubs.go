package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

var errUnbuilt = vc.Errorf(vc.Unsupported, "not-built", "not built yet")

// Invite makes an invitation.
func (d *Desk) Invite(ctx context.Context, by vc.Caller, n NewInvitation) (InvitationView, error) {
	return InvitationView{}, errUnbuilt
}

// Take takes an invitation.
func (d *Desk) Take(ctx context.Context, by vc.Caller, t Taking) (InvitationView, error) {
	return InvitationView{}, errUnbuilt
}

// Invitation gives an invitation by id; NotFound "invitation-not-found".
func (d *Desk) Invitation(ctx context.Context, scope vc.Scope, id string) (InvitationView, error) {
	return InvitationView{}, errUnbuilt
}

// Invitations lists invitations.
func (d *Desk) Invitations(ctx context.Context, scope vc.Scope, q vc.InvitationQuery) ([]InvitationView, error) {
	return nil, errUnbuilt
}

// DropInvitation deletes our invitation by the @id of its message, and the connection that stands for it.
func (d *Desk) DropInvitation(ctx context.Context, by vc.Caller, messageID string) error {
	return errUnbuilt
}

// Connection gives a connection; NotFound "connection-not-found".
func (d *Desk) Connection(ctx context.Context, scope vc.Scope, id string) (ConnectionView, error) {
	return ConnectionView{}, errUnbuilt
}

// Connections lists connections.
func (d *Desk) Connections(ctx context.Context, scope vc.Scope, f ConnectionFilter) ([]ConnectionView, error) {
	return nil, errUnbuilt
}

// DropConnection deletes a connection; its exchanges stay.
func (d *Desk) DropConnection(ctx context.Context, by vc.Caller, id string) error { return errUnbuilt }

// Endpoints gives the endpoints of both ends.
func (d *Desk) Endpoints(ctx context.Context, scope vc.Scope, id string) (mine, theirs string, err error) {
	return "", "", errUnbuilt
}

// Metadata gives what clients keep beside a connection: all of it, or one key's.
func (d *Desk) Metadata(ctx context.Context, scope vc.Scope, id, key string) (map[string]jsontext.Value, error) {
	return nil, errUnbuilt
}

// SetMetadata adds to what clients keep beside a connection.
func (d *Desk) SetMetadata(ctx context.Context, by vc.Caller, id string, values map[string]jsontext.Value) error {
	return errUnbuilt
}

// AcceptInvitation sends the request.
func (d *Desk) AcceptInvitation(ctx context.Context, by vc.Caller, id string, how How) (ConnectionView, error) {
	return ConnectionView{}, errUnbuilt
}

// AcceptRequest sends the response.
func (d *Desk) AcceptRequest(ctx context.Context, by vc.Caller, id string, how How) (ConnectionView, error) {
	return ConnectionView{}, errUnbuilt
}

// Reject says no to an invitation or a request.
func (d *Desk) Reject(ctx context.Context, by vc.Caller, id, reason string) (ConnectionView, error) {
	return ConnectionView{}, errUnbuilt
}

// RequestByDID asks whom a public DID leads to for a connection.
func (d *Desk) RequestByDID(ctx context.Context, by vc.Caller, n NewRequest) (ConnectionView, error) {
	return ConnectionView{}, errUnbuilt
}

// ReceiveRequest takes a request that came another way.
func (d *Desk) ReceiveRequest(ctx context.Context, by vc.Caller, message []byte, how How) (ConnectionView, error) {
	return ConnectionView{}, errUnbuilt
}

// CreateStatic makes a connection without a handshake.
func (d *Desk) CreateStatic(ctx context.Context, by vc.Caller, n NewStatic) (StaticView, error) {
	return StaticView{}, errUnbuilt
}

// Ping sends a ping, and gives its thread.
func (d *Desk) Ping(ctx context.Context, by vc.Caller, id, comment string) (thread string, err error) {
	return "", errUnbuilt
}

// Say sends a line of text.
func (d *Desk) Say(ctx context.Context, by vc.Caller, id, content string) error { return errUnbuilt }

// Rotate changes our DID for a connection.
func (d *Desk) Rotate(ctx context.Context, by vc.Caller, id, toDID string) (didcomm.Rotate, error) {
	return didcomm.Rotate{}, errUnbuilt
}

// Hangup ends a connection.
func (d *Desk) Hangup(ctx context.Context, by vc.Caller, id string) (didcomm.Hangup, error) {
	return didcomm.Hangup{}, errUnbuilt
}

// Query asks a peer what it can do.
func (d *Desk) Query(ctx context.Context, by vc.Caller, connection, protocol, goalCode string) (Discovery, error) {
	return Discovery{}, errUnbuilt
}

// Discoveries lists what was asked, newest first; of one connection where that is given.
func (d *Desk) Discoveries(ctx context.Context, scope vc.Scope, connection string) ([]Discovery, error) {
	return nil, errUnbuilt
}
