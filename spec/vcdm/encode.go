package vcdm

import (
	"encoding/json"
)

// Encode writes compact JSON with members in customary order; strings and numbers inside raw members stay as they
// are written. The error (*Error) names a raw member that is not JSON.
func Encode(c *Credential) ([]byte, error) {
	w := &writer{shape: &c.shape, buffer: make([]byte, 0, 512+len(c.Subject)+len(c.Evidence)+len(c.Proof))}
	w.contexts(c.Context)
	w.text("id", c.ID)
	w.types(c.Types)
	w.raw("name", c.Name)
	w.raw("description", c.Description)
	w.party("issuer", c.Issuer)
	if from, until := c.dateNames(); from != "" {
		w.date(from, c.ValidFrom, c.shape.from)
		w.date(until, c.ValidUntil, c.shape.until)
	} else if !c.ValidFrom.IsZero() || !c.ValidUntil.IsZero() {
		return nil, &Error{Pointer: "/@context", Message: "without a base context dates have no name"}
	}
	w.objects("credentialStatus", len(c.Status), c.StatusArray, func(i int) (string, string, json.RawMessage) {
		return c.Status[i].ID, c.Status[i].Type, c.Status[i].Raw
	})
	w.objects("credentialSchema", len(c.Schemas), c.SchemaArray, func(i int) (string, string, json.RawMessage) {
		return c.Schemas[i].ID, c.Schemas[i].Type, c.Schemas[i].Raw
	})
	w.raw("evidence", c.Evidence)
	w.raw("credentialSubject", c.Subject)
	w.raw("termsOfUse", c.TermsOfUse)
	w.raw("refreshService", c.RefreshService)
	w.raw("relatedResource", c.RelatedResource)
	w.extra(c.Extra, c.hasField)
	w.raw("proof", c.Proof)
	return w.close()
}

// EncodePresentation writes compact JSON; see [Encode].
func EncodePresentation(p *Presentation) ([]byte, error) {
	size := 256
	for _, credential := range p.Credentials {
		size += len(credential) + 1
	}
	w := &writer{shape: &p.shape, buffer: make([]byte, 0, size)}
	w.contexts(p.Context)
	w.text("id", p.ID)
	w.types(p.Types)
	w.party("holder", p.Holder)
	w.list("verifiableCredential", p.Credentials, p.shape.credentials)
	w.extra(p.Extra, p.hasField)
	w.raw("proof", p.Proof)
	return w.close()
}

func (c *Credential) hasField(name string) bool {
	switch name {
	case "@context", "id", "type", "name", "description", "issuer", "credentialStatus", "credentialSchema",
		"credentialSubject", "evidence", "termsOfUse", "refreshService", "relatedResource", "proof":
		return true
	}
	from, until := c.dateNames()
	return from != "" && (name == from || name == until)
}

func (p *Presentation) hasField(name string) bool {
	switch name {
	case "@context", "id", "type", "holder", "verifiableCredential", "proof":
		return true
	}
	return false
}
