package acapy

import (
	"context"
	"maps"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Form is ACA-Py's language of webhooks: the record of a notice, as it was then, at a path that says its topic.
type Form struct {
	Agent       *agent.Desk
	Multitenant bool // say which wallet it is about
	Preserve    bool // see [Settings]
}

var _ notify.Form = (*Form)(nil)

// Name is the door's.
func (*Form) Name() string { return Name }

// events are the entries that notices stand beside.
func events() []string {
	return []string{"connection.*", "invitation.*", "exchange.*", "proof.*", "didcomm.*", "mediation.*", "revocation.*"}
}

// Message is the record; false for an entry that subscribers are not told of, or whose record was swept.
func (f *Form) Message(ctx context.Context, _ vc.Webhook, event vc.Entry) (notify.Message, bool, error) {
	return delivered(f.tell(ctx, event))
}

func delivered(told told, ok bool, err error) (notify.Message, bool, error) {
	if err != nil || !ok {
		return notify.Message{}, false, err
	}
	message := notify.Message{Path: "/topic/" + told.topic + "/", Body: told.body, Header: http.Header{}}
	if told.wallet != "" {
		message.Header.Set("X-Wallet-Id", told.wallet)
	}
	return message, true, nil
}

// told is what a subscriber is told.
type told struct {
	topic  string
	wallet string // id of the wallet; "" where there is one alone
	body   jsontext.Value
}

// tell reads what subscribers are told of an entry.
func (f *Form) tell(ctx context.Context, event vc.Entry) (told, bool, error) {
	noted, err := f.Agent.Notices(ctx, event.Scope, event.ID)
	if err != nil {
		return told{}, false, err
	}
	return f.worded(ctx, event, noted[event.ID])
}

// worded puts what was noted beside an entry into ACA-Py's words; nothing of what was swept.
func (f *Form) worded(ctx context.Context, event vc.Entry, noted agent.Told) (told, bool, error) {
	s, err := f.Agent.Settings(ctx, event.Scope)
	if err != nil {
		return told{}, false, err
	}
	write, ok := topics[noted.Topic]
	if !ok {
		return told{}, false, nil
	}
	preserve := f.Preserve
	if s.Preserve != nil {
		preserve = *s.Preserve
	}
	name, body, err := write(noted.Record, telling{
		gone: strings.HasSuffix(event.Action, ".deleted"), whole: s.WholeWebhooks != nil && *s.WholeWebhooks, preserve: preserve,
	})
	if err != nil {
		return told{}, false, err
	}
	out := told{topic: name}
	if out.body, err = json.Marshal(body, json.Deterministic(true)); err != nil {
		return told{}, false, err
	}
	if f.Multitenant && s.Wallet != "" {
		out.wallet = wireID(event.Scope.Tenant)
	}
	return out, true, nil
}

// telling is how a record is told.
type telling struct {
	gone, whole, preserve bool
}

// topics are ACA-Py's of the agent's, with the bodies that they have.
var topics = map[string]func(record jsontext.Value, t telling) (topic string, body any, err error){
	agent.TopicConnection: viewed("connections", func(v agent.ConnectionView, t telling) any { return connection(v, t.gone) }),
	agent.TopicInvitation: viewed("out_of_band", func(v agent.InvitationView, t telling) any { return oob(v, t.gone) }),
	agent.TopicReuse:      viewed("connection_reuse", func(v agent.ReuseView, _ telling) any { return reused(v, "") }),
	agent.TopicReuseAccepted: viewed("connection_reuse_accepted", func(v agent.ReuseView, _ telling) any {
		return reused(v, "accepted")
	}),
	agent.TopicMessage:        viewed("basicmessages", basicMessage),
	agent.TopicProblem:        viewed("problem_report", problem),
	agent.TopicDiscovery:      viewed("discover_feature_v2_0", func(v agent.Discovery, _ telling) any { return discovered(v) }),
	agent.TopicExchange:       viewed("issue_credential_v2_0", toldExchange),
	agent.TopicExchangeFormat: viewed("issue_credential_v2_0_ld_proof", func(v agent.ExchangeView, _ telling) any { return ldProof(v) }),
	agent.TopicProof:          viewed("present_proof_v2_0", toldProof),
	agent.TopicStatus:         viewed("issuer_cred_rev", func(v agent.Revoked, _ telling) any { return revocationRecord(v) }),
	agent.TopicMediation:      viewed("mediation", func(m vc.Mediation, _ telling) any { return mediation(m) }),
	agent.TopicKeylist:        viewed("keylist", keylistChanged),
	agent.TopicRevoked:        revokedNotice,
}

func viewed[V any](topic string, body func(V, telling) any) func(jsontext.Value, telling) (string, any, error) {
	return func(record jsontext.Value, t telling) (string, any, error) {
		var v V
		if err := json.Unmarshal(record, &v); err != nil {
			return "", nil, err
		}
		return topic, body(v, t), nil
	}
}

// reuse is a connection that was taken for another invitation.
type reuse struct {
	ThreadID     string `json:"thread_id"`
	ConnectionID string `json:"connection_id"`
	Comment      string `json:"comment"`
	State        string `json:"state,omitzero"`
}

func reused(v agent.ReuseView, state string) reuse {
	id := wireID(v.Connection.Connection.ID)
	return reuse{
		ThreadID: v.Thread, ConnectionID: id, Comment: "Connection " + id + " is being reused for invitation " + v.Invitation, State: state,
	}
}

func basicMessage(v agent.MessageView, _ telling) any {
	return struct {
		ConnectionID string `json:"connection_id"`
		MessageID    string `json:"message_id"`
		Content      string `json:"content"`
		State        string `json:"state"`
		SentTime     string `json:"sent_time,omitzero"`
	}{wireID(v.Connection), v.Message, v.Content, "received", v.SentAt}
}

// problem is the report as it came, and the connection that it came by.
func problem(v agent.MessageView, _ telling) any {
	report, _ := objectOf(v.Raw)
	out := map[string]any{}
	for name, value := range maps.All(report) {
		out[name] = value
	}
	if v.Connection != "" {
		out["connection_id"] = wireID(v.Connection)
	}
	return out
}

func toldExchange(v agent.ExchangeView, t telling) any {
	if t.whole && !t.gone {
		return exchange(v, t.preserve)
	}
	return exchangeSlim(v, t.preserve, t.gone)
}

func toldProof(v agent.ProofView, t telling) any {
	if t.whole && !t.gone {
		return proof(v, t.preserve)
	}
	return proofSlim(v, t.gone)
}

func keylistChanged(v agent.KeylistNotice, _ telling) any {
	return struct {
		ConnectionID string                  `json:"connection_id"`
		ThreadID     string                  `json:"thread_id,omitzero"`
		Updated      []didcomm.KeylistChange `json:"updated,omitzero"`
		Keys         []string                `json:"keys,omitzero"`
	}{wireID(v.Mediation.Connection), v.Thread, v.Updated, v.Keys}
}

// revokedNotice is what an issuer says of a credential that it revoked; of either version of the protocol.
func revokedNotice(record jsontext.Value, _ telling) (string, any, error) {
	var v agent.MessageView
	if err := json.Unmarshal(record, &v); err != nil {
		return "", nil, err
	}
	message, _ := objectOf(v.Raw)
	out := map[string]jsontext.Value{}
	for _, name := range []string{"thread_id", "revocation_format", "credential_id", "comment"} {
		if value := message[name]; value != nil {
			out[name] = value
		}
	}
	if strings.Contains(v.Type, "/1.") {
		return "revocation-notification", out, nil
	}
	return "revocation-notification-v2", out, nil
}
