package agent_test

import (
	"bytes"
	"testing"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Two ends that know nothing but each other's seeds have the same keys for both, and hear each other.
func TestStaticOfSeeds(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, willing())
	ctx := t.Context()
	ours, theirs := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	here, err := p.issuer.CreateStatic(ctx, p.issuer.by, agent.NewStatic{MySeed: ours, TheirSeed: theirs, TheirEndpoint: "https://holder.example"})
	fine(t, err)
	there, err := p.holder.CreateStatic(ctx, p.holder.by, agent.NewStatic{MySeed: theirs, TheirSeed: ours, TheirEndpoint: "https://issuer.example"})
	fine(t, err)
	if here.MyVerkey != there.TheirVerkey || here.TheirVerkey != there.MyVerkey || here.MyDID != there.TheirDID || here.TheirDID != there.MyDID {
		t.Errorf("%+v\n%+v", here, there)
	}
	p.agree()
	_, err = p.issuer.CreateStatic(ctx, p.issuer.by, agent.NewStatic{MySeed: ours, TheirSeed: theirs})
	wanted(t, err, vc.Conflict, "seed-taken")
}

// A peer's key is needed, and its endpoint is not: then it comes for what is for it.
func TestStaticPeer(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
	ctx := t.Context()
	create := func(n agent.NewStatic) (agent.StaticView, error) { return p.issuer.CreateStatic(ctx, p.issuer.by, n) }
	for code, n := range map[string]agent.NewStatic{
		"peer-key-missing": {TheirDID: "WiLCuZ2AbsfNGwJ7pDr1jH", TheirEndpoint: "https://holder.example"},
		"seed-invalid":     {TheirSeed: []byte("short")},
		"verkey-malformed": {TheirVerkey: "x", TheirSeed: bytes.Repeat([]byte{2}, 32)},
	} {
		_, err := create(n)
		wanted(t, err, vc.Invalid, code)
	}
	_, err := create(agent.NewStatic{MySeed: []byte("short"), TheirSeed: bytes.Repeat([]byte{2}, 32)})
	wanted(t, err, vc.Invalid, "seed-invalid")
	made, err := create(agent.NewStatic{TheirVerkey: "BpAju7cfbui5vXBh9BTQUJQix3j5J3hupoBp5hRHmXQw", Alias: "A"})
	fine(t, err)
	if made.TheirDID == "" || made.Alias != "A" {
		t.Errorf("%+v", made)
	}
	_, err = p.issuer.Ping(ctx, p.issuer.by, made.Connection.ID, "")
	fine(t, err)
	p.settle()
	held, err := p.issuer.Letters(ctx, p.issuer.by.Scope, vc.LetterQuery{Connection: made.Connection.ID})
	if err != nil || len(held) != 1 || held[0].State != vc.LetterHeld {
		t.Errorf("%+v: %v", held, err)
	}
}
