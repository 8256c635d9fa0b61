package ijson

import "encoding/json"

// Decode checks raw as [Check] does and gives its value as encoding/json does with UseNumber: a map[string]any, []any,
// string, json.Number, bool or nil.
func Decode(raw []byte, lim Limits) (any, error) {
	if err := Check(raw, lim); err != nil {
		return nil, err
	}
	d := decoder{scanner{raw: raw, depth: lim.Depth}}
	value, fault := d.value()
	if fault != nil {
		return nil, fault
	}
	return value, nil
}

// decoder makes the value of a text that was checked.
type decoder struct{ scanner }

func (d *decoder) value() (any, *Error) {
	d.space()
	from := d.at
	switch d.raw[from] {
	case '{':
		return d.object()
	case '[':
		return d.array()
	case '"':
		plain, fault := d.text(true)
		return string(plain), fault
	case 't':
		d.at += len("true")
		return true, nil
	case 'f':
		d.at += len("false")
		return false, nil
	case 'n':
		d.at += len("null")
		return nil, nil
	default:
		fault := d.number()
		return json.Number(d.raw[from:d.at]), fault
	}
}

func (d *decoder) array() (any, *Error) {
	d.at++
	elements := []any{}
	for {
		if d.space(); d.take(']') {
			return elements, nil
		}
		element, fault := d.value()
		if fault != nil {
			return nil, fault
		}
		elements = append(elements, element)
		d.space()
		d.take(',')
	}
}

func (d *decoder) object() (any, *Error) {
	d.at++
	members := map[string]any{}
	for {
		if d.space(); d.take('}') {
			return members, nil
		}
		plain, fault := d.text(true)
		if fault != nil {
			return nil, fault
		}
		name := string(plain)
		d.space()
		d.take(':')
		if members[name], fault = d.value(); fault != nil {
			return nil, fault
		}
		d.space()
		d.take(',')
	}
}
