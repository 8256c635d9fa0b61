package wallet

import (
	"errors"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// didWire is a DID. Method is what the wallet calls it: empe-testnet is another than empe.
type didWire struct {
	DID       string         `json:"did"`
	Method    string         `json:"method"`
	Document  jsontext.Value `json:"document,omitempty"`
	CreatedAt httpx.Stamp    `json:"createdAt,omitzero"`
}

// didsWire is what was made. Mnemonic is told once.
type didsWire struct {
	DIDs     []didWire `json:"dids"`
	Mnemonic string    `json:"mnemonic,omitempty"`
}

// methodOf is a DID's method as it is named on this wire: with its network, where that is not the main one.
func methodOf(did string) string {
	parsed, err := diddoc.ParseDID(did)
	if err != nil {
		return ""
	}
	if network, _, several := strings.Cut(parsed.ID, ":"); several && parsed.Method == "empe" {
		return parsed.Method + "-" + network
	}
	return parsed.Method
}

func (d *Door) generate(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in struct {
		Methods []string `json:"methods"`
	}
	if err := wire.Decode(r, wire.SmallBody, &in); err != nil {
		return err
	}
	made, err := d.Holder.Generate(r.Context(), c.By, in.Methods)
	if err != nil {
		return httpx.Placed(err, map[string]string{"/keyId": "", "/options": "/methods", "/method": "/methods"})
	}
	return wire.AnswerSecret(w, http.StatusCreated, didsWire{d.documents(r, c, made.Identities), made.Mnemonic})
}

func (d *Door) importDIDs(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in struct {
		Methods   []string       `json:"methods"`
		Mnemonics jsontext.Value `json:"mnemonics"`
	}
	if err := wire.Decode(r, wire.SmallBody, &in); err != nil {
		return err
	}
	if httpx.Absent(in.Mnemonics) {
		return httpx.Missing("/mnemonics")
	}
	mnemonic, err := words(in.Mnemonics)
	if err != nil {
		return err
	}
	made, err := d.Holder.Import(r.Context(), c.By, in.Methods, mnemonic)
	if err != nil {
		return httpx.Placed(err, map[string]string{"/keyId": "", "/options": "/methods", "/method": "/methods"})
	}
	return wire.AnswerSecret(w, http.StatusCreated, didsWire{DIDs: d.documents(r, c, made)})
}

// words reads a mnemonic: a sentence, or a list of its words.
func words(raw jsontext.Value) (string, error) {
	var (
		sentence string
		list     []string
	)
	switch raw.Kind() {
	case '"':
		if err := httpx.UnmarshalJSON(raw, &sentence); err != nil {
			return "", err
		}
		list = []string{sentence}
	case '[':
		if json.Unmarshal(raw, &list) != nil {
			return "", vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected words").At("/mnemonics")
		}
	default:
		return "", vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected a string or an array of words").At("/mnemonics")
	}
	return strings.Join(strings.Fields(strings.Join(list, " ")), " "), nil
}

// documents are new DIDs with their documents, as whoever resolves them here gets them.
func (d *Door) documents(r *http.Request, c wire.Call, made []vc.Identity) []didWire {
	out := make([]didWire, len(made))
	for i, one := range made {
		out[i] = didWire{DID: one.DID, Method: methodOf(one.DID), Document: jsontext.Value(one.Document)}
		if found, _, err := d.Identity.Resolve(r.Context(), c.Scope, one.DID); err == nil {
			out[i].Document = jsontext.Value(found.Document)
		}
	}
	return out
}

func (d *Door) listDIDs(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	page, err := wire.Page(r, maxListed, maxListed)
	if err != nil {
		return err
	}
	all, err := d.Holder.Identities(r.Context(), c.Scope)
	if err != nil {
		return err
	}
	all = all[min(page.Offset, len(all)):]
	out := []didWire{}
	for _, one := range all[:min(page.Limit, len(all))] {
		out = append(out, didWire{DID: one.DID, Method: methodOf(one.DID), CreatedAt: httpx.Stamp(one.CreatedAt)})
	}
	return wire.Answer(w, http.StatusOK, out)
}

// resolve resolves any DID, the wallet's and others'.
func (d *Door) resolve(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	did := httpx.PathDID(r, "did")
	found, _, err := d.Identity.Resolve(r.Context(), c.Scope, did)
	if err != nil {
		return unresolved(err)
	}
	if found.Metadata.Deactivated {
		return vc.Errorf(vc.NotFound, "did-deactivated", "the DID is deactivated")
	}
	return wire.Answer(w, http.StatusOK, didWire{DID: did, Method: methodOf(did), Document: jsontext.Value(found.Document)})
}

// unresolved names an error as this server names errors: DID Resolution 0.3 §3.1 has names of its own.
func unresolved(err error) error {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		return err
	}
	code := ""
	switch e.Kind {
	case vc.Invalid:
		code = "did-invalid"
	case vc.NotFound:
		code = "did-not-found"
	case vc.Unsupported:
		code = "did-method-not-supported"
	case vc.Unavailable:
		code = "did-not-resolved"
	default:
		return err
	}
	return vc.Errorf(e.Kind, code, "%s", e.Message).Because(err)
}
