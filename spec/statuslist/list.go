package statuslist

import (
	"encoding/json"
	"time"

	"github.com/chancery-vc/chancery/spec/vcdm"
)

// ContextStatusList2021 is the context beside the base context of a StatusList2021 credential.
const ContextStatusList2021 = "https://w3id.org/vc/status-list/2021/v1"

// ListParams say what a list credential holds.
type ListParams struct {
	Dialect    Dialect
	ID         string          // URL of the list; its subject is <ID>#list
	Issuer     string          // DID
	IssuerRaw  json.RawMessage // issuer object instead of Issuer
	Purpose    string          // for several, Purposes
	Purposes   []string
	ValidFrom  time.Time
	ValidUntil time.Time     // zero: none
	TTL        time.Duration // written in milliseconds; zero: none
	Bits       *Bitstring
	Messages   []StatusMessage
	Reference  []string
}

// listSubject is credentialSubject of a list credential.
type listSubject struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Purpose   any             `json:"statusPurpose"`
	TTL       int64           `json:"ttl,omitempty"`
	Size      int             `json:"statusSize,omitempty"`
	Messages  []StatusMessage `json:"statusMessage,omitempty"`
	Reference json.RawMessage `json:"statusReference,omitempty"`
	Encoded   string          `json:"encodedList"`
}

// ListCredential gives the unsigned list credential: a VCDM 2.0 BitstringStatusListCredential (Bitstring Status List
// 1.0 §2.2) or a VCDM 1.1 StatusList2021Credential. Errors are *Error or *vcdm.Error.
func ListCredential(p ListParams) ([]byte, error) {
	if p.Bits == nil || p.ID == "" || p.ValidFrom.IsZero() {
		return nil, malformed("", "a list needs an id, a first date and bits")
	}
	if p.Bits.Len() < MinLength {
		return nil, &Error{Code: CodeLength, Message: "the list has fewer than 131072 entries"}
	}
	encoded, err := p.Bits.Encode(p.Dialect)
	if err != nil {
		return nil, err
	}
	subject := listSubject{ID: p.ID + "#list", Type: string(p.Dialect), Purpose: p.Purpose, Encoded: encoded}
	if len(p.Purposes) > 0 {
		subject.Purpose = p.Purposes
	}
	c := &vcdm.Credential{
		Version: vcdm.V20, ID: p.ID, Issuer: vcdm.Issuer{ID: p.Issuer, Raw: p.IssuerRaw},
		ValidFrom: p.ValidFrom, ValidUntil: p.ValidUntil,
	}
	if p.Dialect == StatusList2021 {
		if p.Bits.Size() != 1 || len(p.Messages) > 0 || len(p.Reference) > 0 || len(p.Purposes) > 1 {
			return nil, malformed("", "StatusList2021 has one purpose, one bit per entry, and no messages")
		}
		c.Version, c.Types = vcdm.V11, []string{vcdm.TypeCredential, StatusList2021Credential}
		c.Context = []json.RawMessage{quoted(vcdm.BaseContext11), quoted(ContextStatusList2021)}
	} else {
		c.Types = []string{vcdm.TypeCredential, BitstringCredential}
		c.Context = []json.RawMessage{quoted(vcdm.BaseContext20)}
		subject.TTL, subject.Messages, subject.Reference = p.TTL.Milliseconds(), p.Messages, reference(p.Reference)
		if p.Bits.Size() > 1 {
			subject.Size = p.Bits.Size()
		}
	}
	if c.Subject, err = json.Marshal(subject); err != nil {
		return nil, err
	}
	return vcdm.Encode(c)
}

func quoted(plain string) json.RawMessage { return json.RawMessage(`"` + plain + `"`) }

// List is a list credential as read. Nothing of it is verified.
type List struct {
	Dialect    Dialect
	ID         string
	Issuer     string
	Purposes   []string
	ValidFrom  time.Time
	ValidUntil time.Time
	TTL        time.Duration
	Bits       *Bitstring
	Messages   []StatusMessage
}

// ReadList reads a list credential of either dialect in either version of the data model. size is the bits of an
// entry (the statusSize of the entry that is looked up; 0 takes what the list says, else 1). Errors are *Error, or
// *vcdm.Error when it is no credential.
func ReadList(credential []byte, size int, maxBytes int64) (List, error) {
	c, err := vcdm.Parse(credential)
	if err != nil {
		return List{}, err
	}
	list := List{ID: c.ID, Issuer: c.Issuer.ID, ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil}
	switch texts(c.Types).either(BitstringCredential, StatusList2021Credential) {
	case BitstringCredential:
		list.Dialect = BitstringStatusList
	case StatusList2021Credential:
		list.Dialect = StatusList2021
	default:
		return List{}, malformed("/type", "not a status list credential")
	}
	subjects := c.Subjects()
	if len(subjects) != 1 {
		return List{}, malformed("/credentialSubject", "a list has one subject")
	}
	if err := list.read(subjects[0], size, maxBytes); err != nil {
		return List{}, err
	}
	return list, nil
}

func (l *List) read(subject json.RawMessage, size int, maxBytes int64) error {
	const pointer = "/credentialSubject"
	var r struct {
		Type     texts           `json:"type"`
		Purpose  texts           `json:"statusPurpose"`
		TTL      json.RawMessage `json:"ttl"`
		Size     int             `json:"statusSize"`
		Messages []StatusMessage `json:"statusMessage"`
		Encoded  string          `json:"encodedList"`
	}
	if err := json.Unmarshal(subject, &r); err != nil {
		return malformed(pointer, "a member of the list has the wrong type")
	}
	if r.Type.either(string(l.Dialect)) == "" {
		return malformed(pointer+"/type", "must be "+string(l.Dialect))
	}
	if len(r.Purpose) == 0 {
		return malformed(pointer+"/statusPurpose", "is missing")
	}
	if r.TTL != nil {
		milliseconds, err := whole(r.TTL)
		if err != nil || milliseconds > int64(time.Duration(1<<63-1)/time.Millisecond) {
			return malformed(pointer+"/ttl", "must be a number of milliseconds")
		}
		l.TTL = time.Duration(milliseconds) * time.Millisecond
	}
	if size == 0 {
		size = max(r.Size, 1)
	}
	bits, err := Decode(r.Encoded, size, maxBytes)
	if problem, ok := err.(*Error); ok {
		problem.Pointer = pointer + "/encodedList"
		return problem
	}
	l.Bits, l.Purposes, l.Messages = bits, r.Purpose, r.Messages
	return err
}

// Status looks an entry up, Bitstring Status List 1.0 §3.2: the purposes must agree and the index lie in the list.
// Errors are *Error.
func (l List) Status(e Entry) (uint8, error) {
	if texts(l.Purposes).either(e.Purpose) == "" {
		return 0, &Error{Code: CodeVerification, Message: "the list does not serve the purpose of the entry"}
	}
	if size := max(e.Size, 1); size != l.Bits.Size() {
		return 0, &Error{Code: CodeRange, Message: "the list was read with another statusSize"}
	}
	return l.Bits.Get(e.Index)
}
