package native

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// orderWire asks for one credential. Claims is the credentialSubject, one object.
type orderWire struct {
	Type       string         `json:"type"`
	Variant    string         `json:"variant"`
	Issuer     string         `json:"issuer"`
	IssuerName string         `json:"issuerName"`
	Method     string         `json:"method"`
	Claims     jsontext.Value `json:"claims"`
	Recipient  string         `json:"recipient"`
	ValidFrom  *time.Time     `json:"validFrom"`
	ValidUntil *time.Time     `json:"validUntil"`
	Revocable  *bool          `json:"revocable"`
	Replaces   string         `json:"replaces"`
	Issuance   string         `json:"issuance"`
}

// complete says whether what every order has is there.
func (o orderWire) complete() error {
	if o.Type == "" {
		return vc.Errorf(vc.Invalid, "missing", "the credential type is needed").At("/type")
	}
	for name, t := range map[string]*time.Time{"/validFrom": o.ValidFrom, "/validUntil": o.ValidUntil} {
		if err := possible(t, name); err != nil {
			return err
		}
	}
	return present(o.Claims, "/claims")
}

// possible refuses the one time that means "none" inside: a caller that says it means something else.
func possible(t *time.Time, pointer string) error {
	if t != nil && t.IsZero() {
		return vc.Errorf(vc.Invalid, "time", "the year 1 is not meant").At(pointer)
	}
	return nil
}

func given(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func (o orderWire) noun() vc.Order {
	return vc.Order{
		Type: o.Type, Variant: o.Variant, Issuer: o.Issuer, IssuerName: o.IssuerName, Method: o.Method,
		Claims: o.Claims, Recipient: o.Recipient, ValidFrom: given(o.ValidFrom), ValidUntil: given(o.ValidUntil),
		Revocable: o.Revocable, Replaces: o.Replaces, Issuance: o.Issuance,
	}
}

// credentialWire is the record of one issuance. Credential is the secured credential, Unsigned and SigningInput what
// a signer elsewhere needs; none of them, and no subject, is there once ErasedAt is set.
type credentialWire struct {
	ID           string        `json:"id"`
	URN          string        `json:"urn"`
	Issuance     string        `json:"issuance"`
	Type         string        `json:"type"`
	TypeName     string        `json:"typeName"`
	Schema       *schemaRef    `json:"schema,omitempty"`
	Variant      string        `json:"variant"`
	Format       string        `json:"format"`
	Model        string        `json:"model"`
	Issuer       string        `json:"issuer"`
	Identity     string        `json:"identity,omitempty"`
	Method       string        `json:"method,omitempty"`
	Algorithm    string        `json:"algorithm,omitempty"`
	Exchange     string        `json:"exchange,omitempty"`
	Door         string        `json:"door"`
	State        string        `json:"state"`
	Status       string        `json:"status"`
	Elsewhere    bool          `json:"signedElsewhere"`
	Released     bool          `json:"released"`
	Subjects     []string      `json:"subjects,omitempty"`
	Recipient    string        `json:"recipient,omitempty"`
	Entries      []statusEntry `json:"statusEntries"`
	ValidFrom    time.Time     `json:"validFrom,omitzero"`
	ValidUntil   time.Time     `json:"validUntil,omitzero"`
	IssuedAt     time.Time     `json:"issuedAt,omitzero"`
	ExpiresAt    time.Time     `json:"expiresAt,omitzero"`
	Replaces     string        `json:"replaces,omitempty"`
	ErasedAt     time.Time     `json:"erasedAt,omitzero"`
	CreatedAt    time.Time     `json:"createdAt"`
	Credential   string        `json:"credential,omitempty"`
	Unsigned     string        `json:"unsigned,omitempty"`
	SigningInput string        `json:"signingInput,omitempty"`
	Digest       string        `json:"digest,omitempty"`
	Findings     []finding     `json:"findings,omitempty"`
}

type statusEntry struct {
	List    string `json:"list"`
	URL     string `json:"url"`
	Index   int64  `json:"index"`
	Purpose string `json:"purpose"`
	Size    int    `json:"size"`
}

func wireCredential(c vc.Credential) credentialWire {
	out := credentialWire{
		ID: c.ID, URN: "urn:uuid:" + c.ID, Issuance: c.Issuance, Type: c.Type, TypeName: c.TypeName,
		Variant: c.Variant, Format: c.Format, Model: string(c.Model), Issuer: c.Issuer, Identity: c.Identity,
		Method: c.Method, Algorithm: c.Algorithm, Exchange: c.Exchange, Door: c.Door, State: string(c.State),
		Status: string(c.Standing), Elsewhere: c.Elsewhere, Released: c.Released,
		Entries: make([]statusEntry, 0, len(c.Entries)), ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil,
		IssuedAt: c.IssuedAt, ExpiresAt: c.ExpiresAt, Replaces: c.Replaces, ErasedAt: c.ErasedAt, CreatedAt: c.CreatedAt,
	}
	if c.Schema != "" {
		out.Schema = &schemaRef{ID: c.Schema, Version: c.SchemaVersion}
	}
	if c.Digest != nil {
		out.Digest = base64url(c.Digest)
	}
	for _, e := range c.Entries {
		out.Entries = append(out.Entries, statusEntry{List: e.List, URL: e.URL, Index: e.Index, Purpose: string(e.Purpose), Size: e.Size})
	}
	return out
}

func wireView(v issuer.View) credentialWire {
	out := wireCredential(v.Credential)
	out.Subjects, out.Recipient = v.Subjects, v.Recipient
	out.Credential, out.Unsigned, out.SigningInput = string(v.Secured), string(v.Unsigned), text(v.Input)
	return out
}

func wireResult(res issuer.Result) credentialWire {
	out := wireCredential(res.Credential)
	out.Credential, out.Unsigned, out.SigningInput = string(res.Secured), string(res.Unsigned), text(res.Input)
	out.Findings = findings(res.Findings)
	return out
}

// text is bytes as base64url, "" for none.
func text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	return base64url(b)
}
