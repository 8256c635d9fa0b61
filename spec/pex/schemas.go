package pex

// meets says whether the input has what PE 1.0 asks for: one of the schemas, and each that is required.
func (s *subject) meets(asked []Schema) bool {
	some := len(asked) == 0
	for _, one := range asked {
		has := s.has(one.URI)
		if one.Required && !has {
			return false
		}
		some = some || has
	}
	return some
}

// vocabulary is where VCDM 1.1's own types are, when written as full names.
const vocabulary = "https://www.w3.org/2018/credentials#"

func (s *subject) has(uri string) bool {
	if s.schemas == nil {
		s.schemas = map[string]bool{}
		for _, one := range s.Schemas {
			s.schemas[one] = true
		}
		for _, view := range s.views {
			s.collect(view)
			if object, ok := view.(map[string]any); ok {
				s.collect(object["vc"])
			}
		}
	}
	if !s.schemas[uri] && s.Types != nil {
		for _, one := range s.Types() {
			s.schemas[one] = true
		}
		s.Types = nil
	}
	return s.schemas[uri]
}

func (s *subject) collect(credential any) {
	object, _ := credential.(map[string]any)
	for _, name := range []string{"credentialSchema", "type", "@context"} {
		values, many := object[name].([]any)
		if !many {
			values = []any{object[name]}
		}
		for _, value := range values {
			if schema, ok := value.(map[string]any); ok && name == "credentialSchema" {
				value = schema["id"]
			}
			if text, ok := value.(string); ok {
				s.schemas[text] = true
				if name == "type" && text == "VerifiableCredential" {
					s.schemas[vocabulary+text] = true
				}
			}
		}
	}
}
