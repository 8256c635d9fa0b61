package verifier_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/pex"
	"github.com/chancery-vc/chancery/spec/siop"
)

const doorURL = publicURL + "/door/"

// office is a world whose organisation may verify, with its desk, and another organisation beside it.
type office struct {
	*world
	desk    *verifier.Desk
	holder  signer
	issuer  signer
	client  signer
	other   vc.Caller // of another organisation of the tenant
	tenant  vc.Caller
	strange vc.Caller // of another tenant
}

func newOffice(t testing.TB) *office {
	w := newWorld(t)
	o := &office{world: w, holder: newSigner(t, "holder"), issuer: newSigner(t, "issuer"), client: newSigner(t, "client")}
	o.other = vc.Caller{Scope: vc.Scope{Tenant: w.by.Scope.Tenant, Organisation: newID()}, Principal: "q"}
	o.tenant = vc.Caller{Scope: vc.Scope{Tenant: w.by.Scope.Tenant}, Principal: "t"}
	o.strange = vc.Caller{Scope: vc.Scope{Tenant: newID(), Organisation: newID()}, Principal: "s"}
	o.verifies(true)
	w.must(sql.For[access.Rows](w.db).Update(t.Context(), o.tenant.Scope, func(rows access.Rows) error {
		return rows.InsertOrganisation(vc.Organisation{ID: o.other.Scope.Organisation, Tenant: o.tenant.Scope.Tenant, Name: "P", MayVerify: true, CreatedAt: w.now})
	}))
	w.must(sql.For[access.Rows](w.db).Update(t.Context(), vc.Scope{Tenant: o.strange.Scope.Tenant}, func(rows access.Rows) error {
		if err := rows.InsertTenant(vc.Tenant{ID: o.strange.Scope.Tenant, Slug: "two", Name: "Two", CreatedAt: w.now}); err != nil {
			return err
		}
		return rows.InsertOrganisation(vc.Organisation{ID: o.strange.Scope.Organisation, Tenant: o.strange.Scope.Tenant, Name: "S", MayVerify: true, CreatedAt: w.now})
	}))
	o.desk = &verifier.Desk{
		Rows: storetest.Again(sql.For[verifier.Rows](w.db)), Directory: w.db, Vault: w.keys, Verifier: w.verifier, Schemas: w.catalog, Fetcher: w.client,
		Now: func() time.Time { return w.now }, Scrub: w.db.Scrub,
		OwnRequest: func(url string) (string, bool) { return strings.CutPrefix(url, doorURL) },
	}
	return o
}

// verifies sets the organisation up as a verifier, or not.
func (o *office) verifies(may bool) {
	o.Helper()
	o.must(sql.For[access.Rows](o.db).Update(o.Context(), vc.Scope{Tenant: o.by.Scope.Tenant}, func(rows access.Rows) error {
		return rows.UpdateOrganisation(vc.Organisation{ID: o.by.Scope.Organisation, Tenant: o.by.Scope.Tenant, Name: "O", MayVerify: may, CreatedAt: o.now})
	}))
}

// wantError says how something must be refused.
func (w *world) wantError(err error, kind vc.Kind, code, pointer string) *vc.Error {
	w.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || e.Code != code || e.Pointer != pointer {
		w.Errorf("got %v (%+v), want %v %s at %q", err, e, kind, code, pointer)
		return &vc.Error{}
	}
	return e
}

