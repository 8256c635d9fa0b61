// Package cheqd is the DID method did:cheqd: documents on a ledger of the Cosmos SDK.
//
//	Resolve ── DID ──> its network's REST gateway, or its node's RPC, or a resolver ──> document, whose id must be the DID
//	Record ── identity before and after ──> what its keys sign ── Signed ──> a transaction, journaled by who asks
//	Writer ── the journal's oldest ──> price, sequence, the payer's signature ── journaled ──> sent, found again by its hash
//
// Where a registrar writes in our place:
//
//	Prompt ── what Record gave ──> the registrar ──> what it wants signed, which must say the same
//	Writer ── the journal's oldest ── journaled as sent ──> the registrar, once ──> looked for
package cheqd

import (
	"context"
	"net/http"
	"net/url"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Method is did:cheqd.
type Method struct {
	Call Caller
	// Networks are where the ledger is asked, by network: "mainnet" and "testnet". DIDs of one that is not there do not
	// resolve.
	Networks map[string]Network
	// Remote calls registrars and resolvers; nil where no network has one.
	Remote Remote
}

// Network is one ledger: http(s) URLs of a REST gateway and of a CometBFT RPC. The gateway is asked first; where it does not
// answer as one, the RPC is. One of them may be "".
//
// Or it is read through a universal resolver (…/1.0/identifiers/), where there is no node, and written through a DIF Universal
// Registrar (…/1.0/), which pays, whether there is one or not.
type Network struct {
	REST, RPC string
	Resolver  string
	Registrar string
	Token     string // for the registrar: a bearer token; "": none
}

// node says whether there is a node to ask.
func (n Network) node() bool { return n.REST != "" || n.RPC != "" }

// written says whether the ledger can be written to.
func (n Network) written() bool { return n.node() || n.Registrar != "" }

// MaxAnswer is the size of the longest answer of a node that is read, in bytes.
const MaxAnswer = cheqd.MaxAnswer

// Caller makes a call over the network; it is the guarded client. Any status is an answer: the gateway says 500 for what is
// not found.
type Caller interface {
	Call(ctx context.Context, method, url string, body []byte) (status int, answer []byte, err error)
}

// Remote makes a call with a header of its own over the network; it is the guarded client, without redirects. Any status is an
// answer.
type Remote interface {
	Ask(ctx context.Context, method, url string, header http.Header, body []byte) (status int, answer []byte, err error)
}

var _ did.Method = Method{}

// Name is "cheqd".
func (Method) Name() string { return "cheqd" }

// Check fails for a network that is none, or that could not be asked.
func (m Method) Check() *vc.Error {
	for name, network := range m.Networks {
		if name != cheqd.Mainnet && name != cheqd.Testnet {
			return vc.Errorf(vc.Invalid, "network-unknown", "did:cheqd has no network %q: it has mainnet and testnet", name)
		}
		switch {
		case !network.node() && network.Resolver == "":
			return vc.Errorf(vc.Invalid, "node-url", "the %s of did:cheqd has no URL to ask: it needs a node or a resolver", name)
		case network.node() && network.Resolver != "":
			return vc.Errorf(vc.Invalid, "node-url", "the %s of did:cheqd has a node and a resolver: which is to be believed?", name)
		case network.Token != "" && network.Registrar == "":
			return vc.Errorf(vc.Invalid, "node-url", "the %s of did:cheqd has a token for a registrar, and no registrar", name)
		}
		for _, text := range []string{network.REST, network.RPC, network.Resolver, network.Registrar} {
			if u, err := url.Parse(text); err == nil && u.User != nil {
				return vc.Errorf(vc.Invalid, "node-url", "a URL has no user name and no password in it")
			}
			if _, err := (comet.Query{}).URL(text); text != "" && err != nil {
				return vc.Errorf(vc.Invalid, "node-url", "%q is no http(s) URL", text).Because(err)
			}
		}
	}
	return nil
}

// Resolve asks the ledger for the newest version. A DID that is deactivated has a document still, and says so.
func (m Method) Resolve(ctx context.Context, text string) (diddoc.Resolution, error) {
	parsed, err := cheqd.ParseDID(text)
	if err != nil {
		return diddoc.Resolution{}, did.Invalid(err)
	}
	// A document's id is its DID, letter for letter: DID Core §5.1.1.
	if parsed.String() != text {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalid, "the UUID of a did:cheqd is in lower case")
	}
	return m.resolve(ctx, parsed, "")
}

// resolve asks for a version of a DID's document; "" is the newest.
func (m Method) resolve(ctx context.Context, parsed cheqd.DID, id string) (diddoc.Resolution, error) {
	switch {
	case m.remote(parsed.Namespace) && id == "":
		return m.resolveRemote(ctx, parsed, "")
	case m.remote(parsed.Namespace):
		return m.versionRemote(ctx, parsed, id)
	}
	version, err := m.version(ctx, parsed, id)
	if err != nil {
		return diddoc.Resolution{}, err
	}
	document, err := version.Doc.Document()
	if err != nil {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "what the ledger has for the DID is not a DID document").Because(err)
	}
	return diddoc.Resolution{Document: document, ContentType: did.ContentType, Metadata: diddoc.Metadata{
		Created: version.Metadata.Created, Updated: version.Metadata.Updated, Deactivated: version.Metadata.Deactivated,
		VersionID: version.Metadata.VersionID,
	}}, nil
}

// version gives a version of a DID's document as the ledger has it; "" is the newest. What a node gives in its place is refused.
func (m Method) version(ctx context.Context, parsed cheqd.DID, id string) (cheqd.Versioned, error) {
	query := cheqd.QueryDIDDoc(parsed.String())
	if id != "" {
		query = cheqd.QueryDIDDocVersion(parsed.String(), id)
	}
	found, err := ask(ctx, m, parsed.Namespace, query, cheqd.ParseDIDDoc, cheqd.DecodeDIDDoc)
	switch {
	case err != nil:
		return found, err
	case found.Doc.ID != parsed.String():
		return found, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "the ledger's node gave the document of another DID")
	case id != "" && found.Metadata.VersionID != cheqd.NormalUUID(id):
		return found, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "the ledger's node gave another version of the document")
	}
	return found, nil
}
