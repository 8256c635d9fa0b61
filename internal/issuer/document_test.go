package issuer_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	whole20 = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"credentialSubject":{"id":"did:example:s"}}`
	whole11 = `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"credentialSubject":{"id":"did:example:s"}}`
)

// with is a document with one more member, or another value of it.
func with(document, name, value string) []byte {
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(document), &all); err != nil {
		panic(err)
	}
	all[name] = json.RawMessage(value)
	out, err := json.Marshal(all)
	if err != nil {
		panic(err)
	}
	return out
}

func profile(purposes ...vc.StatusPurpose) vc.CredentialProfile {
	return vc.CredentialProfile{Name: "instance", Format: "jwtvc", Purposes: purposes}
}

// officeWorld has an identity whose key is here.
func officeWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: vc.Ed25519})
	w.must(err)
	return w
}

// said is what a secured credential says.
func said(t *testing.T, secured []byte) map[string]any {
	t.Helper()
	read, err := jwtvc.Format{}.Read(t.Context(), secured)
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(read.Credential, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWholeCredential(t *testing.T) {
	w := officeWorld(t)
	for name, document := range map[string]string{"2.0": whole20, "1.1": whole11} {
		result, err := w.Issue(t.Context(), w.by, vc.Order{Document: []byte(document), Profile: profile(vc.Revocation)}, issuer.How{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := said(t, result.Secured)
		if got["id"] != "urn:uuid:"+result.Credential.ID || got["issuer"] != result.Credential.Issuer || got["credentialStatus"] == nil {
			t.Errorf("%s: %v", name, got)
		}
		if name == "1.1" && got["issuanceDate"] == nil || name == "2.0" && got["validFrom"] != nil {
			t.Errorf("%s: dates of %v", name, got)
		}
		if len(result.Findings) == 0 || result.Findings[0].Code != "schema-not-checked" || !result.Findings[0].Warning {
			t.Errorf("%s: findings %+v", name, result.Findings)
		}
		if c := result.Credential; c.Type != "" || c.TypeName != "VerifiableCredential" || c.Variant != "instance" || string(c.Model) != name || c.DocumentMAC != nil {
			t.Errorf("%s: record %+v", name, c)
		}
		for _, id := range []string{result.Credential.ID, "urn:uuid:" + result.Credential.ID} {
			if view, err := w.FindDocument(t.Context(), w.by.Scope, "instance", id); err != nil || view.Credential.ID != result.Credential.ID || view.MediaType == "" {
				t.Errorf("%s: found %+v, %v", name, view.Credential, err)
			}
		}
		if _, err := w.FindDocument(t.Context(), w.by.Scope, "another", result.Credential.ID); vc.KindOf(err) != vc.NotFound {
			t.Errorf("%s: found through another profile: %v", name, err)
		}
		if _, err := w.ChangeStatus(t.Context(), w.by, result.Credential.ID, issuer.Change{Purpose: vc.Revocation, Value: 1}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWholeCredentialsForbidden: no way of ordering one is left, and an order of a type is none.
func TestWholeCredentialsForbidden(t *testing.T) {
	w := officeWorld(t)
	forbid := func(forbids bool) {
		w.tenant(func(rows access.Rows) error {
			tenant, err := rows.Tenant()
			w.must(err)
			tenant.ForbidsWhole = forbids
			return rows.UpdateTenant(tenant)
		})
	}
	order := vc.Order{Document: []byte(whole20), Profile: profile(vc.Revocation)}
	forbid(true)
	for name, try := range map[string]func() error{
		"issue":     func() error { _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); return err },
		"prepare":   func() error { _, err := w.Prepare(t.Context(), w.by, order, issuer.How{}); return err },
		"a dry run": func() error { _, err := w.DryRun(t.Context(), w.by, order, false); return err },
	} {
		e, ok := errors.AsType[*vc.Error](try())
		if !ok || e.Kind != vc.Denied || e.Code != "whole-credentials-forbidden" {
			t.Errorf("%s: %v", name, e)
		}
	}
	forbid(false)
	if _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); err != nil {
		t.Error(err)
	}
}

// TestWholeCredentialKeepsItsID: what it came with it is found by, and revoked by.
func TestWholeCredentialKeepsItsID(t *testing.T) {
	w := officeWorld(t)
	order := vc.Order{Document: with(whole20, "id", `"https://x.example/credentials/1"`), Profile: profile(vc.Revocation)}
	how := issuer.How{Key: "k", Operation: "o", Request: order.Document}
	first, err := w.Issue(t.Context(), w.by, order, how)
	if err != nil {
		t.Fatal(err)
	}
	if got := said(t, first.Secured); got["id"] != "https://x.example/credentials/1" {
		t.Errorf("%v", got)
	}
	if again, err := w.Issue(t.Context(), w.by, order, how); err != nil || !again.Replayed || string(again.Secured) != string(first.Secured) || again.MediaType == "" {
		t.Errorf("again %+v, %v", again, err)
	}
	_, err = w.Issue(t.Context(), w.by, order, issuer.How{})
	refused(t, err, "credential-id-used", "/id")
	order.Profile.Purposes = nil
	if _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); err != nil {
		t.Errorf("without a status: %v", err)
	}
	order.Profile.Name = "another"
	order.Profile.Purposes = []vc.StatusPurpose{vc.Revocation}
	if _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); err != nil {
		t.Errorf("through another profile: %v", err)
	}
	handled := vc.Order{Document: []byte(whole20), Profile: profile(), Handle: "my-42"}
	made, err := w.Issue(t.Context(), w.by, handled, issuer.How{})
	if err != nil {
		t.Fatal(err)
	}
	if got := said(t, made.Secured); got["id"] != nil {
		t.Errorf("a credential without an id got one: %v", got)
	}
	if view, err := w.FindDocument(t.Context(), w.by.Scope, "instance", "my-42"); err != nil || view.Credential.ID != made.Credential.ID {
		t.Errorf("by its handle: %v", err)
	}
}

func TestWholeCredentialRefused(t *testing.T) {
	w := officeWorld(t)
	strict := profile()
	strict.Contexts, strict.Model = []string{}, vc.VCDM20
	foreign := profile()
	foreign.Foreign = true
	status := func(list string) []byte {
		return with(whole20, "credentialStatus", `{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"`+list+`"}`)
	}
	for name, c := range map[string]struct {
		document      []byte
		profile       vc.CredentialProfile
		code, pointer string
	}{
		"no JSON":            {[]byte(`{`), profile(), "invalid-json", ""},
		"twice the same":     {[]byte(`{"a":1,"a":2}`), profile(), "duplicate-member", "/a"},
		"no context":         {[]byte(`{"type":"VerifiableCredential"}`), profile(), "data-model", "/@context"},
		"no type":            {with(whole20, "type", `["Other"]`), profile(), "data-model", "/type"},
		"no subject":         {with(whole20, "credentialSubject", `{}`), profile(), "data-model", "/credentialSubject"},
		"another issuer":     {with(whole20, "issuer", `"did:example:other"`), profile(), "issuer-mismatch", "/issuer"},
		"an empty issuer":    {with(whole20, "issuer", `{"name":"x"}`), profile(), "data-model", "/issuer/id"},
		"a number as issuer": {with(whole20, "issuer", `5`), profile(), "data-model", "/issuer"},
		"an id that is none": {with(whole20, "id", `"not a url"`), profile(), "data-model", "/id"},
		"an empty id":        {with(whole20, "id", `""`), profile(), "data-model", "/id"},
		"a bad date":         {with(whole20, "validFrom", `"yesterday"`), profile(), "data-model", "/validFrom"},
		"a bad issuance":     {with(whole11, "issuanceDate", `"yesterday"`), profile(), "data-model", "/issuanceDate"},
		"the end first": {
			with(string(with(whole20, "validFrom", `"2031-01-01T00:00:00Z"`)), "validUntil", `"2030-01-01T00:00:00Z"`), profile(), "validity-order", "/validUntil",
		},
		"a proof":              {with(whole20, "proof", `{"type":"DataIntegrityProof"}`), profile(), "already-secured", "/proof"},
		"a status list":        {with(whole20, "type", `["VerifiableCredential","BitstringStatusListCredential"]`), profile(), "type-reserved", "/type/1"},
		"a status list by IRI": {with(whole20, "type", `["VerifiableCredential","https://www.w3.org/ns/credentials/status#BitstringStatusListCredential"]`), profile(), "type-reserved", "/type/1"},
		"a list as subject":    {with(whole20, "credentialSubject", `{"type":["BitstringStatusList"],"encodedList":"u"}`), profile(), "type-reserved", "/credentialSubject/type"},
		"a presentation":       {with(whole20, "type", `["VerifiableCredential","VerifiablePresentation"]`), profile(), "type-reserved", "/type/1"},
		"an unknown context":   {with(whole20, "@context", `["https://www.w3.org/ns/credentials/v2","https://nobody.example/c"]`), profile(), "contexts", "/@context/1"},
		"a context of its own": {with(whole20, "@context", `["https://www.w3.org/ns/credentials/v2",{"a":"https://a.example/a"}]`), strict, "contexts", "/@context/1"},
		"another model":        {[]byte(whole11), strict, "model", "/@context"},
		"a foreign status":     {status("https://lists.example/1"), profile(), "status-foreign", "/credentialStatus"},
		"a place of ours":      {status(publicURL + "/status/1"), foreign, "status-foreign", "/credentialStatus"},
		"a place of ours, hid": {status(strings.ReplaceAll(publicURL, "/", `\/`) + `\u002fstatus/1`), foreign, "status-foreign", "/credentialStatus"},
		"both statuses":        {status("https://lists.example/1"), profile(vc.Revocation), "status-foreign", "/credentialStatus"},
		"no such format":       {[]byte(whole20), vc.CredentialProfile{Format: "nothing"}, "format-not-offered", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.Issue(t.Context(), w.by, vc.Order{Document: c.document, Profile: c.profile}, issuer.How{})
			refused(t, err, c.code, c.pointer)
		})
	}
	if _, err := w.Issue(t.Context(), w.by, vc.Order{Document: status("https://lists.example/1"), Profile: foreign}, issuer.How{}); err != nil {
		t.Errorf("a foreign status where it is let in: %v", err)
	}
	moment := with(string(with(whole20, "validFrom", `"2031-01-01T00:00:00Z"`)), "validUntil", `"2031-01-01T00:00:00Z"`)
	if _, err := w.Issue(t.Context(), w.by, vc.Order{Document: moment, Profile: profile()}, issuer.How{}); err != nil {
		t.Errorf("a moment: %v", err)
	}
	_, err := w.Issue(t.Context(), w.by, vc.Order{Type: w.kind, Document: []byte(whole20), Profile: profile()}, issuer.How{})
	refused(t, err, "order-ambiguous", "")
	past, err := w.Issue(t.Context(), w.by, vc.Order{Document: with(whole20, "validUntil", `"2020-01-01T00:00:00Z"`), Profile: profile()}, issuer.How{})
	if err != nil || len(past.Findings) != 2 || past.Findings[1].Code != "validity-past" {
		t.Errorf("%+v, %v", past.Findings, err)
	}
}

// Contexts have any name for a type: what they make of a credential and of its subjects counts, whatever secures it.
func TestWholeCredentialByItsContexts(t *testing.T) {
	w := linkedWorld(t)
	const (
		base = `"https://www.w3.org/ns/credentials/v2"`
		list = `"https://www.w3.org/ns/credentials/status#BitstringStatusListCredential"`
	)
	document := func(contexts, members string) string {
		return `{"@context":[` + base + contexts + `],"type":["VerifiableCredential"],"credentialSubject":{"id":"did:example:s"}` + members + `}`
	}
	named := string(with(document(`,{"My":`+list+`}`, ""), "type", `["VerifiableCredential","My"]`))
	for name, c := range map[string]struct {
		document string
		linked   bool // seen only where all that the document says is JSON-LD
	}{
		"a name of its own":       {named, false},
		"beside undefined types":  {string(with(named, "type", `["VerifiableCredential","Undefined","My"]`)), false},
		"another keyword":         {document(`,{"kind":"@type"}`, `,"kind":"BitstringStatusListCredential"`), true},
		"the keyword itself":      {document("", `,"@type":"BitstringStatusListCredential"`), false},
		"a subject":               {string(with(named, "credentialSubject", `{"id":"did:example:s","type":["My"]}`)), false},
		"a subject's keyword":     {string(with(document(`,{"kind":"@type"}`, ""), "credentialSubject", `{"id":"did:example:s","kind":"BitstringStatusList"}`)), true},
		"another name of subject": {document(`,{"about":"https://www.w3.org/2018/credentials#credentialSubject"}`, `,"about":{"id":"did:example:t","type":"BitstringStatusList"}`), true},
		"said elsewhere": {
			document(`,{"about":{"@id":"https://x.example/about"}}`, `,"id":"https://x.example/1","about":{"id":"https://x.example/1","type":"BitstringStatusListCredential"}`), true,
		},
	} {
		for _, p := range []vc.CredentialProfile{{Format: "jwtvc"}, {Format: ldp.Name, Suite: "eddsa-jcs-2022"}, {Format: ldp.Name, Suite: "eddsa-rdfc-2022"}} {
			_, err := w.Issue(t.Context(), w.by, vc.Order{Document: []byte(c.document), Profile: p}, issuer.How{})
			if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "type-reserved" {
				t.Errorf("%s, %s %s: %v", name, p.Format, p.Suite, err)
			}
			if c.linked {
				continue
			}
			undefined := with(c.document, "undefined", `"x"`)
			_, err = w.Issue(t.Context(), w.by, vc.Order{Document: undefined, Profile: p}, issuer.How{})
			if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code != "type-reserved" {
				t.Errorf("%s beside an undefined term, %s %s: %v", name, p.Format, p.Suite, err)
			}
		}
	}
	fine := with(named, "@context", `[`+base+`,{"My":"https://x.example/My"}]`)
	if _, err := w.Issue(t.Context(), w.by, vc.Order{Document: with(string(fine), "type", `["VerifiableCredential","My"]`), Profile: profile()}, issuer.How{}); err != nil {
		t.Errorf("a type of its own: %v", err)
	}
}

func refused(t *testing.T, err error, code, pointer string) {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Code != code || e.Pointer != pointer {
		t.Errorf("got %#v, want %s at %s", err, code, pointer)
	}
}
