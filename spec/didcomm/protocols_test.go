package didcomm

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didpeer"
)

// An exchange of each version between agents of this package, to the targets that each learns of the other.
func TestDIDExchange(t *testing.T) {
	invited, signInvited := signer(t, 1)
	alice, _ := signer(t, 2)
	bob, signBob := signer(t, 3)
	agent := func(key Verkey) didpeer.Agent {
		return didpeer.Agent{Key: strings.TrimPrefix(key.DIDKey(), "did:key:"), Endpoint: "https://" + key.String() + ".example"}
	}
	// 1.1: DIDs that hold their documents; the responder's is signed with the invitation's key.
	did, err := agent(alice).Encode4()
	if err != nil {
		t.Fatal(err)
	}
	rotate := RotateAttachment("r", did)
	if err := rotate.Sign(invited, signInvited); err != nil {
		t.Fatal(err)
	}
	request := &DIDRequest{Header: Header{Type: TypeDIDRequest, ID: "1", Thread: &Thread{Parent: "i"}}}
	response := transfer(t, &DIDResponse{
		Header: request.Reply(request.Type.Answer("response", 1), "2"), DID: did, DIDRotate: rotate,
	}).(*DIDResponse)
	if err := response.VerifyRotate(alice, invited); err != nil || response.Type != TypeDIDResponse {
		t.Error(err)
	}
	if target := documentOf(t, response.DID, nil); target.Recipients[0] != alice || !strings.HasPrefix(target.Endpoint, "https://"+alice.String()) {
		t.Error(target)
	}
	response.DID += "x"
	if err := response.VerifyRotate(invited); code(err) != CodeSignature {
		t.Error(err)
	}
	response.DIDRotate = nil
	if err := response.VerifyRotate(invited); code(err) != CodeAttachment {
		t.Error(err)
	}
	// 1.0: unqualified DIDs with signed documents.
	did, document, err := agent(bob).Legacy()
	if err != nil {
		t.Fatal(err)
	}
	attached := DocumentAttachment("d", document)
	if err := attached.Sign(bob, signBob); err != nil {
		t.Fatal(err)
	}
	request = transfer(t, &DIDRequest{Header: Header{Type: NewType("didexchange", 1, 0, "request"), ID: "1"}, DID: did, DIDDoc: attached}).(*DIDRequest)
	if _, signers, err := request.SignedDocument(); err != nil || !slices.Equal(signers, []Verkey{bob}) {
		t.Error(signers, err)
	}
	if target := documentOf(t, request.DID, request.DIDDoc); target.Recipients[0] != bob {
		t.Error(target)
	}
	if request.Type.Answer("response", 1) != NewType("didexchange", 1, 0, "response") {
		t.Error("the answer has another version")
	}
	if _, _, err := (&DIDResponse{}).SignedDocument(); code(err) != CodeAttachment {
		t.Error(err)
	}
}