// order asks for a request about an MSc degree, as a door does.
func (o *office) order() verifier.NewRequest {
	return verifier.NewRequest{
		Name: "Door 7", Definition: wanting("MSc"), Client: o.client.did, State: "s1", ExpiresAt: o.now.Add(time.Hour),
		Build: func(r vc.PresentationRequest, key verifier.ClientKey) (vc.PresentationRequest, error) {
			object := siop.Request{
				ClientID: r.Client, Issuer: r.Client, ResponseType: siop.ResponseIDToken, ResponseMode: siop.ModeDirectPost,
				ResponseURI: doorURL + r.ID, Scope: "openid", Nonce: r.Nonce, State: r.State, IssuedAt: r.CreatedAt, Expires: r.ExpiresAt,
				Definition: r.Definition,
			}
			if r.Definition != nil {
				object.ResponseType = siop.ResponseBoth
			}
			header := jose.EncodeHeader(jose.Header{Alg: key.Algorithm, Kid: key.Method, Typ: "JWT"})
			r.Unsigned, r.Audience, r.Pocket = jose.Input(header, siop.EncodeRequest(object)), []string{r.Client, object.ResponseURI}, []byte(`{"a":1}`)
			return r, nil
		},
	}
}

func (o *office) asks(change func(*verifier.NewRequest)) vc.PresentationRequest {
	o.Helper()
	order := o.order()
	if change != nil {
		change(&order)
	}
	request, err := o.desk.CreateRequest(o.Context(), o.by, order)
	o.must(err)
	return request
}

// answer is what the holder of a degree sends to a request.
func (o *office) answer(r vc.PresentationRequest) verifier.Answer {
	o.Helper()
	m := o.material(o.holder, vc.VCDM11, o.signedOld(o.issuer, o.held(o.issuer, o.holder.did)))
	m.Audience, m.Nonce = r.Audience[:1], r.Nonce
	return verifier.Answer{State: r.State, VPToken: string(o.present(o.holder, m)), IDToken: string(o.signToken(o.holder, o.tokenFor(r)))}
}

func (o *office) tokenFor(r vc.PresentationRequest) siop.IDToken {
	token := o.idToken(o.holder)
	token.Audience, token.Nonce, token.Submission = r.Audience[:1], r.Nonce, nil
	return token
}

func (o *office) submits(r vc.PresentationRequest, a verifier.Answer) verifier.SubmissionView {
	o.Helper()
	view, err := o.desk.Submit(o.Context(), vc.Caller{Door: "door"}, r.ID, a)
	o.must(err)
	return view
}

// signing secures an unsigned token.
func (o *office) signing(by signer, unsigned []byte) []byte {
	o.Helper()
	signature, err := jose.Sign(by.private, by.alg, unsigned)
	o.must(err)
	return jose.Join(unsigned, signature)
}

