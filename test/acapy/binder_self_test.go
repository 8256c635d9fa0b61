package acapy

import (
	"encoding/json"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

// TestBinder: a recording is as itself, and as the other recording of the same calls but for what the protocol's version changes;
// another status, member, value, or id in the place of one that came before, is a difference.
func TestBinder(t *testing.T) {
	var calls []call
	if err := json.Unmarshal(sharedtest.Read(t, "ACA-Py 1.6.1rc0, recorded", "transcripts", "acapy", "rest-didex1.0.json"), &calls); err != nil {
		t.Fatal(err)
	}
	b := binder{ours: map[string]string{}}
	for i, c := range calls {
		for _, d := range b.compare("", opened(c.Response), opened(c.Response)) {
			t.Errorf("call %d: %+v", i, d)
		}
	}
	record := func(id, thread, state string) object {
		return object{"cred_ex_id": id, "thread_id": thread, "state": state, "at": "2026-11-22T00:29:56.1Z"}
	}
	one, two, three := "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002", "00000000-0000-4000-8000-000000000003"
	b = binder{ours: map[string]string{}}
	if d := b.compare("", record(one, one, "done"), record(two, two, "done")); len(d) != 0 {
		t.Errorf("other ids: %+v", d)
	}
	for what, ours := range map[string]object{
		"another id": record(three, two, "done"), "another state": record(two, two, "abandoned"), "no thread": {"cred_ex_id": two, "state": "done", "at": "2026-11-22T00:29:56Z"},
	} {
		if d := b.compare("", record(one, one, "done"), ours); len(d) != 1 {
			t.Errorf("%s: %+v", what, d)
		}
	}
	b = binder{ours: map[string]string{}}
	for recorded, ours := range map[string]string{"did:sov:2U75EaECS1JzqdidZeebxe#1": "did:sov:QQCXQgXFveDWWnfaCiYcSf#1", "PresentationDefinition": "PresentationDefinition"} {
		if !b.bind(recorded, ours) {
			t.Errorf("%s is not %s", ours, recorded)
		}
	}
	if b.bind("PresentationDefinition", "PresentationSubmission") {
		t.Error("a word is another")
	}
	b = binder{ours: map[string]string{one: two}}
	if text := b.here("404: Record not found: connection/" + one + "."); text != "404: Record not found: connection/"+two+"." {
		t.Errorf("a text is %s", text)
	}
}
