package cheqd

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// MediaType guesses what the ledger will say a resource is; the price depends on it. The ledger sniffs with
// gabriel-vasile/mimetype; here are the types that resources have, and JSON and images, which are priced apart, are told
// as there. Whatever else is text or octets.
func MediaType(data []byte) string {
	for _, magic := range [...]struct{ mark, name string }{
		{"\x89PNG\r\n\x1a\n", "image/png"},
		{"\xff\xd8\xff", "image/jpeg"},
		{"GIF87a", "image/gif"},
		{"GIF89a", "image/gif"},
		{"BM", "image/bmp"},
		{"II*\x00", "image/tiff"},
		{"MM\x00*", "image/tiff"},
		{"\x00\x00\x01\x00", "image/x-icon"},
		{"%PDF-", "application/pdf"},
		{"PK\x03\x04", "application/zip"},
		{"\x1f\x8b", "application/gzip"},
	} {
		if bytes.HasPrefix(data, []byte(magic.mark)) && (magic.mark != "BM" || len(data) > 26 && !utf8.Valid(data)) {
			return magic.name
		}
	}
	if len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP" {
		return "image/webp"
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), "\t\n\x0c\r ")
	lower := bytes.ToLower(text[:min(len(text), 512)])
	switch {
	case !plain(data):
		return "application/octet-stream"
	case len(text) > 1 && (text[0] == '{' || text[0] == '[') && jsontext.Value(text).IsValid(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)):
		return "application/json"
	case bytes.HasPrefix(lower, []byte("<!doctype html")), bytes.HasPrefix(lower, []byte("<html")):
		return "text/html; charset=utf-8"
	case bytes.HasPrefix(lower, []byte("<svg")), bytes.HasPrefix(lower, []byte("<?xml")) && bytes.Contains(lower, []byte("<svg")):
		return "image/svg+xml"
	case bytes.HasPrefix(lower, []byte("<?xml")):
		return "text/xml; charset=utf-8"
	}
	return "text/plain; charset=utf-8"
}

// plain says whether there is no byte that text has not: the binary bytes of the WHATWG MIME Sniffing Standard §3.
func plain(data []byte) bool {
	for _, c := range data {
		if c <= 8 || c == 0x0b || 0x0e <= c && c <= 0x1a || 0x1c <= c && c <= 0x1f {
			return false
		}
	}
	return true
}
