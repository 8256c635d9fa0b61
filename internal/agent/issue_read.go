package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Exchange gives an exchange; NotFound "exchange-not-found".
func (d *Desk) Exchange(ctx context.Context, scope vc.Scope, id string) (view ExchangeView, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		x, err := t.exchange(id)
		if err == nil {
			view = x.view(d)
		}
		return err
	})
	return view, err
}

// Exchanges lists the exchanges of the scope. The query's door is set here.
func (d *Desk) Exchanges(ctx context.Context, scope vc.Scope, query vc.ExchangeQuery) (views []ExchangeView, err error) {
	query.Door = Door
	err = d.view(ctx, scope, func(t *Turn) error {
		views = nil
		rows, err := t.Rows.Exchanges(query)
		if err != nil {
			return err
		}
		for _, row := range rows {
			x, err := t.openedExchange(row)
			if err != nil {
				return err
			}
			views = append(views, x.view(d))
		}
		return nil
	})
	return views, err
}

// DropExchange deletes the record of an exchange. What was issued in it stays.
func (d *Desk) DropExchange(ctx context.Context, by vc.Caller, id string) error {
	return d.act(ctx, by, func(t *Turn) error {
		x, err := t.exchangeForUpdate(id)
		if err != nil {
			return err
		}
		return d.dropExchange(t, x)
	})
}
