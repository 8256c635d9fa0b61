package wallet

import (
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// flowWire is a flow. Data is there while it can be confirmed, Credential and RedirectURI once it was, Error once it failed.
type flowWire struct {
	ProcessID   string      `json:"processId"`
	FlowType    holder.Kind `json:"flowType"`
	Status      string      `json:"status"`
	ExpiresAt   httpx.Stamp `json:"expiresAt"`
	DID         string      `json:"did,omitempty"` // of the wallet, that acts
	Data        any         `json:"data,omitempty"`
	Credential  *heldWire   `json:"credential,omitempty"`
	RedirectURI string      `json:"redirectUri,omitempty"`
	Error       string      `json:"error,omitempty"`
}

// claimData is what is offered.
type claimData struct {
	Issuer    string         `json:"issuer"`
	Type      string         `json:"credentialType"`
	Subject   jsontext.Value `json:"credentialSubject"`
	Recipient string         `json:"recipient,omitempty"`
}

// presentationData is what is asked for, and what of the wallet answers it.
type presentationData struct {
	Verifier   string         `json:"verifier"`
	Definition jsontext.Value `json:"presentationDefinition"`
	Matching   []matching     `json:"matchingCredentials"`
}

type matching struct {
	ID     string   `json:"id"`
	Type   []string `json:"type"`
	Issuer string   `json:"issuer"`
}

// The states of flows on this wire. One that is being confirmed is not yet.
const (
	initialized = string(holder.FlowBegun)
	failed      = string(holder.FlowFailed)
)

func wireFlow(f holder.Flow) (flowWire, error) {
	out := flowWire{
		ProcessID: f.ID, FlowType: f.Kind, Status: string(f.State), ExpiresAt: httpx.Stamp(f.ExpiresAt), DID: f.DID,
		RedirectURI: f.Redirect, Error: f.Error,
	}
	switch f.State {
	case holder.FlowConfirming:
		out.Status = initialized
	case holder.FlowDeclined:
		out.Status = failed
	}
	if out.Status == initialized {
		out.Data = dataOf(f)
	}
	if f.Held == nil {
		return out, nil
	}
	held, err := wireHeld(*f.Held)
	out.Credential = &held
	return out, err
}

func dataOf(f holder.Flow) any {
	if f.Kind == holder.KindClaim {
		return claimData{f.Scanned.Peer, f.Scanned.Type, told(f.Scanned.Claims), f.Scanned.Recipient}
	}
	out := presentationData{f.Scanned.Peer, told(f.Scanned.Definition), []matching{}}
	for _, one := range f.Candidates {
		types := one.Held.Types
		if types == nil {
			types = []string{}
		}
		out.Matching = append(out.Matching, matching{one.Held.ID, types, one.Held.Issuer})
	}
	return out
}

// told gives an object, an empty one where the other end told none.
func told(object []byte) jsontext.Value {
	if object == nil {
		return jsontext.Value("{}")
	}
	return object
}

// begin reads what was scanned: the text of a code, or the object that it is.
func (d *Door) begin(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in struct {
		Content jsontext.Value `json:"qrContent"`
		DID     string         `json:"did"`
	}
	if err := wire.Decode(r, wire.SmallBody, &in); err != nil {
		return err
	}
	scanned, err := text(in.Content, "/qrContent")
	if err != nil {
		return err
	}
	flow, err := d.Holder.Begin(r.Context(), c.By, scanned, in.DID)
	if err != nil {
		return err
	}
	return answerFlow(w, http.StatusCreated, flow)
}

func answerFlow(w http.ResponseWriter, status int, flow holder.Flow) error {
	out, err := wireFlow(flow)
	if err != nil {
		return err
	}
	return wire.Answer(w, status, out)
}

func (d *Door) flow(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	flow, err := d.Holder.Flow(r.Context(), c.Scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	return answerFlow(w, http.StatusOK, flow)
}

// confirm goes through with a flow. A presentation of several credentials names a list of them.
func (d *Door) confirm(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in struct {
		Type     holder.Kind    `json:"type"`
		Selected jsontext.Value `json:"selectedCredential"`
	}
	if err := wire.Decode(r, wire.SmallBody, &in); err != nil {
		return err
	}
	held, err := selected(in.Selected)
	if err != nil {
		return err
	}
	var flow holder.Flow
	switch id := r.PathValue("id"); in.Type {
	case holder.KindClaim:
		if held != nil {
			return vc.Errorf(vc.Invalid, "selection-unwanted", "a claim selects no credential").At("/selectedCredential")
		}
		flow, err = d.Holder.ConfirmClaim(r.Context(), c.By, id)
	case holder.KindPresentation:
		flow, err = d.Holder.ConfirmPresentation(r.Context(), c.By, id, held...)
	case "":
		return httpx.Missing("/type")
	default:
		return vc.Errorf(vc.Invalid, "flow-kind", "must be claim or presentation").At("/type")
	}
	if err != nil {
		return confirmed(err)
	}
	return answerFlow(w, http.StatusOK, flow)
}

// confirmed places an error of a confirmation. A credential that was chosen and is not there is a fault of the body.
func confirmed(err error) error {
	if e := httpx.Shown(err); e.Code == "held-not-found" {
		return vc.Errorf(vc.Invalid, e.Code, "%s", e.Message).At("/selectedCredential").Because(err)
	}
	return httpx.Placed(err, map[string]string{"/held": "/selectedCredential", "/definition": "", "/credential": ""})
}

// selected reads an id, or a list of ids.
func selected(raw jsontext.Value) (ids []string, err error) {
	switch {
	case httpx.Absent(raw):
		return nil, nil
	case raw.Kind() == '"':
		ids = []string{""}
		return ids, httpx.UnmarshalJSON(raw, &ids[0])
	case raw.Kind() == '[' && json.Unmarshal(raw, &ids) == nil:
		return ids, nil
	}
	return nil, vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected the id of a credential").At("/selectedCredential")
}
