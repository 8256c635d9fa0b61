package jsonld

// expandValue is value expansion: §5.3.
func (r *run) expandValue(s *state, property string, value any, where *place) (any, error) {
	definition := s.term(property)
	coercion := ""
	if definition != nil {
		coercion = definition.Type
	}
	text, isText := value.(string)
	if isText && (coercion == "@id" || coercion == "@vocab") {
		iri := s.expandIRI(text, coercion == "@vocab", true)
		if err := r.reference(iri, where); err != nil {
			return nil, err
		}
		return map[string]any{"@id": iri}, nil
	}
	if err := r.exact(value, where); err != nil {
		return nil, err
	}
	out := map[string]any{"@value": value}
	if coercion != "" && coercion != "@id" && coercion != "@vocab" && coercion != "@none" {
		out["@type"] = coercion
		return out, nil
	}
	if !isText {
		return out, nil
	}
	switch {
	case definition != nil && definition.HasLanguage:
		if definition.Language != nil {
			out["@language"] = *definition.Language
		}
	case s.ctx.Values.HasLanguage:
		out["@language"] = s.ctx.Values.Language
	}
	direction := s.ctx.Values.Direction
	if definition != nil && definition.HasDirection {
		direction = ""
		if definition.Direction != nil {
			direction = *definition.Direction
		}
	}
	if direction != "" {
		out["@direction"] = direction
	}
	if language, ok := out["@language"].(string); ok {
		return out, r.language(language, where)
	}
	return out, nil
}

// finish is steps 15 to 20.
func (r *run) finish(result map[string]any, property string, where *place) (any, error) {
	value, isValue := result["@value"]
	types, typed := result["@type"]
	switch {
	case isValue:
		if err := checkValue(result, where); err != nil {
			return nil, err
		}
		if value == nil && types != "@json" {
			return nil, r.dropped(where, "a @value of null")
		}
	case typed:
		result["@type"] = array(types)
	default:
		set, isSet := result["@set"]
		_, isList := result["@list"]
		if isSet || isList {
			allowed := 1
			if _, ok := result["@index"]; ok {
				allowed = 2
			}
			if len(result) > allowed {
				return nil, fail(CodeSyntax, where, "invalid set or list object")
			}
		}
		if isSet {
			return set, nil
		}
	}
	if _, ok := result["@language"]; ok && len(result) == 1 { // 18
		return nil, r.dropped(where, "a language without a value")
	}
	if property != "" && property != "@graph" {
		return result, nil
	}
	_, isList := result["@list"]
	_, isReference := result["@id"]
	if len(result) == 0 || isValue || isList || isReference && len(result) == 1 { // 19
		return nil, r.dropped(where, "an object that says nothing of itself")
	}
	return result, nil
}

// checkValue is step 15: what a value object may have.
func checkValue(result map[string]any, where *place) error {
	for name := range result {
		switch name {
		case "@value", "@type", "@language", "@direction", "@index":
		default:
			return fail(CodeSyntax, where, "invalid value object")
		}
	}
	_, hasLanguage := result["@language"]
	_, hasDirection := result["@direction"]
	types, typed := result["@type"]
	if typed && (hasLanguage || hasDirection) {
		return fail(CodeSyntax, where, "invalid value object")
	}
	if types == "@json" {
		return nil
	}
	if list, ok := types.([]any); ok && len(list) == 1 {
		types = list[0]
		result["@type"] = types
	}
	value := result["@value"]
	if value == nil {
		return nil
	}
	if _, text := value.(string); !text && hasLanguage {
		return fail(CodeSyntax, where, "invalid language-tagged value")
	}
	if name, ok := types.(string); typed && (!ok || !hasScheme(name) || !wellFormed(name)) {
		return fail(CodeSyntax, where, "invalid typed value")
	}
	return nil
}
