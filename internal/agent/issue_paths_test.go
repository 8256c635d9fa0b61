package agent_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// auto are settings by which everything goes on by itself, and records go with their end.
func auto() vc.AgentSettings {
	yes := true
	return vc.AgentSettings{
		AutoOffer: &yes, AutoRequest: &yes, AutoIssue: &yes, AutoStore: &yes, AutoAsk: &yes, AutoPresent: &yes, AutoVerify: &yes,
	}
}

// holds counts what a wallet has.
func (e *end) holds() int {
	e.Helper()
	_, total, err := e.Holder.HeldList(e.Context(), e.by.Scope, vc.HeldQuery{}, "")
	fine(e.T, err)
	return total
}

// credentials are those that an issuer issued.
func (e *end) credentials() (all []vc.Credential) {
	e.Helper()
	views, _, err := e.Issuer.Page(e.Context(), e.by.Scope, issuer.Filter{CredentialQuery: vc.CredentialQuery{Page: vc.Page{Limit: 100}}})
	fine(e.T, err)
	for _, view := range views {
		all = append(all, view.Credential)
	}
	return all
}

func (e *end) none() {
	e.Helper()
	exchanges, err := e.Exchanges(e.Context(), e.by.Scope, vc.ExchangeQuery{})
	fine(e.T, err)
	proofs, err := e.Proofs(e.Context(), e.by.Scope, vc.ProofQuery{})
	fine(e.T, err)
	if len(exchanges)+len(proofs) > 0 {
		e.Errorf("%d exchanges and %d proofs are left: %+v %+v", len(exchanges), len(proofs), exchanges, proofs)
	}
}

// Everything goes on by itself, and what is over leaves no record but what was issued and stored.
func TestAutomatic(t *testing.T) {
	p := newPair(t, auto(), auto())
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	p.issuer.none()
	p.holder.none()
	if p.holder.holds() != 1 || len(p.issuer.credentials()) != 1 {
		t.Errorf("%d held, %d issued", p.holder.holds(), len(p.issuer.credentials()))
	}
	_, err = p.issuer.SendProofRequest(t.Context(), p.issuer.by, p.ours, asks(definition))
	fine(t, err)
	p.settle()
	p.issuer.none()
	p.holder.none()
}

