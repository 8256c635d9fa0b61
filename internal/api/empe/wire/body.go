package wire

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Limits on request bodies, in bytes.
const (
	SmallBody = 64 << 10 // what describes, not contains
	LargeBody = 1 << 20  // a schema, claims, a presentation
)

// Decode reads the body: null is the same as an absent member, an unknown member is refused.
func Decode(r *http.Request, limit int64, into any) error {
	return httpx.DecodeNullable(r, limit, into)
}

// Answer writes JSON.
func Answer(w http.ResponseWriter, status int, v any) error {
	httpx.EncodeJSON(w, status, v)
	return nil
}

// AnswerSecret writes JSON that nobody may keep a copy of on the way (RFC 6749 §5.1).
func AnswerSecret(w http.ResponseWriter, status int, v any) error {
	w.Header().Set("Cache-Control", "no-store")
	return Answer(w, status, v)
}

// Whole reads a whole number from least to most; what is absent is 0.
func Whole(n *float64, least, most int, pointer string) (int, error) {
	if n == nil {
		return 0, nil
	}
	if *n != float64(int(*n)) || int(*n) < least || int(*n) > most {
		return 0, vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected a whole number from %d to %d", least, most).At(pointer)
	}
	return int(*n), nil
}
