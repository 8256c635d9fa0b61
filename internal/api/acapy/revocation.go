package acapy

import (
	"net/http"
	"strconv"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// A status list stands in the place of a revocation registry: its id is the list's, and a credential's is its index in it, counted
// from 1.
func (d *Door) revocation() []line {
	none := func(*call) (any, error) { return map[string]any{"rrid2crid": map[string][]string{}}, nil }
	return []line{
		of(post, "/revocation/revoke", access.CredentialStatus, d.revoke),
		of(post, "/anoncreds/revocation/revoke", access.CredentialStatus, d.revoke),
		of(get, "/revocation/credential-record", access.CredentialRead, d.revocationRecord),
		of(get, "/revocation/registry/{rev_reg_id}/issued", access.CredentialRead, d.issuedIn),
		// What is revoked is revoked at once: nothing is pending.
		of(post, "/revocation/publish-revocations", access.CredentialStatus, none),
		of(post, "/revocation/clear-pending-revocations", access.CredentialStatus, none),
	}
}

// revokeBody says what is revoked.
type revokeBody struct {
	Exchange      string `json:"cred_ex_id"`
	Registry      string `json:"rev_reg_id"`
	ID            string `json:"cred_rev_id"`
	Notify        bool   `json:"notify"`
	NotifyVersion string `json:"notify_version"`
	Connection    string `json:"connection_id"`
	Thread        string `json:"thread_id"`
	Comment       string `json:"comment"`
}

// place reads which credential is meant.
func (c *call) place(exchange, registry, id string) (agent.Revocation, error) {
	switch {
	case exchange != "" && (registry != "" || id != ""):
		return agent.Revocation{}, unready("can't use `rev_reg_id` or `cred_rev_id` with `cred_ex_id`")
	case exchange != "":
		return agent.Revocation{Exchange: c.record(nounExchange, exchange, true)}, nil
	case registry == "" || id == "":
		return agent.Revocation{}, unready("need either `cred_ex_id` or both `rev_reg_id` and `cred_rev_id`")
	}
	list, _ := parseID(registry)
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil || n < 1 || list == "" {
		list, n = nobody, 1
	}
	return agent.Revocation{List: list, Index: n - 1}, nil
}

func (d *Door) revoke(c *call) (any, error) {
	var in revokeBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	what, err := c.place(in.Exchange, in.Registry, in.ID)
	if err != nil {
		return nil, err
	}
	what.Notify, what.Version, what.Comment, what.Thread = in.Notify, in.NotifyVersion, in.Comment, in.Thread
	what.Connection = c.bodyID(nounConnection, in.Connection)
	_, err = d.Agent.Revoke(c.ctx(), c.by, what)
	return done{}, err
}

// credRevRecord is a credential's place in a list.
type credRevRecord struct {
	RecordID      string `json:"record_id"`
	State         string `json:"state"`
	CredExID      string `json:"cred_ex_id,omitzero"`
	CredExVersion string `json:"cred_ex_version"`
	RevRegID      string `json:"rev_reg_id"`
	CredRevID     string `json:"cred_rev_id"`
	CreatedAt     stamp  `json:"created_at"`
	UpdatedAt     stamp  `json:"updated_at"`
}

func revocationRecord(r agent.Revoked) credRevRecord {
	if r.UpdatedAt.IsZero() {
		r.UpdatedAt = r.CreatedAt
	}
	return credRevRecord{
		RecordID: wireID(r.Exchange.Exchange.ID), State: r.State, CredExID: wireID(r.Exchange.Exchange.ID), CredExVersion: "2",
		RevRegID: wireID(r.Entry.List), CredRevID: strconv.FormatInt(r.Entry.Index+1, 10), CreatedAt: stamp(r.CreatedAt),
		UpdatedAt: stamp(r.UpdatedAt),
	}
}

func (d *Door) revocationRecord(c *call) (any, error) {
	what, err := c.place(c.text("cred_ex_id"), c.text("rev_reg_id"), c.text("cred_rev_id"))
	if err != nil {
		return nil, err
	}
	found, err := d.Agent.RevocationOf(c.ctx(), c.scope, what)
	if err != nil {
		return nil, err
	}
	return map[string]credRevRecord{"result": revocationRecord(found)}, nil
}

// issuedIn counts the credentials that have a place in a list.
func (d *Door) issuedIn(c *call) (any, error) {
	text := c.path("rev_reg_id")
	list, ok := parseID(text)
	if ok {
		scope, _, err := d.Status.Lookup(c.ctx(), list)
		switch {
		case err != nil && vc.KindOf(err) != vc.NotFound:
			return nil, err
		case err != nil || scope.Tenant != c.scope.Tenant:
			ok = false
		}
	}
	if !ok {
		return nil, refusal(http.StatusNotFound, "Record not found: issuer_rev_reg/%s.", text)
	}
	count, err := d.Status.Used(c.ctx(), c.scope, list)
	return map[string]int64{"result": count}, err
}
