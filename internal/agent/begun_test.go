package agent_test

import (
	"fmt"
	"testing"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// What a peer begins waits for people here, so it has only so many open on its connection: what it begins beyond is refused before
// anything is prepared for it or kept. Other peers, what we begin, and what goes on do not suffer from it.
func TestPeersBeginSoMany(t *testing.T) {
	p, friend, foe := twoRaw(t)
	keys, connections := p.issuer.meet(friend, foe)
	p.issuer.Begun = 3
	detail := inBase64(p.wish()["ld_proof"])
	request := inBase64([]byte(`{"presentation_definition":` + definition + `}`))
	carrying := func(kind, member, format, data string) func(id string) []byte {
		return func(id string) []byte {
			return plainly(kind, id, id, `,"formats":[{"attach_id":"a","format":"`+format+`"}],"`+member+`~attach":[{"@id":"a","data":`+data+`}]`)
		}
	}
	const asked = "dif/presentation-exchange/definitions@v1.0"
	credentials := []func(string) []byte{
		carrying("issue-credential/2.0/propose-credential", "filters", detailFormat, detail),
		carrying("issue-credential/2.0/offer-credential", "offers", detailFormat, detail),
		func(id string) []byte { return asking(id, id, detail) },
	}
	proofs := []func(string) []byte{
		carrying("present-proof/2.0/propose-presentation", "proposals", asked, inBase64([]byte(definition))),
		carrying("present-proof/2.0/request-presentation", "request_presentations", asked, request),
		carrying("present-proof/2.0/propose-presentation", "proposals", asked, inBase64([]byte(definition))),
	}
	count := func(channel string) (n int) {
		t.Helper()
		exchanges, err := p.issuer.Exchanges(t.Context(), p.issuer.by.Scope, vc.ExchangeQuery{Channel: channel})
		fine(t, err)
		asked, err := p.issuer.Proofs(t.Context(), p.issuer.by.Scope, vc.ProofQuery{Channel: channel})
		fine(t, err)
		return len(exchanges) + len(asked)
	}
	refused := func(text []byte, code string) {
		t.Helper()
		before, entries := count(connections[1]), len(p.issuer.journal())
		fine(t, foe.sayText(keys[1], text))
		if report := last[*didcomm.ProblemReport](foe); report.Code() != code || count(connections[1]) != before || len(p.issuer.journal()) != entries {
			t.Errorf("%s: %q; %d records, %d before; %d entries more", report.Code(), report.Text(), count(connections[1]), before, len(p.issuer.journal())-entries)
		}
	}
	for range 2 { // what we begin is not counted
		_, err := p.issuer.SendOffer(t.Context(), p.issuer.by, connections[1], agent.Terms{Filter: p.wish()})
		fine(t, err)
	}
	for i := range 3 {
		fine(t, foe.sayText(keys[1], credentials[i](fmt.Sprint("x", i))))
		fine(t, foe.sayText(keys[1], proofs[i](fmt.Sprint("y", i))))
	}
	if n := count(connections[1]); n != 8 {
		t.Fatalf("%d records", n)
	}
	// With an answer by itself there would be an offer of ours, with a place in a status list.
	p.issuer.Defaults.AutoOffer, p.issuer.Defaults.AutoAsk = flag(true), flag(true)
	for i := range 3 {
		refused(credentials[i](fmt.Sprint("v", i)), didcomm.ProblemIssuanceAbandoned)
		refused(proofs[i](fmt.Sprint("w", i)), didcomm.ProblemPresentationAbandoned)
	}
	fine(t, friend.sayText(keys[0], credentials[1]("friend")))
	if n := count(connections[0]); n != 1 {
		t.Errorf("%d records of another peer", n)
	}
	// What goes on goes on, and what is over makes room.
	fine(t, foe.sayText(keys[1], carrying("issue-credential/2.0/offer-credential", "offers", detailFormat, detail)("x1")))
	fine(t, foe.sayText(keys[1], plainly("issue-credential/2.0/problem-report", "e", "x1", `,"description":{"code":"x"}`)))
	fine(t, foe.sayText(keys[1], plainly("present-proof/2.0/problem-report", "f", "y1", `,"description":{"code":"x"}`)))
	fine(t, foe.sayText(keys[1], credentials[1]("more")))
	fine(t, foe.sayText(keys[1], proofs[1]("more too")))
	if n := count(connections[1]); n != 10 {
		t.Errorf("%d records, where there is room", n)
	}
	refused(credentials[0]("u"), didcomm.ProblemIssuanceAbandoned)
}
