package acapy

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/multikey"
	"github.com/chancery-vc/chancery/test/peers"
)

// raw is an agent of somebody else's of which there is nothing but a key and a listener: what it says is written by the test, and may
// be anything.
type raw struct {
	t       *testing.T
	w       *world
	private ed25519.PrivateKey
	own     didcomm.Own
	self    didpeer.Agent
	theirs  string // key of the agent that it is connected with
	toRaw   string // that agent's id of the connection

	mu     sync.Mutex
	got    []object      // messages that came and were not asked for yet
	more   chan struct{} // closed when one came
	answer http.HandlerFunc
}

// stranger makes a raw agent that listens.
func (w *world) stranger() *raw {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	done(err)
	r := &raw{t: w.t, w: w, private: private, more: make(chan struct{})}
	r.own = didcomm.Own{Key: didcomm.Verkey(public), Private: must(didcomm.AgreementKey(private))}
	server := httptest.NewServer(r)
	w.t.Cleanup(server.Close)
	r.self = didpeer.Agent{Key: multikey.Join(multikey.CodeEd25519, public), Endpoint: server.URL}
	return r
}

// ServeHTTP takes what is sent to it. What is for no key of its own is refused.
func (r *raw) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	r.mu.Lock()
	answer := r.answer
	r.mu.Unlock()
	if answer != nil {
		answer(w, request)
		return
	}
	body, err := io.ReadAll(request.Body)
	if err == nil {
		err = r.take(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func (r *raw) take(body []byte) error {
	envelope, err := didcomm.ParseEnvelope(body)
	if err != nil {
		return err
	}
	opened, err := envelope.Open(r.own)
	if err != nil {
		return err
	}
	var message object
	if err := json.Unmarshal(opened.Message, &message); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got = append(r.got, message)
	close(r.more)
	r.more = make(chan struct{})
	return nil
}

// answers has the listener answer in another way; nil: as before.
func (r *raw) answers(how http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = how
}

// hears waits for a message of a kind, "issue-credential", that has all members of a pattern, and takes it out of those that came.
func (r *raw) hears(kind string, pattern object) object {
	r.t.Helper()
	late := time.After(30 * time.Second)
	for {
		found, more := r.came(kind, pattern)
		if found != nil {
			return found
		}
		select {
		case <-more:
		case <-late:
			r.t.Fatalf("no %s with %v came, but %s", kind, pattern, must(json.Marshal(r.left())))
		}
	}
}

func (r *raw) came(kind string, pattern object) (object, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, message := range r.got {
		if name, _ := message["@type"].(string); strings.HasSuffix(strings.ReplaceAll(name, "problem_report", "problem-report"), "/"+kind) && peers.Has(message, pattern) {
			r.got = append(r.got[:i:i], r.got[i+1:]...)
			return message, nil
		}
	}
	return nil, r.more
}

// left are the messages that came and that nobody asked for.
func (r *raw) left() []object {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]object{}, r.got...)
}

// settledLeft is left when everything has been sent.
func (r *raw) settledLeft() []object {
	r.t.Helper()
	r.w.settled()
	return r.left()
}

// silent says that nothing came but what was asked for.
func (r *raw) silent(what string) {
	r.t.Helper()
	if left := r.settledLeft(); len(left) > 0 {
		r.t.Errorf("%s: there came %.2000s", what, must(json.Marshal(left)))
	}
}

// told waits for a problem report in a thread and compares its code and the beginning of its words.
func (r *raw) told(thread, code, words string) {
	r.t.Helper()
	report := r.hears("problem-report", object{"~thread": object{"thid": thread}})
	if got := peers.Text(report, "/description/code"); got != code {
		r.t.Errorf("the report's code is %s, want %s", got, code)
	}
	if got := peers.Text(report, "/description/en"); !strings.HasPrefix(got, words) {
		r.t.Errorf("the report says %q, want %q", got, words)
	}
}

// packed is an envelope for a key.
func (r *raw) packed(key string, text []byte) []byte {
	r.t.Helper()
	return must(didcomm.Pack(rand.Reader, text, []didcomm.Verkey{must(didcomm.ParseVerkey(key))}, &r.own))
}

// post sends an envelope to the inlet.
func (r *raw) post(envelope []byte) (status int, text string) {
	r.t.Helper()
	request := must(http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.w.url+"/didcomm", bytes.NewReader(envelope)))
	request.Header.Set("Content-Type", didcomm.MediaType)
	response := must(r.w.client.Do(request))
	defer func() { _ = response.Body.Close() }()
	return response.StatusCode, string(must(io.ReadAll(response.Body)))
}

// says sends a message to the agent that it is connected with: a text, or an object. It gives the status.
func (r *raw) says(message any) int {
	r.t.Helper()
	text, ok := message.(string)
	if !ok {
		text = string(must(json.Marshal(message)))
	}
	status, _ := r.post(r.packed(r.theirs, []byte(text)))
	return status
}

// said is says for what is taken.
func (r *raw) said(message any) {
	r.t.Helper()
	if status := r.says(message); status != http.StatusOK {
		r.t.Errorf("%.300v is answered %d", message, status)
	}
}

