package vcdm

import (
	"bytes"
	"encoding/json"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// Parse reads a credential, tolerantly: a member of the wrong shape is kept as it is and reported by [Validate].
// Errors are *Error: not JSON, not an object, duplicate names, not UTF-8.
func Parse(raw []byte) (*Credential, error) {
	all, err := open(raw)
	if err != nil {
		return nil, err
	}
	c := &Credential{}
	c.Context, c.Version, c.shape.contextOne = contexts(all)
	for _, m := range all {
		if !c.read(m) {
			c.shape.odd = append(c.shape.odd, m)
		}
	}
	return c, nil
}

// open checks the bytes and splits the object. It copies them, so that what is kept is ours.
func open(raw []byte) ([]Member, error) {
	raw = bytes.Clone(raw)
	if found, err := ijson.Members(raw, ijson.Limits{}); err == nil {
		all := make([]Member, len(found), len(found)+2)
		for i, m := range found {
			all[i] = Member{m.Name, m.Value}
		}
		return all, nil
	}
	// ijson refuses more than a credential is refused for, and here the place of a fault has another form.
	if err := check(raw); err != nil {
		return nil, err
	}
	all, ok := members(raw)
	if !ok {
		return nil, &Error{Message: "not a JSON object"}
	}
	return all, nil
}

// contexts reads @context; the version is that of the first base context in it.
func contexts(all []Member) (found []json.RawMessage, version Version, one bool) {
	value, ok := lookup(all, "@context")
	if !ok {
		return nil, "", false
	}
	found, many := items(value)
	for _, context := range found {
		url, ok := plainText(context)
		if !ok {
			other, _ := text(context)
			url = []byte(other)
		}
		switch string(url) {
		case BaseContext11:
			return found, V11, !many
		case BaseContext20:
			return found, V20, !many
		}
	}
	return found, "", !many
}

// read takes one member into its field; false when the field cannot hold its shape.
func (c *Credential) read(m Member) (ok bool) {
	switch m.Name {
	case "@context":
		return len(c.Context) > 0 // read before, since the version decides how the rest is read
	case "id":
		c.ID, ok = text(m.Value)
		ok = ok && c.ID != ""
	case "type":
		c.Types, c.shape.typeOne, ok = types(m.Value)
	case "name":
		c.Name, ok = m.Value, true
	case "description":
		c.Description, ok = m.Value, true
	case "issuer":
		c.Issuer, ok = party(m.Value)
	case "credentialStatus":
		c.Status, c.StatusArray, ok = statuses(m.Value)
	case "credentialSchema":
		c.Schemas, c.SchemaArray, ok = schemas(m.Value)
	case "credentialSubject":
		c.Subject, ok = m.Value, true
	case "evidence":
		c.Evidence, ok = m.Value, true
	case "termsOfUse":
		c.TermsOfUse, ok = m.Value, true
	case "refreshService":
		c.RefreshService, ok = m.Value, true
	case "relatedResource":
		c.RelatedResource, ok = m.Value, true
	case "proof":
		c.Proof, ok = m.Value, true
	default:
		return c.readDate(m)
	}
	return ok
}

func (c *Credential) readDate(m Member) bool {
	from, until := c.dateNames()
	switch {
	case m.Name == from && from != "":
		date, ok := dated(m.Value)
		c.ValidFrom, c.shape.from = date.date, date
		return ok
	case m.Name == until && until != "":
		date, ok := dated(m.Value)
		c.ValidUntil, c.shape.until = date.date, date
		return ok
	}
	c.Extra = append(c.Extra, m)
	return true
}

func (c *Credential) dateNames() (from, until string) {
	switch c.Version {
	case V11:
		return "issuanceDate", "expirationDate"
	case V20:
		return "validFrom", "validUntil"
	}
	return "", ""
}

func dated(value json.RawMessage) (written, bool) {
	plain, ok := text(value)
	if !ok {
		return written{}, false
	}
	date, ok := ParseDate(plain)
	if !ok || date.IsZero() {
		return written{}, false
	}
	return written{date, plain}, true
}

func types(value json.RawMessage) (names []string, one, ok bool) {
	if name, ok := text(value); ok {
		return []string{name}, true, true
	}
	found, many := items(value)
	names = make([]string, 0, len(found))
	for _, item := range found {
		name, ok := text(item)
		if !ok {
			return nil, false, false
		}
		names = append(names, name)
	}
	return names, !many, len(names) > 0
}

// party reads an issuer or holder.
func party(value json.RawMessage) (Issuer, bool) {
	if id, ok := text(value); ok {
		return Issuer{ID: id, Raw: value}, true
	}
	object, ok := thingOf(value)
	if !ok {
		return Issuer{}, false
	}
	found := Issuer{Raw: value}
	found.ID, _ = text(object.id)
	found.Name, _ = text(object.name)
	return found, true
}

func statuses(value json.RawMessage) (found []Status, many, ok bool) {
	list, many := items(value)
	for _, item := range list {
		if kind(item) != '{' {
			return nil, false, false
		}
		id, kind := named(item)
		found = append(found, Status{ID: id, Type: kind, Raw: item})
	}
	return found, many, len(found) > 0
}

func schemas(value json.RawMessage) (found []Schema, many, ok bool) {
	list, many := items(value)
	for _, item := range list {
		if kind(item) != '{' {
			return nil, false, false
		}
		id, kind := named(item)
		found = append(found, Schema{ID: id, Type: kind, Raw: item})
	}
	return found, many, len(found) > 0
}

// named reads id and the first type of an object.
func named(object json.RawMessage) (id, kind string) {
	found, _ := thingOf(object)
	id, _ = text(found.id)
	if names, _, ok := types(found.kind); ok {
		kind = names[0]
	}
	return id, kind
}
