package acapy

import (
	"net/http"
	"slices"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

// server is what an agent says of itself.
func (d *Door) server() []line {
	return []line{
		{method: get, pattern: "/status/live", act: func(*call) (any, error) { return map[string]bool{"alive": true}, nil }},
		{method: get, pattern: "/status/ready", act: d.ready},
		{method: get, pattern: "/status", auth: admin, act: d.shownStatus},
		{method: post, pattern: "/status/reset", auth: admin, needs: access.TenantRead, act: func(*call) (any, error) { return done{}, nil }},
		{method: get, pattern: "/status/config", auth: admin, needs: access.TenantRead, act: d.configuration},
		{method: get, pattern: "/plugins", auth: admin, act: func(*call) (any, error) { return map[string][]string{"result": plugins}, nil }},
	}
}

func (d *Door) ready(c *call) (any, error) {
	if d.Ready != nil {
		if err := d.Ready(c.ctx()); err != nil {
			return nil, vc.Errorf(vc.Unavailable, "not-ready", "Service not ready").Because(err)
		}
	}
	return map[string]bool{"ready": true}, nil
}

// statusWire is what an agent is about. Its conductor's figures are those of queues in memory, of which there are none here: what
// waits is in the database, and /metrics counts it.
type statusWire struct {
	Version   string         `json:"version"`
	Label     string         `json:"label"`
	Conductor map[string]int `json:"conductor"`
}

func (d *Door) shownStatus(*call) (any, error) {
	return statusWire{Version: d.Version, Label: d.Settings.Label, Conductor: map[string]int{
		"in_sessions": 0, "out_encode": 0, "out_deliver": 0, "task_active": 0, "task_done": 0, "task_failed": 0, "task_pending": 0,
	}}, nil
}

// configuration is the server's, under ACA-Py's names and without secrets.
func (d *Door) configuration(*call) (any, error) {
	config := map[string]any{
		"admin.admin_insecure_mode": d.Settings.Insecure, "default_label": d.Settings.Label, "default_endpoint": d.Settings.Endpoint,
		"multitenant.enabled": d.Settings.Multitenant, "preserve_exchange_records": d.Settings.Preserve, "wallet.type": walletType,
		"wallet.allow_insecure_seed": d.Settings.Seeds,
	}
	defaults := d.Agent.Defaults
	for _, s := range switches {
		if flag := *s.flag(&defaults); flag != nil && *flag {
			config[s.key] = true
		}
	}
	return map[string]any{"config": config}, nil
}

// plugins are the parts of ACA-Py that have their like here, by its names.
var plugins = slices.Sorted(slices.Values([]string{
	"acapy_agent.connections", "acapy_agent.did", "acapy_agent.holder", "acapy_agent.messaging.jsonld", "acapy_agent.resolver",
	"acapy_agent.revocation", "acapy_agent.settings", "acapy_agent.vc", "acapy_agent.wallet", "acapy_agent.wallet.keys",
	"acapy_agent.protocols.basicmessage", "acapy_agent.protocols.connections", "acapy_agent.protocols.coordinate_mediation",
	"acapy_agent.protocols.did_rotate", "acapy_agent.protocols.didexchange", "acapy_agent.protocols.discovery",
	"acapy_agent.protocols.issue_credential", "acapy_agent.protocols.notification", "acapy_agent.protocols.out_of_band",
	"acapy_agent.protocols.present_proof", "acapy_agent.protocols.problem_report", "acapy_agent.protocols.revocation_notification",
	"acapy_agent.protocols.routing", "acapy_agent.protocols.trustping",
}))

// unready refuses what the caller must say otherwise.
func unready(what string) error {
	return refusal(http.StatusBadRequest, "%s", what)
}
