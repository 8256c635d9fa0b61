package didpeer

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// Numalgo 0, 2 and 3: the DID is made of keys and services.

// maxElements bounds the keys and services of a DID.
const maxElements = 64

// purpose knows the codes of keys in a DID of numalgo 2.
func purpose(code byte) (diddoc.Relationship, bool) {
	switch code {
	case 'A':
		return diddoc.AssertionMethod, true
	case 'E':
		return diddoc.KeyAgreement, true
	case 'V':
		return diddoc.Authentication, true
	case 'I':
		return diddoc.CapabilityInvocation, true
	case 'D':
		return diddoc.CapabilityDelegation, true
	}
	return "", false
}

// resolve0 is the did:key of the same key, under this DID.
func resolve0(did, rest string) ([]byte, error) {
	document, err := didkey.Document("did:key:"+rest, diddoc.Multikey)
	if err != nil {
		return nil, invalid("no key that is supported")
	}
	rename := func(id string) string { return did + id[strings.IndexByte(id, '#'):] }
	document.ID = did
	for i, m := range document.VerificationMethods {
		document.VerificationMethods[i].ID, document.VerificationMethods[i].Controller = rename(m.ID), did
	}
	for relationship, ids := range document.Relationships {
		for i, id := range ids {
			document.Relationships[relationship][i] = rename(id)
		}
	}
	return diddoc.Build(document)
}

// Key is a key of a DID of numalgo 2: "z6Mk…", for one relationship.
type Key struct {
	Purpose   diddoc.Relationship
	Multibase string
}

// Encode2 makes a DID of numalgo 2. services are JSON objects; one without an id gets "#service", "#service-1", … when the
// DID is resolved, keys are "#key-1", "#key-2", … It fails with a *diddoc.Error: CodeKey, CodeDocument.
func Encode2(keys []Key, services ...[]byte) (string, error) {
	var did strings.Builder
	did.WriteString(prefix + "2")
	for _, key := range keys {
		code := byte(0)
		for _, c := range []byte("AEVID") {
			if p, _ := purpose(c); p == key.Purpose {
				code = c
			}
		}
		if code == 0 || !isKey(key.Multibase) {
			return "", &diddoc.Error{Code: diddoc.CodeKey, Message: "no base58 multikey for a relationship"}
		}
		did.WriteByte('.')
		did.WriteByte(code)
		did.WriteString(key.Multibase)
	}
	for _, service := range services {
		value, err := ijson.Decode(service, ijson.Limits{})
		object, ok := value.(map[string]any)
		if err != nil || !ok {
			return "", &diddoc.Error{Code: diddoc.CodeDocument, Pointer: "/service", Message: "an object is expected"}
		}
		raw, err := write(rewrite(object, shorter))
		if err != nil {
			return "", err
		}
		did.WriteString(".S" + base64.RawURLEncoding.EncodeToString(raw))
	}
	_, err := checked(Resolve(did.String()))
	return did.String(), err
}

// isKey says whether the text is a multikey in base58: "z" and 46 digits at least.
func isKey(text string) bool {
	if len(text) < 47 || text[0] != 'z' {
		return false
	}
	_, _, err := multikey.Split(text)
	return err == nil
}

// resolve2 gives the document of the elements in rest, those of long, under the DID long itself or its short form.
func resolve2(long, rest, did string) ([]byte, error) {
	elements := strings.Split(rest, ".")
	if elements[0] != "" || len(elements) < 2 || len(elements) > maxElements {
		return nil, invalid("no elements, or too many")
	}
	document := map[string]any{
		"@context": []any{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"},
	}
	add := func(name string, value any) {
		list, _ := document[name].([]any)
		document[name] = append(list, value)
	}
	keys := 0
	var services []map[string]any
	for _, element := range elements[1:] {
		if element == "" {
			return nil, invalid("an empty element")
		}
		if element[0] == 'S' {
			more, err := decodeServices(element[1:])
			if err != nil {
				return nil, err
			}
			services = append(services, more...)
			continue
		}
		relationship, ok := purpose(element[0])
		if !ok || !isKey(element[1:]) {
			return nil, invalid("an element is neither a key nor a service")
		}
		keys++
		id := "#key-" + strconv.Itoa(keys)
		add("verificationMethod", map[string]any{"id": id, "type": diddoc.Multikey, "publicKeyMultibase": element[1:]})
		add(string(relationship), id)
	}
	for _, service := range identified(services) {
		add("service", service)
	}
	alias := long
	if did == long {
		alias = prefix + "3" + hash([]byte(rest))
	}
	raw, err := write(document)
	if err != nil {
		return nil, err
	}
	return checked(resolved(raw, did, alias))
}

// decodeServices reads the services of an element: one, or an array of them as the first edition of numalgo 2 had it.
func decodeServices(text string) ([]map[string]any, error) {
	fault := &diddoc.Error{Code: diddoc.CodeDocument, Pointer: "/service", Message: "no base64url of a service"}
	if strings.ContainsAny(text, "\r\n") {
		return nil, fault
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fault
	}
	value, err := ijson.Decode(raw, ijson.Limits{})
	if err != nil {
		return nil, fault
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
	}
	services := make([]map[string]any, 0, len(list))
	for _, entry := range list {
		service, ok := entry.(map[string]any)
		if !ok || len(list) > maxElements {
			return nil, fault
		}
		services = append(services, rewrite(service, longer))
	}
	return services, nil
}

// identified gives ids to services that have none.
func identified(services []map[string]any) []map[string]any {
	n := 0
	for _, service := range services {
		if _, has := service["id"]; has {
			continue
		}
		service["id"] = "#service"
		if n > 0 {
			service["id"] = "#service-" + strconv.Itoa(n)
		}
		n++
	}
	return services
}

// longer and shorter are the abbreviations of names; "dm" is that of a type.
func longer(name string, isType bool) string {
	switch {
	case isType && name == "dm":
		return "DIDCommMessaging"
	case isType:
		return name
	}
	switch name {
	case "t":
		return "type"
	case "s":
		return "serviceEndpoint"
	case "r":
		return "routingKeys"
	case "a":
		return "accept"
	}
	return name
}

func shorter(name string, isType bool) string {
	switch {
	case isType && name == "DIDCommMessaging":
		return "dm"
	case isType:
		return name
	}
	switch name {
	case "type":
		return "t"
	case "serviceEndpoint":
		return "s"
	case "routingKeys":
		return "r"
	case "accept":
		return "a"
	}
	return name
}

// rewrite changes the names and types in a service at every depth; ijson has bounded that. A name that would be there
// twice stays as it is.
func rewrite(object map[string]any, change func(string, bool) string) map[string]any {
	out := make(map[string]any, len(object))
	for name, value := range object {
		changed := change(name, false)
		if _, taken := object[changed]; taken {
			changed = name
		}
		switch v := value.(type) {
		case map[string]any:
			value = rewrite(v, change)
		case []any:
			items := make([]any, len(v))
			for i, item := range v {
				items[i] = item
				if inner, ok := item.(map[string]any); ok {
					items[i] = rewrite(inner, change)
				}
			}
			value = items
		case string:
			if name == "t" || name == "type" {
				value = change(v, true)
			}
		}
		out[changed] = value
	}
	return out
}
