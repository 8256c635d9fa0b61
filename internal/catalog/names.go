package catalog

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// maxName bounds names for people, in bytes.
const maxName = 200

// nameRule tells what nameForPeople wants.
const nameRule = "a name has 1 to %d bytes, and no control characters"

// termRule tells what isTerm wants.
const termRule = "a type name is a letter, then letters, digits, '-', '_' and '.', at most 100 together"

// isTerm says whether a type name can be a JSON-LD term that no reader takes for an IRI or a keyword: a letter,
// then letters, digits, "-", "_" and "." (JSON-LD 1.1 §4.1, kept to ASCII).
func isTerm(name string) bool {
	if name == "" || len(name) > 100 || !letter(name[0]) {
		return false
	}
	for i := 1; i < len(name); i++ {
		if c := name[i]; !letter(c) && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// termOf makes a type name of a name for people: "University degree" becomes UniversityDegree. "" when nothing
// of it can be kept.
func termOf(name string) string {
	var out strings.Builder
	start := true
	for _, r := range name {
		switch {
		case r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) && out.Len() > 0):
			if start {
				r = unicode.ToUpper(r)
			}
			out.WriteRune(r)
			start = false
		default:
			start = true
		}
	}
	return out.String()
}

// TypeNameOf makes a type name of a schema's name, for doors whose callers cannot give one: where the name has nothing
// of a term it is Credential.
func TypeNameOf(name string) string {
	if term := termOf(name); term != "" && term != "VerifiableCredential" {
		return term
	}
	return "Credential"
}

func (s *Service) schemaURL(id string, version int) string {
	return s.config.PublicURL + "/schemas/" + id + "/" + strconv.Itoa(version) + "/schema.json"
}

func (s *Service) claimsURL(id string, version int) string {
	return s.config.PublicURL + "/schemas/" + id + "/" + strconv.Itoa(version) + "/claims.json"
}

func (s *Service) contextURL(id string, version int) string {
	return s.config.PublicURL + "/contexts/" + id + "/" + strconv.Itoa(version) + "/context.jsonld"
}

// ownURL takes a URL of this server apart: room is "schemas" or "contexts", file the last part.
func (s *Service) ownURL(text, room, file string) (id string, version int, ok bool) {
	rest, ok := strings.CutPrefix(text, s.config.PublicURL+"/"+room+"/")
	if !ok {
		return "", 0, false
	}
	parts := strings.Split(rest, "/")
	if len(parts) != 3 || parts[2] != file {
		return "", 0, false
	}
	version, err := strconv.Atoi(parts[1])
	if err != nil || version < 1 || strconv.Itoa(version) != parts[1] {
		return "", 0, false
	}
	return parts[0], version, true
}

// isWebURL says whether text is an absolute http or https URL.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}
