package issuer

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/statuslist"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Complete is an order with everything decided: what the rules judge and what becomes the credential.
type Complete struct {
	Order      vc.Order
	Kind       *catalog.Kind
	Variant    vc.Variant
	Identity   vc.Identity    // zero when the issuer is not ours
	Key        vc.IdentityKey // zero when it is to be signed elsewhere
	Issuer     string         // DID
	Document   diddoc.Document
	Method     string // verification method
	Algorithm  string // JOSE alg
	Claims     any    // decoded
	Subjects   []string
	Recipient  string
	Revocable  bool
	Purposes   []vc.StatusPurpose
	Now        time.Time
	ValidFrom  time.Time
	ValidUntil time.Time // zero: does not expire
	DraftUntil time.Time // zero: not awaited
	Resolved   map[string]error
	ID         string
	Entries    []vc.StatusEntry
	Credential []byte           // JSON, once composed
	Parsed     *vcdm.Credential // of Credential

	whole     *whole // nil: of a type and claims
	publicURL string
	scope     vc.Scope
	format    format.Format
	publisher string // identity that publishes the status lists
	elsewhere bool
	dry       bool
}

const (
	claimsDepth = 64
	maxIssuance = 128 // it is indexed, and outlives an erasure: an id, not a text
)

// decide fills everything but id, status entries and the credential's bytes. It reads; it reserves nothing.
func (d *Desk) decide(ctx context.Context, scope vc.Scope, order vc.Order, elsewhere bool) (*Complete, error) {
	c := &Complete{Order: order, scope: scope, elsewhere: elsewhere, Now: d.now(), Recipient: order.Recipient, publicURL: d.PublicURL}
	if scope.Organisation == "" {
		return nil, vc.Errorf(vc.Denied, "no-organisation", "only an organisation issues: name one")
	}
	if order.Document == nil && order.Type == "" {
		return nil, vc.Errorf(vc.Invalid, "type-missing", "name a credential type").At("/type")
	}
	if id, err := uuid.Parse(order.ID); order.ID != "" && (err != nil || id.String() != order.ID) {
		return nil, vc.Errorf(vc.Invalid, "id-not-a-uuid", "an id given before is a UUID").At("/id")
	}
	if len(order.Issuance) > maxIssuance || strings.ContainsFunc(order.Issuance, unicode.IsControl) {
		return nil, vc.Errorf(vc.Invalid, "issuance", "an issuance id has at most %d bytes, and no control characters", maxIssuance).At("/issuance")
	}
	if order.Document != nil {
		return c, d.decideDocument(ctx, c)
	}
	kind, err := d.kind(ctx, scope, order)
	if err != nil {
		return nil, placed(err, "/type")
	}
	c.Kind = kind
	if err := c.typesKnown(); err != nil {
		return nil, err
	}
	if err := d.chooseVariant(c); err != nil {
		return nil, err
	}
	if err := c.readClaims(); err != nil {
		return nil, err
	}
	c.times()
	c.Revocable = !kind.Type.Irrevocable
	if order.Revocable != nil {
		c.Revocable = *order.Revocable
	}
	if c.Revocable {
		if c.Purposes = kind.Type.Purposes; len(c.Purposes) == 0 {
			c.Purposes = []vc.StatusPurpose{vc.Revocation}
		}
	}
	if err := d.chooseIssuer(ctx, c); err != nil {
		return nil, placed(err, ofSigner(order, err))
	}
	if err := d.fit(c); err != nil {
		return nil, err
	}
	d.resolveOthers(ctx, c)
	return c, d.replaced(ctx, c)
}

// ofSigner is the member of an order that names what signs, and that an error is about.
func ofSigner(order vc.Order, err error) string {
	if e, ok := asError(err); ok && order.Method != "" && strings.HasPrefix(e.Code, "key-") {
		return "/method"
	}
	return "/issuer"
}

