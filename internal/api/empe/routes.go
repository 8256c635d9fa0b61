package empe

import (
	"net/http"
	"slices"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
)

const (
	get    = http.MethodGet
	post   = http.MethodPost
	remove = http.MethodDelete
)

// lines is the table. Statuses are those of the page, and such as it forgot: docs/divergences/empe.md lists them.
func (d *Door) lines() []wire.Line {
	return slices.Concat(d.credentials(), d.schemas(), d.offerings(), d.logins(), d.places())
}

// anyone, secret and bearer are lines by who may call.
func anyone(method, pattern, operation string, act wire.Act, statuses ...int) wire.Line {
	return wire.Line{Method: method, Pattern: pattern, Operation: operation, Office: access.Issue, Act: act, Statuses: statuses}
}

func secret(method, pattern, operation string, act wire.Act, needs []access.Permission, statuses ...int) wire.Line {
	line := anyone(method, pattern, operation, act, statuses...)
	line.Auth, line.Needs = wire.Secret, needs
	return line
}

func bearer(method, pattern, operation string, act wire.Act, needs []access.Permission, statuses ...int) wire.Line {
	line := secret(method, pattern, operation, act, needs, statuses...)
	line.Auth = wire.Bearer
	return line
}

func may(permissions ...access.Permission) []access.Permission { return permissions }
