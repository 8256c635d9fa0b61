package acapy

import (
	"maps"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// cheqd are the operations of ACA-Py's cheqd plugin, as it answers them.
func (d *Door) cheqd() []line {
	return []line{
		of(post, "/did/cheqd/create", access.DIDManage, d.onCheqd(d.createCheqd)),
		of(post, "/did/cheqd/update", access.DIDManage, d.onCheqd(d.updateCheqd)),
		of(post, "/did/cheqd/deactivate", access.DIDManage, d.onCheqd(d.deactivateCheqd)),
		of(post, "/did/import", access.DIDManage, d.onCheqd(d.importDID)),
		of(post, "/wallet/cheqd/set-did-endpoint", access.DIDManage, d.onCheqd(d.setCheqdEndpoint)),
	}
}

const methodCheqd = "cheqd"

// onCheqd refuses where there is no ledger.
func (d *Door) onCheqd(do act) act {
	return func(c *call) (any, error) {
		if !d.Settings.Cheqd {
			return nil, noLedger()
		}
		return do(c)
	}
}

func noLedger() error {
	return vc.Errorf(vc.Unsupported, "network-not-configured", "this server has no ledger of did:cheqd to write to")
}

// documentWire is a did:cheqd after a change of it.
type documentWire struct {
	DID      string                    `json:"did"`
	Document jsontext.Value            `json:"didDocument"`
	Metadata map[string]jsontext.Value `json:"didDocumentMetadata,omitzero"`
}

// cheqdOptions are those of a new did:cheqd. The plugin takes no key but Ed25519, whatever KeyType says.
type cheqdOptions struct {
	Network string `json:"network"`
	KeyType string `json:"key_type"`
	Seed    string `json:"seed"`
	Method  string `json:"verification_method"`
}

// createCheqd makes a DID on the ledger, which becomes the wallet's public one.
func (d *Door) createCheqd(c *call) (any, error) {
	var in struct {
		Document jsontext.Value `json:"didDocument"`
		Options  cheqdOptions   `json:"options"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.Document != nil && in.Document.Kind() != 'n' {
		return nil, unready("didDocument is not taken: the document is that of the key that is made here.")
	}
	request, err := d.cheqdRequest(in.Options)
	if err != nil {
		return nil, err
	}
	made, err := d.newDID(c, request)
	if err != nil {
		return nil, err
	}
	if _, err := d.Agent.SetPublicDID(c.ctx(), c.by, made.ID); err != nil {
		return nil, err
	}
	return map[string]string{"did": made.DID, "verkey": didOf(made, made.ID, nil).Verkey}, nil
}

func (d *Door) cheqdRequest(o cheqdOptions) (identity.CreateRequest, error) {
	in := didBody{Method: methodCheqd, Seed: o.Seed}
	in.Options.KeyType = o.KeyType
	request, err := d.didRequest(in)
	request.Options = map[string]string{}
	if o.Network != "" {
		request.Options["network"] = o.Network
	}
	if o.Method != "" {
		request.Options[identity.OptionType] = o.Method
	}
	return request, err
}

// newDID makes a DID; one of did:cheqd on the testnet, as the plugin does, where no network is named and there are several.
func (d *Door) newDID(c *call, request identity.CreateRequest) (vc.Identity, error) {
	made, err := d.Identity.Create(c.ctx(), c.by, request)
	if codeOf(err) == "network-missing" {
		request.Options = maps.Clone(request.Options)
		request.Options["network"] = "testnet"
		made, err = d.Identity.Create(c.ctx(), c.by, request)
	}
	return made, err
}

// changedCheqd has a did:cheqd of the wallet changed.
func (d *Door) changedCheqd(c *call, r identity.Registration) (vc.Identity, error) {
	r.Method = methodCheqd
	progress, err := d.Identity.Register(c.ctx(), c.by, r)
	return progress.Identity, unknownDID(err, r.DID)
}

func (d *Door) updateCheqd(c *call) (any, error) {
	var in struct {
		DID      string         `json:"did"`
		Document jsontext.Value `json:"didDocument"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	i, err := d.changedCheqd(c, identity.Registration{Operation: identity.ToUpdate, DID: in.DID, Document: in.Document})
	if err != nil {
		return nil, err
	}
	return documentWire{DID: i.DID, Document: i.Document}, nil
}

func (d *Door) deactivateCheqd(c *call) (any, error) {
	var in struct {
		DID string `json:"did"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	i, err := d.Identity.Get(c.ctx(), c.scope, in.DID)
	if err == nil {
		i, err = d.changedCheqd(c, identity.Registration{Operation: identity.ToDeactivate, DID: i.DID})
	}
	if err != nil {
		return nil, unknownDID(err, in.DID)
	}
	metadata, err := d.cheqdMetadata(c, i)
	metadata["deactivated"] = jsontext.Value("true")
	return documentWire{DID: i.DID, Document: i.Document, Metadata: metadata}, err
}

// cheqdMetadata is what is kept beside a DID that is on the ledger.
func (d *Door) cheqdMetadata(c *call, i vc.Identity) (map[string]jsontext.Value, error) {
	metadata := map[string]jsontext.Value{"posted": jsontext.Value("true")}
	kept, err := d.Agent.IdentityMetadata(c.ctx(), c.scope, i.ID)
	maps.Copy(metadata, kept[i.ID])
	return metadata, err
}

// importDID takes a DID that is on the ledger already, whose keys are the wallet's.
func (d *Door) importDID(c *call) (any, error) {
	var in struct {
		Document jsontext.Value            `json:"did_document"`
		Metadata map[string]jsontext.Value `json:"metadata"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	var said struct {
		ID      string           `json:"id"`
		Methods []jsontext.Value `json:"verificationMethod"`
	}
	if err := json.Unmarshal(in.Document, &said); err != nil || said.ID == "" {
		return nil, unready("DID document must contain an 'id' field")
	}
	if len(said.Methods) == 0 {
		return nil, unready("DID document must contain verification methods")
	}
	adopted, err := d.Identity.Adopt(c.ctx(), c.by, in.Document)
	if err == nil && len(in.Metadata) > 0 {
		err = d.Agent.SetIdentityMetadata(c.ctx(), c.by, adopted.ID, in.Metadata)
	}
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return nil, refusal(http.StatusBadRequest, "No document found for %s", said.ID)
	}
	if err != nil {
		return nil, err
	}
	return map[string]didRecord{"result": didOf(adopted, "", in.Metadata)}, nil
}
