package didcomm

import (
	"bufio"
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/ijson"
)

const transcripts = "the recorded exchanges of github.com/openwallet-foundation/acapy 1.6.1rc0"

type recorded struct {
	To        []string
	Plaintext json.RawMessage
	Envelope  json.RawMessage
}

func readTranscript(t testing.TB, name string) []recorded {
	t.Helper()
	var all []recorded
	lines := bufio.NewScanner(bytes.NewReader(sharedtest.Read(t, transcripts, "transcripts", "acapy", name)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var r recorded
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	if err := lines.Err(); err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	return all
}

func transcriptNames() []string {
	return []string{"plaintext-didex1.0.jsonl", "plaintext-didex1.1.jsonl", "plaintext-mt.jsonl"}
}

// Every message that two ACA-Py sent each other is of a known type, and is the same JSON value when it is written again.
// There is no exception.
func TestTranscripts(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range transcriptNames() {
		for i, line := range readTranscript(t, name) {
			m, err := Decode(line.Plaintext)
			if err != nil {
				t.Fatal(name, i, err)
			}
			if _, unknown := m.(*Unknown); unknown {
				t.Errorf("%s %d: %s is not known", name, i, m.Head().Type)
			}
			if extra := m.Head().Extra; len(extra) > 0 {
				t.Errorf("%s %d: %s has members that are not known: %v", name, i, m.Head().Type, extra)
			}
			seen[reflect.TypeOf(m).Elem().Name()] = true
			again, err := Encode(m)
			if err != nil {
				t.Fatal(name, i, err)
			}
			if same, err := ijson.Equal(line.Plaintext, again); err != nil || !same {
				t.Errorf("%s %d: %v\n%s\n%s", name, i, err, line.Plaintext, again)
			}
			envelope, err := ParseEnvelope(line.Envelope)
			if err != nil {
				t.Fatal(name, i, err)
			}
			var to []string
			for _, key := range envelope.Recipients() {
				to = append(to, key.String())
			}
			if !slices.Equal(to, line.To) || envelope.Anonymous() {
				t.Errorf("%s %d: %v, want %v", name, i, to, line.To)
			}
		}
	}
	if len(seen) != 14 {
		t.Errorf("%d kinds: %v", len(seen), seen)
	}
}

// The signed parts of the recorded DID exchanges verify, with the key of the invitation where they must, and the documents
// name the keys that the next envelopes are for.
func TestTranscriptSignatures(t *testing.T) {
	for _, name := range transcriptNames() {
		lines := readTranscript(t, name)
		invitation, err := ParseVerkey(lines[0].To[0])
		if err != nil {
			t.Fatal(err)
		}
		first, err := Decode(lines[0].Plaintext)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Decode(lines[1].Plaintext)
		if err != nil {
			t.Fatal(err)
		}
		request, response := first.(*DIDRequest), second.(*DIDResponse)
		if request.ThreadID() != request.ID || response.ThreadID() != request.ID || response.ParentThreadID() != request.ParentThreadID() {
			t.Error(name, "threads")
		}
		theirs, ours := documentOf(t, request.DID, request.DIDDoc), documentOf(t, response.DID, response.DIDDoc)
		if response.DIDRotate != nil {
			if err := response.VerifyRotate(invitation); err != nil {
				t.Error(name, err)
			}
			if err := response.VerifyRotate(theirs.Recipients[0]); code(err) != CodeSignature {
				t.Error(name, err)
			}
		} else {
			if _, signers, err := request.SignedDocument(); err != nil || !slices.Equal(signers, theirs.Recipients) {
				t.Error(name, signers, err)
			}
			if _, signers, err := response.SignedDocument(); err != nil || !slices.Equal(signers, []Verkey{invitation}) {
				t.Error(name, signers, err)
			}
		}
		if lines[1].To[0] != theirs.Recipients[0].String() || lines[2].To[0] != ours.Recipients[0].String() {
			t.Error(name, "the envelopes are for other keys than the documents have")
		}
	}
}

func documentOf(t *testing.T, did string, attached *Attachment) Target {
	t.Helper()
	var document diddoc.Document
	if attached != nil {
		raw, err := attached.Content()
		if err != nil {
			t.Fatal(err)
		}
		if document, err = didpeer.ParseLegacy(raw); err != nil {
			t.Fatal(err)
		}
		if document.ID != "did:sov:"+did {
			t.Error(document.ID)
		}
	} else {
		raw, err := didpeer.Resolve(did)
		if err != nil {
			t.Fatal(err)
		}
		if document, err = diddoc.Parse(raw); err != nil {
			t.Fatal(err)
		}
	}
	targets, err := Targets(document)
	if err != nil || len(targets) != 1 {
		t.Fatal(targets, err)
	}
	if keys := Verkeys(document); !slices.Contains(keys, targets[0].Recipients[0]) {
		t.Error(keys)
	}
	return targets[0]
}

// The recorded invitations are read from their URLs, and made again as the same URL's content.
func TestTranscriptInvitations(t *testing.T) {
	found := 0
	var visit func(value any)
	visit = func(value any) {
		if list, ok := value.([]any); ok {
			for _, item := range list {
				visit(item)
			}
		}
		object, ok := value.(map[string]any)
		if !ok {
			return
		}
		for _, member := range object {
			visit(member)
		}
		link, ok := object["invitation_url"].(string)
		if !ok {
			return
		}
		found++
		m, err := ParseInvitation(link)
		if err != nil {
			t.Fatal(link, err)
		}
		raw, _ := json.Marshal(object["invitation"])
		again, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ijson.Equal(raw, again); err != nil || !same {
			t.Errorf("%v\n%s\n%s", err, raw, again)
		}
		link, err = InvitationURL("https://example.com/x?y=1#z", m)
		if err != nil {
			t.Fatal(err)
		}
		if m, err = ParseInvitation(link); err != nil {
			t.Fatal(err)
		}
		if other, err := Encode(m); err != nil || !bytes.Equal(again, other) {
			t.Error(link, err)
		}
		if _, err := m.(*Invitation).RequestMessages(); err != nil {
			t.Error(err)
		}
	}
	for _, name := range []string{"rest-didex1.0.json", "rest-didex1.1.json", "rest-multitenant-oob.json"} {
		before := found
		var exchanges any
		if err := json.Unmarshal(sharedtest.Read(t, transcripts, "transcripts", "acapy", name), &exchanges); err != nil {
			t.Fatal(err)
		}
		if visit(exchanges); found == before {
			t.Error(name, "has no invitation")
		}
	}
	t.Logf("%d invitations", found)
}

// The exchanges of credentials fit together as both sides judge them.
func TestTranscriptCredentials(t *testing.T) {
	found := 0
	for _, name := range transcriptNames() {
		details := map[string]LDProofDetail{}
		offers := map[string]LDProofDetail{}
		for i, line := range readTranscript(t, name) {
			m, err := Decode(line.Plaintext)
			if err != nil {
				t.Fatal(err)
			}
			read := func(a Attachment, ok bool) []byte {
				content, err := a.JSONContent()
				if !ok || err != nil {
					t.Fatal(name, i, ok, err)
				}
				return content
			}
			switch m := m.(type) {
			case *OfferCredential:
				detail, err := ParseLDProofDetail(read(m.Attachment(FormatLDProofDetail)))
				if err != nil {
					t.Fatal(err)
				}
				offers[m.ThreadID()] = detail
			case *RequestCredential:
				detail, err := ParseLDProofDetail(read(m.Attachment(FormatLDProofDetail)))
				if err != nil {
					t.Fatal(err)
				}
				details[m.ThreadID()] = detail
				if offer, ok := offers[m.ThreadID()]; ok {
					if err := detail.FitsOffer(offer); err != nil {
						t.Error(name, i, err)
					}
				}
			case *IssueCredential:
				if err := details[m.ThreadID()].FitsRequest(read(m.Attachment(FormatLDProof))); err != nil {
					t.Error(name, i, err)
				}
				found++
			case *RequestPresentation:
				request, err := ParseDIFRequest(read(m.Attachment(FormatDIFDefinition)))
				if err != nil || request.Options.Challenge == "" {
					t.Error(name, i, err)
				}
			case *Presentation:
				read(m.Attachment(FormatDIFSubmission))
			}
		}
	}
	if found != 4 {
		t.Error(found, "credentials")
	}
}
