package local

import (
	"fmt"
	"io"
	"log/slog"
)

const redactedText = "[redacted]"

// redacted, embedded in whatever holds a secret, keeps it out of every printer: fmt with any verb, slog and
// encoders of JSON and text.
type redacted struct{}

// String gives "[redacted]".
func (redacted) String() string { return redactedText }

// GoString gives "[redacted]".
func (redacted) GoString() string { return redactedText }

// Format writes "[redacted]" for every verb.
func (redacted) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedText) }

// LogValue gives "[redacted]".
func (redacted) LogValue() slog.Value { return slog.StringValue(redactedText) }

// MarshalJSON gives "[redacted]".
func (redacted) MarshalJSON() ([]byte, error) { return []byte(`"` + redactedText + `"`), nil }

// MarshalText gives "[redacted]".
func (redacted) MarshalText() ([]byte, error) { return []byte(redactedText), nil }
