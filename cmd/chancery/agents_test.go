package main

import (
	"maps"
	"slices"
	"testing"
)

func TestACAPyVariables(t *testing.T) {
	t.Setenv("ACAPY_ADMIN", "[0.0.0.0, 8031]")
	t.Setenv("ACAPY_INBOUND_TRANSPORT", "[[http, 0.0.0.0, 8030]]")
	want := map[string]string{"acapy": "0.0.0.0:8031", "didcomm": "0.0.0.0:8030"}
	if got := acapyDoors(nil); !maps.Equal(got, want) {
		t.Error(got)
	}
	if got := acapyDoors(map[string]string{"acapy": "127.0.0.1:1"})["acapy"]; got != "127.0.0.1:1" {
		t.Error(got)
	}
	got := unread([]string{
		"ACAPY_WALLET_KEY=x", "ACAPY_ENDPOINT=y", "ACAPY_AUTO_ACCEPT_INVITES=true", "ACAPY_GENESIS_URL=z", "ACAPY_ADMIN=[0.0.0.0, 8031]",
		"ACAPY_INBOUND_TRANSPORT=[[http, 0.0.0.0, 8030], [ws, 0.0.0.0, 8029]]", "HOME=/",
	})
	if !slices.Equal(got, []string{"ACAPY_GENESIS_URL", "ACAPY_INBOUND_TRANSPORT", "ACAPY_WALLET_KEY"}) {
		t.Error(got)
	}
}
