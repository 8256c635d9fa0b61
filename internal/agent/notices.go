package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Told is what subscribers are told of an entry of the journal: its topic, and the record as it was then, as the JSON of the view that
// the topic names.
type Told struct {
	Topic  string
	Record jsontext.Value
}

// Notices gives what subscribers are told of entries of the journal, by their ids: nothing of one that tells nothing, or is swept.
func (d *Desk) Notices(ctx context.Context, scope vc.Scope, ids ...string) (told map[string]Told, err error) {
	err = d.look(ctx, scope, func(t *Turn) error {
		told = make(map[string]Told, len(ids))
		notices, err := t.Rows.Notices(ids)
		if err != nil {
			return err
		}
		for _, n := range notices {
			one := Told{Topic: n.Topic}
			if err := unseal(t.Vault, noticeLabel+n.ID, n.BodyKey, n.Body, &one.Record); err != nil {
				return err
			}
			told[n.ID] = one
		}
		return nil
	})
	return told, err
}
