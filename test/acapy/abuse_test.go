package acapy

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/test/peers"
)

const (
	credentialRecords = "/issue-credential-2.0/records/"
	proofRecords      = "/present-proof-2.0/records/"
	issueCredential   = "issue-credential/2.0"
	presentProof      = "present-proof/2.0"
	abandoned         = "issuance-abandoned"
	unproven          = "abandoned" // as present-proof says it
)

// record is an exchange as its controller sees it.
func (a *agent) record(id string) object {
	a.w.t.Helper()
	whole, _ := a.Get(credentialRecords + id)["cred_ex_record"].(object)
	return whole
}

// stands says in which state a record is, and how its error_msg begins; "": it has none.
func (a *agent) stands(id, state, why string) {
	a.w.t.Helper()
	a.isAs(a.record(id), state, why)
}

// provesAs is stands for a presentation.
func (a *agent) provesAs(id, state, why string) {
	a.w.t.Helper()
	a.isAs(a.Get(proofRecords+id), state, why)
}

func (a *agent) isAs(record object, state, why string) {
	a.w.t.Helper()
	message, _ := record["error_msg"].(string)
	if record["state"] != state || !strings.HasPrefix(message, why) || (why == "") != (message == "") {
		a.w.t.Errorf("%s: the record is %v: %q, want %s: %q", a.Name, record["state"], message, state, why)
	}
}

// offers sends the raw peer an offer and gives the record's id, the thread and what was offered.
func (a *agent) offers(r *raw, auto bool, options object) (x, thread string, offered object) {
	a.w.t.Helper()
	sent := a.Post("/issue-credential-2.0/send-offer", object{
		"connection_id": r.toRaw, "auto_issue": auto,
		"filter": object{"ld_proof": object{"credential": resident(did(a.Controller)), "options": options}},
	})
	thread = peers.Text(sent, "/thread_id")
	return peers.Text(sent, "/cred_ex_id"), thread, content(r.hears("offer-credential", object{"@id": thread}), "offers~attach")
}

// nested is an object in an object, so many deep.
func nested(depth int) string {
	return strings.Repeat(`{"a":`, depth-1) + "{}" + strings.Repeat("}", depth-1)
}

