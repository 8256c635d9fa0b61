package holder

import (
	"context"
	"errors"
	"slices"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// maxName: it is what a person calls a credential, or an id of somebody's.
const maxName = 256

// Taken is a credential that was verified for the wallet and is recorded nowhere.
type Taken struct {
	desk *Desk
	view HeldView
}

// View gives the credential as the wallet will have it.
func (t *Taken) View() HeldView { return t.view }

// Take is [Desk.Hold] in two halves: it verifies, and [Taken.Record] keeps. Errors: those of Hold; Unavailable "issuer-unreachable"
// where the issuer's DID cannot be resolved now, and nothing else stands against it.
func (d *Desk) Take(ctx context.Context, by vc.Caller, n NewHeld) (*Taken, error) {
	if _, err := d.wallet(); err != nil {
		return nil, err
	}
	view, err := d.received(ctx, by.Scope, n)
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Code == "credential-refused" && unreached(e.Details) {
		return nil, vc.Errorf(vc.Unavailable, "issuer-unreachable", "the issuer's DID cannot be resolved now").Because(err).At("/credential")
	}
	if err != nil {
		return nil, err
	}
	return &Taken{desk: d, view: view}, nil
}

// unreached says whether all faults come of a DID that could not be resolved now.
func unreached(faults []vc.Finding) bool {
	reason := slices.ContainsFunc(faults, func(f vc.Finding) bool { return f.Code == "did-unreachable" })
	return reason && !slices.ContainsFunc(faults, func(f vc.Finding) bool {
		return f.Code != "did-unreachable" && f.Code != "no-issuer" && f.Code != "no-key" // of key and signature, which wait for it
	})
}

// Record writes the credential in the caller's transaction, which may run again. Of a credential that the wallet has already it
// gives the id under which that is, and writes nothing. Conflict "held-name-used" where another has its name.
func (t *Taken) Record(rows Rows, by vc.Caller) (id string, err error) {
	if id, err = rows.HeldOf(t.view.Held.Digest); err == nil || vc.KindOf(err) != vc.NotFound {
		return id, err
	}
	if err := nameFree(rows, t.view.Held); err != nil {
		return "", err
	}
	return t.view.Held.ID, t.desk.keep(rows, by, t.view.Held)
}

// nameFree refuses a name that another credential of the wallet has.
func nameFree(rows Rows, held vc.HeldCredential) error {
	if held.Name == "" {
		return nil
	}
	others, err := rows.HeldCredentials(vc.HeldQuery{Page: vc.Page{Limit: 1}, Name: held.Name})
	if err == nil && len(others) > 0 {
		err = vc.Errorf(vc.Conflict, "held-name-used", "another credential of this wallet has this name").At("/name")
	}
	return err
}

// tagged notes what the credential is found by.
func tagged(f format.Format, read format.Secured, credential *vcdm.Credential) vc.HeldTags {
	tags := vc.HeldTags{Given: credential.ID, Contexts: credential.Contexts()}
	if read.Types != nil {
		tags.Expanded = read.Types()
	}
	for _, schema := range credential.Schemas {
		tags.Schemas = append(tags.Schemas, schema.ID)
	}
	for _, signature := range read.Signatures {
		suite, _ := format.SuiteOf(f, signature.Suite)
		name := suite.Name
		if suite.Type != "" {
			name = suite.Type
		}
		if name != "" && !slices.Contains(tags.Proofs, name) {
			tags.Proofs = append(tags.Proofs, name)
		}
	}
	return tags
}

// HeldByName gives a credential of the wallet by the name that its holder gave it, or else by its id. NotFound "held-not-found".
func (d *Desk) HeldByName(ctx context.Context, scope vc.Scope, nameOrID string) (HeldView, error) {
	if _, err := d.wallet(); err != nil {
		return HeldView{}, err
	}
	var held vc.HeldCredential
	if err := d.Signing.Rows.View(ctx, scope, func(rows Rows) (err error) {
		held, err = byName(rows, nameOrID)
		return err
	}); err != nil {
		return HeldView{}, err
	}
	return d.opened(ctx, held)
}

func byName(rows Rows, nameOrID string) (vc.HeldCredential, error) {
	none := vc.Errorf(vc.NotFound, "held-not-found", "there is no such credential in this wallet")
	if nameOrID == "" {
		return vc.HeldCredential{}, none
	}
	all, err := rows.HeldCredentials(vc.HeldQuery{Page: vc.Page{Limit: 1}, Name: nameOrID})
	if err != nil {
		return vc.HeldCredential{}, err
	}
	if len(all) == 1 {
		return all[0], nil
	}
	if uuid.Validate(nameOrID) != nil {
		return vc.HeldCredential{}, none
	}
	held, err := rows.Held(nameOrID)
	return held, missing(err, "held-not-found", "credential")
}

// DropByName is [Desk.Drop] by name or id.
func (d *Desk) DropByName(ctx context.Context, by vc.Caller, nameOrID string) error {
	view, err := d.HeldByName(ctx, by.Scope, nameOrID)
	if err != nil {
		return err
	}
	return d.Drop(ctx, by, view.Held.ID)
}
