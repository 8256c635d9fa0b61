package agent

import (
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// withdraw tells the mediators of ours to take no messages any more for the keys of an owner: those keys are about to be deleted.
// What was between a mediator and us is nothing to tell it of, and one that we have no connection with is not told.
func (t *Turn) withdraw(owner string) error {
	recipients, err := t.Rows.Recipients(owner)
	if err != nil || len(recipients) == 0 {
		return err
	}
	return t.withdrawKeys(owner, recipients)
}

// withdrawKeys is withdraw of some of an owner's keys.
func (t *Turn) withdrawKeys(owner string, recipients []vc.Recipient) error {
	const most = 1000
	client := false
	mediations, err := t.Rows.Mediations(vc.MediationQuery{State: vc.MediationGranted, Server: &client, Page: vc.Page{Limit: most}})
	if err != nil {
		return err
	}
	for _, m := range mediations {
		if owner == "connection/"+m.Connection {
			continue
		}
		changes, err := t.told(m, recipients)
		if err != nil {
			return err
		}
		if len(changes) == 0 {
			continue
		}
		id, err := newMessageID()
		if err != nil {
			return err
		}
		_, err = t.updateKeylist(m, id, changes)
		if err := absent(err); err != nil {
			return err
		}
	}
	return nil
}

// told are the removals of those keys that a mediator was told of.
func (t *Turn) told(m vc.Mediation, recipients []vc.Recipient) (changes []didcomm.KeylistChange, err error) {
	for _, recipient := range recipients {
		_, err := t.Rows.MediatedKey(m.ID, recipient.Verkey)
		switch {
		case err == nil:
			changes = append(changes, didcomm.KeylistChange{RecipientKey: didKeys([]string{recipient.Verkey})[0], Action: didcomm.KeyRemove})
		case vc.KindOf(err) != vc.NotFound:
			return nil, err
		}
	}
	return changes, nil
}
