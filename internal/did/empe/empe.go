// Package empe is the DID method did:empe of the Empeiria ledger.
//
//	Create ── key ──> DID and document, nowhere but here: the DID is off the ledger
//	Resolve ── DID ──> abci_query to the network's node ──> document, whose id must be the DID
//
// Nothing is written to the ledger.
package empe

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didempe"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Method is did:empe.
type Method struct {
	Fetch Fetcher
	// Nodes are the http(s) URLs of the RPC of a CometBFT node by network, "mainnet" and "testnet". DIDs of a network that
	// has none resolve only where they are ours.
	Nodes map[string]string
}

// Fetcher gets a document over the network; it is the guarded client. Anything but an answer with status 200 is an
// error.
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error)
}

var (
	_ did.Method    = Method{}
	_ did.Creator   = Method{}
	_ did.Certifier = Method{}
	_ did.Addresser = Method{}
)

// Name is "empe".
func (Method) Name() string { return "empe" }

// Check fails for a node that could not be asked: a URL that is none, a network that is none.
func (m Method) Check() *vc.Error {
	for network, node := range m.Nodes {
		if network != didempe.Mainnet && network != didempe.Testnet {
			return vc.Errorf(vc.Invalid, "network-unknown", "did:empe has no network %q: it has mainnet and testnet", network)
		}
		if _, err := (comet.Query{}).URL(node); err != nil {
			return vc.Errorf(vc.Invalid, "node-url", "%q is no http(s) URL of a node's RPC", node).Because(err)
		}
	}
	return nil
}

// Resolve asks the ledger. A DID that is off the ledger is not found: its document follows from its key, and a DID does not
// tell that.
func (m Method) Resolve(ctx context.Context, text string) (diddoc.Resolution, error) {
	network, err := didempe.Network(text)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	node := m.Nodes[network]
	if node == "" || m.Fetch == nil {
		return diddoc.Resolution{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "this server has no node of the %s of did:empe to ask", network)
	}
	url, err := didempe.Query(text).URL(node)
	if err != nil {
		return diddoc.Resolution{}, vc.Errorf(vc.Internal, did.CodeInternal, "the node of the %s of did:empe has no URL", network).Because(err)
	}
	body, _, err := m.Fetch.Get(ctx, url, "application/json")
	if err != nil {
		return diddoc.Resolution{}, notAsked(err)
	}
	answer, err := comet.ReadAnswer(body)
	switch failure, refused := errors.AsType[*comet.Failure](err); {
	case refused && failure.Missing(), err == nil && len(answer.Value) == 0:
		return diddoc.Resolution{}, vc.Errorf(vc.NotFound, did.CodeNotFound,
			"the ledger has no document of the DID; if it is off the ledger, only who made it can tell its key").Because(err)
	case refused:
		return diddoc.Resolution{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "the ledger refused to answer, with code %s",
			strconv.FormatUint(uint64(failure.Code), 10)).Because(err)
	case err != nil:
		return diddoc.Resolution{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "the ledger's node did not answer as one").Because(err)
	}
	document, err := didempe.Read(text, answer.Value)
	if err != nil {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "what the ledger has for the DID is not its DID document").Because(err)
	}
	return diddoc.Resolution{Document: document, ContentType: did.ContentType}, nil
}

// notAsked says in words of DID Resolution what the network did. That a node's URL leads nowhere says nothing of the DID.
func notAsked(err error) error {
	why := "the ledger's node could not be asked"
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal {
		why += ": " + e.Message
	}
	return vc.Errorf(vc.Unavailable, did.CodeInternal, "%s", why).Because(err)
}

// Create gives the DID of exactly one secp256k1 key. Its option "network" is "mainnet", where it is left out, or
// "testnet". The DID is off the ledger.
func (m Method) Create(_ context.Context, request did.CreateRequest) (did.Created, error) {
	if err := did.RefuseOptions(request.Options, "network"); err != nil {
		return did.Created{}, err
	}
	network := didempe.Mainnet
	switch named, ok := request.Options["network"]; {
	case named == didempe.Testnet:
		network = named
	case ok && named != didempe.Mainnet:
		return did.Created{}, vc.Errorf(vc.Invalid, "network-unknown", "did:empe has the networks mainnet and testnet").At("/options/network")
	}
	if len(request.Keys) != 1 {
		return did.Created{}, vc.Errorf(vc.Invalid, "one-key", "a did:empe made here has exactly one key").At("/keys")
	}
	public, err := jose.ParseJWK(request.Keys[0].PublicJWK)
	if err != nil {
		return did.Created{}, notSupported(err)
	}
	text, id, err := didempe.Encode(network, public)
	if err != nil {
		return did.Created{}, notSupported(err)
	}
	document, err := didempe.Document(network, public)
	if err != nil {
		return did.Created{}, notSupported(err)
	}
	return did.Created{DID: text, Document: document, Methods: []string{id}}, nil
}

func notSupported(err error) error {
	return vc.Errorf(vc.Invalid, "key-not-supported", "a did:empe has a key on secp256k1").Because(err)
}

// Certify gives the document of a DID that is off the ledger, by the key it follows from. Whether the DID is on the ledger is
// for [Method.Resolve] to say first: see [Method.Ledger].
func (Method) Certify(text string, key jose.PublicKey) (diddoc.Document, bool) {
	network, err := didempe.Network(text)
	if err != nil || !didempe.Follows(text, key) {
		return diddoc.Document{}, false
	}
	raw, err := didempe.Document(network, key)
	if err != nil {
		return diddoc.Document{}, false
	}
	document, err := diddoc.Parse(raw)
	return document, err == nil
}

// Address gives the address of a key, on both networks: its digits are those that a DID of the key ends with.
func (Method) Address(key vc.Key) (string, bool) {
	public, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		return "", false
	}
	text, _, err := didempe.Encode(didempe.Mainnet, public)
	if err != nil {
		return "", false
	}
	return "0x" + strings.TrimPrefix(text, "did:empe:"), true
}

// Algorithm is that of the keys of its DIDs: there is no other.
func (Method) Algorithm() vc.Algorithm { return vc.Secp256k1 }

// Ledger says whether there is a ledger to ask for a DID. Who has the key that a DID follows from speaks for it only until
// the DID is on the ledger, where its keys change.
func (m Method) Ledger(text string) bool {
	network, err := didempe.Network(text)
	return err == nil && m.Fetch != nil && m.Nodes[network] != ""
}
