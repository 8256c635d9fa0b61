package meeco

import "testing"

// TestMonitoring: what a monitor asks, of nobody known.
func TestMonitoring(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		r := w.sdk("", "appControllerGetVersion")
		r.equal("/component/name", "chancery")
		r.equal("/component/api_version", "9.2.0")
		r.seen("/component/git_commit", r.at("/component/git_commit"))
		r.succeeded()
		r = w.sdk("", "appControllerGetSystemStatus")
		r.equal("/app/component_name", "chancery")
		r.equal("/app/current_api_version", "9.2.0")
		r.equal("/healthCheck/database/status", "up")
		r.equal("/database", object{"host": "", "port": "", "name": "", "user": ""})
		r.succeeded()
		w.raw("", "POST", "/version", object{}).refusedFor("GET", 405, "method_not_allowed")
		w.raw("", "DELETE", "/system/status", nil).refusedFor("GET", 405, "method_not_allowed")
	})
}
