package empe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/suite"
)

// operation is one of a description. Those of the pages are in ours too, and one of the exact page is in three.
type operation struct {
	id, method, pattern string
	described           []*openapi3.Operation // ours is the last
	exact, paged        bool                  // in the exact document, in the rebuilt one
	verifier            bool                  // its errors are the verifier's
}

// Name is what the table calls it.
func (o *operation) Name() string { return o.method + " " + o.pattern }

// descriptions are the two documents of the pages, and ours.
type descriptions struct {
	operations []*operation
	failure    *openapi3.SchemaRef // of the page
	brief      *openapi3.SchemaRef // of the verifier, ours
	paged      bool                // the pages were there to read
}

// Where ours is.
const ours = "../../api/empe.openapi.json"

var described = descriptionsOf()

func descriptionsOf() *descriptions {
	d := &descriptions{}
	for _, name := range []string{"empe-issuer.openapi.json", "empe-issuer.docs.openapi.json"} {
		doc := suite.Load(sharedtest.Root() + "/apis/" + name)
		if doc == nil {
			continue
		}
		correct(doc)
		d.paged = true
		d.failure = doc.Components.Schemas["ErrorResponseDto"]
		for pattern, item := range doc.Paths.Map() {
			for method, o := range item.Operations() {
				op := d.add(method, pattern, o)
				op.exact = op.exact || name == "empe-issuer.openapi.json"
				op.paged = true
			}
		}
	}
	doc := suite.Load(ours)
	if doc == nil {
		panic(ours + " is not there")
	}
	if d.failure == nil {
		d.failure = doc.Components.Schemas["ErrorResponseDto"]
	}
	d.brief = doc.Components.Schemas["VerifierError"]
	for pattern, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			op := d.add(method, pattern, o)
			op.id = o.OperationID
			op.verifier = slices.Contains(o.Tags, "Verifier")
		}
	}
	return d
}

func (d *descriptions) add(method, pattern string, o *openapi3.Operation) *operation {
	at := slices.IndexFunc(d.operations, func(op *operation) bool { return op.method == method && op.pattern == pattern })
	if at < 0 {
		at = len(d.operations)
		d.operations = append(d.operations, &operation{id: o.OperationID, method: method, pattern: pattern})
	}
	d.operations[at].described = append(d.operations[at].described, o)
	return d.operations[at]
}

// find gives the operation of a path.
func (d *descriptions) find(method, path string) *operation {
	return suite.Find(d.operations, method, path)
}

// judge says what is wrong with an answer; "" when it is as described.
func judge(e *exchange, path string) string {
	switch {
	case e.Status == http.StatusInternalServerError:
		return "a fault of ours"
	case e.Status >= 400:
		return judgeRefusal(e, path)
	case e.Operation == nil:
		return path + " is in no description"
	}
	for _, o := range e.Operation.described {
		if problem := judgeSuccess(e, o); problem != "" {
			return problem
		}
	}
	return ""
}

func judgeSuccess(e *exchange, o *openapi3.Operation) string {
	if o.RequestBody != nil {
		sent := o.RequestBody.Value.Content["application/json"]
		if sent != nil && strings.HasPrefix(e.SentAs, "application/json") {
			if problem := fits(sent.Schema, e.Sent, openapi3.VisitAsRequest()); problem != "" {
				return "the request: " + problem
			}
		}
	}
	response := o.Responses.Status(e.Status)
	if response == nil {
		return "the status is not described"
	}
	content := response.Value.Content
	if len(content) == 0 {
		if len(e.Body) > 0 {
			return "the answer has no body"
		}
		return ""
	}
	media, _, _ := strings.Cut(e.Header.Get("Content-Type"), ";")
	described := content[media]
	switch {
	case described == nil:
		return "the content type is " + media
	case media != "application/json":
		return ""
	}
	return fits(described.Schema, e.Body, openapi3.VisitAsResponse())
}

// anytime are statuses that speak of the request as such or of us, and need no description.
var anytime = []int{405, 413, 415, 429, 503}

// judgeRefusal holds an answer against the error object, and its status against what the operation lists.
func judgeRefusal(e *exchange, path string) string {
	if media := e.Header.Get("Content-Type"); media != "application/json" {
		return "the content type of a refusal is " + media
	}
	if strings.HasPrefix(path, "/api/v1/verifier/") || strings.HasPrefix(path, "/api/verifier/") {
		return judgeBrief(e)
	}
	if problem := fits(described.failure, e.Body, openapi3.VisitAsResponse()); problem != "" {
		return problem
	}
	var body struct {
		Name, Message, Method, Path string
		Code, StatusCode, HTTPCode  int
	}
	if err := json.Unmarshal(e.Body, &body); err != nil {
		return err.Error()
	}
	if body.StatusCode != e.Status || body.HTTPCode != e.Status || body.Code != 10000+e.Status || body.Method != e.Method ||
		body.Path != e.Path || !strings.HasSuffix(body.Name, "Error") || body.Message == "" {
		return "the error is not whole"
	}
	return lists(e, body.Name)
}

func judgeBrief(e *exchange) string {
	if problem := fits(described.brief, e.Body, openapi3.VisitAsResponse()); problem != "" {
		return problem
	}
	if message, _ := suite.Pointed(e.Body, "/message"); message == "there is no such tenant" {
		return ""
	}
	if code, _ := suite.Pointed(e.Body, "/code"); code != float64(10000+e.Status) {
		return "the error's code is another"
	}
	return lists(e, "")
}

// lists says whether the descriptions have the status of a refusal.
func lists(e *exchange, name string) string {
	if e.Operation == nil || slices.Contains(anytime, e.Status) || name == "TenantNotFoundError" || name == "NoIssuerError" {
		return ""
	}
	for _, o := range e.Operation.described {
		if o.Responses.Status(e.Status) == nil && !corrections.status(e.Operation, e.Status) {
			return fmt.Sprintf("%s does not list %d", e.Operation.Name(), e.Status)
		}
	}
	return ""
}

// fits says what of a JSON text a schema does not allow.
func fits(schema *openapi3.SchemaRef, text []byte, as openapi3.SchemaValidationOption) string {
	return suite.Fits(schema, text, as,
		openapi3.WithStringFormatValidator("date-time", instants), openapi3.WithStringFormatValidator("uuid", uuids))
}

// Formats of the descriptions, as these servers write them.
var (
	instants = openapi3.NewRegexpFormatValidator(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$`)
	uuids    = openapi3.NewRegexpFormatValidator(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
)