// kind gives the type of an order, with the version of its schema that the order is bound to. A version counts within its schema:
// of a type that has another one by now nothing can be issued that was promised before.
func (d *Desk) kind(ctx context.Context, scope vc.Scope, order vc.Order) (*catalog.Kind, error) {
	kind, err := d.Catalog.Kind(ctx, scope, order.Type)
	switch {
	case err != nil:
		return nil, err
	case order.Schema != "" && kind.Type.Schema != order.Schema:
		return nil, vc.Errorf(vc.Conflict, "schema-changed", "the credential type has another schema than the one that was promised")
	case order.Version == 0 || kind.Version.Version == order.Version:
		return kind, nil
	}
	return d.Catalog.KindAt(ctx, scope, order.Type, order.Version)
}

// typesKnown refuses an order that expects a type name which its credential type does not give.
func (c *Complete) typesKnown() error {
	for i, name := range c.Order.Types {
		if name != "VerifiableCredential" && !slices.Contains(c.Kind.Type.Types, name) {
			return vc.Errorf(vc.Invalid, "type-names", "the credential type does not give this type name").At("/types/" + strconv.Itoa(i))
		}
	}
	return nil
}

func (c *Complete) readClaims() error {
	if len(c.Order.Claims) == 0 {
		return vc.Errorf(vc.Invalid, "missing", "this member is needed").At("/claims")
	}
	var err error
	if c.Claims, err = ijson.Decode(c.Order.Claims, ijson.Limits{Depth: claimsDepth}); err != nil {
		return badJSON(err, "/claims")
	}
	object, ok := c.Claims.(map[string]any)
	if !ok {
		return vc.Errorf(vc.Invalid, "claims-object", "claims are a JSON object: one subject").At("/claims")
	}
	if id, ok := object["id"].(string); ok {
		c.Subjects = []string{id}
	}
	return nil
}

// times takes the order's dates, and the type's default where there is none. A JWT says seconds (RFC 7519 §2), so
// every credential does: what two formats of one order say must not differ.
func (c *Complete) times() {
	c.ValidFrom = c.Order.ValidFrom.UTC().Truncate(time.Second)
	if c.Order.ValidFrom.IsZero() {
		c.ValidFrom = c.Now.Truncate(time.Second)
	}
	switch {
	case !c.Order.ValidUntil.IsZero():
		c.ValidUntil = c.Order.ValidUntil.UTC().Truncate(time.Second)
	case c.Kind.Type.Validity.Default > 0:
		c.ValidUntil = c.ValidFrom.Add(c.Kind.Type.Validity.Default).Truncate(time.Second)
	}
}

// chooseIssuer finds identity, document and key. A credential to be signed elsewhere may name a DID that is not
// ours, or one of ours whose key signs nothing here.
func (d *Desk) chooseIssuer(ctx context.Context, c *Complete) error {
	who, key, err := d.Identity.SigningKey(ctx, c.scope, c.Order.Issuer, c.Order.Method)
	if err == nil && who.Use == vc.UsePublisher {
		return vc.Errorf(vc.NotFound, "identity-not-found", "there is no such identity here: this one publishes status lists alone")
	}
	if err == nil {
		c.Identity, c.Key, c.publisher = who, key, who.ID
		if c.Document, err = d.documents.parsed(who); err != nil {
			return err
		}
		if c.Order.Method == "" {
			c.pair()
		}
		c.Issuer, c.Method, c.Algorithm = who.DID, c.Key.Method, c.Key.Key.Algorithm.JOSE()
		return nil
	}
	if !c.elsewhere || vc.KindOf(err) != vc.NotFound || c.Order.Issuer == "" {
		return err
	}
	if e, ok := asError(err); ok && e.Code == "key-elsewhere" && !strings.HasPrefix(c.Order.Issuer, "did:") {
		if who, err = d.Identity.Get(ctx, c.scope, c.Order.Issuer); err != nil { // an identity's id: its DID is what resolves
			return err
		}
		c.Order.Issuer = who.DID
	}
	return d.foreignIssuer(ctx, c)
}

