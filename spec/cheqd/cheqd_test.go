package cheqd_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

const (
	subject   = "did:cheqd:testnet:3ccde6ba-6ba5-56f2-9f4f-8825561a9860"
	ed25519   = "z6MkqN39Lw9FuCdd5fvAYzQ83M7vxvWg3SZA7a7ug9w6uvPj"
	secp256k1 = "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme"
)

func TestParseDID(t *testing.T) {
	for text, want := range map[string]string{
		subject: subject,
		"did:cheqd:mainnet:3CCDE6BA-6ba5-56f2-9f4f-8825561a9860": "did:cheqd:mainnet:3ccde6ba-6ba5-56f2-9f4f-8825561a9860",
		"did:cheqd:testnet:BttdoaxtC5JkYJoLeGV8ny":               "did:cheqd:testnet:BttdoaxtC5JkYJoLeGV8ny",
		"did:cheqd:testnet:BttdoaxtC5JkYJoLe":                    "",
		"did:cheqd:devnet:3ccde6ba-6ba5-56f2-9f4f-8825561a9860":  "",
		"did:cheqd:3ccde6ba-6ba5-56f2-9f4f-8825561a9860":         "",
		"did:web:testnet:3ccde6ba-6ba5-56f2-9f4f-8825561a9860":   "",
		"did:cheqd:testnet:3ccde6ba6ba556f29f4f8825561a9860":     "",
		subject + "#key-1": "", "did:cheqd::x": "", "": "",
	} {
		did, err := cheqd.ParseDID(text)
		if (err == nil) != (want != "") || err == nil && did.String() != want {
			t.Errorf("%q: %v, %v", text, did, err)
		}
	}
	if id := cheqd.IndyID(make([]byte, 32)); cheqd.NormalDID("did:cheqd:testnet:"+id) != "did:cheqd:testnet:"+id {
		t.Error("an Indy id is not as it was")
	} else if _, err := cheqd.ParseDID("did:cheqd:testnet:" + id); err != nil {
		t.Error(err)
	}
	if got := cheqd.NormalURL(strings.ToUpper(subject) + "#K"); got == "" {
		t.Error("nothing is left")
	}
}

func TestAddresses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		address := cheqd.Address("cheqd", rapid.SliceOfN(rapid.Byte(), 33, 33).Draw(t, "key"))
		if err := cheqd.CheckAddress("cheqd", address); err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(6, len(address)-1).Draw(t, "at")
		letter := "q"
		if address[at] == 'q' {
			letter = "p"
		}
		if cheqd.CheckAddress("cheqd", address[:at]+letter+address[at+1:]) == nil {
			t.Fatal("a wrong letter is taken")
		}
		if cheqd.CheckAddress("empe", address) == nil {
			t.Fatal("an address of another chain is taken")
		}
	})
}

func valid() cheqd.DIDDoc {
	return cheqd.DIDDoc{
		ID: subject, Controller: []string{subject},
		VerificationMethod: []cheqd.VerificationMethod{{ID: subject + "#key-1", Type: diddoc.Ed25519VerificationKey2020, Controller: subject, Material: ed25519}},
		Authentication:     []string{subject + "#key-1"},
	}
}

