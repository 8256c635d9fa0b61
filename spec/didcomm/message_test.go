package didcomm

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/spec/ijson"
)

func samples(t testing.TB) [][]byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "samples.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Split(bytes.TrimSpace(raw), []byte("\n"))
}

// Samples of every kind of message, after the RFCs' own, are read as their type and written as they were. ACA-Py reads
// those that it knows: testdata/acapy.py.
func TestSamples(t *testing.T) {
	seen := map[string]bool{}
	for i, raw := range samples(t) {
		m, err := Decode(raw)
		if err != nil {
			t.Fatalf("%d: %v in %s", i+1, err, raw)
		}
		seen[reflect.TypeOf(m).Elem().Name()] = true
		again, err := Encode(m)
		if err != nil {
			t.Fatal(i+1, err)
		}
		if same, err := ijson.Equal(raw, dropEmpty(t, again, raw)); err != nil || !same {
			t.Errorf("%d: %v\n%s\n%s", i+1, err, raw, again)
		}
		if len(m.Head().Extra) > 0 && m.Head().Type != TypePickupStatus {
			t.Errorf("%d: not known: %v", i+1, m.Head().Extra)
		}
	}
	for _, kind := range []string{
		"Ack", "BasicMessage", "ConnectionInvitation", "ConnectionRequest", "ConnectionResponse", "DIDComplete", "DIDRequest",
		"Disclosures", "Forward", "Hangup", "Invitation", "Keylist", "KeylistQuery", "KeylistUpdate", "KeylistUpdateResponse",
		"MediateDeny", "MediateGrant", "MediateRequest", "OfferCredential", "PickupDelivery", "PickupDeliveryRequest",
		"PickupLiveDelivery", "PickupMessagesReceived", "PickupStatus", "PickupStatusRequest", "Ping", "PingResponse",
		"ProblemReport", "ProposeCredential", "ProposePresentation", "Queries", "Reuse", "ReuseAccepted", "Revoke", "Revoke1", "Rotate",
	} {
		if !seen[kind] {
			t.Errorf("no sample of %s", kind)
		}
		delete(seen, kind)
	}
	if len(seen) > 0 || seen["Unknown"] {
		t.Errorf("not expected: %v", seen)
	}
}

// dropEmpty puts back a comment that is empty, the one member of the samples that is not written where it says nothing.
func dropEmpty(t *testing.T, again, raw []byte) []byte {
	t.Helper()
	if !bytes.Contains(raw, []byte(`"comment":""`)) {
		return again
	}
	return append([]byte(`{"comment":"",`), again[1:]...)
}

