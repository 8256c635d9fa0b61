package cheqd

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/chancery-vc/chancery/spec/comet"
)

// Limits of a resource: cheqd-node x/resource/types.
const (
	MaxResource     = 2 << 20 // bytes
	MaxResourceText = 64      // bytes of name, version and type
)

// AlternativeURI is another place of a resource.
type AlternativeURI struct {
	URI         string `json:"uri"`
	Description string `json:"description"`
}

// ResourceMetadata is about one resource, a version of its name and type: ADR 002. MediaType and Checksum are the
// ledger's: see [MediaType] and [Checksum].
type ResourceMetadata struct {
	CollectionID  string
	ID            string
	Name          string
	Version       string
	Type          string
	AlsoKnownAs   []AlternativeURI
	MediaType     string
	Created       time.Time
	Checksum      string
	PrevVersionID string
	NextVersionID string
}

// Resource is a resource with its metadata.
type Resource struct {
	Data     []byte
	Metadata ResourceMetadata
}

// Checksum is the SHA-256 of a resource, in hexadecimal.
func Checksum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// ResourceURL is the DID URL of a resource, which the ledger adds to its alternative URIs.
func ResourceURL(namespace, collection, id string) string {
	return DID{Namespace: namespace, ID: collection}.String() + "/resources/" + id
}

func (u AlternativeURI) encode() []byte {
	return comet.AppendText(comet.AppendText(nil, 1, u.URI), 2, u.Description)
}

func decodeAlternativeURI(raw []byte) (u AlternativeURI, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			u.URI = r.Text()
		case 2:
			u.Description = r.Text()
		default:
			return false, nil
		}
		return true, nil
	})
	return u, err
}

// Encode writes the Metadata message.
func (m ResourceMetadata) Encode() []byte {
	out := make([]byte, 0, 512)
	for i, text := range [...]string{m.CollectionID, m.ID, m.Name, m.Version, m.Type} {
		out = comet.AppendText(out, 1+i, text)
	}
	for _, uri := range m.AlsoKnownAs {
		out = comet.AppendMessage(out, 6, uri.encode())
	}
	out = comet.AppendText(out, 7, m.MediaType)
	out = comet.AppendMessage(out, 8, encodeTime(m.Created))
	out = comet.AppendText(out, 9, m.Checksum)
	out = comet.AppendText(out, 10, m.PrevVersionID)
	return comet.AppendText(out, 11, m.NextVersionID)
}

func decodeResourceMetadata(raw []byte) (m ResourceMetadata, err error) {
	texts := [...]*string{
		1: &m.CollectionID, 2: &m.ID, 3: &m.Name, 4: &m.Version, 5: &m.Type, 7: &m.MediaType, 9: &m.Checksum,
		10: &m.PrevVersionID, 11: &m.NextVersionID,
	}
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		var err error
		switch n := r.Number(); {
		case n == 6:
			var uri AlternativeURI
			uri, err = decodeAlternativeURI(r.Bytes())
			m.AlsoKnownAs = append(m.AlsoKnownAs, uri)
		case n == 8:
			m.Created, err = decodeTime(r.Bytes())
		case n < len(texts) && texts[n] != nil:
			*texts[n] = r.Text()
		}
		return true, err
	})
	return m, err
}

// Encode writes the ResourceWithMetadata message.
func (s Resource) Encode() []byte {
	out := comet.AppendMessage(nil, 1, comet.AppendBytes(nil, 1, s.Data))
	return comet.AppendMessage(out, 2, s.Metadata.Encode())
}

func decodeResource(raw []byte) (s Resource, err error) {
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		var err error
		switch r.Number() {
		case 1:
			err = read(r.Bytes(), false, func(r *comet.Reader) (bool, error) {
				if r.Number() == 1 {
					s.Data = r.Bytes()
				}
				return true, nil
			})
		case 2:
			s.Metadata, err = decodeResourceMetadata(r.Bytes())
		}
		return true, err
	})
	return s, err
}
