package meeco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/sharedtest"
)

// exchange is one request of a client and its answer. operation is that of a description, nil for what is described
// nowhere.
type exchange struct {
	method, path string
	sent         []byte
	status       int
	header       http.Header
	body         []byte
	operation    *operation
}

// capture is the proxy before the server: it keeps what passes and holds it against the descriptions.
type capture struct {
	t      testing.TB
	target atomic.Value // the server's own address
	mu     sync.Mutex
	kept   map[string]*exchange // by the call of the test
}

func newCapture(t testing.TB) *capture {
	return &capture{t: t, kept: map[string]*exchange{}}
}

// take gives the exchange of a call.
func (c *capture) take(call string) *exchange {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.kept[call]
	delete(c.kept, call)
	return e
}

func (c *capture) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e, err := c.forward(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	call := r.Header.Get(callHeader)
	if path, ok := below(e.path); ok {
		e.operation = described.find(e.method, path)
		if problem := judge(e, path); problem != "" {
			c.t.Errorf("%s %s answered %d: %s\nto %s\n%s", e.method, e.path, e.status, problem, shortened(e.sent), shortened(e.body))
		}
	}
	if call != "" {
		c.mu.Lock()
		c.kept[call] = e
		c.mu.Unlock()
	}
	for name, values := range e.header {
		w.Header()[name] = values
	}
	w.WriteHeader(e.status)
	_, _ = w.Write(e.body)
}

// forward sends the request on as it came; Host stays what the client knows.
func (c *capture) forward(r *http.Request) (*exchange, error) {
	sent, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, c.target.Load().(string)+r.URL.RequestURI(), bytes.NewReader(sent))
	if err != nil {
		return nil, err
	}
	out.Header, out.Host = r.Header.Clone(), r.Host
	out.Header.Del(callHeader)
	res, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Header.Del("Content-Length")
	return &exchange{method: r.Method, path: r.URL.EscapedPath(), sent: sent, status: res.StatusCode, header: res.Header, body: body}, nil
}

