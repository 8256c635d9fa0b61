package sdk

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Order asks for one credential. Claims is the credentialSubject: anything that marshals to a JSON object.
// IdempotencyKey is made when empty; to repeat an order later, name one.
type Order struct {
	Type           string    `json:"type"`
	Variant        string    `json:"variant,omitempty"`
	Issuer         string    `json:"issuer,omitempty"`
	IssuerName     string    `json:"issuerName,omitempty"`
	Method         string    `json:"method,omitempty"`
	Claims         any       `json:"claims"`
	Recipient      string    `json:"recipient,omitempty"`
	ValidFrom      time.Time `json:"validFrom,omitzero"`
	ValidUntil     time.Time `json:"validUntil,omitzero"`
	Revocable      *bool     `json:"revocable,omitempty"`
	Replaces       string    `json:"replaces,omitempty"`
	Issuance       string    `json:"issuance,omitempty"`
	IdempotencyKey string    `json:"-"`
}

// Preparation is an order that is signed elsewhere. Mode is "awaited" (expires unless completed) or "released"
// (counts as issued at once).
type Preparation struct {
	Order
	Mode             string `json:"mode,omitempty"`
	ExpiresInSeconds int64  `json:"expiresInSeconds,omitempty"`
}

// Batch is up to 1,000 orders; their own idempotency keys are not used.
type Batch struct {
	Atomic         bool    `json:"atomic,omitempty"`
	Orders         []Order `json:"orders"`
	IdempotencyKey string  `json:"-"`
}

// BatchItem is one order's outcome: a credential or a problem.
type BatchItem struct {
	Index      int         `json:"index"`
	Credential *Credential `json:"credential"`
	Problem    *Problem    `json:"problem"`
}

// Preview is what an order would become.
type Preview struct {
	Acceptable bool            `json:"acceptable"`
	Credential json.RawMessage `json:"credential"`
	Issuer     string          `json:"issuer"`
	Method     string          `json:"method"`
	Format     string          `json:"format"`
	Findings   []Finding       `json:"findings"`
}

// Credential is the record of one issuance. Credential is the secured credential; Unsigned, SigningInput and Digest
// (base64url) are for a signer elsewhere. Once ErasedAt is set none of them and no subject is there.
type Credential struct {
	ID              string           `json:"id"`
	URN             string           `json:"urn"`
	Issuance        string           `json:"issuance"`
	Type            string           `json:"type"`
	TypeName        string           `json:"typeName"`
	Schema          *SchemaReference `json:"schema,omitempty"`
	Variant         string           `json:"variant"`
	Format          string           `json:"format"`
	Model           string           `json:"model"`
	Issuer          string           `json:"issuer"`
	Identity        string           `json:"identity,omitempty"`
	Method          string           `json:"method,omitempty"`
	Algorithm       string           `json:"algorithm,omitempty"`
	Exchange        string           `json:"exchange,omitempty"`
	Door            string           `json:"door"`
	State           string           `json:"state"`  // awaited, issued, lapsed
	Status          string           `json:"status"` // active, suspended, revoked
	SignedElsewhere bool             `json:"signedElsewhere"`
	Released        bool             `json:"released"`
	Subjects        []string         `json:"subjects,omitempty"`
	Recipient       string           `json:"recipient,omitempty"`
	StatusEntries   []StatusEntry    `json:"statusEntries"`
	ValidFrom       time.Time        `json:"validFrom,omitzero"`
	ValidUntil      time.Time        `json:"validUntil,omitzero"`
	IssuedAt        time.Time        `json:"issuedAt,omitzero"`
	ExpiresAt       time.Time        `json:"expiresAt,omitzero"`
	Replaces        string           `json:"replaces,omitempty"`
	ErasedAt        time.Time        `json:"erasedAt,omitzero"`
	CreatedAt       time.Time        `json:"createdAt"`
	Credential      string           `json:"credential,omitempty"`
	Unsigned        string           `json:"unsigned,omitempty"`
	SigningInput    string           `json:"signingInput,omitempty"`
	Digest          string           `json:"digest,omitempty"`
	Findings        []Finding        `json:"findings,omitempty"`
}

// StatusEntry is a credential's place in a status list.
type StatusEntry struct {
	List    string `json:"list"`
	URL     string `json:"url"`
	Index   int64  `json:"index"`
	Purpose string `json:"purpose"`
	Size    int    `json:"size"`
}

// CredentialQuery narrows a list of credentials; empty fields do not.
type CredentialQuery struct {
	Type      string
	Subject   string // DID
	Recipient string // DID
	Issuer    string // DID
	Status    string // active, suspended, revoked
	State     string // awaited, issued, lapsed
	Issuance  string
	From      time.Time // issued at or after
	To        time.Time // issued before
	Cursor    string
	Limit     int
}

// StatusChange sets a status: Value 1 sets, 0 clears.
type StatusChange struct {
	Purpose string `json:"purpose"`
	Value   int    `json:"value"`
	Reason  string `json:"reason,omitempty"`
}

