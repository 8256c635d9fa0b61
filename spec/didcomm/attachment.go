package didcomm

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// Attachment is content of any format: RFC 0017.
type Attachment struct {
	ID          string         `json:"@id,omitzero"`
	Description string         `json:"description,omitzero"`
	Filename    string         `json:"filename,omitzero"`
	MimeType    string         `json:"mime-type,omitzero"`
	LastModTime string         `json:"lastmod_time,omitzero"`
	ByteCount   *int64         `json:"byte_count,omitzero"`
	Data        AttachmentData `json:"data"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// AttachmentData holds the content in one of three forms: Base64, JSON, or Links to fetch it from.
type AttachmentData struct {
	Base64 string         `json:"base64,omitzero"`
	JSON   jsontext.Value `json:"json,omitzero"`
	Links  []string       `json:"links,omitzero"`
	SHA256 string         `json:"sha256,omitzero"`
	JWS    *JWS           `json:"jws,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// Base64Attachment is an attachment of bytes, in base64 with padding as other agents write it.
func Base64Attachment(id, mimeType string, content []byte) Attachment {
	return Attachment{ID: id, MimeType: mimeType, Data: AttachmentData{Base64: base64.StdEncoding.EncodeToString(content)}}
}

// JSONAttachment is an attachment of a JSON value, as it is.
func JSONAttachment(id string, content []byte) Attachment {
	return Attachment{ID: id, MimeType: "application/json", Data: AttachmentData{JSON: content}}
}

// Content gives the attachment's bytes. A signature is not looked at: see [Attachment.Verify]. It fails with an *Error
// (CodeAttachment) for content that must be fetched, none, and content that has not the sha256 that is given.
func (a Attachment) Content() ([]byte, error) {
	var content []byte
	isJSON := len(a.Data.JSON) > 0 && a.Data.JSON.Kind() != 'n'
	switch {
	case isJSON && a.Data.Base64 != "":
		return nil, badAttachment("/data", "two contents")
	case isJSON:
		content = a.Data.JSON
	case a.Data.Base64 != "":
		var ok bool
		if content, ok = decodeAny64(a.Data.Base64); !ok {
			return nil, badAttachment("/data/base64", "no base64")
		}
	case len(a.Data.Links) > 0:
		return nil, badAttachment("/data/links", "the content is elsewhere")
	default:
		return nil, badAttachment("/data", "no content")
	}
	if a.Data.SHA256 != "" && !isJSON {
		sum := sha256.Sum256(content)
		if want, err := hex.DecodeString(a.Data.SHA256); err != nil || !bytes.Equal(want, sum[:]) {
			return nil, badAttachment("/data/sha256", "the content has another digest")
		}
	}
	return content, nil
}

// JSONContent is Content where that must be I-JSON, in either form. It fails as Content does.
func (a Attachment) JSONContent() ([]byte, error) {
	content, err := a.Content()
	if err != nil {
		return nil, err
	}
	if err := ijson.Check(content, ijson.Limits{Depth: MaxDepth, Bytes: MaxMessage}); err != nil {
		return nil, badAttachment("/data", "no I-JSON")
	}
	return content, nil
}

func badAttachment(pointer, message string) *Error {
	return &Error{Code: CodeAttachment, Pointer: pointer, Message: message}
}

// Format says of which format an attachment is: RFC 0453, RFC 0454.
type Format struct {
	AttachID string `json:"attach_id"`
	Format   string `json:"format"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// checkFormats demands that each format has its attachment, and each attachment at most one format.
func checkFormats(formats []Format, attachments []Attachment, member string) error {
	if len(formats) > maxList || len(attachments) > maxList {
		return missing("/formats", "too many")
	}
	ids := make(map[string]bool, len(attachments))
	for i, a := range attachments {
		if a.ID == "" || ids[a.ID] {
			return missing("/"+ijson.Token(member)+"/"+strconv.Itoa(i)+"/@id", "an id that no other attachment has is expected")
		}
		ids[a.ID] = true
	}
	named := make(map[string]bool, len(formats))
	for i, f := range formats {
		pointer := "/formats/" + strconv.Itoa(i)
		switch {
		case f.Format == "":
			return missing(pointer+"/format", "a format is expected")
		case !ids[f.AttachID] || named[f.AttachID]:
			return missing(pointer+"/attach_id", "the id of an attachment that no other format names is expected")
		}
		named[f.AttachID] = true
	}
	return nil
}

// find gives the attachment of a format.
func find(formats []Format, attachments []Attachment, format string) (Attachment, bool) {
	for _, f := range formats {
		if f.Format != format {
			continue
		}
		for _, a := range attachments {
			if a.ID == f.AttachID {
				return a, true
			}
		}
	}
	return Attachment{}, false
}
