// Package comet is how a ledger of the Cosmos SDK is asked over the RPC of its CometBFT node: queries of the application
// (abci_query) and the protobuf they are written in. It sends nothing.
//
//	message ── AppendText, … ──> Query{Path, Data} ── URL or JSON ──> a node
//	a node's JSON ── ReadAnswer ──> Answer{Value} ── Reader ──> fields
//
// CometBFT 0.34 to 0.38, RPC specification.
package comet

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// MaxAnswer is the size of the longest answer that is read: base64 of the longest message, and what is around it.
const MaxAnswer = MaxMessage/3*4 + 64<<10

// Error is why a message or a node's answer could not be read. Message never holds a value of it.
type Error struct {
	Code    string
	Pointer string // RFC 6901, where the fault lies in a JSON text
	Message string
}

// The codes of [Error].
const (
	CodeAnswer   = "invalid-answer"   // what the node sent is not an answer of its RPC
	CodeMessage  = "invalid-message"  // what is no protobuf message
	CodeEndpoint = "invalid-endpoint" // the URL of a node
)

func (e *Error) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("comet: %s at %q: %s", e.Code, e.Pointer, e.Message)
	}
	return fmt.Sprintf("comet: %s: %s", e.Code, e.Message)
}

// RPCError is the node's word that it could not do what was asked: JSON-RPC 2.0 §5.1. Message and Data are the node's own.
type RPCError struct {
	Code          int64
	Message, Data string
}

func (e *RPCError) Error() string {
	return fmt.Sprintf("comet: the node answered with error %d", e.Code)
}

// Failure is the application's refusal: an ABCI code other than 0, which means what its codespace says. Log is the
// application's own text; some applications tell what is missing from what is wrong there alone.
type Failure struct {
	Code           uint32
	Codespace, Log string
}

func (e *Failure) Error() string {
	return fmt.Sprintf("comet: the ledger answered with code %d of %q", e.Code, e.Codespace)
}

// Missing says whether the ledger has not what was asked for. Applications say so under several codes (38 "not found" and 6
// "unknown request" of codespace sdk) and agree on the words alone.
func (e *Failure) Missing() bool { return strings.Contains(strings.ToLower(e.Log), "not found") }

// Request is a call of the node's RPC. Params is a JSON object; nil: none.
type Request struct {
	Method string // "abci_query", "status", "broadcast_tx_sync", …
	Params []byte
}

// JSON gives the body of a POST to the node's root: JSON-RPC 2.0 §4.
func (r Request) JSON(id int64) []byte {
	params := r.Params
	if params == nil {
		params = []byte("{}")
	}
	out := append([]byte(`{"jsonrpc":"2.0","id":`), strconv.FormatInt(id, 10)...)
	out = ijson.AppendString(append(out, `,"method":`...), r.Method)
	out = append(append(out, `,"params":`...), params...)
	return append(out, '}')
}

// ReadResult gives the result of a call, JSON. It fails with an *RPCError, or an *Error (CodeAnswer).
func ReadResult(body []byte) ([]byte, error) {
	members, err := object(body, "")
	if err != nil {
		return nil, err
	}
	var result []byte
	for _, m := range members {
		switch m.Name {
		case "error":
			if string(m.Value) != "null" {
				return nil, rpcError(m.Value)
			}
		case "result":
			result = m.Value
		}
	}
	if result == nil {
		return nil, &Error{Code: CodeAnswer, Message: "there is no result"}
	}
	return result, nil
}

func rpcError(raw []byte) error {
	members, err := object(raw, "/error")
	if err != nil {
		return err
	}
	e := &RPCError{}
	for _, m := range members {
		switch m.Name {
		case "code":
			e.Code, _ = strconv.ParseInt(string(m.Value), 10, 64) // one that is none is 0
		case "message":
			e.Message, _ = ijson.String(m.Value)
		case "data":
			e.Data, _ = ijson.String(m.Value)
		}
	}
	return e
}

// Query asks the application something: abci_query. Data is a protobuf message, Path the gRPC method that takes it
// ("/empe.diddoc.Query/DidDocument"). Height 0 is the newest state.
type Query struct {
	Path   string
	Data   []byte
	Height int64
	Prove  bool
}

