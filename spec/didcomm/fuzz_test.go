package didcomm

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

func FuzzDecode(f *testing.F) {
	for _, raw := range samples(f) {
		f.Add(raw)
	}
	sharedtest.Seeds(f, func(file []byte) {
		for _, line := range bytes.Split(file, []byte("\n")) {
			var r recorded
			if json.Unmarshal(line, &r) == nil && r.Plaintext != nil {
				f.Add([]byte(r.Plaintext))
			}
		}
	}, transcripts, "transcripts", "acapy")
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Decode(raw)
		if err != nil {
			if code(err) == "" {
				t.Fatal(err)
			}
			return
		}
		again, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		other, err := Decode(again)
		if err != nil {
			t.Fatal(err)
		}
		third, err := Encode(other)
		if err != nil || !bytes.Equal(again, third) {
			t.Fatalf("%v\n%s\n%s", err, again, third)
		}
		judge(m)
	})
}

// judge does with a message whatever a desk would.
func judge(m Message) {
	h := m.Head()
	_, _, _ = h.ThreadID(), h.ParentThreadID(), h.Transport.Returns(h.ThreadID())
	var attachments []Attachment
	switch m := m.(type) {
	case *Invitation:
		_, _ = m.RequestMessages()
		_, _ = m.Handshake(DIDExchange11, DIDExchange10)
		attachments = m.Requests
	case *DIDRequest:
		_, _, _ = m.SignedDocument()
	case *DIDResponse:
		_, _, _ = m.SignedDocument()
		_ = m.VerifyRotate()
	case *ConnectionResponse:
		_, _, _ = m.Signed.Verify()
	case *OfferCredential:
		attachments = m.Offers
	case *IssueCredential:
		attachments = m.Credentials
	case *RequestPresentation:
		attachments = m.Requests
	case *ProblemReport:
		_, _ = m.Code(), m.Text()
	}
	for _, a := range attachments {
		_, _, _ = a.Verify()
		content, err := a.JSONContent()
		if err != nil {
			continue
		}
		if detail, err := ParseLDProofDetail(content); err == nil {
			_ = detail.FitsOffer(detail)
			_ = detail.FitsRequest(content)
		}
		_, _ = ParseDIFRequest(content)
	}
}

func FuzzEnvelope(f *testing.F) {
	raw, err := os.ReadFile(filepath.Join("testdata", "packed.json"))
	if err != nil {
		f.Fatal(err)
	}
	var cases []packedCase
	if err := json.Unmarshal(raw, &cases); err != nil {
		f.Fatal(err)
	}
	for _, c := range cases {
		f.Add([]byte(c.Envelope))
	}
	known := map[string]bool{}
	for _, c := range cases {
		known[c.Message] = true
	}
	key := ours(f, 2)
	f.Fuzz(func(t *testing.T, raw []byte) {
		envelope, err := ParseEnvelope(raw)
		if err == nil {
			var opened Opened
			if opened, err = envelope.Open(key); err == nil {
				if !known[string(opened.Message)] {
					t.Fatal("a message that nobody packed")
				}
				return
			}
		}
		if code(err) == "" {
			t.Fatal(err)
		}
	})
}

func FuzzParseInvitation(f *testing.F) {
	for _, raw := range samples(f) {
		if m, err := Decode(raw); err == nil {
			if link, err := InvitationURL("https://example.com", m); err == nil {
				f.Add(link)
				f.Add(string(raw))
			}
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseInvitation(text)
		if err != nil {
			if code(err) == "" {
				t.Fatal(err)
			}
			return
		}
		link, err := InvitationURL("https://example.com/a?b=c", m)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseInvitation(link); err != nil {
			t.Fatal(err)
		}
	})
}
