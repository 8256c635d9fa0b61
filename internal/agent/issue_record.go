package agent

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// exchange is an exchange with its flags and what its body says.
type exchange struct {
	vc.Exchange
	flags ExchangeFlags
	said  exchangeSaid
}

// exchangeSaid is what an exchange keeps sealed: whole messages, and what was promised.
type exchangeSaid struct {
	Proposal  jsontext.Value             `json:"proposal,omitempty"`
	Offer     jsontext.Value             `json:"offer,omitempty"`
	Request   jsontext.Value             `json:"request,omitempty"`
	Issue     jsontext.Value             `json:"issue,omitempty"`
	Preview   *didcomm.CredentialPreview `json:"preview,omitempty"`
	Kept      *issuer.WholeOffer         `json:"kept,omitempty"` // what was offered here
	Method    string                     `json:"method,omitempty"`
	HolderDID string                     `json:"holder,omitempty"`
	HeldName  string                     `json:"held,omitempty"`
	Why       string                     `json:"why,omitempty"` // the row's error in full: a peer's words are not kept in clear
}

const exchangeLabel = "exchange v1 "

func (t *Turn) openedExchange(row vc.Exchange) (*exchange, error) {
	x := &exchange{Exchange: row}
	if len(row.Pocket) > 0 {
		if err := json.Unmarshal(row.Pocket, &x.flags); err != nil {
			return nil, err
		}
	}
	err := unseal(t.Vault, exchangeLabel+row.ID, row.BodyKey, row.Body, &x.said)
	x.BodyKey, x.Body, x.Pocket = nil, nil, nil
	x.Error = inFull(row.Error, x.said.Why)
	return x, err
}

// exchange gives an exchange between peers; NotFound "exchange-not-found".
func (t *Turn) exchange(id string) (*exchange, error) {
	row, err := t.Rows.Exchange(id)
	if err == nil && row.Door != Door {
		err = vc.Errorf(vc.NotFound, "exchange-not-found", "there is no such exchange")
	}
	if err != nil {
		return nil, missing(err, "exchange")
	}
	return t.openedExchange(row)
}

// exchangeForUpdate is exchange, and keeps others off.
func (t *Turn) exchangeForUpdate(id string) (*exchange, error) {
	row, err := t.Rows.ExchangeForUpdate(id)
	if err == nil && row.Door != Door {
		err = vc.Errorf(vc.NotFound, "exchange-not-found", "there is no such exchange")
	}
	if err != nil {
		return nil, missing(err, "exchange")
	}
	return t.openedExchange(row)
}

// sealedExchange is the row of an exchange.
func (t *Turn) sealedExchange(x *exchange) (row vc.Exchange, err error) {
	row = x.Exchange
	row.Error, x.said.Why = inShort(x.Error), x.Error
	if row.Pocket, err = json.Marshal(x.flags); err != nil {
		return row, err
	}
	row.BodyKey, row.Body, err = seal(t.Vault, exchangeLabel+row.ID, x.said)
	return row, err
}

// insertExchange writes a new exchange; it gives it id, scope and times.
func (t *Turn) insertExchange(x *exchange) error {
	if x.ID == "" {
		x.ID = newID()
	}
	x.Scope, x.Door, x.CreatedAt, x.UpdatedAt, x.Revision = t.By.Scope, Door, t.Now, t.Now, 1
	row, err := t.sealedExchange(x)
	if err != nil {
		return err
	}
	return t.Rows.InsertExchange(row)
}

// putExchange writes an exchange that was moved or touched once since it was read.
func (t *Turn) putExchange(x *exchange) error {
	row, err := t.sealedExchange(x)
	if err != nil {
		return err
	}
	return t.Rows.UpdateExchange(row)
}

// advance moves an exchange on: what stood in the way is over.
func (x *exchange) advance(to vc.ExchangeState, now time.Time) error {
	x.Error = ""
	return x.Move(to, now)
}

// outline is what is shown of an exchange without what was said in it.
func (x *exchange) outline() ExchangeView {
	v := ExchangeView{Exchange: x.Exchange, Flags: x.flags, HeldName: x.said.HeldName}
	v.Exchange.BodyKey, v.Exchange.Body, v.Exchange.Pocket = nil, nil, nil
	return v
}

// tellExchange tells of an exchange: in whole where the office wants that, else in outline.
func (d *Desk) tellExchange(t *Turn, x *exchange, action string) error {
	settings, err := d.settings(t)
	if err != nil {
		return err
	}
	view := x.outline()
	if is(settings.WholeWebhooks) {
		view = x.view(d)
	}
	return t.Tell(TopicExchange, action, "exchange", x.ID, view)
}

// view is what is shown of an exchange.
func (x *exchange) view(d *Desk) ExchangeView {
	v := x.outline()
	v.Proposal, v.Offer, v.Request, v.Issue = x.said.Proposal, x.said.Offer, x.said.Request, x.said.Issue
	v.Preview, v.Formats = x.said.Preview, map[string]map[string]jsontext.Value{}
	for at, of := range [...]struct {
		name    string
		message jsontext.Value
	}{{"cred_proposal", v.Proposal}, {"cred_offer", v.Offer}, {"cred_request", v.Request}, {"cred_issue", v.Issue}} {
		if of.message == nil {
			continue
		}
		if format, content, err := d.content(of.message, step(at)); err == nil {
			v.Formats[of.name] = map[string]jsontext.Value{format.Name(): content}
		}
	}
	return v
}
