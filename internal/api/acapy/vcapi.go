package acapy

import (
	"errors"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

func (d *Door) vcapi() []line {
	lines := []line{
		of(post, "/vc/credentials/issue", access.CredentialIssue, d.issueCredential),
		of(post, "/vc/credentials/verify", access.CredentialVerify, d.verifyCredential),
		of(post, "/vc/credentials/store", access.WalletUse, d.storeCredential),
		of(get, "/vc/credentials", access.WalletUse, d.heldDocuments),
		of(get, "/vc/credentials/{credential_id}", access.WalletUse, d.heldDocument),
		of(post, "/vc/presentations/prove", access.WalletUse, d.prove),
		of(post, "/vc/presentations/verify", access.CredentialVerify, d.verifyPresentation),
		of(post, "/vc/di/add-proof", access.CredentialIssue, d.addProof),
		of(post, "/vc/di/verify", access.CredentialVerify, d.verifyProofs),
	}
	for i := range lines {
		lines[i].problems = true
	}
	return lines
}

// proofOptions are how a proof is made.
type proofOptions struct {
	ProofType   string `json:"proofType"`
	Type        string `json:"type"`
	Cryptosuite string `json:"cryptosuite"`
	Purpose     string `json:"proofPurpose"`
	Method      string `json:"verificationMethod"`
	Challenge   string `json:"challenge"`
	Domain      string `json:"domain"`
	Status      *struct {
		Type string `json:"type"`
	} `json:"credentialStatus"`
}

const dataIntegrity = "DataIntegrityProof"

// suite is the one that is asked for; "" leaves it to the key.
func (o proofOptions) suite() string {
	if o.ProofType == dataIntegrity || o.ProofType == "" {
		return o.Cryptosuite
	}
	return o.ProofType
}

// suites are those that a key signs credentials with where nobody says.
var suites = map[vc.Algorithm]string{
	vc.Ed25519: "Ed25519Signature2020", vc.P256: "ecdsa-rdfc-2019", vc.P384: "ecdsa-rdfc-2019", vc.Secp256k1: "EcdsaSecp256k1Signature2019",
}

// entryTypes are the status entries that may be asked for, also by their lists' names.
var entryTypes = map[string]string{
	"BitstringStatusListEntry": "BitstringStatusListEntry", "BitstringStatusList": "BitstringStatusListEntry",
	"StatusList2021Entry": "StatusList2021Entry", "StatusList2021": "StatusList2021Entry",
}

// profile is how a whole credential is issued by this API.
func (o proofOptions) profile(suite string) (vc.CredentialProfile, error) {
	p := vc.CredentialProfile{Name: Name, Format: "ldp", Suite: suite}
	if o.Status == nil {
		return p, nil
	}
	entry, ok := entryTypes[o.Status.Type]
	if !ok {
		return p, unready("Unsupported credential status type " + o.Status.Type)
	}
	p.Status, p.Purposes = vc.StatusDialect{EntryType: entry}, []vc.StatusPurpose{vc.Revocation}
	return p, nil
}

// issue issues a whole credential, as the issuer that it names.
func (d *Door) issue(c *call, credential jsontext.Value, o proofOptions, suite string) (issuer.Result, error) {
	var named struct {
		Issuer jsontext.Value `json:"issuer"`
	}
	if err := decodeValue(credential, &named); err != nil {
		return issuer.Result{}, err
	}
	who := subjectID(named.Issuer)
	if o.Purpose != "" && o.Purpose != "assertionMethod" {
		return issuer.Result{}, unready("Credentials are signed with proofPurpose assertionMethod")
	}
	_, key, err := d.Identity.SigningKey(c.ctx(), c.scope, who, o.Method)
	if codeOf(err) == "identity-not-found" || who == "" {
		return issuer.Result{}, unready("Unknown DID: " + who)
	}
	if err != nil {
		return issuer.Result{}, err
	}
	if suite == "" {
		suite = suites[key.Key.Algorithm]
	}
	p, err := o.profile(suite)
	if err != nil {
		return issuer.Result{}, err
	}
	return d.Issuer.Issue(c.ctx(), c.by, vc.Order{Document: credential, Issuer: who, Method: o.Method, Profile: p}, issuer.How{
		Key: c.Header.Get("Idempotency-Key"), Operation: c.line.pattern, Request: c.body,
	})
}

// subjectID is the id of who is named by a text or an object.
func subjectID(raw jsontext.Value) string {
	if raw.Kind() == '"' {
		return unquoted(raw)
	}
	members, _ := objectOf(raw)
	if id := members["id"]; id.Kind() == '"' {
		return unquoted(id)
	}
	return ""
}

func (d *Door) issueCredential(c *call) (any, error) {
	var in struct {
		Credential jsontext.Value `json:"credential"`
		Options    proofOptions   `json:"options"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Credential.Kind() != '{' {
		return nil, unready("credential is needed")
	}
	made, err := d.issue(c, in.Credential, in.Options, in.Options.suite())
	if err != nil {
		return nil, err
	}
	return answered{http.StatusCreated, map[string]jsontext.Value{"verifiableCredential": document(made.Secured)}}, nil
}

func (d *Door) storeCredential(c *call) (any, error) {
	var in struct {
		Credential jsontext.Value `json:"verifiableCredential"`
		Options    struct {
			Name string `json:"credentialId"`
		} `json:"options"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	view, err := d.Holder.Hold(c.ctx(), c.by, holder.NewHeld{
		Secured: []byte(in.Credential), AllowForeignSubject: true, Name: in.Options.Name,
	})
	if codeOf(err) == "held-already" { // ACA-Py takes it again
		view, err = d.heldAlready(c, in.Credential, err)
	}
	if err != nil {
		return nil, err
	}
	return map[string]string{"credentialId": recordID(view.Held.Name, view.Held.ID)}, nil
}

// heldAlready finds a credential that the wallet has, byte for byte; the refusal where it is another that says so.
func (d *Door) heldAlready(c *call, credential jsontext.Value, refused error) (holder.HeldView, error) {
	var named struct {
		ID string `json:"id"`
	}
	if credential.Kind() == '"' || json.Unmarshal(credential, &named) != nil {
		return holder.HeldView{}, refused
	}
	views, err := d.tagged(c, vc.HeldQuery{}, vc.HeldTags{Given: named.ID}, nil, 0)
	if err != nil {
		return holder.HeldView{}, err
	}
	for _, view := range views {
		if same, err := ijson.Equal(document(view.Secured), credential); err == nil && same {
			return view, nil
		}
	}
	return holder.HeldView{}, refused
}

// prove signs a presentation. It is written anew, of id, types, contexts, holder and credentials: nothing else is signed.
func (d *Door) prove(c *call) (any, error) {
	var in struct {
		Presentation jsontext.Value `json:"presentation"`
		Options      proofOptions   `json:"options"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	said, err := vcdm.ParsePresentation(in.Presentation)
	if err != nil {
		return nil, unready("presentation cannot be read")
	}
	contexts, err := contextsOf(said)
	if err != nil {
		return nil, err
	}
	credentials, err := said.Secured()
	if err != nil {
		return nil, unready("an envelope holds no credential")
	}
	who := said.Holder.ID
	if who == "" {
		who, _ = didOfMethod(in.Options.Method)
	}
	if who == "" {
		return nil, unready("holder is needed, or a verificationMethod")
	}
	i, err := d.Identity.Get(c.ctx(), c.scope, who)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return nil, unready("Unknown DID: " + who)
	}
	if err != nil {
		return nil, err
	}
	suite := in.Options.suite()
	if suite == "" {
		_, key, err := d.Identity.AuthenticationKey(c.ctx(), c.scope, i.ID, in.Options.Method)
		if err != nil {
			return nil, err
		}
		suite = suites[key.Key.Algorithm]
	}
	made, err := d.Holder.Prove(c.ctx(), c.by, holder.Proof{
		Identity: i.ID, Method: in.Options.Method, Format: "ldp", Suite: suite, Model: vc.ModelVersion(said.Version), ID: said.ID,
		Contexts:     contexts,
		Types:        slices.DeleteFunc(said.Types, func(name string) bool { return name == vcdm.TypePresentation }),
		Presentation: holder.Presentation{Holder: said.Holder.ID, Audience: in.Options.Domain, Nonce: in.Options.Challenge, Credentials: credentials},
	})
	if err != nil {
		return nil, err
	}
	return answered{http.StatusCreated, map[string]jsontext.Value{"verifiablePresentation": document(made.Secured)}}, nil
}

// contextsOf refuses a presentation that says more than whose credentials these are, and gives its contexts after the first.
func contextsOf(said *vcdm.Presentation) ([]string, error) {
	if problems := vcdm.ValidatePresentation(said); len(problems) > 0 {
		return nil, unready(problems[0].Message)
	}
	if said.Proof != nil {
		return nil, unready("the presentation has a proof already")
	}
	if len(said.Extra) > 0 {
		return nil, unready("a presentation is signed without " + said.Extra[0].Name)
	}
	var contexts []string
	for _, raw := range said.Context[1:] {
		url, ok := vcdm.Text(raw)
		if !ok {
			return nil, unready("a presentation's contexts are URLs")
		}
		contexts = append(contexts, url)
	}
	return contexts, nil
}

// addProof adds a Data Integrity proof to a credential, as its issuer. Nothing else is signed: law of the house.
func (d *Door) addProof(c *call) (any, error) {
	var in struct {
		Document jsontext.Value `json:"document"`
		Options  proofOptions   `json:"options"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if credential, err := vcdm.Parse(in.Document); err != nil || !slices.Contains(credential.Types, vcdm.TypeCredential) {
		return nil, vc.Errorf(vc.Invalid, "mint-refused", "only credentials get a proof here: presentations by /vc/presentations/prove")
	}
	if in.Options.Type != dataIntegrity {
		return nil, unready("Unsupported proof type " + in.Options.Type)
	}
	made, err := d.issue(c, in.Document, in.Options, in.Options.Cryptosuite)
	if err != nil {
		return nil, err
	}
	return answered{http.StatusCreated, map[string]jsontext.Value{"securedDocument": document(made.Secured)}}, nil
}

// codeOf is the code of an error; "" where it has none.
func codeOf(err error) string {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return e.Code
	}
	return ""
}
