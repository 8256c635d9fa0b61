package vcdm

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// judge gathers problems of one document.
type judge struct {
	version  Version
	problems []Problem
}

func (j *judge) say(on section, pointer, message string) {
	j.problems = append(j.problems, Problem{pointer, message, on.in(j.version)})
}

func at(pointer string, index int) string { return pointer + "/" + strconv.Itoa(index) }

// isURL says whether text is an absolute URL: a scheme, something after it, and none of the characters that RFC 3986
// §2 keeps out. Other alphabets are allowed (URL Standard, RFC 3987).
func isURL(text string) bool {
	scheme, rest, found := strings.Cut(text, ":")
	if !found || scheme == "" || rest == "" {
		return false
	}
	for i := range len(scheme) {
		c := scheme[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return false
		}
	}
	for i := range len(rest) {
		switch c := rest[i]; {
		case c <= ' ', c == 0x7f:
			return false
		case c == '<', c == '>', c == '"', c == '{', c == '}', c == '|', c == '\\', c == '^', c == '`':
			return false
		}
	}
	return true
}

// contexts: an ordered set whose first item is the base context.
func (j *judge) contexts(found []json.RawMessage, one bool) {
	const pointer = "/@context"
	if len(found) == 0 {
		j.say(onContexts, pointer, "@context is missing or empty")
		return
	}
	if one {
		j.say(onContexts, pointer, "@context must be an array")
	}
	base := BaseContext20
	if j.version == V11 {
		base = BaseContext11
	}
	for i, context := range found {
		place := at(pointer, i)
		url, isText := text(context)
		switch {
		case i == 0 && url != base:
			j.say(onContexts, place, "the first context must be the base context "+base)
		case isText && !isURL(url):
			j.say(onContexts, place, "a context must be a URL or an object")
		case !isText && kind(context) != '{':
			j.say(onContexts, place, "a context must be a URL or an object")
		}
		for _, earlier := range found[:i] {
			if bytes.Equal(earlier, context) {
				j.say(onContexts, place, "the context is listed twice")
				break
			}
		}
	}
}

func (j *judge) id(id string, s *shape) {
	if _, odd := s.oddity("id"); odd && id == "" {
		j.say(onIdentifiers, "/id", "id must be one URL")
	} else if id != "" && !isURL(id) {
		j.say(onIdentifiers, "/id", "id must be a URL")
	}
}

// types: an unordered set of terms or URLs that includes base.
func (j *judge) types(names []string, base string, s *shape) {
	const pointer = "/type"
	if _, odd := s.oddity("type"); odd && len(names) == 0 {
		j.say(onTypes, pointer, "type must be a name or a non-empty array of names")
		return
	}
	found := false
	for i, name := range names {
		found = found || name == base
		if name == "" || strings.ContainsAny(name, " \t\r\n") {
			j.say(onTypes, at(pointer, i), "a type must be a term or a URL")
		}
		for _, earlier := range names[:i] {
			if earlier == name {
				j.say(onTypes, at(pointer, i), "the type is listed twice")
				break
			}
		}
	}
	if !found {
		j.say(onTypes, pointer, "type must include "+base)
	}
}

// party: a URL or an object whose id is one.
func (j *judge) party(on section, name string, p Issuer, required bool, s *shape) {
	pointer := "/" + name
	_, odd := s.oddity(name)
	switch {
	case p.Raw == nil && p.ID == "" && odd:
		j.say(on, pointer, name+" must be one URL, or one object with an id")
	case p.Raw == nil && p.ID == "":
		if required {
			j.say(on, pointer, name+" is missing")
		}
	case !isURL(p.ID):
		if kind(p.Raw) == '{' {
			pointer += "/id"
		}
		j.say(on, pointer, name+" must be a URL, or an object whose id is one")
	}
	if kind(p.Raw) == '{' && j.version == V20 {
		for _, label := range [...]string{"name", "description"} {
			if value, ok := member(p.Raw, label); ok {
				j.language("/"+name+"/"+label, value)
			}
		}
	}
}

// language: a string, or one or more language value objects, VCDM 2.0 §11.1.
func (j *judge) language(pointer string, value json.RawMessage) {
	if len(value) == 0 {
		return
	}
	list, many := items(value)
	for i, item := range list {
		place := pointer
		if many {
			place = at(pointer, i)
		}
		if kind(item) == '"' && !many {
			continue
		}
		all, ok := members(item)
		_, has := lookup(all, "@value")
		for _, m := range all {
			switch m.Name {
			case "@value", "@language", "@direction":
				ok = ok && kind(m.Value) == '"'
			default:
				ok = false
			}
		}
		if !ok || !has {
			j.say(onNames, place, "must be a string or an object of @value, @language and @direction")
		}
	}
	if many && len(list) == 0 {
		j.say(onNames, pointer, "must not be an empty array")
	}
}

// rule is what objects of one member must have.
type rule struct {
	on           section
	name         string
	idRequired   bool
	typeRequired bool
}

// objects: one or more objects that follow a rule.
func (j *judge) objects(value json.RawMessage, r rule) {
	if len(value) == 0 {
		return
	}
	pointer := "/" + r.name
	list, many := items(value)
	if len(list) == 0 {
		j.say(r.on, pointer, r.name+" must not be an empty array")
	}
	for i, item := range list {
		place := pointer
		if many {
			place = at(pointer, i)
		}
		j.object(place, item, r)
	}
}

func (j *judge) object(pointer string, value json.RawMessage, r rule) {
	found, ok := thingOf(value)
	if !ok {
		j.say(r.on, pointer, r.name+" must be an object")
		return
	}
	if found.id != nil {
		if url, ok := text(found.id); !ok || !isURL(url) {
			j.say(r.on, pointer+"/id", "id must be a URL")
		}
	} else if r.idRequired {
		j.say(r.on, pointer, r.name+" must have an id")
	}
	if found.kind != nil {
		if names, _, ok := types(found.kind); !ok || names[0] == "" {
			j.say(r.on, pointer+"/type", "type must be a name or a non-empty array of names")
		}
	} else if r.typeRequired {
		j.say(r.on, pointer, r.name+" must have a type")
	}
}
