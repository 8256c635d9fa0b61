package agent

import (
	"context"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// What exchanges and proofs have in common: whom their messages go to.

// channel is what an inbound message's exchange must be of: its connection, or the invitation that it answers.
func (in *Inbound) channel() string {
	if in.Known {
		return in.Connection.ID
	}
	if in.Invitation != nil {
		return aloneChannel(in.Invitation.ID)
	}
	return ""
}

// sendOf sends a message to whom a channel leads to.
func (d *Desk) sendOf(t *Turn, channel string, m didcomm.Message, subject string) error {
	to, err := t.addressee(d, channel)
	if err != nil {
		return err
	}
	return t.Send(to, m, subject)
}

// tellPeer is sendOf for what may stay unsaid: where nobody is there any more, the record goes on without.
func (d *Desk) tellPeer(t *Turn, channel string, m didcomm.Message, subject string) error {
	if channel == "" {
		return nil
	}
	err := d.sendOf(t, channel, m, subject)
	if hasCode(err, vc.NotFound, "connection-not-found") || hasCode(err, vc.NotFound, "invitation-not-found") ||
		hasCode(err, vc.Denied, "connection-not-ready") {
		return nil
	}
	return err
}

// abandonment is the problem report that ends an exchange or a proof.
func abandonment(kind didcomm.Type, id, thread, parent, code, text string) *didcomm.ProblemReport {
	return &didcomm.ProblemReport{
		Header:      didcomm.Header{Type: kind, ID: id, Thread: &didcomm.Thread{ID: thread, Parent: parent}},
		Description: didcomm.Description{"code": code, "en": text},
	}
}

// removed is whether a record goes with its end, where nobody says.
func removed(settings vc.AgentSettings) *bool {
	remove := !is(settings.Preserve)
	return &remove
}

// ownMetadata is the key of what a connection's metadata say to this agent, rather than to who wrote them.
const ownMetadata = "chancery"

// settingsFor are the settings of an office for a peer: who is known to refuse credentials with a status is offered none unless it
// is asked for. The connection's metadata say so: "chancery": {"status": false}.
func (d *Desk) settingsFor(t *Turn, channel string) (vc.AgentSettings, error) {
	settings, err := d.settings(t)
	if err != nil || settings.CredentialStatus == "" || channel == "" {
		return settings, err
	}
	kept, err := t.Rows.Metadata("connection/" + channel)
	if err != nil || kept[ownMetadata] == nil {
		return settings, err
	}
	var says struct {
		Status *bool `json:"status"`
	}
	if json.Unmarshal(kept[ownMetadata], &says) == nil && says.Status != nil && !*says.Status {
		settings.CredentialStatus = ""
	}
	return settings, nil
}

// settingsOf is settingsFor for who sent a message.
func (d *Desk) settingsOf(ctx context.Context, in *Inbound) (settings vc.AgentSettings, err error) {
	err = d.view(ctx, in.By.Scope, func(t *Turn) error {
		settings, err = d.settingsFor(t, in.channel())
		return err
	})
	return settings, err
}

// inShort is the code of an error, which is all of it that is kept in clear.
func inShort(why string) string {
	code, _, _ := strings.Cut(why, ":")
	return code
}

// inFull is an error in full, where it still is that one.
func inFull(code, why string) string {
	if inShort(why) == code {
		return why
	}
	return code
}

// maxReported bounds what is kept of a peer's words, bytes.
const maxReported = 1024

// reported is what a peer said was wrong: its code, if that is one, and its words.
func reported(m *didcomm.ProblemReport) string {
	code, text := m.Code(), m.Text()
	if len(code) > 64 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		code, text = "problem", code+" "+text
	}
	if text == "" {
		return code
	}
	if len(text) > maxReported {
		text = strings.ToValidUTF8(text[:maxReported], "")
	}
	return code + ": " + text
}
