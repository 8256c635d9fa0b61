package ldcontext

import (
	"net/url"
	"strings"
)

// repeated gives what https://www.w3.org/ns/credentials/v2 says of the names that claims share with it, word for
// word; nil for all other names.
func repeated(name string) any {
	switch name {
	case "id":
		return "@id"
	case "type":
		return "@type"
	case "name":
		return "https://schema.org/name"
	case "description":
		return "https://schema.org/description"
	case "mediaType":
		return map[string]string{"@id": "https://schema.org/encodingFormat"}
	case "digestSRI":
		return map[string]string{
			"@id":   "https://www.w3.org/2018/credentials#digestSRI",
			"@type": "https://www.w3.org/2018/credentials#sriString",
		}
	case "digestMultibase":
		return map[string]string{
			"@id":   "https://w3id.org/security#digestMultibase",
			"@type": "https://w3id.org/security#multibase",
		}
	}
	return nil
}

// reserved are the other names that https://www.w3.org/ns/credentials/v2 and https://www.w3.org/2018/credentials/v1
// protect in their outermost contexts: the base contexts keep them.
func reserved(name string) bool {
	switch name {
	case "VerifiableCredential", "VerifiablePresentation", "EnvelopedVerifiableCredential",
		"EnvelopedVerifiablePresentation", "JsonSchema", "JsonSchemaCredential", "BitstringStatusListCredential",
		"BitstringStatusList", "BitstringStatusListEntry", "DataIntegrityProof",
		"...", "_sd", "_sd_alg", "aud", "cnf", "exp", "iat", "iss", "jku", "kid", "nbf", "sub", "x5u":
		return true
	case "EcdsaSecp256k1Signature2019", "EcdsaSecp256r1Signature2019", "Ed25519Signature2018", "RsaSignature2018",
		"proof": // 1.1
		return true
	}
	return false
}

// isTerm: a term that looks like an IRI would have to expand to itself, one like a keyword is ignored (JSON-LD 1.1
// API §4.2.2).
func isTerm(name string) bool {
	return name != "" && !strings.ContainsAny(name, ":/# \t\r\n") && name[0] != '@'
}

// fragment writes a name in a URL's fragment; slashes are left to paths.
func fragment(name string) string { return strings.ReplaceAll(url.PathEscape(name), "/", "%2F") }
