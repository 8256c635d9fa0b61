// Package oauth is the door at which clients get access tokens: OAuth 2.0 client credentials (RFC 6749 §4.4), the keys
// of the tokens (RFC 7517) and the server's metadata (RFC 8414).
package oauth

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
)

// Config is what the door is made of.
type Config struct {
	Access *access.Service
	Issuer string // public URL of the server
}

// Route is one route of the door, for those that describe or test it.
type Route struct {
	Method, Path string
	Handler      http.HandlerFunc
}

// Routes gives the routes. Where a path begins with /t/{tenant} the client must be that tenant's.
func Routes(config Config) []Route { return nil }

// Handler serves the routes.
func Handler(config Config) http.Handler { return http.NotFoundHandler() }
