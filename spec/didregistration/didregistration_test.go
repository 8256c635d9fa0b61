package didregistration_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/didregistration"
)

// record is a call of cheqd's registrar, and what it answered.
type record struct {
	Request struct {
		Path string
		Body json.RawMessage
	}
	Response json.RawMessage
}

func recorded(t *testing.T, name string) (r record) {
	t.Helper()
	text := sharedtest.Read(t, "a cheqd did-registrar", "transcripts", "cheqd", "registrar", "registrar-"+name+".json")
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	var a, b any
	if json.Unmarshal(got, &a) != nil || json.Unmarshal(want, &b) != nil || !reflect.DeepEqual(a, b) {
		t.Errorf("%s:\n%s\nnot\n%s", what, got, want)
	}
}

// TestRecorded writes what was sent to cheqd's registrar, and reads what it answered.
func TestRecorded(t *testing.T) {
	for _, c := range []struct{ operation, action, finish string }{
		{didregistration.Create, "01-create-action", "02-create-finish"},
		{didregistration.Update, "04-update-action", "05-update-finish"},
		{didregistration.CreateResource, "06-resource-action", "07-resource-finish"},
		{didregistration.UpdateResource, "12-updateResource-action", "13-updateResource-finish"},
		{didregistration.Deactivate, "29-deactivate-action", "30-deactivate-finish"},
	} {
		first, second := recorded(t, c.action), recorded(t, c.finish)
		var sent struct {
			DID      string
			Document json.RawMessage `json:"didDocument"`
			Content  any
			Options  struct{ Network, Name, Type, VersionID string }
			Secret   struct {
				Response map[string]struct{ Kid, Signature string } `json:"signingResponse"`
			}
		}
		if err := json.Unmarshal(first.Request.Body, &sent); err != nil {
			t.Fatal(err)
		}
		change := didregistration.Change{
			Operation: c.operation, DID: sent.DID, Network: sent.Options.Network, Version: sent.Options.VersionID, Name: sent.Options.Name, Type: sent.Options.Type,
			Document: sent.Document,
		}
		if list, ok := sent.Content.([]any); ok {
			sent.Content = list[0]
		}
		if text, ok := sent.Content.(string); ok {
			change.Content, _ = base64.StdEncoding.DecodeString(text)
		}
		if c.operation == didregistration.Update {
			change.Document = bytes.TrimSpace(change.Document)
			change.Document = change.Document[1 : len(change.Document)-1]
		}
		body, err := didregistration.First(change)
		if err != nil {
			t.Fatal(err)
		}
		same(t, c.action, body, first.Request.Body)

		asked, err := didregistration.ParseAnswer(first.Response)
		if err != nil || asked.Job == "" || asked.State != didregistration.Action || asked.Action != didregistration.SignPayload || len(asked.Signing) != 1 {
			t.Fatalf("%s: %+v, %v", c.action, asked, err)
		}
		if one := asked.Signing[0]; one.Name != "signingRequest0" || one.Alg != "EdDSA" || !strings.Contains(one.Kid, "#key-1") || len(one.Payload) == 0 {
			t.Errorf("%s: %+v", c.action, one)
		}
		if (asked.URL != "") != didregistration.OfResource(c.operation) || (asked.DID != "") == didregistration.OfResource(c.operation) {
			t.Errorf("%s is about %q, %q", c.action, asked.DID, asked.URL)
		}
		sent.DID = ""
		if err := json.Unmarshal(second.Request.Body, &sent); err != nil {
			t.Fatal(err)
		}
		given := sent.Secret.Response["signingRequest0"]
		signature, err := base64.StdEncoding.DecodeString(given.Signature)
		if err != nil {
			t.Fatal(err)
		}
		change.DID = sent.DID // the plugin leaves it out where it can
		if !bytes.Contains(second.Request.Body, []byte(`"network"`)) {
			change.Network = ""
		}
		body, err = didregistration.Second(change, asked.Job, []didregistration.Signature{{Request: "signingRequest0", Kid: given.Kid, Bytes: signature}}, asked.AsList)
		if err != nil {
			t.Fatal(err)
		}
		same(t, c.finish, body, second.Request.Body)
		if ended, err := didregistration.ParseAnswer(second.Response); err != nil || ended.State != didregistration.Finished || ended.Job != asked.Job {
			t.Errorf("%s: %+v, %v", c.finish, ended, err)
		}
	}
	for name, want := range map[string]string{"27-expired": "The jobId is either expired or not found", "28-badkey": "Invalid payload"} {
		if got, err := didregistration.ParseAnswer(recorded(t, name).Response); err != nil || got.State != didregistration.Failed || got.Reason != want || len(got.Signing) != 0 {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// TestForms takes signing requests both ways, and answers them as they came.
func TestForms(t *testing.T) {
	const one, two = `{"kid":"did:x:1#a","alg":"EdDSA","serializedPayload":"-_8"}`, `{"verificationMethodId":"did:x:1#b","serializedPayload":"+/8="}`
	for name, requests := range map[string]string{
		"an object": `{"signingRequest10":` + two + `,"signingRequest2":` + one + `}`,
		"a list":    `[` + one + `,` + two + `]`,
	} {
		got, err := didregistration.ParseAnswer([]byte(`{"jobId":"j","didState":{"state":"action","action":"signPayload","signingRequest":` + requests + `,"secret":{}},"more":1}`))
		if err != nil || len(got.Signing) != 2 || got.AsList != (name == "a list") {
			t.Fatalf("%s: %+v, %v", name, got, err)
		}
		for i, kid := range []string{"did:x:1#a", "did:x:1#b"} {
			if s := got.Signing[i]; s.Kid != kid || !bytes.Equal(s.Payload, []byte{0xfb, 0xff}) {
				t.Errorf("%s: %+v", name, s)
			}
		}
		body, err := didregistration.Second(didregistration.Change{Operation: didregistration.Deactivate, DID: "did:x:1"}, got.Job, []didregistration.Signature{
			{Request: got.Signing[0].Name, Kid: "did:x:1#a", Bytes: []byte{1}}, {Kid: "did:x:1#c", Bytes: []byte{2}},
		}, got.AsList)
		if err != nil {
			t.Fatal(err)
		}
		want := `{"did":"did:x:1","jobId":"j","secret":{"signingResponse":{"signingRequest0":{"kid":"did:x:1#c","signature":"Ag=="},"signingRequest2":{"kid":"did:x:1#a","signature":"AQ=="}}}}`
		if got.AsList {
			want = `{"did":"did:x:1","jobId":"j","secret":{"signingResponse":[{"kid":"did:x:1#a","signature":"AQ=="},{"kid":"did:x:1#c","signature":"Ag=="}]}}`
		}
		same(t, name, body, []byte(want))
	}
	if got, err := didregistration.ParseAnswer([]byte(`{"jobId":null,"didUrlState":{"state":"wait","signingRequest":null,"didDocument":null}}`)); err != nil || got.State != "wait" || got.Job != "" || got.Document != nil {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestBad(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", "{}", `{"didState":null}`, `{"didState":{}}`, `{"didState":{"state":"x"},"didUrlState":{"state":"x"}}`, `{"didState":{"state":1}}`,
		`{"didState":{"state":"action","signingRequest":"x"}}`, `{"didState":{"state":"action","signingRequest":[1]}}`, `<html>`,
		`{"didState":{"state":"action","signingRequest":{"a":{"serializedPayload":"!"}}}}`, `{"didState":{"state":"action","signingRequest":{"a":1}}}`,
		`{"didState":{"state":"action","signingRequest":[` + strings.Repeat("{},", 300) + `{}]}}`,
	} {
		if got, err := didregistration.ParseAnswer([]byte(text)); err == nil {
			t.Errorf("%.80s: %+v", text, got)
		} else if _, ok := errors.AsType[*didregistration.Error](err); !ok {
			t.Errorf("%.80s: %v", text, err)
		}
	}
}

// FuzzParseAnswer has no answer do harm.
func FuzzParseAnswer(f *testing.F) {
	f.Add([]byte(`{"jobId":"j","didState":{"state":"action","action":"signPayload","signingRequest":{"signingRequest0":{"kid":"a","serializedPayload":"AA=="}}}}`))
	f.Add([]byte(`{"jobId":null,"didUrlState":{"state":"failed","reason":"x","signingRequest":[{}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := didregistration.ParseAnswer(raw)
		if err == nil && (a.State == "" || len(a.Signing) > 256) {
			t.Errorf("%+v", a)
		}
	})
}
