package vcdm

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// The types of a secured credential and of a secured presentation inside a document, VCDM 2.0 §4.13.
const (
	TypeEnveloped             = "EnvelopedVerifiableCredential"
	TypeEnvelopedPresentation = "EnvelopedVerifiablePresentation"
)

// Secured gives the credentials of the presentation as they were secured: a JWT of its string or envelope, an object with
// a proof as it stands. It fails with an *Error for an envelope that holds no credential.
func (p *Presentation) Secured() ([][]byte, error) {
	var out [][]byte
	for i, raw := range p.Credentials {
		if plain, ok := text(raw); ok {
			out = append(out, []byte(plain))
			continue
		}
		data, is, ok := Unwrap(raw, TypeEnveloped)
		if is && !ok {
			return nil, &Error{Pointer: at("/verifiableCredential", i) + "/id", Message: "the envelope holds no data: URL of a credential"}
		}
		if !is {
			data = raw
		}
		out = append(out, data)
	}
	return out, nil
}

// Unwrap gives what an envelope of a type holds: a data: URL, RFC 2397. is tells an envelope from another object.
func Unwrap(raw json.RawMessage, kind string) (data []byte, is, ok bool) {
	var envelope struct {
		ID   string          `json:"id"`
		Type json.RawMessage `json:"type"`
	}
	if json.Unmarshal(raw, &envelope) != nil {
		return nil, false, false
	}
	var types []string
	if one, is := text(envelope.Type); is {
		types = []string{one}
	} else if json.Unmarshal(envelope.Type, &types) != nil {
		return nil, false, false
	}
	if !slices.Contains(types, kind) {
		return nil, false, false
	}
	rest, ok := strings.CutPrefix(envelope.ID, "data:")
	media, content, comma := strings.Cut(rest, ",")
	if !ok || !comma || !strings.HasPrefix(strings.ToLower(media), "application/") {
		return nil, true, false
	}
	content, err := url.PathUnescape(content)
	if err != nil || content == "" {
		return nil, true, false
	}
	if strings.HasSuffix(media, ";base64") {
		data, err := base64.StdEncoding.DecodeString(content)
		return data, true, err == nil && len(data) > 0
	}
	return []byte(content), true, true
}

// Envelope gives a token of a media type as it stands in a presentation of VCDM 2.0 (§4.13).
func Envelope(media string, token []byte) json.RawMessage {
	return envelope(media, token, TypeEnveloped)
}

// EnvelopePresentation gives a token of a media type as an object that stands for the presentation.
func EnvelopePresentation(media string, token []byte) json.RawMessage {
	return envelope(media, token, TypeEnvelopedPresentation)
}

func envelope(media string, token []byte, kind string) json.RawMessage {
	out := append([]byte(nil), '{')
	out = AppendMember(out, "@context", append(AppendText([]byte{'['}, BaseContext20), ']'))
	out = AppendMember(out, "id", AppendText(nil, "data:"+media+","+string(token)))
	out = AppendMember(out, "type", AppendText(nil, kind))
	return append(out, '}')
}
