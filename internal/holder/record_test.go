package holder

import (
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// TestFlowStates: a flow goes where its exchange or its reply may go, and nowhere from its end.
func TestFlowStates(t *testing.T) {
	all := []FlowState{FlowBegun, FlowConfirming, FlowConfirmed, FlowDeclined, FlowFailed, FlowExpired}
	begins := map[FlowState]vc.ExchangeState{FlowBegun: vc.Offered, FlowConfirming: vc.Requested}
	reached := map[FlowState]bool{FlowBegun: true}
	for _, from := range all {
		for _, to := range all {
			if !slices.Contains(from.next(), to) {
				continue
			}
			if from.final() || to == FlowBegun {
				t.Errorf("%s -> %s", from, to)
			}
			reached[to] = true
			r := record{kind: KindClaim, exchange: vc.Exchange{State: begins[from]}}
			for _, state := range exchangeStates(to) {
				if err := r.exchange.Move(state, time.Time{}); err != nil {
					t.Errorf("%s -> %s: %v", from, to, err)
				}
			}
			if r.state() != to {
				t.Errorf("an exchange that becomes %s reads as %s", to, r.state())
			}
			if r = (record{kind: KindPresentation, reply: vc.Reply{State: replyState(to)}}); r.state() != to {
				t.Errorf("a reply that becomes %s reads as %s", to, r.state())
			}
		}
	}
	for _, state := range all {
		if !reached[state] || state.final() != (len(state.next()) == 0) {
			t.Errorf("%s: reached %t, final %t", state, reached[state], state.final())
		}
		r := record{kind: KindPresentation, reply: vc.Reply{ExpiresAt: time.Unix(10, 0), State: replyState(state)}}
		if state == FlowBegun {
			r.reply.State = vc.ReplyAsked
		}
		want := state
		if !state.final() {
			want = FlowExpired
		}
		if got := r.stateAt(time.Unix(10, 0)); got != want {
			t.Errorf("%s reads as %s when its time is over", state, got)
		}
		if got := r.stateAt(time.Unix(9, 0)); got != state {
			t.Errorf("%s reads as %s before", state, got)
		}
	}
}

func TestNetwork(t *testing.T) {
	for did, want := range map[string]string{
		"did:empe:3ceb": "", "did:empe:testnet:3ceb": "testnet", "did:cheqd:mainnet:x": "", "did:cheqd:testnet:x": "testnet",
		"did:web:testnet:x": "", "did:key:z6Mk": "", "": "", "testnet:x": "",
	} {
		if got := network(did); got != want {
			t.Errorf("%s: %q", did, got)
		}
	}
}
