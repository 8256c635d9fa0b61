package meeco

import (
	"github.com/chancery-vc/chancery/internal/httpx"
)

// publics are the routes of what anyone may read.
func (d *Door) publics() []line {
	return []line{
		{get, "/status_list/{id}", "statusListControllerFindOneJWT", headerIgnored, httpx.Public, here, d.notOffered},
	}
}
