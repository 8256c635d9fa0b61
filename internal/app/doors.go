package app

import (
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/api"
	"github.com/chancery-vc/chancery/internal/api/acapy"
	"github.com/chancery-vc/chancery/internal/api/dif"
	"github.com/chancery-vc/chancery/internal/api/empe"
	"github.com/chancery-vc/chancery/internal/api/empe/verify"
	"github.com/chancery-vc/chancery/internal/api/empe/wallet"
	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/api/native"
	"github.com/chancery-vc/chancery/internal/api/oauth"
	"github.com/chancery-vc/chancery/internal/api/public"
	"github.com/chancery-vc/chancery/internal/api/vcapi"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/protocol/didcomm"
	"github.com/chancery-vc/chancery/internal/vc"
)

// door is an API on its prefixes of the common listener, or alone at the root of a listener of its own.
type door struct {
	name     string
	prefixes []string
	handler  func(prefixes ...string) http.Handler
}

// metricsDoor is for a scraper: it has no prefix on the common listener, only listeners of its own.
const metricsDoor = "metrics"

// doorList is the one list of them.
func (a *App) doorList(stopping <-chan struct{}) []door {
	return []door{
		{native.Name, []string{native.Prefix, native.TenantPrefix}, a.native(stopping).Handler},
		{meeco.Name, []string{meeco.Prefix, meeco.TenantPrefix}, a.withTokens(a.meeco().Handler)},
		{empe.Name, []string{empe.Prefix, empe.TenantPrefix}, a.withTokens(a.empe(stopping).Handler)},
		{vcapi.Name, []string{vcapi.Prefix, vcapi.TenantPrefix}, a.vcapi().Handler},
		{acapy.Name, []string{acapy.Prefix, acapy.TenantPrefix}, a.admin(stopping).Handler},
		{didcomm.Name, []string{didcomm.Prefix}, a.Wire.Handler},
		{metricsDoor, nil, func(...string) http.Handler { return a.Metrics.Handler() }},
	}
}

// tokens is the OAuth door: the token endpoint and its keys.
func (a *App) tokens() http.Handler {
	return oauth.Handler(oauth.Config{Access: a.Access, Issuer: a.URL, Logger: a.log})
}

// withTokens puts the token endpoint below a door's own prefix: clients of its system look for it there.
func (a *App) withTokens(door func(prefixes ...string) http.Handler) func(prefixes ...string) http.Handler {
	return func(prefixes ...string) http.Handler {
		mux, tokens := http.NewServeMux(), beneath(a.tokens())
		for _, prefix := range prefixes {
			mux.Handle(prefix+"/oauth2/", tokens)
		}
		mux.Handle("/", door(prefixes...))
		return mux
	}
}

// beneath takes away what stands before /oauth2/, but for a tenant's name.
func beneath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path[strings.LastIndex(r.URL.Path, "/oauth2/"):]
		if tenant := r.PathValue("tenant"); tenant != "" {
			path = "/t/" + tenant + path
		}
		moved := r.Clone(r.Context())
		moved.URL.Path, moved.URL.RawPath = path, ""
		next.ServeHTTP(w, moved)
	})
}

func (a *App) meeco() *meeco.Door {
	return &meeco.Door{
		Access: a.Access, Catalog: a.Catalog, Identity: a.Identity, Issuer: a.Issuer, Verifier: a.Verifier,
		Presentations: a.Presentations, Holder: a.Holder, URL: a.URL + meeco.Prefix, Version: Version(), Ready: a.DB.Ping,
		Log: a.log, Verbose: a.Config.Dev,
	}
}

func (a *App) empe(stopping <-chan struct{}) *empe.Door {
	return &empe.Door{
		Access: a.Access, Catalog: a.Catalog, Identity: a.Identity, Issuer: a.Issuer, Presentations: a.Presentations,
		URL: a.URL, Log: a.log, Verbose: a.Config.Dev, Now: a.Config.Now,
		Verifier: &verify.Door{Presentations: a.Presentations, Identity: a.Identity, Now: a.Config.Now, Stopping: stopping},
		Wallet:   &wallet.Door{Holder: a.Holder, Identity: a.Identity, Ready: a.DB.Ping},
	}
}

func (a *App) vcapi() *vcapi.Door {
	return &vcapi.Door{
		Access: a.Access, Catalog: a.Catalog, Issuer: a.Issuer, Holder: a.Holder, Verifier: a.Verifier,
		Log: a.log, Verbose: a.Config.Dev,
	}
}

func (a *App) native(stopping <-chan struct{}) *native.Door {
	return &native.Door{
		Access: a.Access, Catalog: a.Catalog, Identity: a.Identity, Issuer: a.Issuer, Verifier: a.Verifier,
		Journal: a.Reader, Notify: a.Notify, Agent: a.Agent, Description: api.Native, Log: a.log, Verbose: a.Config.Dev, Stopping: stopping,
	}
}

// handler is everything on the common listener.
func (a *App) handler(stopping <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	for _, d := range a.doorList(stopping) {
		handler := d.handler(d.prefixes...)
		for _, prefix := range d.prefixes {
			mux.Handle(prefix+"/", handler)
			mux.Handle(prefix, handler)
		}
	}
	mux.Handle("GET /openapi.json", a.native(stopping).DescriptionHandler())
	tokens := a.tokens()
	mux.Handle("/oauth2/", tokens)
	mux.Handle("/t/{tenant}/oauth2/", tokens)
	mux.Handle("/.well-known/oauth-authorization-server", tokens)
	if !a.Config.Cheqd.NoRegistrar {
		registrar := &dif.Registrar{Access: a.Access, Identity: a.Identity, Log: a.log}
		for _, route := range registrar.Routes() {
			mux.Handle(route.Pattern, registrar.Handler())
		}
	}
	mux.Handle(dif.Prefix, (&dif.Door{Resolver: a.Identity, Log: a.log, Now: a.Config.Now}).Handler())
	mux.Handle("/", (&public.Door{Lists: a.Issuer, Schemas: a.Catalog, Documents: a.Identity, Log: a.log}).Handler())
	a.health(mux)
	return mux
}

// doorAlone is one door at the root of its own listener, a drop-in for its clients.
func (a *App) doorAlone(name string, stopping <-chan struct{}) (http.Handler, error) {
	list := a.doorList(stopping)
	i := slices.IndexFunc(list, func(d door) bool { return d.name == name })
	if i < 0 {
		var names []string
		for _, d := range list {
			names = append(names, d.name)
		}
		return nil, vc.Errorf(vc.Invalid, "configuration", "--door: there is no door %q; there are %s", name, strings.Join(names, ", "))
	}
	mux := http.NewServeMux()
	mux.Handle("/", list[i].handler(""))
	if name != metricsDoor {
		a.health(mux)
	}
	return mux, nil
}

// fromHere hides what is for the operator from everyone who does not ask from this machine. A scraper from elsewhere has
// a listener of its own: --door metrics=ADDR.
func fromHere(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() || r.Header.Get("X-Forwarded-For") != "" || r.Header.Get("Forwarded") != "" {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// health answers whether the process lives and whether it can serve, and gives the metrics.
func (a *App) health(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		httpx.EncodeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := a.DB.Ping(r.Context()); err != nil {
			httpx.EncodeJSON(w, http.StatusServiceUnavailable, map[string]string{"status": "unavailable"})
			return
		}
		httpx.EncodeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.Handle("GET /metrics", fromHere(a.Metrics.Handler()))
}