// TestDefinitions: what is wanted becomes a definition that Presentation Exchange reads, and everyone finds it.
func TestDefinitions(t *testing.T) {
	o := newOffice(t)
	url := o.schema()
	id := strings.Split(url, "/")[4]
	constraints := []byte(`{"limit_disclosure":"preferred","fields":[{"path":["$.credentialSubject.degree"],"filter":{"type":"string","const":"MSc"}}]}`)
	made, err := o.desk.CreateDefinition(t.Context(), o.by, verifier.NewDefinition{
		Name: " Degree check ", Purpose: "Entry", Format: []byte(`{"jwt_vc":{"alg":["EdDSA"]}}`),
		Wanted: []vc.WantedCredential{{Name: "Degree", Purpose: "to see it", Schema: id, Constraints: constraints}, {}},
	})
	o.must(err)
	document, err := pex.Parse(made.Document)
	o.must(err)
	first, second := document.Descriptors[0], document.Descriptors[1]
	if document.ID != made.ID || document.Name != "Degree check" || document.Purpose != "Entry" || len(document.Descriptors) != 2 ||
		first.ID != made.Wanted[0].ID || first.Name != "Degree" || first.Schema[0].URI != url || first.Format["jwt_vc"] == nil ||
		first.Constraints.LimitDisclosure != "preferred" || len(first.Constraints.Fields) != 1 || second.Schema != nil || second.ID == first.ID {
		t.Errorf("%s", made.Document)
	}
	if made.Wanted[0].SchemaVersion != 1 || !bytes.Equal(made.Wanted[0].Constraints, constraints) || made.Scope != o.by.Scope {
		t.Errorf("%+v", made)
	}
	for name, read := range map[string]func() (vc.PresentationDefinition, error){
		"own":    func() (vc.PresentationDefinition, error) { return o.desk.Definition(t.Context(), o.by.Scope, made.ID) },
		"public": func() (vc.PresentationDefinition, error) { return o.desk.PublicDefinition(t.Context(), made.ID) },
	} {
		if got, err := read(); err != nil || !bytes.Equal(got.Document, made.Document) || got.Name != made.Name {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
	for _, by := range []vc.Caller{o.other, o.strange} {
		_, err := o.desk.Definition(t.Context(), by.Scope, made.ID)
		o.wantError(err, vc.NotFound, "definition-not-found", "")
		_, err = o.desk.ArchiveDefinition(t.Context(), by, made.ID)
		o.wantError(err, vc.NotFound, "definition-not-found", "")
		list, total, err := o.desk.Definitions(t.Context(), by.Scope, vc.ListQuery{})
		if err != nil || len(list) != 0 || total != 0 {
			t.Errorf("%v %d %d", err, len(list), total)
		}
	}
	for range 2 { // idempotent
		archived, err := o.desk.ArchiveDefinition(t.Context(), o.by, made.ID)
		o.must(err)
		if archived.ArchivedAt.IsZero() {
			t.Error("not archived")
		}
	}
	_, err = o.desk.PublicDefinition(t.Context(), made.ID)
	o.must(err)
	_, err = o.desk.CreateRequest(t.Context(), o.by, verifier.NewRequest{Name: "n", DefinitionID: made.ID, Client: o.client.did, ExpiresAt: o.now.Add(time.Hour)})
	o.wantError(err, vc.Conflict, "definition-archived", "/definitionID")
	restored, err := o.desk.RestoreDefinition(t.Context(), o.tenant, made.ID) // by its tenant, in its own scope
	o.must(err)
	if !restored.ArchivedAt.IsZero() || restored.Scope != o.by.Scope {
		t.Errorf("%+v", restored)
	}
	list, total, err := o.desk.Definitions(t.Context(), o.by.Scope, vc.ListQuery{Search: "degree"})
	if err != nil || total != 1 || list[0].ID != made.ID {
		t.Errorf("%v %d", err, total)
	}
}

func TestDefinitionsRefused(t *testing.T) {
	o := newOffice(t)
	archived := strings.Split(o.schema(), "/")[4]
	_, err := o.catalog.ArchiveSchema(t.Context(), o.by, archived)
	o.must(err)
	wanted := func(constraints string) verifier.NewDefinition {
		return verifier.NewDefinition{Name: "n", Wanted: []vc.WantedCredential{{}, {Constraints: []byte(constraints)}}}
	}
	for name, c := range map[string]struct {
		n             verifier.NewDefinition
		kind          vc.Kind
		code, pointer string
	}{
		"no name":          {verifier.NewDefinition{Name: " ", Wanted: []vc.WantedCredential{{}}}, vc.Invalid, "name-invalid", "/name"},
		"nothing wanted":   {verifier.NewDefinition{Name: "n"}, vc.Invalid, "definition-invalid", "/wanted"},
		"too much wanted":  {verifier.NewDefinition{Name: "n", Wanted: make([]vc.WantedCredential, 65)}, vc.Invalid, "definition-invalid", "/wanted"},
		"a path":           {wanted(`{"fields":[{"path":["no path"]}]}`), vc.Invalid, "definition-invalid", "/wanted/1/constraints/fields/0/path/0"},
		"a filter":         {wanted(`{"fields":[{"path":["$.x"],"filter":{"type":7}}]}`), vc.Invalid, "definition-invalid", "/wanted/1/constraints/fields/0/filter/type"},
		"unknown words":    {wanted(`{"is_holder":[]}`), vc.Invalid, "definition-invalid", "/wanted/1/constraints/is_holder"},
		"not JSON":         {wanted(`{`), vc.Invalid, "definition-invalid", "/wanted"},
		"a format":         {verifier.NewDefinition{Name: "n", Format: []byte(`{"jwt_vc":[]}`), Wanted: []vc.WantedCredential{{}}}, vc.Invalid, "definition-invalid", "/format/jwt_vc"},
		"no such schema":   {verifier.NewDefinition{Name: "n", Wanted: []vc.WantedCredential{{Schema: newID()}}}, vc.Invalid, "schema-not-found", "/wanted/0/schema"},
		"archived schema":  {verifier.NewDefinition{Name: "n", Wanted: []vc.WantedCredential{{Schema: archived}}}, vc.Conflict, "schema-archived", "/wanted/0/schema"},
		"a whole document": {verifier.NewDefinition{Name: "n", Document: []byte(`{"id":"x"}`)}, vc.Invalid, "definition-invalid", "/document/input_descriptors"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := o.desk.CreateDefinition(t.Context(), o.by, c.n)
			o.wantError(err, c.kind, c.code, c.pointer)
		})
	}
	if _, total, err := o.desk.Definitions(t.Context(), o.tenant.Scope, vc.ListQuery{}); err != nil || total != 0 {
		t.Error("something was stored", err, total)
	}
}

// TestRequestSigned: a request is signed once, by its client, as it was written; then anyone finds it.
func TestRequestSigned(t *testing.T) {
	o := newOffice(t)
	r := o.asks(nil)
	if r.Status != vc.RequestPending || r.Revision != 1 || len(r.Nonce) != 22 || r.State != "s1" || r.Scope != o.by.Scope || string(r.Pocket) != `{"a":1}` {
		t.Errorf("%+v", r)
	}
	object, compact, err := siop.ReadUnsignedRequest(r.Unsigned)
	if err != nil || object.Nonce != r.Nonce || compact.Header.Kid != o.client.method || compact.Header.Alg != "EdDSA" {
		t.Errorf("%v %+v", err, compact.Header)
	}
	_, err = o.desk.SignedRequest(t.Context(), r.ID)
	o.wantError(err, vc.NotFound, "request-not-signed", "")
	good := o.signing(o.client, r.Unsigned)
	spoilt, within := bytes.Clone(good), len(good)-43 // in the middle of the signature
	if spoilt[within] = 'A'; good[within] == 'A' {
		spoilt[within] = 'B'
	}
	again := o.client.sign(t, compact.Payload, jose.Header{Kid: o.client.method, Typ: "JWT", Cty: "x"}) // says the same, in other bytes
	for name, c := range map[string]struct {
		signed []byte
		code   string
	}{
		"two parts":       {r.Unsigned, "signature-missing"},
		"garbage":         {[]byte("a.b.c.d"), "token-malformed"},
		"another payload": {o.client.sign(t, []byte(`{"iss":"x"}`), jose.Header{Typ: "JWT"}), "payload-differs"},
		"another's key":   {o.signing(o.holder, r.Unsigned), "signature-invalid"},
		"spoilt":          {spoilt, "signature-invalid"},
	} {
		_, err := o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Signed: c.signed})
		if e := o.wantError(err, vc.Invalid, c.code, "/signed"); e.Code == "" {
			t.Log(name)
		}
	}
	_, err = o.desk.UpdateRequest(t.Context(), o.other, r.ID, verifier.RequestChange{Signed: good})
	o.wantError(err, vc.NotFound, "request-not-found", "")
	for range 2 {
		signed, err := o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Signed: good})
		o.must(err)
		if !bytes.Equal(signed.Signed, good) || signed.Revision != 2 {
			t.Errorf("%+v", signed)
		}
	}
	_, err = o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Signed: again})
	o.wantError(err, vc.Conflict, "request-already-signed", "/signed")
	if public, err := o.desk.SignedRequest(t.Context(), r.ID); err != nil || !bytes.Equal(public, good) {
		t.Error(err)
	}
	archived, err := o.desk.ArchiveRequest(t.Context(), o.by, r.ID)
	o.must(err)
	if archived.ArchivedAt.IsZero() {
		t.Error("not archived")
	}
	_, err = o.desk.SignedRequest(t.Context(), r.ID)
	o.wantError(err, vc.NotFound, "request-not-found", "")
	_, err = o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Status: vc.RequestCompleted})
	o.wantError(err, vc.Conflict, "request-archived", "")
	_, err = o.desk.RestoreRequest(t.Context(), o.by, r.ID)
	o.must(err)
	done, err := o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Status: vc.RequestCompleted})
	o.must(err)
	if done.Status != vc.RequestCompleted {
		t.Errorf("%+v", done)
	}
	_, err = o.desk.UpdateRequest(t.Context(), o.by, r.ID, verifier.RequestChange{Status: vc.RequestPending})
	o.wantError(err, vc.Conflict, "request-completed", "/status")
	late := o.asks(nil)
	o.now = late.ExpiresAt
	_, err = o.desk.UpdateRequest(t.Context(), o.by, late.ID, verifier.RequestChange{Signed: o.signing(o.client, late.Unsigned)})
	o.wantError(err, vc.Gone, "request-expired", "")
}

