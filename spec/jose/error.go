package jose

import "fmt"

// Error is why a key, token or signature was refused. Code is stable; Pointer (RFC 6901) is set where the fault lies
// in a JSON text. Message never holds a key or a claim.
type Error struct {
	Code    string
	Pointer string
	Message string
}

// The codes of [Error].
const (
	CodeKey       = "invalid-key"
	CodeToken     = "invalid-token"
	CodeHeader    = "invalid-header"
	CodeCritical  = "unsupported-critical"
	CodeAlgorithm = "unsupported-algorithm"
	CodeSignature = "invalid-signature"
)

func (e *Error) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("jose: %s at %q: %s", e.Code, e.Pointer, e.Message)
	}
	return fmt.Sprintf("jose: %s: %s", e.Code, e.Message)
}
