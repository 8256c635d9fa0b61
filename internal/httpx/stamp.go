package httpx

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Stamp is a time as JavaScript writes dates: UTC with three decimals; null when it is zero.
type Stamp time.Time

// StampLayout is how a [Stamp] is written.
const StampLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSONTo writes the time.
func (s Stamp) MarshalJSONTo(enc *jsontext.Encoder) error {
	t := time.Time(s)
	if t.IsZero() {
		return enc.WriteToken(jsontext.Null)
	}
	return enc.WriteToken(jsontext.String(t.UTC().Format(StampLayout)))
}

// Instant reads a date-time, RFC 3339; what is absent is the zero time.
func Instant(raw jsontext.Value, pointer string) (time.Time, error) {
	if Absent(raw) {
		return time.Time{}, nil
	}
	var t time.Time
	if err := UnmarshalJSON(raw, &t); err != nil || t.IsZero() {
		return time.Time{}, vc.Errorf(vc.Invalid, CodeWrongType, "expected a date-time (RFC 3339)").At(pointer)
	}
	return t.UTC(), nil
}
