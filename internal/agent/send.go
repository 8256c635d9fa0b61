package agent

import (
	"context"
	"crypto/rand"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// newMessageID draws the @id of a message: before the transaction that sends it.
func newMessageID() (string, error) { return didcomm.NewID(rand.Reader) }

// deskState is what a desk keeps in memory.
type deskState struct{}

// committed does what is due at once after a commit.
func (d *Desk) committed(_ context.Context, _ *Turn) {}

// answer gives what goes back on the way a message came.
func (d *Desk) answer(_ context.Context, _ *Inbound, _ *Turn, _ Source) ([]byte, error) {
	return nil, nil
}

// SendJob sends the letters of a channel up to the job's own.
func (d *Desk) SendJob(_ context.Context, _ vc.Job) error { return nil }

// ReceiveJob handles a message that was put aside.
func (d *Desk) ReceiveJob(_ context.Context, _ vc.Job) error { return nil }
