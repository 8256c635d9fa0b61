package peer

import (
	"bytes"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// Bounds of what is read.
const (
	maxURL  = 2048
	maxText = 512
	maxBody = 256 << 10
)

// scan is what a QR code says.
type scan struct {
	kind   holder.Kind // "": only what is at the URL tells
	url    string      // of the offering or of the request
	id     string      // of the offering, where it is told
	issuer string      // of the offering, where it is told
	body   []byte      // what is at the URL, where that was fetched already
}

// What Empe calls the two things that its QR codes hold.
const (
	typeOffering = "credential_offering"
	typeRequest  = "authorization_request"
)

// parseScan understands what was scanned; ok false: it is of somebody else.
func parseScan(scanned []byte) (found scan, ok bool, err error) {
	scanned = bytes.TrimSpace(scanned)
	if len(scanned) > 0 && scanned[0] == '"' {
		text, good := ijson.String(scanned)
		if ijson.Check(scanned, ijson.Limits{}) != nil || !good {
			return scan{}, false, notScan("this is no JSON string")
		}
		scanned = bytes.TrimSpace([]byte(text))
	}
	if len(scanned) > 0 && scanned[0] == '{' {
		members, err := object(scanned)
		if err != nil {
			return scan{}, false, notScan("this is no JSON object")
		}
		return scanOf(members)
	}
	return scanAt(string(scanned))
}

// scanOf understands the object that a QR code holds.
func scanOf(m members) (scan, bool, error) {
	kind, _ := m.text("type")
	switch {
	case kind == typeOffering || kind == "" && m.has("offering_full_url"):
		return offeringScan(m)
	case kind == typeRequest || kind == "" && m.has("request_uri"):
		at, err := m.url("request_uri")
		if err != nil {
			return scan{}, false, notScan("request_uri is no URL that can be fetched")
		}
		return scan{kind: holder.KindPresentation, url: at}, true, nil
	}
	return scan{}, false, nil
}

func offeringScan(m members) (found scan, ok bool, err error) {
	found.kind = holder.KindClaim
	if found.url, err = m.url("offering_full_url"); err != nil {
		return scan{}, false, notScan("offering_full_url is no URL that can be fetched")
	}
	if m.has("offering_id") {
		if found.id, err = m.text("offering_id"); err != nil {
			return scan{}, false, notScan("offering_id is no text")
		}
	}
	if m.has("credential_issuer") {
		if found.issuer, err = m.url("credential_issuer"); err != nil {
			return scan{}, false, notScan("credential_issuer is no URL")
		}
	}
	return found, true, nil
}

// scanAt understands a URL: one with a parameter request_uri, whatever scheme opens a wallet with it, or one to look at.
func scanAt(text string) (scan, bool, error) {
	if len(text) > maxURL || strings.ContainsAny(text, " \t\r\n") {
		return scan{}, false, nil
	}
	at, err := url.Parse(text)
	if err != nil || at.Scheme == "" {
		return scan{}, false, nil
	}
	if requests := at.Query()["request_uri"]; len(requests) == 1 {
		request, err := webURL(requests[0])
		if err != nil {
			return scan{}, false, notScan("request_uri is no URL that can be fetched")
		}
		return scan{kind: holder.KindPresentation, url: request}, true, nil
	}
	if web, err := webURL(text); err == nil {
		return scan{url: web}, true, nil
	}
	return scan{}, false, nil
}

func notScan(why string) error {
	return vc.Errorf(vc.Invalid, "scan-malformed", "what was scanned cannot be used: %s", why)
}

// webURL takes an absolute http or https URL without a user or a fragment. Which of them may be fetched, the client decides.
func webURL(text string) (string, error) {
	refused := vc.Errorf(vc.Invalid, "url-invalid", "this is no absolute http or https URL")
	if len(text) > maxURL {
		return "", refused
	}
	at, err := url.Parse(text)
	if err != nil || (at.Scheme != "https" && at.Scheme != "http") || at.Host == "" || at.User != nil || at.Fragment != "" || at.Opaque != "" {
		return "", refused
	}
	return text, nil
}

// sameOrigin says whether two URLs that webURL took are of one scheme, host and port.
func sameOrigin(a, b string) bool {
	one, err1 := url.Parse(a)
	two, err2 := url.Parse(b)
	return err1 == nil && err2 == nil && one.Scheme == two.Scheme && strings.EqualFold(one.Host, two.Host)
}
