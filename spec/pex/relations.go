package pex

import "slices"

const inRelations = "Relational Constraint Feature"

func (r *definitionReader) holders(in map[string]any, at string, fields []Field) []Holder {
	var all []Holder
	for i, value := range r.list(in, at, "is_holder", MaxFields) {
		here := place(at, "is_holder", i)
		one := r.object(value, here)
		r.known(one, here, inRelations, "field_id", "directive")
		h := Holder{Fields: r.texts(one, here, "field_id"), Directive: r.needed(one, here, "directive", inRelations)}
		for k, id := range h.Fields {
			if !slices.ContainsFunc(fields, func(f Field) bool { return f.ID != "" && f.ID == id }) {
				r.fail(CodeInvalid, place(here, "field_id", k), "no field of the descriptor has this id", inRelations)
			}
		}
		switch {
		case len(h.Fields) == 0:
			r.fail(CodeInvalid, here+"/field_id", "must list one or more", inRelations)
		case h.Directive != LimitRequired && h.Directive != LimitPreferred:
			r.fail(CodeInvalid, here+"/directive", "must be required or preferred", inRelations)
		}
		all = append(all, h)
	}
	if len(all) == 0 {
		r.fail(CodeInvalid, at+"/is_holder", "must list one or more", inRelations)
	}
	return all
}
