package meeco

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/suite"
)

// exchange is one request of a client and its answer.
type exchange = suite.Exchange[*operation]

// capture is the proxy before the server: it keeps what passes and holds it against the descriptions.
type capture = suite.Capture[*operation]

func newCapture(t testing.TB) *capture {
	return &capture{T: t, Prefix: prefix, Find: described.find, Judge: judge}
}

// judge says what is wrong with an answer; "" when it is as described.
func judge(e *exchange, path string) string {
	switch {
	case e.Status == http.StatusInternalServerError:
		return "a fault of ours"
	case e.Status >= 400:
		return judgeRefusal(e)
	case e.Operation == nil:
		return path + " is in no description"
	case e.Operation.described == nil:
		return ""
	case e.Operation.status != e.Status:
		return fmt.Sprintf("a success is %d", e.Operation.status)
	}
	content := e.Operation.answer()
	if content == nil {
		if len(e.Body) > 0 && e.Status != http.StatusFound {
			return "the answer has no body"
		}
		return ""
	}
	media, _, _ := strings.Cut(e.Header.Get("Content-Type"), ";")
	if content[media] == nil && (content["text/plain"] != nil || !strings.HasSuffix(media, "json")) {
		return "the content type is " + media
	}
	if content["text/plain"] != nil {
		if compact.Match(e.Body) {
			return ""
		}
		return "the body is no compact JWT"
	}
	return fits(content["application/json"].Schema, e.Body)
}

var compact = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]*$`)

// judgeRefusal holds an answer against ErrorsResponseDto, and tenancy's against the flat members beside it.
func judgeRefusal(e *exchange) string {
	if media := e.Header.Get("Content-Type"); media != "application/json" {
		return "the content type of a refusal is " + media
	}
	if problem := fits(described.refusal, e.Body); problem != "" {
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
	if err := json.Unmarshal(e.Body, &body); err != nil || len(body.Errors) == 0 {
		return "there are no errors"
	}
	for _, entry := range body.Errors {
		if entry.HTTPCode != e.Status || entry.Error == "" || strings.Contains(entry.Error, "-") || entry.Message["en"] == nil || entry.Extra["request_id"] == nil {
			return "an entry of errors is not whole"
		}
	}
	tenancy := e.Operation != nil && e.Operation.tenancy
	if tenancy != (body.Error != nil) {
		return "flat members are tenancy's"
	}
	if tenancy && (*body.Error != body.Errors[0].Error || body.HTTPCode != e.Status) {
		return "the flat members say something else"
	}
	return ""
}

// formats of the descriptions, as these servers write them.
var instants = openapi3.NewRegexpFormatValidator(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)

// fits says what of an answer a schema does not allow.
func fits(schema *openapi3.SchemaRef, text []byte) string {
	return suite.Fits(schema, text, openapi3.VisitAsResponse(), openapi3.WithStringFormatValidator("date-time", instants))
}

// operation is one of the descriptions'. status is that of a success.
type operation struct {
	id, method, pattern string
	status              int
	tenancy             bool
	described           *openapi3.Operation
}

// Name is what the table calls it.
func (o *operation) Name() string { return o.method + " " + o.pattern }

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

// find gives the operation of a path.
func (d *descriptions) find(method, path string) *operation {
	return suite.Find(d.operations, method, path)
}

// Where the documents are: Meeco's among what is shared, ours in the project.
const ours = "../../api/meeco.openapi.json"

var described = descriptionsOf()

func descriptionsOf() *descriptions {
	d := &descriptions{}
	for _, name := range []string{"meeco-vc-api-9.2.0.openapi.json", "meeco-identity-network-1.1.0.openapi.json"} {
		doc := suite.Load(sharedtest.Root() + "/apis/" + name)
		if doc == nil {
			continue
		}
		correct(doc)
		d.add(doc)
		if schema := doc.Components.Schemas["ErrorsResponseDto"]; schema != nil {
			d.refusal = schema
		}
	}
	if doc := suite.Load(ours); doc != nil {
		d.add(doc)
	}
	d.addRoutes()
	return d
}

// addRoutes adds the routes that no document has: TestTable names them.
func (d *descriptions) addRoutes() {
	for _, route := range (&meeco.Door{}).Routes() {
		known := slices.ContainsFunc(d.operations, func(o *operation) bool { return o.Name() == route.Method+" "+route.Pattern })
		if !known {
			d.operations = append(d.operations, &operation{
				id: route.Operation, method: route.Method, pattern: route.Pattern, tenancy: strings.HasPrefix(route.Operation, "tenancy"),
			})
		}
	}
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
