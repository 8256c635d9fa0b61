package empe

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

// corrected is what docs/divergences/empe.md corrects in the documents of the pages: its table "Statuses that the pages forgot"
// is read, not copied.
type corrected struct {
	mu       sync.Mutex
	statuses map[string]bool // "POST /api/v1/schemas 403": was it needed?
	applied  map[string]bool // members of schemas
	text     string
}

var corrections = readCorrections()

const divergences = "../../docs/divergences/empe.md"

var statusRow = regexp.MustCompile("(?m)^\\| `([A-Z]+ /[^`]*)` \\| ([0-9, ]+) \\|")

func readCorrections() *corrected {
	text, err := os.ReadFile(divergences)
	if err != nil {
		panic(err)
	}
	c := &corrected{statuses: map[string]bool{}, applied: map[string]bool{}, text: string(text)}
	for _, row := range statusRow.FindAllStringSubmatch(c.text, -1) {
		for _, status := range strings.Split(row[2], ", ") {
			c.statuses[row[1]+" "+status] = false
		}
	}
	return c
}

// status tells whether a status is among those that were forgotten.
func (c *corrected) status(o *operation, status int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := o.Name() + " " + strconv.Itoa(status)
	_, ok := c.statuses[key]
	if ok {
		c.statuses[key] = true
	}
	return ok
}

// check says which corrections nobody needed, or the divergences do not tell of.
func (c *corrected) check(whole bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var wrong []string
	for key, needed := range c.statuses {
		if !needed && whole {
			wrong = append(wrong, key+" is corrected in "+divergences+", and no test needs it")
		}
	}
	for member := range c.applied {
		if !strings.Contains(c.text, "`"+member+"`") {
			wrong = append(wrong, member+" is corrected, and "+divergences+" does not say so")
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("%s", strings.Join(wrong, "\n"))
}

// correct changes what cannot be meant in the documents of the pages; each is in the divergences by its name.
func correct(doc *openapi3.T) {
	schemas := doc.Components.Schemas
	if vc := schemas["VCv1_1"]; vc != nil {
		free := true
		vc.Value.Properties["evidence"].Value.AdditionalProperties = openapi3.AdditionalProperties{Has: &free}
		corrections.applied["evidence"] = true
	}
	if o := doc.Paths.Find("/api/v1/authorizations/{id}/validate"); o != nil {
		o.Post.Responses.Status(200).Value.Content["application/json"].Schema = schemas["AuthorizationRequestResponseDto"]
		corrections.applied["AuthorizationRequestResponseDto"] = true
	}
}
