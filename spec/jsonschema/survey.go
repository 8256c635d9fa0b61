package jsonschema

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// survey is what one walk over the subschemas of a document finds, before anything is compiled.
type survey struct {
	draft      string
	base       string
	ids        []string // absolute URLs of resources in the document
	references []reference
	subschemas int
	steps      int // of the patterns
}

// reference is a $ref and its kin: where it stands and what it points at.
type reference struct {
	pointer  string
	target   string // absolute URL without fragment
	fragment string
}

// look walks the document and refuses what the library would fetch, misread or choke on.
func look(root any, baseURL string) (*survey, error) {
	base, err := url.Parse(baseURL)
	if err != nil || !base.IsAbs() {
		return nil, &Error{Message: "the URL of a schema must be absolute"}
	}
	base.Fragment = ""
	s := &survey{draft: "2020-12", base: base.String()}
	s.ids = []string{s.base}
	switch root := root.(type) {
	case bool:
		return s, nil
	case map[string]any:
		if named, ok := root["$schema"]; ok {
			if s.draft = draftOf(named); s.draft == "" {
				return nil, &Error{"/$schema", "must be draft-07, 2019-09 or 2020-12"}
			}
		}
	default:
		return nil, &Error{Message: "a schema must be an object or a boolean"}
	}
	if err := numbers(root, MaxDepth); err != nil {
		return nil, err
	}
	if err := s.schema(root, "", base); err != nil {
		return nil, err
	}
	for _, r := range s.references {
		if !slices.Contains(s.ids, r.target) && draftOf(r.target) == "" && !isVocabulary(r.target) {
			return nil, &Error{r.pointer, "points outside the document; nothing is fetched"}
		}
	}
	return s, nil
}

func draftOf(named any) string {
	plain, _ := named.(string)
	plain = strings.TrimSuffix(plain, "#")
	if rest, ok := strings.CutPrefix(plain, "http://"); ok {
		plain = "https://" + rest
	}
	switch plain {
	case "https://json-schema.org/draft-07/schema":
		return "draft-07"
	case "https://json-schema.org/draft/2019-09/schema":
		return "2019-09"
	case "https://json-schema.org/draft/2020-12/schema":
		return "2020-12"
	}
	return ""
}

// isVocabulary: the meta-schemas of the vocabularies are built in.
func isVocabulary(target string) bool {
	return strings.HasPrefix(target, "https://json-schema.org/draft/2019-09/meta/") ||
		strings.HasPrefix(target, "https://json-schema.org/draft/2020-12/meta/")
}

// Where subschemas stand: as a value, in an array, in a map.
var (
	single = []string{
		"not", "if", "then", "else", "additionalProperties", "propertyNames", "contains", "items",
		"additionalItems", "unevaluatedItems", "unevaluatedProperties", "contentSchema",
	}
	listed = []string{"allOf", "anyOf", "oneOf", "prefixItems", "items"}
	mapped = []string{"properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies"}
)

func (s *survey) schema(value any, pointer string, base *url.URL) error {
	object, ok := value.(map[string]any)
	if !ok {
		return nil // booleans hold nothing, and the meta-schema refuses the rest
	}
	if s.subschemas++; s.subschemas > MaxSubschemas {
		return &Error{pointer, "a schema has at most " + strconv.Itoa(MaxSubschemas) + " subschemas"}
	}
	base, err := s.identify(object, pointer, base)
	if err != nil {
		return err
	}
	for _, keyword := range [...]string{"$ref", "$dynamicRef", "$recursiveRef"} {
		if target, ok := object[keyword].(string); ok && s.knows(keyword) {
			if err := s.refer(target, pointer+"/"+keyword, base); err != nil {
				return err
			}
		}
	}
	if s.draft == "draft-07" && object["$ref"] != nil {
		// Its siblings are ignored (draft-07 §8.3), yet definitions beside it are reached by pointer.
		return s.children(object, pointer, base, nil, nil, []string{"definitions"})
	}
	if source, ok := object["pattern"].(string); ok {
		if err := s.pattern(source, pointer+"/pattern"); err != nil {
			return err
		}
	}
	if patterns, ok := object["patternProperties"].(map[string]any); ok {
		for _, source := range sorted(patterns) {
			if err := s.pattern(source, pointer+"/patternProperties/"+escape(source)); err != nil {
				return err
			}
		}
	}
	return s.children(object, pointer, base, single, listed, mapped)
}

// pattern refuses what is no pattern here, and what costs too much together with those before it.
func (s *survey) pattern(source, pointer string) error {
	_, steps, err := parsePattern(source)
	if err == nil {
		s.steps += steps
		if s.steps > MaxPatternSteps {
			err = errPatterns
		}
	}
	if err != nil {
		return &Error{pointer, err.Error()}
	}
	return nil
}

func (s *survey) knows(keyword string) bool {
	switch keyword {
	case "$dynamicRef":
		return s.draft == "2020-12"
	case "$recursiveRef":
		return s.draft == "2019-09"
	}
	return true
}

// children walks on, in the order of names so that the same document always gives the same error.
func (s *survey) children(object map[string]any, pointer string, base *url.URL, single, listed, mapped []string) error {
	for _, keyword := range single {
		if err := s.schema(object[keyword], pointer+"/"+keyword, base); err != nil {
			return err
		}
	}
	for _, keyword := range listed {
		list, _ := object[keyword].([]any)
		for i, item := range list {
			if err := s.schema(item, pointer+"/"+keyword+"/"+strconv.Itoa(i), base); err != nil {
				return err
			}
		}
	}
	for _, keyword := range mapped {
		named, _ := object[keyword].(map[string]any)
		for _, name := range sorted(named) {
			if err := s.schema(named[name], pointer+"/"+keyword+"/"+escape(name), base); err != nil {
				return err
			}
		}
	}
	return nil
}

// identify follows $id, which may be any URL: it names, and is not fetched.
func (s *survey) identify(object map[string]any, pointer string, base *url.URL) (*url.URL, error) {
	id, ok := object["$id"].(string)
	if !ok || s.draft == "draft-07" && (object["$ref"] != nil || strings.HasPrefix(id, "#")) {
		return base, nil
	}
	if named, ok := object["$schema"]; ok && draftOf(named) == "" {
		return nil, &Error{pointer + "/$schema", "must be draft-07, 2019-09 or 2020-12"}
	}
	target, _, err := resolve(base, id)
	if err != nil {
		return nil, &Error{pointer + "/$id", "must be a URL"}
	}
	s.ids = append(s.ids, target.String())
	return target, nil
}

func (s *survey) refer(text, pointer string, base *url.URL) error {
	target, fragment, err := resolve(base, text)
	if err != nil {
		return &Error{pointer, "must be a URL"}
	}
	s.references = append(s.references, reference{pointer, target.String(), fragment})
	return nil
}

// resolve gives the absolute URL without fragment, and the fragment.
func resolve(base *url.URL, text string) (*url.URL, string, error) {
	text, fragment, _ := strings.Cut(text, "#")
	relative, err := url.Parse(text)
	if err != nil {
		return nil, "", err
	}
	target := base.ResolveReference(relative)
	if text == "" {
		target = base
	}
	return target, fragment, nil
}

func sorted(object map[string]any) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// escape writes a name as a reference token, RFC 6901 §3.
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
