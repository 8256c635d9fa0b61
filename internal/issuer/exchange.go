package issuer

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/vc"
)

// JobExpire is the kind of the jobs that [Desk.ExpireExchange] carries out.
const JobExpire = "exchange.expire"

type exchangeJob struct {
	ID string `json:"id"`
}

// Exchange gives an exchange as it stands now. NotFound "exchange-not-found".
func (d *Desk) Exchange(ctx context.Context, scope vc.Scope, id string) (exchange vc.Exchange, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		exchange, err = rows.Exchange(id)
		return err
	})
	if err != nil && vc.KindOf(err) == vc.NotFound {
		err = vc.Errorf(vc.NotFound, "exchange-not-found", "there is no such exchange").Because(err)
	}
	return d.current(exchange), err
}

// current is the exchange as it stands now: one whose time is over has expired, whether or not the row says so yet.
func (d *Desk) current(x vc.Exchange) vc.Exchange {
	if !x.ExpiresAt.IsZero() && !x.ExpiresAt.After(d.now()) && slices.Contains(x.State.Next(), vc.Expired) {
		x.State = vc.Expired
	}
	return x
}

// exchangeOf is the exchange that an order begins.
func exchangeOf(by vc.Caller, kind *catalog.Kind, order vc.Order, how How, now time.Time) vc.Exchange {
	return vc.Exchange{
		ID: order.Exchange, Scope: by.Scope, Role: vc.RoleIssuer, Door: by.Door, Type: kind.Type.ID, TypeName: kind.Type.Types[0],
		Schema: kind.Version.Schema, SchemaVersion: kind.Version.Version, Credential: order.ID,
		State: vc.Requested, Pocket: how.Pocket, Revision: 1, CreatedAt: now, UpdatedAt: now,
	}
}

// promised is what is known of a credential before it is issued.
func promised(x vc.Exchange) vc.Credential {
	return vc.Credential{
		ID: x.Credential, Scope: x.Scope, Type: x.Type, TypeName: x.TypeName, Schema: x.Schema, SchemaVersion: x.SchemaVersion,
		Exchange: x.ID, Door: x.Door, CreatedAt: x.CreatedAt,
	}
}

// begin records an exchange with its journal entry, and when it ends.
func (d *Desk) begin(rows Rows, by vc.Caller, x vc.Exchange) error {
	if err := rows.InsertExchange(x); err != nil {
		return err
	}
	if err := rows.Append(exchangeEntry(by, x)); err != nil || x.ExpiresAt.IsZero() {
		return err
	}
	payload, err := json.Marshal(exchangeJob{ID: x.ID})
	if err != nil {
		return err
	}
	return rows.Enqueue(vc.Job{ID: newID(), Scope: x.Scope, Kind: JobExpire, Payload: payload, RunAt: x.ExpiresAt})
}

// advance records the next state of an exchange. What was ordered goes with its end: the credential says it, or nobody may.
func (d *Desk) advance(rows Rows, by vc.Caller, x *vc.Exchange, to vc.ExchangeState) error {
	if err := x.Move(to, d.now()); err != nil {
		return err
	}
	if to.Final() || to == vc.Delivered {
		x.BodyKey, x.Body = nil, nil
	}
	if err := rows.UpdateExchange(*x); err != nil {
		return err
	}
	return rows.Append(exchangeEntry(by, *x))
}

func exchangeEntry(by vc.Caller, x vc.Exchange) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: by.Scope, At: x.UpdatedAt, Action: "exchange." + string(x.State),
		Principal: by.Principal, Door: by.Door, Request: by.Request, Object: "exchange/" + x.ID, Detail: "type=" + x.Type,
		Event: true, Subject: x.Credential, Data: eventData(map[string]any{"type": x.TypeName}),
	}
}

// ExpireExchange carries out a job of kind [JobExpire].
func (d *Desk) ExpireExchange(ctx context.Context, job vc.Job) error {
	var payload exchangeJob
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return err
	}
	by, over := systemCaller(job), false
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		x, err := rows.ExchangeForUpdate(payload.ID)
		if over = err == nil && d.current(x).State == vc.Expired; !over || x.State == vc.Expired {
			return err
		}
		return d.advance(rows, by, &x, vc.Expired)
	})
	if err != nil || !over {
		return err
	}
	return d.scrub(ctx) // also of one that ended before: the server may have stopped between the two
}
