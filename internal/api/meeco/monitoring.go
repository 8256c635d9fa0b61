package meeco

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// What the server says of itself: its name, and the version of Meeco's API that it speaks.
const (
	componentName = "chancery"
	apiVersion    = "9.2.0"
)

// monitoring are the routes of what a monitor asks.
func (d *Door) monitoring() []line {
	return []line{
		{get, "/system/status", "appControllerGetSystemStatus", headerIgnored, httpx.Public, here, d.systemStatus},
		{get, "/version", "appControllerGetVersion", headerIgnored, httpx.Public, here, d.version},
	}
}

// statusAnswer has every member that Meeco's model requires. What would describe the machine to a stranger is empty:
// the route asks for nobody.
type statusAnswer struct {
	App struct {
		Name       string `json:"component_name"`
		APIVersion string `json:"current_api_version"`
		Commit     string `json:"git_commit"`
		Agent      string `json:"npm_config_user_agent"`
		Node       string `json:"node"`
		Event      string `json:"npm_lifecycle_event"`
		NodePath   string `json:"npm_node_execpath"`
	} `json:"app"`
	AppSignal struct {
		Active      string `json:"active"`
		Name        string `json:"name"`
		Environment string `json:"env"`
	} `json:"appsignal"`
	Database struct {
		Host string `json:"host"`
		Port string `json:"port"`
		Name string `json:"name"`
		User string `json:"user"`
	} `json:"database"`
	Health struct {
		Database health `json:"database"`
		Memory   health `json:"memory"`
		Disk     health `json:"disk"`
	} `json:"healthCheck"`
}

type health struct {
	Status string `json:"status"`
}

func (d *Door) systemStatus(w http.ResponseWriter, r *http.Request, _ call) error {
	if d.Ready != nil {
		if err := d.Ready(r.Context()); err != nil {
			return vc.Errorf(vc.Unavailable, "not-ready", "the database does not answer").Because(err)
		}
	}
	var status statusAnswer
	status.App.Name, status.App.APIVersion = componentName, apiVersion
	status.AppSignal.Active = "false"
	up := health{"up"}
	status.Health.Database, status.Health.Memory, status.Health.Disk = up, up, up
	return answer(w, http.StatusOK, status)
}

func (d *Door) version(w http.ResponseWriter, _ *http.Request, _ call) error {
	type component struct {
		Name       string `json:"name"`
		APIVersion string `json:"api_version"`
		Commit     string `json:"git_commit"`
	}
	return answer(w, http.StatusOK, struct {
		Component component `json:"component"`
	}{component{componentName, apiVersion, d.Version}})
}
