package didcomm

import (
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Thread is the ~thread decorator: RFC 0008. An empty one is sent by some agents and says nothing.
type Thread struct {
	ID             string         `json:"thid,omitzero"`
	Parent         string         `json:"pthid,omitzero"`
	SenderOrder    *int           `json:"sender_order,omitzero"`
	ReceivedOrders map[string]int `json:"received_orders,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// The values of Transport.ReturnRoute: RFC 0092.
const (
	ReturnNone   = "none"
	ReturnAll    = "all"
	ReturnThread = "thread"
)

// Transport is the ~transport decorator: RFC 0092.
type Transport struct {
	ReturnRoute       string `json:"return_route,omitzero"`
	ReturnRouteThread string `json:"return_route_thread,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// Returns says whether messages of that thread to the sender may be answered on the connection that brought this one.
func (t *Transport) Returns(thread string) bool {
	switch {
	case t == nil:
		return false
	case t.ReturnRoute == ReturnAll:
		return true
	}
	return t.ReturnRoute == ReturnThread && t.ReturnRouteThread != "" && t.ReturnRouteThread == thread
}

// Timing is the ~timing decorator: RFC 0032. Its times are text, see [ParseTime].
type Timing struct {
	InTime     string `json:"in_time,omitzero"`
	OutTime    string `json:"out_time,omitzero"`
	StaleTime  string `json:"stale_time,omitzero"`
	Expires    string `json:"expires_time,omitzero"`
	DelayMilli *int   `json:"delay_milli,omitzero"`
	WaitUntil  string `json:"wait_until_time,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// The values of PleaseAck.On: RFC 0317.
const (
	AckReceipt = "RECEIPT"
	AckOutcome = "OUTCOME"
)

// PleaseAck is the ~please_ack decorator: RFC 0317. Without On it asks for a receipt.
type PleaseAck struct {
	On []string `json:"on,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// L10n is the ~l10n decorator: RFC 0043.
type L10n struct {
	Locale string `json:"locale,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// ParseTime reads a time as agents write it: RFC 3339, with a space for the "T" or without a zone, which is UTC then.
func ParseTime(text string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// FormatTime writes a time as ACA-Py does, with microseconds.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }
