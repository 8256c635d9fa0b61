package native

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// preparation is an order that is signed elsewhere.
type preparation struct {
	orderWire
	Mode             string `json:"mode"`
	ExpiresInSeconds int64  `json:"expiresInSeconds"`
}

// evidence is a signature made elsewhere, base64url, or the credential that holds it.
type evidence struct {
	Signature  string `json:"signature"`
	Credential string `json:"credential"`
}

type batch struct {
	Atomic bool   `json:"atomic"`
	Orders orders `json:"orders"`
}

// orders stops reading where a batch is too long: an empty order takes three bytes on the wire and hundreds in memory.
type orders []orderWire

func (o *orders) UnmarshalJSONFrom(from *jsontext.Decoder) error {
	if from.PeekKind() != '[' {
		return json.UnmarshalDecode(from, (*[]orderWire)(o))
	}
	if _, err := from.ReadToken(); err != nil {
		return err
	}
	for from.PeekKind() != ']' {
		if len(*o) == issuer.MaxBatch {
			return vc.Errorf(vc.Invalid, "batch-size", "a batch has 1 to %d orders", issuer.MaxBatch).At("/orders")
		}
		var order orderWire
		if err := json.UnmarshalDecode(from, &order); err != nil {
			return err
		}
		*o = append(*o, order)
	}
	_, err := from.ReadToken()
	return err
}

type batchResult struct {
	Items []batchItem `json:"items"`
}

// batchItem has either a credential or the problem that its order ran into.
type batchItem struct {
	Index      int             `json:"index"`
	Credential *credentialWire `json:"credential,omitempty"`
	Problem    *problem        `json:"problem,omitempty"`
}

// preview is the answer of a dry run.
type preview struct {
	DryRun     bool           `json:"dryRun"`
	Acceptable bool           `json:"acceptable"`
	Credential jsontext.Value `json:"credential"`
	Issuer     string         `json:"issuer"`
	Method     string         `json:"method,omitempty"`
	Format     string         `json:"format"`
	Findings   []finding      `json:"findings"`
}

// how reads the body, its shape and the idempotency key of an issuing call.
func (d *Door) how(r *http.Request, limit int64, operation string, into any) (issuer.How, error) {
	body, err := httpx.ReadJSON(r, limit)
	if err != nil {
		return issuer.How{}, err
	}
	if err := httpx.UnmarshalJSON(body, into); err != nil {
		return issuer.How{}, err
	}
	key := r.Header.Get("Idempotency-Key")
	if len(key) > 255 {
		return issuer.How{}, vc.Errorf(vc.Invalid, "idempotency-key", "Idempotency-Key has at most 255 characters")
	}
	return issuer.How{Key: key, Operation: operation, Request: body}, nil
}

func (d *Door) issue(w http.ResponseWriter, r *http.Request, c call) error {
	values, err := params(r, "dry_run")
	if err != nil {
		return err
	}
	dry, err := boolean(values, "dry_run")
	if err != nil {
		return err
	}
	var in orderWire
	how, err := d.how(r, mediumBody, "issue", &in)
	if err != nil {
		return err
	}
	if err := in.complete(); err != nil {
		return err
	}
	order := in.noun()
	if dry != nil && *dry {
		return d.dryRun(w, r, c, order)
	}
	result, err := d.Issuer.Issue(r.Context(), c.by, order, how)
	return answerResult(w, r, result, err)
}

func (d *Door) dryRun(w http.ResponseWriter, r *http.Request, c call, order vc.Order) error {
	p, err := d.Issuer.DryRun(r.Context(), c.by, order, false)
	if err != nil {
		return err
	}
	out := preview{
		DryRun: true, Acceptable: true, Credential: raw(p.Credential), Issuer: p.Issuer, Method: p.Method,
		Format: p.Format, Findings: findings(p.Findings),
	}
	for _, f := range p.Findings {
		out.Acceptable = out.Acceptable && f.Warning
	}
	httpx.EncodeJSON(w, http.StatusOK, out)
	return nil
}

func (d *Door) prepare(w http.ResponseWriter, r *http.Request, c call) error {
	var in preparation
	how, err := d.how(r, mediumBody, "prepare", &in)
	if err != nil {
		return err
	}
	switch in.Mode {
	case "", "awaited":
	case "released":
		how.Release = true
	default:
		return vc.Errorf(vc.Invalid, "mode", "mode is awaited or released").At("/mode")
	}
	if in.ExpiresInSeconds < 0 || in.ExpiresInSeconds > int64(30*24*time.Hour/time.Second) {
		return vc.Errorf(vc.Invalid, "expiry", "a draft is kept for at most 30 days").At("/expiresInSeconds")
	}
	how.Life = seconds(in.ExpiresInSeconds)
	if err := in.complete(); err != nil {
		return err
	}
	result, err := d.Issuer.Prepare(r.Context(), c.by, in.noun(), how)
	return answerResult(w, r, result, err)
}

func (d *Door) complete(w http.ResponseWriter, r *http.Request, c call) error {
	var in evidence
	how, err := d.how(r, mediumBody, "complete", &in)
	if err != nil {
		return err
	}
	if (in.Signature == "") == (in.Credential == "") {
		return vc.Errorf(vc.Invalid, "evidence", "send either signature or credential")
	}
	var proof issuer.Evidence
	if in.Signature != "" {
		signature, err := base64.RawURLEncoding.Strict().DecodeString(in.Signature)
		if err != nil {
			return vc.Errorf(vc.Invalid, "signature", "the signature must be base64url without padding").At("/signature")
		}
		proof.Signature = signature
	} else {
		proof.Secured = []byte(in.Credential)
	}
	result, err := d.Issuer.Complete(r.Context(), c.by, r.PathValue("id"), proof, how)
	if err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusOK, wireResult(result))
	return nil
}

func (d *Door) issueBatch(w http.ResponseWriter, r *http.Request, c call) error {
	var in batch
	how, err := d.how(r, batchBody, "batch", &in)
	if err != nil {
		return err
	}
	out := batchResult{Items: make([]batchItem, len(in.Orders))}
	orders := make([]vc.Order, len(in.Orders))
	for i, o := range in.Orders {
		orders[i] = o.noun() // what is missing is the item's own error, and the desk's to tell
	}
	items, err := d.Issuer.IssueBatch(r.Context(), c.by, orders, how, in.Atomic)
	if err != nil {
		return err
	}
	replayed := len(items) > 0
	for i, item := range items {
		out.Items[i].Index = i
		if item.Err != nil {
			out.Items[i].Problem = ptr(problemOf(item.Err))
			continue
		}
		replayed = replayed && item.Result.Replayed
		out.Items[i].Credential = ptr(wireResult(item.Result))
	}
	mark(w, replayed && how.Key != "")
	httpx.EncodeJSON(w, http.StatusOK, out)
	return nil
}

func answerResult(w http.ResponseWriter, r *http.Request, result issuer.Result, err error) error {
	if err != nil {
		return err
	}
	mark(w, result.Replayed)
	w.Header().Set("Location", strings.TrimSuffix(r.URL.Path, "/prepare")+"/"+result.Credential.ID)
	httpx.EncodeJSON(w, http.StatusCreated, wireResult(result))
	return nil
}

// mark tells that the answer was given before, under the same idempotency key.
func mark(w http.ResponseWriter, replayed bool) {
	if replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
}
