package cheqd

import (
	"math"
	"time"

	"github.com/chancery-vc/chancery/spec/comet"
)

// DIDDoc is a document as the ledger holds it: proto/cheqd/did/v2/diddoc.proto. It is not the W3C document;
// [DIDDoc.Document] is. Members of AssertionMethod are ids, or whole methods as [InlineMethod] writes them.
type DIDDoc struct {
	Context              []string             `json:"context"`
	ID                   string               `json:"id"`
	Controller           []string             `json:"controller"`
	VerificationMethod   []VerificationMethod `json:"verification_method"`
	Authentication       []string             `json:"authentication"`
	AssertionMethod      []string             `json:"assertion_method"`
	CapabilityInvocation []string             `json:"capability_invocation"`
	CapabilityDelegation []string             `json:"capability_delegation"`
	KeyAgreement         []string             `json:"key_agreement"`
	Service              []Service            `json:"service"`
	AlsoKnownAs          []string             `json:"also_known_as"`
}

// VerificationMethod is a key. Material is the text that goes with Type: multibase, base58, or a JWK, which is kept
// letter for letter because signatures cover it.
type VerificationMethod struct {
	ID         string `json:"id"`
	Type       string `json:"verification_method_type"`
	Controller string `json:"controller"`
	Material   string `json:"verification_material"`
}

// Service is a service of the document; the ledger keeps endpoints that are URLs, nothing else.
type Service struct {
	ID            string   `json:"id"`
	Type          string   `json:"service_type"`
	Endpoint      []string `json:"service_endpoint"`
	RecipientKeys []string `json:"recipient_keys"`
	RoutingKeys   []string `json:"routing_keys"`
	Accept        []string `json:"accept"`
	Priority      uint32   `json:"priority"`
}

// Metadata is about one version of a document. Updated is zero where there was no update.
type Metadata struct {
	Created, Updated                        time.Time
	Deactivated                             bool
	VersionID, NextVersionID, PrevVersionID string
}

// Versioned is a version of a document: DidDocWithMetadata.
type Versioned struct {
	Doc      DIDDoc   `json:"did_doc"`
	Metadata Metadata `json:"metadata"`
}

// Encode writes the DidDoc message.
func (d DIDDoc) Encode() []byte {
	out := comet.AppendTexts(make([]byte, 0, 1024), 1, d.Context...)
	out = comet.AppendText(out, 2, d.ID)
	out = comet.AppendTexts(out, 3, d.Controller...)
	for _, m := range d.VerificationMethod {
		out = comet.AppendMessage(out, 4, m.encode())
	}
	for i, ids := range [...][]string{
		d.Authentication, d.AssertionMethod, d.CapabilityInvocation, d.CapabilityDelegation, d.KeyAgreement,
	} {
		out = comet.AppendTexts(out, 5+i, ids...)
	}
	for _, s := range d.Service {
		out = comet.AppendMessage(out, 10, s.encode())
	}
	return comet.AppendTexts(out, 11, d.AlsoKnownAs...)
}

// field reads one field of a DidDoc; false for one that it has not.
func (d *DIDDoc) field(r *comet.Reader, strict bool) (bool, error) {
	lists := [...]*[]string{
		1: &d.Context, 3: &d.Controller, 5: &d.Authentication, 6: &d.AssertionMethod, 7: &d.CapabilityInvocation,
		8: &d.CapabilityDelegation, 9: &d.KeyAgreement, 11: &d.AlsoKnownAs,
	}
	switch n := r.Number(); {
	case n == 2:
		d.ID = r.Text()
	case n == 4:
		m, err := decodeMethod(r.Bytes(), strict)
		d.VerificationMethod = append(d.VerificationMethod, m)
		return true, err
	case n == 10:
		s, err := decodeService(r.Bytes(), strict)
		d.Service = append(d.Service, s)
		return true, err
	case n < len(lists) && lists[n] != nil:
		*lists[n] = append(*lists[n], r.Text())
	default:
		return false, nil
	}
	return true, nil
}

func (m VerificationMethod) encode() []byte {
	out := comet.AppendText(nil, 1, m.ID)
	out = comet.AppendText(out, 2, m.Type)
	out = comet.AppendText(out, 3, m.Controller)
	return comet.AppendText(out, 4, m.Material)
}

func decodeMethod(raw []byte, strict bool) (m VerificationMethod, err error) {
	texts := [...]*string{1: &m.ID, 2: &m.Type, 3: &m.Controller, 4: &m.Material}
	err = read(raw, strict, func(r *comet.Reader) (bool, error) {
		if r.Number() >= len(texts) {
			return false, nil
		}
		*texts[r.Number()] = r.Text()
		return true, nil
	})
	return m, err
}

