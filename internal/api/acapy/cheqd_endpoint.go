package acapy

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// endpointServices are the types of the services that the types of endpoints stand for.
var endpointServices = map[string]string{"": "did-communication", "Endpoint": "did-communication", "Profile": "profile", "LinkedDomains": "LinkedDomains"}

// serviceWire is a service that is made here.
type serviceWire struct {
	ID            string   `json:"id"`
	Type          string   `json:"type"`
	Endpoint      string   `json:"serviceEndpoint"`
	RecipientKeys []string `json:"recipientKeys,omitempty"`
}

// setCheqdEndpoint writes a service into the document on the ledger; without an endpoint it takes it away. As with the plugin,
// whatever is wrong is 400.
func (d *Door) setCheqdEndpoint(c *call) (any, error) {
	var in struct {
		endpointWire
		Type string `json:"endpoint_type"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	i, err := d.Identity.Get(c.ctx(), c.scope, in.DID)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound:
		return nil, unready("Unknown DID: " + in.DID)
	case err != nil:
		return nil, err
	case !i.DeactivatedAt.IsZero():
		return nil, unready("DID is deactivated")
	}
	document, err := withEndpoint(i, endpointServices[in.Type], in.Endpoint)
	if err != nil {
		return nil, err
	}
	i, err = d.changedCheqd(c, identity.Registration{Operation: identity.ToUpdate, DID: i.DID, Document: document})
	if err != nil {
		return nil, err
	}
	if endpointServices[in.Type] == endpointServices[""] {
		value := jsontextNull
		if in.Endpoint != "" {
			if value, err = jsontext.AppendQuote(nil, in.Endpoint); err != nil {
				return nil, unready("endpoint is not text")
			}
		}
		if err := d.Agent.SetIdentityMetadata(c.ctx(), c.by, i.ID, map[string]jsontext.Value{endpointKey: value}); err != nil {
			return nil, err
		}
	}
	metadata, err := d.cheqdMetadata(c, i)
	return map[string]documentWire{"result": {DID: i.DID, Document: i.Document, Metadata: metadata}}, err
}

// withEndpoint is the document of an identity whose service of a type has another endpoint; "": none. Peers write to the key by which
// it authenticates.
func withEndpoint(i vc.Identity, service, endpoint string) ([]byte, error) {
	document := struct {
		Services       []map[string]jsontext.Value `json:"service"`
		Authentication []string                    `json:"authentication"`
	}{}
	if err := json.Unmarshal(i.Document, &document); err != nil {
		return nil, vc.Errorf(vc.Internal, "document-broken", "the identity's document cannot be read").Because(err)
	}
	keys := document.Authentication[:min(1, len(document.Authentication))]
	var services []any
	found := false
	for _, s := range document.Services {
		if !found && s["type"].Kind() == '"' && unquoted(s["type"]) == service {
			found = true
			if endpoint == "" {
				continue
			}
			quoted, err := jsontext.AppendQuote(nil, endpoint)
			if err != nil {
				return nil, unready("endpoint is not text")
			}
			s["serviceEndpoint"] = quoted
			if i.Method == "web" && service == endpointServices[""] { // whose keys change here
				if s["recipientKeys"], err = json.Marshal(keys); err != nil {
					return nil, err
				}
			}
		}
		services = append(services, s)
	}
	if !found && endpoint != "" {
		made := serviceWire{ID: i.DID + "#" + service, Type: service, Endpoint: endpoint}
		if service == endpointServices[""] {
			made.RecipientKeys = keys
		}
		services = append(services, made)
	}
	return json.Marshal(map[string]any{"id": i.DID, "service": services}, json.Deterministic(true))
}
