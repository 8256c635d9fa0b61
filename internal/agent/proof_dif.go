package agent

import (
	"errors"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/pex"
)

// difName is what the API calls presentation exchange.
const difName = "dif"

// The formats of the attachments of its messages: Aries RFC 0510.
const (
	difProposed  = didcomm.FormatDIFDefinition
	difAsked     = didcomm.FormatDIFDefinition
	difPresented = didcomm.FormatDIFSubmission
)

// difAttached is the one attachment of a message.
func difAttached(format string, content []byte) ([]didcomm.Format, []didcomm.Attachment) {
	return []didcomm.Format{{AttachID: difName, Format: format}}, []didcomm.Attachment{didcomm.JSONAttachment(difName, content)}
}

// difCarried finds what a message carries.
func difCarried(m carrier, format string) (jsontext.Value, error) {
	attachment, ok := m.Attachment(format)
	if !ok {
		return nil, refuse(didcomm.ProblemPresentationAbandoned, "no attachment is of a format that this agent has: %s", difName)
	}
	content, err := attachment.JSONContent()
	if err != nil {
		return nil, refuse(didcomm.ProblemPresentationAbandoned, "the attachment cannot be read")
	}
	return content, nil
}

// difSaid finds what a stored message carries.
func difSaid(raw jsontext.Value, format string) (jsontext.Value, error) {
	if raw == nil {
		return nil, vc.Errorf(vc.Conflict, "proof-state", "there is no such message in the proof")
	}
	message, err := didcomm.Decode(raw)
	if err != nil {
		return nil, err
	}
	m, ok := message.(carrier)
	if !ok {
		return nil, vc.Errorf(vc.Internal, "message-type", "the stored message is none of present-proof")
	}
	return difCarried(m, format)
}

// difWish finds the one format of a wish that is known here. Those of other agents are refused by name, also beside it.
func difWish(wish map[string]jsontext.Value) (jsontext.Value, error) {
	if len(wish) == 0 {
		return nil, vc.Errorf(vc.Invalid, "filter-missing", "Missing presentation_request").At("/presentation_request")
	}
	for _, name := range slices.Sorted(maps.Keys(wish)) {
		if name != difName {
			return nil, vc.Errorf(vc.Invalid, "format-not-offered", "no presentation format handler for %s: this agent presents %s", name, difName).
				At("/presentation_request/" + name)
		}
	}
	return wish[difName], nil
}

// difRequest reads a request, or a proposal's descriptors, with its definition.
func difRequest(content []byte) (didcomm.DIFRequest, *pex.Definition, error) {
	request, err := didcomm.ParseDIFRequest(content)
	if fault, ok := errors.AsType[*didcomm.Error](err); ok {
		return request, nil, vc.Errorf(vc.Invalid, "definition-invalid", "%s", fault.Message).At(fault.Pointer)
	}
	if err != nil {
		return request, nil, err
	}
	if request.Definition, err = named(request.Definition); err != nil {
		return request, nil, err
	}
	definition, err := pex.Parse(request.Definition)
	if fault, ok := errors.AsType[*pex.Error](err); ok {
		return request, nil, vc.Errorf(vc.Invalid, "definition-invalid", "the presentation definition cannot be used: %s", fault.Message).
			At("/presentation_definition" + fault.Pointer)
	}
	return request, definition, err
}

// named gives a definition an id where it has none: ACA-Py's clients leave it out.
func named(definition jsontext.Value) (jsontext.Value, error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(definition, &members); err != nil {
		return nil, vc.Errorf(vc.Invalid, "definition-invalid", "a presentation definition is expected").At("/presentation_definition")
	}
	if members["id"] != nil {
		return definition, nil
	}
	id, err := newMessageID()
	if err != nil {
		return nil, err
	}
	members["id"] = ijson.AppendString(nil, id)
	for _, not := range []string{"options", "presentation_definition"} { // a proposal has its options beside its descriptors
		delete(members, not)
	}
	return json.Marshal(members, json.Deterministic(true))
}

// difNewRequest completes a request of ours: it has a challenge, so that no presentation answers two.
func difNewRequest(wish map[string]jsontext.Value) ([]byte, error) {
	content, err := difWish(wish)
	if err != nil {
		return nil, err
	}
	request, _, err := difRequest(content)
	if err != nil {
		return nil, err
	}
	options := didcomm.DIFOptions{}
	if request.Options != nil {
		options = *request.Options
	}
	if options.Challenge == "" {
		if options.Challenge, err = newMessageID(); err != nil {
			return nil, err
		}
	}
	request.Options = &options
	return request.Encode()
}

// bound says what a presentation is bound to: whom it is for, and the challenge.
func bound(r didcomm.DIFRequest) (domain, challenge string) {
	if r.Options == nil {
		return "", ""
	}
	return r.Options.Domain, r.Options.Challenge
}

// domained says whether a proof of a presentation says whom it is for. ACA-Py's says it never, whatever was asked.
func domained(presentation []byte) bool {
	var says struct {
		Proof jsontext.Value `json:"proof"`
	}
	if json.Unmarshal(presentation, &says) != nil {
		return true
	}
	var proofs []map[string]jsontext.Value
	var proof map[string]jsontext.Value
	switch {
	case json.Unmarshal(says.Proof, &proof) == nil:
		proofs = append(proofs, proof)
	case json.Unmarshal(says.Proof, &proofs) != nil:
		return true
	}
	return slices.ContainsFunc(proofs, func(p map[string]jsontext.Value) bool { return p["domain"] != nil })
}
