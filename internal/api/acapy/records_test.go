package acapy

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

const (
	anID    = "01a2027e-e829-7a2c-99ca-32707ee16d9d"
	another = "01a2027e-e829-7a2c-99ca-32707ee16d9e"
)

// membersOf gives the members of a JSON object, sorted.
func membersOf(t *testing.T, v any) []string {
	t.Helper()
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		t.Fatal(err)
	}
	var object map[string]jsontext.Value
	if err := json.Unmarshal(raw, &object); err != nil {
		t.Fatal(err)
	}
	return sortedKeys(object)
}

// recorded gives the records of a capture: those of answers, and those in lists and details.
func recorded(t *testing.T, name string) (records []map[string]jsontext.Value) {
	t.Helper()
	var calls []struct {
		Response jsontext.Value `json:"response"`
	}
	if err := json.Unmarshal(sharedtest.Read(t, acapySource, "transcripts", "acapy", name), &calls); err != nil {
		t.Fatal(err)
	}
	var add func(raw jsontext.Value)
	add = func(raw jsontext.Value) {
		object, ok := objectOf(raw)
		if !ok {
			return
		}
		records = append(records, object)
		add(object["cred_ex_record"])
		var list []jsontext.Value
		if json.Unmarshal(object["results"], &list) == nil {
			for _, one := range list {
				add(one)
			}
		}
	}
	for _, call := range calls {
		if len(call.Response) > 0 {
			add(call.Response)
		}
	}
	return records
}

func hooked(t *testing.T, name string) (records []map[string]jsontext.Value) {
	t.Helper()
	var hooks []struct {
		Path string                    `json:"path"`
		Body map[string]jsontext.Value `json:"body"`
	}
	if err := json.Unmarshal(sharedtest.Read(t, acapySource, "transcripts", "acapy", name), &hooks); err != nil {
		t.Fatal(err)
	}
	for _, hook := range hooks {
		topic := hook.Path[strings.Index(hook.Path, "/topic/")+len("/topic/"):]
		hook.Body["topic"] = jsontext.Value(`"` + strings.TrimSuffix(topic, "/") + `"`)
		records = append(records, hook.Body)
	}
	return records
}

// like finds the records that have these values, and says that all of them have these members.
func like(t *testing.T, records []map[string]jsontext.Value, got []string, values map[string]string) {
	t.Helper()
	found := false
	for _, record := range records {
		match := true
		for name, value := range values {
			match = match && string(record[name]) == `"`+value+`"`
		}
		if !match {
			continue
		}
		found = true
		want := slices.DeleteFunc(sortedKeys(record), func(name string) bool { return name == "topic" })
		if !slices.Equal(got, want) {
			t.Errorf("%v:\n  %v\n  %v", values, got, want)
		}
	}
	if !found {
		t.Errorf("no record is like %v", values)
	}
}

var no, yes = false, true

func exchangeLike(role vc.ExchangeRole, state vc.ExchangeState) agent.ExchangeView {
	m := jsontext.Value(`{}`)
	v := agent.ExchangeView{
		Exchange: vc.Exchange{ID: anID, Role: role, State: state, Channel: another, Thread: "t", CreatedAt: time.Now(), UpdatedAt: time.Now()},
		Flags:    agent.ExchangeFlags{Initiator: "self", AutoRemove: &no}, Offer: m,
		Formats: map[string]map[string]jsontext.Value{"cred_offer": {"ld_proof": m}},
	}
	if role == vc.RoleIssuer {
		v.Proposal = m
	}
	if state != vc.Offered {
		v.Request = m
	}
	if state == vc.Delivered || state == vc.Accepted {
		v.Issue = m
	}
	return v
}

func proofLike(role vc.ProofRole, state vc.ProofState) agent.ProofView {
	m := jsontext.Value(`{}`)
	v := agent.ProofView{
		Proof: vc.Proof{ID: anID, Role: role, State: state, Channel: another, Thread: "t", CreatedAt: time.Now(), UpdatedAt: time.Now()},
		Flags: agent.ProofFlags{Initiator: "self"}, Request: m,
	}
	if state == vc.ProofPresented || state == vc.ProofDone {
		v.Presentation = m
	}
	if state == vc.ProofDone && role == vc.RoleVerifier {
		v.Proof.Verified = &yes
	}
	return v
}

