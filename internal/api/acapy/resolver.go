package acapy

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

func (d *Door) resolver() []line {
	return []line{of(get, "/resolver/resolve/{did}", access.DIDRead, d.resolve)}
}

// resolution is a DID document, and what is known of it.
type resolution struct {
	Document jsontext.Value    `json:"did_document"`
	About    documentMetadata  `json:"document_metadata"`
	Metadata resolvingMetadata `json:"metadata"`
}

type documentMetadata struct {
	Created     stamp  `json:"created,omitzero"`
	Updated     stamp  `json:"updated,omitzero"`
	Deactivated bool   `json:"deactivated,omitzero"`
	VersionID   string `json:"versionId,omitzero"`
}

// resolvingMetadata tells how it was resolved. Duration is in milliseconds.
type resolvingMetadata struct {
	Type      string `json:"resolver_type"`
	Resolver  string `json:"resolver"`
	Retrieved string `json:"retrieved_time"`
	Duration  int64  `json:"duration"`
}

// keyFormat is the form of documents of did:key that ACA-Py's clients know.
var keyFormat = diddoc.ResolutionOptions{PublicKeyFormat: "Ed25519VerificationKey2018"}

// document resolves a DID; one of did:key in the form that clients know, where that holds its key.
func (d *Door) document(c *call, did string) (diddoc.Resolution, error) {
	if strings.HasPrefix(did, "did:key:") {
		if found, _, err := d.Identity.ResolveAs(c.ctx(), c.scope, did, keyFormat); err == nil {
			found.Document, found.Metadata = embedded(found.Document), diddoc.Metadata{} // a key has no history
			return found, nil
		}
	}
	found, _, err := d.Identity.Resolve(c.ctx(), c.scope, did)
	return found, err
}

// embedded puts the key for agreement where ACA-Py's clients look for it: into its relationship, and not among the others.
func embedded(document []byte) []byte {
	members, ok := objectOf(document)
	var methods, agreement []jsontext.Value
	if !ok || json.Unmarshal(members["verificationMethod"], &methods) != nil || json.Unmarshal(members["keyAgreement"], &agreement) != nil {
		return document
	}
	for i, reference := range agreement {
		at := slices.IndexFunc(methods, func(m jsontext.Value) bool {
			method, _ := objectOf(m)
			return reference.Kind() == '"' && string(method["id"]) == string(reference)
		})
		if at < 0 {
			return document
		}
		agreement[i] = methods[at]
		methods = slices.Delete(methods, at, at+1)
	}
	var err error
	if members["verificationMethod"], err = json.Marshal(methods); err != nil {
		return document
	}
	if members["keyAgreement"], err = json.Marshal(agreement); err != nil {
		return document
	}
	whole, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return document
	}
	return whole
}

func (d *Door) resolve(c *call) (any, error) {
	did, began := c.path("did"), d.now()
	found, err := d.document(c, did)
	if err != nil {
		return nil, unresolved(err, did)
	}
	method, _, _ := strings.Cut(strings.TrimPrefix(did, "did:"), ":")
	return resolution{
		Document: found.Document,
		About: documentMetadata{
			Created: stamp(found.Metadata.Created), Updated: stamp(found.Metadata.Updated), Deactivated: found.Metadata.Deactivated,
			VersionID: found.Metadata.VersionID,
		},
		Metadata: resolvingMetadata{
			Type: "native", Resolver: strings.ToUpper(method[:1]) + method[1:] + "DIDResolver", Retrieved: began.Format(time.RFC3339),
			Duration: d.now().Sub(began).Milliseconds(),
		},
	}, nil
}

// unresolved words why a DID was not resolved.
func unresolved(err error, did string) error {
	switch vc.KindOf(err) {
	case vc.Invalid:
		return &refused{status: http.StatusNotFound, reason: "DID " + did + " could not be resolved.", cause: err}
	case vc.NotFound, vc.Gone:
		return refusal(http.StatusNotFound, "DID %s not found", did)
	case vc.Unsupported:
		return refusal(http.StatusNotImplemented, "No resolver supporting DID \"%s\" loaded.", did)
	case vc.Unavailable:
		return &refused{status: http.StatusInternalServerError, reason: "Failed to resolve " + did, cause: err}
	}
	return err
}
