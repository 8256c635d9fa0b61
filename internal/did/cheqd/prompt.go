package cheqd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/didregistration"
	"github.com/chancery-vc/chancery/spec/ijson"
)

var _ did.Prompter = Method{}

// job is what is kept of a message between the two steps of a registrar.
type job struct {
	Registrar string // its URL
	Change    didregistration.Change
	Job       string
	Requests  map[string]string // names of its signing requests, by key
	AsList    bool
}

// Prompt is the first step of DIF DID Registration: the registrar of the network is told what is to be done, and says what is to
// be signed for it. Without a registrar the recording is as it was.
func (m Method) Prompt(ctx context.Context, r did.Recording) (did.Recording, error) {
	name := strings.TrimPrefix(r.Ledger, ledgerPrefix)
	network := m.Networks[name]
	if network.Registrar == "" {
		return r, nil
	}
	wanted, err := join(r.Kind, r.SignBytes, nil)
	if err != nil {
		return r, vc.Errorf(vc.Internal, "recording-broken", "the recording is not what was made").Because(err)
	}
	change, err := m.changeOf(ctx, r, name, wanted)
	if err != nil {
		return r, err
	}
	body, err := didregistration.First(change)
	if err != nil {
		return r, vc.Errorf(vc.Internal, "recording-broken", "the change cannot be written for the registrar").Because(err)
	}
	answer, status, err := m.register(ctx, network, change.Operation, body)
	switch {
	case err != nil:
		return r, notRegistered(err)
	case answer.State == didregistration.Failed || status >= http.StatusBadRequest:
		return r, refusedBy(status, answer)
	case answer.State != didregistration.Action || answer.Action != didregistration.SignPayload || answer.Job == "":
		return r, vc.Errorf(vc.Unavailable, "registrar-answer", "the registrar should ask for signatures, and does not; nothing was signed").Because(said(status, answer))
	}
	return m.agreed(ctx, r, wanted, network, change, answer)
}

// changeOf is what a registrar is asked for. A resource whose name and type are there already is updated.
func (m Method) changeOf(ctx context.Context, r did.Recording, name string, message cheqd.Message) (didregistration.Change, error) {
	change := didregistration.Change{DID: r.DID, Network: name, Version: r.Version}
	var doc *cheqd.DIDDoc
	switch message := message.(type) {
	case cheqd.CreateDIDDoc:
		change.Operation, doc = didregistration.Create, &message.Payload.DIDDoc
	case cheqd.UpdateDIDDoc:
		change.Operation, doc = didregistration.Update, &message.Payload.DIDDoc
	case cheqd.DeactivateDIDDoc:
		change.Operation = didregistration.Deactivate
	case cheqd.CreateResource:
		p := message.Payload
		change.ResourceID, change.Name, change.Type, change.Version, change.Content = p.ID, p.Name, p.Type, p.Version, p.Data
		change.Operation = didregistration.UpdateResource
		_, err := m.Resource(ctx, did.ResourceQuery{DID: r.DID, Name: p.Name, Type: p.Type})
		if vc.KindOf(err) == vc.NotFound {
			change.Operation = didregistration.CreateResource
		} else if e, ok := errors.AsType[*vc.Error](err); ok && e.Code != "resource-ambiguous" {
			return change, err
		}
	}
	if doc != nil {
		var err error
		if change.Document, err = doc.Document(); err != nil {
			return change, vc.Errorf(vc.Internal, "document-broken", "no document can be made of the identity").Because(err)
		}
	}
	return change, nil
}

// agreed is a recording with what a registrar wants signed, which must say what was asked for.
func (m Method) agreed(
	ctx context.Context, r did.Recording, wanted cheqd.Message, network Network, change didregistration.Change, answer didregistration.Answer,
) (did.Recording, error) {
	object := r.DID
	if _, ok := wanted.(cheqd.CreateResource); ok {
		object = r.DID + "/resources/" + r.Version
	}
	if about := answer.DID + answer.URL; about != "" && about != r.DID && about != object {
		return r, otherPayload("it is about another DID")
	}
	j := job{Registrar: network.Registrar, Change: change, Job: answer.Job, Requests: map[string]string{}, AsList: answer.AsList}
	j.Change.Document, j.Change.Content = nil, nil // they are in the message
	payload := r.SignBytes
	for i, request := range answer.Signing {
		if i > 0 && !bytes.Equal(request.Payload, answer.Signing[0].Payload) {
			return r, otherPayload("it wants different payloads signed")
		}
		payload = request.Payload
		kid := request.Kid
		if strings.HasPrefix(kid, "#") {
			kid = r.DID + kid
		}
		j.Requests[kid] = request.Name
	}
	version, err := says(r.Kind, wanted, payload)
	if err != nil {
		return r, err
	}
	if version != r.Version {
		if err := m.unused(ctx, r.DID, version); err != nil {
			return r, err
		}
	}
	r.SignBytes, r.Version = payload, version
	if r.Job, err = json.Marshal(j); err != nil {
		return r, vc.Errorf(vc.Internal, "recording-broken", "the job cannot be kept").Because(err)
	}
	return r, nil
}