// What is sent as "send" is issued as soon as it is asked for, whatever the settings say.
func TestSendCredential(t *testing.T) {
	p := newPair(t, kept(), kept())
	_, err := p.issuer.SendCredential(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	_, err = p.holder.Request(t.Context(), p.holder.by, p.holder.only().Exchange.ID, agent.RequestTerms{})
	fine(t, err)
	p.settle()
	p.holder.expect(vc.Delivered)
	p.issuer.expect(vc.Delivered)
}

// A holder proposes, the issuer offers something else.
func TestProposal(t *testing.T) {
	p := newPair(t, kept(), kept())
	preview := &didcomm.CredentialPreview{Type: didcomm.TypeCredentialPreview, Attributes: []didcomm.PreviewAttribute{{Name: "a", Value: "1"}}}
	_, err := p.holder.SendProposal(t.Context(), p.holder.by, p.theirs, agent.Terms{Filter: p.wish(), Comment: "please", Preview: preview})
	fine(t, err)
	p.settle()
	x := p.issuer.expect(vc.Proposed)
	if x.Flags.Initiator != "external" || x.Preview == nil || x.Formats["cred_proposal"]["ld_proof"] == nil {
		t.Errorf("%+v", x)
	}
	other := p.wish()
	other["ld_proof"] = jsontext.Value(strings.Replace(string(other["ld_proof"]), "SMITH", "JONES", 1))
	x, err = p.issuer.Offer(t.Context(), p.issuer.by, x.Exchange.ID, agent.Terms{Filter: other})
	fine(t, err)
	p.settle()
	y := p.holder.expect(vc.Offered)
	if !bytes.Contains(y.Formats["cred_offer"]["ld_proof"], []byte("JONES")) || y.Preview == nil || y.Exchange.Thread != x.Exchange.Thread {
		t.Errorf("%+v", y)
	}
	_, err = p.issuer.Offer(t.Context(), p.issuer.by, x.Exchange.ID, agent.Terms{})
	refuses(t, err, vc.Conflict, "exchange-state", "")
	_, err = p.holder.Request(t.Context(), p.holder.by, y.Exchange.ID, agent.RequestTerms{})
	fine(t, err)
	p.settle()
	p.issuer.expect(vc.Requested)
}

// What a proposal says is offered where nothing else is.
func TestProposalIsOffered(t *testing.T) {
	p := newPair(t, auto(), kept())
	_, err := p.holder.SendProposal(t.Context(), p.holder.by, p.theirs, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	p.issuer.expect(vc.Offered)
	p.holder.expect(vc.Offered)
}

// A request that nobody offered waits for somebody, even where requests are answered by themselves.
func TestFreeRequest(t *testing.T) {
	p := newPair(t, auto(), kept())
	wish := p.wish()
	wish["ld_proof"] = jsontext.Value(strings.Replace(string(wish["ld_proof"]), `"https://w3id.org/citizenship/v1"`,
		`"https://w3id.org/citizenship/v1","https://w3id.org/security/suites/ed25519-2020/v1"`, 1))
	_, err := p.holder.SendRequest(t.Context(), p.holder.by, p.theirs, agent.Terms{Filter: wish, HolderDID: p.holder.did})
	fine(t, err)
	p.settle()
	x := p.issuer.expect(vc.Requested)
	_, err = p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
	fine(t, err)
	p.settle()
	y := p.holder.expect(vc.Delivered)
	_, err = p.holder.Store(t.Context(), p.holder.by, y.Exchange.ID, "")
	fine(t, err)
	if y = p.holder.expect(vc.Accepted); y.Exchange.Held == "" || !bytes.Contains(y.Formats["cred_issue"]["ld_proof"], []byte(p.holder.did)) {
		t.Errorf("%+v", y)
	}
}

// A wrong call is refused, and changes nothing.
func TestWrongCalls(t *testing.T) {
	p := newPair(t, kept(), kept())
	ctx, by := t.Context(), p.issuer.by
	_, err := p.issuer.SendOffer(ctx, by, p.ours, agent.Terms{})
	refuses(t, err, vc.Invalid, "filter-missing", "/filter")
	for _, name := range []string{"anoncreds", "indy", "vc_di"} {
		_, err = p.issuer.SendOffer(ctx, by, p.ours, agent.Terms{Filter: map[string]jsontext.Value{name: jsontext.Value(`{}`)}})
		refuses(t, err, vc.Invalid, "format-not-offered", "/filter/"+name)
		both := p.wish()
		both[name] = jsontext.Value(`{}`)
		_, err = p.issuer.SendOffer(ctx, by, p.ours, agent.Terms{Filter: both})
		refuses(t, err, vc.Invalid, "format-not-offered", "/filter/"+name)
	}
	_, err = p.issuer.SendOffer(ctx, by, p.issuer.by.Scope.Tenant, agent.Terms{Filter: p.wish()})
	refuses(t, err, vc.NotFound, "connection-not-found", "")
	undefined := p.wish()
	undefined["ld_proof"] = jsontext.Value(strings.Replace(string(undefined["ld_proof"]), `"givenName"`, `"undefinedProp":"x","givenName"`, 1))
	_, err = p.issuer.SendOffer(ctx, by, p.ours, agent.Terms{Filter: undefined})
	refuses(t, err, vc.Invalid, "undefined-term", "/filter/ld_proof/credential/credentialSubject/undefinedProp")
	x, err := p.issuer.SendOffer(ctx, by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	_, err = p.issuer.IssueNow(ctx, by, x.Exchange.ID, "")
	refuses(t, err, vc.Conflict, "exchange-state", "")
	_, err = p.issuer.Request(ctx, by, x.Exchange.ID, agent.RequestTerms{})
	refuses(t, err, vc.Conflict, "exchange-state", "")
	y := p.holder.expect(vc.Offered)
	_, err = p.holder.Store(ctx, p.holder.by, y.Exchange.ID, "")
	refuses(t, err, vc.Conflict, "exchange-state", "")
	_, err = p.holder.Request(ctx, p.holder.by, y.Exchange.ID, agent.RequestTerms{HolderDID: p.issuer.did})
	refuses(t, err, vc.Invalid, "holder-did-unknown", "/holder_did")
	_, err = p.holder.Exchange(ctx, p.holder.by.Scope, x.Exchange.ID)
	refuses(t, err, vc.NotFound, "exchange-not-found", "")
	if p.settle(); p.issuer.expect(vc.Offered).Exchange.Error != "" || p.holder.expect(vc.Offered).Exchange.Error != "" {
		t.Error("a wrong call left a mark")
	}
}

// Either end may give up, and tells the other why.
func TestAbandon(t *testing.T) {
	p := newPair(t, kept(), kept())
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	y, err := p.holder.Abandon(t.Context(), p.holder.by, p.holder.only().Exchange.ID, "no, thanks")
	fine(t, err)
	if y.Exchange.State != vc.Failed || y.Exchange.Error != "created problem report: no, thanks" {
		t.Errorf("%+v", y.Exchange)
	}
	p.settle()
	if x := p.issuer.expect(vc.Failed); x.Exchange.Error != "issuance-abandoned: no, thanks" {
		t.Errorf("%+v", x.Exchange)
	}
	_, err = p.holder.Abandon(t.Context(), p.holder.by, y.Exchange.ID, "again")
	refuses(t, err, vc.Conflict, "exchange-state", "")
	fine(t, p.holder.DropExchange(t.Context(), p.holder.by, y.Exchange.ID))
	refuses(t, p.holder.DropExchange(t.Context(), p.holder.by, y.Exchange.ID), vc.NotFound, "exchange-not-found", "")
	p.holder.none()
}

// foul is a format that says something else than it should.
type foul struct {
	agent.LDProof
	request, sign func([]byte) []byte
}

func (f foul) Request(ctx context.Context, d *agent.Desk, by vc.Caller, offered []byte, holder string) ([]byte, error) {
	requested, err := f.LDProof.Request(ctx, d, by, offered, holder)
	if f.request != nil {
		requested = f.request(requested)
	}
	return requested, err
}

func (f foul) Sign(ctx context.Context, d *agent.Desk, by vc.Caller, kept *issuer.WholeOffer, offered, requested []byte, exchange string) ([]byte, *issuer.Signed, error) {
	secured, signed, err := f.LDProof.Sign(ctx, d, by, kept, offered, requested, exchange)
	if f.sign != nil && err == nil {
		secured = f.sign(secured)
	}
	return secured, signed, err
}

func otherName(content []byte) []byte {
	return bytes.Replace(content, []byte("SMITH"), []byte("SMYTH"), 1)
}

// A request that is not the offer's is told so, and the offer stands.
func TestRequestOfSomethingElse(t *testing.T) {
	p := newPair(t, kept(), kept())
	p.holder.Formats = []agent.CredentialFormat{foul{request: otherName}}
	_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	_, err = p.holder.Request(t.Context(), p.holder.by, p.holder.only().Exchange.ID, agent.RequestTerms{})
	fine(t, err)
	p.settle()
	if x := p.issuer.expect(vc.Offered); !strings.HasPrefix(x.Exchange.Error, "issuance-abandoned: not-the-offer") {
		t.Error(x.Exchange.Error)
	}
	if y := p.holder.expect(vc.Failed); !strings.HasPrefix(y.Exchange.Error, "issuance-abandoned: not-the-offer") {
		t.Error(y.Exchange.Error)
	}
}

// A credential that is not the one requested, or whose proof is bad, ends the exchange at both ends.
func TestCredentialOfSomethingElse(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"other claims": otherName,
		"another proof": func(secured []byte) []byte {
			at := bytes.Index(secured, []byte(`"proofValue":"z`)) + 40
			letter := byte('A')
			if secured[at] == 'A' {
				letter = 'B'
			}
			return append(append(bytes.Clone(secured[:at]), letter), secured[at+1:]...)
		},
		"nothing": func([]byte) []byte { return []byte(`{}`) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, kept(), kept())
			p.issuer.Formats = []agent.CredentialFormat{foul{sign: spoil}}
			_, err := p.issuer.SendCredential(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
			fine(t, err)
			p.settle()
			_, err = p.holder.Request(t.Context(), p.holder.by, p.holder.only().Exchange.ID, agent.RequestTerms{})
			fine(t, err)
			p.settle()
			if p.holder.expect(vc.Failed).Exchange.Error == "" || p.issuer.expect(vc.Failed).Exchange.Error == "" || p.holder.holds() != 0 {
				t.Errorf("%+v", p.holder.only())
			}
		})
	}
}

// However many ask at once for the same thing to be done, it is done once.
func TestAtOnce(t *testing.T) {
	p := newPair(t, kept(), kept())
	once := func(what string, do func() error) {
		t.Helper()
		errs := make([]error, 6)
		var group sync.WaitGroup
		for i := range errs {
			group.Go(func() { errs[i] = do() })
		}
		group.Wait()
		done := 0
		for _, err := range errs {
			if err == nil {
				done++
				continue
			}
			refuses(t, err, vc.Conflict, "exchange-state", "")
		}
		if done != 1 {
			t.Errorf("%s: %d", what, done)
		}
		p.settle()
	}
	x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, p.ours, agent.Terms{Filter: p.wish()})
	fine(t, err)
	p.settle()
	id := p.holder.only().Exchange.ID
	once("request", func() error {
		_, err := p.holder.Request(t.Context(), p.holder.by, id, agent.RequestTerms{})
		return err
	})
	once("issue", func() error {
		_, err := p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
		return err
	})
	once("store", func() error {
		_, err := p.holder.Store(t.Context(), p.holder.by, id, "")
		return err
	})
	if p.issuer.expect(vc.Accepted); len(p.issuer.credentials()) != 1 || p.holder.holds() != 1 {
		t.Errorf("%d issued, %d held", len(p.issuer.credentials()), p.holder.holds())
	}
}
