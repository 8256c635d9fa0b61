package vcjwt

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Encode11 gives the payload for a VCDM 1.1 credential: iss, sub, jti, nbf, iat, exp and vc, in which all members stay
// as they are. There is no sub when the subject has no id; several subjects are refused, as sub cannot name them. iat
// equals nbf. Errors are *Error or *vcdm.Error.
func Encode11(credential []byte) ([]byte, error) {
	c, err := vcdm.Parse(credential)
	if err != nil {
		return nil, err
	}
	if c.Version != vcdm.V11 {
		return nil, &Error{"/@context", "the credential is not of VCDM 1.1", cites11}
	}
	if len(c.Subjects()) > 1 {
		return nil, &Error{"/credentialSubject", "a JWT carries one subject", cites11}
	}
	if c.Issuer.ID == "" {
		return nil, &Error{"/issuer", "the credential names no issuer", cites11}
	}
	if c.ValidFrom.IsZero() {
		return nil, &Error{"/issuanceDate", "the credential has no issuance date", cites11}
	}
	out := append(make([]byte, 0, len(credential)+400), '{')
	out = appendText(out, "iss", c.Issuer.ID)
	if ids := c.SubjectIDs(); len(ids) == 1 {
		out = appendText(out, "sub", ids[0])
	}
	out = appendText(out, "jti", c.ID)
	out = appendDate(out, "nbf", c.ValidFrom)
	out = appendDate(out, "iat", c.ValidFrom)
	out = appendDate(out, "exp", c.ValidUntil)
	return append(vcdm.AppendMember(out, "vc", credential), '}'), nil
}

func decode11(all []vcdm.Member) ([]byte, Claims, error) {
	claims, err := readClaims(all)
	if err != nil {
		return nil, Claims{}, err
	}
	inner, err := claimed(all, "vc")
	if err != nil {
		return nil, Claims{}, err
	}
	d := &document{root: "/vc", members: inner}
	d.party("issuer", "/iss", claims.Issuer)
	d.subject(claims.Subject)
	d.text("id", "/jti", claims.ID)
	d.date("issuanceDate", "/nbf", claims.NotBefore)
	d.date("expirationDate", "/exp", claims.Expires)
	if d.err != nil {
		return nil, Claims{}, d.err
	}
	return vcdm.Join(d.members), claims, nil
}

// claimed gives the members of the vc or vp claim. A payload that is itself a document too would have two meanings.
func claimed(all []vcdm.Member, name string) ([]vcdm.Member, error) {
	raw, ok := vcdm.Lookup(all, name)
	if !ok {
		return nil, &Error{"", "the payload has no " + name + " claim", cites11}
	}
	inner, err := vcdm.Members(raw)
	if err != nil {
		return nil, &Error{"/" + name, "must be an object", cites11}
	}
	if contexts, ok := vcdm.Lookup(inner, "@context"); ok && bytes.Contains(contexts, []byte(`"`+vcdm.BaseContext20+`"`)) {
		return nil, &Error{"/" + name + "/@context", "VCDM 2.0 does not use the " + name + " claim", cites20}
	}
	for _, other := range [...]string{"@context", "vc", "vp"} {
		if _, both := vcdm.Lookup(all, other); both && other != name {
			return nil, &Error{"/" + other, "must not stand beside the " + name + " claim", cites11}
		}
	}
	return inner, nil
}

// document is the object within a claim, to be completed from the registered claims.
type document struct {
	root    string
	members []vcdm.Member
	err     error
}

func (d *document) disagree(claim, member string) {
	if d.err == nil {
		d.err = &Error{claim, "disagrees with " + d.root + member, cites11}
	}
}

func (d *document) add(name string, value []byte) {
	d.members = append(d.members, vcdm.Member{Name: name, Value: value})
}

func (d *document) text(name, claim, plain string) {
	if plain == "" {
		return
	}
	if there, ok := vcdm.Lookup(d.members, name); !ok {
		d.add(name, vcdm.AppendText(nil, plain))
	} else if said, ok := vcdm.Text(there); !ok || said != plain {
		d.disagree(claim, "/"+name)
	}
}

func (d *document) date(name, claim string, date time.Time) {
	if date.IsZero() {
		return
	}
	there, ok := vcdm.Lookup(d.members, name)
	if !ok {
		d.add(name, vcdm.AppendText(nil, vcdm.FormatDate(date)))
		return
	}
	said, ok := vcdm.Text(there)
	if stated, fits := vcdm.ParseDate(said); !ok || !fits || second(stated) != second(date) {
		d.disagree(claim, "/"+name)
	}
}

// party completes issuer or holder, which is a URL or an object.
func (d *document) party(name, claim, plain string) {
	there, ok := vcdm.Lookup(d.members, name)
	if _, isText := vcdm.Text(there); !ok || isText {
		d.text(name, claim, plain)
		return
	}
	d.identify(name, claim, plain)
}

func (d *document) subject(plain string) {
	const name = "credentialSubject"
	if plain == "" {
		return
	}
	c := vcdm.Credential{}
	c.Subject, _ = vcdm.Lookup(d.members, name)
	subjects := c.Subjects()
	if len(subjects) != 1 {
		d.disagree("/sub", "/"+name)
		return
	}
	if len(c.Subject) > 0 && c.Subject[0] == '[' {
		if ids := c.SubjectIDs(); len(ids) != 1 || ids[0] != plain {
			d.disagree("/sub", "/"+name+"/0/id")
		}
		return
	}
	d.identify(name, "/sub", plain)
}

// identify sets or compares the id of an object member.
func (d *document) identify(name, claim, plain string) {
	if plain == "" {
		return
	}
	for i, m := range d.members {
		if m.Name != name {
			continue
		}
		inner, err := vcdm.Members(m.Value)
		if err != nil {
			d.disagree(claim, "/"+name)
			return
		}
		id, ok := vcdm.Lookup(inner, "id")
		if !ok {
			inner = append([]vcdm.Member{{Name: "id", Value: json.RawMessage(vcdm.AppendText(nil, plain))}}, inner...)
			d.members[i].Value = vcdm.Join(inner)
			return
		}
		if said, ok := vcdm.Text(id); !ok || said != plain {
			d.disagree(claim, "/"+name+"/id")
		}
	}
}
