package empe

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/vc"
)

// metadataWire is the issuer's metadata, an early OpenID4VCI's with Empe's own endpoints.
type metadataWire struct {
	Issuer         string                   `json:"credential_issuer"`
	Credentials    string                   `json:"credential_endpoint"`
	Tokens         string                   `json:"token_endpoint"`
	Schemas        string                   `json:"schema_endpoint"`
	Authorizations string                   `json:"authorize_endpoint"`
	Offerings      string                   `json:"offering_endpoint"`
	Servers        []string                 `json:"authorization_servers"`
	Display        []display                `json:"display"`
	Configurations map[string]configuration `json:"credential_configurations_supported"`
	Proofs         proofTypes               `json:"proof_types_supported"`
}

type configuration struct {
	Format     string     `json:"format"`
	Definition definition `json:"credential_definition"`
	Binding    []string   `json:"cryptographic_binding_methods_supported"`
	Algorithms []string   `json:"credential_signing_alg_values_supported"`
	Display    []display  `json:"display"`
	SchemaURI  string     `json:"schemaUri"`
	Version    int        `json:"version"`
}

type definition struct {
	Context []string `json:"@context"`
	Type    []string `json:"type"`
}

type proofTypes struct {
	JWT struct {
		Algorithms []string `json:"proof_signing_alg_values_supported"`
	} `json:"jwt"`
}

func (d *Door) metadata(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	const root = "/api/v1/"
	out := metadataWire{
		Issuer: c.URL, Credentials: c.URL + root + "offerings", Tokens: c.URL + root + "tokens", Schemas: c.URL + root + "schemas",
		Authorizations: c.URL + root + "authorizations", Offerings: c.URL + root + "offerings", Servers: []string{c.URL},
		Display: []display{{locale, c.Organisation.Name}},
	}
	out.Proofs.JWT.Algorithms = []string{vc.Secp256k1.JOSE(), vc.Ed25519.JOSE(), vc.P256.JOSE()}
	var err error
	if out.Configurations, err = d.configurations(r.Context(), c.Scope); err != nil {
		return err
	}
	return wire.Answer(w, http.StatusOK, out)
}

// configurations are the types of an office that are issued here, each as it is now.
func (d *Door) configurations(ctx context.Context, scope vc.Scope) (map[string]configuration, error) {
	algorithms, err := d.algorithms(ctx, scope)
	if err != nil {
		return nil, err
	}
	open := false
	types, err := d.Catalog.Types(ctx, scope, vc.ListQuery{Page: vc.Page{Limit: maxListed}, Archived: &open, Exact: true})
	if err != nil {
		return nil, err
	}
	out := map[string]configuration{}
	for _, t := range types {
		if t.Line == "" {
			continue
		}
		kind, err := d.Catalog.Kind(ctx, scope, t.ID)
		switch vc.KindOf(err) {
		case vc.NotFound, vc.Conflict: // it cannot be issued now
			continue
		}
		if err != nil {
			return nil, err
		}
		out[t.Line] = configuration{
			Format:     "ldp_vc",
			Definition: definition{kind.Contexts(vc.VCDM11), append([]string{"VerifiableCredential"}, kind.Type.Types...)},
			Binding:    []string{"did"}, Algorithms: algorithms, Display: []display{{locale, kind.Type.Name}},
			SchemaURI: kind.Version.URL, Version: kind.Version.Version,
		}
	}
	return out, nil
}

// algorithms are those that the issuer signs with now.
func (d *Door) algorithms(ctx context.Context, scope vc.Scope) ([]string, error) {
	out := []string{}
	identity, err := d.issuer(ctx, scope)
	if err != nil && vc.KindOf(err) != vc.Invalid {
		return nil, err
	}
	for _, key := range identity.Keys {
		if key.State == vc.KeyActive {
			out = append(out, key.Key.Algorithm.JOSE())
		}
	}
	return out, nil
}
