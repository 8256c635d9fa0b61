package empe

import (
	"testing"

	"github.com/chancery-vc/chancery/test/suite"
)

// exchange is one request of a client and its answer.
type exchange = suite.Exchange[*operation]

// capture is the proxy before the server: it keeps what passes and holds it against the descriptions.
type capture = suite.Capture[*operation]

func newCapture(t testing.TB) *capture {
	return &capture{T: t, Prefix: prefix, Find: described.find, Judge: judge, Landing: make(chan []byte, 100)}
}
