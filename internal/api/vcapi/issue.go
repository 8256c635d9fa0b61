package vcapi

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

type issueRequest struct {
	Credential jsontext.Value `json:"credential"`
	Options    struct {
		CredentialID      string   `json:"credentialId"`
		MandatoryPointers []string `json:"mandatoryPointers"`
		// What the VC API had beside: it is held against the instance, which decides.
		Type               string         `json:"type"`
		Cryptosuite        string         `json:"cryptosuite"`
		VerificationMethod string         `json:"verificationMethod"`
		ProofPurpose       string         `json:"proofPurpose"`
		CredentialStatus   jsontext.Value `json:"credentialStatus"`
	} `json:"options"`
}

// secured is a credential as it is answered: an object with a proof, an envelope, or in VCDM 1.1 a JWT.
type secured struct {
	Credential jsontext.Value `json:"verifiableCredential"`
}

func (d *Door) issue(w http.ResponseWriter, r *http.Request, c call) error {
	if err := c.signs(); err != nil {
		return err
	}
	body, err := httpx.ReadJSON(r, maxBody)
	if err != nil {
		return err
	}
	var in issueRequest
	if err := httpx.UnmarshalJSON(body, &in); err != nil {
		return err
	}
	if in.Credential == nil {
		return httpx.Missing("/credential")
	}
	if in.Credential.Kind() != '{' {
		return vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected an object").At("/credential")
	}
	order, err := in.order(c)
	if err != nil {
		return err
	}
	result, err := d.Issuer.Issue(r.Context(), c.by, order, issuer.How{
		Key: r.Header.Get("Idempotency-Key"), Operation: "vc-api " + c.instance.ID, Request: body,
	})
	if err != nil {
		return below(err, "/credential")
	}
	if result.Replayed {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	httpx.EncodeJSON(w, http.StatusCreated, secured{wrapped(result.Secured, result.MediaType, result.Credential.Model)})
	return nil
}

func (in issueRequest) order(c call) (vc.Order, error) {
	o := in.Options
	switch {
	case len(o.MandatoryPointers) > 0:
		return vc.Order{}, notSupported("/options/mandatoryPointers", "the instance signs with no suite that can disclose in part")
	case o.CredentialStatus != nil:
		return vc.Order{}, notSupported("/options/credentialStatus", "the instance decides on status entries")
	case o.ProofPurpose != "" && o.ProofPurpose != "assertionMethod":
		return vc.Order{}, notSupported("/options/proofPurpose", "credentials are signed as assertions")
	}
	if err := c.suited(o.Type, o.Cryptosuite); err != nil {
		return vc.Order{}, err
	}
	order := vc.Order{
		Document: in.Credential, Profile: c.profile(), Handle: o.CredentialID, Issuer: c.instance.Identity, Method: c.instance.Method,
	}
	if o.VerificationMethod != "" {
		if c.instance.Method != "" && o.VerificationMethod != c.instance.Method {
			return vc.Order{}, notSupported("/options/verificationMethod", "the instance signs with another verification method")
		}
		order.Method = o.VerificationMethod
	}
	return order, nil
}

// suited holds a proof type and a cryptosuite that a caller asks for against the instance's.
func (c call) suited(proof, suite string) error {
	const data = "DataIntegrityProof"
	switch {
	case suite != "" && suite != c.instance.Profile.Suite:
		return notSupported("/options/cryptosuite", "the instance signs with another suite")
	case proof != "" && proof != c.instance.Profile.Suite && (proof != data || c.instance.Profile.Format != "ldp"):
		return notSupported("/options/type", "the instance signs with another suite")
	}
	return nil
}

// wrapped gives secured bytes as they stand in an answer.
func wrapped(bytes []byte, media string, model vc.ModelVersion) jsontext.Value {
	switch {
	case len(bytes) > 0 && bytes[0] == '{':
		return bytes
	case model == vc.VCDM11 || media == "":
		return vcdm.AppendText(nil, string(bytes))
	}
	return jsontext.Value(vcdm.Envelope(media, bytes))
}

// derive waits for a suite that can disclose in part.
func (d *Door) derive(http.ResponseWriter, *http.Request, call) error {
	return vc.Errorf(vc.Unsupported, httpx.CodeNotOffered, "no suite here can disclose in part")
}
