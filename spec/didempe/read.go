package didempe

import (
	"encoding/base64"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Read gives the DID document, JSON, in the value of the ledger's answer to [Query], a QueryGetDidDocumentResponse. It must
// be the DID's: a node of another network has other documents. It fails with a *diddoc.Error (CodeDocument).
//
// The ledger writes public keys on secp256k1 as JWKs that are none, the compressed point in base64 as x and no y; they are
// written as RFC 7518 §6.2.1 has them. All else is as the ledger has it.
func Read(did string, value []byte) ([]byte, error) {
	response := comet.NewReader(value)
	var message []byte
	for response.Next() {
		if response.Number() == 1 {
			message = response.Bytes()
		}
	}
	document, err := readDocument(message)
	if response.Err() != nil || err != nil {
		return nil, &diddoc.Error{Code: diddoc.CodeDocument, Message: "what the ledger has is no message of a DID document"}
	}
	if document.ID != did {
		return nil, &diddoc.Error{Code: diddoc.CodeDocument, Pointer: "/id", Message: "the ledger's document has another id"}
	}
	return diddoc.Build(document)
}

// relationship gives the relationship of a field of empe.diddoc.DidDocument; "" for another field.
func relationship(number int) diddoc.Relationship {
	switch number {
	case 5:
		return diddoc.Authentication
	case 6:
		return diddoc.AssertionMethod
	case 7:
		return diddoc.KeyAgreement
	case 8:
		return diddoc.CapabilityInvocation
	case 9:
		return diddoc.CapabilityDelegation
	}
	return ""
}

// readDocument reads empe.diddoc.DidDocument.
func readDocument(message []byte) (diddoc.Document, error) {
	document := diddoc.Document{Relationships: map[diddoc.Relationship][]string{}}
	r := comet.NewReader(message)
	for r.Next() {
		var err error
		switch number := r.Number(); number {
		case 1:
			document.ID = r.Text()
		case 2:
			document.Context = append(document.Context, r.Text())
		case 3:
			document.Controller = append(document.Controller, r.Text())
		case 4:
			var method diddoc.VerificationMethod
			method, err = readMethod(r.Bytes())
			document.VerificationMethods = append(document.VerificationMethods, method)
		case 5, 6, 7, 8, 9:
			err = readRelationship(&document, relationship(number), r.Bytes())
		case 10:
			var service diddoc.Service
			service, err = readService(r.Bytes())
			document.Services = append(document.Services, service)
		case 11:
			document.AlsoKnownAs = append(document.AlsoKnownAs, r.Text())
		}
		if err != nil {
			return diddoc.Document{}, err
		}
	}
	return document, r.Err()
}

// readMethod reads empe.diddoc.DidVerificationMethod.
func readMethod(message []byte) (diddoc.VerificationMethod, error) {
	var m diddoc.VerificationMethod
	r := comet.NewReader(message)
	for r.Next() {
		switch r.Number() {
		case 1:
			m.ID = r.Text()
		case 2:
			m.Type = r.Text()
		case 3:
			m.Controller = r.Text()
		case 4:
			m.PublicKeyBase58 = r.Text()
		case 5:
			m.PublicKeyMultibase = r.Text()
		case 6:
			jwk, err := readJWK(r.Bytes())
			if err != nil {
				return m, err
			}
			m.PublicKeyJWK = jwk
		}
	}
	return m, r.Err()
}

// readRelationship reads empe.diddoc.DidVerificationRelationship: the id of a method, or a method of its own.
func readRelationship(document *diddoc.Document, name diddoc.Relationship, message []byte) error {
	r := comet.NewReader(message)
	for r.Next() {
		switch r.Number() {
		case 1:
			document.Relationships[name] = append(document.Relationships[name], r.Text())
		case 2:
			method, err := readMethod(r.Bytes())
			if err != nil {
				return err
			}
			method.Embedded = name
			document.VerificationMethods = append(document.VerificationMethods, method)
			document.Relationships[name] = append(document.Relationships[name], method.ID)
		}
	}
	return r.Err()
}

// readService reads empe.diddoc.DidDocumentService.
func readService(message []byte) (diddoc.Service, error) {
	var service diddoc.Service
	var endpoints []string
	r := comet.NewReader(message)
	for r.Next() {
		switch r.Number() {
		case 1:
			service.ID = r.Text()
		case 2:
			service.Types = []string{r.Text()}
		case 3:
			endpoints = append(endpoints, r.Text())
		}
	}
	switch len(endpoints) {
	case 0:
	case 1:
		service.Endpoint = ijson.AppendString(nil, endpoints[0])
	default:
		list := []byte{'['}
		for i, endpoint := range endpoints {
			if i > 0 {
				list = append(list, ',')
			}
			list = ijson.AppendString(list, endpoint)
		}
		list = append(list, ']')
		service.Endpoint = list
	}
	return service, r.Err()
}

// readJWK reads empe.diddoc.JsonWebKey, and writes it as JSON.
func readJWK(message []byte) ([]byte, error) {
	var kty, crv, x, y string
	r := comet.NewReader(message)
	for r.Next() {
		switch r.Number() {
		case 1:
			kty = r.Text()
		case 2:
			crv = r.Text()
		case 3:
			x = r.Text()
		case 4:
			y = r.Text()
		}
	}
	if r.Err() != nil {
		return nil, r.Err()
	}
	if kty == "EC" && crv == "secp256k1" && y == "" {
		if jwk := decompressed(x); jwk != nil {
			return jwk, nil
		}
	}
	jwk := []byte{'{'}
	for _, member := range [...][2]string{{"crv", crv}, {"kty", kty}, {"x", x}, {"y", y}} {
		if member[1] == "" {
			continue
		}
		if len(jwk) > 1 {
			jwk = append(jwk, ',')
		}
		jwk = append(ijson.AppendString(jwk, member[0]), ':')
		jwk = ijson.AppendString(jwk, member[1])
	}
	return append(jwk, '}'), nil
}

// decompressed is the JWK of a compressed point in base64, of either alphabet; nil for what is none.
func decompressed(x string) []byte {
	x = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(x, "="))
	raw, err := base64.RawStdEncoding.Strict().DecodeString(x)
	if err != nil || len(raw) != secp256k1.PubKeyBytesLenCompressed {
		return nil
	}
	point, err := secp256k1.ParsePubKey(raw)
	if err != nil {
		return nil
	}
	key, err := jose.NewPublicKey(point)
	if err != nil {
		return nil
	}
	return key.JWK()
}
