// Package didregistration is what a client says to a DIF Universal Registrar, and what it hears: DIF DID Registration 1.0 in
// client-managed secret mode, with signing requests. What registrars of did:cheqd write otherwise is read too.
//
//	First  ── create, update, deactivate, createResource, updateResource ──> an answer of state "action": jobId, what to sign
//	Second ── jobId, signatures ──> an answer of state "finished", "wait" or "failed"
package didregistration

import (
	"encoding/base64"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The operations, as they are in a registrar's URLs.
const (
	Create         = "create"
	Update         = "update"
	Deactivate     = "deactivate"
	CreateResource = "createResource"
	UpdateResource = "updateResource"
)

// The states of a job: §3.3. Whoever is asked again while a job waits says so in state "wait"; "action" asks for something.
const (
	Finished = "finished"
	Failed   = "failed"
	Action   = "action"
	Wait     = "wait"
)

// SignPayload is the action of signing: §3.3.2.4.
const SignPayload = "signPayload"

// Change is what is asked for in the first step. Of a resource Version is that of its author, and ResourceID a UUID that it is
// to have; of a document Version is the id that its version is to have. Registrars that do not know an option pass over it.
type Change struct {
	Operation  string
	DID        string
	Network    string
	Version    string
	Document   []byte // JSON, of a creation and an update
	ResourceID string
	Name, Type string
	Content    []byte
}

// Signature answers a signing request.
type Signature struct {
	Request string // its name; "" where it answers none
	Kid     string
	Bytes   []byte
}

// options are those of cheqd's registrar.
type options struct {
	Network string `json:"network,omitempty"`
	Name    string `json:"name,omitempty"`
	Type    string `json:"type,omitempty"`
	Version string `json:"versionId,omitempty"`
}

// first is the body of the first step.
type first struct {
	DID       string         `json:"did,omitempty"`
	Operation []string       `json:"didDocumentOperation,omitempty"`
	Document  jsontext.Value `json:"didDocument,omitempty"`
	Relative  string         `json:"relativeDidUrl,omitempty"`
	Content   any            `json:"content,omitempty"`
	Options   options        `json:"options,omitzero"`
}

// First writes the body of the first step. A document that is updated, and its content where a resource is, stand in a list.
func First(c Change) ([]byte, error) {
	body := first{Options: options{Network: c.Network, Version: c.Version}}
	if c.Operation != Create {
		body.DID = c.DID
	}
	switch c.Operation {
	case Create:
		body.Document = c.Document
	case Update:
		body.Document = slices.Concat([]byte("["), c.Document, []byte("]"))
		body.Operation = []string{"setDidDocument"}
	case CreateResource, UpdateResource:
		body.Options.Name, body.Options.Type = c.Name, c.Type
		if c.ResourceID != "" {
			body.Relative = "/resources/" + c.ResourceID
		}
		text := base64.StdEncoding.EncodeToString(c.Content)
		if body.Content = text; c.Operation == UpdateResource {
			body.Content = []string{text}
		}
	}
	return json.Marshal(body)
}

type response struct {
	Kid       string `json:"kid"`
	Signature string `json:"signature"`
}

// Second writes the body of the second step: signatures under the names of their requests, further ones under names of their
// own. asList is for a registrar whose signing requests are a list.
func Second(c Change, job string, signatures []Signature, asList bool) ([]byte, error) {
	type secret struct {
		Response any `json:"signingResponse"`
	}
	body := struct {
		Job     string  `json:"jobId"`
		DID     string  `json:"did,omitempty"`
		Options options `json:"options,omitzero"`
		Secret  secret  `json:"secret"`
	}{Job: job, Options: options{Network: c.Network}}
	if c.Operation != Create {
		body.DID = c.DID
	}
	var list []response
	named := map[string]response{}
	for _, s := range signatures {
		one := response{Kid: s.Kid, Signature: base64.StdEncoding.EncodeToString(s.Bytes)}
		list = append(list, one)
		if s.Request != "" {
			named[s.Request] = one
		}
	}
	for i, s := range signatures {
		for n := 0; s.Request == ""; n++ {
			name := numbered(n)
			if _, taken := named[name]; !taken {
				named[name], s.Request = list[i], name
			}
		}
	}
	if body.Secret.Response = named; asList {
		body.Secret.Response = list
	}
	return json.Marshal(body, json.Deterministic(true))
}

// OfResource says whether an operation is about a resource: its answers have a didUrlState.
func OfResource(operation string) bool { return strings.HasSuffix(operation, "Resource") }