// TestHostileEnvelopes: what does not open, is for nobody, says not who sends it, or has in it what is no message, is answered by a
// status, and changes nothing.
func TestHostileEnvelopes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		r, foe := w.stranger().meets(a), w.stranger()
		ping := string(must(json.Marshal(message("trust_ping/1.0/ping", "", object{"response_requested": true}))))
		good := r.packed(r.theirs, []byte(ping))
		spoilt := func(member string) []byte {
			var envelope map[string]string
			done(json.Unmarshal(r.packed(r.theirs, []byte(ping)), &envelope))
			text := []byte(envelope[member])
			middle, other := len(text)/2, byte('A')
			if text[middle] == other {
				other = 'B'
			}
			text[middle] = other
			envelope[member] = string(text)
			return must(json.Marshal(envelope))
		}
		headed := func() []byte { // the header is read, and is not what was encrypted with
			var envelope map[string]string
			done(json.Unmarshal(good, &envelope))
			header := must(base64.RawURLEncoding.DecodeString(envelope["protected"]))
			envelope["protected"] = base64.RawURLEncoding.EncodeToString(append(header, ' '))
			return must(json.Marshal(envelope))
		}
		keys := func(n int) (all []didcomm.Verkey) {
			for range n {
				all = append(all, w.stranger().own.Key)
			}
			return all
		}
		theirs := must(didcomm.ParseVerkey(r.theirs))
		// Envelope in envelope as often as fit into one, each to a key that nobody is a mediator for; and in plain, a hundred times.
		forward, plain := []byte(ping), []byte(ping)
		for len(forward) < didcomm.MaxMessage/2 {
			inner := must(didcomm.Pack(rand.Reader, forward, []didcomm.Verkey{theirs}, nil))
			forward = must(json.Marshal(message("routing/1.0/forward", "", object{"to": r.theirs, "msg": json.RawMessage(inner)})))
		}
		for range 100 {
			plain = must(json.Marshal(message("routing/1.0/forward", "", object{"to": r.theirs, "msg": json.RawMessage(plain)})))
		}
		before := w.census()
		for what, c := range map[string]struct {
			envelope []byte
			status   int
			code     string
		}{
			"another ciphertext":       {spoilt("ciphertext"), 400, "envelope-malformed"},
			"another tag":              {spoilt("tag"), 400, "envelope-malformed"},
			"another nonce":            {spoilt("iv"), 400, "envelope-malformed"},
			"another header":           {headed(), 400, "envelope-malformed"},
			"half of it":               {good[:len(good)/2], 400, "envelope-malformed"},
			"two of it":                {append(bytes.Clone(good), good...), 400, "envelope-malformed"},
			"plain":                    {[]byte(ping), 400, "envelope-malformed"},
			"for somebody else":        {must(didcomm.Pack(rand.Reader, []byte(ping), keys(1), &r.own)), 404, "recipient-unknown"},
			"for a hundred of them":    {must(didcomm.Pack(rand.Reader, []byte(ping), keys(100), &r.own)), 404, "recipient-unknown"},
			"of nobody":                {must(didcomm.Pack(rand.Reader, []byte(ping), []didcomm.Verkey{theirs}, nil)), 400, "sender-unknown"},
			"of a stranger":            {foe.packed(r.theirs, []byte(ping)), 400, "sender-unknown"},
			"no JSON":                  {r.packed(r.theirs, []byte("{")), 400, "message-malformed"},
			"nothing":                  {r.packed(r.theirs, nil), 400, "message-malformed"},
			"null":                     {r.packed(r.theirs, []byte("null")), 400, "message-malformed"},
			"no UTF-8":                 {r.packed(r.theirs, []byte("{\"@type\":\"x/y/1.0/z\",\"@id\":\"\xff\"}")), 400, "message-malformed"},
			"half a character":         {r.packed(r.theirs, []byte(`{"@type":"x/y/1.0/z","@id":"\ud800"}`)), 400, "message-malformed"},
			"no type":                  {r.packed(r.theirs, []byte(`{"@id":"1"}`)), 400, "message-malformed"},
			"no id":                    {r.packed(r.theirs, []byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping"}`)), 400, "message-malformed"},
			"a type of no message":     {r.packed(r.theirs, []byte(`{"@type":"ping","@id":"1"}`)), 400, "message-malformed"},
			"two ids":                  {r.packed(r.theirs, []byte(strings.Replace(ping, `"@id"`, `"@id":"1","@id"`, 1))), 400, "message-malformed"},
			"an id of 2 KiB":           {r.packed(r.theirs, []byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"`+strings.Repeat("a", 2048)+`"}`)), 400, "message-malformed"},
			"a thread of 2 KiB":        {r.packed(r.theirs, []byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1","~thread":{"thid":"`+strings.Repeat("a", 2048)+`"}}`)), 400, "message-malformed"},
			"an id with U+0000":        {r.packed(r.theirs, []byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"a\u0000b"}`)), 400, "message-malformed"},
			"a thread with U+0000":     {r.packed(r.theirs, []byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1","~thread":{"thid":"a\u0000b"}}`)), 400, "message-malformed"},
			"a parent with U+0000":     {r.packed(r.theirs, []byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1","~thread":{"pthid":"a\u0000b"}}`)), 400, "message-malformed"},
			"65 levels":                {r.packed(r.theirs, []byte(strings.Replace(ping, `"@id"`, `"x":`+nested(64)+`,"@id"`, 1))), 400, "message-malformed"},
			"100,000 levels":           {r.packed(r.theirs, []byte(strings.Replace(ping, `"@id"`, `"x":`+nested(100_000)+`,"@id"`, 1))), 400, "message-malformed"},
			"more than an envelope":    {bytes.Repeat([]byte("A"), didcomm.MaxEnvelope+1), 413, "too-large"},
			"forwards in forwards":     {must(didcomm.Pack(rand.Reader, forward, []didcomm.Verkey{theirs}, nil)), 404, "forward-unknown"},
			"forwards of somebody":     {r.packed(r.theirs, forward), 404, "forward-unknown"},
			"forwards, a hundred deep": {r.packed(r.theirs, plain), 400, "message-malformed"},
		} {
			status, text := r.post(c.envelope)
			if status != c.status || !strings.HasPrefix(text, c.code+": ") {
				t.Errorf("%s is answered %d %.200s, want %d %s", what, status, text, c.status, c.code)
			}
		}
		r.silent("hostile envelopes")
		w.kept(before, "hostile envelopes")
		// What is of no protocol is answered, and no more; a report on nothing is not.
		unknown := message("unheard-of/1.0/x", "")
		r.said(unknown)
		r.told(peers.Text(unknown, "/@id"), "message-type-unknown", "messages of this type are not understood")
		r.said(reporting("unheard-of/1.0", uuid.NewString(), "x"))
		r.said(reporting("report-problem/1.0", uuid.NewString(), "x"))
		r.silent("a report on nothing")
		r.said(ping)
		r.hears("ping_response", object{})
		w.kept(before, "what is of no protocol")
	})
}

