package agent

import (
	"context"

	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Socket is a WebSocket through which messages come, and go to whoever holds its other end.
type Socket interface {
	// Bind gives envelopes for a key of theirs to the socket from now on. held sends what waits for that peer; it is called soon, but
	// not by Bind, and again from time to time.
	Bind(key didcomm.Verkey, held func(ctx context.Context))
}
