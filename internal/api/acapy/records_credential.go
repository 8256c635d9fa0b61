package acapy

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/holder"
)

// vcRecord is a credential of the wallet.
type vcRecord struct {
	Contexts      []string          `json:"contexts"`
	ExpandedTypes []string          `json:"expanded_types"`
	SchemaIDs     []string          `json:"schema_ids"`
	SubjectIDs    []string          `json:"subject_ids"`
	ProofTypes    []string          `json:"proof_types"`
	IssuerID      string            `json:"issuer_id"`
	GivenID       string            `json:"given_id,omitzero"`
	CredValue     jsontext.Value    `json:"cred_value"`
	CredTags      map[string]string `json:"cred_tags"`
	RecordID      string            `json:"record_id"`
}

func credential(v holder.HeldView) vcRecord {
	return vcRecord{
		Contexts: filled(v.Held.Tags.Contexts), ExpandedTypes: filled(v.Held.Tags.Expanded), SchemaIDs: filled(v.Held.Tags.Schemas),
		SubjectIDs: filled(v.Subjects), ProofTypes: filled(v.Held.Tags.Proofs), IssuerID: v.Held.Issuer, GivenID: v.Held.Tags.Given,
		CredValue: document(v.Secured), CredTags: map[string]string{}, RecordID: recordID(v.Held.Name, v.Held.ID),
	}
}

// recordID is what a credential of the wallet is called: as its holder named it, else by 32 hex digits.
func recordID(name, id string) string {
	if name != "" {
		return name
	}
	return strings.ReplaceAll(wireID(id), "-", "")
}

// heldID gives the id that a record id without a name stands for; false where it is none.
func heldID(text string) (string, bool) {
	if len(text) == 32 {
		text = text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
	}
	return parseID(text)
}

// document is a secured credential as JSON: a JWT is a string.
func document(secured []byte) jsontext.Value {
	if value := jsontext.Value(secured); value.IsValid() {
		return value
	}
	quoted, err := jsontext.AppendQuote(nil, secured)
	if err != nil {
		return jsontext.Value("null")
	}
	return quoted
}

func filled(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