func (s Service) encode() []byte {
	out := comet.AppendText(nil, 1, s.ID)
	out = comet.AppendText(out, 2, s.Type)
	out = comet.AppendTexts(out, 3, s.Endpoint...)
	out = comet.AppendTexts(out, 4, s.RecipientKeys...)
	out = comet.AppendTexts(out, 5, s.RoutingKeys...)
	out = comet.AppendTexts(out, 6, s.Accept...)
	return comet.AppendUint(out, 7, uint64(s.Priority))
}

func decodeService(raw []byte, strict bool) (s Service, err error) {
	lists := [...]*[]string{3: &s.Endpoint, 4: &s.RecipientKeys, 5: &s.RoutingKeys, 6: &s.Accept}
	err = read(raw, strict, func(r *comet.Reader) (bool, error) {
		switch n := r.Number(); n {
		case 1:
			s.ID = r.Text()
		case 2:
			s.Type = r.Text()
		case 3, 4, 5, 6:
			*lists[n] = append(*lists[n], r.Text())
		case 7:
			s.Priority = uint32(r.Uint() & math.MaxUint32)
		default:
			return false, nil
		}
		return true, nil
	})
	return s, err
}

// Encode writes the DidDocWithMetadata message.
func (v Versioned) Encode() []byte {
	out := comet.AppendMessage(nil, 1, v.Doc.Encode())
	return comet.AppendMessage(out, 2, v.Metadata.Encode())
}

func decodeVersioned(raw []byte) (v Versioned, err error) {
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			return true, read(r.Bytes(), false, func(r *comet.Reader) (bool, error) { return v.Doc.field(r, false) })
		case 2:
			v.Metadata, err = decodeMetadata(r.Bytes())
			return true, err
		}
		return false, nil
	})
	return v, err
}

// Encode writes the Metadata message.
func (m Metadata) Encode() []byte {
	out := comet.AppendMessage(nil, 1, encodeTime(m.Created))
	if !m.Updated.IsZero() {
		out = comet.AppendMessage(out, 2, encodeTime(m.Updated))
	}
	if m.Deactivated {
		out = comet.AppendUint(out, 3, 1)
	}
	out = comet.AppendText(out, 4, m.VersionID)
	out = comet.AppendText(out, 5, m.NextVersionID)
	return comet.AppendText(out, 6, m.PrevVersionID)
}

func decodeMetadata(raw []byte) (m Metadata, err error) {
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		var err error
		switch r.Number() {
		case 1:
			m.Created, err = decodeTime(r.Bytes())
		case 2:
			m.Updated, err = decodeTime(r.Bytes())
		case 3:
			m.Deactivated = r.Uint() != 0
		case 4:
			m.VersionID = r.Text()
		case 5:
			m.NextVersionID = r.Text()
		case 6:
			m.PrevVersionID = r.Text()
		}
		return true, err
	})
	return m, err
}

// encodeTime writes google.protobuf.Timestamp.
func encodeTime(at time.Time) []byte {
	out := comet.AppendUint(nil, 1, uint64(at.Unix())) //nolint:gosec // int64 is written as two's complement
	return comet.AppendUint(out, 2, uint64(at.Nanosecond()))
}

func decodeTime(raw []byte) (time.Time, error) {
	var seconds, nanos uint64
	err := read(raw, false, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			seconds = r.Uint()
		case 2:
			nanos = r.Uint()
		}
		return true, nil
	})
	// The years 1 to 9999, as Timestamp has them.
	if s := int64(seconds); err == nil && (s < -62135596800 || s > 253402300799 || nanos >= 1e9) { //nolint:gosec // as above
		return time.Time{}, &Error{Code: CodeEncoding, Message: "a time that is none"}
	}
	return time.Unix(int64(seconds), int64(nanos)).UTC(), err //nolint:gosec // as above
}

// read goes through a message's fields. A field that visit does not know is an error where strict: the ledger takes no
// transaction with one.
func read(raw []byte, strict bool, visit func(*comet.Reader) (known bool, err error)) error {
	r := comet.NewReader(raw)
	for r.Next() {
		known, err := visit(r)
		if err != nil {
			return err
		}
		if strict && !known {
			return &Error{Code: CodeEncoding, Message: "a field that the message has not"}
		}
	}
	if err := r.Err(); err != nil {
		return &Error{Code: CodeEncoding, Message: err.Error()}
	}
	return nil
}
