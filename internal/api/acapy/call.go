package acapy

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/ijson"
)

const (
	maxBody     = 1 << 20 // --admin-client-max-request-size
	contentJSON = "application/json; charset=utf-8"
)

// act carries out an operation and gives its answer: what is encoded as JSON, or an answered.
type act func(c *call) (any, error)

// answered is an answer with a status of its own.
type answered struct {
	Status int
	Body   any
}

// done is the answer that says nothing.
type done struct{}

// call is a request that was admitted and is of the right shape.
type call struct {
	*http.Request
	who    vc.Principal
	scope  vc.Scope
	tenant vc.Tenant
	office vc.Organisation
	by     vc.Caller
	query  url.Values
	body   jsontext.Value // an object; {} where there was none
	named  map[string]name
	line   *line
}

// name is a record as the caller named it.
type name struct {
	text string
	path bool
}

// actor is the caller of an act on what access keeps.
func (c *call) actor() access.Actor {
	return access.Actor{Principal: c.who, Door: Name, Request: c.by.Request}
}

func (c *call) ctx() context.Context { return c.Context() }

// serve puts the way to an act in front of it.
func (d *Door) serve(l line) http.Handler {
	shape := description().Operations[l.method+" "+l.pattern]
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{Request: r, line: &l, query: httpx.Query(r), named: map[string]name{}}
		answer, err := d.run(c, shape)
		if err != nil {
			d.refuse(w, c, err)
			return
		}
		status := cmp.Or(shape.Status, http.StatusOK)
		if own, ok := answer.(answered); ok {
			status, answer = own.Status, own.Body
		}
		httpx.EncodeAs(w, status, contentJSON, answer)
	})
}

func (d *Door) run(c *call, shape operation) (any, error) {
	if err := d.admit(c); err != nil {
		return nil, err
	}
	if _, not := reasonOf(c.line.method + " " + c.line.pattern); not {
		return c.line.act(c) // whatever its shape
	}
	if err := c.read(shape); err != nil {
		return nil, err
	}
	if c.line.auth == tenant {
		if err := d.settle(c.ctx(), c.scope); err != nil && d.Log != nil { // what is done is done all the same
			d.Log.WarnContext(c.ctx(), "webhooks of a wallet", "tenant", c.scope.Tenant, "error", err)
		}
	}
	return c.line.act(c)
}

// read takes the body, and checks body, query and path, in this order, as ACA-Py does.
func (c *call) read(shape operation) error {
	c.body = jsontext.Value("{}")
	if shape.Body != "" {
		raw, err := c.readBody()
		if err != nil {
			return err
		}
		if len(raw) > 0 {
			c.body = raw
		} else if c.line.bodied {
			return unshaped("json", only(schemaMember, said(textNested)))
		}
		if c.body.Kind() == 'n' {
			return unshaped("json", only(schemaMember, said(textNested)))
		}
		if f := description().checkBody(shape.Body, c.body); !f.empty() {
			return unshaped("json", f)
		}
	}
	if f := checkParameters(shape.Query, func(name string) (string, bool) { return c.query.Get(name), c.query.Has(name) }); !f.empty() {
		return unshaped("querystring", f)
	}
	// What the operation does not know is nothing that is said to it: nobody has looked at it.
	maps.DeleteFunc(c.query, func(name string, _ []string) bool { return shape.Query[name] == nil })
	if f := checkParameters(shape.Path, func(name string) (string, bool) { return c.path(name), true }); !f.empty() {
		return unshaped("match_info", f)
	}
	return nil
}

// readBody gives the body as I-JSON; nothing where there is none.
func (c *call) readBody() (jsontext.Value, error) {
	raw, err := httpx.ReadBody(c.Request, maxBody)
	if err != nil || len(raw) == 0 {
		return nil, err
	}
	if err := ijson.Check(raw, ijson.Limits{Depth: httpx.MaxDepth, Bytes: maxBody}); err != nil {
		return nil, refusal(http.StatusBadRequest, "%s", only("json", said("Invalid JSON body.")))
	}
	return raw, nil
}