// What is unknown is kept: members of the message, decorators, and messages of unknown types whole.
func TestUnknownMembers(t *testing.T) {
	for _, raw := range []string{
		`{"@type":"https://didcomm.org/trust_ping/1.7/ping","@id":"1","~trace":{"target":"log"},"later":[1,{"a":null}]}`,
		`{"@type":"https://didcomm.org/trust_ping/2.0/ping","@id":"1","body":{}}`,
		`{"@type":"https://example.com/x/y/0.1/z","@id":"1","~thread":{"goal":"x"}}`,
		`{"@type":"https://didcomm.org/out-of-band/1.1/invitation","@id":"1","handshake_protocols":["x"],"services":["did:web:a"],"requests~attach":[{"@id":"a","x":1,"data":{"json":[],"y":2}}]}`,
	} {
		m, err := Decode([]byte(raw))
		if err != nil {
			t.Fatal(raw, err)
		}
		again, err := Encode(m)
		if err != nil {
			t.Fatal(raw, err)
		}
		if same, err := ijson.Equal([]byte(raw), again); err != nil || !same {
			t.Errorf("%v\n%s\n%s", err, raw, again)
		}
	}
	if m, err := Decode([]byte(`{"@type":"https://didcomm.org/trust_ping/2.0/ping","@id":"1"}`)); err != nil || reflect.TypeOf(m) != reflect.TypeOf(&Unknown{}) {
		t.Errorf("%T %v", m, err)
	}
	// Null counts as absent.
	m, err := Decode([]byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1","comment":null,"~thread":null,"response_requested":null}`))
	if err != nil || m.Head().Thread != nil || !m.(*Ping).WantsResponse() {
		t.Error(err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	const (
		offer  = `"@type":"https://didcomm.org/issue-credential/2.0/offer-credential","@id":"1"`
		thread = `"~thread":{"thid":"1"}`
		key    = "8HH5gYEeNc3z7PYXmd54d4x6qAfCNrqQqEB3nS7Zfu7K"
	)
	for raw, pointer := range map[string]string{
		``:                            "",
		`[]`:                          "",
		`{}`:                          "/@type",
		`{"@type":"x","@id":"1"}`:     "/@type",
		`{"@type":1,"@id":"1"}`:       "/@type",
		`{"@type":"a/1/b","@id":"1"}`: "/@type",
		`{"@type":"https://didcomm.org/a/01.0/b","@id":"1"}`:          "/@type",
		`{"@type":"https://didcomm.org/a/1.0/b"}`:                     "/@id",
		`{"@type":"https://didcomm.org/a/1.0/b","@id":""}`:            "/@id",
		`{"@type":"https://didcomm.org/a/1.0/b","@id":"1","@id":"1"}`: "/@id",
		`{"@type":"https://didcomm.org/a/1.0/b","@id":"a\u0000"}`:     "/@id",
		`{` + offer + `,"~thread":{"thid":"a\u0000"}}`:                "/~0thread",
		`{` + offer + `,"~thread":{"pthid":"\u0000"}}`:                "/~0thread",
		`{` + offer + `}`: "/formats",
		`{` + offer + `,"formats":[],"offers~attach":[]}`:                                                                                   "/formats",
		`{` + offer + `,"formats":{},"offers~attach":[]}`:                                                                                   "/formats",
		`{` + offer + `,"formats":[{"attach_id":"a","format":"f"}],"offers~attach":[]}`:                                                     "/formats/0/attach_id",
		`{` + offer + `,"formats":[{"attach_id":"a","format":"f"},{"attach_id":"a","format":"f"}],"offers~attach":[{"@id":"a","data":{}}]}`: "/formats/1/attach_id",
		`{` + offer + `,"formats":[{"attach_id":"a","format":"f"}],"offers~attach":[{"@id":"a","data":{}},{"@id":"a","data":{}}]}`:          "/offers~0attach/1/@id",
		`{` + offer + `,"formats":[{"attach_id":"a","format":""}],"offers~attach":[{"@id":"a","data":{}}]}`:                                 "/formats/0/format",
		`{` + offer + `,"~thread":"x"}`: "/~0thread",
		`{` + offer + `,"credential_preview":{"@type":"x","attributes":[{"value":"x"}]},"formats":[{"attach_id":"a","format":"f"}],"offers~attach":[{"@id":"a","data":{}}]}`:   "/credential_preview/attributes/0/name",
		`{"@type":"https://didcomm.org/issue-credential/2.0/issue-credential","@id":"1"}`:                                                                                      "/~0thread/thid",
		`{"@type":"https://didcomm.org/issue-credential/2.0/ack","@id":"1"}`:                                                                                                   "/~0thread/thid",
		`{"@type":"https://didcomm.org/present-proof/2.0/presentation","@id":"1"}`:                                                                                             "/~0thread/thid",
		`{"@type":"https://didcomm.org/didexchange/1.1/request","@id":"1"}`:                                                                                                    "/did",
		`{"@type":"https://didcomm.org/didexchange/1.1/response","@id":"1","did":"did:a:b"}`:                                                                                   "/~0thread/thid",
		`{"@type":"https://didcomm.org/didexchange/1.1/complete","@id":"1"}`:                                                                                                   "/~0thread/thid",
		`{"@type":"https://didcomm.org/out-of-band/1.1/invitation","@id":"1"}`:                                                                                                 "/services",
		`{"@type":"https://didcomm.org/out-of-band/1.1/invitation","@id":"1","services":["did:a:b"]}`:                                                                          "",
		`{"@type":"https://didcomm.org/out-of-band/1.1/invitation","@id":"1","services":["x"]}`:                                                                                "/services/0",
		`{"@type":"https://didcomm.org/out-of-band/1.1/invitation","@id":"1","services":[1]}`:                                                                                  "/services/0",
		`{"@type":"https://didcomm.org/out-of-band/1.1/handshake-reuse","@id":"1"}`:                                                                                            "/~0thread/pthid",
		`{"@type":"https://didcomm.org/connections/1.0/invitation","@id":"1"}`:                                                                                                 "/serviceEndpoint",
		`{"@type":"https://didcomm.org/connections/1.0/request","@id":"1","connection":{}}`:                                                                                    "/connection/did",
		`{"@type":"https://didcomm.org/did-rotate/1.0/rotate","@id":"1"}`:                                                                                                      "/to_did",
		`{"@type":"https://didcomm.org/revocation_notification/2.0/revoke","@id":"1"}`:                                                                                         "/revocation_format",
		`{"@type":"https://didcomm.org/revocation_notification/1.0/revoke","@id":"1"}`:                                                                                         "/thread_id",
		`{"@type":"https://didcomm.org/coordinate-mediation/1.0/mediate-grant","@id":"1"}`:                                                                                     "/endpoint",
		`{"@type":"https://didcomm.org/coordinate-mediation/1.0/keylist-update","@id":"1","updates":[{"recipient_key":"x"}]}`:                                                  "/updates/0/recipient_key",
		`{"@type":"https://didcomm.org/coordinate-mediation/1.0/keylist-update","@id":"1","updates":[{"recipient_key":"` + key + `","action":"x"}]}`:                           "/updates/0/action",
		`{"@type":"https://didcomm.org/coordinate-mediation/1.0/keylist-update-response","@id":"1",` + thread + `,"updated":[{"recipient_key":"` + key + `","action":"add"}]}`: "/updated/0/result",
		`{"@type":"https://didcomm.org/messagepickup/2.0/delivery-request","@id":"1"}`:                                                                                         "/limit",
		`{"@type":"https://didcomm.org/messagepickup/2.0/status","@id":"1","message_count":-1}`:                                                                                "/message_count",
		`{"@type":"https://didcomm.org/routing/1.0/forward","@id":"1","to":"` + key + `","msg":"x"}`:                                                                           "/msg",
		`{"@type":"https://didcomm.org/routing/1.0/forward","@id":"1","msg":{}}`:                                                                                               "/to",
		`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1","~service":{"recipientKeys":["x"],"serviceEndpoint":"x"}}`:                                               "/~0service/recipientKeys/0",
	} {
		m, err := Decode([]byte(raw))
		var fault *Error
		if c := code(err); c != CodeMessage && c != CodeService {
			t.Errorf("%s: %T %v", raw, m, err)
			continue
		}
		fault = err.(*Error)
		if fault.Pointer != pointer && raw != "" {
			t.Errorf("%s: %v", raw, err)
		}
		if fault.Error() == "" {
			t.Error("no text")
		}
	}
	if _, err := Decode([]byte(`{"@type":"https://didcomm.org/a/1.0/b","@id":"1","~thread":{"pthid":"` + strings.Repeat("x", maxID+1) + `"}}`)); code(err) != CodeMessage {
		t.Error(err)
	}
	deep := `{"@type":"https://didcomm.org/a/1.0/b","@id":"1","x":` + strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth) + `}`
	if _, err := Decode([]byte(deep)); code(err) != CodeMessage {
		t.Error(err)
	}
	if _, err := Decode([]byte(`{"@type":"https://didcomm.org/a/1.0/b","@id":"1","x":"` + strings.Repeat("x", MaxMessage) + `"}`)); code(err) != CodeMessage {
		t.Error(err)
	}
}

func TestEncodeRefuses(t *testing.T) {
	for _, m := range []Message{
		&Ping{}, &Ping{Header: Header{Type: TypePing}}, &Ping{Header: Header{Type: TypeBasicMessage, ID: "1"}},
		&Ack{Header: Header{Type: TypeAck, ID: "1"}}, &OfferCredential{Header: Header{Type: TypeOfferCredential, ID: "1"}},
		&Invitation{Header: Header{Type: TypeInvitation, ID: "1"}},
	} {
		if raw, err := Encode(m); code(err) != CodeMessage {
			t.Errorf("%T: %s %v", m, raw, err)
		}
	}
	if _, err := Encode(&Unknown{Header: Header{Type: "https://example.com/a/1.0/b", ID: "1"}}); err != nil {
		t.Error(err)
	}
}

func TestType(t *testing.T) {
	for text, want := range map[Type]TypeParts{
		TypePing:                                      {"trust_ping", 1, 0, "ping", false},
		prefixLegacy + "connections/1.0/request":      {"connections", 1, 0, "request", true},
		"https://example.com/deep/path/x/12.34/y":     {"x", 12, 34, "y", false},
		"https://didcomm.org/out-of-band/1.1.2/reuse": {"out-of-band", 1, 1, "reuse", false},
	} {
		if got, ok := text.Parse(); !ok || got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
	for _, text := range []Type{"", "a", "a/1.0/b", "x//1.0/b", "x/a/1/b", "x/a/1.x/b", "x/a/1.0/", "x/a/-1.0/b", "x/a/1.99999999/b", Type("x/a/1.0/" + strings.Repeat("b", 300))} {
		if got, ok := text.Parse(); ok {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if got := Type(prefixLegacy+"didexchange/1.0/request").Answer("response", 1); got != "https://didcomm.org/didexchange/1.0/response" {
		t.Error(got)
	}
	if got := Type("https://didcomm.org/didexchange/1.7/request").Answer("response", 1); got != TypeDIDResponse {
		t.Error(got)
	}
	if !TypeDIDProblem.Is(prefixLegacy+"didexchange/1.0/problem-report") || TypePing.Is(TypePingResponse) || TypeRevoke.Is(TypeRevoke1) {
		t.Error("Is")
	}
	if TypeDIDRequest.ProtocolURI() != DIDExchange11 || Type("x").ProtocolURI() != "" {
		t.Error("ProtocolURI")
	}
}

func TestThreads(t *testing.T) {
	h := Header{ID: "1", Thread: &Thread{}}
	if h.ThreadID() != "1" || h.ParentThreadID() != "" {
		t.Error("an empty ~thread says nothing")
	}
	h.Thread = &Thread{ID: "0", Parent: "p"}
	if r := h.Reply(TypeAck, "2"); r.ThreadID() != "0" || r.ParentThreadID() != "p" || r.ID != "2" || r.Type != TypeAck {
		t.Errorf("%+v", r)
	}
	for _, c := range []struct {
		transport *Transport
		thread    string
		want      bool
	}{
		{nil, "1", false},
		{&Transport{}, "1", false},
		{&Transport{ReturnRoute: ReturnNone}, "1", false},
		{&Transport{ReturnRoute: ReturnAll}, "1", true},
		{&Transport{ReturnRoute: ReturnThread, ReturnRouteThread: "1"}, "1", true},
		{&Transport{ReturnRoute: ReturnThread, ReturnRouteThread: "1"}, "2", false},
		{&Transport{ReturnRoute: ReturnThread}, "", false},
	} {
		if c.transport.Returns(c.thread) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

func TestTimes(t *testing.T) {
	want := time.Date(2026, 11, 22, 0, 29, 56, 405851000, time.UTC)
	for _, text := range []string{
		"2026-11-22T00:29:56.405851Z", "2026-11-22 00:29:56.405851Z", "2026-11-22T00:29:56.405851", "2026-11-22 00:29:56.405851", "2026-11-22T01:29:56.405851+01:00",
	} {
		if got, ok := ParseTime(text); !ok || !got.Equal(want) {
			t.Error(text, got)
		}
	}
	if FormatTime(want) != "2026-11-22T00:29:56.405851Z" {
		t.Error(FormatTime(want))
	}
	if _, ok := ParseTime("yesterday"); ok {
		t.Error("yesterday")
	}
}

func TestProblemReport(t *testing.T) {
	for raw, want := range map[string][2]string{
		`"description":{"code":"c","en":"e","de":"d"}`: {"c", "e"},
		`"description":{"fr":"f","de":"d"}`:            {"", "d"},
		`"description":"plain"`:                        {"", "plain"},
		`"description":{"code":1,"en":{}}`:             {"", ""},
		`"description":null,"comment":"c"`:             {"", "c"},
		`"problem-code":"p","explain":"x"`:             {"p", "x"},
	} {
		m, err := Decode([]byte(`{"@type":"https://didcomm.org/x/1.0/problem_report","@id":"1",` + raw + `}`))
		if err != nil {
			t.Fatal(raw, err)
		}
		if report := m.(*ProblemReport); report.Code() != want[0] || report.Text() != want[1] {
			t.Errorf("%s: %q %q", raw, report.Code(), report.Text())
		}
	}
	ping := &Ping{Header: Header{Type: TypePing, ID: "1"}}
	if raw, err := Encode(NewProblemReport(ping, TypeProblemReport, "2", "c", "e")); err != nil || !strings.Contains(string(raw), `"thid":"1"`) {
		t.Error(string(raw), err)
	}
	if _, err := Decode([]byte(`{"@type":"https://didcomm.org/x/1.0/problem_report","@id":"1","description":[]}`)); code(err) != CodeMessage {
		t.Error(err)
	}
}

func TestFeatures(t *testing.T) {
	for _, c := range []struct {
		query FeatureQuery
		id    string
		want  bool
	}{
		{FeatureQuery{FeatureType: "protocol", Match: "*"}, "x", true},
		{FeatureQuery{FeatureType: "protocol", Match: "https://didcomm.org/a*"}, "https://didcomm.org/a/1.0", true},
		{FeatureQuery{FeatureType: "protocol", Match: "https://didcomm.org/a/1.0"}, "https://didcomm.org/a/1.1", false},
		{FeatureQuery{FeatureType: "goal-code", Match: "*"}, "x", false},
	} {
		if c.query.Matches("protocol", c.id) != c.want {
			t.Errorf("%+v", c)
		}
	}
}

func TestServiceTarget(t *testing.T) {
	key := ours(t, 1).Key
	target, err := Service{RecipientKeys: []string{key.DIDKey()}, RoutingKeys: []string{key.String()}, Endpoint: "https://example.com"}.Target()
	if err != nil || !slices.Equal(target.Recipients, []Verkey{key}) || !slices.Equal(target.Routing, []Verkey{key}) {
		t.Error(target, err)
	}
	for _, s := range []Service{
		{},
		{RecipientKeys: []string{key.String()}},
		{Endpoint: "x"},
		{Endpoint: "x", RecipientKeys: []string{"did:web:a#k"}},
		{Endpoint: "x", RecipientKeys: []string{key.String()}, RoutingKeys: []string{"x"}},
		{Endpoint: "x", RecipientKeys: []string{key.String()}, RoutingKeys: slices.Repeat([]string{key.String()}, MaxRouting+1)},
	} {
		if _, err := s.Target(); code(err) != CodeService {
			t.Errorf("%+v: %v", s, err)
		}
	}
}