func (d *Desk) foreignIssuer(ctx context.Context, c *Complete) error {
	resolution, _, err := d.Identity.Resolve(ctx, c.scope, c.Order.Issuer)
	switch {
	case err != nil && vc.KindOf(err) == vc.Unsupported:
		return vc.Errorf(vc.Invalid, "did-method-not-supported", "DIDs of the issuer's method are not resolved here").Because(err)
	case err != nil:
		return vc.Errorf(vc.Invalid, "issuer-not-resolved", "the issuer's DID does not resolve").Because(err)
	case resolution.Metadata.Deactivated:
		return vc.Errorf(vc.Conflict, "identity-deactivated", "the issuer's DID is deactivated")
	}
	if c.Document, err = diddoc.Parse(resolution.Document); err != nil {
		return vc.Errorf(vc.Invalid, "issuer-document", "the issuer's DID document cannot be read").Because(err)
	}
	c.Issuer, c.Method = c.Order.Issuer, c.Order.Method
	methods := c.Document.Methods("assertionMethod")
	if c.Method == "" && len(methods) > 0 {
		c.Method = methods[0].ID
	}
	if m, ok := c.Document.Method(c.Method); ok {
		if key, err := m.PublicKey(); err == nil {
			c.Algorithm = key.Algorithm
		}
	}
	return nil
}

// resolveOthers resolves the DIDs that are not ours as the type says, before any transaction.
func (d *Desk) resolveOthers(ctx context.Context, c *Complete) {
	policy := c.Kind.Type.Subjects
	if policy == "" || policy == vc.ResolveNever {
		return
	}
	c.Resolved = map[string]error{}
	for _, subject := range append(append([]string(nil), c.Subjects...), c.Recipient) {
		if _, done := c.Resolved[subject]; done || subject == "" {
			continue
		}
		_, _, err := d.Identity.Resolve(ctx, c.scope, subject)
		c.Resolved[subject] = err
	}
}

// replaced checks that what the order replaces is a credential of the same organisation.
func (d *Desk) replaced(ctx context.Context, c *Complete) error {
	if c.Order.Replaces == "" {
		return nil
	}
	_, err := d.read(ctx, c.scope, c.Order.Replaces)
	if vc.KindOf(err) == vc.NotFound && err != nil {
		return vc.Errorf(vc.Invalid, "replaces", "the credential it replaces is not known").At("/replaces").Because(err)
	}
	return err
}

// reserve gives the credential its id and its places in status lists: from here on a failure leaves a hole. The lists
// of an issuer whose key is not here are published for it, see [identity.Service.Publisher].
func (d *Desk) reserve(ctx context.Context, by vc.Caller, c *Complete) error {
	if c.dry {
		c.ID = uuid.Nil.String()
		for _, purpose := range c.Purposes {
			c.Entries = append(c.Entries, vc.StatusEntry{URL: d.PublicURL + "/status/" + uuid.Nil.String(), Purpose: purpose, Size: c.size(purpose)})
		}
		return nil
	}
	if c.ID = c.Order.ID; c.ID == "" {
		c.ID = newID()
	}
	if len(c.Purposes) == 0 || c.whole != nil && c.whole.offered {
		return nil
	}
	if c.publisher == "" {
		who, err := d.Identity.Publisher(ctx, by)
		if err != nil {
			return err
		}
		c.publisher = who.ID
	}
	entries, err := d.Status.Reserve(ctx, c.scope, status.Wanted{
		Identity: c.publisher, Dialect: listDialect(c.Variant.Status.EntryType), Format: c.Variant.Format, Purposes: c.Purposes,
		Size: c.size(vc.Message), Messages: c.Kind.Type.StatusMessages, Type: c.Kind.Type.ID, Publish: c.Kind.Type.Publish,
	})
	c.Entries = entries
	d.step(StepLeased)
	return err
}

// size is the bits of an entry: one, but for messages, whose number decides.
func (c *Complete) size(purpose vc.StatusPurpose) int {
	size := 1
	if purpose == vc.Message {
		for 1<<size < len(c.Kind.Type.StatusMessages) {
			size *= 2
		}
	}
	return size
}

