package httpx

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests by method, route pattern and status in a registry of its own. Nil counts nothing.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// NewMetrics makes a registry with the Go runtime's and the process's own figures.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chancery_http_requests_total", Help: "Requests answered.",
		}, []string{"method", "route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "chancery_http_request_duration_seconds", Help: "Time to answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, 1, 5},
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "chancery_http_requests_in_flight", Help: "Requests being answered.",
		}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.inFlight, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Registry is where other rooms register figures of their own.
func (m *Metrics) Registry() *prometheus.Registry { return m.registry }

// Handler serves the figures in the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

func (m *Metrics) begin() {
	if m != nil {
		m.inFlight.Inc()
	}
}

func (m *Metrics) end(method, route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	m.inFlight.Dec()
	method, route = knownMethod(method), knownRoute(route)
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	if status != http.StatusSwitchingProtocols { // which lasts as long as the socket does
		m.seconds.WithLabelValues(method, route).Observe(took.Seconds())
	}
}

// knownMethod keeps callers from making label values.
func knownMethod(method string) string {
	if slices.Contains(methods, method) || method == http.MethodOptions {
		return method
	}
	return "other"
}

func knownRoute(route string) string {
	if route == "" {
		return "unmatched"
	}
	return route
}
