package ledgersim_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

type signing map[string]struct {
	Payload   []byte `json:"serializedPayload"`
	Kid       string `json:"kid"`
	Signature []byte `json:"signature"`
}

type registrarRecord struct {
	Request struct {
		Body struct {
			Secret struct {
				Response signing `json:"signingResponse"`
			} `json:"secret"`
		} `json:"body"`
	} `json:"request"`
	Response struct {
		State struct {
			Request signing `json:"signingRequest"`
		} `json:"didState"`
		URLState struct {
			Request signing `json:"signingRequest"`
		} `json:"didUrlState"`
	} `json:"response"`
}

// TestRegistrarSignatures sends what cheqd's registrar sent, with the signatures that were made then: payloads and
// signatures are other people's, and the ledger took them.
func TestRegistrarSignatures(t *testing.T) {
	w, c := world(t, ledgersim.Config{Price: price(t)})
	w.gas = 1_000_000
	const folder = "registrar"
	read := func(name string) (r registrarRecord) {
		if err := json.Unmarshal(sharedtest.Read(t, transcripts, "transcripts", "cheqd", folder, name), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, step := range []struct{ action, finish string }{
		{"registrar-01-create-action.json", "registrar-02-create-finish.json"},
		{"registrar-04-update-action.json", "registrar-05-update-finish.json"},
		{"registrar-06-resource-action.json", "registrar-07-resource-finish.json"},
		{"registrar-12-updateResource-action.json", "registrar-13-updateResource-finish.json"},
		{"registrar-29-deactivate-action.json", "registrar-30-deactivate-finish.json"},
	} {
		action := read(step.action)
		raw := append(action.Response.State.Request["signingRequest0"].Payload, action.Response.URLState.Request["signingRequest0"].Payload...)
		given := read(step.finish).Request.Body.Secret.Response["signingRequest0"]
		signatures := []cheqd.SignInfo{{VerificationMethodID: given.Kid, Signature: given.Signature}}
		c.pass(time.Second)
		switch step.action[10:12] {
		case "01", "04":
			payload, err := cheqd.DecodeDIDDocPayload(raw)
			if err != nil {
				t.Fatal(err)
			}
			if step.action[10:12] == "01" {
				w.must(cheqd.CreateDIDDoc{Payload: payload, Signatures: signatures})
			} else {
				w.must(cheqd.UpdateDIDDoc{Payload: payload, Signatures: signatures})
			}
		case "29":
			payload, err := cheqd.DecodeDeactivatePayload(raw)
			if err != nil {
				t.Fatal(err)
			}
			w.must(cheqd.DeactivateDIDDoc{Payload: payload, Signatures: signatures})
		default:
			payload, err := cheqd.DecodeResourcePayload(raw)
			if err != nil {
				t.Fatal(err)
			}
			w.must(cheqd.CreateResource{Payload: payload, Signatures: signatures})
		}
	}
	value, err := w.abci(cheqd.QueryResources("b4e850cb-6c0b-4a79-a425-a11f48fadd55"))
	if err != nil {
		t.Fatal(err)
	}
	resources, err := cheqd.DecodeResources(value)
	if err != nil || len(resources) != 2 {
		t.Fatalf("%v, %v", resources, err)
	}
	// As the resolver had them afterwards: registrar-31-resolve-deactivated.json.
	if resources[0].Checksum != "61bba53a2213e24efba53794a2e455c36d64e648fd1256d0ffa93f2518834de7" || resources[0].NextVersionID != resources[1].ID ||
		resources[1].PrevVersionID != resources[0].ID {
		t.Errorf("%+v", resources)
	}
}