func listDialect(entryType string) string {
	if entryType == "StatusList2021Entry" {
		return string(statuslist.StatusList2021)
	}
	return string(statuslist.BitstringStatusList)
}

// compose writes the credential.
func (c *Complete) compose() error {
	if c.whole != nil {
		return c.composeWhole()
	}
	doc := &vcdm.Credential{
		Version: vcdm.Version(c.Variant.Model), ID: "urn:uuid:" + c.ID,
		Types:     append([]string{"VerifiableCredential"}, c.Kind.Type.Types...),
		Issuer:    vcdm.Issuer{ID: c.Issuer, Name: c.issuerName()},
		ValidFrom: c.ValidFrom, ValidUntil: c.ValidUntil,
		Subject: c.Order.Claims, Evidence: c.Kind.Type.Evidence,
		StatusArray: c.Variant.Status.Array,
	}
	if c.Variant.IssuerObject && doc.Issuer.Name == "" {
		raw, err := json.Marshal(map[string]string{"id": c.Issuer})
		if err != nil {
			return err
		}
		doc.Issuer.Raw = raw
	}
	for _, url := range c.contexts() {
		quoted, err := json.Marshal(url)
		if err != nil {
			return err
		}
		doc.Context = append(doc.Context, quoted)
	}
	if reference := c.Variant.SchemaReference; reference != "" && reference != "none" {
		doc.Schemas = []vcdm.Schema{{ID: c.Kind.SchemaURL(), Type: reference}}
	}
	for _, entry := range c.Entries {
		raw, err := c.writeEntry(entry)
		if err != nil {
			return err
		}
		doc.Status = append(doc.Status, vcdm.Status{Raw: raw})
	}
	encoded, err := vcdm.Encode(doc)
	if err != nil {
		return vc.Errorf(vc.Invalid, "malformed", "the credential cannot be written: %s", err)
	}
	return c.composed(encoded)
}

// contexts are those of the type, then those that the format needs for its proof and for the status entries.
func (c *Complete) contexts() []string {
	entry := ""
	if len(c.Purposes) > 0 {
		entry = c.Variant.Status.EntryType
	}
	contexts := c.Kind.Contexts(c.Variant.Model)
	for _, url := range format.Contexts(c.format, c.Variant.Model, c.Variant.Suite, entry) {
		if !slices.Contains(contexts, url) {
			contexts = append(contexts, url)
		}
	}
	return contexts
}

func (c *Complete) writeEntry(entry vc.StatusEntry) ([]byte, error) {
	out := statuslist.Entry{Purpose: string(entry.Purpose), Index: entry.Index, List: entry.URL}
	if entry.Purpose == vc.Message {
		out.Size = entry.Size
		for _, m := range c.Kind.Type.StatusMessages {
			out.Messages = append(out.Messages, statuslist.StatusMessage{Status: m.Status, Message: m.Message})
		}
	}
	return statuslist.WriteEntries([]statuslist.Entry{out}, statuslist.Style{
		EntryType: c.Variant.Status.EntryType, NumberIndex: c.Variant.Status.NumberIndex,
	})
}

// issuerName is the order's, or the identity's own; the latter not where it would be JSON-LD that nothing defines, since
// VCDM 1.1 has no such term.
func (c *Complete) issuerName() string {
	if c.Order.IssuerName != "" {
		return c.Order.IssuerName
	}
	if _, linked := c.format.(checker); linked && c.Variant.Model == vc.VCDM11 {
		return ""
	}
	return c.Identity.Name
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// placed puts an error that has no place at pointer.
func placed(err error, pointer string) error {
	if e, ok := asError(err); ok && e.Pointer == "" {
		return e.At(pointer)
	}
	return err
}

func badJSON(err error, pointer string) error {
	if e, ok := asType[*ijson.Error](err); ok {
		return vc.Errorf(vc.Invalid, e.Code, "%s", e.Message).At(pointer + e.Pointer)
	}
	return vc.Errorf(vc.Invalid, "not-json", "not JSON").At(pointer)
}
