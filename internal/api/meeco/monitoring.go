package meeco

import (
	"github.com/chancery-vc/chancery/internal/httpx"
)

// monitoring are the routes of what a monitor asks.
func (d *Door) monitoring() []line {
	return []line{
		{get, "/system/status", "appControllerGetSystemStatus", headerIgnored, httpx.Public, here, d.notOffered},
		{get, "/version", "appControllerGetVersion", headerIgnored, httpx.Public, here, d.notOffered},
	}
}
