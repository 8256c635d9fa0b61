package holder

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// maxHeld is the size in bytes of the largest credential that is held.
const maxHeld = 512 << 10

// heldBody is what a held credential's record keeps only sealed.
type heldBody struct {
	Secured   string   `json:"x"`
	MediaType string   `json:"m,omitempty"`
	Subjects  []string `json:"s,omitempty"`
}

// Hold verifies a credential and keeps it. Errors: Invalid "credential-malformed", "credential-too-large",
// "credential-unsigned", "foreign-subject", and "credential-refused" with what its verification found; Conflict
// "held-already", "held-name-used".
func (d *Desk) Hold(ctx context.Context, by vc.Caller, n NewHeld) (HeldView, error) {
	if _, err := d.wallet(); err != nil {
		return HeldView{}, err
	}
	view, err := d.received(ctx, by.Scope, n)
	if err != nil {
		return HeldView{}, err
	}
	if err := d.Signing.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := nameFree(rows, view.Held); err != nil {
			return err
		}
		return d.keep(rows, by, view.Held)
	}); err != nil {
		return HeldView{}, err
	}
	return view, nil
}

// keep writes a credential that was verified.
func (d *Desk) keep(rows Rows, by vc.Caller, held vc.HeldCredential) error {
	err := rows.InsertHeld(held)
	if err != nil && vc.KindOf(err) == vc.Conflict {
		return vc.Errorf(vc.Conflict, "held-already", "the wallet has this credential").Because(err)
	}
	if err != nil {
		return err
	}
	return rows.Append(d.entry(by, "held.stored", "held/"+held.ID, held.ID))
}

// received reads and verifies a credential, and makes its record. It fetches: no transaction may be open.
func (d *Desk) received(ctx context.Context, scope vc.Scope, n NewHeld) (HeldView, error) {
	secured := bytes.TrimSpace(n.Secured)
	if len(n.Name) > maxName {
		return HeldView{}, vc.Errorf(vc.Invalid, "held-name", "a name has at most %d bytes", maxName).At("/name")
	}
	if len(secured) > maxHeld {
		return HeldView{}, vc.Errorf(vc.Invalid, "credential-too-large", "a credential has at most %d bytes", maxHeld).At("/credential")
	}
	f, read, err := d.read(ctx, secured)
	if err == nil && len(read.Signatures) == 0 {
		return HeldView{}, vc.Errorf(vc.Invalid, "credential-unsigned", "the credential is not signed").At("/credential")
	}
	var credential *vcdm.Credential
	if err == nil {
		credential, err = vcdm.Parse(read.Credential)
	}
	if err != nil {
		return HeldView{}, malformed(err)
	}
	view := HeldView{Secured: secured, MediaType: read.MediaType, Subjects: credential.SubjectIDs()}
	view.Held = vc.HeldCredential{
		ID: newID(), Scope: scope, Issuer: credential.Issuer.ID, Network: network(credential.Issuer.ID), Format: f.Name(),
		Model: read.Model, Exchange: n.Exchange, IssuedAt: issued(credential, read), ValidUntil: credential.ValidUntil.UTC(),
		Name: n.Name, Tags: tagged(f, read, credential), CreatedAt: d.now(),
	}
	view.Held.Types = slices.DeleteFunc(slices.Clone(credential.Types), func(name string) bool { return name == vcdm.TypeCredential })
	d.schema(&view.Held, credential)
	if view.Held.Identity, err = d.holds(ctx, scope, view.Subjects); err != nil {
		return HeldView{}, err
	}
	if view.Held.Identity == "" && !n.AllowForeignSubject {
		return HeldView{}, vc.Errorf(vc.Invalid, "foreign-subject", "the credential is about nobody whose DID is in this wallet").At("/credential")
	}
	if err := d.judge(ctx, &view); err != nil {
		return HeldView{}, err
	}
	err = d.close(ctx, &view)
	return view, err
}

func malformed(err error) error {
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Invalid {
		return err
	}
	return vc.Errorf(vc.Invalid, "credential-malformed", "the credential cannot be read").Because(err).At("/credential")
}

