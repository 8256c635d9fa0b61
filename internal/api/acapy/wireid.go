package acapy

import "github.com/google/uuid"

// version is the place of a UUID's version digit in its text, RFC 9562 §4.
const version = 14

// wireID writes an id of ours as this API's clients want ids: as a UUID of version 4. A record's id is one of version 7, whose
// version digit is all that changes; what is no such id is written as it is.
func wireID(id string) string {
	if !hasVersion(id, '7') {
		return id
	}
	return id[:version] + "4" + id[version+1:]
}

// parseID reads what wireID wrote; false for what no record of ours can have.
func parseID(text string) (string, bool) {
	if !hasVersion(text, '4') {
		return "", false
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return "", false
	}
	text = id.String() // lower case
	return text[:version] + "7" + text[version+1:], true
}

func hasVersion(text string, digit byte) bool {
	return len(text) == len(uuid.Nil.String()) && text[version] == digit
}
