package issuer_test

import (
	"encoding/json"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/ijson"
)

const resident = `{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/citizenship/v1"],
	"type":["VerifiableCredential","PermanentResident"],"issuanceDate":"2020-01-01T12:00:00Z",
	"credentialSubject":{"type":["PermanentResident"],"givenName":"ALICE","familyName":"SMITH"}}`

// linkedWorld offers whole credentials with a JSON-LD proof.
func linkedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, ldp.Format{})
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: vc.Ed25519})
	w.must(err)
	return w
}

func linkedOrder(suite string, purposes ...vc.StatusPurpose) vc.Order {
	return vc.Order{
		Document: []byte(resident),
		Profile: vc.CredentialProfile{
			Name: "acapy", Format: ldp.Name, Suite: suite, Purposes: purposes,
			Status: vc.StatusDialect{EntryType: "BitstringStatusListEntry"},
		},
	}
}

// offered makes an offer and takes it through the JSON of who keeps it.
func (w *world) offered(order vc.Order) issuer.WholeOffer {
	w.Helper()
	made, err := w.OfferWhole(w.Context(), w.by, order)
	w.must(err)
	kept, err := jsonv2.Marshal(made)
	w.must(err)
	var offer issuer.WholeOffer
	w.must(jsonv2.Unmarshal(kept, &offer))
	kept, err = json.Marshal(offer)
	w.must(err)
	offer = issuer.WholeOffer{}
	w.must(json.Unmarshal(kept, &offer))
	return offer
}

// bound is what a holder asks for: the offer with the subject's id.
func bound(t *testing.T, offer []byte, did string) []byte {
	t.Helper()
	var document map[string]any
	if err := json.Unmarshal(offer, &document); err != nil {
		t.Fatal(err)
	}
	document["credentialSubject"].(map[string]any)["id"] = did
	out, err := json.MarshalIndent(document, "", " ") // another layout and order of members
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) record(signed *issuer.Signed, then error) error {
	w.Helper()
	return w.Rows.Update(w.Context(), w.by.Scope, func(rows issuer.Rows) error {
		if err := signed.Record(rows, w.by); err != nil {
			return err
		}
		return then
	})
}

// What ACA-Py and Credo compare is equal: of what was offered and asked for nothing changes but for the proof.
func TestSignOffered(t *testing.T) {
	for _, suite := range []string{"Ed25519Signature2018", "Ed25519Signature2020", "eddsa-rdfc-2022", "eddsa-jcs-2022"} {
		for _, purposes := range [][]vc.StatusPurpose{nil, {vc.Revocation}} {
			t.Run(suite+"/"+strings.Repeat("status", len(purposes)), func(t *testing.T) {
				w := linkedWorld(t)
				offer := w.offered(linkedOrder(suite, purposes...))
				var document map[string]any
				w.must(json.Unmarshal(offer.Document, &document))
				if _, there := document["id"]; there || document["issuer"] == nil || (document["credentialStatus"] != nil) != (purposes != nil) {
					t.Errorf("%s", offer.Document)
				}
				detail := didcomm.LDProofDetail{Credential: bound(t, offer.Document, "did:example:holder"), Options: didcomm.LDProofOptions{ProofType: suite}}
				w.must(detail.FitsOffer(didcomm.LDProofDetail{Credential: offer.Document, Options: detail.Options}))
				signed, err := w.SignOffered(t.Context(), w.by, offer, detail.Credential, newID())
				w.must(err)
				w.must(detail.FitsRequest(signed.Secured()))
				w.must(w.record(signed, nil))
				view, err := w.Get(t.Context(), w.by.Scope, offer.ID)
				w.must(err)
				if c := view.Credential; string(view.Secured) != string(signed.Secured()) || len(c.Entries) != len(purposes) || c.Variant != "acapy" {
					t.Errorf("%+v", c)
				}
			})
		}
	}
}

// TestSignOfferedAsIs: members stay in the order in which the holder sent them, and their values byte for byte.
func TestSignOfferedAsIs(t *testing.T) {
	w := linkedWorld(t)
	offer := w.offered(linkedOrder("Ed25519Signature2018"))
	requested := bound(t, offer.Document, "did:example:holder")
	signed, err := w.SignOffered(t.Context(), w.by, offer, requested, "")
	w.must(err)
	asked, err := ijson.Members(requested, ijson.Limits{})
	w.must(err)
	got, err := ijson.Members(signed.Secured(), ijson.Limits{})
	w.must(err)
	if len(got) != len(asked)+1 || got[len(asked)].Name != "proof" {
		t.Fatalf("%s", signed.Secured())
	}
	for i := range asked {
		if got[i].Name != asked[i].Name || string(got[i].Value) != string(asked[i].Value) {
			t.Errorf("%s was %s and is %s", asked[i].Name, asked[i].Value, got[i].Value)
		}
	}
}

