package issuer

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// What a JWT that is signed for a caller must not have, lest somebody read it as what only a desk makes.
var (
	// Members of a payload, wherever they stand: credentials and presentations (VCDM 1.1 §6.3.1, VC-JOSE-COSE §3.2), SD-JWT (RFC 9901
	// §4.1) and its credentials, status lists (Token Status List §5.1).
	mintedAnywhere = []string{"@context", "_sd", "_sd_alg", "...", "verifiableCredential", "credentialSubject", "status_list"}
	// Members at its top.
	mintedMembers = []string{
		"vc", "vp", "vct", "cnf", "credentialStatus", "credentialSchema",
		"sub_jwk", "_vp_token", "vp_token", "presentation_submission", "scope", "scp", "client_id", "authority_hints", "jwks",
	}
	// Members of a header: a key or a certificate of somebody else's, and how to read it otherwise (RFC 7515 §4.1, RFC 7797).
	mintedHeaders = []string{"b64", "crit", "jwk", "jku", "x5c", "x5u", "x5t", "x5t#S256", "zip", "trust_chain", "key_attestation"}
)

// notMinted refuses what could be read as something that has a desk of its own.
func (d *Desk) notMinted(header, payload map[string]any) error {
	for _, name := range mintedHeaders {
		if _, there := header[name]; there {
			return minted("a header with "+name, "/headers/"+ijson.Token(name))
		}
	}
	for _, name := range []string{"typ", "cty"} {
		if value, there := header[name]; there && !plainType(value) {
			return minted("a token of this type", "/headers/"+name)
		}
	}
	for _, name := range mintedMembers {
		if _, there := payload[name]; there {
			return minted("a payload with "+name, "/payload/"+name)
		}
	}
	if name, there := anywhere(payload); there {
		return minted("a payload with "+name, "/payload")
	}
	for _, name := range []string{"type", "@type"} {
		if names, ok := payload[name]; ok && reservedType(names) {
			return minted("a payload of this type", "/payload/"+name)
		}
	}
	return d.noIdentityToken(payload)
}

// noIdentityToken: a subject that issues says who it is (SIOPv2 §8), a nonce with an audience answers somebody's challenge, and what
// this server issues says its name.
func (d *Desk) noIdentityToken(payload map[string]any) error {
	issuer, names := payload["iss"].(string)
	_, nonce := payload["nonce"]
	_, audience := payload["aud"]
	switch {
	case names && issuer == payload["sub"]:
		return minted("a token whose issuer is its subject", "/payload/iss")
	case nonce && audience:
		return minted("a token that answers a challenge", "/payload/nonce")
	case d.PublicURL != "" && strings.HasPrefix(issuer, d.PublicURL):
		return minted("a token of this server's name", "/payload/iss")
	}
	return nil
}

func minted(what, pointer string) error {
	return vc.Errorf(vc.Invalid, "mint-refused", "%s is not signed here: credentials, presentations, status lists, SD-JWTs, "+
		"ID and access tokens have routes of their own", what).At(pointer)
}

// plainType: explicit types are for telling tokens apart (RFC 8725 §3.11), so only what says nothing of the kind is let through.
func plainType(value any) bool {
	text, ok := value.(string)
	if !ok {
		return false
	}
	text = strings.TrimPrefix(strings.ToLower(text), "application/")
	if strings.ContainsAny(text, "+ ") || strings.Contains(text, "sd-jwt") || strings.Contains(text, "statuslist") {
		return false
	}
	return text != "vc" && text != "vp" && text != "credential" && text != "presentation"
}

// anywhere finds a member that makes a credential of something however deep it stands.
func anywhere(value any) (string, bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if slices.Contains(mintedAnywhere, name) {
				return name, true
			}
			if found, there := anywhere(inner); there {
				return found, true
			}
		}
	case []any:
		for _, inner := range value {
			if found, there := anywhere(inner); there {
				return found, true
			}
		}
	}
	return "", false
}

func reservedType(value any) bool {
	switch value := value.(type) {
	case string:
		return catalog.Reserved(value) || value[strings.LastIndexAny(value, "#/:")+1:] == vcdm.TypeCredential
	case []any:
		return slices.ContainsFunc(value, reservedType)
	}
	return false
}

// nobodysFormat refuses what a format here would read: the last word, whatever the lists above forgot.
func (d *Desk) nobodysFormat(ctx context.Context, scope vc.Scope, token []byte) error {
	for _, f := range d.Formats {
		f = format.For(f, scope)
		if _, err := f.Read(ctx, token); err == nil {
			return minted("what reads as a credential", "/payload")
		}
		reader, ok := f.(interface {
			ReadPresentation(ctx context.Context, secured []byte) (format.Presentation, error)
		})
		if !ok {
			continue
		}
		if _, err := reader.ReadPresentation(ctx, token); err == nil {
			return minted("what reads as a presentation", "/payload")
		}
	}
	return nil
}
