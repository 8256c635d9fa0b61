package agent_test

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

const day = 24 * time.Hour

// sweeps passes time, and holds the sweep to how many it removes.
func (e *end) sweeps(after time.Duration, want int) {
	e.Helper()
	e.tick(after)
	n, err := e.Sweep(e.Context(), e.db, e.clock(), 100)
	fine(e.T, err)
	if n != want {
		e.Errorf("%d were removed, not %d", n, want)
	}
}

// recipients counts the keys of an owner.
func (e *end) recipients(owner string) (n int) {
	e.Helper()
	fine(e.T, sql.For[agent.Rows](e.db).View(e.Context(), e.by.Scope, func(rows agent.Rows) error {
		all, err := rows.Recipients(owner)
		n = len(all)
		return err
	}))
	return n
}

// replay sends an end once more what came to it last.
func (p *pair) replay(to *end) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := len(p.seen) - 1; i >= 0; i-- {
		if p.seen[i].to == to {
			_, err := to.receive(to.Context(), p.seen[i].envelope)
			return err
		}
	}
	return nil
}

// What was for one issuance without a connection goes a week after its record, with its key; till then a late message is understood.
func TestSweepAlone(t *testing.T) {
	forgets := autonomous()
	forgets.Preserve = flag(false)
	p := strangers(t, autonomous(), forgets)
	x, err := p.issuer.CreateOffer(t.Context(), p.issuer.by, agent.Terms{Filter: p.wish(), AutoIssue: flag(true)})
	fine(t, err)
	ours := p.issuer.invite(agent.NewInvitation{Attachments: []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}}})
	theirs := p.taken(ours)
	p.holder.sweeps(400*day, 0) // nothing has been answered
	p.settle()
	p.issuer.expect(vc.Accepted)
	p.holder.none()
	here, there := "invitation/"+ours.Invitation.ID, "invitation/"+theirs.Invitation.ID
	fine(t, p.replay(p.holder))
	p.holder.sweeps(7*day-time.Hour, 0)
	fine(t, p.replay(p.holder))
	p.holder.sweeps(time.Hour, 1)
	wanted(t, p.replay(p.holder), vc.NotFound, "recipient-unknown")
	if n := p.holder.recipients(there); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	_, err = p.holder.Invitation(t.Context(), p.holder.by.Scope, theirs.Invitation.ID)
	wanted(t, err, vc.NotFound, "invitation-not-found")
	p.holder.sweeps(400*day, 0)
	// The issuer keeps its record: the holder may be told of a revocation still.
	p.issuer.sweeps(400*day, 0)
	fine(t, p.issuer.DropExchange(t.Context(), p.issuer.by, x.Exchange.ID))
	p.issuer.sweeps(8*day, 1)
	if n := p.issuer.recipients(here); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	_, err = p.issuer.Invitation(t.Context(), p.issuer.by.Scope, ours.Invitation.ID)
	fine(t, err) // who keeps records keeps this one
	p.issuer.sweeps(400*day, 0)
}

// The key that a rotation replaced, and the one that said a hangup, go when nobody needs them any more.
func TestSweepRetired(t *testing.T) {
	p := newPair(t, autonomous(), autonomous())
	owner := "connection/" + p.ours
	if n := p.issuer.recipients(owner); n != 1 {
		t.Fatalf("%d keys", n)
	}
	_, err := p.issuer.Rotate(t.Context(), p.issuer.by, p.ours, "")
	fine(t, err)
	p.settle()
	p.issuer.sweeps(38*day, 0)
	if n := p.issuer.recipients(owner); n != 2 {
		t.Fatalf("%d keys", n)
	}
	p.issuer.sweeps(2*day, 1)
	if n := p.issuer.recipients(owner); n != 1 {
		t.Errorf("%d keys are left", n)
	}
	p.agree() // the connection goes on
	hangup, err := p.issuer.Hangup(t.Context(), p.issuer.by, p.ours)
	fine(t, err)
	p.settle()
	owner = "hangup/" + hangup.ID
	p.issuer.sweeps(31*day, 0)
	if n := p.issuer.recipients(owner); n != 1 {
		t.Fatalf("%d keys", n)
	}
	p.issuer.sweeps(2*day, 1)
	if n := p.issuer.recipients(owner); n != 0 {
		t.Errorf("%d keys are left", n)
	}
	p.issuer.sweeps(400*day, 0)
}

// An invitation without a connection that we took, and over which nothing was begun, goes with its key: what came along was refused, or
// could never be handled. Something that is open, or a letter that may be revived, keeps it.
func TestSweepUnbegun(t *testing.T) {
	letters := func(e *end) []vc.Letter {
		t.Helper()
		all, err := e.Letters(t.Context(), e.by.Scope, vc.LetterQuery{Way: vc.WayIn})
		fine(t, err)
		return all
	}
	for name, c := range map[string]struct {
		spoil func(invitation string) string
		along func(p *pair)
		stays int // sweeps, a month apart
		end   func(p *pair)
	}{
		"refused": {spoil: func(text string) string { return strings.ReplaceAll(text, detailFormat, "hlindy/cred-abstract@v2.0") }},
		"never handled": {
			along: func(p *pair) {
				letter := letters(p.holder)[0]
				letter.State = vc.LetterDead
				fine(t, sql.For[agent.Rows](p.holder.db).Update(t.Context(), p.holder.by.Scope, func(rows agent.Rows) error { return rows.UpdateLetter(letter) }))
			},
			stays: 1,
			end: func(p *pair) {
				_, err := p.holder.db.SweepLetters(t.Context(), p.holder.clock(), p.holder.clock(), 10)
				fine(t, err)
			},
		},
		"offered": {stays: 2, end: func(p *pair) { fine(t, p.holder.DropExchange(t.Context(), p.holder.by, p.holder.only().Exchange.ID)) }},
		"waiting": {along: func(*pair) {}, stays: 2, end: func(p *pair) {
			p.settle()
			fine(t, p.holder.DropExchange(t.Context(), p.holder.by, p.holder.only().Exchange.ID))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			p := strangers(t, vc.AgentSettings{Preserve: flag(true)}, vc.AgentSettings{Preserve: flag(false)})
			x, err := p.issuer.CreateOffer(t.Context(), p.issuer.by, agent.Terms{Filter: p.wish()})
			fine(t, err)
			ours := p.issuer.invite(agent.NewInvitation{Attachments: []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}}})
			if c.spoil != nil {
				ours.Message = []byte(c.spoil(string(ours.Message)))
			}
			theirs := p.taken(ours)
			owner := "invitation/" + theirs.Invitation.ID
			if c.along != nil {
				c.along(p)
			} else {
				p.settle()
			}
			p.holder.sweeps(6*day, 0)
			for range c.stays {
				p.holder.sweeps(30*day, 0)
			}
			if n := p.holder.recipients(owner); n != 1 {
				t.Fatalf("%d keys", n)
			}
			if c.end != nil {
				c.end(p)
				p.holder.sweeps(6*day, 0)
			}
			p.holder.sweeps(2*day, 1)
			if n := p.holder.recipients(owner); n != 0 {
				t.Errorf("%d keys are left", n)
			}
			_, err = p.holder.Invitation(t.Context(), p.holder.by.Scope, theirs.Invitation.ID)
			wanted(t, err, vc.NotFound, "invitation-not-found")
			p.holder.sweeps(400*day, 0)
		})
	}
}
