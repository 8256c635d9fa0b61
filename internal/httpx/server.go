package httpx

import (
	"net/http"
	"time"
)

// Server gives a server whose every wait has an end: slow headers, slow bodies, slow readers, idle connections.
// A handler that streams lifts its own write deadline through [http.ResponseController].
func Server(addr string, handler http.Handler) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		WriteTimeout:      90 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
}
