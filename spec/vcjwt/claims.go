package vcjwt

import (
	"encoding/json"
	"math"
	"strconv"
	"time"

	"github.com/chancery-vc/chancery/spec/vcdm"
)

// ReadClaims reads the registered claims of a payload. Errors are *Error or *vcdm.Error.
func ReadClaims(payload []byte) (Claims, error) {
	all, err := vcdm.Members(payload)
	if err != nil {
		return Claims{}, err
	}
	return readClaims(all)
}

func readClaims(all []vcdm.Member) (c Claims, err error) {
	for _, m := range all {
		ok := true
		switch m.Name {
		case "iss":
			c.Issuer, ok = vcdm.Text(m.Value)
		case "sub":
			c.Subject, ok = vcdm.Text(m.Value)
		case "jti":
			c.ID, ok = vcdm.Text(m.Value)
		case "nonce":
			c.Nonce, ok = vcdm.Text(m.Value)
		case "aud":
			c.Audience, ok = audience(m.Value)
		case "iat":
			c.IssuedAt, ok = numericDate(m.Value)
		case "nbf":
			c.NotBefore, ok = numericDate(m.Value)
		case "exp":
			c.Expires, ok = numericDate(m.Value)
		}
		if !ok {
			return Claims{}, &Error{"/" + m.Name, "the claim has the wrong type", "RFC 7519 §4.1"}
		}
	}
	return c, nil
}

func isClaim(name string) bool {
	switch name {
	case "iss", "sub", "jti", "nonce", "aud", "iat", "nbf", "exp":
		return true
	}
	return false
}

func audience(value json.RawMessage) ([]string, bool) {
	if one, ok := vcdm.Text(value); ok {
		return []string{one}, true
	}
	var many []string
	err := json.Unmarshal(value, &many)
	return many, err == nil && len(many) > 0
}

// numericDate reads RFC 7519 §2 NumericDate, within the years that RFC 3339 can write.
func numericDate(value json.RawMessage) (time.Time, bool) {
	if seconds, err := strconv.ParseInt(string(value), 10, 64); err == nil {
		date := time.Unix(seconds, 0).UTC()
		return date, seconds > -62135596800 && seconds <= 253402300799
	}
	seconds, err := strconv.ParseFloat(string(value), 64)
	if err != nil || seconds <= -62135596800 || seconds >= 253402300800 {
		return time.Time{}, false
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e6)*1000).UTC(), true
}

// second is the NumericDate that is written for a date: fractions are cut.
func second(date time.Time) int64 { return date.Unix() }

func appendText(to []byte, name, plain string) []byte {
	if plain == "" {
		return to
	}
	return vcdm.AppendMember(to, name, vcdm.AppendText(nil, plain))
}

func appendDate(to []byte, name string, date time.Time) []byte {
	if date.IsZero() {
		return to
	}
	return vcdm.AppendMember(to, name, strconv.AppendInt(nil, second(date), 10))
}

func (c Claims) appendTo(to []byte) []byte {
	if len(c.Audience) == 1 {
		to = appendText(to, "aud", c.Audience[0])
	} else if len(c.Audience) > 1 {
		list := []byte{'['}
		for i, one := range c.Audience {
			if i > 0 {
				list = append(list, ',')
			}
			list = vcdm.AppendText(list, one)
		}
		to = vcdm.AppendMember(to, "aud", append(list, ']'))
	}
	to = appendText(to, "nonce", c.Nonce)
	to = appendDate(to, "nbf", c.NotBefore)
	to = appendDate(to, "iat", c.IssuedAt)
	return appendDate(to, "exp", c.Expires)
}
