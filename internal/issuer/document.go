package issuer

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// maxHandle: it is a name, kept as a digest.
const maxHandle = 1024

const documentUse = "document"

// whole is a credential that was ordered as a document. Nothing in it is changed: what it leaves open is filled in on a
// copy.
type whole struct {
	document vcdm.Credential
	unknown  []int    // places in @context of contexts that are not known here
	kinds    []string // IRIs that the types of the credential and its subjects stand for
	name     string   // that it is found by; "": ours

	fillID, fillIssuer bool

	asIs    bool // it is signed as it came: nothing is added to it
	offered bool // its status entries are those that it was offered with
}

// decideDocument is decide for an order of a whole credential. No schema stands behind it; whatever else is checked of a
// credential of a type is checked of it too.
func (d *Desk) decideDocument(ctx context.Context, c *Complete) error {
	if c.Order.Type != "" || c.Order.Claims != nil {
		return vc.Errorf(vc.Invalid, "order-ambiguous", "an order is of a type and claims, or of a whole credential")
	}
	if err := d.mayOrderWhole(ctx, c.scope); err != nil {
		return err
	}
	if err := c.readDocument(); err != nil {
		return err
	}
	profile := c.Order.Profile
	document := &c.whole.document
	c.Variant = vc.Variant{
		Name: profile.Name, Format: profile.Format, Suite: profile.Suite, Model: vc.ModelVersion(document.Version),
		SchemaReference: "none", Status: profile.Status,
	}
	if c.Variant.Status.EntryType == "" {
		c.Variant.Status.EntryType = "BitstringStatusListEntry"
		if document.Version == vcdm.V11 {
			c.Variant.Status.EntryType = "StatusList2021Entry"
		}
	}
	if profile.Model != "" && profile.Model != c.Variant.Model {
		return vc.Errorf(vc.Invalid, "model", "credentials of data model %s are issued here", profile.Model).At("/@context")
	}
	var err error
	if c.format, err = d.format(c.scope, profile.Format); err != nil {
		return err
	}
	types := slices.DeleteFunc(slices.Clone(document.Types), func(name string) bool { return name == vcdm.TypeCredential })
	if len(types) == 0 {
		types = []string{vcdm.TypeCredential}
	}
	c.Kind = &catalog.Kind{Type: vc.CredentialType{Types: types}}
	c.Subjects, c.Purposes, c.Revocable = document.SubjectIDs(), profile.Purposes, len(profile.Purposes) > 0
	if err := d.chooseIssuer(ctx, c); err != nil {
		return placed(err, "/issuer")
	}
	if document.Issuer.ID != "" && document.Issuer.ID != c.Issuer {
		return vc.Errorf(vc.Invalid, "issuer-mismatch", "the credential names another issuer than the one that signs here").At("/issuer")
	}
	if err := d.knownContexts(ctx, c); err != nil {
		return err
	}
	c.whole.kinds = d.kinds(ctx, c.scope, c.Order.Document)
	return d.replaced(ctx, c)
}

// typed is a format that can tell what the types of a credential and of its subjects stand for.
type typed interface {
	CredentialTypes(ctx context.Context, document []byte) []string
}

// kinds asks a format that reads JSON-LD, whichever secures the credential: a context may have any name for a type.
func (d *Desk) kinds(ctx context.Context, scope vc.Scope, document []byte) []string {
	for _, f := range d.Formats {
		if f, ok := format.For(f, scope).(typed); ok {
			return f.CredentialTypes(ctx, document)
		}
	}
	return nil
}

// mayOrderWhole refuses what no schema of the tenant's stands behind, where the tenant forbids that.
func (d *Desk) mayOrderWhole(ctx context.Context, scope vc.Scope) (err error) {
	var tenant vc.Tenant
	if d.Organisations != nil {
		tenant, err = d.Organisations.TenantOf(ctx, scope)
	} else {
		err = d.Rows.View(ctx, scope, func(rows Rows) error {
			tenant, err = rows.Tenant()
			return err
		})
	}
	if err == nil && tenant.ForbidsWhole {
		err = vc.Errorf(vc.Denied, "whole-credentials-forbidden", "the tenant allows credentials of its credential types alone, and no whole ones")
	}
	return err
}

