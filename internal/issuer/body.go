package issuer

import (
	"context"
	"crypto/rand"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
)

// body is what a credential's record keeps only sealed: whose it is and what it says. Secured is there once it was
// signed; before that Credential is, from which the unsigned document is made again.
type body struct {
	Subjects   []string       `json:"s,omitempty"`
	Recipient  string         `json:"r,omitempty"`
	Secured    string         `json:"x,omitempty"`
	Credential jsontext.Value `json:"c,omitempty"`
	Suite      string         `json:"u,omitempty"`
	Method     string         `json:"m,omitempty"` // as the unsigned document names it
	Algorithm  string         `json:"a,omitempty"`
}

const (
	bodyLabel  = "credential body v1"
	subjectUse = "subject"
	requestUse = "idempotent request"
)

// seal gives a record its sealed body, under a fresh salt whose destruction is the erasure.
func (d *Desk) seal(ctx context.Context, record *vc.Credential, content body) error {
	salt, sealed, err := d.sealed(ctx, record.Scope.Tenant, bodyLabel+" "+record.ID, content)
	if err != nil {
		return err
	}
	record.BodyKey, record.Body = salt, sealed
	return nil
}

// sealed seals content, under a fresh salt whose destruction is its erasure.
func (d *Desk) sealed(ctx context.Context, tenant, label string, content any) (salt, out []byte, err error) {
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, nil, err
	}
	salt = make([]byte, 32)
	rand.Read(salt) // never fails, and ends the program if it could
	if out, err = d.Vault.Seal(ctx, tenant, salt, label, plain); err != nil {
		return nil, nil, err
	}
	return salt, out, nil
}

// unsealed reads what sealed sealed.
func (d *Desk) unsealed(ctx context.Context, tenant, label string, salt, sealed []byte, into any) error {
	plain, err := d.Vault.Open(ctx, tenant, salt, label, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// open gives the body of a record; Gone when it was erased.
func (d *Desk) open(ctx context.Context, record vc.Credential) (body, error) {
	if !record.ErasedAt.IsZero() || record.BodyKey == nil {
		return body{}, vc.Errorf(vc.Gone, "credential-erased", "what the credential said was erased")
	}
	var content body
	err := d.unsealed(ctx, record.Scope.Tenant, bodyLabel+" "+record.ID, record.BodyKey, record.Body, &content)
	return content, err
}

// fill adds to a result what its body holds.
func (d *Desk) fill(ctx context.Context, result *Result, content body) error {
	if content.Secured != "" {
		result.Secured, result.MediaType = []byte(content.Secured), d.mediaType(result.Credential, []byte(content.Secured))
		return nil
	}
	unsigned, err := d.unsigned(ctx, result.Credential, content)
	if err != nil {
		return err
	}
	result.Unsigned, result.Input = unsigned.Document(), unsigned.Input()
	return nil
}

// mediaTyped is a format whose secured credentials need not be JSON, and which says what they are.
type mediaTyped interface {
	MediaType(model vc.ModelVersion, secured []byte) string
}

func (d *Desk) mediaType(record vc.Credential, secured []byte) string {
	f, err := d.format(record.Scope, record.Format)
	if typed, ok := f.(mediaTyped); ok && err == nil {
		return typed.MediaType(record.Model, secured)
	}
	return ""
}

// unsigned makes the unsigned document of a draft again, byte for byte.
func (d *Desk) unsigned(ctx context.Context, record vc.Credential, content body) (format.Unsigned, error) {
	f, err := d.format(record.Scope, record.Format)
	if err != nil {
		return nil, err
	}
	return f.Prepare(ctx, format.Material{
		Credential: content.Credential, Model: record.Model, Suite: content.Suite, Issuer: record.Issuer,
		Method: content.Method, Algorithm: content.Algorithm, Created: record.CreatedAt,
	})
}

// mac gives the keyed digest under which a DID is found again; nil for none.
func (d *Desk) mac(ctx context.Context, tenant, did string) ([]byte, error) {
	if did == "" {
		return nil, nil
	}
	return d.Vault.MAC(ctx, tenant, subjectUse, []byte(did))
}

func asError(err error) (*vc.Error, bool) { return errors.AsType[*vc.Error](err) }

func asType[E error](err error) (E, bool) { return errors.AsType[E](err) }
