package acapy

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// binder compares what was recorded with what was answered here: the same members and values, but for what is another in every run:
// ids, DIDs, keys, signatures and endpoints, which are bound where they first come and must agree from then on; and times, and
// tokens of wallets, of which only the form is compared, and the last is what a request here says.
type binder struct{ ours map[string]string } // by what was recorded

// drawn are the things that are another in every run; the first group that is not empty names the kind.
var drawn = regexp.MustCompile(
	`(?P<token>eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)` + // of a wallet: another each second
		`|(?P<jwt>ey[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+)` +
		`|(?P<peer>did:peer:[0-9][A-Za-z0-9.:_=-]+)` +
		`|(?P<key>did:key:z[1-9A-HJ-NP-Za-km-z]{40,})` +
		`|(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})` +
		`|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)` +
		`|(?P<endpoint>https?://(?:127\.0\.0\.1|localhost):\d+(?:/didcomm)?)` +
		`|(?P<value>\bz[1-9A-HJ-NP-Za-km-z]{80,}\b)` +
		`|(?P<multibase>\bz6[A-Za-z][1-9A-HJ-NP-Za-km-z]{40,}\b)` +
		`|(?P<hex>\b[0-9a-f]{32}\b)` +
		`|(?P<verkey>\b[1-9A-HJ-NP-Za-km-z]{43,44}\b)` +
		`|(?P<nym>\b[1-9A-HJ-NP-Za-km-z]{21,22}\b)`)

// token is a piece of a text: what is drawn, with its kind, or what is between, without.
type token struct{ kind, text string }

// word says whether a piece of a recording that looks like a nym is none: they all have a digit in them.
func word(piece string) bool { return !strings.ContainsAny(piece, "123456789") }

// tokens takes a text apart. What looks like a nym and is a word is not drawn.
func tokens(text string, word func(piece string) bool) (all []token) {
	at := 0
	for _, m := range drawn.FindAllStringSubmatchIndex(text, -1) {
		kind := ""
		for i, name := range drawn.SubexpNames() {
			if i > 0 && m[2*i] >= 0 {
				kind = name
			}
		}
		if piece := text[m[0]:m[1]]; kind != "nym" || !word(piece) {
			all = append(all, token{"", text[at:m[0]]}, token{kind, piece})
			at = m[1]
		}
	}
	return append(all, token{"", text[at:]})
}

// opened is a value with what is packed inside texts unpacked: JSON in base64, and the invitation in a URL.
func opened(value any) any {
	switch v := value.(type) {
	case object:
		all := object{}
		for name, member := range v {
			all[name] = opened(member)
			if list, ok := all[name].([]any); ok && (name == "contexts" || name == "expanded_types") { // sets
				slices.SortFunc(list, func(a, b any) int { return strings.Compare(text(a), text(b)) })
			}
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = opened(element)
		}
		return all
	case string:
		if url, packed, ok := strings.Cut(v, "?oob="); ok {
			return object{"url": url, "oob": opened(packed)}
		}
		if inside := unpacked(v); inside != nil {
			return object{"base64": opened(any(inside))}
		}
	}
	return value
}

// unpacked is the JSON object in base64 of either alphabet; nil where there is none.
func unpacked(text string) (inside object) {
	decoded, err := base64.RawURLEncoding.DecodeString(strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(text))
	if err != nil || json.Unmarshal(decoded, &inside) != nil {
		return nil
	}
	return inside
}

// difference is one place where an answer is another. Ours is JSON; "absent" where it is not there.
type difference struct{ pointer, recorded, ours string }

// compare gives where ours is another than what was recorded, and binds what is drawn.
func (b *binder) compare(pointer string, recorded, ours any) (all []difference) {
	differs := func(pointer string, recorded, ours any) {
		all = append(all, difference{pointer, text(recorded), text(ours)})
	}
	switch r := recorded.(type) {
	case object:
		o, ok := ours.(object)
		if !ok {
			differs(pointer, recorded, ours)
			return all
		}
		names := slices.Sorted(maps.Keys(r))
		for _, name := range names {
			if member, ok := o[name]; ok {
				all = append(all, b.compare(pointer+"/"+name, r[name], member)...)
			} else {
				differs(pointer+"/"+name, r[name], missing)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(o)) {
			if _, ok := r[name]; !ok {
				differs(pointer+"/"+name, missing, o[name])
			}
		}
	case []any:
		o, ok := ours.([]any)
		if !ok || len(o) != len(r) {
			differs(pointer, recorded, ours)
			return all
		}
		for i := range r {
			all = append(all, b.compare(pointer+"/"+strconv.Itoa(i), r[i], o[i])...)
		}
	case string:
		if o, ok := ours.(string); !ok || !b.bind(r, o) {
			differs(pointer, recorded, ours)
		}
	default:
		if !reflect.DeepEqual(recorded, ours) {
			differs(pointer, recorded, ours)
		}
	}
	return all
}

// bind compares two texts piece by piece.
func (b *binder) bind(recorded, ours string) bool {
	r := tokens(recorded, word)
	o := tokens(ours, func(piece string) bool { return word(piece) && strings.Contains(recorded, piece) }) // a nym of ours may have no digit
	if len(r) != len(o) {
		return false
	}
	for i := range r {
		known, ok := b.ours[r[i].text]
		switch {
		case r[i].kind != o[i].kind, r[i].kind == "" && r[i].text != o[i].text, ok && known != o[i].text && r[i].kind != "time" && r[i].kind != "token":
			return false
		case r[i].kind != "":
			b.ours[r[i].text] = o[i].text
		}
	}
	return true
}

// here is a recorded text as it is said here: what is bound is replaced.
func (b *binder) here(recorded string) string {
	var out strings.Builder
	for _, t := range tokens(recorded, word) {
		ours, ok := b.ours[t.text]
		if !ok {
			ours = t.text
		}
		out.WriteString(ours)
	}
	return out.String()
}

// missing is what is not there.
var missing = struct{ absent bool }{true}

func text(value any) string {
	if value == missing {
		return "absent"
	}
	out, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(out)
}
