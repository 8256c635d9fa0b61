// Package httpx is what every door needs of HTTP: strict JSON in, JSON out, a route table, limits, request ids,
// access log, metrics, and the one guarded client for what goes out.
//
//	net/http ── Stack.Wrap ──> request id, log, metrics, recover, security headers, body limit
//	         ── Mux ─────────> route by method and path; 404 and 405 in the door's own words
//	door     ── DecodeJSON ──> a wire shape, or a vc.Error that points at what is wrong
//	         ── EncodeJSON, ServeCached ──> answer
package httpx
