package jsonld

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

const (
	rdf        = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	i18n       = "https://www.w3.org/ns/i18n#"
	xsd        = "http://www.w3.org/2001/XMLSchema#"
	xsdDouble  = xsd + "double"
	xsdInteger = xsd + "integer"
	xsdBoolean = xsd + "boolean"
)

func (r *run) toRDF(value any) ([]rdfcanon.Quad, error) {
	expanded, err := r.document(value)
	if err != nil {
		return nil, err
	}
	w := writer{run: r, labels: map[string]string{}, quads: make([]rdfcanon.Quad, 0, 32)}
	for _, item := range expanded {
		w.node(item, rdfcanon.Term{})
	}
	switch {
	case w.err != nil:
		return nil, w.err
	case w.lost && r.strict:
		// Expansion refuses all that could be lost here; this is the second lock.
		return nil, &Error{Code: CodeDropped, Message: "a statement cannot be written as RDF"}
	}
	return w.quads, nil
}

// writer makes quads of the expanded form. There is no node map (§7.2): what is said of one node in two places is said of
// one label, and a set of quads does not care where.
type writer struct {
	run    *run
	labels map[string]string // blank nodes of the document, and the labels they get
	next   int
	quads  []rdfcanon.Quad
	lost   bool // a statement could not be made
	err    error
}

func (w *writer) fresh() rdfcanon.Term {
	label := "b" + strconv.Itoa(w.next)
	w.next++
	return rdfcanon.Term{Kind: rdfcanon.Blank, Value: label}
}

// reference gives the term of an id. Where it is none that RDF has, the zero Term.
func (w *writer) reference(id string) rdfcanon.Term {
	switch {
	case blank(id):
		label, known := w.labels[id]
		if !known {
			term := w.fresh()
			w.labels[id] = term.Value
			return term
		}
		return rdfcanon.Term{Kind: rdfcanon.Blank, Value: label}
	case hasScheme(id) && wellFormed(id):
		return rdfcanon.Term{Kind: rdfcanon.IRI, Value: id}
	}
	w.lost = true
	return rdfcanon.Term{}
}

func (w *writer) say(subject rdfcanon.Term, property string, object, graph rdfcanon.Term) {
	if subject.Kind == rdfcanon.None || object.Kind == rdfcanon.None || w.err != nil {
		return
	}
	if !hasScheme(property) || !wellFormed(property) {
		w.lost = true
		return
	}
	if len(w.quads) >= w.run.limits.Quads {
		w.err = &Error{Code: CodeLimit, Message: "too many statements"}
		return
	}
	w.quads = append(w.quads, rdfcanon.Quad{
		Subject: subject, Predicate: rdfcanon.Term{Kind: rdfcanon.IRI, Value: property}, Object: object, Graph: graph,
	})
}

// node says what a node object says, and gives its term.
func (w *writer) node(item any, graph rdfcanon.Term) rdfcanon.Term {
	node, ok := item.(map[string]any)
	if !ok {
		w.lost = true
		return rdfcanon.Term{}
	}
	var subject rdfcanon.Term
	if id, named := node["@id"]; named {
		text, _ := id.(string)
		subject = w.reference(text)
	} else {
		subject = w.fresh()
	}
	for _, property := range sorted(node) {
		values := node[property]
		switch property {
		case "@type":
			for _, value := range array(values) {
				name, _ := value.(string)
				w.say(subject, rdf+"type", w.reference(name), graph)
			}
		case "@graph":
			if subject.Kind != rdfcanon.None {
				for _, value := range array(values) {
					w.node(value, subject)
				}
			}
		case "@included":
			for _, value := range array(values) {
				w.node(value, graph)
			}
		case "@reverse":
			said, _ := values.(map[string]any)
			for _, reverse := range sorted(said) {
				for _, value := range array(said[reverse]) {
					w.say(w.node(value, graph), reverse, subject, graph)
				}
			}
		default:
			if keyword(property) {
				continue
			}
			for _, value := range array(values) {
				w.say(subject, property, w.object(value, graph), graph)
			}
		}
	}
	return subject
}

// object gives the term of a value: a literal, a list or a node. JSON-LD 1.1 API §8.2.2.
func (w *writer) object(item any, graph rdfcanon.Term) rdfcanon.Term {
	object, _ := item.(map[string]any)
	if value, ok := object["@value"]; ok {
		return w.literal(object, value)
	}
	if items, ok := object["@list"]; ok {
		return w.list(array(items), graph)
	}
	return w.node(item, graph)
}

func (w *writer) list(items []any, graph rdfcanon.Term) rdfcanon.Term {
	head := rdfcanon.Term{Kind: rdfcanon.IRI, Value: rdf + "nil"}
	cells := make([]rdfcanon.Term, len(items)+1)
	for i := range items {
		cells[i] = w.fresh()
	}
	cells[len(items)] = head
	for i, item := range items {
		w.say(cells[i], rdf+"first", w.object(item, graph), graph)
		w.say(cells[i], rdf+"rest", cells[i+1], graph)
	}
	return cells[0]
}

// literal gives the term of a value object.
func (w *writer) literal(object map[string]any, value any) rdfcanon.Term {
	out := rdfcanon.Term{Kind: rdfcanon.Literal}
	out.Datatype, _ = object["@type"].(string)
	if out.Datatype == "@json" {
		text, err := canonicalJSON(value)
		if err != nil {
			w.lost = true
			return rdfcanon.Term{}
		}
		out.Value, out.Datatype = text, rdf+"JSON"
		return out
	}
	if out.Datatype != "" && (!hasScheme(out.Datatype) || !wellFormed(out.Datatype)) {
		w.lost = true
		return rdfcanon.Term{}
	}
	switch value := value.(type) {
	case string:
		out.Value = value
		out = w.text(out, object)
	case bool:
		out.Value = strconv.FormatBool(value)
		out.Datatype = orText(out.Datatype, xsdBoolean)
	case json.Number:
		number, err := value.Float64()
		if err != nil {
			w.lost = true
			return rdfcanon.Term{}
		}
		out.Value = lexical(number, out.Datatype == xsdDouble)
		if integral(number) {
			out.Datatype = orText(out.Datatype, xsdInteger)
		} else {
			out.Datatype = orText(out.Datatype, xsdDouble)
		}
	default:
		w.lost = true
		return rdfcanon.Term{}
	}
	return out
}

// text gives a text its language and direction.
func (w *writer) text(out rdfcanon.Term, object map[string]any) rdfcanon.Term {
	language, hasLanguage := object["@language"].(string)
	if hasLanguage && !tag(language) {
		w.lost = true
		return rdfcanon.Term{}
	}
	direction, hasDirection := object["@direction"].(string)
	switch {
	case hasDirection && w.run.direction:
		out.Datatype = i18n + strings.ToLower(language) + "_" + direction
	case hasLanguage:
		out.Language, out.Datatype = language, ""
	}
	return out
}

func orText(text, standard string) string {
	if text == "" {
		return standard
	}
	return text
}