func TestExchangeMembers(t *testing.T) {
	records := recorded(t, "rest-didex1.1.json")
	hooks := hooked(t, "webhooks-didex1.1.json")
	for _, c := range []struct {
		role  vc.ExchangeRole
		state vc.ExchangeState
		name  string
		rest  bool
	}{
		{vc.RoleIssuer, vc.Offered, "offer-sent", true},
		{vc.RoleHolder, vc.Offered, "offer-received", true},
		{vc.RoleHolder, vc.Requested, "request-sent", true},
		{vc.RoleIssuer, vc.Requested, "request-received", false},
		{vc.RoleIssuer, vc.Delivered, "credential-issued", true},
		{vc.RoleHolder, vc.Delivered, "credential-received", false},
		{vc.RoleIssuer, vc.Accepted, "done", true},
		{vc.RoleHolder, vc.Accepted, "done", true},
	} {
		v := exchangeLike(c.role, c.state)
		values := map[string]string{"role": string(c.role), "state": c.name}
		if c.rest {
			values["cred_ex_id"] = idOf(records, values)
			like(t, records, membersOf(t, exchange(v, false)), values)
			delete(values, "cred_ex_id")
		}
		values["topic"] = "issue_credential_v2_0"
		like(t, hooks, membersOf(t, exchangeSlim(v, false, false)), values)
		if got := exchangeState(v); got != c.name {
			t.Errorf("%s, not %s", got, c.name)
		}
	}
	stored := exchangeLike(vc.RoleHolder, vc.Accepted)
	stored.Flags.Detail, stored.Flags.DetailAt, stored.Flags.DetailUpdated, stored.HeldName = anID, time.Now(), time.Now(), "x"
	like(t, hooks, membersOf(t, ldProof(stored)), map[string]string{"topic": "issue_credential_v2_0_ld_proof"})
}

// idOf gives the id of the first record with these values, or "" which no record has.
func idOf(records []map[string]jsontext.Value, values map[string]string) string {
	for _, record := range records {
		match := record["cred_ex_id"] != nil
		for name, value := range values {
			match = match && string(record[name]) == `"`+value+`"`
		}
		if match {
			return unquoted(record["cred_ex_id"])
		}
	}
	return ""
}

func TestProofMembers(t *testing.T) {
	records := recorded(t, "rest-didex1.1.json")
	hooks := hooked(t, "webhooks-didex1.1.json")
	for _, c := range []struct {
		role  vc.ProofRole
		state vc.ProofState
		name  string
		rest  bool
	}{
		{vc.RoleVerifier, vc.ProofAsked, "request-sent", true},
		{vc.RoleProver, vc.ProofAsked, "request-received", true},
		{vc.RoleProver, vc.ProofPresented, "presentation-sent", true},
		{vc.RoleVerifier, vc.ProofPresented, "presentation-received", false},
		{vc.RoleVerifier, vc.ProofDone, "done", true},
		{vc.RoleProver, vc.ProofDone, "done", false},
	} {
		v := proofLike(c.role, c.state)
		if c.rest {
			like(t, records, membersOf(t, proof(v, true)), map[string]string{"role": string(c.role), "state": c.name})
		}
		like(t, hooks, membersOf(t, proofSlim(v, false)), map[string]string{"role": string(c.role), "state": c.name, "topic": "present_proof_v2_0"})
	}
}

