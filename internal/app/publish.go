package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chancery-vc/chancery/internal/vc"
)

// watchPublications counts what is published on ledgers, and shows how much of it fails.
func (a *App) watchPublications() func(vc.Publication) {
	total := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "chancery_publications_total",
		Help: "Attempts to publish a schema or a status list on a ledger that succeeded (published) or not (failed).",
	}, []string{"kind", "outcome"})
	for _, kind := range []vc.PublicationKind{vc.PublishedList, vc.PublishedSchema} {
		for _, outcome := range []string{"published", "failed"} {
			total.WithLabelValues(string(kind), outcome)
		}
	}
	failing := prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "chancery_publications_failing", Help: "Schemas and status lists whose last attempt to be published on a ledger failed; -1: not known.",
	}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		n, err := a.DB.FailingPublications(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	})
	a.Metrics.Registry().MustRegister(total, failing)
	return func(p vc.Publication) {
		outcome := "published"
		if p.Code != "" {
			outcome = "failed"
		}
		total.WithLabelValues(string(p.Kind), outcome).Inc()
	}
}