func TestSignOfferedRefuses(t *testing.T) {
	w := linkedWorld(t)
	offer := w.offered(linkedOrder("Ed25519Signature2020", vc.Revocation))
	withID := linkedOrder("Ed25519Signature2020")
	withID.Document = bound(t, withID.Document, "did:example:one")
	named := w.offered(withID)
	change := func(offer issuer.WholeOffer, fn func(map[string]any)) []byte {
		var document map[string]any
		w.must(json.Unmarshal(offer.Document, &document))
		fn(document)
		out, err := json.Marshal(document)
		w.must(err)
		return out
	}
	subject := func(name string, value any) func(map[string]any) {
		return func(d map[string]any) { d["credentialSubject"].(map[string]any)[name] = value }
	}
	set := func(name string, value any) func(map[string]any) { return func(d map[string]any) { d[name] = value } }
	for name, requested := range map[string][]byte{
		"another claim":   change(offer, subject("givenName", "BOB")),
		"one claim more":  change(offer, subject("gender", "Male")),
		"id of no text":   change(offer, subject("id", 5)),
		"another subject": change(named, subject("id", "did:example:two")),
		"several":         change(offer, set("credentialSubject", []any{map[string]any{"givenName": "ALICE"}})),
		"an id":           change(offer, set("id", "urn:uuid:0199a3c0-0000-7000-8000-000000000001")),
		"another issuer":  change(offer, set("issuer", "did:example:other")),
		"another date":    change(offer, set("issuanceDate", "2021-01-01T12:00:00Z")),
		"a type more":     change(offer, set("type", []any{"VerifiableCredential", "PermanentResident", "BitstringStatusListCredential"})),
		"no context":      change(offer, set("@context", []any{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v1"})),
		"no status":       change(offer, func(d map[string]any) { delete(d, "credentialStatus") }),
		"another place":   change(offer, func(d map[string]any) { d["credentialStatus"].(map[string]any)["statusListIndex"] = "7" }),
		"a proof":         change(offer, set("proof", map[string]any{"type": "Ed25519Signature2020"})),
		"no object":       []byte(`[]`),
		"no JSON":         []byte(`{`),
		"twice a member":  []byte(`{"a":1,"a":1}`),
	} {
		t.Run(name, func(t *testing.T) {
			from := offer
			if name == "another subject" {
				from = named
			}
			_, err := w.SignOffered(t.Context(), w.by, from, requested, "")
			refused(t, err, "not-the-offer", "")
		})
	}
	_, err := w.SignOffered(t.Context(), w.by, offer, change(offer, subject("id", "no uri")), "")
	refused(t, err, "data-model", "/credentialSubject/id")
}

// TestOfferChanged: an offer comes back as it was made, or it is none.
func TestOfferChanged(t *testing.T) {
	w := linkedWorld(t)
	offer := w.offered(linkedOrder("Ed25519Signature2020", vc.Revocation))
	another := w.offered(linkedOrder("Ed25519Signature2020", vc.Revocation))
	for name, fn := range map[string]func(*issuer.WholeOffer){
		"id":       func(o *issuer.WholeOffer) { o.ID = another.ID },
		"document": func(o *issuer.WholeOffer) { o.Document = another.Document },
		"entries":  func(o *issuer.WholeOffer) { o.Entries = another.Entries },
		"none":     func(o *issuer.WholeOffer) { o.Entries = nil },
		"order":    func(o *issuer.WholeOffer) { o.Order = []byte(`{}`) },
		"no JSON":  func(o *issuer.WholeOffer) { o.Document = []byte(`{`) },
		"suite":    func(o *issuer.WholeOffer) { o.Suite = "eddsa-jcs-2022" },
		"mac":      func(o *issuer.WholeOffer) { o.MAC = another.MAC },
		"no mac":   func(o *issuer.WholeOffer) { o.MAC = nil },
	} {
		changed := offer
		fn(&changed)
		_, err := w.SignOffered(t.Context(), w.by, changed, offer.Document, "")
		refused(t, err, "offer-changed", "")
		if vc.KindOf(err) != vc.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.SignOffered(t.Context(), w.by, offer, offer.Document, ""); err != nil {
		t.Error(err)
	}
	far := w.by
	far.Scope.Organisation = newID()
	w.tenant(func(rows access.Rows) error {
		return rows.InsertOrganisation(vc.Organisation{ID: far.Scope.Organisation, Tenant: far.Scope.Tenant, Name: "P", MayIssue: true})
	})
	_, err := w.SignOffered(t.Context(), far, offer, offer.Document, "")
	refused(t, err, "offer-changed", "")
}
