package acapy

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// refused is a refusal in ACA-Py's own words.
type refused struct {
	status int
	reason string
	cause  error
}

func (r *refused) Error() string { return r.reason }

func (r *refused) Unwrap() error { return r.cause }

func refusal(status int, format string, args ...any) *refused {
	return &refused{status: status, reason: fmt.Sprintf(format, args...)}
}

// unshaped refuses what is not as the description says.
func unshaped(location string, f *faults) error {
	outer := new(faults)
	outer.add(location, f)
	return refusal(http.StatusUnprocessableEntity, "%s", outer)
}

// trouble is what aiohttp answers where a program failed.
const trouble = "500 Internal Server Error\n\nServer got itself in trouble"

// fail answers what no route does.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	d.refuse(w, &call{Request: r, line: new(line)}, err)
}

// refuse answers with what err is: "<status>: <reason>", or JSON where the line's refusals are.
func (d *Door) refuse(w http.ResponseWriter, c *call, err error) {
	status, reason := c.worded(err)
	log := d.Log
	_, worded := errors.AsType[*refused](err)
	if worded {
		log = nil // a fault of somebody else's
	}
	httpx.Refusing(w, c.Request, log, status, err)
	if status == http.StatusUnauthorized {
		w.Header().Del("WWW-Authenticate") // X-API-KEY is no scheme of RFC 9110 §11
	}
	switch {
	case status == http.StatusInternalServerError && !worded:
		plain(w, status, trouble)
	case c.line.problems && status != http.StatusUnprocessableEntity && status != http.StatusUnauthorized:
		httpx.EncodeAs(w, status, contentJSON, map[string]string{"message": reason})
	default:
		plain(w, status, fmt.Sprintf("%d: %s", status, reason))
	}
}

func plain(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // who left needs no answer
}

// worded gives an error's status and reason.
func (c *call) worded(err error) (int, string) {
	if own, ok := errors.AsType[*refused](err); ok {
		return own.status, own.reason
	}
	e := httpx.Shown(err)
	if noun, ok := nouns[e.Code]; ok {
		at := c.named[noun]
		status := http.StatusBadRequest // what a body names
		if at.path {
			status = http.StatusNotFound
		}
		return status, fmt.Sprintf("Record not found: %s/%s.", noun, at.text)
	}
	status := statusOf(e)
	if status == http.StatusNotFound && e.Code != "tenant-not-found" && !strings.Contains(c.line.pattern, "{") && c.line.pattern != "" {
		status = http.StatusBadRequest // the path is there: what the body names is not
	}
	if text, ok := texts[e.Code]; ok {
		return status, text
	}
	if word := wordings[e.Code]; word != nil {
		if text := word(c, e); text != "" {
			return status, text
		}
	}
	return status, message(e)
}

// wordings are ACA-Py's texts that say more than one thing.
var wordings = map[string]func(c *call, e *vc.Error) string{
	"connection-not-ready": func(c *call, _ *vc.Error) string {
		if at := c.named[nounConnection]; at.text != "" {
			return "Connection " + at.text + " not ready"
		}
		return ""
	},
	"exchange-state": func(c *call, e *vc.Error) string {
		what := "Credential exchange"
		if strings.HasSuffix(c.line.pattern, "/send-offer") {
			what += " record"
		}
		return misplaced(what, c.named[nounExchange].text, e, func(role, state string) string {
			return exchangeState(agent.ExchangeView{Exchange: vc.Exchange{Role: vc.ExchangeRole(role), State: vc.ExchangeState(state)}})
		})
	},
	"proof-state": func(c *call, e *vc.Error) string {
		return strings.TrimSuffix(misplaced("Presentation exchange", c.named[nounProof].text, e, func(role, state string) string {
			return proofState(vc.Proof{Role: vc.ProofRole(role), State: vc.ProofState(state)})
		}), ".")
	},
	"undefined-term": undefined, "undefined-type": undefined,
	"definition-invalid": placed, "invitation-malformed": placed, "message-malformed": placed,
}

