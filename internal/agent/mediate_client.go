package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// The topics that are told of mediation.
const (
	TopicMediation = "mediation" // vc.Mediation
	TopicKeylist   = "keylist"   // Keylist
	TopicForward   = "forward"   // MessageView
)

// Keylist is a mediation with the keys for which messages are taken.
type Keylist struct {
	Mediation vc.Mediation
	Keys      []vc.MediatedKey
}

// reach is where peers find a key of ours: straight at our endpoint, or behind a mediator.
type reach struct {
	Mediation string // id; "": none
	Endpoint  string // noEndpoint where we have none
	Routing   []didcomm.Verkey
}

// reach says where a new key of ours will be found: behind the mediation that is named, else the office's, else at the server. It
// fails with NotFound "mediation-not-found" and Denied "mediation-not-granted".
func (t *Turn) reach(d *Desk, settings vc.AgentSettings, named string) (reach, error) {
	return reach{Endpoint: d.Endpoint}, nil
}

// announce tells the mediator, if there is one, of a key of ours. messageID was drawn before the transaction.
func (t *Turn) announce(at reach, verkey, messageID string) error { return nil }

// RequestMediation asks a peer to be our mediator. It fails with NotFound "connection-not-found", Denied "connection-not-ready", and
// Conflict "duplicate" where it was asked.
func (d *Desk) RequestMediation(ctx context.Context, by vc.Caller, connection string) (vc.Mediation, error) {
	return vc.Mediation{}, errUnbuilt
}

// Mediation gives a mediation of either side; NotFound "mediation-not-found".
func (d *Desk) Mediation(ctx context.Context, scope vc.Scope, id string) (vc.Mediation, error) {
	return vc.Mediation{}, errUnbuilt
}

// Mediations lists mediations, newest first.
func (d *Desk) Mediations(ctx context.Context, scope vc.Scope, q vc.MediationQuery) ([]vc.Mediation, error) {
	return nil, errUnbuilt
}

// DropMediation forgets a mediation and its keys; what was kept for a client of ours is gone.
func (d *Desk) DropMediation(ctx context.Context, by vc.Caller, id string) (vc.Mediation, error) {
	return vc.Mediation{}, errUnbuilt
}

// Keylists gives the keys of mediations, newest first: of one connection, of one side, where that is given.
func (d *Desk) Keylists(ctx context.Context, scope vc.Scope, connection string, server *bool) ([]Keylist, error) {
	return nil, errUnbuilt
}

// UpdateKeylist tells a mediator of ours for which keys it is to take messages.
func (d *Desk) UpdateKeylist(ctx context.Context, by vc.Caller, mediation string, changes []didcomm.KeylistChange) (didcomm.KeylistUpdate, error) {
	return didcomm.KeylistUpdate{}, errUnbuilt
}

// QueryKeylist asks a mediator of ours for the keys that it knows. The answer comes as topic "keylist".
func (d *Desk) QueryKeylist(ctx context.Context, by vc.Caller, mediation string, page *didcomm.KeylistPage) (didcomm.KeylistQuery, error) {
	return didcomm.KeylistQuery{}, errUnbuilt
}

// MediateConnection tells a mediator of ours (named, else the office's) to take the messages for a connection's keys.
func (d *Desk) MediateConnection(ctx context.Context, by vc.Caller, connection, mediation string) (didcomm.KeylistUpdate, error) {
	return didcomm.KeylistUpdate{}, errUnbuilt
}

// DefaultMediation gives the mediation that new invitations and connections are behind; NotFound "mediation-not-found" where there
// is none.
func (d *Desk) DefaultMediation(ctx context.Context, scope vc.Scope) (vc.Mediation, error) {
	return vc.Mediation{}, errUnbuilt
}

// SetDefaultMediation chooses it; "" none. It gives the chosen one, or the one that was.
func (d *Desk) SetDefaultMediation(ctx context.Context, by vc.Caller, id string) (vc.Mediation, error) {
	return vc.Mediation{}, errUnbuilt
}
