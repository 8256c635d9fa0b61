// Package examples holds complete examples, each a folder with schema.json (the JSON Schema of the claims),
// type.json (a credential type as the native API takes it, without ids) and claims.json (a credentialSubject).
package examples

import "embed"

// Files are the examples: "university-degree/schema.json" and so on.
//
//go:embed university-degree/*.json open-badge/*.json
var Files embed.FS
