package vcdm

import "time"

// ParseDate reads a date and time as both versions of the data model write it: XML Schema 1.1 §3.4.28
// dateTimeStamp with a four-digit year, which is RFC 3339 with capital T and Z. A zone is required. In UTC it lies in the
// years 1 to 9999: another could not be written again, nor be said in a JWT.
func ParseDate(text string) (time.Time, bool) {
	const shortest = len("2006-01-02T15:04:05Z")
	if len(text) < shortest || text[10] != 'T' || text[13] != ':' || text[19] == ',' {
		return time.Time{}, false
	}
	date, err := time.Parse(time.RFC3339Nano, text)
	return date, err == nil && date.Unix() > firstSecond && date.Unix() <= lastSecond
}

// The first second of the year 1, which in Go is no time, and the last of the year 9999.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// FormatDate writes a date in UTC with as many decimals as it has.
func FormatDate(date time.Time) string { return date.UTC().Format(time.RFC3339Nano) }

// written is a date with the text it was read from, so that what was not changed is written back as it was.
type written struct {
	date time.Time
	text string
}

func (w written) appendTo(to []byte, date time.Time) []byte {
	to = append(to, '"')
	if w.text != "" && w.date.Equal(date) {
		to = append(to, w.text...)
	} else {
		to = date.UTC().AppendFormat(to, time.RFC3339Nano)
	}
	return append(to, '"')
}
