// Package jsonld reads JSON-LD so that it cannot lie.
package jsonld

import _ "github.com/piprate/json-gold/ld" // context processing
