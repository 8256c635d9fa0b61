package wire

import (
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Number reads a whole number from least to most out of the query; absent stands for one that is not there.
func Number(r *http.Request, name string, least, most, absent int) (int, error) {
	text := httpx.Query(r).Get(name)
	if text == "" {
		return absent, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, vc.Errorf(vc.Invalid, "parameter", "%s must be a whole number from %d to %d", name, least, most)
	}
	return n, nil
}

// Time reads a date-time, RFC 3339, out of the query; zero: it is not there.
func Time(r *http.Request, name string) (time.Time, error) {
	text := httpx.Query(r).Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, vc.Errorf(vc.Invalid, "parameter", "%s must be a date-time (RFC 3339)", name)
	}
	return t.UTC(), nil
}

// Page reads limit, 1 to most, and offset out of the query.
func Page(r *http.Request, limit, most int) (page vc.Page, err error) {
	if page.Limit, err = Number(r, "limit", 1, most, limit); err != nil {
		return vc.Page{}, err
	}
	page.Offset, err = Number(r, "offset", 0, 1<<31-1, 0)
	return page, err
}

// ID reads a UUID out of the path. What is none is answered with otherwise.
func ID(r *http.Request, name string, otherwise error) (string, error) {
	text := r.PathValue(name)
	id, err := uuid.Parse(text)
	if err != nil || len(text) != len(uuid.Nil.String()) {
		return "", otherwise
	}
	return id.String(), nil
}
