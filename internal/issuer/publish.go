package issuer

import (
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Anchor publishes a status list elsewhere, on a ledger. It is called outside any transaction, and may be called again with the
// same bytes.
type Anchor interface {
	Anchor(ctx context.Context, list vc.StatusList, credential []byte) error
}

// PublishList makes a list show everything that was committed before the call, on every server, hands it to [Desk].Anchors, and
// answers when that is so. The list is named by id or, id being "", by place: the scope's n-th, oldest first, from 1. NotFound
// "status-list-not-found"; Unavailable "status-list-key", and "anchor-unavailable": the list is published here all the same.
func (d *Desk) PublishList(ctx context.Context, by vc.Caller, id string, place int) (Published, error) {
	if id == "" {
		var err error
		if id, err = d.listAt(ctx, by.Scope, place); err != nil {
			return Published{}, err
		}
	}
	projection, err := d.Status.Fresh(ctx, by.Scope, id)
	if err != nil {
		return Published{}, err
	}
	list := projection.List
	if list.Scope != by.Scope { // whoever asks for the list sees it from its own scope
		if projection, err = d.Status.Fresh(ctx, list.Scope, id); err != nil {
			return Published{}, err
		}
	}
	published, err := d.StatusListCredential(ctx, id, "")
	if err != nil {
		return Published{}, err
	}
	detail := fmt.Sprintf("revision=%d", projection.Revision)
	anchored := d.anchor(ctx, list, published.Body)
	if anchored != nil {
		detail += " anchored=no"
	}
	if err := d.Status.Visible(ctx); err != nil {
		return Published{}, err
	}
	if err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		return rows.Append(vc.Entry{
			ID: newID(), Scope: by.Scope, At: d.now(), Action: "status.published", Principal: by.Principal, Door: by.Door,
			Request: by.Request, Object: "status-list/" + list.ID, Detail: detail, Event: true, Subject: list.ID,
		})
	}); err != nil {
		return Published{}, err
	}
	return published, anchored
}

// listAt gives the id of the n-th list of a scope.
func (d *Desk) listAt(ctx context.Context, scope vc.Scope, place int) (string, error) {
	if place > 0 {
		lists, err := d.Status.Lists(ctx, scope, vc.Page{Limit: 1, Offset: place - 1, Ascending: true})
		if err != nil {
			return "", err
		}
		if len(lists) == 1 {
			return lists[0].ID, nil
		}
	}
	return "", vc.Errorf(vc.NotFound, "status-list-not-found", "there is no such status list")
}

func (d *Desk) anchor(ctx context.Context, list vc.StatusList, credential []byte) error {
	for _, anchor := range d.Anchors {
		if err := anchor.Anchor(ctx, list, credential); err != nil {
			return vc.Errorf(vc.Unavailable, "anchor-unavailable",
				"the list is published here, but not where it is anchored: try again").Because(err)
		}
	}
	return nil
}
