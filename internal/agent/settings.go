package agent

import "github.com/chancery-vc/chancery/internal/vc"

// settings are those of the turn's scope over the server's.
func (d *Desk) settings(_ *Turn) (vc.AgentSettings, error) { return d.Defaults, nil }
