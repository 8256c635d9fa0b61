package agent

import (
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
