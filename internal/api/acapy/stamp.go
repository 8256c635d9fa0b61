package acapy

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// stamp is a time as ACA-Py writes it: UTC with six decimals.
type stamp time.Time

const stampLayout = "2006-01-02T15:04:05.000000Z"

// IsZero lets a stamp that is none be left out.
func (s stamp) IsZero() bool { return time.Time(s).IsZero() }

// MarshalJSONTo writes the time.
func (s stamp) MarshalJSONTo(enc *jsontext.Encoder) error {
	return enc.WriteToken(jsontext.String(time.Time(s).UTC().Format(stampLayout)))
}
