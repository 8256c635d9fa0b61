// Package cheqd is the DID method did:cheqd: documents on a ledger of the Cosmos SDK.
//
//	Resolve ── DID ──> its network's REST gateway, or its node's RPC ──> document, whose id must be the DID
//
// Nothing is written to the ledger.
package cheqd

import (
	"context"
	"errors"
	"net/http"
	"strings"

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
}

// Network is one ledger: http(s) URLs of a REST gateway and of a CometBFT RPC. The gateway is asked first; where it does not
// answer as one, the RPC is. One of them may be "".
type Network struct{ REST, RPC string }

// Caller makes a call over the network; it is the guarded client. Any status is an answer: the gateway says 500 for what is
// not found.
type Caller interface {
	Call(ctx context.Context, method, url string, body []byte) (status int, answer []byte, err error)
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
		if network == (Network{}) {
			return vc.Errorf(vc.Invalid, "node-url", "the %s of did:cheqd has no URL to ask", name)
		}
		for _, text := range []string{network.REST, network.RPC} {
			if _, err := (comet.Query{}).URL(text); text != "" && err != nil {
				return vc.Errorf(vc.Invalid, "node-url", "%q is no http(s) URL of a node", text).Because(err)
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
	version, err := ask(ctx, m, parsed.Namespace, cheqd.QueryDIDDoc(text), cheqd.ParseDIDDoc, cheqd.DecodeDIDDoc)
	if err != nil {
		return diddoc.Resolution{}, err
	}
	if version.Doc.ID != text {
		return diddoc.Resolution{}, vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "the ledger's node gave the document of another DID")
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

// ask puts a query to a network. What the ledger itself refuses is its answer; only what does not answer as a ledger is asked
// in the other way.
func ask[T any](ctx context.Context, m Method, name string, query cheqd.Query, parse, decode func([]byte) (T, error)) (T, error) {
	var none T
	network, ok := m.Networks[name]
	if !ok || m.Call == nil {
		return none, vc.Errorf(vc.Unavailable, did.CodeInternal, "this server has no node of the %s of did:cheqd to ask", name)
	}
	err := error(vc.Errorf(vc.Unavailable, did.CodeInternal, "the %s of did:cheqd has no node", name))
	for _, way := range []func() (T, error){
		func() (T, error) { return askREST(ctx, m, network.REST, query, parse) },
		func() (T, error) { return askRPC(ctx, m, network.RPC, query, decode) },
	} {
		value, fault := way()
		refusal, refused := errors.AsType[*cheqd.LedgerError](fault)
		switch {
		case fault == nil:
			return value, nil
		case refused && refusal.Reason() == cheqd.ReasonNotFound:
			return none, vc.Errorf(vc.NotFound, did.CodeNotFound, "the ledger has no such DID").Because(fault)
		case !errors.Is(fault, errNotSet):
			err = notAsked(fault)
		}
	}
	return none, err
}

// errNotSet is a way to ask that the network does not have.
var errNotSet = errors.New("not set")

func askREST[T any](ctx context.Context, m Method, base string, query cheqd.Query, parse func([]byte) (T, error)) (T, error) {
	var none T
	if base == "" {
		return none, errNotSet
	}
	status, body, err := m.Call.Call(ctx, http.MethodGet, strings.TrimRight(base, "/")+query.REST, nil)
	if err != nil {
		return none, err
	}
	if status != http.StatusOK {
		return none, cheqd.ParseRESTError(body)
	}
	return parse(body)
}

func askRPC[T any](ctx context.Context, m Method, base string, query cheqd.Query, decode func([]byte) (T, error)) (T, error) {
	var none T
	if base == "" {
		return none, errNotSet
	}
	url, err := query.ABCI.URL(base)
	if err != nil {
		return none, err
	}
	_, body, err := m.Call.Call(ctx, http.MethodGet, url, nil)
	if err != nil {
		return none, err
	}
	answer, err := comet.ReadAnswer(body)
	if failure, refused := errors.AsType[*comet.Failure](err); refused {
		return none, cheqd.FromFailure(failure)
	}
	if err != nil {
		return none, err
	}
	return decode(answer.Value)
}

// notAsked says in words of DID Resolution what the network did.
func notAsked(err error) error {
	why := "the ledger's node did not answer as one"
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal {
		why = "the ledger's node could not be asked: " + e.Message
	}
	return vc.Errorf(vc.Unavailable, did.CodeInternal, "%s", why).Because(err)
}