func TestConnectionMembers(t *testing.T) {
	records := recorded(t, "rest-didex1.1.json")
	hooks := hooked(t, "webhooks-didex1.1.json")
	v := agent.ConnectionView{
		Connection: vc.Connection{
			ID: anID, Role: vc.RoleInviter, State: vc.Completed, Mode: vc.ModeOnce, Protocol: "didexchange/1.1", Thread: "t", InvitationID: "i",
			InvitationKey: "k", Mine: "did:peer:4m", Auto: true, CreatedAt: time.Now(), UpdatedAt: time.Now(),
		},
		Alias: "a", TheirLabel: "l", Their: "did:peer:4t",
	}
	active := map[string]string{"their_role": "invitee", "state": "active", "rfc23_state": "completed"}
	like(t, records, membersOf(t, connection(v, false)), active)
	like(t, hooks, membersOf(t, connection(v, false)), active)
	like(t, hooks, membersOf(t, connection(v, true)), map[string]string{"their_role": "invitee", "state": "deleted"})
	invited := v
	invited.Connection.State, invited.Connection.Thread, invited.Connection.Mine, invited.Their, invited.TheirLabel = vc.Invited, "", "", "", ""
	like(t, hooks, membersOf(t, connection(invited, false)), map[string]string{"rfc23_state": "invitation-sent"})
	invited.Connection.Role, invited.TheirLabel = vc.RoleInvitee, "l"
	like(t, hooks, membersOf(t, connection(invited, false)), map[string]string{"rfc23_state": "invitation-received"})
}

func TestInvitationMembers(t *testing.T) {
	records := recorded(t, "rest-multitenant-oob.json")
	hooks := hooked(t, "webhooks-multitenant-oob.json")
	v := agent.InvitationView{
		Invitation: vc.Invitation{
			ID: anID, Sender: true, MessageID: "m", State: vc.InvitationNew, Connection: another, Key: "k", Thread: "t",
			CreatedAt: time.Now(), UpdatedAt: time.Now(),
		},
		Message: jsontext.Value(`{}`), URL: "https://x?oob=y",
	}
	like(t, recorded(t, "rest-didex1.1.json"), membersOf(t, invitation(v)), map[string]string{"state": "initial"})
	v.Invitation.State = vc.InvitationDone
	like(t, hooks, membersOf(t, oob(v, false)), map[string]string{"role": "sender", "state": "done", "oob_id": "10fd62dd-6597-497d-ba99-58cf16321997"})
	v.Invitation.Sender, v.Deleted = false, true
	like(t, records, membersOf(t, oob(v, false)), map[string]string{"role": "receiver", "state": "deleted"})
	v.Deleted, v.Invitation.State, v.Invitation.Connection = false, vc.InvitationPreparing, ""
	v.Service = &didcomm.Service{Endpoint: "http://x", RecipientKeys: []string{"2tjxsVExdWSvoD8DxddBgd6u9HEVpBZGu78u3YhZmodb"}}
	like(t, records, membersOf(t, oob(v, false)), map[string]string{"role": "receiver", "state": "prepare-response"})
	reusedBy := agent.ReuseView{Connection: agent.ConnectionView{Connection: vc.Connection{ID: anID}}, Invitation: "i", Thread: "t"}
	like(t, hooks, membersOf(t, reused(reusedBy, "")), map[string]string{"topic": "connection_reuse"})
	like(t, hooks, membersOf(t, reused(reusedBy, "accepted")), map[string]string{"topic": "connection_reuse_accepted"})
}

func TestWireID(t *testing.T) {
	if got := wireID(anID); got != "01a2027e-e829-4a2c-99ca-32707ee16d9d" {
		t.Error(got)
	}
	if id, ok := parseID(strings.ToUpper(wireID(anID))); !ok || id != anID {
		t.Error(id)
	}
	for _, text := range []string{"", "x", anID, "01a2027e-e829-4a2c-99ca-32707ee16d9", "01a2027ege829-4a2c-99ca-32707ee16d9d"} {
		if id, ok := parseID(text); ok {
			t.Errorf("%q is %q", text, id)
		}
	}
	if id, ok := heldID(recordID("", anID)); !ok || id != anID {
		t.Error(id)
	}
}

func TestStamp(t *testing.T) {
	raw, err := json.Marshal(stamp(time.Date(2026, 11, 22, 1, 2, 3, 4_005_000, time.UTC)))
	if err != nil || string(raw) != `"2026-11-22T01:02:03.004005Z"` {
		t.Error(string(raw), err)
	}
}
