package issuer

import (
	"context"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// NewToken is a JWT to sign. Header and Payload are JSON objects; alg, kid and typ "JWT" of the header are written here.
type NewToken struct {
	DID     string // of an identity that issues here; "": of Method
	Method  string // verification method; "": the identity's newest
	Header  []byte // nil: none of its own
	Payload []byte
}

// maxFree is the size in bytes of the largest payload, and header, that is signed for a caller.
const maxFree = 256 << 10

// SignToken signs a JWT that is none of ours to mind, with a key of an identity that issues. Invalid "mint-refused" for what anyone
// could read as a credential, a presentation, a status list, an SD-JWT, an ID or access token: those have desks of their own, and
// whoever may sign freely must not sign around them. Other errors: Invalid "token-malformed"; those of the key.
func (d *Desk) SignToken(ctx context.Context, by vc.Caller, t NewToken) (string, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return "", err
	}
	payload, err := free(t.Payload, "/payload")
	if err != nil {
		return "", err
	}
	header := map[string]any{}
	if t.Header != nil {
		if header, err = free(t.Header, "/headers"); err != nil {
			return "", err
		}
	}
	if t.DID == "" {
		t.DID, _, _ = strings.Cut(t.Method, "#")
	}
	who, key, err := d.Identity.SigningKey(ctx, by.Scope, t.DID, t.Method)
	if err == nil && who.Use == vc.UsePublisher {
		err = vc.Errorf(vc.NotFound, "identity-not-found", "there is no such identity here")
	}
	if err != nil {
		return "", err
	}
	if err := d.notMinted(header, payload); err != nil {
		return "", err
	}
	token, err := d.signedFree(ctx, key, t.Header, t.Payload)
	if err != nil {
		return "", err
	}
	if err := d.nobodysFormat(ctx, by.Scope, token); err != nil {
		return "", err
	}
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		return rows.Append(vc.Entry{
			ID: newID(), Scope: by.Scope, At: d.now(), Action: "token.signed", Principal: by.Principal, Door: by.Door,
			Request: by.Request, Object: "identity/" + who.ID, Detail: "kid=" + key.Method,
		})
	})
	if err != nil {
		return "", err
	}
	return string(token), nil
}

// free decodes an object that a caller wants signed; pointer is where the caller gave it.
func free(raw []byte, pointer string) (map[string]any, error) {
	value, err := ijson.Decode(raw, ijson.Limits{Depth: claimsDepth, Bytes: maxFree})
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "token-malformed", "a JSON object is expected").Because(err).At(pointer)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, vc.Errorf(vc.Invalid, "token-malformed", "a JSON object is expected").At(pointer)
	}
	return object, nil
}

// signedFree signs: the caller's header but for what is the signer's to say.
func (d *Desk) signedFree(ctx context.Context, key vc.IdentityKey, header, payload []byte) ([]byte, error) {
	out := jose.Header{Alg: key.Key.Algorithm.JOSE(), Kid: key.Method, Typ: "JWT", Extra: map[string][]byte{}}
	all, err := ijson.Members(header, ijson.Limits{})
	if err != nil && header != nil {
		return nil, vc.Errorf(vc.Invalid, "token-malformed", "a JSON object is expected").At("/headers")
	}
	for _, member := range all {
		switch member.Name {
		case "alg", "kid":
		case "typ":
			out.Typ, _ = ijson.String(member.Value)
		case "cty":
			out.Cty, _ = ijson.String(member.Value)
		default:
			out.Extra[member.Name] = member.Value
		}
	}
	store, ok := d.Keys[key.Key.Store]
	if !ok {
		return nil, vc.Errorf(vc.Unavailable, "key-store", "the key store %q is not configured", key.Key.Store)
	}
	input := jose.Input(jose.EncodeHeader(out), payload)
	signature, err := store.Sign(ctx, key.Key, input)
	if err != nil {
		return nil, err
	}
	return jose.Join(input, signature), nil
}
