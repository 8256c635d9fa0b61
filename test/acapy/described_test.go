package acapy

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/suite"
)

// operation is one of the description of ACA-Py's admin API.
type operation struct {
	method, pattern, tag string
	described            *openapi3.Operation
}

// Name is what the table calls it.
func (o *operation) Name() string { return o.method + " " + o.pattern }

// described are the operations of the page; none where it is not there to read.
var described = descriptionOf()

func descriptionOf() (all []*operation) {
	doc := suite.Load(sharedtest.Root() + "/apis/acapy-1.6.1rc0.openapi.json")
	if doc == nil {
		return nil
	}
	correct(doc)
	for pattern, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			tag := "other"
			if len(o.Tags) > 0 {
				tag = o.Tags[0]
			}
			all = append(all, &operation{method: method, pattern: pattern, tag: tag, described: o})
		}
	}
	return all
}

func find(method, path string) *operation {
	if path != "/" {
		path = strings.TrimSuffix(path, "/")
	}
	return suite.Find(described, method, path)
}

type (
	exchange = suite.Exchange[*operation]
	capture  = suite.Capture[*operation]
)

// beside are the operations that are in no description: the table "What is beside the description" of the divergences.
var beside = func() map[string]bool {
	text, err := os.ReadFile(divergences)
	if err != nil {
		panic(err)
	}
	_, section, _ := strings.Cut(string(text), "### What is beside the description")
	section, _, _ = strings.Cut(section, "\n#")
	rows := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z]+ /[^`]*)` \\|").FindAllStringSubmatch(section, -1) {
		rows[row[1]] = true
	}
	return rows
}()

// judge says what is wrong with an answer; "" when it is as described.
func judge(e *exchange, path string) string {
	switch {
	case described == nil || strings.HasPrefix(path, "/api/doc") || path == "/ws" || e.Status < 400 && beside[e.Method+" "+path]:
		return ""
	case e.Status == http.StatusInternalServerError:
		return "a fault of ours"
	case e.Status >= 400:
		return judgeRefusal(e, path)
	case e.Operation == nil:
		return path + " is in no description"
	}
	return judgeSuccess(e)
}

// judgeRefusal: an answer without success is text, "<status>: <reason>"; the operations of the VC API, and those of keys, have JSON.
func judgeRefusal(e *exchange, path string) string {
	media := e.Header.Get("Content-Type")
	if (strings.HasPrefix(path, "/vc/") || strings.HasPrefix(path, "/wallet/keys")) && strings.HasPrefix(media, "application/json") {
		message, _ := suite.Pointed(e.Body, "/message")
		verified, _ := suite.Pointed(e.Body, "/verificationResult/verified")
		if (message == nil || message == "") && (path != "/vc/di/verify" || verified != false) {
			return "the error has no message"
		}
		return ""
	}
	if media != "text/plain; charset=utf-8" || !strings.HasPrefix(string(e.Body), fmt.Sprintf("%d: ", e.Status)) {
		return "the refusal is " + media + ", and not \"" + fmt.Sprint(e.Status) + ": <reason>\""
	}
	return ""
}

func judgeSuccess(e *exchange) string {
	if body := e.Operation.described.RequestBody; body != nil && len(e.Sent) > 0 {
		if problem := suite.Fits(body.Value.Content["*/*"].Schema, e.Sent, openapi3.VisitAsRequest()); problem != "" {
			return "the request: " + problem
		}
	}
	response := e.Operation.described.Responses.Status(e.Status)
	if response == nil {
		if !corrections.status(e.Operation, e.Status) {
			return "the status is not described"
		}
		response = e.Operation.described.Responses.Status(http.StatusOK)
	}
	if media := e.Header.Get("Content-Type"); media != "application/json; charset=utf-8" {
		return "the content type is " + media
	}
	content := response.Value.Content["application/json"]
	if content == nil {
		return ""
	}
	return suite.Fits(content.Schema, e.Body, openapi3.VisitAsResponse(), openapi3.WithStringFormatValidator("date-time", instants))
}

// instants are written so in every record of ACA-Py.
var instants = openapi3.NewRegexpFormatValidator(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z$`)
