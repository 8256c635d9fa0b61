// Package access knows who calls and what they may do: tenants, organisations, principals, their keys and tokens.
//
//	Authorization header ── Authenticate ──> vc.Principal        API key, or an access token of ours
//	path, header ────────── ScopeFor ──────> vc.Scope            tenant and organisation the act is in
//	permission ──────────── Authorize ─────> nil, or Denied      grants, narrowed by a token's scope
//	client id and secret ── Token ─────────> a 10-minute JWT     RFC 6749 §4.4, RFC 9068
//
// Secrets are shown once and kept as SHA-256. A principal is cached for at most a second, and forgotten at once on
// the server that changed it, so a revocation holds everywhere within that second.
package access
