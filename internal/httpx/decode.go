package httpx

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// MaxDepth is how deep JSON from outside may nest.
const MaxDepth = 64

// Codes of what DecodeJSON refuses. All are [vc.Invalid] but CodeMediaType, which is [vc.Unsupported].
const (
	CodeMediaType   = "media-type"
	CodeTooLarge    = "too-large"
	CodeTooDeep     = "too-deep"
	CodeNotJSON     = "not-json"
	CodeDuplicate   = "duplicate-name"
	CodeUnknown     = "unknown-field"
	CodeWrongType   = "wrong-type"
	CodeNumberRange = "number-range"
)

// DecodeJSON reads the request's body into a pointer to a wire shape, and refuses what is not exactly one JSON
// value of that shape: another media type, more than limit bytes, nesting beyond [MaxDepth], text that is not
// UTF-8, repeated names, numbers no receiver agrees on (RFC 7493), unknown members, null, wrong types, trailing
// data. The error is a [vc.Error] whose Pointer (RFC 6901) names the place.
func DecodeJSON(r *http.Request, limit int64, into any) error {
	raw, err := ReadJSON(r, limit)
	if err != nil {
		return err
	}
	return UnmarshalJSON(raw, into)
}

// ReadJSON gives the request's body once it is known to be I-JSON (RFC 7493) within limit bytes and [MaxDepth].
func ReadJSON(r *http.Request, limit int64) ([]byte, error) {
	if err := wantJSON(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	raw, err := ReadBody(r, limit)
	if err != nil {
		return nil, err
	}
	if err := ijson.Check(raw, ijson.Limits{Depth: MaxDepth, Bytes: int(limit)}); err != nil {
		return nil, checked(err)
	}
	return raw, nil
}

// ReadBody reads at most limit bytes of the request's body; more is Invalid "too-large".
func ReadBody(r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(limit)
	}
	// What is said to come is not taken on trust: beyond a page or so, memory is given as bytes arrive.
	body := bytes.NewBuffer(make([]byte, 0, min(max(r.ContentLength, 512), 16<<10)+bytes.MinRead))
	_, err := body.ReadFrom(io.LimitReader(r.Body, limit+1))
	raw := body.Bytes()
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge(limit)
	}
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, CodeNotJSON, "the body ended early").Because(err)
	}
	if int64(len(raw)) > limit {
		return nil, tooLarge(limit)
	}
	return raw, nil
}

func tooLarge(limit int64) error {
	return vc.Errorf(vc.Invalid, CodeTooLarge, "the body is larger than %d bytes", limit)
}

var known = json.RejectUnknownMembers(true)

// strict refuses unknown members and nulls: an absent member is left out, and null where a shape wants a value
// is a mistake worth telling. Inside [jsontext.Value] anything goes.
var strict = json.JoinOptions(
	known,
	json.WithUnmarshalers(json.UnmarshalFromFunc(func(dec *jsontext.Decoder, _ any) error {
		if dec.PeekKind() == 'n' {
			return errNull
		}
		return errors.ErrUnsupported
	})),
)

var errNull = errors.New("null")

// UnmarshalJSON reads checked JSON into a pointer to a wire shape, as strictly as [DecodeJSON].
func UnmarshalJSON(raw []byte, into any) error {
	if !bytes.Contains(raw, []byte("null")) {
		return unmarshal(raw, into, known) // the same, without looking at each value for a null that is not there
	}
	return unmarshal(raw, into, strict)
}

// DecodeNullable is [DecodeJSON] for an API whose clients write null for a member that they leave out: it reads as
// the zero value.
func DecodeNullable(r *http.Request, limit int64, into any) error {
	raw, err := ReadJSON(r, limit)
	if err != nil {
		return err
	}
	return unmarshal(raw, into, known)
}

func unmarshal(raw []byte, into any, options json.Options) error {
	err := json.Unmarshal(raw, into, options)
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*vc.Error](err); ok {
		if s, ok := errors.AsType[*json.SemanticError](err); ok && e.Pointer == "" {
			return e.At(string(s.JSONPointer))
		}
		return e
	}
	if s, ok := errors.AsType[*json.SemanticError](err); ok {
		return semantic(s)
	}
	if s, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return syntactic(s)
	}
	return vc.Errorf(vc.Invalid, CodeNotJSON, "the body is not JSON").Because(err)
}

func wantJSON(contentType string) error {
	if contentType == "application/json" {
		return nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	charset := params["charset"]
	if err != nil || media != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		return vc.Errorf(vc.Unsupported, CodeMediaType, "Content-Type must be application/json")
	}
	return nil
}

// checked turns an error of ijson, whose codes are these codes, into ours.
func checked(err error) error {
	e, ok := errors.AsType[*ijson.Error](err)
	if !ok {
		return vc.Errorf(vc.Invalid, CodeNotJSON, "the body is not JSON").Because(err)
	}
	code := e.Code
	switch e.Code {
	case ijson.CodeSyntax, ijson.CodeTrailing, ijson.CodeText:
		code = CodeNotJSON
	case ijson.CodeDuplicate:
		code = CodeDuplicate
	case ijson.CodeDepth:
		code = CodeTooDeep
	case ijson.CodeSize:
		code = CodeTooLarge
	case ijson.CodeNumber:
		code = CodeNumberRange
	}
	return &vc.Error{Kind: vc.Invalid, Code: code, Pointer: e.Pointer, Message: e.Message}
}

func semantic(s *json.SemanticError) error {
	pointer := string(s.JSONPointer)
	if errors.Is(s.Err, json.ErrUnknownName) {
		return vc.Errorf(vc.Invalid, CodeUnknown, "unknown member %q", s.JSONPointer.LastToken()).At(pointer)
	}
	if errors.Is(s.Err, strconv.ErrRange) {
		return vc.Errorf(vc.Invalid, CodeNumberRange, "the number is out of range").At(pointer)
	}
	want := expected(s.GoType)
	if errors.Is(s.Err, errNull) && want == anotherType {
		want = "a value, and not null"
	}
	return vc.Errorf(vc.Invalid, CodeWrongType, "expected %s", want).At(pointer).Because(s.Err)
}

func syntactic(s *jsontext.SyntacticError) error {
	code, message := CodeNotJSON, "the body is not JSON"
	if errors.Is(s.Err, jsontext.ErrDuplicateName) {
		code, message = CodeDuplicate, "a name is repeated"
	}
	return vc.Errorf(vc.Invalid, code, "%s", message).At(string(s.JSONPointer)).Because(s.Err)
}

// anotherType is what is expected where any value but this one is.
const anotherType = "another type"

// expected names the JSON type a Go type is read from.
func expected(t reflect.Type) string {
	if t == nil {
		return anotherType
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.PkgPath() == "time" && t.Name() == "Time" {
		return "a date-time (RFC 3339)"
	}
	switch t.Kind() {
	case reflect.String:
		return "a string"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return anotherType
}
