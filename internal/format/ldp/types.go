package ldp

import (
	"context"

	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

const rdfType = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

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