// TestCheck has the rules of the ledger, one document for each.
func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*cheqd.DIDDoc)
		want   string // in the error; "": none
	}{
		"valid":             {func(*cheqd.DIDDoc) {}, ""},
		"no id":             {func(d *cheqd.DIDDoc) { d.ID = "" }, "id: cannot be blank"},
		"controller":        {func(d *cheqd.DIDDoc) { d.Controller[0] = "did:web:x" }, "controller: (0: did method must be: cheqd.)"},
		"controllers twice": {func(d *cheqd.DIDDoc) { d.Controller = append(d.Controller, subject) }, "controller: there should be no duplicates"},
		"methods twice": {func(d *cheqd.DIDDoc) {
			d.VerificationMethod = append(d.VerificationMethod, d.VerificationMethod[0])
		}, "there are verification method duplicates"},
		"type": {func(d *cheqd.DIDDoc) { d.VerificationMethod[0].Type = "Multikey" }, "type: must be a valid value"},
		"secp256k1": {func(d *cheqd.DIDDoc) {
			d.VerificationMethod[0].Type = "JsonWebKey2020"
			d.VerificationMethod[0].Material = `{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}`
		}, "can't parse jwk: invalid curve algorithm secp256k1"},
		"X25519": {func(d *cheqd.DIDDoc) {
			d.VerificationMethod[0].Type = "JsonWebKey2020"
			d.VerificationMethod[0].Material = `{"kty":"OKP","crv":"X25519","x":"AA"}`
		}, "unsupported jwk type"},
		"private key": {func(d *cheqd.DIDDoc) {
			d.VerificationMethod[0].Type = "JsonWebKey2020"
			d.VerificationMethod[0].Material = `{"kty":"OKP","crv":"Ed25519","x":"AA","d":"AA"}`
		}, "unsupported jwk type: PrivateKey"},
		"key of another code": {func(d *cheqd.DIDDoc) { d.VerificationMethod[0].Material = secp256k1 }, "invalid two-byte prefix"},
		"foreign method id":   {func(d *cheqd.DIDDoc) { d.VerificationMethod[0].ID = "did:cheqd:testnet:BttdoaxtC5JkYJoLeGV8ny#k" }, "must have prefix"},
		"authentication":      {func(d *cheqd.DIDDoc) { d.Authentication[0] = subject }, "fragment is required"},
		"path":                {func(d *cheqd.DIDDoc) { d.Authentication[0] = subject + "/a#b" }, "path must be empty"},
		"assertion":           {func(d *cheqd.DIDDoc) { d.AssertionMethod = []string{subject + "#key-2"} }, "valid key reference within"},
		"inline": {func(d *cheqd.DIDDoc) {
			d.AssertionMethod = []string{cheqd.InlineMethod(diddoc.VerificationMethod{ID: subject + "#k", Type: "Multikey", Controller: subject, PublicKeyMultibase: secp256k1})}
		}, ""},
		"inline twice": {func(d *cheqd.DIDDoc) {
			d.AssertionMethod = []string{cheqd.InlineMethod(diddoc.VerificationMethod{ID: subject + "#key-1", Type: d.VerificationMethod[0].Type, Controller: subject, PublicKeyMultibase: ed25519})}
		}, "unique inline key fragment"},
		"inline JWK object": {func(d *cheqd.DIDDoc) {
			d.AssertionMethod = []string{`"{\"id\":\"` + subject + `#k\",\"type\":\"x\",\"controller\":\"` + subject + `\",\"publicKeyJwk\":{}}"`}
		}, "field publicKeyJwk is not protobuf-supported"},
		"service": {func(d *cheqd.DIDDoc) {
			d.Service = []cheqd.Service{{ID: subject + "#s", Type: "x", Endpoint: []string{""}}}
		}, "service_endpoint: (0: cannot be blank.)"},
	} {
		doc := valid()
		test.change(&doc)
		err := doc.Check()
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var refusal *cheqd.LedgerError
	message := cheqd.CreateDIDDoc{Payload: cheqd.DIDDocPayload{DIDDoc: valid()}}
	if err := message.Check(); !errors.As(err, &refusal) || refusal.Code != cheqd.DIDBasicValidation || refusal.Log != "payload: (version_id: cannot be blank.).: basic validation failed" {
		t.Errorf("%v", err)
	}
	message.Payload.VersionID = "x"
	if err := message.Check(cheqd.Mainnet); !errors.As(err, &refusal) || refusal.Code != cheqd.DIDNamespace || !strings.Contains(refusal.Log, "did namespace must be one of: mainnet") {
		t.Errorf("%v", err)
	}
	message.Payload = cheqd.DIDDocPayload{DIDDoc: valid(), VersionID: "x"}
	one, two := []byte{1}, []byte{2}
	sign := func(signatures ...[]byte) (list []cheqd.SignInfo) {
		for _, s := range signatures {
			list = append(list, cheqd.SignInfo{VerificationMethodID: subject + "#key-1", Signature: s})
		}
		return list
	}
	message.Signatures = sign(one, two)
	if err := message.Check(); err == nil || !strings.Contains(err.Error(), "there are sign info records with the same ID") {
		t.Errorf("%v", err)
	}
	update := cheqd.UpdateDIDDoc{Payload: message.Payload, Signatures: sign(one, two)}
	if err := update.Check(); err != nil {
		t.Error(err)
	}
	update.Signatures = sign(one, one)
	if err := update.Check(); err == nil || !strings.Contains(err.Error(), "there are full sign info duplicates") {
		t.Errorf("%v", err)
	}
	update.Signatures = sign(nil)
	if err := update.Check(); err == nil || !strings.Contains(err.Error(), "signature: cannot be blank") {
		t.Errorf("%v", err)
	}
	resource := cheqd.CreateResource{Payload: cheqd.ResourcePayload{CollectionID: "x", ID: "y", Name: strings.Repeat("n", 65)}}
	if err := resource.Check(); err == nil || !strings.Contains(err.Error(), "resourceName: the length must be between 1 and 64") || !strings.Contains(err.Error(), "data: cannot be blank") {
		t.Errorf("%v", err)
	}
}

