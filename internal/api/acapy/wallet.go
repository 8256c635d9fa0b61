package acapy

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

func (d *Door) wallet() []line {
	return []line{
		of(get, "/wallet/did", access.DIDRead, d.listDIDs),
		of(post, "/wallet/did/create", access.DIDManage, d.createDID),
		of(get, "/wallet/did/public", access.DIDRead, d.publicDID),
		of(post, "/wallet/did/public", access.DIDManage, d.setPublicDID),
		of(patch, "/wallet/did/local/rotate-keypair", access.DIDManage, d.rotateKey),
		of(get, "/wallet/get-did-endpoint", access.DIDRead, d.didEndpoint),
		of(post, "/wallet/set-did-endpoint", access.DIDManage, d.setDIDEndpoint),
	}
}

// didRecord is a DID of the wallet.
type didRecord struct {
	DID      string                    `json:"did"`
	Verkey   string                    `json:"verkey"`
	Posture  string                    `json:"posture"`
	KeyType  string                    `json:"key_type"`
	Method   string                    `json:"method"`
	Metadata map[string]jsontext.Value `json:"metadata"`
}

// The key types of ACA-Py that there are here.
var keyTypes = map[string]vc.Algorithm{"ed25519": vc.Ed25519, "p256": vc.P256}

func keyType(a vc.Algorithm) string {
	for name, algorithm := range keyTypes {
		if algorithm == a {
			return name
		}
	}
	return strings.ToLower(string(a))
}

// verkey is a public key as ACA-Py writes it: base58 of its bytes, of the compressed point where it has one.
func verkey(key vc.Key) string {
	public, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		return ""
	}
	return base58Of(public)
}

func base58Of(public jose.PublicKey) string {
	_, raw, err := multikey.EncodeRaw(public)
	if err != nil {
		return ""
	}
	return base58.Encode(raw)
}

// posted are the methods of DIDs that are to be found somewhere.
var posted = map[string]bool{"web": true, "cheqd": true}

func didOf(i vc.Identity, public string, metadata map[string]jsontext.Value) didRecord {
	record := didRecord{DID: i.DID, Posture: "wallet_only", Method: i.Method, Metadata: metadata}
	if numalgo, _, err := didpeer.Numalgo(i.DID); err == nil {
		record.Method = "did:peer:" + strconv.Itoa(numalgo)
	}
	if metadata == nil {
		record.Metadata = map[string]jsontext.Value{}
	}
	switch {
	case i.ID == public:
		record.Posture = "public"
	case posted[i.Method]:
		record.Posture = "posted"
	}
	key, ok := identity.Newest(i, func(k vc.IdentityKey) bool { return k.State == vc.KeyActive && k.Key.Algorithm == vc.Ed25519 })
	if !ok {
		key, ok = identity.Newest(i, func(k vc.IdentityKey) bool { return k.State == vc.KeyActive })
	}
	if ok {
		record.Verkey, record.KeyType = verkey(key.Key), keyType(key.Key.Algorithm)
	}
	return record
}

// uses are those of the DIDs that an agent of ACA-Py's would have in its wallet.
var uses = []vc.IdentityUse{vc.UseAgent, vc.UseIssuing}

func (d *Door) listDIDs(c *call) (any, error) {
	s, err := d.Agent.Settings(c.ctx(), c.scope)
	if err != nil {
		return nil, err
	}
	active := false
	q := vc.ListQuery{Uses: uses, Archived: &active, Page: vc.Page{Limit: slice, Ascending: true}}
	records := []didRecord{}
	for {
		page, err := d.Identity.List(c.ctx(), c.scope, q)
		if err != nil {
			return nil, err
		}
		ids := make([]string, len(page))
		for i, one := range page {
			ids[i] = one.ID
		}
		metadata, err := d.Agent.IdentityMetadata(c.ctx(), c.scope, ids...)
		if err != nil {
			return nil, err
		}
		for _, one := range page {
			if record := didOf(one, s.PublicDID, metadata[one.ID]); c.wants(record) {
				records = append(records, record)
			}
		}
		if len(page) < slice {
			return listed(records), nil
		}
		q.Page.After = page[len(page)-1].ID
	}
}

// wants says whether a DID passes the filters of the query.
func (c *call) wants(r didRecord) bool {
	for name, value := range map[string]string{
		"did": r.DID, "verkey": r.Verkey, "posture": r.Posture, "method": r.Method, "key_type": r.KeyType,
	} {
		if wanted := c.text(name); wanted != "" && wanted != value {
			return false
		}
	}
	return true
}

