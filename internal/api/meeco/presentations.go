package meeco

import (
	"github.com/chancery-vc/chancery/internal/access"
)

// presentations are the routes of presentations.
func (d *Door) presentations() []line {
	return []line{
		{post, "/presentations/generate", "presentationsControllerGenerate", headerOptional, "", here, d.notOffered},
		{post, "/presentations/verify", "presentationsControllerVerify", headerRequired, access.CredentialVerify, here, d.notOffered},
	}
}
