package agent

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// await waits for what another message brings: until done, or for the desk's patience. It is told at once of what comes to this
// server, and looks for what comes to another.
func (d *Desk) await(ctx context.Context, scope vc.Scope, subject string, done func(t *Turn) (bool, error)) error {
	woken := make(chan struct{}, 1)
	d.awaited.Store(subject, woken)
	defer d.awaited.Delete(subject)
	limit := d.Patience
	if limit == 0 {
		limit = patience
	}
	end := time.NewTimer(limit)
	defer end.Stop()
	look := time.NewTicker(250 * time.Millisecond)
	defer look.Stop()
	for {
		finished := false
		err := d.view(ctx, scope, func(t *Turn) (err error) {
			finished, err = done(t)
			return err
		})
		if err != nil || finished {
			return err
		}
		select {
		case <-woken:
		case <-look.C:
		case <-end.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// signal wakes who waits for a subject, after the commit.
func (t *Turn) signal(subject string) { t.signals = append(t.signals, subject) }

// signalled wakes who waits here.
func (d *Desk) signalled(t *Turn) {
	for _, subject := range t.signals {
		if woken, ok := d.awaited.Load(subject); ok {
			select {
			case woken.(chan struct{}) <- struct{}{}:
			default:
			}
		}
	}
}
