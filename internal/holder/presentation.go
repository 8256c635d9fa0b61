package holder

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
)

// maxCredentials is how many credentials a presentation may have.
const maxCredentials = 64

// preparer is a format that has presentations: see [format.PresentationMaterial].
type preparer interface {
	PreparePresentation(ctx context.Context, material format.PresentationMaterial) (format.Unsigned, error)
}

// Presentation is what is to be presented.
type Presentation struct {
	Holder      string    // DID
	Audience    string    // "": anyone
	Nonce       string    // "": none
	Credentials [][]byte  // secured
	ExpiresAt   time.Time // zero: never
}

// Prepared is a presentation that is yet to be signed: Document is what a signer is shown (for a JWT its two parts,
// without a trailing dot), Input what it signs.
type Prepared struct {
	Document []byte
	Input    []byte
}

// PreparePresentation prepares a presentation of credentials, in the older data model when one of them is. The first
// format that has presentations makes it. Errors: Invalid "holder-not-a-did", "holder-without-key", "did-not-resolved"
// (also Unavailable) and Unsupported "did-method-not-supported", at /holder; Invalid "credential-malformed" and
// "credential-unsigned" at /credentials/n, "too-many-credentials" at /credentials, "expiry-past" at /expiresAt.
func (d *Desk) PreparePresentation(ctx context.Context, scope vc.Scope, p Presentation) (Prepared, error) {
	if err := d.bounds(p); err != nil {
		return Prepared{}, err
	}
	model, err := d.model(ctx, p.Credentials)
	if err != nil {
		return Prepared{}, err
	}
	by, err := d.method(ctx, scope, p.Holder, "/holder")
	if err != nil {
		return Prepared{}, err
	}
	material := d.material(p, by, model)
	for _, f := range d.Formats {
		if f, ok := format.For(f, scope).(preparer); ok {
			made, err := f.PreparePresentation(ctx, material)
			if err != nil {
				return Prepared{}, err
			}
			return Prepared{Document: made.Document(), Input: made.Input()}, nil
		}
	}
	return Prepared{}, vc.Errorf(vc.Unsupported, "format-not-offered", "no format here has presentations")
}

func (d *Desk) bounds(p Presentation) error {
	if !p.ExpiresAt.IsZero() && !p.ExpiresAt.After(d.now()) {
		return vc.Errorf(vc.Invalid, "expiry-past", "the presentation would have expired already").At("/expiresAt")
	}
	if len(p.Credentials) > maxCredentials {
		return vc.Errorf(vc.Invalid, "too-many-credentials", "a presentation has at most %d credentials", maxCredentials).At("/credentials")
	}
	return nil
}

func (d *Desk) material(p Presentation, by method, model vc.ModelVersion) format.PresentationMaterial {
	material := format.PresentationMaterial{
		Model: model, ID: "urn:uuid:" + uuid.Must(uuid.NewV7()).String(), Holder: p.Holder, Nonce: p.Nonce,
		Method: by.id, Algorithm: by.algorithm, Credentials: p.Credentials, Created: d.now(), Expires: p.ExpiresAt,
	}
	if p.Audience != "" {
		material.Audience = []string{p.Audience}
	}
	return material
}

// model reads all credentials, each of which must be signed, and chooses the data model that can hold them.
func (d *Desk) model(ctx context.Context, credentials [][]byte) (vc.ModelVersion, error) {
	model := vc.VCDM20
	for i, secured := range credentials {
		at := "/credentials/" + strconv.Itoa(i)
		_, read, err := d.read(ctx, secured)
		if err != nil {
			if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind == vc.Invalid {
				err = vc.Errorf(vc.Invalid, "credential-malformed", "the credential cannot be read: %s", e.Message).Because(err).At(at)
			}
			return "", err
		}
		if len(read.Signatures) == 0 {
			return "", vc.Errorf(vc.Invalid, "credential-unsigned", "the credential is not signed").At(at)
		}
		if read.Model == vc.VCDM11 {
			model = vc.VCDM11
		}
	}
	if len(credentials) == 0 {
		model = vc.VCDM11
	}
	return model, nil
}
