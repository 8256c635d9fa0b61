package api_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
)

// didcomm is an invitation that nobody has taken, and a message that did not arrive.
func (w *world) didcomm(t *testing.T) {
	ctx, c := t.Context(), w.admin
	tenant := must(w.operator.GetTenant(ctx, "default"))(t)
	by := vc.Caller{Scope: vc.Scope{Tenant: tenant.ID, Organisation: w.org}, Principal: "test", Door: "test"}
	made := must(w.app.Agent.Invite(ctx, by, agent.NewInvitation{Alias: "Bob", Handshake: []string{"didexchange/1.1"}}))(t)
	peer := must(c.GetConnection(ctx, made.Invitation.Connection))(t)
	if peer.State != "invited" || peer.Role != "inviter" || peer.Alias != "Bob" || peer.Mode != "once" || peer.Organisation != w.org {
		t.Errorf("invited %+v", peer)
	}
	if all := must(c.ListConnections(ctx, sdk.ConnectionQuery{State: "invited"}))(t); len(all.Items) != 1 || all.Items[0] != peer {
		t.Errorf("listed %+v", all)
	}
	if none := must(c.ListConnections(ctx, sdk.ConnectionQuery{State: "completed", Limit: 1}))(t); len(none.Items) != 0 {
		t.Errorf("listed %+v", none)
	}
	_, err := c.ListConnections(ctx, sdk.ConnectionQuery{State: "lost"})
	refused(t, err, 400, "parameter")
	_, err = c.GetConnection(ctx, uuid.NewString())
	refused(t, err, 404, "connection-not-found")

	now := time.Now().UTC().Truncate(time.Microsecond)
	letter := vc.Letter{
		ID: uuid.Must(uuid.NewV7()).String(), Scope: by.Scope, Way: vc.WayOut, Connection: peer.ID, Type: "basicmessage/2.0/message",
		Message: uuid.NewString(), Thread: uuid.NewString(), State: vc.LetterDead, Failure: "peer-refused", Attempts: 3,
		Subject: "connection/" + peer.ID, BodyKey: []byte("key"), Body: []byte("sealed"), CreatedAt: now, UpdatedAt: now,
	}
	if err := sql.For[agent.Rows](w.app.DB).Update(ctx, by.Scope, func(rows agent.Rows) error { return rows.InsertLetter(letter) }); err != nil {
		t.Fatal(err)
	}
	dead := must(c.ListLetters(ctx, sdk.LetterQuery{State: "dead", Way: "out", Connection: peer.ID}))(t)
	if len(dead.Items) != 1 || dead.Items[0].ID != letter.ID || dead.Items[0].Failure != "peer-refused" || dead.Items[0].Attempts != 3 || dead.Items[0].Type != letter.Type {
		t.Errorf("listed %+v", dead)
	}
	if none := must(c.ListLetters(ctx, sdk.LetterQuery{State: "held"}))(t); len(none.Items) != 0 {
		t.Errorf("listed %+v", none)
	}
	if revived := must(c.ReviveLetter(ctx, letter.ID))(t); revived.State != "waiting" || revived.Attempts != 0 || revived.Failure != "" {
		t.Errorf("revived %+v", revived)
	}
	_, err = c.ReviveLetter(ctx, letter.ID)
	refused(t, err, 409, "letter-state")
	_, err = c.ReviveLetter(ctx, uuid.NewString())
	refused(t, err, 404, "letter-not-found")
}
