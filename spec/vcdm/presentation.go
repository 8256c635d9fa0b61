package vcdm

import "encoding/json"

// Presentation is a verifiable presentation, VCDM 1.1 §4.10 and VCDM 2.0 §4.13. Credentials are objects, or
// strings (JWTs, 1.1 only).
type Presentation struct {
	Version     Version
	Context     []json.RawMessage
	ID          string
	Types       []string
	Holder      Issuer
	Credentials []json.RawMessage
	Extra       []Member
	Proof       json.RawMessage

	shape shape
}

// ParsePresentation reads a presentation; see [Parse].
func ParsePresentation(raw []byte) (*Presentation, error) {
	all, err := open(raw)
	if err != nil {
		return nil, err
	}
	p := &Presentation{}
	p.Context, p.Version, p.shape.contextOne = contexts(all)
	for _, m := range all {
		if !p.read(m) {
			p.shape.odd = append(p.shape.odd, m)
		}
	}
	return p, nil
}

func (p *Presentation) read(m Member) (ok bool) {
	switch m.Name {
	case "@context":
		ok = len(p.Context) > 0
	case "id":
		p.ID, ok = text(m.Value)
		ok = ok && p.ID != ""
	case "type":
		p.Types, p.shape.typeOne, ok = types(m.Value)
	case "holder":
		p.Holder, ok = party(m.Value)
	case "verifiableCredential":
		found, many := items(m.Value)
		p.Credentials, p.shape.credentials, ok = found, !many, len(found) > 0
	case "proof":
		p.Proof, ok = m.Value, true
	default:
		p.Extra, ok = append(p.Extra, m), true
	}
	return ok
}
