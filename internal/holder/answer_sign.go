package holder

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
)

// model is the data model that holds what is presented.
func (a *answering) model() vc.ModelVersion {
	old := len(a.chosen) == 0 || slices.ContainsFunc(a.chosen, func(view HeldView) bool { return view.Held.Model == vc.VCDM11 })
	switch {
	case a.p.Model != "":
		return a.p.Model
	case old:
		return vc.VCDM11
	}
	return vc.VCDM20
}

// by decides who signs: whom the credentials are about, or where they are about nobody here any DID of the wallet, the oldest.
func (a *answering) by(ctx context.Context, who string) (err error) {
	if a.who.ID != "" {
		return nil
	}
	for _, view := range a.chosen {
		if view.Held.Identity != "" {
			who = view.Held.Identity
		}
	}
	if who == "" {
		if who, err = a.anyone(ctx); err != nil {
			return err
		}
	}
	a.who, a.key, err = a.Wallet.Identities.HoldingKey(ctx, a.scope, who, "")
	return err
}

// anyone is the oldest identity of exactly the wallet that can sign.
func (a *answering) anyone(ctx context.Context) (string, error) {
	active := false
	var found []vc.Identity
	err := a.Signing.Rows.View(ctx, a.scope, func(rows Rows) (err error) {
		found, err = rows.Identities(vc.ListQuery{
			Page: vc.Page{Limit: 100, Ascending: true}, Uses: []vc.IdentityUse{vc.UseAgent, vc.UseHolding}, Archived: &active, Exact: true,
		})
		return err
	})
	for _, identity := range found {
		if _, _, err := a.Wallet.Identities.HoldingKey(ctx, a.scope, identity.ID, ""); err == nil {
			return identity.ID, nil
		}
	}
	if err == nil {
		err = vc.Errorf(vc.NotFound, "holder-not-found", "there is no DID in this wallet that could sign")
	}
	return "", err
}

// suite is the one that was named, or the first of those that the definition names and the key signs; "": the format's choice.
func (a *answering) suite() (string, error) {
	if a.p.Suite != "" || a.asked == nil {
		return a.p.Suite, nil
	}
	_, name, _ := claimed(a.format)
	listed, asked := a.asked.Format[name]["proof_type"]
	for _, wanted := range listed {
		for _, suite := range format.Suites(a.format) {
			if (suite.Name == wanted || suite.Type == wanted) && suite.Signs(a.key.Key.Algorithm.JOSE()) && suite.Secures(a.model()) {
				return suite.Name, nil
			}
		}
	}
	if asked {
		return "", vc.Errorf(vc.Unsupported, "format-not-offered", "no proof that is taken there can be made with the key of who presents")
	}
	return "", nil
}

// sign makes the presentation.
func (a *answering) sign(ctx context.Context) (*Answered, error) {
	proof := Proof{
		Format: a.format.Name(), Model: a.p.Model,
		Presentation: Presentation{Audience: a.p.Audience, Nonce: a.p.Nonce},
	}
	var err error
	if proof.Suite, err = a.suite(); err != nil {
		return nil, err
	}
	if a.p.Embed {
		proof.Submission = a.submission
	}
	out := &Answered{desk: a.Desk, who: a.who, key: a.key, made: Presented{Submission: a.submission}}
	for _, view := range a.chosen {
		proof.Presentation.Credentials = append(proof.Presentation.Credentials, view.Secured)
		out.held = append(out.held, view.Held.ID)
	}
	made, err := a.proven(ctx, a.scope, proof, a.who, a.key)
	if err != nil {
		return nil, err
	}
	out.made.Presentation = made.Secured
	_, out.made.Format, _ = claimed(a.format)
	if a.p.Embed || a.submission == nil {
		return out, nil
	}
	opened, err := a.open(ctx, made.Secured)
	if err != nil {
		return nil, err
	}
	out.made.Submission, err = opened.answer(a.asked)
	return out, err
}