func (d *Door) publicDID(c *call) (any, error) {
	public, err := d.Agent.PublicDID(c.ctx(), c.scope)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return map[string]any{"result": nil}, nil
	}
	if err != nil {
		return nil, err
	}
	return d.shownDID(c, public, public.ID)
}

// shownDID is a DID with what clients keep beside it.
func (d *Door) shownDID(c *call, i vc.Identity, public string) (any, error) {
	metadata, err := d.Agent.IdentityMetadata(c.ctx(), c.scope, i.ID)
	if err != nil {
		return nil, err
	}
	return map[string]didRecord{"result": didOf(i, public, metadata[i.ID])}, nil
}

func (d *Door) setPublicDID(c *call) (any, error) {
	public, err := d.Agent.SetPublicDID(c.ctx(), c.by, c.text("did"))
	if err != nil {
		return nil, unknownDID(err, c.text("did"))
	}
	return d.shownDID(c, public, public.ID)
}

// unknownDID words that a DID is none of the wallet's.
func unknownDID(err error, did string) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return refusal(http.StatusNotFound, "Unknown DID: %s.", did)
	}
	return err
}

func (d *Door) rotateKey(c *call) (any, error) {
	did := c.text("did")
	i, err := d.Identity.Get(c.ctx(), c.scope, did)
	if err != nil {
		return nil, unknownDID(err, did)
	}
	i, err = d.Identity.Rotate(c.ctx(), c.by, i.ID, "")
	if codeOf(err) == "cannot-rotate" {
		return nil, unready("DID " + did + " does not support key rotation")
	}
	if err != nil {
		return nil, err
	}
	endpoint, err := d.endpointOf(c, i)
	if err == nil && endpoint != "" {
		err = d.publishEndpoint(c, i, endpoint)
	}
	return done{}, err
}

// endpointKey is where the endpoint of a DID is kept, as ACA-Py does: among what clients keep beside it.
const endpointKey = "endpoint"

// endpointWire is the endpoint of a DID.
type endpointWire struct {
	DID      string `json:"did"`
	Endpoint string `json:"endpoint,omitzero"`
}

func (d *Door) didEndpoint(c *call) (any, error) {
	i, err := d.Identity.Get(c.ctx(), c.scope, c.text("did"))
	if err != nil {
		return nil, unknownDID(err, c.text("did"))
	}
	endpoint, err := d.endpointOf(c, i)
	return endpointWire{DID: i.DID, Endpoint: endpoint}, err
}

func (d *Door) endpointOf(c *call, i vc.Identity) (string, error) {
	metadata, err := d.Agent.IdentityMetadata(c.ctx(), c.scope, i.ID)
	if value := metadata[i.ID][endpointKey]; err == nil && value.Kind() == '"' {
		return unquoted(value), nil
	}
	return "", err
}

func (d *Door) setDIDEndpoint(c *call) (any, error) {
	var in endpointWire
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	value := jsontextNull
	if in.Endpoint != "" {
		quoted, err := jsontext.AppendQuote(nil, in.Endpoint)
		if err != nil {
			return nil, unready("endpoint is not text")
		}
		value = quoted
	}
	i, err := d.Identity.Get(c.ctx(), c.scope, in.DID)
	if err == nil {
		err = d.publishEndpoint(c, i, in.Endpoint)
	}
	if err == nil {
		err = d.Agent.SetIdentityMetadata(c.ctx(), c.by, i.ID, map[string]jsontext.Value{endpointKey: value})
	}
	return done{}, unknownDID(err, in.DID)
}

// publishEndpoint says in the document of a did:web where its peers write to, if it has a key that they can use. ACA-Py does so on the
// ledger for the DIDs that are there.
func (d *Door) publishEndpoint(c *call, i vc.Identity, endpoint string) error {
	usable := func(k vc.IdentityKey) bool { return k.State == vc.KeyActive && k.Key.Algorithm == vc.Ed25519 }
	if i.Method != "web" || !i.Use.Issues() || !slices.ContainsFunc(i.Keys, usable) {
		return nil
	}
	document, err := withEndpoint(i, endpointServices[""], endpoint)
	if err != nil {
		return err
	}
	_, err = d.Identity.Register(c.ctx(), c.by, identity.Registration{Operation: identity.ToUpdate, Method: i.Method, DID: i.DID, Document: document})
	return err
}

// jsontextNull is written where ACA-Py writes null.
var jsontextNull = jsontext.Value("null")
