// Package api holds the descriptions of Chancery's APIs, as they are served.
package api

import _ "embed"

// Native is the OpenAPI 3.1 document of /v1.
//
//go:embed native.openapi.json
var Native []byte

// Meeco is the OpenAPI 3.0 document of what the door /meeco has beside the operations that Meeco's own documents
// describe.
//
//go:embed meeco.openapi.json
var Meeco []byte

// Empe is the OpenAPI 3.0 document of the door /empe: the operations of Empe's pages, and what is beside them.
//
//go:embed empe.openapi.json
var Empe []byte

// ACAPy is the OpenAPI 3.0 document of the door /acapy: the operations of ACA-Py's admin API that are offered, and what is beside them.
//
//go:embed acapy.openapi.json
var ACAPy []byte
