package acapy

import (
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// textSeeds refuses seeds where they were not allowed.
const textSeeds = "Seed support is not enabled"

// didBody asks for a DID.
type didBody struct {
	Method  string `json:"method"`
	Seed    string `json:"seed"`
	Options struct {
		KeyType string `json:"key_type"`
		DID     string `json:"did"`
	} `json:"options"`
}

// madeHere are the methods of which DIDs are made by one call.
var madeHere = map[string]bool{"key": true, "web": true, "jwk": true, "empe": true, "cheqd": true}

func (d *Door) createDID(c *call) (any, error) {
	var in didBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	request, err := d.didRequest(in)
	if err != nil {
		return nil, err
	}
	made, err := d.newDID(c, request)
	if codeOf(err) == "method-not-supported" {
		return nil, unsupportedMethod(in.Method)
	}
	if err != nil {
		return nil, err
	}
	return map[string]didRecord{"result": didOf(made, "", nil)}, nil
}

func unsupportedMethod(method string) error {
	return refusal(http.StatusForbidden, "method %s is not supported by the agent.", method)
}

func (d *Door) didRequest(in didBody) (identity.CreateRequest, error) {
	method := in.Method
	if method == "" {
		method = "key" // ACA-Py's is sov, which has no place without an Indy ledger
	}
	numalgo, peer := strings.CutPrefix(method, "did:peer:")
	peer = peer && (numalgo == "2" || numalgo == "4")
	switch {
	case peer:
		method = "peer"
	case !madeHere[method]:
		return identity.CreateRequest{}, unsupportedMethod(method)
	}
	request := identity.CreateRequest{Method: method, Agent: true, Algorithm: vc.Ed25519}
	if peer {
		request.Options = map[string]string{"numalgo": numalgo, "endpoint": d.Settings.Endpoint}
	}
	if in.Options.KeyType != "" {
		algorithm, ok := keyTypes[in.Options.KeyType]
		if !ok {
			return request, refusal(http.StatusForbidden, "method %s does not support key type %s", method, in.Options.KeyType)
		}
		request.Algorithm = algorithm
	}
	if method == "empe" {
		request.Algorithm = "" // its own
	}
	if in.Seed != "" {
		if !d.Settings.Seeds {
			return request, unready(textSeeds)
		}
		seed, ok := seedOf(in.Seed)
		if !ok || request.Algorithm != vc.Ed25519 {
			return request, unready("Seed value must be 32 bytes in length")
		}
		request.Seed, request.Algorithm = seed, ""
	}
	switch {
	case method == "web" && in.Options.DID == "":
		return request, unready("method web requires a user-defined DIDs")
	case method == "web":
		domain, path, _ := strings.Cut(strings.TrimPrefix(in.Options.DID, "did:web:"), ":")
		host, err := url.PathUnescape(domain)
		if err != nil || !strings.HasPrefix(in.Options.DID, "did:web:") {
			return request, unready("did option is not a did:web")
		}
		request.Options = map[string]string{"domain": host, "path": strings.ReplaceAll(path, ":", "/")}
	case in.Options.DID != "":
		return request, refusal(http.StatusForbidden, "method %s does not support user-defined DIDs", method)
	}
	return request, nil
}

// seedOf reads 32 bytes as ACA-Py's clients write them: as they are, in base64 or in hex.
func seedOf(text string) ([]byte, bool) {
	const size = 32
	if len(text) == size {
		return []byte(text), true
	}
	if raw, err := hex.DecodeString(text); err == nil && len(raw) == size {
		return raw, true
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	return raw, err == nil && len(raw) == size
}
