package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Notice gives what subscribers are told of an entry of the journal: its topic, and the record as it was then, as the JSON of the view
// that the topic names. NotFound "notice-not-found" for an entry that tells nothing, or is swept.
func (d *Desk) Notice(ctx context.Context, scope vc.Scope, id string) (topic string, record jsontext.Value, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		notice, err := t.Rows.Notice(id)
		if err != nil {
			return missing(err, "notice")
		}
		topic = notice.Topic
		return unseal(t.Vault, noticeLabel+notice.ID, notice.BodyKey, notice.Body, &record)
	})
	return topic, record, err
}
