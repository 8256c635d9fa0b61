package didpeer

import (
	"slices"
	"strconv"
	"strings"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// What DID Exchange 1.0 and connections 1.0 of ACA-Py and Indy agents use: a DID without method, base58 of the first 16
// bytes of its key, and a document of before DID Core, with publicKey, whose authentication points to keys.

// IsUnqualified says whether a DID is one without a method: base58 of 16 bytes.
func IsUnqualified(did string) bool {
	if len(did) < 16 || len(did) > 22 {
		return false
	}
	raw, err := base58.Decode(did)
	return err == nil && len(raw) == 16
}

// Same says whether two names are of one DID: an unqualified one is also written with did:sov before it.
func Same(a, b string) bool {
	trim := func(did string) string {
		if rest := strings.TrimPrefix(did, "did:sov:"); IsUnqualified(rest) {
			return rest
		}
		return did
	}
	return trim(a) == trim(b)
}

// Legacy gives the agent's unqualified DID and its document, in the form of ACA-Py's. It fails with a *diddoc.Error
// (CodeKey) for no Ed25519 key.
func (a Agent) Legacy() (did string, document []byte, err error) {
	if err := a.check(); err != nil {
		return "", nil, err
	}
	_, raw, err := multikey.Split(a.Key)
	if err != nil {
		return "", nil, &diddoc.Error{Code: diddoc.CodeKey, Message: "an Ed25519 multikey is expected"}
	}
	did, key := base58.Encode(raw[:16]), base58.Encode(raw)
	id := "did:sov:" + did
	service := map[string]any{
		"id": id + ";indy", "type": "IndyAgent", "priority": 0, "recipientKeys": []string{key}, "serviceEndpoint": a.Endpoint,
	}
	if len(a.RoutingKeys) > 0 {
		routing := make([]string, len(a.RoutingKeys))
		for i, text := range a.RoutingKeys {
			if routing[i], err = plainKey(text); err != nil {
				return "", nil, err
			}
		}
		service["routingKeys"] = routing
	}
	document, err = write(map[string]any{
		"@context": "https://w3id.org/did/v1",
		"id":       id,
		"publicKey": []any{map[string]any{
			"id": id + "#1", "type": diddoc.Ed25519VerificationKey2018, "controller": id, "publicKeyBase58": key,
		}},
		"authentication": []any{map[string]any{"type": "Ed25519SignatureAuthentication2018", "publicKey": id + "#1"}},
		"service":        []any{service},
	})
	return did, document, err
}

// plainKey is a key in base58, which it may be already.
func plainKey(text string) (string, error) {
	id, ok := strings.CutPrefix(text, "did:key:")
	if !ok {
		return text, nil
	}
	id, _, _ = strings.Cut(id, "#")
	_, raw, err := multikey.Split(id)
	if err != nil {
		return "", &diddoc.Error{Code: diddoc.CodeKey, Message: "a routing key is no did:key"}
	}
	return base58.Encode(raw), nil
}

// ParseLegacy reads the document of a DID exchange or connection: one as [Agent.Legacy] writes it, or one of today, such
// as Credo sends with a DID of numalgo 1 (whose hash [ResolveGenesis] checks). The id is qualified with did:sov where it is
// not, and services may lack an id. It fails with a *diddoc.Error (CodeDocument).
func ParseLegacy(raw []byte) (diddoc.Document, error) {
	value, err := ijson.Decode(raw, ijson.Limits{Bytes: diddoc.MaxDocument})
	document, ok := value.(map[string]any)
	if err != nil || !ok {
		return diddoc.Document{}, &diddoc.Error{Code: diddoc.CodeDocument, Message: "no I-JSON object"}
	}
	id, _ := document["id"].(string)
	if IsUnqualified(id) {
		document["id"] = "did:sov:" + id
	}
	did, _ := document["id"].(string)
	modern(document, id, did)
	text, err := write(document)
	if err != nil {
		return diddoc.Document{}, err
	}
	parsed, err := diddoc.Parse(text)
	parsed.Raw = raw
	return parsed, err
}

// modern makes the document of did, which may write itself as written, one of DID Core.
func modern(document map[string]any, written, did string) {
	absolute := func(value any) any {
		text, ok := value.(string)
		switch {
		case !ok:
			return value
		case written != did && strings.HasPrefix(text, written):
			return did + strings.TrimPrefix(text, written)
		case text != "" && !strings.Contains(text, ":") && !strings.HasPrefix(text, "#"):
			return "#" + text
		}
		return text
	}
	if keys, ok := document["publicKey"].([]any); ok {
		methods, _ := document["verificationMethod"].([]any)
		for _, entry := range keys {
			if key, ok := entry.(map[string]any); ok {
				key["id"] = absolute(key["id"])
			}
		}
		document["verificationMethod"] = slices.Concat(methods, keys)
		delete(document, "publicKey")
	}
	authentication, _ := document["authentication"].([]any)
	for i, entry := range authentication {
		if object, ok := entry.(map[string]any); ok && object["publicKey"] != nil {
			authentication[i] = absolute(object["publicKey"])
		}
	}
	services, _ := document["service"].([]any)
	for i, entry := range services {
		service, ok := entry.(map[string]any)
		if !ok {
			continue
		}
		if text, _ := service["id"].(string); text == "" {
			service["id"] = "#service-" + strconv.Itoa(i)
		} else {
			service["id"] = absolute(service["id"])
		}
	}
}
