package pex

import (
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// limited says whether one view of the claims shows nothing about the subject but what the fields select.
func (s *subject) limited(fields []Field, w *walk) bool {
	for _, view := range s.views {
		asked := map[string]bool{}
		w.locate, w.found = true, func(_ any, at string) bool {
			asked[at] = true
			return true
		}
		for _, f := range fields {
			for _, path := range f.Paths {
				if path.text != "" {
					w.visit(view, path.steps, "")
				}
			}
		}
		object, _ := view.(map[string]any)
		if !w.spent() && claimsWithin(object, asked) {
			return true
		}
	}
	return false
}

// claimsWithin looks at what a credential or a token tells: credentialSubject but for the subject's id and type, or,
// where there is none, the members that say nothing about the token.
func claimsWithin(object map[string]any, asked map[string]bool) bool {
	at, told := "", any(object)
	if vc, ok := object["vc"].(map[string]any); ok {
		object, at = vc, "/vc"
	}
	plain := []string{"id", "type", "@type"}
	if subject, ok := object["credentialSubject"]; ok {
		at, told = at+"/credentialSubject", subject
	} else {
		at, plain = "", []string{
			"iss", "sub", "aud", "iat", "nbf", "exp", "jti", "nonce", "cnf", "vct", "vct#integrity", "status", "_sd_alg",
		}
	}
	return object != nil && (asked[""] || strings.HasPrefix(at, "/vc/") && asked["/vc"] || within(told, at, asked, plain))
}

func within(value any, at string, asked map[string]bool, plain []string) bool {
	if asked[at] {
		return true
	}
	switch value := value.(type) {
	case map[string]any:
		for name, child := range value {
			if !slices.Contains(plain, name) && !within(child, at+"/"+ijson.Token(name), asked, nil) {
				return false
			}
		}
	case []any: // several subjects are each a subject
		for i, child := range value {
			if !within(child, at+"/"+strconv.Itoa(i), asked, plain) {
				return false
			}
		}
	default:
		return false
	}
	return true
}
