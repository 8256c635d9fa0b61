package sdk

import (
	"context"
	"net/http"
	"time"
)

// Instance is an issuer or verifier of the VC API, at /vc-api/{Slug}.
type Instance struct {
	ID           string `json:"id,omitempty"`
	Organisation string `json:"organisation,omitempty"`
	NewInstance
	Revision   int       `json:"revision"`
	CreatedAt  time.Time `json:"createdAt,omitzero"`
	UpdatedAt  time.Time `json:"updatedAt,omitzero"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`
}

// NewInstance asks for an instance. Without an identity it verifies alone. Open: whoever reaches the server may use it,
// to sign as well.
type NewInstance struct {
	Slug          string        `json:"slug"`
	Name          string        `json:"name,omitempty"`
	Identity      string        `json:"identity,omitempty"` // id of a DID
	Method        string        `json:"method,omitempty"`
	Format        string        `json:"format,omitempty"`
	Suite         string        `json:"suite,omitempty"`
	Model         string        `json:"model,omitempty"`
	Purposes      []string      `json:"purposes,omitempty"`
	Status        StatusDialect `json:"status,omitzero"`
	Contexts      []string      `json:"contexts,omitempty"`
	ForeignStatus bool          `json:"foreignStatus,omitempty"`
	Checks        []string      `json:"checks,omitempty"`
	Open          bool          `json:"open,omitempty"`
	Lenient       bool          `json:"lenient,omitempty"`
}

// ListInstances lists the instances of the VC API.
func (c *Client) ListInstances(ctx context.Context, q ListQuery) (List[Instance], error) {
	return read[List[Instance]](ctx, c, "/instances", q.values())
}

// CreateInstance makes an instance.
func (c *Client) CreateInstance(ctx context.Context, n NewInstance) (Instance, error) {
	return write[Instance](ctx, c, "/instances", n)
}

// GetInstance gives an instance.
func (c *Client) GetInstance(ctx context.Context, id string) (Instance, error) {
	return read[Instance](ctx, c, "/instances/"+escape(id), nil)
}

// UpdateInstance replaces an instance that was read at that revision; another one there by now is a conflict.
func (c *Client) UpdateInstance(ctx context.Context, id string, revision int, n NewInstance) (Instance, error) {
	in := struct {
		NewInstance
		Revision int `json:"revision"`
	}{n, revision}
	return call[Instance](ctx, c, request{method: http.MethodPut, path: "/instances/" + escape(id), in: in})
}

// ArchiveInstance closes an instance.
func (c *Client) ArchiveInstance(ctx context.Context, id string) (Instance, error) {
	return write[Instance](ctx, c, "/instances/"+escape(id)+"/archive", nil)
}

// RestoreInstance undoes ArchiveInstance.
func (c *Client) RestoreInstance(ctx context.Context, id string) (Instance, error) {
	return write[Instance](ctx, c, "/instances/"+escape(id)+"/restore", nil)
}
