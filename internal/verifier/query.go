package verifier

import (
	"errors"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
)

// alternative is one of a query: all its fields must be met.
type alternative struct {
	Fields []queryField `json:"fields"`
}

type queryField struct {
	Path   []string       `json:"path"`
	Filter jsontext.Value `json:"filter,omitempty"`
}

// ruleDocument is a submission requirement as it is published.
type ruleDocument struct {
	Rule  string `json:"rule"`
	Count int    `json:"count,omitempty"`
	From  string `json:"from"`
}

// anyOf is the group of a query's alternatives.
const anyOf = "A"

// queried gives a definition the document that its query stands for: one descriptor for each alternative, of which one
// must be met (Presentation Exchange 2.1.1, Submission Requirement Feature). Each path is also tried below $.vc, where a
// JWT of VCDM 1.1 has the credential.
func queried(definition *vc.PresentationDefinition) error {
	var query []alternative
	if err := json.Unmarshal(definition.Query, &query, json.RejectUnknownMembers(true)); err != nil {
		pointer := "/query"
		if e, ok := errors.AsType[*json.SemanticError](err); ok {
			pointer += string(e.JSONPointer)
		}
		return vc.Errorf(vc.Invalid, "definition-invalid", "a query is a list of objects with fields, each with path and filter").At(pointer).Because(err)
	}
	if len(query) == 0 || len(query) > pex.MaxDescriptors {
		return vc.Errorf(vc.Invalid, "definition-invalid", "a query has from 1 to %d alternatives", pex.MaxDescriptors).At("/query")
	}
	document := definitionDocument{
		ID: definition.ID, Name: definition.Name, Purpose: definition.Purpose,
		Rules: []ruleDocument{{Rule: "pick", Count: 1, From: anyOf}},
	}
	for i, one := range query {
		if len(one.Fields) == 0 {
			return vc.Errorf(vc.Invalid, "definition-invalid", "an alternative has a field or more").At("/query/" + strconv.Itoa(i) + "/fields")
		}
		for j := range one.Fields {
			field := &one.Fields[j]
			if len(field.Path) > pex.MaxPaths/2 {
				return vc.Errorf(vc.Invalid, "definition-invalid", "a field has at most %d paths", pex.MaxPaths/2).
					At("/query/" + strconv.Itoa(i) + "/fields/" + strconv.Itoa(j) + "/path")
			}
			field.Path = append(field.Path, below(field.Path)...)
		}
		constraints, err := json.Marshal(one)
		if err != nil {
			return err
		}
		document.Descriptors = append(document.Descriptors, descriptorDocument{
			ID: "q" + strconv.Itoa(i), Group: []string{anyOf}, Format: definition.Format, Constraints: constraints,
		})
	}
	var err error
	definition.Document, err = json.Marshal(document)
	return err
}

// below gives the paths that are not below $.vc as they are there.
func below(paths []string) (out []string) {
	for _, path := range paths {
		rest, ok := strings.CutPrefix(path, "$")
		if ok && rest != "" && !strings.HasPrefix(rest, ".vc.") && !strings.HasPrefix(rest, ".vc[") {
			out = append(out, "$.vc"+rest)
		}
	}
	return out
}

// inQuery gives the place in a query that one in its document came from.
func inQuery(pointer string) string {
	rest, ok := strings.CutPrefix(pointer, "/input_descriptors/")
	if !ok {
		return "/query"
	}
	return "/query/" + strings.Replace(rest, "/constraints/", "/", 1)
}
