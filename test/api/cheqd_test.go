package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1 "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// registrarRecord is a request to cheqd's registrar or resolver, and what came back.
type registrarRecord struct {
	Request struct {
		Method, Path, Accept string
		Body                 json.RawMessage
	}
	Status      int
	ContentType string
	Location    string
	Response    json.RawMessage
}

func recordedCheqd(t *testing.T, name string) (r registrarRecord) {
	t.Helper()
	text := sharedtest.Read(t, "a cheqd did-registrar and did-resolver", "transcripts", "cheqd", "registrar", name+".json")
	if err := json.Unmarshal(text, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// chain is a simulated ledger with an account that pays, and a clock.
type chain struct {
	*ledgersim.Ledger
	url      string
	mu       sync.Mutex
	at       time.Time
	key      *secp256k1.PrivateKey
	address  string
	sequence uint64
}

func newChain(t *testing.T) *chain {
	t.Helper()
	seed := sha256.Sum256([]byte(t.Name()))
	c := &chain{key: secp256k1.PrivKeyFromBytes(seed[:]), at: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	c.address = cheqd.Address(cheqd.AddressPrefix, c.key.PubKey().SerializeCompressed())
	price, err := cheqd.ParsePrice("0.05")
	if err != nil {
		t.Fatal(err)
	}
	c.Ledger = ledgersim.New(ledgersim.Config{Price: price, Now: c.now, Accounts: []ledgersim.Account{
		{Address: cheqd.Address(cheqd.AddressPrefix, make([]byte, 33)), Balance: "1"}, {Address: c.address, Balance: "100000000000000"},
	}})
	server := httptest.NewServer(c.Ledger)
	t.Cleanup(server.Close)
	c.url = server.URL
	return c
}

func (c *chain) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *chain) set(clock string) {
	at, err := time.Parse(time.TimeOnly, clock)
	done(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = time.Date(2026, 11, 22, at.Hour(), at.Minute(), at.Second(), 0, time.UTC)
}

// send pays for a message and has it in a block.
func (c *chain) send(m cheqd.Message) {
	raw := cheqd.TxRaw{
		Body: cheqd.TxBody{Messages: []cheqd.Any{cheqd.Pack(m)}}.Encode(),
		AuthInfo: cheqd.AuthInfo{
			Signers: []cheqd.SignerInfo{{PublicKey: c.key.PubKey().SerializeCompressed(), Mode: cheqd.SignModeDirect, Sequence: c.sequence}},
			Fee:     cheqd.Fee{Amount: []cheqd.Coin{{Denom: cheqd.Denom, Amount: "100000000000"}}, GasLimit: 1_000_000, Payer: c.address},
		}.Encode(),
	}
	sum := sha256.Sum256(cheqd.SignDoc(raw.Body, raw.AuthInfo, "cheqd-local-1", 1))
	raw.Signatures = [][]byte{k1.SignCompact(c.key, sum[:], true)[1:]}
	c.sequence++
	response := must(http.Post(c.url+cheqd.BroadcastPath, "application/json", bytes.NewReader(cheqd.BroadcastBody(raw.Encode()))))
	_ = response.Body.Close()
	response = must(http.Get(c.url + cheqd.TxPath(cheqd.Hash(raw.Encode()))))
	body := must(io.ReadAll(response.Body))
	_ = response.Body.Close()
	if result := must(cheqd.ParseTxResponse(body)); result.Refusal != nil {
		done(result.Refusal)
	}
}

// replay puts on the ledger what cheqd's registrar put there, at the second it did: action and finish are its records.
func (c *chain) replay(t *testing.T, clock, action, finish string) {
	t.Helper()
	c.set(clock)
	type requests map[string]struct {
		Payload   []byte `json:"serializedPayload"`
		Kid       string `json:"kid"`
		Signature []byte `json:"signature"`
	}
	var asked struct {
		DID struct {
			Request requests `json:"signingRequest"`
		} `json:"didState"`
		URL struct {
			Request requests `json:"signingRequest"`
		} `json:"didUrlState"`
	}
	var given struct {
		Secret struct {
			Response requests `json:"signingResponse"`
		}
	}
	done(json.Unmarshal(recordedCheqd(t, action).Response, &asked))
	done(json.Unmarshal(recordedCheqd(t, finish).Request.Body, &given))
	raw := append(asked.DID.Request["signingRequest0"].Payload, asked.URL.Request["signingRequest0"].Payload...)
	one := given.Secret.Response["signingRequest0"]
	by := []cheqd.SignInfo{{VerificationMethodID: one.Kid, Signature: one.Signature}}
	switch {
	case strings.Contains(action, "create-"):
		c.send(cheqd.CreateDIDDoc{Payload: must(cheqd.DecodeDIDDocPayload(raw)), Signatures: by})
	case strings.Contains(action, "update-"):
		c.send(cheqd.UpdateDIDDoc{Payload: must(cheqd.DecodeDIDDocPayload(raw)), Signatures: by})
	case strings.Contains(action, "deactivate-"):
		c.send(cheqd.DeactivateDIDDoc{Payload: must(cheqd.DecodeDeactivatePayload(raw)), Signatures: by})
	default:
		c.send(cheqd.CreateResource{Payload: must(cheqd.DecodeResourcePayload(raw)), Signatures: by})
	}
}

// TestCheqdResolver has a ledger come to be as it was when cheqd's resolver was recorded, and asks what was asked then. What is
// answered otherwise is in docs/divergences/dif.md.
func TestCheqdResolver(t *testing.T) {
	guard(t, func() {
		c := newChain(t)
		w := start(t, "sqlite", app.Config{Cheqd: app.Cheqd{Networks: map[string]string{cheqd.Testnet: c.url + "," + c.url}}})
		c.replay(t, "00:14:38", "registrar-01-create-action", "registrar-02-create-finish")
		w.asRecorded("registrar-03-resolve")
		c.replay(t, "00:14:41", "registrar-04-update-action", "registrar-05-update-finish")
		c.replay(t, "00:14:44", "registrar-06-resource-action", "registrar-07-resource-finish")
		for _, name := range []string{"registrar-08-deref-path", "registrar-09-deref-query", "registrar-10-deref-query-plain", "registrar-11-deref-query-metadata"} {
			w.asRecorded(name)
		}
		c.replay(t, "00:14:47", "registrar-12-updateResource-action", "registrar-13-updateResource-finish")
		for _, name := range []string{
			"registrar-14-deref-versiontime", "registrar-15-deref-missing", "registrar-16-metadata", "registrar-17-versions", "registrar-19-service",
			"registrar-20-did-json", "registrar-21-did-ldjson", "registrar-22-did-did", "registrar-23-notfound", "registrar-24-invalid", "registrar-26-notaccept",
		} {
			w.asRecorded(name)
		}
		w.otherURLs()
		c.replay(t, "00:14:50", "registrar-29-deactivate-action", "registrar-30-deactivate-finish")
		w.asRecorded("registrar-31-resolve-deactivated")
	})
}

// asRecorded asks what was asked of cheqd's resolver: whatever it said is said here too.
func (w *world) asRecorded(name string) {
	w.t.Helper()
	record := recordedCheqd(w.t, name)
	got := w.get(record.Request.Path, record.Request.Accept)
	if got.status != record.Status || got.header.Get("Location") != record.Location {
		w.t.Errorf("%s: %d %s, want %d: %s", name, got.status, got.header.Get("Location"), record.Status, got.body)
		return
	}
	if record.Status == http.StatusSeeOther {
		return
	}
	if record.Status == http.StatusOK && got.header.Get("Content-Type") != record.ContentType {
		w.t.Errorf("%s: %s, want %s", name, got.header.Get("Content-Type"), record.ContentType)
	}
	var want, have any
	done(json.Unmarshal(record.Response, &want))
	done(json.Unmarshal(got.body, &have))
	if fault := within(want, have, ""); fault != "" {
		w.t.Errorf("%s: %s\n%s", name, fault, got.body)
	}
}

// within says where something of want is missing or other in have. When it was asked and the media type of the metadata are not
// looked at; lists of resources and versions are in no order.
func within(want, have any, at string) string {
	switch want := want.(type) {
	case map[string]any:
		members, ok := have.(map[string]any)
		if !ok {
			return at + " is no object"
		}
		for name, value := range want {
			if name == "retrieved" || name == "contentType" {
				continue
			}
			if fault := within(value, members[name], at+"/"+name); fault != "" {
				return fault
			}
		}
		return ""
	case []any:
		items, ok := have.([]any)
		if !ok && len(want) == 1 {
			return within(want[0], have, at) // DID Core has a set of one as its member too
		}
		if !ok || len(items) != len(want) {
			return fmt.Sprintf("%s has other items: %v", at, have)
		}
		for i, value := range want {
			if !slices.ContainsFunc(items, func(item any) bool { return within(value, item, "") == "" }) {
				return fmt.Sprintf("%s/%d is not there", at, i)
			}
		}
		return ""
	}
	if want != have {
		return fmt.Sprintf("%s is %v, want %v", at, have, want)
	}
	return ""
}

// get asks without following a redirect.
func (w *world) get(path, accept string) answer {
	w.t.Helper()
	r := must(http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.url+path, nil))
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	client := &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response := must(client.Do(r))
	defer func() { _ = response.Body.Close() }()
	return answer{status: response.StatusCode, header: response.Header, body: must(io.ReadAll(response.Body))}
}

// otherURLs asks what was not recorded.
func (w *world) otherURLs() {
	const did = "did:cheqd:testnet:b4e850cb-6c0b-4a79-a425-a11f48fadd55"
	const first, resource = "f8a8e29a-271e-4287-b798-4c0881531556", "42b930fb-36b5-4658-97ab-e3550532e8ea"
	const wrapped = "application/ld+json;profile=https://w3id.org/did-url-dereferencing"
	for _, c := range []struct {
		url, accept string
		status      int
		want        string
		not         string
	}{
		{did + "?versionId=" + first, "", 200, `"versionId":"` + first + `"`, "agent.example"},
		{did + "/version/" + first, "", 200, `"nextVersionId"`, "agent.example"},
		{did + "/version/" + first + "/metadata", "", 200, `"nextVersionId"`, "verificationMethod"},
		{did + "?versionTime=2026-11-22T00:14:39Z", "", 200, first, "agent.example"},
		{did + "?versionTime=2026-11-22T00:14:00Z", "", 404, "notFound", ""},
		{did + "?versionId=" + resource, "", 404, "notFound", ""},
		{did + "?transformKeys=JsonWebKey2020", "", 200, "publicKeyJwk", "publicKeyMultibase"},
		{did + "?transformKeys=Nonsense", "", 406, "representationNotSupported", ""},
		{did + "/resources/" + resource, "", 200, `"attrNames":["name","number"]`, "didString"},
		{did + "/resources/" + resource, "text/html", 406, "representationNotSupported", ""},
		{did + "/resources/" + resource + "/metadata", "", 200, `"linkedResourceMetadata":[`, "attrNames"},
		{did + "/resources/" + first, wrapped, 404, `"dereferencingMetadata"`, ""},
		{did + "?resourceId=" + resource, wrapped, 200, `"contentStream":{`, ""},
		{did + "?resourceName=Permit&resourceType=anonCredsSchema&resourceVersion=1.0", "", 200, `"attrNames":["name","number"]`, ""},
		{did + "?resourceName=Permit&resourceType=anonCredsSchema&resourceVersionTime=2026-11-22T00:14:45Z", "", 200, `"1.0"`, "class"},
		{did + "?versionId=" + first + "&resourceName=Permit&resourceType=anonCredsSchema", "", 404, "notFound", ""},
		{did + "?nonsense=1", "", 400, "invalidDidUrl", ""},
		{did + "/nonsense", wrapped, 400, `"error":"invalidDidUrl"`, ""},
		{did + "%23key-1", wrapped, 200, `"contentStream":{"id":"` + did + `#key-1"`, "assertionMethod"},
		{did + "%23endpoint", "", 200, "agent.example", "verificationMethod"},
		{did + "%23endpoint", "application/did+ld+json", 200, `"serviceEndpoint":"https://agent.example"`, "verificationMethod"},
		{did + "%23nobody", wrapped, 404, "notFound", ""},
		{did + "?service=nobody", "", 404, "notFound", ""},
		{did + "?relativeRef=/a", "", 400, "invalidDidUrl", ""},
		{strings.ToUpper(did[:18]) + did[18:], "", 400, "invalidDid", ""},
		{"did:cheqd:testnet:B4E850CB-6C0B-4A79-A425-A11F48FADD55", "", 400, "invalidDid", ""},
		{"did:cheqd:mainnet:b4e850cb-6c0b-4a79-a425-a11f48fadd55", "", 500, "internalError", ""},
	} {
		got := w.get("/1.0/identifiers/"+c.url, c.accept)
		if body := string(got.body); got.status != c.status || !strings.Contains(body, c.want) || c.not != "" && strings.Contains(body, c.not) {
			w.t.Errorf("%s %s: %d %s", c.url, c.accept, got.status, body)
		}
	}
	got := w.get("/1.0/identifiers/"+did+"?service=endpoint&relativeRef=%2Fa%3Fb", "")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != "https://agent.example/a?b" {
		w.t.Errorf("%d %s", got.status, got.header.Get("Location"))
	}
	if got := w.get("/1.0/identifiers/"+did+"/resources/"+resource, ""); got.header.Get("X-Content-Type-Options") != "nosniff" ||
		!strings.HasPrefix(got.header.Get("Content-Security-Policy"), "sandbox") {
		w.t.Errorf("a page of anybody's could run: %v", got.header)
	}
}
