package httpx

import (
	"context"
	"net/http"

	"github.com/google/uuid"
)

// Record is what log and metrics know of one request. The mux fills Route, a door Tenant.
type Record struct {
	RequestID string
	Route     string // pattern; "" while nothing matched
	Tenant    string // id
}

type recordKey struct{}

// RecordOf gives the record of a request that came through [Stack.Wrap], else nil.
func RecordOf(ctx context.Context) *Record {
	rec, _ := ctx.Value(recordKey{}).(*Record)
	return rec
}

// RequestID gives the id of the request, "" outside of [Stack.Wrap].
func RequestID(ctx context.Context) string {
	if rec := RecordOf(ctx); rec != nil {
		return rec.RequestID
	}
	return ""
}

// requestID takes the caller's X-Request-Id when it can do no harm in a log, else makes one.
func requestID(h http.Header) string {
	if id := h.Get("X-Request-Id"); sane(id) {
		return id
	}
	id, err := uuid.NewV7()
	if err != nil {
		return uuid.NewString()
	}
	return id.String()
}

func sane(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}
