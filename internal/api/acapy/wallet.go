package acapy

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
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

// textSeeds refuses seeds where they were not allowed.
const textSeeds = "Seed support is not enabled"

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

// didBody asks for a DID.
type didBody struct {
	Method  string `json:"method"`
	Seed    string `json:"seed"`
	Options struct {
		KeyType string `json:"key_type"`
		DID     string `json:"did"`
	} `json:"options"`
}

// madeHere are the methods of which DIDs are made by one call.
var madeHere = map[string]bool{"key": true, "web": true, "jwk": true, "empe": true}

func (d *Door) createDID(c *call) (any, error) {
	var in didBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	request, err := d.didRequest(in)
	if err != nil {
		return nil, err
	}
	made, err := d.Identity.Create(c.ctx(), c.by, request)
	if codeOf(err) == "method-not-supported" {
		return nil, unsupportedMethod(in.Method)
	}
	if err != nil {
		return nil, err
	}
	return map[string]didRecord{"result": didOf(made, "", nil)}, nil
}

func unsupportedMethod(method string) error {
	return refusal(http.StatusForbidden, "method %s is not supported by the agent.", method)
}

func (d *Door) didRequest(in didBody) (identity.CreateRequest, error) {
	method := in.Method
	if method == "" {
		method = "key" // ACA-Py's is sov, which has no place without an Indy ledger
	}
	numalgo, peer := strings.CutPrefix(method, "did:peer:")
	peer = peer && (numalgo == "2" || numalgo == "4")
	switch {
	case peer:
		method = "peer"
	case !madeHere[method]:
		return identity.CreateRequest{}, unsupportedMethod(method)
	}
	request := identity.CreateRequest{Method: method, Agent: true, Algorithm: vc.Ed25519}
	if peer {
		request.Options = map[string]string{"numalgo": numalgo, "endpoint": d.Settings.Endpoint}
	}
	if in.Options.KeyType != "" {
		algorithm, ok := keyTypes[in.Options.KeyType]
		if !ok {
			return request, refusal(http.StatusForbidden, "method %s does not support key type %s", method, in.Options.KeyType)
		}
		request.Algorithm = algorithm
	}
	if method == "empe" {
		request.Algorithm = "" // its own
	}
	if in.Seed != "" {
		if !d.Settings.Seeds {
			return request, unready(textSeeds)
		}
		seed, ok := seedOf(in.Seed)
		if !ok || request.Algorithm != vc.Ed25519 {
			return request, unready("Seed value must be 32 bytes in length")
		}
		request.Seed, request.Algorithm = seed, ""
	}
	switch {
	case method == "web" && in.Options.DID == "":
		return request, unready("did option is required for method web")
	case method == "web":
		domain, path, _ := strings.Cut(strings.TrimPrefix(in.Options.DID, "did:web:"), ":")
		host, err := url.PathUnescape(domain)
		if err != nil || !strings.HasPrefix(in.Options.DID, "did:web:") {
			return request, unready("did option is not a did:web")
		}
		request.Options = map[string]string{"domain": host, "path": strings.ReplaceAll(path, ":", "/")}
	case in.Options.DID != "":
		return request, refusal(http.StatusForbidden, "method %s does not support user-defined DIDs", method)
	}
	return request, nil
}

// seedOf reads 32 bytes as ACA-Py's clients write them: as they are, in base64 or in hex.
func seedOf(text string) ([]byte, bool) {
	const size = 32
	if len(text) == size {
		return []byte(text), true
	}
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == size {
		return raw, true
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	return raw, err == nil && len(raw) == size
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
		return refusal(http.StatusNotFound, "Unknown DID: %s", did)
	}
	return err
}

func (d *Door) rotateKey(c *call) (any, error) {
	did := c.text("did")
	i, err := d.Identity.Get(c.ctx(), c.scope, did)
	if err != nil {
		return nil, unknownDID(err, did)
	}
	_, err = d.Identity.Rotate(c.ctx(), c.by, i.ID, "")
	if codeOf(err) == "cannot-rotate" {
		return nil, unready("DID " + did + " does not support key rotation")
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
	metadata, err := d.Agent.IdentityMetadata(c.ctx(), c.scope, i.ID)
	if err != nil {
		return nil, err
	}
	wire := endpointWire{DID: i.DID}
	if value := metadata[i.ID][endpointKey]; value.Kind() == '"' {
		wire.Endpoint = unquoted(value)
	}
	return wire, nil
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
		err = d.Agent.SetIdentityMetadata(c.ctx(), c.by, i.ID, map[string]jsontext.Value{endpointKey: value})
	}
	return done{}, unknownDID(err, in.DID)
}

// jsontextNull is written where ACA-Py writes null.
var jsontextNull = jsontext.Value("null")
