package notify

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Metrics are the figures of webhooks. Nil counts nothing.
type Metrics struct {
	attempts *prometheus.CounterVec
	pending  prometheus.Gauge
	dead     prometheus.Gauge
	oldest   prometheus.Gauge
}

// NewMetrics makes the figures and registers them.
func NewMetrics(registry prometheus.Registerer) *Metrics {
	m := &Metrics{
		attempts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "chancery_webhook_deliveries_total",
			Help: "Attempts to deliver an event that succeeded (delivered) or not (failed), and deliveries given up (dead).",
		}, []string{"outcome"}),
		pending: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "chancery_webhook_pending", Help: "Deliveries that failed and will be tried again, of enabled webhooks.",
		}),
		dead: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "chancery_webhook_dead", Help: "Deliveries that were given up and not replayed.",
		}),
		oldest: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "chancery_webhook_oldest_pending_seconds", Help: "Age of the oldest event that an enabled webhook was not told of; 0 when there is none.",
		}),
	}
	for _, outcome := range []string{"delivered", "failed", "dead"} {
		m.attempts.WithLabelValues(outcome)
	}
	registry.MustRegister(m.attempts, m.pending, m.dead, m.oldest)
	return m
}

func (m *Metrics) count(settled []outcome, puts map[*item]vc.Delivery) {
	if m == nil {
		return
	}
	for _, o := range settled {
		switch {
		case !o.tried:
		case o.failure == "":
			m.attempts.WithLabelValues("delivered").Inc()
		default:
			m.attempts.WithLabelValues("failed").Inc()
			if puts[o.item].State == vc.DeliveryDead {
				m.attempts.WithLabelValues("dead").Inc()
			}
		}
	}
}

// How long what ended is kept to be looked at or replayed.
const (
	keepDelivered = 3 * 24 * time.Hour
	keepDead      = 30 * 24 * time.Hour
)

// Watch keeps the figures, and removes what ended long ago, until ctx ends.
func (d *Desk) Watch(ctx context.Context) {
	const every, sweeps = 15 * time.Second, 20
	for n := 0; ctx.Err() == nil; n++ {
		d.measure(ctx)
		if n%sweeps == 0 {
			d.sweep(ctx)
		}
		pause(ctx, every)
	}
}

func (d *Desk) measure(ctx context.Context) {
	if d.Metrics == nil {
		return
	}
	f, err := d.Lender.WebhookFigures(ctx)
	if err != nil {
		if ctx.Err() == nil {
			d.warn(ctx, "measuring webhooks", err)
		}
		return
	}
	d.Metrics.pending.Set(float64(f.Pending))
	d.Metrics.dead.Set(float64(f.Dead))
	age := 0.0
	if !f.Oldest.IsZero() {
		age = max(0, d.now().Sub(f.Oldest).Seconds())
	}
	d.Metrics.oldest.Set(age)
}

func (d *Desk) sweep(ctx context.Context) {
	for state, keep := range map[vc.DeliveryState]time.Duration{vc.DeliveryDone: keepDelivered, vc.DeliveryDead: keepDead} {
		for n := deleteBatch; n == deleteBatch && ctx.Err() == nil; {
			var err error
			if n, err = d.Lender.SweepDeliveries(ctx, state, d.now().Add(-keep), deleteBatch); err != nil && ctx.Err() == nil {
				d.warn(ctx, "sweeping deliveries", err)
			}
		}
	}
}
