package native

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// contextWire is a JSON-LD context; lists leave Document out.
type contextWire struct {
	URL       string         `json:"url"`
	Digest    string         `json:"digest"`
	Source    string         `json:"source"`
	Document  jsontext.Value `json:"document,omitempty"`
	CreatedAt time.Time      `json:"createdAt"`
}

// newContext imports a context under its URL. Digest is the SHA-256 of Document's bytes as sent, base64url; without
// it what was sent is believed.
type newContext struct {
	URL      string         `json:"url"`
	Document jsontext.Value `json:"document"`
	Digest   string         `json:"digest"`
}

func wireContext(c vc.Context) contextWire {
	return contextWire{URL: c.URL, Digest: base64url(c.Digest), Source: c.Source, CreatedAt: c.CreatedAt}
}

func wireContextWhole(c vc.Context) contextWire {
	out := wireContext(c)
	out.Document = raw(c.Document)
	return out
}

func (d *Door) importContext(w http.ResponseWriter, r *http.Request, c call) error {
	var in newContext
	if err := decode(r, 2*mediumBody, &in); err != nil {
		return err
	}
	if err := present(in.Document, "/document"); err != nil {
		return err
	}
	sum := sha256.Sum256(in.Document)
	expect := sum[:]
	if in.Digest != "" {
		var err error
		if expect, err = base64.RawURLEncoding.DecodeString(in.Digest); err != nil {
			return vc.Errorf(vc.Invalid, "digest", "the digest must be base64url without padding").At("/digest")
		}
	}
	made, err := d.Catalog.ImportContext(r.Context(), c.by, in.URL, in.Document, expect)
	return created(w, made, err, wireContextWhole)
}

// listContexts lists, or with ?url= gives the one of that URL with its document.
func (d *Door) listContexts(w http.ResponseWriter, r *http.Request, c call) error {
	if httpx.Query(r).Has("url") {
		values, err := params(r, "url")
		if err != nil {
			return err
		}
		found, err := d.Catalog.Context(r.Context(), c.scope, values.Get("url"))
		if err != nil {
			return err
		}
		httpx.EncodeJSON(w, http.StatusOK, listed[contextWire]{Items: []contextWire{wireContextWhole(found)}})
		return nil
	}
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	contexts, err := d.Catalog.Contexts(r.Context(), c.scope, q)
	if err != nil {
		return err
	}
	list(w, q, contexts, wireContext, func(c vc.Context) string { return c.URL })
	return nil
}