// TestOneEncoding: what a payload or transaction says can be said in one way, and nothing beside it.
func TestOneEncoding(t *testing.T) {
	message := cheqd.DeactivateDIDDoc{Payload: cheqd.DeactivatePayload{ID: subject, VersionID: "x"}}
	payload := message.SignBytes()
	more := append(slices.Clone(payload), 0x1a, 0)     // field 3, empty
	twice := append(slices.Clone(payload), payload...) // the last counts
	empty := append(slices.Clone(payload), 0x12, 0)    // the version again, as ""
	for name, raw := range map[string][]byte{"more": more, "twice": twice, "empty": empty} {
		if _, err := cheqd.DecodeDeactivatePayload(raw); err == nil {
			t.Errorf("%s: the payload is taken", name)
		}
	}
	packed := cheqd.Pack(message)
	packed.Value = append(packed.Value, 0x1a, 0)
	if _, err := cheqd.DecodeMessage(packed); err == nil {
		t.Error("a message with more is taken")
	}
	if _, err := cheqd.DecodeMessage(cheqd.Any{TypeURL: "/cosmos.bank.v1beta1.MsgSend"}); err == nil {
		t.Error("another message is taken")
	}
	tx := cheqd.TxRaw{Body: []byte{1}, AuthInfo: []byte{2}, Signatures: [][]byte{{3}}}.Encode()
	if _, err := cheqd.DecodeTxRaw(tx); err != nil {
		t.Error(err)
	}
	if _, err := cheqd.DecodeTxRaw(append(tx, 0x0a, 1, 1)); err == nil {
		t.Error("a transaction with two bodies is taken")
	}
}

