package siop

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// form is the error for a claim of another form than its section says.
func form(pointer, cites string) *Error {
	return &Error{CodeClaim, pointer, "the claim has another form", cites}
}

func pointer(root, name string) string { return root + "/" + ijson.Token(name) }

// text reads a string. Where the thing has two names, both say the same or it is refused.
func text(m ijson.Member, to *string) error {
	value, ok := ijson.String(m.Value)
	if !ok {
		return form(pointer("", m.Name), "OpenID Connect Core 1.0 §6.1")
	}
	if *to != "" && *to != value {
		return &Error{CodeConflict, pointer("", m.Name), "another claim says it otherwise", ""}
	}
	*to = value
	return nil
}

func texts(m ijson.Member) ([]string, error) {
	items, ok := ijson.Elements(m.Value)
	if !ok {
		return nil, form(pointer("", m.Name), "")
	}
	all := make([]string, len(items))
	for i, item := range items {
		if all[i], ok = ijson.String(item); !ok {
			return nil, form(pointer("", m.Name), "")
		}
	}
	return all, nil
}

// object reads an object as it is. Where the thing has two places, both hold the same or it is refused.
func object(m ijson.Member, root string, to *[]byte) error {
	if value := bytes.TrimLeft(m.Value, " \t\r\n"); len(value) == 0 || value[0] != '{' {
		return form(pointer(root, m.Name), "OpenID Connect Core 1.0 §6.1")
	}
	if *to != nil {
		if same, err := ijson.Equal(*to, m.Value); err != nil || !same {
			return &Error{CodeConflict, pointer(root, m.Name), "another claim says it otherwise", ""}
		}
	}
	*to = m.Value
	return nil
}

func keep(extra *map[string][]byte, name string, value []byte) {
	if *extra == nil {
		*extra = make(map[string][]byte)
	}
	(*extra)[name] = value
}

// split takes the member of that name out of an object; rest is nil where nothing else is in it.
func split(m ijson.Member, name string) (value, rest []byte, err error) {
	members, err := ijson.Members(m.Value, ijson.Limits{})
	if err != nil {
		return nil, nil, form(pointer("", m.Name), "OpenID Connect Core 1.0 §5.5")
	}
	at := slices.IndexFunc(members, func(inner ijson.Member) bool { return inner.Name == name })
	switch {
	case at < 0:
		return nil, m.Value, nil
	case len(members) == 1:
		return members[0].Value, nil, nil
	}
	var w writer
	for i, inner := range members {
		if i != at {
			w.raw(inner.Name, inner.Value)
		}
	}
	return members[at].Value, w.close(), nil
}

// writer writes the members of an object, and none that is empty.
type writer struct{ out []byte }

func (w *writer) raw(name string, value []byte) {
	if value == nil {
		return
	}
	w.out = append(w.out, "{,"[min(len(w.out), 1)])
	w.out = append(append(ijson.AppendString(w.out, name), ':'), value...)
}

func (w *writer) text(name, value string) {
	if value != "" {
		w.raw(name, ijson.AppendString(nil, value))
	}
}

func (w *writer) texts(name string, values []string) {
	if values == nil {
		return
	}
	list := []byte{'['}
	for i, value := range values {
		if i > 0 {
			list = append(list, ',')
		}
		list = ijson.AppendString(list, value)
	}
	w.raw(name, append(list, ']'))
}

// audience is one string where it is one, RFC 7519 §4.1.3.
func (w *writer) audience(values []string) {
	if len(values) == 1 {
		w.raw("aud", ijson.AppendString(nil, values[0]))
	} else if len(values) > 1 {
		w.texts("aud", values)
	}
}

func (w *writer) date(name string, date time.Time) {
	if !date.IsZero() {
		w.raw(name, strconv.AppendInt(nil, date.Unix(), 10))
	}
}

// extra writes the further members by name, without those that are the object's own.
func (w *writer) extra(members map[string][]byte, own ...string) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains(own, name) {
			w.raw(name, members[name])
		}
	}
}

func (w *writer) close() []byte {
	if len(w.out) == 0 {
		return []byte("{}")
	}
	return append(w.out, '}')
}