func (q CredentialQuery) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"type": q.Type, "subject": q.Subject, "recipient": q.Recipient,
		"issuer": q.Issuer, "status": q.Status, "state": q.State, "issuance": q.Issuance, "cursor": q.Cursor,
	} {
		set(v, name, value)
	}
	if !q.From.IsZero() {
		v.Set("from", q.From.UTC().Format(time.RFC3339Nano))
	}
	if !q.To.IsZero() {
		v.Set("to", q.To.UTC().Format(time.RFC3339Nano))
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

// Issue issues a credential. It is sent again after a failure of the network, under the same idempotency key.
func (c *Client) Issue(ctx context.Context, o Order) (Credential, error) {
	return call[Credential](ctx, c, request{method: http.MethodPost, path: "/credentials", in: o, key: keyOr(o.IdempotencyKey)})
}

// DryRun does everything but reserve, sign and store.
func (c *Client) DryRun(ctx context.Context, o Order) (Preview, error) {
	return call[Preview](ctx, c, request{method: http.MethodPost, path: "/credentials", query: url.Values{"dry_run": {"true"}}, in: o})
}

// Prepare checks an order and takes its status index, for a signature that is made elsewhere.
func (c *Client) Prepare(ctx context.Context, p Preparation) (Credential, error) {
	return call[Credential](ctx, c, request{method: http.MethodPost, path: "/credentials/prepare", in: p, key: keyOr(p.IdempotencyKey)})
}

// CompleteWithSignature completes a prepared credential with the signature over its signing input, in JOSE form.
func (c *Client) CompleteWithSignature(ctx context.Context, id string, signature []byte) (Credential, error) {
	return c.complete(ctx, id, map[string]string{"signature": base64.RawURLEncoding.EncodeToString(signature)})
}

// CompleteWithCredential completes a prepared credential with the signed one.
func (c *Client) CompleteWithCredential(ctx context.Context, id, credential string) (Credential, error) {
	return c.complete(ctx, id, map[string]string{"credential": credential})
}

func (c *Client) complete(ctx context.Context, id string, in any) (Credential, error) {
	return call[Credential](ctx, c, request{method: http.MethodPost, path: "/credentials/" + escape(id) + "/complete", in: in, key: keyOr("")})
}

// IssueBatch issues up to 1,000 credentials: one item an order, in their order.
func (c *Client) IssueBatch(ctx context.Context, b Batch) ([]BatchItem, error) {
	out, err := call[List[BatchItem]](ctx, c, request{method: http.MethodPost, path: "/credentials/batch", in: b, key: keyOr(b.IdempotencyKey)})
	return out.Items, err
}

// ListCredentials lists credentials, newest first.
func (c *Client) ListCredentials(ctx context.Context, q CredentialQuery) (List[Credential], error) {
	return read[List[Credential]](ctx, c, "/credentials", q.values())
}

// ExportCredentials writes all credentials that match as CSV (RFC 4180), with a header. It is not sent again.
func (c *Client) ExportCredentials(ctx context.Context, q CredentialQuery, w io.Writer) error {
	res, err := c.send(ctx, c.endless(), request{
		method: http.MethodGet, path: "/credentials", query: q.values(),
		header: http.Header{"Accept": {"text/csv"}},
	}, nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(w, res.Body)
	return err
}

// GetCredential gives a credential.
func (c *Client) GetCredential(ctx context.Context, id string) (Credential, error) {
	return read[Credential](ctx, c, "/credentials/"+escape(id), nil)
}

// ChangeStatus sets a status. It is idempotent; revocation is final.
func (c *Client) ChangeStatus(ctx context.Context, id string, s StatusChange) (Credential, error) {
	return call[Credential](ctx, c, request{method: http.MethodPost, path: "/credentials/" + escape(id) + "/status", in: s, key: keyOr("")})
}

// Revoke revokes a credential, for good.
func (c *Client) Revoke(ctx context.Context, id, reason string) (Credential, error) {
	return c.ChangeStatus(ctx, id, StatusChange{Purpose: "revocation", Value: 1, Reason: reason})
}

// Suspend suspends a credential that has an entry for it.
func (c *Client) Suspend(ctx context.Context, id, reason string) (Credential, error) {
	return c.ChangeStatus(ctx, id, StatusChange{Purpose: "suspension", Value: 1, Reason: reason})
}

// Reinstate lifts a suspension.
func (c *Client) Reinstate(ctx context.Context, id, reason string) (Credential, error) {
	return c.ChangeStatus(ctx, id, StatusChange{Purpose: "suspension", Value: 0, Reason: reason})
}

// Erase destroys what a credential says and whose it is.
func (c *Client) Erase(ctx context.Context, id string) (Credential, error) {
	return write[Credential](ctx, c, "/credentials/"+escape(id)+"/erase", nil)
}
