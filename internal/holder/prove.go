package holder

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Signing is what a desk needs that proves with keys of ours.
type Signing struct {
	Identity Authenticator
	Keys     map[string]keys.Store // by the name in [vc.Key.Store]
	Rows     store.Store[Rows]
}

// Authenticator gives keys of ours that prove who is there; the identity service is one.
type Authenticator interface {
	AuthenticationKey(ctx context.Context, scope vc.Scope, who, method string) (vc.Identity, vc.IdentityKey, error)
}

// Proof says what is to be presented by an identity of ours.
type Proof struct {
	Identity     string // id
	Method       string // verification method; "": the newest active one for authentication that the suite is taken with
	Only         string // verification method; where it is for authentication it signs, and no other
	Format       string
	Suite        string          // of a format that has proof suites
	Model        vc.ModelVersion // "": the one that can hold the credentials
	Presentation Presentation    // its holder "": the identity
	ID           string          // URL of the presentation; "": one is made
	Types        []string        // beside VerifiablePresentation
	Contexts     []string        // URLs, after the base context
	Submission   []byte          // that stands inside; nil: none does
}

// Proven is a presentation that was signed here.
type Proven struct {
	Secured   []byte
	MediaType string // "" where its format does not say
	Model     vc.ModelVersion
	Method    string
}

// draft is a presentation that this desk prepared: only one is signed.
type draft struct {
	unsigned format.Unsigned
	key      vc.IdentityKey
}

// Prove prepares a presentation and signs it with a key of ours that is for authentication. Nothing else is signed: each
// credential in it must be one that its issuer signed, and no type of it may make it something else than a presentation.
// Errors: Unsupported "not-offered" where there are no keys and "format-not-offered"; Invalid "type-reserved" at /type and what
// JSON-LD says of types and contexts, at /type and /@context; Invalid "holder-mismatch" at /holder; Invalid "another-method"; those of the key at no place; those of
// [Desk.PreparePresentation].
func (d *Desk) Prove(ctx context.Context, by vc.Caller, p Proof) (Proven, error) {
	if d.Signing == nil {
		return Proven{}, vc.Errorf(vc.Unsupported, "not-offered", "presentations are not signed here")
	}
	who, key, err := d.prover(ctx, by.Scope, p)
	if err != nil {
		return Proven{}, err
	}
	return d.prove(ctx, by, p, who, key)
}

// prover gives the identity and the key that prove.
func (d *Desk) prover(ctx context.Context, scope vc.Scope, p Proof) (vc.Identity, vc.IdentityKey, error) {
	if p.Only != "" {
		who, key, err := d.Signing.Identity.AuthenticationKey(ctx, scope, p.Identity, p.Only)
		switch e, ok := errors.AsType[*vc.Error](err); {
		case err == nil && p.Method != "" && p.Method != key.Method:
			return vc.Identity{}, vc.IdentityKey{}, vc.Errorf(vc.Invalid, "another-method", "another verification method is the one that signs")
		case !ok || e.Code != "key-purpose":
			return who, key, err
		}
	}
	who, key, err := d.Signing.Identity.AuthenticationKey(ctx, scope, p.Identity, p.Method)
	if err != nil || p.Method != "" {
		return who, key, err
	}
	for _, f := range d.Formats {
		suite, ok := format.SuiteOf(f, p.Suite)
		if f.Name() != p.Format || !ok {
			continue
		}
		if fitting, found := identity.NewestProving(who, func(key vc.IdentityKey) bool {
			listed := key.Type == "" || suite.Methods == nil || slices.Contains(suite.Methods, key.Type)
			return listed && suite.Signs(key.Key.Algorithm.JOSE())
		}); found {
			key = fitting
		}
	}
	return who, key, nil
}

// prove is Prove with the identity and the key.
func (d *Desk) prove(ctx context.Context, by vc.Caller, p Proof, who vc.Identity, key vc.IdentityKey) (Proven, error) {
	made, err := d.proven(ctx, by.Scope, p, who, key)
	if err != nil {
		return Proven{}, err
	}
	if err := d.Signing.Rows.Update(ctx, by.Scope, func(rows Rows) error { return rows.Append(d.signed(by, who, key)) }); err != nil {
		return Proven{}, err
	}
	return made, nil
}

// signed is what the journal has of a presentation.
func (d *Desk) signed(by vc.Caller, who vc.Identity, key vc.IdentityKey) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: by.Scope, At: d.now(), Action: "presentation.signed",
		Principal: by.Principal, Door: by.Door, Request: by.Request, Object: "identity/" + who.ID, Detail: "kid=" + key.Method,
	}
}