func TestFromDocument(t *testing.T) {
	for want, change := range map[string][2]string{
		"/verificationMethod/0/type key-type-not-on-ledger": {`"Ed25519VerificationKey2020"`, `"Multikey"`},
		"/verificationMethod/0 key-type-not-on-ledger":      {ed25519, secp256k1},
		"/proof invalid-did-document":                       {`"authentication"`, `"proof":{},"authentication"`},
		"/@context/0 invalid-did-document":                  {`"id"`, `"@context":[{}],"id"`},
		"/service/0/serviceEndpoint invalid-did-document":   {`"authentication"`, `"service":[{"id":"#s","type":"T","serviceEndpoint":{}}],"authentication"`},
		"/service/0/t invalid-did-document":                 {`"authentication"`, `"service":[{"id":"#s","type":"T","serviceEndpoint":"x:y","t":1}],"authentication"`},
		"/keyAgreement invalid-did-document":                {`"authentication"`, `"keyAgreement":[{"id":"#k","type":"X","publicKeyMultibase":"z"}],"authentication"`},
		" invalid-did-document":                             {`["#key-1"]`, `["did:key:z#z"]`},
	} {
		raw := `{"id":"` + subject + `","verificationMethod":[{"id":"#key-1","type":"Ed25519VerificationKey2020","controller":"` + subject + `","publicKeyMultibase":"` + ed25519 + `"}],"authentication":["#key-1"]}`
		if _, err := cheqd.FromDocument([]byte(raw)); err != nil {
			t.Fatal(err)
		}
		var fault *cheqd.Error
		_, err := cheqd.FromDocument([]byte(strings.Replace(raw, change[0], change[1], 1)))
		if !errors.As(err, &fault) || fault.Pointer+" "+fault.Code != want {
			t.Errorf("want %s: %v", want, err)
		}
	}
}

