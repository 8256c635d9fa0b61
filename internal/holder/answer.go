package holder

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
)

// Answered is a presentation that was signed and that the journal does not know of yet.
type Answered struct {
	desk *Desk
	made Presented
	held []string
	who  vc.Identity
	key  vc.IdentityKey
}

// Presentation gives the signed presentation.
func (a *Answered) Presentation() []byte { return a.made.Presentation }

// Submission gives the presentation submission, JSON, wherever it stands; nil where nothing was asked for by a definition.
func (a *Answered) Submission() []byte { return a.made.Submission }

// Held gives the ids of the credentials inside, in their order.
func (a *Answered) Held() []string { return a.held }

// Holder gives the DID that signed.
func (a *Answered) Holder() string { return a.who.DID }

// Record tells the journal, in the caller's transaction, which may run again. Only after its commit may the presentation leave the
// process.
func (a *Answered) Record(rows Rows, by vc.Caller) error {
	return rows.Append(a.desk.signed(by, a.who, a.key))
}

// Answer is [Desk.Present] in two halves, and it chooses what p leaves open: the credentials that answer the definition, of those
// that are good for something the newest first, and who signs. Errors: Invalid "descriptor-unmet" where the wallet has nothing that
// answers, "choice-unknown" for a choice that is of no descriptor, "definition-invalid"; NotFound "held-not-found",
// "identity-not-found", "holder-not-found" where there is no DID that could sign; Unsupported "format-not-offered"; those of the
// key.
func (d *Desk) Answer(ctx context.Context, by vc.Caller, p Presenting) (*Answered, error) {
	w, err := d.wallet()
	if err != nil {
		return nil, err
	}
	a := answering{Desk: d, p: p, scope: by.Scope}
	if p.Definition != nil {
		if a.asked, err = parsed(p.Definition); err != nil {
			return nil, err
		}
	}
	if err := a.form(); err != nil {
		return nil, err
	}
	if p.Signer == "" {
		p.Signer = p.Identity
	}
	if p.Signer != "" {
		if a.who, a.key, err = w.Identities.HoldingKey(ctx, by.Scope, p.Signer, ""); err != nil {
			return nil, err
		}
	}
	if err := a.candidates(ctx); err != nil {
		return nil, err
	}
	if err := a.choose(ctx); err != nil {
		return nil, err
	}
	return a.sign(ctx)
}

// answering is an answer on its way.
type answering struct {
	*Desk
	p      Presenting
	scope  vc.Scope
	asked  *pex.Definition // nil: nothing in particular
	format format.Format

	views  []HeldView // that may be presented
	inputs []pex.Input

	who        vc.Identity // zero: not decided
	key        vc.IdentityKey
	chosen     []HeldView
	submission []byte
}

// form finds the format of the presentation: one that holds its submission where it must, and that the other end takes.
func (a *answering) form() error {
	for _, f := range a.Formats {
		_, name, ok := claimed(f)
		_, prepares := format.For(f, a.scope).(preparer)
		if ok && prepares && (!a.p.Embed || embeds(f)) && (plan{Presenting: a.p, definition: a.asked}).takes(name) {
			a.format = f
			return nil
		}
	}
	return vc.Errorf(vc.Unsupported, "format-not-offered", "no presentation can be made here in a format that is taken there")
}

// candidates opens the credentials that may be presented: those that were named, or the newest of the wallet, the ones that are no
// good any more last.
func (a *answering) candidates(ctx context.Context) (err error) {
	for _, id := range a.p.Held {
		view, err := a.HeldByName(ctx, a.scope, id)
		if err != nil {
			return err
		}
		a.views = append(a.views, view)
	}
	if a.p.Held == nil && a.asked != nil && len(a.asked.Descriptors) > 0 { // who asks for nothing gets nothing
		var all []vc.HeldCredential
		if err := a.Signing.Rows.View(ctx, a.scope, func(rows Rows) (err error) {
			all, err = everyHeld(rows, vc.HeldQuery{}, maxMatched)
			return err
		}); err != nil {
			return err
		}
		if a.views, err = a.openedAll(ctx, all); err != nil {
			return err
		}
		slices.SortStableFunc(a.views, func(x, y HeldView) int { return worth(x.Status) - worth(y.Status) })
	}
	if a.p.Embed { // what other formats secured has no place in it that everybody reads
		a.views = slices.DeleteFunc(a.views, func(view HeldView) bool { return view.Held.Format != a.format.Name() })
	}
	a.inputs, err = a.Desk.inputs(ctx, a.views)
	return err
}

func worth(status Status) int {
	switch status {
	case Valid:
		return 0
	case Unknown:
		return 1
	}
	return 2
}

// choose decides what is presented, and by whom: all of it is about one identity of the wallet, or about nobody of it.
func (a *answering) choose(ctx context.Context) error {
	if err := a.choices(); err != nil {
		return err
	}
	tries := []string{a.who.ID}
	if a.who.ID == "" {
		for _, view := range a.views {
			if id := view.Held.Identity; id != "" && !slices.Contains(tries, id) {
				tries = append(tries, id)
			}
		}
		tries = append(tries[1:], "") // about nobody here comes last
	}
	err := unmet(nil)
	for _, who := range tries {
		if err = a.match(who); err == nil {
			return a.by(ctx, who)
		}
	}
	return err
}

// choices refuses a choice for what was not asked.
func (a *answering) choices() error {
	for descriptor := range a.p.Choice {
		if a.asked == nil || !slices.ContainsFunc(a.asked.Descriptors, func(one pex.Descriptor) bool { return one.ID == descriptor }) {
			return vc.Errorf(vc.Invalid, "choice-unknown", "the definition has no such descriptor").At("/choice")
		}
	}
	return nil
}

// match chooses among the credentials about an identity, and about nobody of the wallet.
func (a *answering) match(who string) error {
	var views []HeldView
	var inputs []pex.Input
	for i, view := range a.views {
		if view.Held.Identity == "" || view.Held.Identity == who {
			views, inputs = append(views, view), append(inputs, a.inputs[i])
		}
	}
	if a.asked == nil || len(a.asked.Descriptors) == 0 {
		if len(views) < len(a.views) {
			return vc.Errorf(vc.Invalid, "holder-mismatch", "the credentials are about several identities of the wallet").At("/held")
		}
		a.chosen = views
		return nil
	}
	result := a.asked.Match(inputs)
	for i := range result.Descriptors {
		one := &result.Descriptors[i]
		if wanted, narrowed := a.p.Choice[one.ID]; narrowed {
			one.Inputs = slices.DeleteFunc(one.Inputs, func(k int) bool {
				return !slices.Contains(wanted, views[k].Held.ID) && !slices.Contains(wanted, views[k].Held.Name)
			})
		}
	}
	submission, picked, err := result.Submission(uuid.NewString(), pex.Envelope{})
	if err != nil {
		return unmet(err)
	}
	a.chosen = nil
	for _, k := range picked {
		a.chosen = append(a.chosen, views[k])
	}
	a.submission, err = submission.Encode()
	return err
}

func unmet(err error) error {
	e := vc.Errorf(vc.Invalid, "descriptor-unmet", "the wallet has nothing that was asked for").At("/definition")
	if fault, ok := errors.AsType[*pex.Error](err); ok {
		e.Message += ": " + fault.Message
		e.Pointer += fault.Pointer
	}
	return e
}
