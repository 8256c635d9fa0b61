package ldp

import (
	"context"
	"encoding/json"

	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

const (
	rdfType           = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
	credentialSubject = "https://www.w3.org/2018/credentials#credentialSubject"
)

// CredentialTypes gives the IRIs that the types of a credential and of its subjects stand for, wherever in the document and by
// whatever names it says them. Where the JSON-LD does not say all that the document holds, as that of a JWT need not, contexts and
// types alone are looked at, each type by itself.
func (f Format) CredentialTypes(ctx context.Context, document []byte) []string {
	if expanded, err := f.processor().Expand(document, f.loader(ctx)); err == nil {
		return typesIn(expanded)
	}
	all, err := vcdm.Members(document)
	if err != nil {
		return nil
	}
	context, _ := vcdm.Lookup(all, "@context")
	subjects, _ := vcdm.Lookup(all, "credentialSubject")
	nodes := append([]json.RawMessage{document}, vcdm.Values(subjects)...)
	var out []string
	for _, node := range nodes {
		members, err := vcdm.Members(node)
		if err != nil {
			continue
		}
		for _, name := range []string{"type", "@type"} {
			value, _ := vcdm.Lookup(members, name)
			for _, one := range vcdm.Values(value) {
				out = append(out, f.types(ctx, vcdm.Join([]vcdm.Member{{Name: "@context", Value: context}, {Name: "type", Value: one}}))...)
			}
		}
	}
	return out
}

// typesIn gives the types of the credential and its subjects. What a document says of one thing it may say in several places.
func typesIn(expanded []any) []string {
	var out []string
	ids := map[string]bool{}
	take := func(node map[string]any) {
		if id, ok := node["@id"].(string); ok {
			ids[id] = true
		}
		out = append(out, texts(node["@type"])...)
	}
	nodes(expanded, func(node map[string]any) {
		take(node)
		nodes(node[credentialSubject], take)
	})
	if len(ids) > 0 {
		everyNode(expanded, func(node map[string]any) {
			if id, ok := node["@id"].(string); ok && ids[id] {
				out = append(out, texts(node["@type"])...)
			}
		})
	}
	return out
}

func nodes(value any, visit func(map[string]any)) {
	all, _ := value.([]any)
	for _, one := range all {
		if node, ok := one.(map[string]any); ok {
			visit(node)
		}
	}
}

func everyNode(value any, visit func(map[string]any)) {
	switch value := value.(type) {
	case map[string]any:
		visit(value)
		for _, inner := range value {
			everyNode(inner, visit)
		}
	case []any:
		for _, inner := range value {
			everyNode(inner, visit)
		}
	}
}

func texts(value any) []string {
	var out []string
	all, _ := value.([]any)
	for _, one := range all {
		if text, ok := one.(string); ok {
			out = append(out, text)
		}
	}
	return out
}

// types gives the IRIs that the types of a document stand for; nil where no context says. Contexts and types alone are looked at:
// a type is resolved by the contexts of the document, whatever else it says.
func (f Format) types(ctx context.Context, document []byte) []string {
	all, err := vcdm.Members(document)
	if err != nil {
		return nil
	}
	var bare []vcdm.Member
	for _, name := range []string{"@context", "type", "@type"} {
		if value, there := vcdm.Lookup(all, name); there {
			bare = append(bare, vcdm.Member{Name: name, Value: value})
		}
	}
	iris, err := typesOf(f.processor(), vcdm.Join(bare), f.loader(ctx))
	if err != nil {
		return nil
	}
	return iris
}

// typesOf gives the objects of rdf:type in a document.
func typesOf(processor *jsonld.Processor, document []byte, loader jsonld.Loader) ([]string, error) {
	quads, err := processor.ToRDF(document, loader)
	if err != nil {
		return nil, err
	}
	var iris []string
	for _, quad := range quads {
		if quad.Predicate.Value == rdfType {
			iris = append(iris, quad.Object.Value)
		}
	}
	return iris, nil
}
