package acapy

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// spoken is a recorded message between the two agents, and the envelope that it came in.
type spoken struct {
	To        []string `json:"to"`
	Plaintext object   `json:"plaintext"`
	Envelope  object   `json:"envelope"`
}

// kind is the message's type without its prefix: "issue-credential/2.0/ack".
func (s spoken) kind() string {
	return strings.TrimPrefix(peers.Text(s.Plaintext, "/@type"), "https://didcomm.org/")
}

// byHolder says whose half of the recording a message is: the issuer invites, issues and verifies.
func (s spoken) byHolder() bool {
	switch family, name, _ := strings.Cut(s.kind(), "/"); family {
	case "issue-credential":
		return strings.HasSuffix(name, "/request-credential") || strings.HasSuffix(name, "/ack")
	case "present-proof":
		return strings.HasSuffix(name, "/presentation")
	case "didexchange":
		return !strings.HasSuffix(name, "/response")
	case "trust_ping":
		return strings.HasSuffix(name, "/ping_response")
	case "out-of-band":
		return strings.HasSuffix(name, "/handshake-reuse")
	}
	return false
}

// half is one of the two recorded agents, of which there is nothing but what it said. It says that again to Chancery, which plays the
// other: with its own ids as they were recorded, those of Chancery as they are here, and signed with keys of its own. What Chancery
// says is compared with what the other said there, and nothing else may come.
type half struct {
	*replay
	name   string // of the recording of messages
	holder bool   // which half it is
	lines  []spoken
	after  map[int][]int                 // the messages that follow a call, by its number
	keys   map[string]ed25519.PrivateKey // by what was recorded, base58
	inbox  chan []byte
	issued json.RawMessage // what Chancery issued, as it came
	born   time.Time       // of the first proof
	proofs int
}

// newHalf is a half of a recording that listens where the recorded agent did, until the test ends.
func newHalf(r *replay, name string, holder bool, endpoint string, after map[int][]int) *half {
	h := &half{
		replay: r, name: name, holder: holder, after: after, keys: map[string]ed25519.PrivateKey{}, inbox: make(chan []byte, 16),
		born: time.Now().UTC().Truncate(time.Second).Add(-time.Minute),
	}
	server := httptest.NewServer(h)
	r.t.Cleanup(server.Close)
	r.binder.ours[endpoint] = server.URL
	var dids []string
	text := sharedtest.Read(r.t, recordings, "transcripts", "acapy", name+".jsonl")
	for lines := json.NewDecoder(bytes.NewReader(text)); lines.More(); {
		var l spoken
		done(lines.Decode(&l))
		h.lines = append(h.lines, l)
		if l.byHolder() != holder {
			h.key(l.To[0])
		}
		if did, ok := l.Plaintext["did"].(string); ok && l.byHolder() == holder {
			dids = append(dids, did)
		}
	}
	for _, c := range recorded[call](r.t, r.name+".json") {
		if r.agents[c.Agent] != nil {
			continue
		}
		if strings.HasSuffix(c.Request, "/wallet/did/create") && c.Status == http.StatusOK {
			h.key(peers.Text(c.Response, "/result/verkey"))
		}
		if services, ok := peers.At(c.Response, "/invitation/services").([]any); ok {
			if did, ok := services[0].(string); ok {
				dids = append(dids, did)
			}
		}
	}
	for _, did := range dids {
		if didpeer.IsUnqualified(did) {
			continue // is its key's
		}
		if h.keys[keyOfDID(did)] == nil {
			continue // Chancery's
		}
		self := didpeer.Agent{Key: strings.TrimPrefix(h.own(keyOfDID(did)).Key.DIDKey(), "did:key:"), Endpoint: server.URL}
		ours := must(self.Encode4())
		r.binder.ours[did] = ours
		if short, err := didpeer.Short(did); err == nil {
			r.binder.ours[short] = must(didpeer.Short(ours))
		}
	}
	return h
}

// key makes a key in the place of one that was recorded.
func (h *half) key(recorded string) {
	if h.keys[recorded] != nil {
		return
	}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	done(err)
	h.keys[recorded] = private
	theirs, ours := must(didcomm.ParseVerkey(recorded)), didcomm.Verkey(public)
	for _, form := range []func(didcomm.Verkey) string{
		didcomm.Verkey.String, didcomm.Verkey.DIDKey, didcomm.Verkey.UnqualifiedDID,
		func(v didcomm.Verkey) string { return strings.TrimPrefix(v.DIDKey(), "did:key:") },
	} {
		h.binder.ours[form(theirs)] = form(ours)
	}
}

// own is the key in the place of one that was recorded, to open and to pack with.
func (h *half) own(recorded string) didcomm.Own {
	private := h.keys[recorded]
	if private == nil {
		suite.Fail("the half has no key " + recorded)
	}
	return didcomm.Own{Key: didcomm.Verkey(private.Public().(ed25519.PublicKey)), Private: must(didcomm.AgreementKey(private))}
}