// readDocument takes the document in and fills in what it leaves open and needs no decision.
func (c *Complete) readDocument() error {
	if err := ijson.Check(c.Order.Document, ijson.Limits{Depth: claimsDepth}); err != nil {
		return badJSON(err, "")
	}
	all, err := vcdm.Members(c.Order.Document)
	if err != nil {
		return vc.Errorf(vc.Invalid, "malformed", "the credential is not a JSON object")
	}
	document, err := vcdm.Parse(c.Order.Document)
	if err != nil {
		return vc.Errorf(vc.Invalid, "malformed", "the credential cannot be read")
	}
	if document.Version == "" {
		return vc.Errorf(vc.Invalid, "data-model", "@context must begin with a base context of VCDM 1.1 or 2.0").At("/@context")
	}
	absent := func(name string) bool { _, there := vcdm.Lookup(all, name); return !there }
	c.whole = &whole{document: *document, name: document.ID, fillIssuer: absent("issuer")}
	if absent("id") {
		c.whole.name, c.whole.fillID = c.Order.Handle, c.Order.Handle == ""
	}
	if len(c.whole.name) > maxHandle {
		return vc.Errorf(vc.Invalid, "id-too-long", "an id has at most %d bytes here", maxHandle).At("/id")
	}
	if document.Version == vcdm.V11 && absent("issuanceDate") {
		c.whole.document.ValidFrom = c.Now.Truncate(time.Second)
	}
	c.ValidFrom, c.ValidUntil = c.whole.document.ValidFrom.UTC(), document.ValidUntil.UTC()
	return nil
}

// knownContexts notes the contexts that nobody here knows: a signature over terms that cannot be read is worth nothing.
func (d *Desk) knownContexts(ctx context.Context, c *Complete) error {
	loader := d.Catalog.ContextLoader(ctx, c.scope)
	for i, raw := range c.whole.document.Context {
		url, ok := vcdm.Text(raw)
		if !ok {
			continue
		}
		_, known, err := loader.LoadContext(url)
		if err != nil {
			return err
		}
		if !known {
			c.whole.unknown = append(c.whole.unknown, i)
		}
	}
	return nil
}

// composeWhole writes the document with what is filled in: id, issuer, status entries, and the contexts that the format
// needs for its proof and for the entries.
func (c *Complete) composeWhole() error {
	if c.whole.asIs {
		return c.composed(c.Order.Document)
	}
	document := c.whole.document
	if c.whole.fillID {
		document.ID = "urn:uuid:" + c.ID
	}
	if c.whole.fillIssuer {
		document.Issuer.ID = c.Issuer
	}
	entryType := ""
	for _, entry := range c.Entries {
		raw, err := c.writeEntry(entry)
		if err != nil {
			return err
		}
		document.Status = append(document.Status, vcdm.Status{Raw: raw})
		document.StatusArray, entryType = c.Variant.Status.Array, c.Variant.Status.EntryType
	}
	document.Context = slices.Clone(document.Context)
	for _, url := range format.Contexts(c.format, c.Variant.Model, c.Variant.Suite, entryType) {
		if !slices.Contains(document.Contexts(), url) {
			document.Context = append(document.Context, json.RawMessage(vcdm.AppendText(nil, url)))
		}
	}
	encoded, err := vcdm.Encode(&document)
	if err != nil {
		return vc.Errorf(vc.Invalid, "malformed", "the credential cannot be written: %s", err)
	}
	return c.composed(encoded)
}

func (c *Complete) composed(document []byte) (err error) {
	c.Credential = document
	if c.Parsed, err = vcdm.Parse(document); err != nil {
		return vc.Errorf(vc.Invalid, "malformed", "the credential cannot be read back: %s", err)
	}
	return nil
}

// documentMAC is the digest under which a whole credential is found by the id it came with; nil where it has ours. It is
// its profile's: the same id through another is another credential.
func (d *Desk) documentMAC(ctx context.Context, tenant, profile, name string) ([]byte, error) {
	if name == "" {
		return nil, nil
	}
	return d.Vault.MAC(ctx, tenant, documentUse, []byte(profile+"\n"+name))
}

