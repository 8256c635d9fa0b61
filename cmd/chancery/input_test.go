package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

func TestClaims(t *testing.T) {
	const file = `{"name":"Bodø","size":{"km2":1395.23},"big":12345678901234567890}`
	for _, test := range []struct {
		name, subject string
		single        []string
		want, wrong   string
	}{
		{name: "untouched", want: file},
		{name: "text", single: []string{"name=Vadsø"}, want: `{"big":12345678901234567890,"name":"Vadsø","size":{"km2":1395.23}}`},
		{name: "a number as text", single: []string{"name=12"}, want: `{"big":12345678901234567890,"name":"12","size":{"km2":1395.23}}`},
		{name: "json", single: []string{"size.km2:=1.50", "size.unit=km2"}, want: `{"big":12345678901234567890,"name":"Bodø","size":{"km2":1.50,"unit":"km2"}}`},
		{name: "a new object", single: []string{"a.b.c=x=y"}, want: `{"a":{"b":{"c":"x=y"}},"big":12345678901234567890,"name":"Bodø","size":{"km2":1395.23}}`},
		{name: "subject", subject: "did:example:a", want: `{"big":12345678901234567890,"id":"did:example:a","name":"Bodø","size":{"km2":1395.23}}`},
		{name: "no value", single: []string{"name"}, wrong: "is not name=text"},
		{name: "no name", single: []string{":=3"}, wrong: "is not name=text"},
		{name: "no json", single: []string{"size:=x"}, wrong: "is not JSON"},
		{name: "through a text", single: []string{"name.first=x"}, wrong: "name is not an object"},
	} {
		t.Run(test.name, func(t *testing.T) {
			std := streams{in: strings.NewReader(file)}
			claims, err := readClaims(std, "-", test.single, test.subject)
			if test.wrong != "" {
				if err == nil || !strings.Contains(err.Error(), test.wrong) {
					t.Fatalf("%v, want %q", err, test.wrong)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got, err := json.Marshal(claims); err != nil || string(got) != test.want {
				t.Errorf("%s %v\nwant %s", got, err, test.want)
			}
		})
	}
}

// TestJSON holds --json to the server's own bytes, members unknown to the client among them.
func TestJSON(t *testing.T) {
	const answer = `{"later":[1.0,  2],"slug":"north"}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(answer + "\n"))
	}))
	defer server.Close()
	for _, name := range []string{"CHANCERY_TENANT", "CHANCERY_ORGANISATION"} {
		if _, set := os.LookupEnv(name); set {
			t.Skip("the environment names a tenant")
		}
	}
	var out, errs bytes.Buffer
	status := run(t.Context(), []string{"tenant", "get", "north", "--json", "--server", server.URL}, streams{strings.NewReader(""), &out, &errs})
	if status != 0 || out.String() != answer+"\n" || errs.Len() > 0 {
		t.Errorf("status %d, %q, %s", status, &out, &errs)
	}
}