// keyOfDID is the key that envelopes for a did:peer are for.
func keyOfDID(did string) string {
	targets := must(didcomm.Targets(must(diddoc.Parse(must(didpeer.Resolve(did))))))
	return targets[0].Recipients[0].String()
}

// theirs is Chancery's key in the place of one that was recorded.
func (h *half) theirs(recorded string) didcomm.Verkey {
	if key, ok := h.binder.ours[recorded]; ok {
		return must(didcomm.ParseVerkey(key))
	}
	if key, ok := h.binder.ours[must(didcomm.ParseVerkey(recorded)).DIDKey()]; ok {
		return must(didcomm.ParseVerkey(key))
	}
	for did, ours := range h.binder.ours {
		if strings.HasPrefix(did, "did:peer:4") && strings.Count(did, ":") == 3 && keyOfDID(did) == recorded {
			return must(didcomm.ParseVerkey(keyOfDID(ours)))
		}
	}
	suite.Fail("nobody said which key is here what was recorded as " + recorded)
	return didcomm.Verkey{}
}

func (h *half) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	envelope, err := io.ReadAll(r.Body)
	if err != nil || !didcomm.IsMediaType(r.Header.Get("Content-Type")) {
		http.Error(w, "not an envelope", http.StatusUnsupportedMediaType)
		return
	}
	h.inbox <- envelope
}

// goOn goes on with the messages that follow a call.
func (h *half) goOn(n int) {
	h.t.Helper()
	for _, i := range h.after[n] {
		if l := h.lines[i]; l.byHolder() == h.holder {
			h.says(i, l)
		} else {
			h.hears(i, l)
		}
	}
}

// hears waits for what Chancery says, and compares it with what the other agent said.
func (h *half) hears(i int, l spoken) {
	h.t.Helper()
	var raw []byte
	select {
	case raw = <-h.inbox:
	case <-time.After(time.Minute):
		h.t.Fatalf("%s %d: no %s comes", h.name, i, l.kind())
	}
	envelope := must(didcomm.ParseEnvelope(raw))
	content := must(envelope.Open(h.own(l.To[0])))
	message := must(didcomm.Decode(content.Message))
	if content.From.IsZero() {
		h.t.Errorf("%s %d: who sent the %s is not authenticated", h.name, i, l.kind())
	}
	var ours object
	done(json.Unmarshal(content.Message, &ours))
	h.differ(i, l, append(h.binder.compare("", sealed(opened(l.Plaintext)), sealed(opened(ours))), form(l.Envelope, raw)...))
	switch m := message.(type) {
	case *didcomm.DIDRequest:
		if m.DIDDoc != nil {
			if _, signers, err := m.SignedDocument(); err != nil || !slices.Contains(signers, content.From) {
				h.t.Errorf("%s %d: the document is signed by %v: %v", h.name, i, signers, err)
			}
		}
	case *didcomm.DIDResponse:
		invited := h.theirs(h.lines[0].To[0])
		if m.DIDDoc != nil {
			if _, signers, err := m.SignedDocument(); err != nil || !slices.Contains(signers, invited) {
				h.t.Errorf("%s %d: the document is signed by %v: %v", h.name, i, signers, err)
			}
		} else if err := m.VerifyRotate(invited); err != nil {
			h.t.Errorf("%s %d: %v", h.name, i, err)
		}
	case *didcomm.IssueCredential:
		attached, _ := m.Attachment(didcomm.FormatLDProof)
		h.issued = must(attached.JSONContent())
	}
}

// says sends what the agent said there.
func (h *half) says(i int, l spoken) {
	h.t.Helper()
	text := must(json.Marshal(h.said(l.Plaintext)))
	message := must(didcomm.Decode(text))
	signer := h.lines[0].To[0]
	from := h.speaker(l)
	switch m := message.(type) {
	case *didcomm.DIDRequest:
		if m.DIDDoc != nil {
			h.signs(from, m.DIDDoc)
		}
	case *didcomm.DIDResponse:
		if m.DIDRotate != nil {
			m.DIDRotate.Data.Base64 = base64.URLEncoding.EncodeToString([]byte(m.DID))
			h.signs(signer, m.DIDRotate)
		} else {
			h.signs(signer, m.DIDDoc)
		}
	case *didcomm.IssueCredential:
		h.proves(&m.Credentials[0], "assertionMethod")
	case *didcomm.Presentation:
		h.proves(&m.Presentations[0], "authentication")
	}
	own := h.own(from)
	envelope := must(didcomm.Pack(rand.Reader, must(didcomm.Encode(message)), []didcomm.Verkey{h.theirs(l.To[0])}, &own))
	for _, a := range h.agents {
		r := must(http.NewRequestWithContext(h.t.Context(), http.MethodPost, a.w.url+"/didcomm", bytes.NewReader(envelope)))
		r.Header.Set("Content-Type", didcomm.MediaTypeLegacy)
		res := must(a.w.client.Do(r))
		answer := must(io.ReadAll(res.Body))
		_ = res.Body.Close()
		if res.StatusCode >= http.StatusMultipleChoices {
			h.t.Fatalf("%s %d: the recorded %s is refused: %s %s", h.name, i, l.kind(), res.Status, answer)
		}
		return
	}
}

