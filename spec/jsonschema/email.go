package jsonschema

import (
	"net/netip"
	"strings"
	"unicode/utf8"
)

// isEmail: the Mailbox of RFC 5321 §4.1.2; international: of RFC 6531 §3.3.
func isEmail(s string, international bool) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 1 || len(s) > 254 || at > 64 {
		return false
	}
	return isLocal(s[:at], international) && isMailHost(s[at+1:], international)
}

func isLocal(s string, international bool) bool {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		for i := 1; i < len(s)-1; i++ {
			if s[i] == '\\' && i < len(s)-2 {
				i++
			} else if s[i] == '"' || s[i] == '\\' || s[i] < ' ' || s[i] > '~' && !international {
				return false
			}
		}
		return true
	}
	for _, atom := range strings.Split(s, ".") {
		if atom == "" {
			return false
		}
		for _, c := range atom {
			letter := c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
			if !letter && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", c) && (c < 0x80 || !international || c == utf8.RuneError) {
				return false
			}
		}
	}
	return true
}

func isMailHost(s string, international bool) bool {
	literal, ok := strings.CutPrefix(s, "[")
	if !ok {
		return isHostname(s, international)
	}
	literal, ok = strings.CutSuffix(literal, "]")
	if six, is := strings.CutPrefix(literal, "IPv6:"); is {
		address, err := netip.ParseAddr(six)
		return ok && err == nil && address.Is6()
	}
	address, err := netip.ParseAddr(literal)
	return ok && err == nil && address.Is4()
}