// below gives the path under the door's prefix. The token endpoint speaks OAuth and is none of the door's operations.
func below(path string) (string, bool) {
	if rest, ok := strings.CutPrefix(path, "/t/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	path, ok := strings.CutPrefix(path, prefix+"/")
	return "/" + path, ok && !strings.HasPrefix(path, "oauth2/")
}

// judge says what is wrong with an answer; "" when it is as described.
func judge(e *exchange, path string) string {
	switch {
	case e.status == http.StatusInternalServerError:
		return "a fault of ours"
	case e.status >= 400:
		return judgeRefusal(e)
	case e.operation == nil:
		return path + " is in no description"
	case e.operation.described == nil:
		return ""
	case e.operation.status != e.status:
		return fmt.Sprintf("a success is %d", e.operation.status)
	}
	content := e.operation.answer()
	if content == nil {
		if len(e.body) > 0 && e.status != http.StatusFound {
			return "the answer has no body"
		}
		return ""
	}
	media, _, _ := strings.Cut(e.header.Get("Content-Type"), ";")
	if content[media] == nil && (content["text/plain"] != nil || !strings.HasSuffix(media, "json")) {
		return "the content type is " + media
	}
	if content["text/plain"] != nil {
		if compact.Match(e.body) {
			return ""
		}
		return "the body is no compact JWT"
	}
	return fits(content["application/json"].Schema, e.body)
}

var compact = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]*$`)

// judgeRefusal holds an answer against ErrorsResponseDto, and tenancy's against the flat members beside it.
func judgeRefusal(e *exchange) string {
	if media := e.header.Get("Content-Type"); media != "application/json" {
		return "the content type of a refusal is " + media
	}
	if problem := fits(described.refusal, e.body); problem != "" {
		return problem
	}
	var body struct {
		Errors []struct {
			Error    string         `json:"error"`
			Message  map[string]any `json:"message"`
			HTTPCode int            `json:"http_code"`
			Extra    map[string]any `json:"extra_info"`
		} `json:"errors"`
		Error    *string `json:"error"`
		HTTPCode int     `json:"http_code"`
	}
	if err := json.Unmarshal(e.body, &body); err != nil || len(body.Errors) == 0 {
		return "there are no errors"
	}
	for _, entry := range body.Errors {
		if entry.HTTPCode != e.status || entry.Error == "" || strings.Contains(entry.Error, "-") || entry.Message["en"] == nil || entry.Extra["request_id"] == nil {
			return "an entry of errors is not whole"
		}
	}
	tenancy := e.operation != nil && e.operation.tenancy
	if tenancy != (body.Error != nil) {
		return "flat members are tenancy's"
	}
	if tenancy && (*body.Error != body.Errors[0].Error || body.HTTPCode != e.status) {
		return "the flat members say something else"
	}
	return ""
}

// formats of the descriptions, as these servers write them.
var instants = openapi3.NewRegexpFormatValidator(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

// fits says what of a JSON text a schema does not allow.
func fits(schema *openapi3.SchemaRef, text []byte) string {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return "the body is no JSON: " + err.Error()
	}
	if schema == nil {
		return ""
	}
	err := schema.Value.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsResponse(),
		openapi3.EnableFormatValidation(), openapi3.WithStringFormatValidator("date-time", instants))
	if err != nil {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	return ""
}

// operation is one of the descriptions'. status is that of a success.
type operation struct {
	id, method, pattern string
	status              int
	tenancy             bool
	described           *openapi3.Operation
}

// name is what the table calls it.
func (o *operation) name() string { return o.method + " " + o.pattern }

// answer is the content of a success by media type; nil when it has no body.
func (o *operation) answer() openapi3.Content {
	for status, response := range o.described.Responses.Map() {
		if (status == "2XX" || status == fmt.Sprint(o.status)) && len(response.Value.Content) > 0 {
			return response.Value.Content
		}
	}
	return nil
}

// descriptions are Meeco's two documents, and ours for what they leave out.
type descriptions struct {
	operations []*operation
	refusal    *openapi3.SchemaRef
}

// find gives the operation of a path: the same segments, the most literal pattern.
func (d *descriptions) find(method, path string) *operation {
	segments := strings.Split(path, "/")
	var best *operation
	fewest := len(segments) + 1
	for _, o := range d.operations {
		n, ok := fitsPattern(strings.Split(o.pattern, "/"), segments)
		if ok && o.method == method && n < fewest {
			best, fewest = o, n
		}
	}
	return best
}

func fitsPattern(pattern, segments []string) (wildcards int, ok bool) {
	if len(pattern) != len(segments) {
		return 0, false
	}
	for i, p := range pattern {
		switch {
		case strings.HasPrefix(p, "{") && segments[i] != "":
			wildcards++
		case p != segments[i]:
			return 0, false
		}
	}
	return wildcards, true
}

// Where the documents are: Meeco's among what is shared, ours in the project.
const ours = "../../api/meeco.openapi.json"

var described = descriptionsOf()

func descriptionsOf() *descriptions {
	d := &descriptions{}
	for _, name := range []string{"meeco-vc-api-9.2.0.openapi.json", "meeco-identity-network-1.1.0.openapi.json"} {
		doc := load(sharedtest.Root() + "/apis/" + name)
		if doc == nil {
			continue
		}
		correct(doc)
		d.add(doc)
		if schema := doc.Components.Schemas["ErrorsResponseDto"]; schema != nil {
			d.refusal = schema
		}
	}
	if doc := load(ours); doc != nil {
		d.add(doc)
	}
	d.addRoutes()
	return d
}

// addRoutes adds the routes that no document has: TestTable names them.
func (d *descriptions) addRoutes() {
	for _, route := range (&meeco.Door{}).Routes() {
		known := slices.ContainsFunc(d.operations, func(o *operation) bool { return o.name() == route.Method+" "+route.Pattern })
		if !known {
			d.operations = append(d.operations, &operation{
				id: route.Operation, method: route.Method, pattern: route.Pattern, tenancy: strings.HasPrefix(route.Operation, "tenancy"),
			})
		}
	}
}

// load reads a document; nil when it is not there.
func load(path string) *openapi3.T {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		panic(path + ": " + err.Error())
	}
	return doc
}

// created are the operations of Meeco's that answer 201, gone those that answer 204; see docs/divergences/meeco.md.
var created = map[string]bool{
	"credentialTypesControllerCreate": true, "credentialsControllerGenerate": true, "schemasControllerCreate": true,
	"presentationRequestsControllerCreate": true, "presentationRequestSubmissionsControllerSubmit": true,
	"presentationRequestTokensControllerCreate": true, "presentationDefinitionsControllerCreate": true,
	"presentationsControllerGenerate": true, "didControllerCreate": true,
}

var gone = map[string]bool{"credentialStatusControllerUpdate": true, "presentationRequestSubmissionsControllerRemove": true}

func (d *descriptions) add(doc *openapi3.T) {
	for pattern, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			op := &operation{id: o.OperationID, method: method, pattern: pattern, status: http.StatusOK, described: o}
			switch {
			case created[o.OperationID]:
				op.status = http.StatusCreated
			case gone[o.OperationID]:
				op.status = http.StatusNoContent
			case o.Responses.Value("2XX") == nil: // ours say it themselves
				op.status = ownStatus(o)
				op.tenancy = pattern != "/credentials/issue"
			}
			d.operations = append(d.operations, op)
		}
	}
}

func ownStatus(o *openapi3.Operation) int {
	for _, status := range []int{200, 201, 204, 302} {
		if o.Responses.Status(status) != nil {
			return status
		}
	}
	return http.StatusNotImplemented
}

// correct changes what cannot be meant in Meeco's documents; see docs/divergences/meeco.md.
func correct(doc *openapi3.T) {
	for _, schema := range doc.Components.Schemas {
		if len(schema.Value.OneOf) > 0 { // a new verification result is an old one, too
			schema.Value.AnyOf, schema.Value.OneOf = schema.Value.OneOf, nil
		}
	}
	for _, schema := range doc.Components.Schemas {
		for name, property := range schema.Value.Properties {
			switch name {
			case "archived_at", "expires_at", "last_verified_at", "verification_result":
				property.Value.Nullable = true
			case "didDocument", "const": // arrays and texts where the description says object, any value where it says text
				schema.Value.Properties[name] = &openapi3.SchemaRef{Value: &openapi3.Schema{}}
			}
		}
	}
}