// speaker is the agent's key for a message: that of the connection, or the one that the message says itself.
func (h *half) speaker(l spoken) string {
	if key := peers.Text(l.Plaintext, "/~service/recipientKeys/0"); key != "" {
		return key
	}
	i := 1 + slices.IndexFunc(h.lines[1:], func(other spoken) bool { return other.byHolder() != h.holder })
	return h.lines[i].To[0]
}

func (h *half) signs(recorded string, a *didcomm.Attachment) {
	private := h.keys[recorded]
	done(a.Sign(h.own(recorded).Key, func(input []byte) ([]byte, error) { return ed25519.Sign(private, input), nil }))
}

// proves signs what is attached anew: the recorded proof is of the recorded keys.
func (h *half) proves(a *didcomm.Attachment, purpose string) {
	h.t.Helper()
	var document object
	done(json.Unmarshal(must(a.JSONContent()), &document))
	method, challenge := peers.Text(document, "/proof/verificationMethod"), peers.Text(document, "/proof/challenge")
	proof := must(dataintegrity.SuiteOf(peers.Text(document, "/proof/type")))
	delete(document, "proof")
	if document["verifiableCredential"] != nil {
		document["verifiableCredential"] = []any{h.issued}
	}
	prepared := must(dataintegrity.Prepare(h.t.Context(), must(json.Marshal(document)), dataintegrity.Options{
		Suite: proof, Algorithm: "EdDSA", Method: method, Purpose: purpose, Challenge: challenge, Created: h.born.Add(time.Duration(h.proofs) * time.Second),
	}, dataintegrity.RDFC{Processor: &jsonld.Processor{}, Loader: jsonld.Known{}}))
	h.proofs++ // two of one second would be one
	did, _, _ := strings.Cut(method, "#")
	for recorded, private := range h.keys {
		if h.own(recorded).Key.DIDKey() == did {
			secured := must(prepared.Secure(ed25519.Sign(private, prepared.Input)))
			if a.Data.JSON != nil {
				a.Data.JSON = secured
			} else {
				a.Data.Base64 = base64.StdEncoding.EncodeToString(secured)
			}
			return
		}
	}
	suite.Fail("the half has no key of " + method)
}

// differ fails the test for differences that are not listed.
func (h *half) differ(i int, l spoken, all []difference) {
	h.t.Helper()
	for _, d := range all {
		if !h.allowed.allows(h.name, i, d) {
			h.t.Errorf("%s %d, %s: %s\n  recorded %.300s\n  here     %.300s", h.name, i, l.kind(), d.pointer, d.recorded, d.ours)
		}
	}
}

// form compares two envelopes by their members and algorithms.
func form(recorded object, raw []byte) []difference {
	var ours object
	done(json.Unmarshal(raw, &ours))
	b := binder{ours: map[string]string{}}
	blank := func(envelope object) object {
		all := opened(envelope).(object)
		for _, name := range []string{"iv", "ciphertext", "tag"} {
			if _, ok := all[name].(string); ok {
				all[name] = "…"
			}
		}
		if list, ok := peers.At(all, "/protected/base64/recipients").([]any); ok {
			for _, one := range list {
				one.(object)["encrypted_key"] = "…"
				for _, name := range []string{"sender", "iv"} {
					if header, ok := one.(object)["header"].(object); ok && header[name] != nil {
						header[name] = "…"
					}
				}
			}
		}
		return all
	}
	return b.compare("/envelope", blank(recorded), blank(ours))
}

// sealed is a message without what is another in every run and cannot be bound: signatures of attachments, and their keys; each is
// verified. A DID in base64 is unpacked.
func sealed(value any) any {
	switch v := value.(type) {
	case object:
		all := object{}
		for name, member := range v {
			all[name] = sealed(member)
		}
		if _, ok := all["protected"]; ok {
			all["signature"] = "…"
		}
		if all["kty"] == "OKP" {
			all["x"] = "…"
		}
		if packed, ok := all["base64"].(string); ok {
			if raw, err := base64.URLEncoding.DecodeString(packed); err == nil && bytes.HasPrefix(raw, []byte("did:")) {
				all["base64"] = string(raw)
			}
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, element := range v {
			all[i] = sealed(element)
		}
		return all
	}
	return value
}

// ended fails the test if Chancery said more than the other agent did.
func (h *half) ended() {
	h.t.Helper()
	for _, a := range h.agents {
		a.w.settled()
	}
	for len(h.inbox) > 0 {
		h.t.Errorf("%s: a message comes that was not recorded", h.name)
		<-h.inbox
	}
}
