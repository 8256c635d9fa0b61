package sdk

import (
	"context"
	"encoding/json"
	"time"
)

// Verification asks for checks of a secured credential: a string, or json.RawMessage for an object. No checks
// means all; At zero means now.
type Verification struct {
	Credential any       `json:"credential"`
	Checks     []string  `json:"checks,omitempty"`
	At         time.Time `json:"at,omitzero"`
}

// Report is the answer of a verification: passed, failed or indeterminate.
type Report struct {
	Outcome    string          `json:"outcome"`
	Format     string          `json:"format"`
	Model      string          `json:"model"`
	ID         string          `json:"id"`
	Issuer     string          `json:"issuer"`
	Types      []string        `json:"types"`
	ValidFrom  time.Time       `json:"validFrom,omitzero"`
	ValidUntil time.Time       `json:"validUntil,omitzero"`
	Credential json.RawMessage `json:"credential,omitempty"`
	Checks     []Check         `json:"checks"`
}

// Check is a node of the tree of checks: passed, failed, warning or not-checked, which never means passed.
type Check struct {
	Name    string  `json:"name"`
	Outcome string  `json:"outcome"`
	Code    string  `json:"code,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Cites   string  `json:"cites,omitempty"`
	Pointer string  `json:"pointer,omitempty"`
	Checks  []Check `json:"checks,omitempty"`
}

// Verify checks a credential. A credential that fails is a report, not an error.
func (c *Client) Verify(ctx context.Context, v Verification) (Report, error) {
	return write[Report](ctx, c, "/credentials/verify", v)
}