// FindDocument gives the whole credential that was issued with a profile under an id: the one it came with, its handle,
// or ours (with and without "urn:uuid:"). Of several that were issued under one id it gives the newest. NotFound
// "credential-not-found".
func (d *Desk) FindDocument(ctx context.Context, scope vc.Scope, profile, id string) (View, error) {
	mac, err := d.documentMAC(ctx, scope.Tenant, profile, id)
	if err != nil {
		return View{}, err
	}
	missing := vc.Errorf(vc.NotFound, "credential-not-found", "there is no such credential")
	var credential vc.Credential
	err = d.Rows.View(ctx, scope, func(rows Rows) error {
		if mac != nil {
			all, err := rows.Credentials(vc.CredentialQuery{DocumentMAC: mac, Page: vc.Page{Limit: 1}})
			if err != nil {
				return err
			}
			if len(all) == 1 {
				credential = all[0]
				return nil
			}
		}
		own := strings.TrimPrefix(id, "urn:uuid:")
		if uuid.Validate(own) != nil {
			return missing
		}
		credential, err = rows.Credential(strings.ToLower(own))
		return named(err)
	})
	switch {
	case err != nil:
		return View{}, err
	case credential.Type != "" || credential.Variant != profile:
		return View{}, missing
	}
	return d.view(ctx, credential)
}

// unused refuses an id that a credential with a status has: one of the two could not be revoked by it.
func unused(rows Rows, row vc.Credential) error {
	if row.DocumentMAC == nil || len(row.Entries) == 0 {
		return nil
	}
	all, err := rows.Credentials(vc.CredentialQuery{DocumentMAC: row.DocumentMAC})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(one vc.Credential) bool { return len(one.Entries) > 0 }) {
		return vc.Errorf(vc.Conflict, "credential-id-used", "a credential with this id, and a status, was issued before").At("/id")
	}
	return nil
}

// object is what the audit calls the thing that a credential was made of.
func object(row vc.Credential) string {
	if row.Type == "" {
		return "instance/" + row.Variant
	}
	return "type/" + row.Type
}

// wholeRules judge an order of a whole credential before a status index is taken; pointers are into the credential.
var wholeRules = []Rule{
	{"schema-not-checked", "VCDM 2.0 §4.11", schemaNotChecked},
	{"validity-past", "VCDM 2.0 §4.9", warnPast},
	{"validity-order", "VCDM 2.0 §4.9", notBefore},
	{"outlives", "VCDM 2.0 §4.9", outlivesNothing},
	{"issuer-key", "VCDM 2.0 §4.13, CID 1.0 §3.3", keyListed},
	{"already-secured", "VCDM 2.0 §4.12", notSecured},
	{"type-reserved", "Bitstring Status List 1.0 §2.2, VCDM 2.0 §4.13", notReserved},
	{"contexts", "VCDM 2.0 §4.3", contextsKnown},
	{"status-foreign", "VCDM 2.0 §4.10", noForeignStatus},
	{"suite", "Data Integrity 1.0 §3.1, Controlled Identifiers 1.0 §2.2", suiteFits},
	{"legacy", "Bitstring Status List 1.0, VC JSON Schema", legacy},
	{"legacy-suite", "Data Integrity 1.0", legacySuite},
}

// wholeDocumentRules judge the whole credential once it is complete.
var wholeDocumentRules = []Rule{
	{"data-model", "VCDM §4", dataModel},
	{"status-entries", "Bitstring Status List 1.0 §2.1", wholeStatusEntries},
}

func schemaNotChecked(*Complete) []vc.Finding {
	return []vc.Finding{{Warning: true, Message: "not checked: the credential was ordered whole, and no schema of a credential type stands behind it"}}
}

// wholeStatusEntries: where a foreign entry was let in, there is none of ours.
func wholeStatusEntries(c *Complete) []vc.Finding {
	if len(c.Purposes) == 0 && len(c.Entries) == 0 {
		return nil
	}
	return statusEntries(c)
}

// warnPast: whoever writes the whole credential may state a time that is over, VCDM 2.0 §4.9.
func warnPast(c *Complete) []vc.Finding {
	out := notPast(c)
	for i := range out {
		out[i].Warning, out[i].Message = true, "the credential is expired already"
	}
	return out
}

