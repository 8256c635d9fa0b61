package didcomm

import (
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// maxURL bounds an invitation's URL.
const maxURL = MaxMessage

// InvitationURL is the URL form of an invitation: RFC 0434, base with the parameter oob, or c_i for one of connections
// 1.0 (RFC 0160). base may have a query already. It fails with an *Error: CodeURL for a base that is no URL, or as
// [Encode].
func InvitationURL(base string, m Message) (string, error) {
	parameter := ""
	switch m.(type) {
	case *Invitation:
		parameter = "oob"
	case *ConnectionInvitation:
		parameter = "c_i"
	default:
		return "", &Error{Code: CodeURL, Message: "the message is no invitation"}
	}
	raw, err := Encode(m)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(base)
	if err != nil || u.Scheme == "" {
		return "", &Error{Code: CodeURL, Message: "the base is no URL"}
	}
	if u.RawQuery != "" {
		u.RawQuery += "&"
	}
	u.RawQuery += parameter + "=" + encode64(raw)
	return u.String(), nil
}

// ParseInvitation reads an invitation from any of the forms in which one is handed over: a URL with oob, c_i or d_m, JSON,
// or the base64 of JSON alone. It fails with an *Error: CodeURL where there is none of them (a short URL, which is to be
// fetched first, among them), or as [Decode].
func ParseInvitation(text string) (Message, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxURL {
		return nil, &Error{Code: CodeURL, Message: "too long"}
	}
	raw := []byte(text)
	if !strings.HasPrefix(text, "{") {
		encoded := text
		if strings.Contains(text, ":") {
			var ok bool
			if encoded, ok = invitationParameter(text); !ok {
				return nil, &Error{Code: CodeURL, Message: "the URL has no invitation"}
			}
		}
		var ok bool
		if raw, ok = decodeAny64(encoded); !ok || len(raw) == 0 {
			return nil, &Error{Code: CodeURL, Message: "no base64 of an invitation"}
		}
	}
	if err := ijson.Check(raw, ijson.Limits{Depth: MaxDepth}); err != nil {
		return nil, &Error{Code: CodeURL, Message: "no JSON of an invitation"}
	}
	m, err := Decode(raw)
	if err != nil {
		return nil, err
	}
	switch m.(type) {
	case *Invitation, *ConnectionInvitation:
		return m, nil
	}
	return nil, &Error{Code: CodeURL, Message: "the message is no invitation"}
}

func invitationParameter(text string) (string, bool) {
	u, err := url.Parse(text)
	if err != nil {
		return "", false
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", false
	}
	for _, name := range []string{"oob", "c_i", "d_m"} {
		if value := query.Get(name); value != "" {
			// A "+" of standard base64 that was not escaped reads as a space.
			return strings.ReplaceAll(value, " ", "+"), true
		}
	}
	return "", false
}