// URL is the query as a GET, the form that every node and every gateway before one takes. endpoint is the http(s) URL of the
// node's RPC; it may have a path, and has neither query nor fragment.
func (q Query) URL(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery ||
		strings.Contains(endpoint, "#") {
		return "", &Error{Code: CodeEndpoint, Message: "no http(s) URL without query and fragment"}
	}
	text := strings.TrimRight(u.String(), "/") + "/abci_query?path=" + url.QueryEscape(`"`+q.Path+`"`) + "&data=0x" + hex.EncodeToString(q.Data)
	if q.Height != 0 {
		text += "&height=" + url.QueryEscape(`"`+strconv.FormatInt(q.Height, 10)+`"`)
	}
	if q.Prove {
		text += "&prove=true"
	}
	return text, nil
}

// Request is the query as a call for [Request.JSON].
func (q Query) Request() Request {
	params := ijson.AppendString([]byte(`{"path":`), q.Path)
	params = hex.AppendEncode(append(params, `,"data":"`...), q.Data)
	params = append(params, `","height":"`+strconv.FormatInt(q.Height, 10)+`","prove":`+strconv.FormatBool(q.Prove)+`}`...)
	return Request{Method: "abci_query", Params: params}
}

// Answer is what a query was answered with. Value is a protobuf message; it is empty where the application found nothing to
// say, or a message of defaults alone.
type Answer struct {
	Height int64 // of the block whose state was asked
	Value  []byte
}

// ReadAnswer reads the answer to a [Query], sent either way. It fails with a *Failure where the application refused, and as
// [ReadResult] does.
func ReadAnswer(body []byte) (Answer, error) {
	raw, err := ReadResult(body)
	if err != nil {
		return Answer{}, err
	}
	members, err := object(raw, "/result")
	if err != nil {
		return Answer{}, err
	}
	for _, m := range members {
		if m.Name == "response" {
			return readResponse(m.Value)
		}
	}
	return Answer{}, &Error{Code: CodeAnswer, Pointer: "/result", Message: "there is no response"}
}

// readResponse reads ResponseQuery of ABCI: 64-bit numbers are strings, bytes are base64.
func readResponse(raw []byte) (Answer, error) {
	const at = "/result/response"
	members, err := object(raw, at)
	if err != nil {
		return Answer{}, err
	}
	var answer Answer
	var failure Failure
	for _, m := range members {
		ok := true
		switch m.Name {
		case "code":
			code, err := strconv.ParseUint(string(m.Value), 10, 32)
			ok, failure.Code = err == nil, uint32(code&math.MaxUint32)
		case "codespace":
			failure.Codespace, ok = ijson.String(m.Value)
		case "log":
			failure.Log, ok = ijson.String(m.Value)
		case "height":
			answer.Height, ok = height(m.Value)
		case "value":
			answer.Value, ok = octets(m.Value)
		}
		if !ok {
			return Answer{}, &Error{Code: CodeAnswer, Pointer: at + "/" + m.Name, Message: "the member has another form"}
		}
	}
	if failure.Code != 0 {
		return Answer{}, &failure
	}
	return answer, nil
}

func object(raw []byte, pointer string) ([]ijson.Member, error) {
	members, err := ijson.Members(raw, ijson.Limits{Bytes: MaxAnswer})
	if err != nil {
		return nil, &Error{Code: CodeAnswer, Pointer: pointer, Message: "a JSON object is expected"}
	}
	return members, nil
}

// height reads a number in quotation marks.
func height(raw []byte) (int64, bool) {
	text, ok := ijson.String(raw)
	if !ok {
		return 0, false
	}
	value, err := strconv.ParseInt(text, 10, 64)
	return value, err == nil && value >= 0
}

// octets reads base64 (RFC 4648 §4); null is nothing.
func octets(raw []byte) ([]byte, bool) {
	if string(raw) == "null" {
		return nil, true
	}
	text, ok := ijson.String(raw)
	if !ok || strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	return value, err == nil && len(value) <= MaxMessage
}
