package acapy

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

func (d *Door) issuing() []line {
	const base = "/issue-credential-2.0"
	const records = base + "/records/{cred_ex_id}"
	issue := of(post, records+"/issue", access.CredentialIssue, d.issueNow)
	issue.bodied = true
	return []line{
		of(post, base+"/create", access.CredentialIssue, d.unconnected((*agent.Desk).CreateExchange)),
		of(post, base+"/create-offer", access.CredentialIssue, d.unconnected((*agent.Desk).CreateOffer)),
		of(post, base+"/send", access.CredentialIssue, d.between((*agent.Desk).SendCredential)),
		of(post, base+"/send-offer", access.CredentialIssue, d.between((*agent.Desk).SendOffer)),
		of(post, base+"/send-proposal", access.WalletUse, d.between((*agent.Desk).SendProposal)),
		of(post, base+"/send-request", access.WalletUse, d.between((*agent.Desk).SendRequest)),
		of(get, base+"/records", access.CredentialRead, d.listExchanges),
		of(get, records, access.CredentialRead, d.getExchange),
		of(remove, records, access.CredentialIssue, d.dropExchange),
		of(post, records+"/send-offer", access.CredentialIssue, d.offer),
		of(post, records+"/send-request", access.WalletUse, d.request),
		issue,
		of(post, records+"/store", access.WalletUse, d.store),
		of(post, records+"/problem-report", access.WalletUse, d.abandon),
	}
}

// termsBody are the terms of an exchange.
type termsBody struct {
	Connection          string                     `json:"connection_id"`
	Comment             string                     `json:"comment"`
	Preview             *didcomm.CredentialPreview `json:"credential_preview"`
	CounterPreview      *didcomm.CredentialPreview `json:"counter_preview"`
	Filter              map[string]jsontext.Value  `json:"filter"`
	Replacement         string                     `json:"replacement_id"`
	HolderDID           string                     `json:"holder_did"`
	Method              string                     `json:"verification_method"`
	Trace               *bool                      `json:"trace"`
	AutoIssue           *bool                      `json:"auto_issue"`
	AutoRemove          *bool                      `json:"auto_remove"`
	AutoRemoveOnFailure *bool                      `json:"auto_remove_on_failure"`
}

func (b termsBody) terms() agent.Terms {
	preview := b.Preview
	if preview == nil {
		preview = b.CounterPreview
	}
	if preview != nil {
		preview.Type = didcomm.TypeCredentialPreview // however it was written
	}
	for name, value := range b.Filter {
		if value.Kind() == 'n' {
			delete(b.Filter, name)
		}
	}
	return agent.Terms{
		Comment: b.Comment, Preview: preview, Filter: b.Filter, Replacement: b.Replacement, HolderDID: b.HolderDID, Method: b.Method,
		Trace: b.Trace, AutoIssue: b.AutoIssue, AutoRemove: b.AutoRemove, AutoRemoveOnFailure: b.AutoRemoveOnFailure,
	}
}

func (c *call) termsBody() (b termsBody, err error) {
	err = c.decode(&b)
	return b, err
}

// unconnected begins an exchange without a connection.
func (d *Door) unconnected(begin func(*agent.Desk, context.Context, vc.Caller, agent.Terms) (agent.ExchangeView, error)) act {
	return func(c *call) (any, error) {
		in, err := c.termsBody()
		if err != nil {
			return nil, err
		}
		return d.exchanged(begin(d.Agent, c.ctx(), c.by, in.terms()))
	}
}

// between begins an exchange with a peer.
func (d *Door) between(begin func(*agent.Desk, context.Context, vc.Caller, string, agent.Terms) (agent.ExchangeView, error)) act {
	return func(c *call) (any, error) {
		in, err := c.termsBody()
		if err != nil {
			return nil, err
		}
		return d.exchanged(begin(d.Agent, c.ctx(), c.by, c.bodyID(nounConnection, in.Connection), in.terms()))
	}
}

// exchanged answers with the bare record.
func (d *Door) exchanged(v agent.ExchangeView, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return exchange(v, d.Settings.Preserve), nil
}

// detailed answers with the record and those of its formats.
func (d *Door) detailed(v agent.ExchangeView, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return exchangeDetail(v, d.Settings.Preserve), nil
}

func (d *Door) listExchanges(c *call) (any, error) {
	q := vc.ExchangeQuery{Role: vc.ExchangeRole(c.text("role")), Thread: c.text("thread_id"), Channel: c.bodyID(nounConnection, c.text("connection_id"))}
	state := c.text("state")
	if state != "" {
		if q.States = exchangeFilter(state); q.States == nil {
			return listed[credExDetail](nil), nil
		}
	}
	var keep func(agent.ExchangeView) bool
	if state != "" { // the two ends have words of their own
		keep = func(v agent.ExchangeView) bool { return exchangeState(v) == state }
	}
	views, err := paged(c, func(v agent.ExchangeView) string { return v.Exchange.ID }, keep, func(page vc.Page) ([]agent.ExchangeView, error) {
		q.Page = page
		return d.Agent.Exchanges(c.ctx(), c.scope, q)
	})
	if err != nil {
		return nil, err
	}
	details := make([]credExDetail, len(views))
	for i, v := range views {
		details[i] = exchangeDetail(v, d.Settings.Preserve)
	}
	return listed(details), nil
}

func (d *Door) getExchange(c *call) (any, error) {
	return d.detailed(d.Agent.Exchange(c.ctx(), c.scope, c.id(nounExchange, "cred_ex_id")))
}

func (d *Door) dropExchange(c *call) (any, error) {
	return done{}, d.Agent.DropExchange(c.ctx(), c.by, c.id(nounExchange, "cred_ex_id"))
}

func (d *Door) offer(c *call) (any, error) {
	in, err := c.termsBody()
	if err != nil {
		return nil, err
	}
	return d.exchanged(d.Agent.Offer(c.ctx(), c.by, c.id(nounExchange, "cred_ex_id"), in.terms()))
}

func (d *Door) request(c *call) (any, error) {
	in, err := c.termsBody()
	if err != nil {
		return nil, err
	}
	return d.exchanged(d.Agent.Request(c.ctx(), c.by, c.id(nounExchange, "cred_ex_id"), agent.RequestTerms{
		HolderDID: in.HolderDID, AutoRemove: in.AutoRemove, AutoRemoveOnFailure: in.AutoRemoveOnFailure,
	}))
}

func (d *Door) issueNow(c *call) (any, error) {
	in, err := c.termsBody()
	if err != nil {
		return nil, err
	}
	return d.detailed(d.Agent.IssueNow(c.ctx(), c.by, c.id(nounExchange, "cred_ex_id"), in.Comment))
}

func (d *Door) store(c *call) (any, error) {
	var in struct {
		Name string `json:"credential_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	return d.detailed(d.Agent.Store(c.ctx(), c.by, c.id(nounExchange, "cred_ex_id"), in.Name))
}

// description is why an exchange or a proof is ended.
func (c *call) description() (string, error) {
	var in struct {
		Description string `json:"description"`
	}
	err := c.decode(&in)
	return in.Description, err
}

func (d *Door) abandon(c *call) (any, error) {
	why, err := c.description()
	if err != nil {
		return nil, err
	}
	_, err = d.Agent.Abandon(c.ctx(), c.by, c.id(nounExchange, "cred_ex_id"), why)
	return done{}, err
}