// TestInline has a secp256k1 key get into a document, and out of it as a key that verifies.
func TestInline(t *testing.T) {
	doc := valid()
	jwk := `{"kty":"EC","crv":"secp256k1","x":"Fqf3KDPNYF5QLzOEvPoeoAoNUFVLzoFdBBxeRXJjPoU","y":"1w6s4cm3dNnyG5tz0wqFPYr2bHEpUW1FE9-r1bbhtIM"}`
	raw := `{"id":"` + subject + `","verificationMethod":[{"id":"#key-1","type":"Ed25519VerificationKey2020","controller":"` + subject + `","publicKeyMultibase":"` + ed25519 + `"}],"authentication":["#key-1"],` +
		`"assertionMethod":["#key-1",{"id":"#k","type":"Multikey","controller":"` + subject + `","publicKeyMultibase":"` + secp256k1 + `"},{"id":"#j","type":"JsonWebKey2020","controller":"` + subject + `","publicKeyJwk":` + jwk + `}]}`
	got, err := cheqd.FromDocument([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := `"{\"id\":\"` + subject + `#k\",\"type\":\"Multikey\",\"controller\":\"` + subject + `\",\"publicKeyMultibase\":\"` + secp256k1 + `\"}"`
	if len(got.AssertionMethod) != 3 || got.AssertionMethod[1] != want {
		t.Errorf("%q", got.AssertionMethod)
	}
	var once, twice string
	if json.Unmarshal([]byte(got.AssertionMethod[2]), &once) != nil || json.Unmarshal([]byte(once), &struct {
		JWK *string `json:"publicKeyJwk"`
	}{&twice}) != nil || twice != jwk {
		t.Errorf("the JWK is no text: %s", got.AssertionMethod[2])
	}
	out, err := got.Document()
	if err != nil {
		t.Fatal(err)
	}
	read, err := diddoc.Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	if !read.Has(diddoc.AssertionMethod, "#k") || !read.Has(diddoc.AssertionMethod, "#j") || read.Has(diddoc.Authentication, "#k") {
		t.Errorf("%s", out)
	}
	if m, _ := read.Method("#k"); m.Type != diddoc.Multikey {
		t.Errorf("%+v", m)
	} else if _, err := m.PublicKey(); err != nil {
		t.Error(err)
	}
	doc.AssertionMethod = []string{cheqd.InlineMethod(diddoc.VerificationMethod{ID: subject + "#key-1", Type: "Multikey", Controller: subject, PublicKeyMultibase: ed25519})}
	if _, err := doc.Document(); err != nil {
		t.Errorf("an inline method with the id of another: %v", err)
	}
}

func TestURL(t *testing.T) {
	const resource = "97c32e75-dd73-4047-91b0-5e4c136e11c6"
	for text, want := range map[string]func(cheqd.Target) bool{
		subject:                          func(u cheqd.Target) bool { return u.View == cheqd.ViewDocument },
		subject + "#key-1":               func(u cheqd.Target) bool { return u.Fragment == "key-1" },
		subject + "/versions":            func(u cheqd.Target) bool { return u.View == cheqd.ViewVersions },
		subject + "/metadata":            func(u cheqd.Target) bool { return u.View == cheqd.ViewDocumentMetadata },
		subject + "/version/" + resource: func(u cheqd.Target) bool { return u.VersionID == resource },
		subject + "/version/" + resource + "/metadata":      func(u cheqd.Target) bool { return u.View == cheqd.ViewDocumentMetadata },
		subject + "/resources/" + strings.ToUpper(resource): func(u cheqd.Target) bool { return u.View == cheqd.ViewResource && u.Resources.ID == resource },
		subject + "/resources/" + resource + "/metadata":    func(u cheqd.Target) bool { return u.View == cheqd.ViewResourceMetadata },
		subject + "?resourceName=a%20b&resourceType=T":      func(u cheqd.Target) bool { return u.View == cheqd.ViewResource && u.Resources.Name == "a b" },
		subject + "?resourceMetadata=true":                  func(u cheqd.Target) bool { return u.View == cheqd.ViewResourceMetadata },
		subject + "?versionTime=2026-11-22T00:06:20Z":       func(u cheqd.Target) bool { return !u.VersionTime.IsZero() },
		subject + "?service=s&relativeRef=%2Fa":             func(u cheqd.Target) bool { return u.Service == "s" && u.RelativeRef == "/a" },
		subject + "?checksum=ab":                            func(u cheqd.Target) bool { return u.View == cheqd.ViewResource },
		subject + "/resources":                              nil,
		subject + "/resources/x":                            nil,
		subject + "/other/" + resource:                      nil,
		subject + "?relativeRef=a":                          nil,
		subject + "?resourceVersionTime=2026-11-22":         nil,
		subject + "?unknown=1":                              nil,
		subject + "?versionId=":                             nil,
		subject + "?versionId=x":                            nil,
		subject + "?versionTime=yesterday":                  nil,
		subject + "?metadata=maybe":                         nil,
		subject + "?service=s&resourceName=n":               nil,
		subject + "/versions?versionId=" + resource:         nil,
		"did:web:example.com/versions":                      nil,
	} {
		u, err := cheqd.ParseURL(text)
		if (err == nil) != (want != nil) || err == nil && !want(u) {
			t.Errorf("%s: %+v, %v", text, u, err)
		}
	}
}

func TestSelect(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	all := []cheqd.ResourceMetadata{
		{ID: "1", Name: "a", Type: "T", Version: "1", Created: at},
		{ID: "2", Name: "a", Type: "T", Version: "2", Created: at.Add(time.Hour)},
		{ID: "3", Name: "a", Type: "U", Created: at.Add(2 * time.Hour)},
	}
	for want, q := range map[string]cheqd.ResourceQuery{
		"2":                       {Name: "a", Type: "T"},
		"1":                       {Name: "a", Type: "T", Time: at},
		"3":                       {ID: "3"},
		cheqd.CodeManifold:        {Name: "a"},
		cheqd.CodeAbsent:          {Name: "a", Time: at.Add(-1)},
		cheqd.CodeAbsent + "\x00": {Version: "9"},
	} {
		got, err := q.One(all)
		var fault *cheqd.Error
		if errors.As(err, &fault) {
			got.ID = fault.Code
		}
		if got.ID != strings.TrimSuffix(want, "\x00") {
			t.Errorf("%+v: %s", q, got.ID)
		}
	}
	versions := []cheqd.Metadata{{VersionID: "2", Created: at, Updated: at.Add(time.Hour)}, {VersionID: "1", Created: at}}
	for want, when := range map[string]time.Time{"": at.Add(-1), "1": at, "2": at.Add(time.Hour)} {
		if got, ok := cheqd.VersionAt(versions, when); got.VersionID != want || ok != (want != "") {
			t.Errorf("%s: %+v", when, got)
		}
	}
}

func TestFees(t *testing.T) {
	n := func(text string) *big.Int { v, _ := new(big.Int).SetString(text, 10); return v }
	fixed := []cheqd.FeeRange{{Denom: cheqd.USD, Min: n("1000000000000000000"), Max: n("1000000000000000000")}}
	price, err := cheqd.ParsePrice("0.05472567")
	if err != nil {
		t.Fatal(err)
	}
	due := price.Convert(n("1000000000000000000"))
	// Seen on a node: offered 19,186,603,272 for 1 USD, taken 18,272,955,498: 5 % is the SDK's slippage.
	if got := cheqd.WithSlippage(n("18272955498"), 500).String(); got != "19186603272" {
		t.Errorf("with slippage %s", got)
	}
	for name, test := range map[string]struct {
		offer  *big.Int
		ranges []cheqd.FeeRange
		price  cheqd.Price
		want   string
	}{
		"fixed":         {new(big.Int).Add(due, big.NewInt(7)), fixed, price, due.String()},
		"fixed, short":  {new(big.Int).Sub(due, big.NewInt(2)), fixed, price, "insufficient fee: need at least"},
		"no price":      {due, fixed, cheqd.Price{}, "cheq price not available"},
		"range":         {n("60000000000"), []cheqd.FeeRange{{Denom: cheqd.Denom, Min: n("50000000000"), Max: n("100000000000")}}, cheqd.Price{}, "50000000000"},
		"range, short":  {n("49999999999"), []cheqd.FeeRange{{Denom: cheqd.Denom, Min: n("50000000000")}}, cheqd.Price{}, "expected fee ≥ 50000000000ncheq"},
		"priced, short": {n("40000000000"), []cheqd.FeeRange{{Denom: cheqd.Denom, Min: n("50000000000")}}, price, "fee too low"},
		"priced, over":  {n("900000000000"), []cheqd.FeeRange{{Denom: cheqd.USD, Min: n("1000000000000000000"), Max: n("3000000000000000000")}}, price, due.String()},
		"priced":        {n("200000000000"), []cheqd.FeeRange{{Denom: cheqd.USD, Min: n("1000000000000000000")}, {Denom: cheqd.Denom, Min: n("1")}}, price, price.Convert(n("10945134000000000000")).String()},
		"no overlap":    {n("200000000000"), []cheqd.FeeRange{{Denom: cheqd.USD, Max: n("1000000000000000000")}, {Denom: cheqd.Denom, Min: n("50000000000")}}, price, "no valid overlapping USD range"},
		"none":          {due, nil, price, "fee ranges empty"},
	} {
		got, err := cheqd.Due(test.offer, test.ranges, test.price)
		if text := ""; err != nil {
			if text = err.Error(); !strings.Contains(text, test.want) {
				t.Errorf("%s: %s", name, text)
			}
		} else if got.String() != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
	for _, text := range []string{"", "ncheq", "-1ncheq", "1", "1nc heq", strings.Repeat("9", 80) + "ncheq"} {
		if c, err := cheqd.ParseCoin(text); err == nil {
			t.Errorf("%q is %v", text, c)
		}
	}
}

func TestMediaType(t *testing.T) {
	for data, want := range map[string]string{
		`{"a":1}`: "application/json", " [1]\n": "application/json", `{"a":`: "text/plain; charset=utf-8", `"text"`: "text/plain; charset=utf-8",
		"\x89PNG\r\n\x1a\n\x00": "image/png", "\xff\xd8\xff\xe0": "image/jpeg", "<svg xmlns='x'/>": "image/svg+xml", "%PDF-1.7": "application/pdf",
		"\x00\x01": "application/octet-stream", "aaaa": "text/plain; charset=utf-8",
	} {
		if got := cheqd.MediaType([]byte(data)); got != want {
			t.Errorf("%q is %s, want %s", data, got, want)
		}
	}
}
