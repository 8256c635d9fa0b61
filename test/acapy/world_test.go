package acapy

import (
	"os"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// acapy is the real agent, one for all tests.
var acapy = peers.SharedACAPy{Start: peers.ACAPyStart{Label: "acapy"}}

// TestMain runs the tests.
func TestMain(m *testing.M) {
	code := m.Run()
	acapy.Close()
	os.Exit(code)
}
