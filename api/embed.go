// Package api holds the descriptions of Chancery's APIs, as they are served.
package api

import _ "embed"

// Native is the OpenAPI 3.1 document of /v1.
//
//go:embed native.openapi.json
var Native []byte
