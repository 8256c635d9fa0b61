package pex

import (
	"encoding/json"
	"errors"
)

type writtenDefinition struct {
	ID           string               `json:"id"`
	Name         string               `json:"name,omitempty"`
	Purpose      string               `json:"purpose,omitempty"`
	Format       Formats              `json:"format,omitempty"`
	Requirements []writtenRequirement `json:"submission_requirements,omitempty"`
	Descriptors  []writtenDescriptor  `json:"input_descriptors"`
}

type writtenDescriptor struct {
	ID          string             `json:"id"`
	Name        string             `json:"name,omitempty"`
	Purpose     string             `json:"purpose,omitempty"`
	Group       []string           `json:"group,omitempty"`
	Schema      []writtenSchema    `json:"schema,omitempty"`
	Format      Formats            `json:"format,omitempty"`
	Constraints writtenConstraints `json:"constraints"`
}

type writtenSchema struct {
	URI      string `json:"uri"`
	Required bool   `json:"required,omitempty"`
}

type writtenConstraints struct {
	LimitDisclosure string          `json:"limit_disclosure,omitempty"`
	Fields          []writtenField  `json:"fields"`
	Holders         []writtenHolder `json:"is_holder,omitempty"`
}

type writtenHolder struct {
	Fields    []string `json:"field_id"`
	Directive string   `json:"directive"`
}

type writtenField struct {
	ID             string          `json:"id,omitempty"`
	Name           string          `json:"name,omitempty"`
	Purpose        string          `json:"purpose,omitempty"`
	Path           []string        `json:"path"`
	Filter         json.RawMessage `json:"filter,omitempty"`
	Optional       bool            `json:"optional,omitempty"`
	IntentToRetain bool            `json:"intent_to_retain,omitempty"`
}

type writtenRequirement struct {
	Name    string               `json:"name,omitempty"`
	Purpose string               `json:"purpose,omitempty"`
	Rule    string               `json:"rule"`
	Count   *int                 `json:"count,omitempty"`
	Min     *int                 `json:"min,omitempty"`
	Max     *int                 `json:"max,omitempty"`
	From    string               `json:"from,omitempty"`
	Nested  []writtenRequirement `json:"from_nested,omitempty"`
}

type writtenSubmission struct {
	ID           string         `json:"id"`
	DefinitionID string         `json:"definition_id"`
	Entries      []writtenEntry `json:"descriptor_map"`
}

type writtenEntry struct {
	ID     string        `json:"id,omitempty"`
	Format string        `json:"format"`
	Path   string        `json:"path"`
	Nested *writtenEntry `json:"path_nested,omitempty"`
}

// Encode gives the definition as JSON, without an envelope. It fails with an *Error where Parse would refuse it.
func (d *Definition) Encode() ([]byte, error) {
	w := writtenDefinition{
		ID: d.ID, Name: d.Name, Purpose: d.Purpose, Format: d.Format, Descriptors: []writtenDescriptor{},
	}
	var err error
	if w.Requirements, err = writeRequirements(d.Requirements, 1); err != nil {
		return nil, err
	}
	for _, one := range d.Descriptors {
		w.Descriptors = append(w.Descriptors, one.written())
	}
	raw, err := encode(w)
	if err != nil {
		return nil, err
	}
	_, err = Parse(raw)
	return kept(raw, err)
}

func (d Descriptor) written() writtenDescriptor {
	w := writtenDescriptor{
		ID: d.ID, Name: d.Name, Purpose: d.Purpose, Group: d.Group, Format: d.Format,
		Constraints: writtenConstraints{LimitDisclosure: d.Constraints.LimitDisclosure, Fields: []writtenField{}},
	}
	for _, one := range d.Schema {
		w.Schema = append(w.Schema, writtenSchema(one))
	}
	for _, one := range d.Constraints.Holders {
		w.Constraints.Holders = append(w.Constraints.Holders, writtenHolder(one))
	}
	for _, f := range d.Constraints.Fields {
		field := writtenField{
			ID: f.ID, Name: f.Name, Purpose: f.Purpose, Path: []string{}, Optional: f.Optional, IntentToRetain: f.IntentToRetain,
		}
		for _, path := range f.Paths {
			field.Path = append(field.Path, path.text)
		}
		if f.Filter != nil {
			// The zero Filter passes nothing, and nothing else would say so.
			if field.Filter = f.Filter.raw; field.Filter == nil {
				field.Filter = json.RawMessage("null")
			}
		}
		w.Constraints.Fields = append(w.Constraints.Fields, field)
	}
	return w
}

func writeRequirements(all []Requirement, depth int) ([]writtenRequirement, error) {
	if len(all) > 0 && depth > MaxNesting {
		return nil, &Error{Code: CodeLimit, Pointer: "/submission_requirements", Message: "is nested too deeply"}
	}
	var out []writtenRequirement
	for _, one := range all {
		nested, err := writeRequirements(one.Nested, depth+1)
		if err != nil {
			return nil, err
		}
		out = append(out, writtenRequirement{
			one.Name, one.Purpose, one.Rule, one.Count, one.Min, one.Max, one.From, nested,
		})
	}
	return out, nil
}

// Encode gives the submission as JSON, without an envelope. It fails with an *Error where ParseSubmission would refuse
// it.
func (s *Submission) Encode() ([]byte, error) {
	w := writtenSubmission{ID: s.ID, DefinitionID: s.DefinitionID, Entries: []writtenEntry{}}
	for _, one := range s.Entries {
		entry := one.written(1)
		w.Entries = append(w.Entries, *entry)
	}
	raw, err := encode(w)
	if err != nil {
		return nil, err
	}
	_, err = ParseSubmission(raw)
	return kept(raw, err)
}

// written stops beyond what ParseSubmission refuses, so that a loop ends.
func (e Entry) written(depth int) *writtenEntry {
	w := &writtenEntry{ID: e.ID, Format: e.Format, Path: e.Path.text}
	if e.Nested != nil && depth <= MaxNesting {
		w.Nested = e.Nested.written(depth + 1)
	}
	return w
}

// kept gives what was written, or why it would not be read; the fault is then of the value, not of bytes.
func kept(raw []byte, err error) ([]byte, error) {
	var fault *Error
	switch {
	case errors.As(err, &fault):
		return nil, fault
	case err != nil:
		return nil, err
	}
	return raw, nil
}
