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
)

// ask puts a query about a DID to a network, and says in words of DID Resolution what came of it.
func ask[T any](ctx context.Context, m Method, name string, query cheqd.Query, parse, decode func([]byte) (T, error)) (T, error) {
	value, err := put(ctx, m, name, query, parse, decode)
	if isReason(err, cheqd.ReasonNotFound) {
		return value, vc.Errorf(vc.NotFound, did.CodeNotFound, "the ledger has no such DID").Because(err)
	}
	if err != nil {
		return value, notAsked(name, err)
	}
	return value, nil
}

// put puts a query to a network. What the ledger has not is its answer; only what does not answer as a ledger is asked in the
// other way.
func put[T any](ctx context.Context, m Method, name string, query cheqd.Query, parse, decode func([]byte) (T, error)) (T, error) {
	var none T
	network, ok := m.Networks[name]
	if !ok || m.Call == nil {
		return none, errNotSet
	}
	err := errNotSet
	for _, way := range []func() (T, error){
		func() (T, error) { return askREST(ctx, m, network.REST, query, parse) },
		func() (T, error) { return askRPC(ctx, m, network.RPC, query, decode) },
	} {
		value, fault := way()
		switch {
		case fault == nil:
			return value, nil
		case isReason(fault, cheqd.ReasonNotFound):
			return none, fault
		case !errors.Is(fault, errNotSet):
			err = fault
		}
	}
	return none, err
}

// errNotSet is a way to ask that the network does not have.
var errNotSet = errors.New("not set")

func isReason(err error, reason cheqd.Reason) bool {
	refusal, ok := errors.AsType[*cheqd.LedgerError](err)
	return ok && refusal.Reason() == reason
}

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

// broadcast gives a transaction to a node. It fails with a *cheqd.LedgerError where the node looked at it and does not take it;
// after any other error it may have been taken. The same bytes may be given again: the ledger takes them once.
func (m Method) broadcast(ctx context.Context, name string, raw []byte) error {
	network, err := m.Networks[name], errNotSet
	for _, way := range []func() (cheqd.TxResult, error){
		func() (cheqd.TxResult, error) {
			return m.post(ctx, network.REST, cheqd.BroadcastPath, cheqd.BroadcastBody(raw), cheqd.ParseTxResponse, cheqd.ParseRESTError)
		},
		func() (cheqd.TxResult, error) {
			return m.call(ctx, network.RPC, cheqd.BroadcastRPC(raw), cheqd.ParseBroadcastResult)
		},
	} {
		result, fault := way()
		switch {
		case fault == nil && result.Hash != cheqd.Hash(raw):
			err = errors.New("the node answered for another transaction")
		case fault == nil && result.Refusal != nil && result.Refusal.Reason() != cheqd.ReasonPending:
			return result.Refusal
		case fault == nil, waits(fault):
			return nil
		case !errors.Is(fault, errNotSet):
			err = fault
			// The gateway's own errors are not about the transaction: who was refused hears it in a result.
			if refusal, ok := errors.AsType[*cheqd.LedgerError](fault); ok {
				err = errors.New(refusal.Error())
			}
		}
	}
	return err
}

// waits says whether a node's error is that it has the transaction already: CometBFT's mempool says so in words.
func waits(err error) bool {
	e, ok := errors.AsType[*comet.RPCError](err)
	return ok && strings.Contains(e.Message+e.Data, "already exists in cache") || isReason(err, cheqd.ReasonPending)
}

// look asks for a transaction; false where the ledger has it in no block.
func (m Method) look(ctx context.Context, name, hash string) (cheqd.TxResult, bool, error) {
	network, err := m.Networks[name], errNotSet
	missing := false
	for _, way := range []func() (cheqd.TxResult, error){
		func() (cheqd.TxResult, error) {
			return m.post(ctx, network.REST, cheqd.TxPath(hash), nil, cheqd.ParseTxResponse, cheqd.ParseRESTError)
		},
		func() (cheqd.TxResult, error) {
			return m.call(ctx, network.RPC, cheqd.TxRPC(hash), cheqd.ParseTxResult)
		},
	} {
		result, fault := way()
		e, rpc := errors.AsType[*comet.RPCError](fault)
		switch {
		case fault == nil && result.Hash == hash && result.Height > 0:
			return result, true, nil
		case fault == nil, isReason(fault, cheqd.ReasonNotFound), rpc && strings.Contains(e.Message+e.Data, "not found"):
			missing = true
		case !errors.Is(fault, errNotSet):
			err = fault
		}
	}
	if missing {
		return cheqd.TxResult{}, false, nil
	}
	return cheqd.TxResult{}, false, err
}

// post calls the REST gateway; without a body it asks.
func (m Method) post(
	ctx context.Context, base, path string, body []byte, parse func([]byte) (cheqd.TxResult, error), refusal func([]byte) error,
) (cheqd.TxResult, error) {
	if base == "" || m.Call == nil {
		return cheqd.TxResult{}, errNotSet
	}
	method := http.MethodPost
	if body == nil {
		method = http.MethodGet
	}
	status, answer, err := m.Call.Call(ctx, method, strings.TrimRight(base, "/")+path, body)
	if err != nil {
		return cheqd.TxResult{}, err
	}
	if status != http.StatusOK {
		return cheqd.TxResult{}, refusal(answer)
	}
	return parse(answer)
}

// call calls the RPC.
func (m Method) call(ctx context.Context, base string, request comet.Request, parse func([]byte) (cheqd.TxResult, error)) (cheqd.TxResult, error) {
	if base == "" || m.Call == nil {
		return cheqd.TxResult{}, errNotSet
	}
	_, answer, err := m.Call.Call(ctx, http.MethodPost, base, request.JSON(1))
	if err != nil {
		return cheqd.TxResult{}, err
	}
	result, err := comet.ReadResult(answer)
	if err != nil {
		return cheqd.TxResult{}, err
	}
	return parse(result)
}

// notAsked says in words of DID Resolution what the network did.
func notAsked(name string, err error) error {
	why := "the ledger's node did not answer as one"
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal {
		why = "the ledger's node could not be asked: " + e.Message
	}
	if errors.Is(err, errNotSet) {
		why = "this server has no node of the " + name + " of did:cheqd to ask"
	}
	return vc.Errorf(vc.Unavailable, did.CodeInternal, "%s", why).Because(err)
}