func TestRequestsRefused(t *testing.T) {
	o := newOffice(t)
	theirs, err := o.desk.CreateDefinition(t.Context(), o.other, verifier.NewDefinition{Name: "theirs", Document: wanting("MSc")})
	o.must(err)
	for name, c := range map[string]struct {
		change        func(*verifier.NewRequest)
		code, pointer string
	}{
		"no name":              {func(n *verifier.NewRequest) { n.Name = "" }, "name-invalid", "/name"},
		"over":                 {func(n *verifier.NewRequest) { n.ExpiresAt = o.now }, "expiry-past", "/expiresAt"},
		"no end":               {func(n *verifier.NewRequest) { n.ExpiresAt = time.Time{} }, "expiry-past", "/expiresAt"},
		"no such definition":   {func(n *verifier.NewRequest) { n.DefinitionID = newID() }, "definition-not-found", "/definitionID"},
		"another's definition": {func(n *verifier.NewRequest) { n.DefinitionID = theirs.ID }, "definition-not-found", "/definitionID"},
		"a method":             {func(n *verifier.NewRequest) { n.Client = "did:nothing:x" }, "did-method-not-supported", "/client"},
		"a DID":                {func(n *verifier.NewRequest) { n.Client = "did:key:zNothing" }, "did-not-resolved", "/client"},
	} {
		t.Run(name, func(t *testing.T) {
			order := o.order()
			c.change(&order)
			_, err := o.desk.CreateRequest(t.Context(), o.by, order)
			o.wantError(err, vc.Invalid, c.code, c.pointer)
		})
	}
	order := o.order()
	order.DefinitionID = theirs.ID
	_, err = o.desk.CreateRequest(t.Context(), o.tenant, order) // an organisation's is not its tenant's
	o.wantError(err, vc.Invalid, "definition-not-found", "/definitionID")
	o.verifies(false)
	_, err = o.desk.CreateRequest(t.Context(), o.by, o.order())
	o.wantError(err, vc.Denied, "not-a-verifier", "")
	if _, total, err := o.desk.Requests(t.Context(), o.tenant.Scope, vc.ListQuery{}); err != nil || total != 0 {
		t.Error("something was stored", err, total)
	}
	made, err := o.desk.CreateRequest(t.Context(), o.tenant, o.order())
	o.must(err)
	if list, total, err := o.desk.Requests(t.Context(), o.tenant.Scope, vc.ListQuery{}); err != nil || total != 1 || list[0].ID != made.ID {
		t.Error(err, total)
	}
	if _, total, err := o.desk.Requests(t.Context(), o.by.Scope, vc.ListQuery{}); err != nil || total != 0 {
		t.Error("a tenant's request is its own", err, total)
	}
}

// codes are those of the findings that something was refused for.
func codes(e *vc.Error) []string {
	var out []string
	for _, f := range e.Details {
		out = append(out, f.Code)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