// judge refuses a credential that is not to be relied on.
func (d *Desk) judge(ctx context.Context, view *HeldView) error {
	judged, err := d.Wallet.Judge.Judge(ctx, view.Held.Scope, view.Secured)
	if err != nil {
		return err
	}
	if len(judged.Faults) > 0 {
		e := vc.Errorf(vc.Invalid, "credential-refused", "the credential does not pass its verification").At("/credential")
		e.Details = judged.Faults
		return e
	}
	d.stand(view, judged.Standing)
	return nil
}

// stand notes what was seen of the credential's status.
func (d *Desk) stand(view *HeldView, standing vc.Standing) {
	if standing != "" {
		view.Held.Standing, view.Held.SeenAt = standing, d.now()
	}
	view.Status = status(view.Held, d.now())
}

func status(held vc.HeldCredential, now time.Time) Status {
	switch {
	case held.Standing == vc.Revoked:
		return Revoked
	case !held.ValidUntil.IsZero() && !now.Before(held.ValidUntil):
		return Expired
	case held.Standing == vc.Suspended:
		return Suspended
	case held.Standing == vc.Active:
		return Valid
	}
	return Unknown
}

// close seals what the record's body holds, and gives it its keyed digests.
func (d *Desk) close(ctx context.Context, view *HeldView) (err error) {
	held, w := &view.Held, d.Wallet
	said := view.Secured
	if form, err := ijson.Canonical(said); err == nil { // the same credential, however it is laid out
		said = form
	}
	if held.Digest, err = w.mac(ctx, held.Scope.Tenant, heldUse, said); err != nil {
		return err
	}
	if len(view.Subjects) > 0 {
		if held.SubjectMAC, err = w.mac(ctx, held.Scope.Tenant, subjectUse, []byte(view.Subjects[0])); err != nil {
			return err
		}
	}
	held.BodyKey, held.Body, err = w.seal(ctx, held.Scope.Tenant, heldLabel+" "+held.ID, heldBody{string(view.Secured), view.MediaType, view.Subjects})
	return err
}

// opened opens a held credential's record.
func (d *Desk) opened(ctx context.Context, held vc.HeldCredential) (HeldView, error) {
	var body heldBody
	if err := d.Wallet.unseal(ctx, held.Scope.Tenant, heldLabel+" "+held.ID, held.BodyKey, held.Body, &body); err != nil {
		return HeldView{}, err
	}
	return HeldView{
		Held: held, Secured: []byte(body.Secured), MediaType: body.MediaType, Subjects: body.Subjects, Status: status(held, d.now()),
	}, nil
}

// holds gives the wallet's identity that is among the subjects; "" where none is.
func (d *Desk) holds(ctx context.Context, scope vc.Scope, subjects []string) (string, error) {
	for _, subject := range subjects {
		if _, err := diddoc.ParseDID(subject); err != nil {
			continue
		}
		who, err := d.identity(ctx, scope, subject)
		if err == nil {
			return who.ID, nil
		}
		if vc.KindOf(err) != vc.NotFound {
			return "", err
		}
	}
	return "", nil
}

// schema notes which schema the credential names first.
func (d *Desk) schema(held *vc.HeldCredential, credential *vcdm.Credential) {
	if len(credential.Schemas) == 0 {
		return
	}
	held.Schema = credential.Schemas[0].ID
	if d.Wallet.Schemas == nil {
		return
	}
	if _, version, ours := d.Wallet.Schemas.SchemaIn(held.Schema); ours {
		held.Version = strconv.Itoa(version)
	}
}

// network is that of a DID whose method has several and writes theirs first; "" for the main one.
func network(did string) string {
	parsed, err := diddoc.ParseDID(did)
	if err != nil || (parsed.Method != "empe" && parsed.Method != "cheqd") {
		return ""
	}
	name, _, several := strings.Cut(parsed.ID, ":")
	if !several || name == "mainnet" {
		return ""
	}
	return name
}

// issued is when the credential says that it was issued, or its signature that it was made.
func issued(credential *vcdm.Credential, read format.Secured) time.Time {
	if !credential.ValidFrom.IsZero() {
		return credential.ValidFrom.UTC()
	}
	return read.Signatures[0].Created.UTC()
}
