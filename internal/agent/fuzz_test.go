package agent_test

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// FuzzReceive: whatever a peer or a stranger says, it is taken or refused, and is no fault of ours.
func FuzzReceive(f *testing.F) {
	for _, seed := range []string{
		`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1"}`,
		`{"@type":"https://didcomm.org/didexchange/1.1/request","@id":"1","~thread":{"pthid":"x"},"did":"did:peer:4zQmx:z1","label":"l"}`,
		`{"@type":"https://didcomm.org/didexchange/1.0/response","@id":"1","~thread":{"thid":"x"},"did":"WiLCuZ2AbsfNGwJ7pDr1jH","did_doc~attach":{"data":{"base64":"e30"}}}`,
		`{"@type":"https://didcomm.org/didexchange/1.1/complete","@id":"1","~thread":{"thid":"x"}}`,
		`{"@type":"https://didcomm.org/connections/1.0/request","@id":"1","connection":{"DID":"WiLCuZ2AbsfNGwJ7pDr1jH","DIDDoc":{}}}`,
		`{"@type":"https://didcomm.org/did-rotate/1.0/rotate","@id":"1","to_did":"did:key:z6MkqGRnVMs6wTCZ322PpkRFKPximczvhvxGWp6juyPJgkCK"}`,
		`{"@type":"https://didcomm.org/out-of-band/1.1/handshake-reuse","@id":"1","~thread":{"thid":"1","pthid":"x"}}`,
		`{"@type":"https://didcomm.org/discover-features/2.0/queries","@id":"1","queries":[{"feature-type":"protocol","match":"*"}]}`,
		`{"@type":"https://didcomm.org/report-problem/1.0/problem-report","@id":"1","description":{"code":"x"}}`,
		`{"@type":"https://didcomm.org/notification/1.0/ack","@id":"1","~thread":{"thid":"x"}}`,
		`{"@type":"https://didcomm.org/basicmessage/1.0/message","@id":"1","content":"x","~please_ack":{}}`,
		`{"@type":"https://didcomm.org/routing/1.0/forward","@id":"1","to":"x","msg":{}}`,
	} {
		f.Add([]byte(seed))
	}
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, "the recorded exchanges of github.com/openwallet-foundation/acapy 1.6.1rc0", "transcripts", "acapy")
	var p *pair
	var r *raw
	var invited, known string
	meetings := 0
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 64<<10 {
			return
		}
		if p == nil { // one world for the process: what one input does, the next may meet
			n := &network{ends: map[string]*end{}, stay: true}
			p = &pair{network: n, issuer: newEnd(t, n, "https://issuer.example", willing()), holder: newEnd(t, n, "https://holder.example", willing())}
			r = newRaw(p, p.issuer)
		}
		p.issuer.T, p.holder.T, r.T = t, t, t
		if known == "" {
			invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
			meetings++
			thread := fmt.Sprint("r", meetings)
			fine(t, r.say(invitation.Invitation.Key, r.request(thread, invitation)))
			response := last[*didcomm.DIDResponse](r)
			known, invited = keyOf(t, &didcomm.DIDRequest{DID: response.DID}), invitation.Invitation.Key
			fine(t, r.say(known, &didcomm.DIDComplete{Header: head(didcomm.TypeDIDComplete, "c"+thread, thread, invitation.Invitation.MessageID)}))
		}
		for _, key := range []string{invited, known} {
			to, err := didcomm.ParseVerkey(key)
			fine(t, err)
			for _, from := range []*didcomm.Own{&r.own, nil} {
				envelope, err := didcomm.Pack(rand.Reader, text, []didcomm.Verkey{to}, from)
				fine(t, err)
				_, err = p.issuer.Receive(t.Context(), envelope, agent.Source{})
				if err != nil && vc.KindOf(err) == vc.Internal {
					t.Errorf("%s: %v", text, err)
				}
				if err != nil && vc.KindOf(err) == vc.NotFound {
					known = "" // it hung up: the next input meets the peer anew
				}
			}
		}
		_, err := p.issuer.Take(t.Context(), p.issuer.by, agent.Taking{Message: text})
		if err != nil && vc.KindOf(err) == vc.Internal {
			t.Errorf("%s: %v", text, err)
		}
	})
}