// notBefore: the two dates may be the same, VCDM 2.0 §4.9.
func notBefore(c *Complete) []vc.Finding {
	if c.ValidUntil.IsZero() || !c.ValidUntil.Before(c.ValidFrom) {
		return nil
	}
	return found("/validUntil", "validUntil lies before validFrom")
}

func notSecured(c *Complete) []vc.Finding {
	if len(c.whole.document.Proof) == 0 {
		return nil
	}
	return found("/proof", "the credential has a proof already")
}

// notReserved keeps what readers act on to the server itself: types of status lists and of what is no credential.
func notReserved(c *Complete) []vc.Finding {
	for i, name := range c.whole.document.Types {
		if catalog.Reserved(name) {
			return found("/type/"+strconv.Itoa(i), "this type is made by nobody but the server itself, or is no credential")
		}
	}
	for _, subject := range c.whole.document.Subjects() {
		all, err := vcdm.Members(subject)
		if err != nil {
			continue // the data model refuses it
		}
		for _, member := range []string{"type", "@type"} {
			value, _ := vcdm.Lookup(all, member)
			if slices.ContainsFunc(names(value), catalog.Reserved) {
				return found("/credentialSubject/type", "this type is made by nobody but the server itself")
			}
		}
	}
	if slices.ContainsFunc(c.whole.kinds, catalog.Reserved) {
		return found("/type", "by its contexts this is of a type that is made by nobody but the server itself, or is no credential")
	}
	return nil
}

// names reads a text or an array of texts.
func names(value json.RawMessage) []string {
	if one, ok := vcdm.Text(value); ok {
		return []string{one}
	}
	var all []string
	_ = json.Unmarshal(value, &all)
	return all
}

func contextsKnown(c *Complete) []vc.Finding {
	var out []vc.Finding
	allowed := c.Order.Profile.Contexts
	for i, raw := range c.whole.document.Context {
		at := "/@context/" + strconv.Itoa(i)
		url, ok := vcdm.Text(raw)
		switch {
		case slices.Contains(c.whole.unknown, i):
			out = append(out, vc.Finding{Pointer: at, Message: "the context " + url +
				" is not known here, and none is fetched; an administrator imports it: chancery context import " + url + " FILE"})
		case allowed == nil || url == vcdm.BaseContext11 || url == vcdm.BaseContext20:
		case !ok:
			out = append(out, vc.Finding{Pointer: at, Message: "a context of its own is not allowed here"})
		case !slices.Contains(allowed, url):
			out = append(out, vc.Finding{Pointer: at, Message: "the context is not one of those allowed here"})
		}
	}
	return out
}

// noForeignStatus: the entries are ours to write. Where another's are let in, none may point into a list of ours, where
// the place belongs to another credential.
func noForeignStatus(c *Complete) []vc.Finding {
	const at = "/credentialStatus"
	all, err := vcdm.Members(c.Order.Document)
	value, there := vcdm.Lookup(all, "credentialStatus")
	switch {
	case err != nil || !there || c.whole.offered:
		return nil
	case !c.Order.Profile.Foreign || len(c.Purposes) > 0:
		return found(at, "status entries are written here: leave it out")
	case c.publicURL != "" && strings.Contains(plain(value), c.publicURL+"/status/"):
		return found(at, "the status list is of this server, and the place in it another credential's")
	}
	return nil
}

// plain is JSON without its escapes, to look for a text in.
func plain(value json.RawMessage) string {
	var decoded any
	if json.Unmarshal(value, &decoded) != nil {
		return string(value)
	}
	return fmt.Sprint(decoded)
}

// ofDocument says a pointer into an order where a whole credential says the same.
func (c *Complete) ofDocument(pointer string) string {
	if c.whole == nil {
		return pointer
	}
	for _, place := range [...][2]string{{"/claims", "/credentialSubject"}, {"/revocable", "/credentialStatus"}, {"/variant", ""}} {
		if rest, ok := strings.CutPrefix(pointer, place[0]); ok && (rest == "" || rest[0] == '/') {
			return place[1] + rest
		}
	}
	if c.whole.document.Version == vcdm.V11 && pointer == "/validUntil" {
		return "/expirationDate"
	}
	return pointer
}