// meets connects it with an agent by an invitation of that agent's.
func (r *raw) meets(a *agent) *raw {
	r.t.Helper()
	made := a.post("/out-of-band/create-invitation?auto_accept=true", object{"handshake_protocols": []string{didcomm.DIDExchange11}}).succeeds()
	request := r.asks(made)
	r.theirs = invitedKey(made)
	r.said(request)
	r.answered(peers.Text(request, "/@id"), peers.Text(request, "/~thread/pthid"))
	r.toRaw = peers.Text(a.Hears("connections", object{"invitation_msg_id": made.At("/invi_msg_id"), "rfc23_state": "completed"}), "/connection_id")
	return r
}

// invitedKey is the key of an invitation of an agent's.
func invitedKey(made *reply) string {
	key, _, _ := strings.Cut(made.Text("/invitation/services/0/recipientKeys/0"), "#")
	return must(didcomm.ParseVerkey(key)).String()
}

// asks is a request of DID Exchange to an invitation.
func (r *raw) asks(made *reply) object {
	r.t.Helper()
	thread := uuid.NewString()
	return object{
		"@type": "https://didcomm.org/didexchange/1.1/request", "@id": thread, "label": "raw", "did": must(r.self.Encode4()),
		"~thread": object{"thid": thread, "pthid": made.Text("/invi_msg_id")},
	}
}

// answered takes the response to its request, and says that it has it.
func (r *raw) answered(thread, parent string) {
	r.t.Helper()
	response := r.hears("response", object{"~thread": object{"thid": thread}})
	r.theirs = senderOf(peers.Text(response, "/did"))
	r.said(object{
		"@type": "https://didcomm.org/didexchange/1.1/complete", "@id": uuid.NewString(), "~thread": object{"thid": thread, "pthid": parent},
	})
}

// message is one with an id of its own; thread "" begins one.
func message(kind, thread string, members ...object) object {
	m := object{"@type": "https://didcomm.org/" + kind, "@id": uuid.NewString()}
	if thread != "" {
		m["~thread"] = object{"thid": thread}
	}
	for _, more := range members {
		maps.Copy(m, more)
	}
	return m
}

// The formats of attachments.
const (
	ldDetail   = didcomm.FormatLDProofDetail
	ldProof    = didcomm.FormatLDProof
	dif        = didcomm.FormatDIFDefinition
	submission = didcomm.FormatDIFSubmission
)

// carrying are the members of a message that has one attachment.
func carrying(member, format string, data object) object {
	return object{
		"formats": []object{{"attach_id": "a", "format": format}},
		member:    []object{{"@id": "a", "mime-type": "application/json", "data": data}},
	}
}

// inBase64 is an attachment's data: a text, or an object.
func inBase64(content any) object {
	text, ok := content.(string)
	if !ok {
		text = string(must(json.Marshal(content)))
	}
	return object{"base64": base64.StdEncoding.EncodeToString([]byte(text))}
}

func inJSON(content any) object { return object{"json": content} }

func requesting(thread string, data object) object {
	return message("issue-credential/2.0/request-credential", thread, carrying("requests~attach", ldDetail, data))
}

func offering(thread string, data object) object {
	return message("issue-credential/2.0/offer-credential", thread, carrying("offers~attach", ldDetail, data))
}

func issuing(thread string, data object) object {
	return message("issue-credential/2.0/issue-credential", thread, carrying("credentials~attach", ldProof, data))
}

func acking(protocol, thread string) object {
	return message(protocol+"/ack", thread, object{"status": "OK"})
}

func reporting(protocol, thread, code string) object {
	return message(protocol+"/problem-report", thread, object{"description": object{"code": code, "en": "so it is"}})
}

// content is what a message has attached.
func content(m object, member string) object {
	data := peers.At(m, "/"+member+"/0/data")
	if whole, ok := peers.At(data, "/json").(object); ok {
		return whole
	}
	var whole object
	done(json.Unmarshal(must(base64.StdEncoding.DecodeString(peers.Text(data, "/base64"))), &whole))
	return whole
}

// precious are the tables that no message may add to or take from, unless it is due.
var precious = []string{
	"credentials", "status_entries", "held_credentials", "exchanges", "proofs", "connections", "oob_invitations", "mediations", "identities",
}

// census are the numbers of rows of what is precious.
func (w *world) census() map[string]int {
	w.t.Helper()
	all := map[string]int{}
	for _, table := range precious {
		all[table] = w.number(`SELECT count(*) FROM ` + table)
	}
	return all
}

// kept fails when there is more or less of what is precious than there was.
func (w *world) kept(before map[string]int, what string) {
	w.t.Helper()
	if now := w.census(); !maps.Equal(now, before) {
		w.t.Errorf("%s: there are %v, before %v", what, now, before)
	}
}

// senderOf is the key of a DID that an agent speaks as.
func senderOf(did string) string {
	document := must(diddoc.Parse(must(didpeer.Resolve(did))))
	return must(didcomm.Targets(document))[0].Recipients[0].String()
}

// responds is a response to a request: a DID, which the key that invited signs.
func (r *raw) responds(request object, did string) object {
	r.t.Helper()
	attachment := didcomm.RotateAttachment("a", did)
	done(attachment.Sign(r.own.Key, func(input []byte) ([]byte, error) { return ed25519.Sign(r.private, input), nil }))
	return message("didexchange/1.1/response", peers.Text(request, "/@id"), object{"did": did, "did_rotate~attach": attachment})
}