// proven makes and signs a presentation of which the journal is yet to be told.
func (d *Desk) proven(ctx context.Context, scope vc.Scope, p Proof, who vc.Identity, key vc.IdentityKey) (Proven, error) {
	if p.Presentation.Holder == "" {
		p.Presentation.Holder = who.DID
	}
	if p.Presentation.Holder != who.DID {
		return Proven{}, vc.Errorf(vc.Invalid, "holder-mismatch", "the presentation names another holder than the one who signs here").At("/holder")
	}
	f, made, model, err := d.drafted(ctx, scope, p, key)
	if err != nil {
		return Proven{}, err
	}
	secured, err := d.sign(ctx, made)
	if err != nil {
		return Proven{}, err
	}
	out := Proven{Secured: secured, Model: model, Method: key.Method}
	if typed, ok := f.(mediaTyped); ok {
		out.MediaType = typed.PresentationMediaType(model)
	}
	return out, nil
}

// mediaTyped is a format whose secured presentations are no JSON, and which says what they are.
type mediaTyped interface {
	PresentationMediaType(model vc.ModelVersion) string
}

// drafted prepares the presentation in its format.
func (d *Desk) drafted(ctx context.Context, scope vc.Scope, p Proof, key vc.IdentityKey) (format.Format, draft, vc.ModelVersion, error) {
	if err := d.bounds(p.Presentation); err != nil {
		return nil, draft{}, "", err
	}
	model, err := d.model(ctx, p.Presentation.Credentials)
	if err != nil {
		return nil, draft{}, "", err
	}
	if p.Model != "" {
		model = p.Model
	}
	for _, f := range d.Formats {
		if f.Name() != p.Format {
			continue
		}
		f = format.For(f, scope)
		preparer, ok := f.(preparer)
		if !ok {
			break
		}
		material := d.material(p.Presentation, method{key.Method, key.Key.Algorithm.JOSE()}, model)
		material.Suite = p.Suite
		if p.ID != "" || p.Submission != nil { // who wants a submission inside has presentations without an id
			material.ID = p.ID
		}
		material.Types, material.Contexts, material.Submission = p.Types, p.Contexts, p.Submission
		if p.Submission != nil {
			material.ID = "" // ACA-Py takes none that is a URI
		}
		if err := d.presents(ctx, scope, material); err != nil {
			return nil, draft{}, "", err
		}
		unsigned, err := preparer.PreparePresentation(ctx, material)
		return f, draft{unsigned, key}, model, err
	}
	return nil, draft{}, "", vc.Errorf(vc.Unsupported, "format-not-offered", "no format %q here has presentations", p.Format)
}

// linked is a format that can tell what the types of a presentation stand for.
type linked interface {
	PresentationTypes(ctx context.Context, material format.PresentationMaterial) ([]string, error)
}

// presents refuses types by which a reader could take the presentation for a credential or a status list, by whatever name a
// context has for them.
func (d *Desk) presents(ctx context.Context, scope vc.Scope, m format.PresentationMaterial) error {
	if len(m.Types) == 0 && len(m.Contexts) == 0 {
		return nil
	}
	refused := vc.Errorf(vc.Invalid, "type-reserved", "this type is of something else than a presentation").At("/type")
	if slices.ContainsFunc(m.Types, reserved) {
		return refused
	}
	for _, f := range d.Formats {
		f, ok := format.For(f, scope).(linked)
		if !ok {
			continue
		}
		m.Suite = ""
		iris, err := f.PresentationTypes(ctx, m)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(iris, func(iri string) bool { return iri != presentationIRI && reserved(iri) }) {
			return refused
		}
		return nil
	}
	return vc.Errorf(vc.Unsupported, "not-offered", "no format here knows what types and contexts of presentations say").At("/type")
}

const presentationIRI = "https://www.w3.org/2018/credentials#VerifiablePresentation"

func reserved(name string) bool {
	return catalog.Reserved(name) || name[strings.LastIndexAny(name, "#/:")+1:] == vcdm.TypeCredential
}

func (d *Desk) sign(ctx context.Context, made draft) ([]byte, error) {
	store, ok := d.Signing.Keys[made.key.Key.Store]
	if !ok {
		return nil, vc.Errorf(vc.Unavailable, "key-store", "the key store %q is not configured", made.key.Key.Store)
	}
	signature, err := store.Sign(ctx, made.key.Key, made.unsigned.Input())
	if err != nil {
		return nil, err
	}
	return made.unsigned.Secure(signature)
}