func checkParameters(shapes map[string]*shape, value func(name string) (string, bool)) *faults {
	f := new(faults)
	for _, name := range sortedKeys(shapes) {
		text, there := value(name)
		switch {
		case there && !isText(text):
			f.add(name, said(textUnicode))
		case there:
			if texts := shapes[name].parameter(text); texts != nil {
				f.add(name, texts)
			}
		case shapes[name].Required:
			f.add(name, said(textMissing))
		}
	}
	return f
}

// isText says whether a parameter can be kept and answered: U+0000 is what PostgreSQL does not keep.
func isText(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

func only(name string, texts []string) *faults {
	f := new(faults)
	f.add(name, texts)
	return f
}

// path is a wildcard of the line; DIDs in it need not be escaped.
func (c *call) path(name string) string { return httpx.PathDID(c.Request, name) }

// decode reads the body into a shape. Its description was checked; what that does not say is checked here.
func (c *call) decode(into any) error {
	return decodeValue(c.body, into)
}

// message is the body as a message of that type. The description asks for neither type nor id: what is left out is put in.
func (c *call) message(as didcomm.Type) ([]byte, error) {
	members, ok := objectOf(c.body)
	if !ok || members["@type"] != nil && members["@id"] != nil {
		return c.body, nil
	}
	for name, value := range map[string]string{"@type": string(as), "@id": uuid.NewString()} {
		if members[name] == nil {
			quoted, err := jsontext.AppendQuote(nil, value)
			if err != nil {
				return nil, err
			}
			members[name] = quoted
		}
	}
	return json.Marshal(members, json.Deterministic(true))
}

// loosely reads booleans and integers that are written as texts, which marshmallow takes.
var loosely = json.WithUnmarshalers(json.JoinUnmarshalers(
	json.UnmarshalFromFunc(func(dec *jsontext.Decoder, on *bool) error {
		if k := dec.PeekKind(); k != '"' && k != '0' {
			return errors.ErrUnsupported // as usual
		}
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		var ok bool
		if *on, ok = isOn(value); !ok {
			return errors.New("not a boolean")
		}
		return nil
	}),
	json.UnmarshalFromFunc(func(dec *jsontext.Decoder, n *int) error {
		if dec.PeekKind() != '"' {
			return errors.ErrUnsupported // as usual
		}
		value, err := dec.ReadValue()
		if err != nil {
			return err
		}
		*n, err = strconv.Atoi(strings.TrimSpace(unquoted(value)))
		return err
	}),
))

func decodeValue(raw jsontext.Value, into any) error {
	if err := json.Unmarshal(raw, into, loosely); err != nil {
		pointer := ""
		if s, ok := err.(*json.SemanticError); ok {
			pointer = string(s.JSONPointer)
		}
		return vc.Errorf(vc.Invalid, httpx.CodeWrongType, "Wrong type of %s", pointer).Because(err)
	}
	return nil
}

// text, flag and tri read the query, which was checked.
func (c *call) text(name string) string { return c.query.Get(name) }

func (c *call) flag(name string) bool { return booleans[c.query.Get(name)] }

func (c *call) tri(name string) *bool {
	value, ok := booleans[c.query.Get(name)]
	if !ok {
		return nil
	}
	return &value
}

// The nouns by which ACA-Py says that a record is not there.
const (
	nounConnection = "connection"
	nounExchange   = "cred_ex_v20"
	nounProof      = "pres_ex_v20"
	nounInvitation = "oob_record"
	nounWallet     = "wallet_record"
	nounMediation  = "mediation_requests"
)

// id reads the id of a record out of the path.
func (c *call) id(noun, wildcard string) string { return c.record(noun, c.path(wildcard), true) }

// bodyID reads the id of a record out of the body or the query; "" stands for none.
func (c *call) bodyID(noun, text string) string {
	if text == "" {
		return ""
	}
	return c.record(noun, text, false)
}

// nobody is the id of no record.
const nobody = "-"

func (c *call) record(noun, text string, path bool) string {
	c.named[noun] = name{text: text, path: path}
	id, ok := parseID(text)
	if !ok {
		return nobody
	}
	return id
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