// transfer writes and reads a message.
func transfer(t *testing.T, m Message) Message {
	t.Helper()
	raw, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if m, err = Decode(raw); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTargets(t *testing.T) {
	key := ours(t, 1).Key
	service := func(rest string) string {
		return `{"id":"did:example:1","verificationMethod":[{"id":"#k","type":"Multikey","publicKeyMultibase":"` + strings.TrimPrefix(key.DIDKey(), "did:key:") +
			`"},{"id":"#x","type":"Multikey","publicKeyMultibase":"z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"}],"alsoKnownAs":["did:example:short"],"service":[` + rest + `]}`
	}
	const entry = `{"id":"#a","type":"did-communication","serviceEndpoint":"https://a","priority":1,"recipientKeys":["#k"]}`
	for raw, want := range map[string]string{
		service(entry): "https://a",
		service(entry + `,{"id":"#b","type":"IndyAgent","serviceEndpoint":"https://b","recipientKeys":["did:example:1#k"],"routingKeys":["` + key.DIDKey() + `"]}`):     "https://b",
		service(`{"id":"#b","type":"did-communication","serviceEndpoint":"https://b","recipientKeys":["#none"]},` + entry):                                              "https://a",
		service(`{"id":"#b","type":"did-communication","serviceEndpoint":"didcomm:transport/queue","recipientKeys":["did:example:short#k"],"accept":["didcomm/aip1"]}`): "didcomm:transport/queue",
		service(`{"id":"#b","type":"did-communication","serviceEndpoint":"https://b","recipientKeys":["#x"]}`):                                                          "",
		service(`{"id":"#b","type":"did-communication","serviceEndpoint":"https://b","recipientKeys":["did:other:1#k"]}`):                                               "",
		service(`{"id":"#b","type":"did-communication","serviceEndpoint":{"uri":"https://b"},"recipientKeys":["#k"]}`):                                                  "",
		service(`{"id":"#b","type":"LinkedDomains","serviceEndpoint":"https://b"}`):                                                                                     "",
		service(``): "",
	} {
		document, err := diddoc.Parse([]byte(raw))
		if err != nil {
			t.Fatal(raw, err)
		}
		targets, err := Targets(document)
		if want == "" {
			if code(err) != CodeService {
				t.Errorf("%s: %v", raw, err)
			}
			continue
		}
		if err != nil || targets[0].Endpoint != want || !slices.Equal(targets[0].Recipients, []Verkey{key}) {
			t.Errorf("%s: %v %v", raw, targets, err)
		}
		if keys := Verkeys(document); !slices.Equal(keys, []Verkey{key}) {
			t.Error(keys)
		}
	}
}

func TestInvitationForms(t *testing.T) {
	key := ours(t, 1).Key
	m := &Invitation{
		Header: Header{Type: TypeInvitation, ID: "1"}, HandshakeProtocols: []string{DIDExchange10}, Label: "é?>",
		Services: []InvitationService{{Inline: &Service{ID: "#i", Type: ServiceType, RecipientKeys: []string{key.DIDKey()}, Endpoint: "https://x"}}},
	}
	raw, err := Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	standard := base64.StdEncoding.EncodeToString(raw)
	for _, text := range []string{
		string(raw), " " + string(raw) + "\n", encode64(raw), standard,
		"https://example.com?oob=" + encode64(raw), "https://example.com/p?a=b&oob=" + url.QueryEscape(standard) + "#f", "didcomm://x?d_m=" + encode64(raw),
		"https://example.com?oob=" + standard, "https://example.com?c_i=" + encode64(raw),
	} {
		got, err := ParseInvitation(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if again, err := Encode(got); err != nil || string(again) != string(raw) {
			t.Errorf("%s: %s", text, again)
		}
	}
	for _, text := range []string{
		"", "https://example.com", "https://example.com?oob=", "https://example.com?oob=*", "https://example.com?oob=bm8", "https://s.example/abc", "%zz:",
		"https://example.com?oob=%zz", `{"a":1`,
	} {
		if _, err := ParseInvitation(text); code(err) != CodeURL {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{`{}`, `{"@type":"https://didcomm.org/out-of-band/1.1/invitation","@id":"1"}`} {
		if _, err := ParseInvitation(text); code(err) != CodeMessage {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := ParseInvitation(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1"}`); code(err) != CodeURL {
		t.Error(err)
	}
	if link, err := InvitationURL("https://example.com/?a=b", m); err != nil || !strings.HasPrefix(link, "https://example.com/?a=b&oob=ey") {
		t.Error(link, err)
	}
	connection := &ConnectionInvitation{Header: Header{Type: TypeConnectionInvitation, ID: "1"}, RecipientKeys: []string{key.String()}, Endpoint: "https://x"}
	link, err := InvitationURL("https://example.com", connection)
	if err != nil || !strings.HasPrefix(link, "https://example.com?c_i=ey") {
		t.Error(link, err)
	}
	if got, err := ParseInvitation(link); err != nil || got.(*ConnectionInvitation).Endpoint != "https://x" {
		t.Error(err)
	}
	if _, err := InvitationURL("x", m); code(err) != CodeURL {
		t.Error(err)
	}
	if _, err := InvitationURL("https://x", &Ping{}); code(err) != CodeURL {
		t.Error(err)
	}
}

func TestHandshake(t *testing.T) {
	m := &Invitation{HandshakeProtocols: []string{prefixLegacy + "didexchange/1.0", "https://didcomm.org/connections/1.0/"}}
	for _, c := range []struct {
		preferred []string
		want      string
	}{
		{[]string{DIDExchange11, DIDExchange10}, DIDExchange10},
		{[]string{Connections10, DIDExchange10}, Connections10},
		{[]string{DIDExchange11}, ""},
		{nil, ""},
	} {
		if got, ok := m.Handshake(c.preferred...); got != c.want || ok != (c.want != "") {
			t.Errorf("%v: %s", c.preferred, got)
		}
	}
	if m.Connectionless() || !(&Invitation{}).Connectionless() {
		t.Error("Connectionless")
	}
}

func TestRequestMessages(t *testing.T) {
	m := &Invitation{Header: Header{ID: "i"}}
	for content, want := range map[string]string{
		`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1"}`:                             "",
		`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1","~thread":{"pthid":"other"}}`: "",
		`{}`: "/requests~0attach/0/data/@type",
	} {
		for _, attachment := range []Attachment{JSONAttachment("a", []byte(content)), Base64Attachment("a", "", []byte(content))} {
			m.Requests = []Attachment{attachment}
			messages, err := m.RequestMessages()
			if want != "" {
				if code(err) != CodeMessage || err.(*Error).Pointer != want {
					t.Error(err)
				}
				continue
			}
			if err != nil || len(messages) != 1 || messages[0].Head().ParentThreadID() != "i" {
				t.Error(messages, err)
			}
		}
	}
	m.Requests = []Attachment{{ID: "a", Data: AttachmentData{Links: []string{"https://x"}}}}
	if _, err := m.RequestMessages(); code(err) != CodeAttachment || err.(*Error).Pointer != "/requests~0attach/0/data/links" {
		t.Error(err)
	}
}

func TestLDProofDetail(t *testing.T) {
	const credential = `{"@context":["https://www.w3.org/2018/credentials/v1"],"issuer":"did:a:b","credentialSubject":{"n":1.0}`
	parse := func(text string) LDProofDetail {
		t.Helper()
		detail, err := ParseLDProofDetail([]byte(text))
		if err != nil {
			t.Fatal(text, err)
		}
		raw, err := detail.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if detail, err = ParseLDProofDetail(raw); err != nil {
			t.Fatal(err)
		}
		return detail
	}
	options := `"options":{"proofType":"Ed25519Signature2018","proofPurpose":"assertionMethod","credentialStatus":{"type":"S"}}}`
	offer := parse(`{"credential":` + credential + `},` + options)
	bound := `{"credentialSubject":{"id":"did:c:d","n":1},"issuer":"did:a:b","@context":["https://www.w3.org/2018/credentials/v1"]}`
	for text, fits := range map[string]bool{
		`{"credential":` + bound + `,` + options:                                                                            true,
		`{"credential":` + bound + `,"options":{"proofType":"Ed25519Signature2018"}}`:                                       true,
		`{"credential":` + credential + `},"options":{"proofType":"Ed25519Signature2020"}}`:                                 false,
		`{"credential":` + strings.Replace(bound, `"did:c:d"`, `"urn:uuid:1"`, 1) + `,` + options:                           true,
		`{"credential":` + strings.Replace(bound, `"did:c:d"`, `"did:c"`, 1) + `,` + options:                                false,
		`{"credential":` + strings.Replace(bound, `"did:c:d"`, `"me"`, 1) + `,` + options:                                   false,
		`{"credential":` + strings.Replace(bound, `"did:c:d"`, `""`, 1) + `,` + options:                                     false,
		`{"credential":` + strings.Replace(bound, `"did:c:d"`, `5`, 1) + `,` + options:                                      false,
		`{"credential":` + strings.Replace(bound, `"did:c:d"`, `{"id":"did:c:d"}`, 1) + `,` + options:                       false,
		`{"credential":` + credential + `},"options":{"proofType":"Ed25519Signature2018","domain":"x"}}`:                    false,
		`{"credential":` + credential + `},"options":{"proofType":"Ed25519Signature2018","credentialStatus":{"type":"T"}}}`: false,
		`{"credential":` + credential + `,"more":1},` + options:                                                             false,
		`{"credential":` + strings.Replace(bound, `"n":1`, `"n":2`, 1) + `,` + options:                                      false,
		`{"credential":` + strings.Replace(bound, `"n":1`, `"n":1,"m":2`, 1) + `,` + options:                                false,
		`{"credential":` + strings.Replace(bound, `{"id":"did:c:d","n":1}`, `[{"id":"did:c:d","n":1}]`, 1) + `,` + options:  false,
	} {
		if err := parse(text).FitsOffer(offer); (err == nil) != fits || err != nil && code(err) != CodeMismatch {
			t.Errorf("%s: %v", text, err)
		}
	}
	// A subject that the offer names cannot be another.
	named := parse(`{"credential":` + strings.Replace(bound, "did:c:d", "did:e:f", 1) + `,` + options)
	if err := parse(`{"credential":` + bound + `,` + options).FitsOffer(named); code(err) != CodeMismatch {
		t.Error(err)
	}
	for proof, fits := range map[string]bool{
		`,"proof":{"type":"Ed25519Signature2018","proofPurpose":"assertionMethod"}}`:                                    true,
		`,"proof":{"type":"DataIntegrityProof","cryptosuite":"Ed25519Signature2018","proofPurpose":"assertionMethod"}}`: true,
		`,"proof":{"type":"Ed25519Signature2020","proofPurpose":"assertionMethod"}}`:                                    false,
		`,"proof":{"type":"Ed25519Signature2018"}}`:                                                                     false,
		`,"proof":[]}`: false,
		`}`:            false,
		`,"x":1,"proof":{"type":"Ed25519Signature2018","proofPurpose":"assertionMethod"}}`: false,
	} {
		if err := offer.FitsRequest([]byte(credential + proof)); (err == nil) != fits || err != nil && code(err) != CodeMismatch {
			t.Errorf("%s: %v", proof, err)
		}
	}
	for _, text := range []string{``, `[]`, `{}`, `{"credential":1,"options":{"proofType":"x"}}`, `{"credential":{},"options":{}}`, `{"credential":{},"credential":{}}`} {
		if _, err := ParseLDProofDetail([]byte(text)); code(err) != CodeAttachment {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := (LDProofDetail{}).Encode(); code(err) != CodeAttachment {
		t.Error(err)
	}
}

func TestDIFRequest(t *testing.T) {
	request, err := ParseDIFRequest([]byte(`{"presentation_definition":{"id":"x","input_descriptors":[]},"options":{"challenge":"c","domain":"d","x":1}}`))
	if err != nil || request.Options.Challenge != "c" || request.Options.Domain != "d" {
		t.Fatal(err)
	}
	raw, err := request.Encode()
	if err != nil || !json.Valid(raw) || !strings.Contains(string(raw), `"x":1`) {
		t.Error(string(raw), err)
	}
	if request, err = ParseDIFRequest([]byte(`{"input_descriptors":[]}`)); err != nil || string(request.Definition) != `{"input_descriptors":[]}` {
		t.Error(err)
	}
	for _, text := range []string{``, `[]`, `{}`, `{"presentation_definition":[]}`, `{"options":1}`} {
		if _, err := ParseDIFRequest([]byte(text)); code(err) != CodeAttachment {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := (DIFRequest{}).Encode(); code(err) != CodeAttachment {
		t.Error(err)
	}
}

func TestFind(t *testing.T) {
	formats := []Format{{AttachID: "a", Format: "f"}, {AttachID: "b", Format: "g"}}
	attachments := []Attachment{{ID: "b"}, {ID: "a"}}
	for _, m := range []interface {
		Attachment(string) (Attachment, bool)
	}{
		&ProposeCredential{Formats: formats, Filters: attachments}, &OfferCredential{Formats: formats, Offers: attachments},
		&RequestCredential{Formats: formats, Requests: attachments}, &IssueCredential{Formats: formats, Credentials: attachments},
		&ProposePresentation{Formats: formats, Proposals: attachments}, &RequestPresentation{Formats: formats, Requests: attachments},
		&Presentation{Formats: formats, Presentations: attachments},
	} {
		if a, ok := m.Attachment("g"); !ok || a.ID != "b" {
			t.Errorf("%T", m)
		}
		if _, ok := m.Attachment("h"); ok {
			t.Errorf("%T", m)
		}
	}
}
