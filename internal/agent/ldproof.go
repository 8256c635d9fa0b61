package agent

import (
	"context"
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// LDProof is the format of JSON-LD credentials with embedded proofs: Aries RFC 0593.
type LDProof struct{}

// Name is what the API calls it.
func (LDProof) Name() string { return "ld_proof" }

// Attachments are the formats of proposal, offer, request and issue.
func (LDProof) Attachments() [4]string {
	return [4]string{
		didcomm.FormatLDProofDetail, didcomm.FormatLDProofDetail, didcomm.FormatLDProofDetail, didcomm.FormatLDProof,
	}
}

// dataIntegrity is the proof type of which the suite is told by another option.
const dataIntegrity = "DataIntegrityProof"

// Propose checks a wish that is not an offer yet.
func (LDProof) Propose(wish []byte) ([]byte, error) {
	detail, err := ldDetail(wish, "")
	if err != nil {
		return nil, err
	}
	return detail.Encode()
}

// Offer checks the wish by every rule, and makes it whole: what is signed later is what is offered here. Its place in a status list
// is taken now, because a holder refuses a credential that has more than was offered.
func (LDProof) Offer(ctx context.Context, d *Desk, by vc.Caller, wish []byte, method string, s vc.AgentSettings) ([]byte, issuer.WholeOffer, error) {
	detail, err := ldDetail(wish, "")
	if err != nil {
		return nil, issuer.WholeOffer{}, err
	}
	order, err := ldOrder(detail, method, s.CredentialStatus)
	if err != nil {
		return nil, issuer.WholeOffer{}, err
	}
	kept, err := d.Issuer.OfferWhole(ctx, by, order)
	if err != nil {
		return nil, issuer.WholeOffer{}, within(err, "/credential")
	}
	detail.Credential = kept.Document
	// A holder may compare the proof's purpose with this, whether it was said or not.
	detail.Options.ProofPurpose = "assertionMethod"
	if detail.Options.CredentialStatus = nil; len(kept.Entries) > 0 {
		detail.Options.CredentialStatus = &didcomm.LDProofStatus{Type: order.Profile.Status.EntryType}
	}
	offered, err := detail.Encode()
	return offered, kept, err
}

// Request asks for what was offered, for a holder where the offer names none.
func (LDProof) Request(_ context.Context, _ *Desk, _ vc.Caller, offered []byte, holder string) ([]byte, error) {
	detail, err := ldDetail(offered, "")
	if err != nil || holder == "" {
		return offered, err
	}
	var credential, subject map[string]jsontext.Value
	if err := json.Unmarshal(detail.Credential, &credential); err != nil {
		return nil, err
	}
	if credential["credentialSubject"].Kind() != '{' {
		return offered, nil // of several subjects none is bound
	}
	if err := json.Unmarshal(credential["credentialSubject"], &subject); err != nil {
		return nil, err
	}
	if _, bound := subject["id"]; bound {
		return offered, nil
	}
	subject["id"] = ijson.AppendString(nil, holder)
	if credential["credentialSubject"], err = json.Marshal(subject, json.Deterministic(true)); err != nil {
		return nil, err
	}
	if detail.Credential, err = json.Marshal(credential, json.Deterministic(true)); err != nil {
		return nil, err
	}
	return detail.Encode()
}

// Sign signs what is requested. kept is what was offered here; nil where the holder asked by itself.
func (LDProof) Sign(ctx context.Context, d *Desk, by vc.Caller, kept *issuer.WholeOffer, offered, requested []byte, exchange string) ([]byte, *issuer.Signed, error) {
	request, err := ldDetail(requested, "")
	if err != nil {
		return nil, nil, err
	}
	var signed *issuer.Signed
	if kept != nil {
		offer, err := ldDetail(offered, "")
		if err != nil {
			return nil, nil, err
		}
		if err := request.FitsOffer(offer); err != nil {
			return nil, nil, misfit("not-the-offer", err)
		}
		signed, err = d.Issuer.SignOffered(ctx, by, *kept, request.Credential, exchange)
		if err != nil {
			return nil, nil, within(err, "/credential")
		}
		secured := signed.Secured()
		return secured, signed, nil
	}
	order, err := ldOrder(request, "", "")
	if err != nil {
		return nil, nil, err
	}
	if signed, err = d.Issuer.SignRequested(ctx, by, order, exchange); err != nil {
		return nil, nil, within(err, "/credential")
	}
	secured := signed.Secured()
	return secured, signed, nil
}

// Take verifies what was issued, and that it is what was requested.
func (LDProof) Take(ctx context.Context, d *Desk, by vc.Caller, requested, issued []byte, exchange, name string) (*holder.Taken, error) {
	request, err := ldDetail(requested, "")
	if err != nil {
		return nil, err
	}
	if err := request.FitsRequest(issued); err != nil {
		return nil, misfit("not-the-request", err)
	}
	return d.Holder.Take(ctx, by, holder.NewHeld{Secured: issued, AllowForeignSubject: true, Exchange: exchange, Name: name})
}

// Fits says why a request is not the offer's.
func (LDProof) Fits(offered, requested []byte) error {
	offer, err := ldDetail(offered, "")
	if err != nil {
		return err
	}
	request, err := ldDetail(requested, "")
	if err != nil {
		return err
	}
	if err := request.FitsOffer(offer); err != nil {
		return misfit("not-the-offer", err)
	}
	return nil
}

func ldDetail(content []byte, member string) (didcomm.LDProofDetail, error) {
	detail, err := didcomm.ParseLDProofDetail(content)
	var fault *didcomm.Error
	if errors.As(err, &fault) {
		err = vc.Errorf(vc.Invalid, "detail-invalid", "%s", fault.Message).At(member + fault.Pointer)
	}
	return detail, err
}

// ldOrder is the order of a detail. status is the type of status entry where the options ask for none.
func ldOrder(detail didcomm.LDProofDetail, method, status string) (vc.Order, error) {
	o := detail.Options
	for _, one := range [...][2]string{{"created", o.Created}, {"domain", o.Domain}, {"challenge", o.Challenge}} {
		if one[1] != "" {
			return vc.Order{}, vc.Errorf(vc.Invalid, "option-not-offered", "proofs of credentials are made without %s", one[0]).At("/options/" + one[0])
		}
	}
	if o.ProofPurpose != "" && o.ProofPurpose != "assertionMethod" {
		return vc.Order{}, vc.Errorf(vc.Invalid, "option-not-offered", "credentials are signed as assertions").At("/options/proofPurpose")
	}
	suite := o.ProofType
	if suite == dataIntegrity {
		var name string
		if raw := o.Extra["cryptosuite"]; raw != nil && json.Unmarshal(raw, &name) == nil && name != "" {
			suite = name
		} else {
			return vc.Order{}, vc.Errorf(vc.Invalid, "cryptosuite-missing", "a cryptosuite is expected with a DataIntegrityProof").At("/options/cryptosuite")
		}
	}
	var credential struct {
		Issuer jsontext.Value `json:"issuer"`
	}
	if err := json.Unmarshal(detail.Credential, &credential); err != nil {
		return vc.Order{}, vc.Errorf(vc.Invalid, "detail-invalid", "not a credential").At("/credential")
	}
	if raw := o.Extra["verificationMethod"]; raw != nil && method == "" {
		method, _ = ijson.String(raw)
	}
	order := vc.Order{
		Document: detail.Credential, Method: method, Issuer: issuerOf(credential.Issuer),
		Profile: vc.CredentialProfile{Name: Door, Format: "ldp", Suite: suite},
	}
	if o.CredentialStatus != nil {
		status = o.CredentialStatus.Type
	}
	if status == "" {
		return order, nil
	}
	entry, ok := entryTypes[status]
	if !ok {
		return vc.Order{}, vc.Errorf(vc.Invalid, "status-type-unknown", "status entries of this type are not made here").At("/options/credentialStatus/type")
	}
	order.Profile.Status = vc.StatusDialect{EntryType: entry}
	order.Profile.Purposes = []vc.StatusPurpose{vc.Revocation}
	return order, nil
}

// entryTypes are the types of status entries that options may ask for, also by the names of their lists.
var entryTypes = map[string]string{
	"BitstringStatusListEntry": "BitstringStatusListEntry",
	"BitstringStatusList":      "BitstringStatusListEntry",
	"StatusList2021Entry":      "StatusList2021Entry",
	"StatusList2021":           "StatusList2021Entry",
}

// issuerOf is the DID of an issuer, which is a text or an object with an id.
func issuerOf(raw jsontext.Value) string {
	if text, ok := ijson.String(raw); ok {
		return text
	}
	var object struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal(raw, &object) // what it is not is refused by the rules
	return object.ID
}

// within puts an error of another desk under the member it is about.
func within(err error, member string) error {
	var e *vc.Error
	if !errors.As(err, &e) || e.Kind != vc.Invalid && e.Kind != vc.Conflict && e.Pointer == "" || strings.HasPrefix(e.Pointer+"/", member+"/") {
		return err
	}
	return e.At(member + e.Pointer)
}

func misfit(code string, err error) error {
	var fault *didcomm.Error
	if !errors.As(err, &fault) {
		return err
	}
	return vc.Errorf(vc.Conflict, code, "%s", fault.Message).At(fault.Pointer)
}
