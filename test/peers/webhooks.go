package peers

import "encoding/json"

// VerifyWebhook is "webhooks.verify": has the standardwebhooks library a message with these headers for one that is signed
// with Secret, now? It answers a [VerifiedWebhook].
type VerifyWebhook struct {
	Secret  string            `json:"secret"` // whsec_…
	Body    string            `json:"body"`
	Headers map[string]string `json:"headers"`
}

// VerifiedWebhook is the message as the library read it.
type VerifiedWebhook struct {
	Event json.RawMessage `json:"event"`
}
