package jsonld

import "strings"

// resolve makes a reference absolute: RFC 3986 §5.2, for IRIs. Without a base it stays what it is. json-gold's own way and
// net/url both rewrite more than that (dots, escapes), and so change what is signed.
func resolve(base, reference string) string {
	if base == "" || hasScheme(reference) {
		return reference
	}
	b, r := split(base), split(reference)
	switch {
	case r.hasAuthority:
		r.path = withoutDots(r.path)
	case r.path == "":
		r.authority, r.hasAuthority, r.path = b.authority, b.hasAuthority, b.path
		if !r.hasQuery {
			r.query, r.hasQuery = b.query, b.hasQuery
		}
	default:
		if r.path[0] != '/' {
			r.path = merge(b, r.path)
		}
		r.path = withoutDots(r.path)
		r.authority, r.hasAuthority = b.authority, b.hasAuthority
	}
	r.scheme = b.scheme
	return r.String()
}

// parts are the components of an IRI: RFC 3986 §3.
type parts struct {
	scheme, authority, path, query, fragment string
	hasAuthority, hasQuery, hasFragment      bool
}

func split(iri string) (p parts) {
	iri, p.fragment, p.hasFragment = strings.Cut(iri, "#")
	iri, p.query, p.hasQuery = strings.Cut(iri, "?")
	if hasScheme(iri) {
		p.scheme, iri, _ = strings.Cut(iri, ":")
	}
	if rest, ok := strings.CutPrefix(iri, "//"); ok {
		p.hasAuthority = true
		end := strings.IndexByte(rest, '/')
		if end < 0 {
			end = len(rest)
		}
		p.authority, iri = rest[:end], rest[end:]
	}
	p.path = iri
	return p
}

func (p parts) String() string {
	var out strings.Builder
	if p.scheme != "" {
		out.WriteString(p.scheme + ":")
	}
	if p.hasAuthority {
		out.WriteString("//" + p.authority)
	}
	out.WriteString(p.path)
	if p.hasQuery {
		out.WriteString("?" + p.query)
	}
	if p.hasFragment {
		out.WriteString("#" + p.fragment)
	}
	return out.String()
}

// merge puts a relative path in the place of the base's last segment: §5.2.3.
func merge(base parts, path string) string {
	if base.hasAuthority && base.path == "" {
		return "/" + path
	}
	return base.path[:strings.LastIndexByte(base.path, '/')+1] + path
}

// withoutDots is §5.2.4.
func withoutDots(path string) string {
	var out []string
	rooted := strings.HasPrefix(path, "/")
	segments := strings.Split(strings.TrimPrefix(path, "/"), "/")
	for i, segment := range segments {
		last := i == len(segments)-1
		switch segment {
		case ".":
		case "..":
			if len(out) > 0 {
				out = out[:len(out)-1]
			}
		default:
			out = append(out, segment)
			continue
		}
		if last {
			out = append(out, "")
		}
	}
	joined := strings.Join(out, "/")
	if rooted {
		return "/" + joined
	}
	return joined
}
