package httpx

import (
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Public is the Permission of a route that anyone may call.
const Public = "public"

// Route is one line of a door's table, for the mux and for tests that walk every route. Pattern is a path of
// [http.ServeMux] without method, host and prefix; Operation is the operationId of its description; Permission is
// what the caller needs, [Public] for a route that asks for nobody.
type Route struct {
	Method     string
	Pattern    string
	Operation  string
	Permission string
	Handler    http.Handler
}

// Mux serves a table of routes under each of its prefixes ("" is the root). Fail answers what no route does: a
// [vc.Error] NotFound "no-route", or Unsupported "method-not-allowed" once Allow is set.
type Mux struct {
	Routes   []Route
	Prefixes []string
	Fail     func(w http.ResponseWriter, r *http.Request, err error)
}

// Handler builds the mux. Patterns that contradict each other panic: a fault of the table, found at start.
func (m Mux) Handler() http.Handler {
	prefixes := m.Prefixes
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	mux := http.NewServeMux()
	for _, route := range m.Routes {
		for _, prefix := range prefixes {
			pattern := prefix + route.Pattern
			mux.Handle(route.Method+" "+pattern, named(pattern, route.Handler))
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { m.unrouted(mux, w, r) })
	return mux
}

// named leaves the pattern for log and metrics: a prefix above may have copied the request by now.
func named(pattern string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rec := RecordOf(r.Context()); rec != nil {
			rec.Route = pattern
		}
		next.ServeHTTP(w, r)
	})
}

var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
}

func (m Mux) unrouted(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range methods {
		try := *r
		try.Method = method
		if _, pattern := mux.Handler(&try); pattern != "" && pattern != "/" {
			allow = append(allow, method)
		}
	}
	err := vc.Errorf(vc.NotFound, "no-route", "there is no such route")
	if len(allow) > 0 {
		w.Header().Set("Allow", strings.Join(allow, ", "))
		err = vc.Errorf(vc.Unsupported, CodeNotAllowed, "the route does not answer %s", r.Method)
	}
	if m.Fail == nil {
		http.Error(w, err.Message, http.StatusNotFound)
		return
	}
	m.Fail(w, r, err)
}
