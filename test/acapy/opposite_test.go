package acapy

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// The stories that are told of Chancery and the real ACA-Py, each end in either role.

const didexchange = "https://didcomm.org/didexchange/1.1"

// opposite tells a story of an issuer and a holder twice: of Chancery's opposite ACA-Py, and of ACA-Py's opposite Chancery.
func opposite(t *testing.T, story func(t *testing.T, issuer, holder *peers.Controller)) {
	t.Helper()
	t.Run("Chancery issues", func(t *testing.T) {
		theirs := acapy.For(t)
		suite.Guard(t, func() { story(t, start(t, "sqlite", tenants()).wallet("issuer").Controller, theirs) })
	})
	t.Run("ACA-Py issues", func(t *testing.T) {
		theirs := acapy.For(t)
		suite.Guard(t, func() { story(t, theirs, start(t, "sqlite", tenants()).wallet("holder").Controller) })
	})
}