// says checks that a payload is one of the kind that was asked for, encoded as the ledger encodes it, and says what was asked
// for; it gives the version that it makes. What a registrar may choose is the version of a document, its @context where it leaves that out, and how
// JSON in it is written. Without this a registrar could have anything signed: a payload of another kind, or for other keys.
func says(kind string, wanted cheqd.Message, payload []byte) (version string, err error) {
	got, err := join(kind, payload, nil)
	if err != nil || !bytes.Equal(got.SignBytes(), payload) {
		return "", otherPayload("it is no payload of the kind").Because(err)
	}
	same := false
	switch wanted := wanted.(type) {
	case cheqd.CreateDIDDoc:
		got := got.(cheqd.CreateDIDDoc) //nolint:forcetypeassert // of the kind
		version, same = got.Payload.VersionID, sameDoc(wanted.Payload, got.Payload)
	case cheqd.UpdateDIDDoc:
		got := got.(cheqd.UpdateDIDDoc) //nolint:forcetypeassert // of the kind
		version, same = got.Payload.VersionID, sameDoc(wanted.Payload, got.Payload)
	case cheqd.DeactivateDIDDoc:
		got := got.(cheqd.DeactivateDIDDoc) //nolint:forcetypeassert // of the kind
		version, same = got.Payload.VersionID, got.Payload.ID == wanted.Payload.ID
	case cheqd.CreateResource:
		version, same = got.(cheqd.CreateResource).Payload.ID, bytes.Equal(payload, wanted.SignBytes()) //nolint:forcetypeassert // of the kind
	}
	if !same {
		return "", otherPayload("it says something else")
	}
	if id, err := uuid.Parse(version); err != nil || !strings.EqualFold(id.String(), version) {
		return "", otherPayload("its version is no UUID")
	}
	return version, nil
}

// sameDoc compares two payloads but for their versions.
func sameDoc(wanted, got cheqd.DIDDocPayload) bool {
	wanted.VersionID, got.VersionID = "", ""
	if len(got.Context) == 0 {
		wanted.Context = nil
	}
	return bytes.Equal(canonical(wanted).Encode(), canonical(got).Encode())
}

// canonical writes the JSON in a payload in one way.
func canonical(p cheqd.DIDDocPayload) cheqd.DIDDocPayload {
	methods := make([]cheqd.VerificationMethod, len(p.VerificationMethod))
	for i, method := range p.VerificationMethod {
		method.Material = ordered(method.Material)
		methods[i] = method
	}
	p.VerificationMethod = methods
	members := make([]string, len(p.AssertionMethod))
	for i, text := range p.AssertionMethod {
		members[i] = text
		var inner string
		if json.Unmarshal([]byte(text), &inner) == nil {
			members[i] = ordered(inner)
		}
	}
	p.AssertionMethod = members
	return p
}

// ordered writes a JSON object in the one way of RFC 8785; what is none is as it is.
func ordered(text string) string {
	if !strings.HasPrefix(text, "{") {
		return text
	}
	out, err := ijson.Canonical([]byte(text))
	if err != nil {
		return text
	}
	return string(out)
}

func otherPayload(why string) *vc.Error {
	return vc.Errorf(vc.Unavailable, "registrar-payload", "the registrar wants something signed that was not asked for: %s; nothing was signed", why)
}

// unused fails for a version that the ledger has already: a change is seen to be there by its version.
func (m Method) unused(ctx context.Context, didText, version string) error {
	_, err := m.ResolveVersion(ctx, didText, version)
	switch {
	case err == nil:
		return otherPayload("its version is there already")
	case vc.KindOf(err) != vc.NotFound:
		return err
	}
	return nil
}

// register makes one call of a registrar. An error is that it did not answer as one.
func (m Method) register(ctx context.Context, network Network, operation string, body []byte) (answer didregistration.Answer, status int, err error) {
	if m.Remote == nil {
		return answer, 0, errNotSet
	}
	header := http.Header{"Accept": {"application/json"}, "Content-Type": {"application/json"}}
	if network.Token != "" {
		header.Set("Authorization", "Bearer "+network.Token)
	}
	url := strings.TrimRight(network.Registrar, "/") + "/" + operation + "?method=cheqd"
	status, raw, err := m.Remote.Ask(ctx, http.MethodPost, url, header, body)
	if err != nil {
		return answer, status, err
	}
	answer, err = didregistration.ParseAnswer(raw)
	return answer, status, err
}

// notRegistered is the word about a registrar that did not answer as one in the first step.
func notRegistered(err error) error {
	why := "the registrar did not answer as one"
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal {
		why = "the registrar could not be asked: " + e.Message
	}
	return vc.Errorf(vc.Unavailable, "registrar-unreachable", "%s; nothing was signed", why).Because(err)
}

// refusedBy is a registrar's refusal, for who asked for the change. Its own words are for the log.
func refusedBy(status int, answer didregistration.Answer) *vc.Error {
	kind, why := vc.Unavailable, "the registrar does not do it"
	switch status {
	case http.StatusConflict:
		kind, why = vc.Conflict, "the registrar says that this is in the way of what there is"
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		kind, why = vc.Invalid, "the registrar refuses the change"
	case http.StatusNotFound:
		kind, why = vc.NotFound, "the registrar does not know what is to be changed"
	case http.StatusUnauthorized, http.StatusForbidden:
		why = "the registrar does not let this server in"
	}
	return vc.Errorf(kind, "registrar-refused", "%s (%d)", why, status).Because(said(status, answer))
}

// said is what a registrar said, for the log.
func said(status int, answer didregistration.Answer) error {
	text := answer.Reason + ": " + answer.Description
	if len(text) > 500 {
		text = text[:500]
	}
	return errors.New("the registrar answered " + http.StatusText(status) + ", state " + answer.State + " " + answer.Action + ": " + text)
}
