// Package domainlinkage reads DIF Well Known DID Configurations: what an origin publishes to say which DIDs are its own.
//
//	/.well-known/did-configuration.json ── Parse ──> Linked, one for each credential in it
//	Linked ── Judge(origin, now) ──> problems; with none, and a credential that verifies, the DID is the origin's
//
// Nothing here fetches or verifies a signature: a link holds only with a credential whose proof is by the DID's own key.
package domainlinkage

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcdm"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// Path is where an origin has its configuration, MediaType what it is served as.
const (
	Path      = "/.well-known/did-configuration.json"
	MediaType = "application/json"
)

// Context is the JSON-LD context of configurations and their credentials, Type the type of these.
const (
	Context = "https://identity.foundation/.well-known/did-configuration/v1"
	Type    = "DomainLinkageCredential"
)

// The limits of what is read.
const (
	MaxBytes  = 64 << 10
	MaxLinked = 64
)

const (
	citesResource   = "Well Known DID Configuration v1, DID Configuration Resource"
	citesCredential = "Well Known DID Configuration v1, Domain Linkage Credential"
)

// Error is why a configuration was not read. Pointer (RFC 6901) is into it.
type Error struct {
	Pointer string
	Message string
}

// Error gives the message with its place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "domainlinkage: " + e.Message
	}
	return fmt.Sprintf("domainlinkage: %s at %q", e.Message, e.Pointer)
}

// Linked is one credential of a configuration. Secured is the credential as it stands there, a JWT without its quotes.
// What could not be read is zero, and a problem to [Judge].
type Linked struct {
	Secured []byte
	JWT     bool
	DID     string // of its issuer
	Subject string
	Origin  string
	From    time.Time
	Until   time.Time

	credential *vcdm.Credential // nil: unreadable
	subjects   int
}

// Problem is what is wrong with a link. Code is stable; Pointer (RFC 6901) is into the credential.
type Problem struct {
	Code    string
	Pointer string
	Message string
	Cites   string
}

// The codes of [Problem].
const (
	ProblemUnreadable  = "unreadable"
	ProblemContext     = "context"
	ProblemType        = "type"
	ProblemID          = "id"
	ProblemIssuer      = "issuer"
	ProblemSubject     = "subject"
	ProblemOrigin      = "origin"
	ProblemDates       = "missing-date"
	ProblemExpired     = "expired"
	ProblemNotYetValid = "not-yet-valid"
)

// Parse reads a configuration. A credential that cannot be read is no fault of the others. It fails with an *Error for
// what is no configuration, or one of more than [MaxBytes] bytes or [MaxLinked] credentials.
func Parse(config []byte) ([]Linked, error) {
	if len(config) > MaxBytes {
		return nil, &Error{Message: "the configuration is too large"}
	}
	members, err := ijson.Members(config, ijson.Limits{})
	if err != nil {
		return nil, &Error{Message: "the configuration is no JSON object"}
	}
	var context, list []byte
	for _, m := range members {
		switch m.Name {
		case "@context":
			context = m.Value
		case "linked_dids":
			list = m.Value
		}
	}
	if !names(context, Context) {
		return nil, &Error{"/@context", "the context is that of another document"}
	}
	entries, ok := ijson.Elements(list)
	switch {
	case !ok:
		return nil, &Error{"/linked_dids", "there is no list of credentials"}
	case len(entries) > MaxLinked:
		return nil, &Error{"/linked_dids", "there are too many credentials"}
	}
	all := make([]Linked, len(entries))
	for i, entry := range entries {
		all[i] = read(entry)
	}
	return all, nil
}

// names says whether a context, one or a list, has the URL.
func names(context []byte, want string) bool {
	elements, many := ijson.Elements(context)
	if !many {
		elements = [][]byte{context}
	}
	return slices.ContainsFunc(elements, func(element []byte) bool {
		text, ok := ijson.String(element)
		return ok && text == want
	})
}

func read(entry []byte) Linked {
	l := Linked{Secured: bytes.TrimSpace(entry)}
	document := l.Secured
	if text, ok := ijson.String(entry); ok {
		l.JWT, l.Secured = true, []byte(text)
		token, err := jose.ParseCompact(l.Secured)
		if err != nil {
			return l
		}
		if document, _, err = vcjwt.Decode(token.Payload); err != nil {
			return l
		}
	}
	credential, err := vcdm.Parse(document)
	if err != nil {
		return l
	}
	l.credential, l.DID, l.From, l.Until = credential, credential.Issuer.ID, credential.ValidFrom, credential.ValidUntil
	subjects := credential.Subjects()
	if l.subjects = len(subjects); l.subjects != 1 {
		return l
	}
	members, err := vcdm.Members(subjects[0])
	if err != nil {
		return l
	}
	if value, ok := vcdm.Lookup(members, "id"); ok {
		l.Subject, _ = vcdm.Text(value)
	}
	if value, ok := vcdm.Lookup(members, "origin"); ok {
		l.Origin, _ = vcdm.Text(value)
	}
	return l
}

// Judge says what keeps a credential from linking its DID to the origin that its configuration was fetched from, at that
// time. The specification's own JWT names its origin without the scheme; that stands for https.
func Judge(l Linked, origin string, now time.Time) []Problem {
	if l.credential == nil {
		return []Problem{{ProblemUnreadable, "", "the credential cannot be read", citesResource}}
	}
	var problems []Problem
	say := func(bad bool, code, pointer, message string) {
		if bad {
			problems = append(problems, Problem{code, pointer, message, citesCredential})
		}
	}
	c := l.credential
	say(!slices.Contains(c.Contexts(), Context), ProblemContext, "/@context", "the context of domain linkage is missing")
	say(!slices.Contains(c.Types, Type), ProblemType, "/type", "it is no domain linkage credential")
	say(c.ID != "", ProblemID, "/id", "a domain linkage credential has no id")
	say(!strings.HasPrefix(l.DID, "did:"), ProblemIssuer, "/issuer", "the issuer is no DID")
	say(l.subjects != 1 || l.Subject != l.DID, ProblemSubject, "/credentialSubject/id", "the subject is not the issuer")
	say(!sameOrigin(l.Origin, origin), ProblemOrigin, "/credentialSubject/origin", "it is for another origin")
	say(l.From.IsZero(), ProblemDates, "/issuanceDate", "it does not say when it was issued")
	say(l.Until.IsZero(), ProblemDates, "/expirationDate", "it does not say when it ends")
	say(!l.From.IsZero() && now.Before(l.From), ProblemNotYetValid, "/issuanceDate", "it is not valid yet")
	say(!l.Until.IsZero() && !now.Before(l.Until), ProblemExpired, "/expirationDate", "it is over")
	return problems
}

func sameOrigin(one, other string) bool {
	if one != "" && !strings.Contains(one, "://") {
		one = "https://" + one
	}
	a, ok := Origin(one)
	b, too := Origin(other)
	return ok && too && a == b
}

// Origin gives an origin in one form (RFC 6454 §6.1): lower case, without a port that its scheme implies. It is false for
// what is more or less than an http or https origin; one "/" after it is let pass.
func Origin(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil ||
		u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#") {
		return "", false
	}
	host := strings.ToLower(u.Host)
	switch port := u.Port(); {
	case strings.HasSuffix(host, ":"):
		return "", false
	case u.Scheme == "https" && port == "443", u.Scheme == "http" && port == "80":
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, true
}
