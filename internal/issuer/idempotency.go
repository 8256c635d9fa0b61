package issuer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// remembered is one use of an idempotency key: what to look for before the act, and what to write with it.
type remembered struct {
	digest []byte
	body   []byte
}

// pocket is what an answer needs beside the credentials themselves. It holds no claims: a finding names places and
// rules only.
type pocket struct {
	Door     []byte          `json:"d,omitempty"`
	Findings [][]vc.Finding  `json:"f,omitempty"`
	Errors   map[int]*refuse `json:"e,omitempty"`
	Offering string          `json:"o,omitempty"` // id, where an offering was made
}

// refuse is an item's error in the form it is kept.
type refuse struct {
	Kind    vc.Kind      `json:"k"`
	Code    string       `json:"c"`
	Pointer string       `json:"p,omitempty"`
	Message string       `json:"m"`
	Details []vc.Finding `json:"d,omitempty"`
}

// remember gives the use of how's key by who calls; nil when there is no key.
//
// The digest covers tenant, principal, operation and key, so that equal keys of two callers never meet.
func (d *Desk) remember(ctx context.Context, by vc.Caller, how How) (*remembered, error) {
	if how.Key == "" {
		return nil, nil
	}
	if len(how.Key) > 255 {
		return nil, vc.Errorf(vc.Invalid, "idempotency-key-too-long", "an idempotency key has at most 255 characters")
	}
	canonical, err := ijson.Canonical(how.Request)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "not-json", "the request is not JSON").Because(err)
	}
	// Keyed: the row outlives the credential's erasure, and must not tell a guessed claim from a wrong one.
	body, err := d.Vault.MAC(ctx, by.Scope.Tenant, requestUse, canonical)
	if err != nil {
		return nil, err
	}
	h := sha256.New()
	for _, part := range []string{by.Scope.Tenant, by.Principal, how.Operation, how.Key} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return &remembered{digest: h.Sum(nil), body: body}, nil
}

// recall gives the answer that was kept, and false when there is none. A key that was used with another body is a
// Conflict.
func (d *Desk) recall(ctx context.Context, scope vc.Scope, use *remembered) (vc.Idempotency, bool, error) {
	if use == nil {
		return vc.Idempotency{}, false, nil
	}
	var kept vc.Idempotency
	err := store.Look(ctx, d.Rows, scope, func(rows Rows) (err error) {
		kept, err = rows.Idempotency(use.digest, d.now())
		return err
	})
	if vc.KindOf(err) == vc.NotFound && err != nil {
		return vc.Idempotency{}, false, nil
	}
	if err != nil {
		return vc.Idempotency{}, false, err
	}
	if !bytes.Equal(kept.Body, use.body) {
		return vc.Idempotency{}, false, vc.Errorf(vc.Conflict, "idempotency-key-reused",
			"this idempotency key was used with another request")
	}
	return kept, true, nil
}

// keep writes the answer in the transaction of the act.
func (use *remembered) keep(rows Rows, scope vc.Scope, ids []string, p pocket, now time.Time, window time.Duration) error {
	if use == nil {
		return nil
	}
	encoded, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return rows.InsertIdempotency(vc.Idempotency{
		Digest: use.digest, Scope: scope, Body: use.body, Credentials: ids, Pocket: encoded,
		CreatedAt: now, ExpiresAt: now.Add(window),
	})
}

// replay says an answer again. A credential that was erased since is Gone.
func (d *Desk) replay(ctx context.Context, scope vc.Scope, kept vc.Idempotency) ([]Item, []byte, error) {
	var p pocket
	if err := json.Unmarshal(kept.Pocket, &p); err != nil {
		return nil, nil, err
	}
	items := make([]Item, len(kept.Credentials))
	err := d.Rows.View(ctx, scope, func(rows Rows) error {
		for i, id := range kept.Credentials {
			items[i] = Item{}
			if id == "" {
				continue
			}
			credential, err := rows.Credential(id)
			if err != nil {
				return err
			}
			credential.Standing = vc.Active // as it was answered then
			items[i].Result.Credential = credential
		}
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	for i := range items {
		if refused := p.Errors[i]; refused != nil {
			items[i].Err = refused.error()
			continue
		}
		result := &items[i].Result
		if !result.Credential.ErasedAt.IsZero() {
			return nil, nil, vc.Errorf(vc.Gone, "credential-erased", "the credential made under this idempotency key was erased")
		}
		body, err := d.open(ctx, result.Credential)
		if err != nil {
			return nil, nil, err
		}
		if err := d.fill(ctx, result, body); err != nil {
			return nil, nil, err
		}
		result.Replayed, result.Pocket = true, p.Door
		if i < len(p.Findings) {
			result.Findings = p.Findings[i]
		}
	}
	return items, p.Door, nil
}

func keepError(err error) *refuse {
	e, ok := asError(err)
	if !ok || e.Kind == vc.Internal {
		return &refuse{Kind: vc.Internal, Code: "internal", Message: "internal error"}
	}
	return &refuse{Kind: e.Kind, Code: e.Code, Pointer: e.Pointer, Message: e.Message, Details: e.Details}
}

func (r *refuse) error() error {
	return &vc.Error{Kind: r.Kind, Code: r.Code, Pointer: r.Pointer, Message: r.Message, Details: r.Details}
}
