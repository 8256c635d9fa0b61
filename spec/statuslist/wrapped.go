package statuslist

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"time"
)

// wrapper is a resource as cheqd's Veramo plugin, and so cheqd Studio, writes it.
type wrapper struct {
	Bitstring *struct {
		ValidFrom  time.Time `json:"validFrom"`
		ValidUntil time.Time `json:"validUntil"`
		Subject    struct {
			Purpose  texts           `json:"statusPurpose"`
			Encoded  string          `json:"encodedList"`
			Messages []StatusMessage `json:"statusMessage"`
		} `json:"credentialSubject"`
	} `json:"bitstringStatusListCredential"`
	Old *struct {
		Purpose    texts     `json:"statusPurpose"`
		Encoded    string    `json:"encodedList"`
		ValidFrom  time.Time `json:"validFrom"`
		ValidUntil time.Time `json:"validUntil"`
	} `json:"StatusList2021"`
	Metadata *struct {
		Encrypted bool            `json:"encrypted"`
		Encoding  string          `json:"encoding"`
		Size      int             `json:"statusSize"`
		Messages  []StatusMessage `json:"statusMessages"`
	} `json:"metadata"`
}

// ReadWrapped reads a list as cheqd Studio stores it on its ledger: {"bitstringStatusListCredential": {…}, "metadata": {…}} or
// {"StatusList2021": {…}, "metadata": {…}}, the bits in base64url or hexadecimal, without a multibase prefix. Its proof is made
// before the bits are put in: nothing here is signed but by the ledger's transaction. size is as in [ReadList], and where it is 0 and
// the list does not say either, 1; wrapped is false for anything else. Errors are *Error, CodeEncrypted for bits that are encrypted.
// ID and Issuer are empty.
func ReadWrapped(body []byte, size int, maxBytes int64) (list List, wrapped bool, err error) {
	var probe struct {
		Bitstring json.RawMessage `json:"bitstringStatusListCredential"`
		Old       json.RawMessage `json:"StatusList2021"`
		Metadata  json.RawMessage `json:"metadata"`
	}
	if len(body) == 0 || body[0] != '{' || json.Unmarshal(body, &probe) != nil || probe.Metadata == nil || (probe.Bitstring == nil) == (probe.Old == nil) {
		return List{}, false, nil
	}
	var w wrapper
	if json.Unmarshal(body, &w) != nil || w.Metadata == nil || w.Bitstring == nil && w.Old == nil {
		return List{}, true, malformed("", "a member of the wrapped list has the wrong type")
	}
	var encoded string
	if b := w.Bitstring; b != nil {
		list = List{Dialect: BitstringStatusList, Purposes: b.Subject.Purpose, ValidFrom: b.ValidFrom, ValidUntil: b.ValidUntil, Messages: b.Subject.Messages}
		if encoded = b.Subject.Encoded; len(list.Messages) == 0 {
			list.Messages = w.Metadata.Messages
		}
	} else {
		list = List{Dialect: StatusList2021, Purposes: w.Old.Purpose, ValidFrom: w.Old.ValidFrom, ValidUntil: w.Old.ValidUntil}
		encoded = w.Old.Encoded
	}
	switch {
	case w.Metadata.Encrypted:
		return List{}, true, &Error{Code: CodeEncrypted, Pointer: "/metadata/encrypted", Message: "the list is encrypted"}
	case len(list.Purposes) == 0:
		return List{}, true, malformed("", "the list says no statusPurpose")
	}
	if w.Metadata.Encoding == "hex" {
		packed, err := hex.DecodeString(encoded)
		if err != nil {
			return List{}, true, malformed("", "the list is not hexadecimal")
		}
		encoded = base64.RawURLEncoding.EncodeToString(packed)
	}
	// The size that the list was written in is the one to read it in.
	if w.Metadata.Size != 0 {
		size = w.Metadata.Size
	}
	if list.Bits, err = Decode(encoded, max(size, 1), maxBytes); err != nil {
		return List{}, true, err
	}
	return list, true, nil
}