// placed is a message with the place of what it tells of: a fault of what was sent along says nothing without.
func placed(_ *call, e *vc.Error) string {
	if e.Pointer == "" {
		return message(e)
	}
	return message(e) + " (at " + e.Pointer + ")"
}

// misplaced says in which state a record is, and in which it must be: the two findings of the error, wanted and had. Had alone: it must
// not be over.
func misplaced(what, id string, e *vc.Error, state func(role, state string) string) string {
	if len(e.Details) == 1 && id != "" {
		return fmt.Sprintf("%s %s in %s state (must be open).", what, id, state(e.Details[0].Code, e.Details[0].Message))
	}
	if len(e.Details) < 2 || id == "" {
		return ""
	}
	wanted, had := e.Details[0], e.Details[1]
	return fmt.Sprintf("%s %s in %s state (must be %s).", what, id, state(had.Code, had.Message), state(wanted.Code, wanted.Message))
}

// undefined tells of the terms that no context defines.
func undefined(_ *call, e *vc.Error) string {
	var names []string
	for _, f := range e.Details {
		if f.Code == e.Code || f.Code == "undefined-term" || f.Code == "undefined-type" {
			names = append(names, f.Pointer[strings.LastIndexByte(f.Pointer, '/')+1:])
		}
	}
	if len(names) == 0 {
		names = append(names, e.Pointer[strings.LastIndexByte(e.Pointer, '/')+1:])
	}
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteString(", ")
		}
		pyString(&b, name)
	}
	return fmt.Sprintf("%d attributes dropped. Provide definitions in context to correct. [%s]", len(names), b.String())
}

// nouns are the records that an error of a desk says are not there.
var nouns = map[string]string{
	"connection-not-found": nounConnection,
	"exchange-not-found":   nounExchange,
	"proof-not-found":      nounProof,
	"invitation-not-found": nounInvitation,
	"wallet-not-found":     nounWallet,
	"mediation-not-found":  nounMediation,
}

// texts are ACA-Py's where a desk's error has another.
var texts = map[string]string{
	"invitation-empty":             "Invitation must include handshake protocols, request attachments, or both.",
	"invitation-multi-attachments": "Cannot create multi use invitation with attachments.",
	"invitation-metadata":          "Cannot store metadata without handshake protocols.",
	"unique-did":                   "create_unique_did can only be used with use_did_method.",
	"public-disabled":              "Public invitations are not enabled.",
	"no-public-did":                "Cannot create public invitation with no public DID.",
	"permission-denied":            "Forbidden",
	"no-route":                     "Not Found",
	"no-organisation":              "The tenant has no organisation yet that would be its agent: chancery organisation create NAME --may-issue --may-verify",
	httpx.CodeNotAllowed:           "Method Not Allowed",
	httpx.CodeTooLarge:             fmt.Sprintf("Maximum request body size %d exceeded.", maxBody),
}

// statusOf is the status of an error on this wire: what is wrong, or may not be now, is 400.
func statusOf(e *vc.Error) int {
	switch e.Code {
	case "public-disabled":
		return http.StatusBadRequest
	case "not-built", "no-resolver", "network-not-configured":
		return http.StatusNotImplemented
	}
	switch status := httpx.Status(e); status {
	case http.StatusConflict, http.StatusGone, http.StatusUnprocessableEntity, http.StatusUnsupportedMediaType:
		return http.StatusBadRequest
	default:
		return status
	}
}

// shown is how many findings one reason tells.
const shown = 8

// message is one text, on one line, for all that is to be said.
func message(e *vc.Error) string {
	var b strings.Builder
	b.WriteString(e.Message)
	n := 0
	for _, f := range e.Details {
		if f.Warning || strings.Contains(e.Message, f.Message) {
			continue
		}
		if n++; n > shown {
			b.WriteString("; and more")
			break
		}
		b.WriteString("; " + f.Message)
		if f.Pointer != "" {
			b.WriteString(" (at " + f.Pointer + ")")
		}
	}
	return strings.NewReplacer("\r", " ", "\n", " ").Replace(b.String())
}

// asError is an error as a caller may see it.
func asError(err error) *vc.Error { return httpx.Shown(err) }