// TestReplays: a message that comes again is handled once: byte for byte, encrypted anew, and many times at once.
func TestReplays(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		r := w.stranger().meets(a)
		again := func(m object) {
			t.Helper()
			text := must(json.Marshal(m))
			same := r.packed(r.theirs, text)
			envelopes := [][]byte{same, same, same, r.packed(r.theirs, text), r.packed(r.theirs, text)}
			var all sync.WaitGroup
			for _, envelope := range envelopes {
				all.Go(func() {
					if status, said := r.post(envelope); status != http.StatusOK {
						t.Errorf("a replay is answered %d %s", status, said)
					}
				})
			}
			all.Wait()
			for _, envelope := range envelopes[2:] {
				if status, said := r.post(envelope); status != http.StatusOK {
					t.Errorf("a replay is answered %d %s", status, said)
				}
			}
		}
		again(message("basicmessage/1.0/message", "", object{"content": "once", "~please_ack": object{}}))
		if n := w.number(`SELECT count(*) FROM notices WHERE topic = 'basic-message'`); n != 1 {
			t.Errorf("the controller is told of %d messages", n)
		}
		r.hears("ack", object{})
		again(message("trust_ping/1.0/ping", ""))
		r.hears("ping_response", object{})
		r.silent("what was said again")

		x, thread, offered := a.offers(r, true, object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}})
		before := w.census()
		again(requesting(thread, inBase64(offered)))
		r.hears("issue-credential", object{"~thread": object{"thid": thread}})
		before["credentials"]++
		before["status_entries"]++
		r.silent("a request that came again")
		w.kept(before, "a request that came again")
		a.stands(x, "credential-issued", "")
		again(acking(issueCredential, thread))
		a.stands(x, "done", "")

		before = w.census()
		proposal := message(issueCredential+"/propose-credential", "", carrying("filters~attach", ldDetail, inBase64(offered)))
		again(proposal)
		before["exchanges"]++
		again(offering("", inBase64(offered)))
		before["exchanges"]++
		asked := message(presentProof+"/request-presentation", "", carrying("request_presentations~attach", dif, inJSON(object{"presentation_definition": definition()})))
		again(asked)
		before["proofs"]++
		w.kept(before, "what begins something and came again")
		r.silent("what begins something and came again")

		// What was refused is not refused again.
		wrong := requesting(thread, inBase64(offered))
		again(wrong)
		r.told(thread, abandoned, "the exchange is accepted")
		r.silent("what was refused and came again")
		hangup := r.packed(r.theirs, must(json.Marshal(message("did-rotate/1.0/hangup", ""))))
		for _, want := range []int{http.StatusOK, http.StatusNotFound, http.StatusNotFound} { // there is nobody any more
			if status, said := r.post(hangup); status != want {
				t.Errorf("who hangs up is answered %d %s, want %d", status, said, want)
			}
		}
		a.get("/connections/" + r.toRaw).status(http.StatusNotFound)
	})
}
