package wallet

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestIssued(t *testing.T) {
	day := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	for text, want := range map[string][2]time.Time{
		"":                              {},
		"2026-11-22":                    {day, day.AddDate(0, 0, 1)},
		"2026-11-22T10:00:00.123Z":      {day.Add(10 * time.Hour), day.Add(10*time.Hour + time.Second)},
		"2026-11-22T10:00:00.123+02:00": {day.Add(8 * time.Hour), day.Add(8*time.Hour + time.Second)},
	} {
		from, before, err := issued(text)
		if err != nil || from != want[0] || before != want[1] {
			t.Errorf("%q: %v to %v, %v", text, from, before, err)
		}
	}
	for _, text := range []string{"2026", "2026-13-01", "yesterday", "2026-11-22T10:00:00"} {
		if _, _, err := issued(text); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFilters(t *testing.T) {
	for query, want := range map[string]struct {
		network *string
		method  string
	}{
		"":                     {nil, ""},
		"network=testnet":      {new("testnet"), ""},
		"network=empe-testnet": {new("testnet"), ""},
		"network=empe":         {new(""), "empe"},
		"network=mainnet":      {new(""), "empe"},
		"network=web":          {new(""), "web"},
	} {
		q, method, _, err := filters(httptest.NewRequest(http.MethodGet, "/?"+query, nil))
		if err != nil || method != want.method || (q.Network == nil) != (want.network == nil) || q.Network != nil && *q.Network != *want.network {
			t.Errorf("%s: %+v %q, %v", query, q, method, err)
		}
	}
}

func TestNetwork(t *testing.T) {
	for did, want := range map[string][2]string{
		"did:empe:b31c2253f413e910504f1386e2e737584f01cd02":         {"empe", "empe"},
		"did:empe:testnet:b31c2253f413e910504f1386e2e737584f01cd02": {"testnet", "empe-testnet"},
		"did:web:shop.example:wallets:1":                            {"web", "web"},
	} {
		held := vc.HeldCredential{Issuer: did}
		if want[0] == "testnet" {
			held.Network = "testnet" // as the desk notes it
		}
		if network, method := networkOf(held), methodOf(did); network != want[0] || method != want[1] {
			t.Errorf("%s: %s, %s", did, network, method)
		}
	}
}

func TestWords(t *testing.T) {
	for raw, want := range map[string]string{
		`" one  two\nthree "`: "one two three", `["one","two","three"]`: "one two three", `["one two three"]`: "one two three",
	} {
		if got, err := words([]byte(raw)); err != nil || got != want {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	for _, raw := range []string{`5`, `{}`, `[1]`, `[["one"]]`} {
		if _, err := words([]byte(raw)); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

func TestSelected(t *testing.T) {
	for raw, want := range map[string][]string{``: nil, `null`: nil, `"a"`: {"a"}, `["a","b"]`: {"a", "b"}} {
		if got, err := selected([]byte(raw)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v", raw, got, err)
		}
	}
	for _, raw := range []string{`5`, `{}`, `[1]`} {
		if _, err := selected([]byte(raw)); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// A token is a string on the wire, and what is on its way reads as begun.
func TestWireFlow(t *testing.T) {
	flow := holder.Flow{ID: "1", Kind: holder.KindPresentation, State: holder.FlowConfirming}
	out, err := wireFlow(flow)
	if data, ok := out.Data.(presentationData); err != nil || out.Status != "initialized" || !ok || data.Matching == nil {
		t.Errorf("%+v, %v", out, err)
	}
	flow = holder.Flow{ID: "1", Kind: holder.KindClaim, State: holder.FlowConfirmed, Held: &holder.HeldView{Secured: []byte("a.b.c")}}
	out, err = wireFlow(flow)
	if err != nil || out.Data != nil || string(out.Credential.Credential) != `"a.b.c"` || out.Credential.Type == nil {
		t.Errorf("%+v, %v", out, err)
	}
}
