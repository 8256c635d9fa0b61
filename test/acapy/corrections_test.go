package acapy

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
)

const divergences = "../../docs/divergences/acapy.md"

// corrected is what docs/divergences/acapy.md corrects in the page: its table "What is corrected in the description" is read, not
// copied. A row is an operation and a status, or a member of a schema: "V20CredExRecordDetail.vc_di".
type corrected struct {
	mu     sync.Mutex
	needed map[string]bool
}

var corrections = readCorrections()

var correctionRow = regexp.MustCompile("(?m)^\\| `([A-Z]+ /[^`]*|[A-Za-z0-9]+\\.[^`]+)` \\| ([^|]*) \\|")

func readCorrections() *corrected {
	text, err := os.ReadFile(divergences)
	if err != nil {
		panic(err)
	}
	_, section, _ := strings.Cut(string(text), "### What is corrected in the description")
	section, _, _ = strings.Cut(section, "\n#")
	c := &corrected{needed: map[string]bool{}}
	for _, row := range correctionRow.FindAllStringSubmatch(section, -1) {
		name := row[1]
		if strings.Contains(name, " /") {
			name += " " + strings.TrimSpace(row[2])
		}
		c.needed[name] = false
	}
	return c
}

func (c *corrected) need(name string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.needed[name]
	if ok {
		c.needed[name] = true
	}
	return ok
}

// status tells whether a status of an operation is among the corrections.
func (c *corrected) status(o *operation, status int) bool {
	return c.need(o.Name() + " " + strconv.Itoa(status))
}

// check says which corrections nobody needed.
func (c *corrected) check() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var wrong []string
	for name, needed := range c.needed {
		if !needed && described != nil {
			wrong = append(wrong, name+" is corrected in "+divergences+", and no test needs it")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%s", strings.Join(wrong, "\n"))
}

// correct changes what ACA-Py's own requests and answers do not fit. Each row names a member of a schema and what is made of it: "may
// be null", "may be left out", "any". A bare object, of which the page says no more, is any value: that is how the page writes it.
func correct(doc *openapi3.T) {
	for _, schema := range doc.Components.Schemas {
		free(schema, 0)
	}
	for _, item := range doc.Paths.Map() {
		for _, o := range item.Operations() {
			for _, response := range o.Responses.Map() {
				for _, media := range response.Value.Content {
					free(media.Schema, 0)
				}
			}
		}
	}
	text, err := os.ReadFile(divergences)
	if err != nil {
		panic(err)
	}
	_, section, _ := strings.Cut(string(text), "### What is corrected in the description")
	section, _, _ = strings.Cut(section, "\n#")
	for _, row := range correctionRow.FindAllStringSubmatch(section, -1) {
		name, member, ok := strings.Cut(row[1], ".")
		if !ok || strings.Contains(row[1], " /") {
			continue
		}
		schema := doc.Components.Schemas[name]
		if schema == nil || schema.Value.Properties[member] == nil {
			panic(divergences + " corrects " + row[1] + ", which is not there")
		}
		corrections.need(row[1])
		switch strings.TrimSpace(row[2]) {
		case "may be null":
			free := *schema.Value.Properties[member].Value
			free.Nullable = true
			schema.Value.Properties[member] = &openapi3.SchemaRef{Value: &openapi3.Schema{
				Nullable: true, AnyOf: openapi3.SchemaRefs{{Value: &free}},
			}}
		case "may be left out":
			schema.Value.Required = slices.DeleteFunc(schema.Value.Required, func(name string) bool { return name == member })
		case "any":
			schema.Value.Properties[member] = &openapi3.SchemaRef{Value: &openapi3.Schema{Nullable: true}}
		default:
			panic(divergences + ": " + row[0])
		}
	}
}

// free makes bare objects below a schema any value.
func free(schema *openapi3.SchemaRef, depth int) {
	if schema == nil || schema.Value == nil || depth > 12 {
		return
	}
	v := schema.Value
	bare := len(v.Properties) == 0 && v.AdditionalProperties.Schema == nil && v.AdditionalProperties.Has == nil &&
		len(v.AllOf)+len(v.AnyOf)+len(v.OneOf) == 0
	if v.Type.Is("object") && bare {
		v.Type, v.Nullable = nil, true
		return
	}
	for _, member := range v.Properties {
		free(member, depth+1)
	}
	free(v.AdditionalProperties.Schema, depth+1)
	free(v.Items, depth+1)
}
