package ldp

import (
	"bytes"
	"context"
	"encoding/base64"
	"strconv"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Prepare implements [format.Format]. It checks what [Format.Check] does. A proof that the credential has already stays,
// and the new one stands beside it.
func (f Format) Prepare(ctx context.Context, m format.Material) (format.Unsigned, error) {
	suite, err := suiteOf(m.Suite)
	if err != nil {
		return nil, err
	}
	if err := f.check(ctx, m, suite, suite.JCS); err != nil { // an RDF suite reads the JSON-LD in any case
		return nil, err
	}
	return f.prepare(ctx, m.Credential, dataintegrity.Options{
		Suite: suite, Algorithm: m.Algorithm, Method: m.Method, Purpose: "assertionMethod", Created: m.Created,
	})
}

// Check refuses a credential whose JSON-LD does not say all that it holds: terms and types that no context defines,
// references that are relative, contexts that are not known. Errors are Invalid and point into the credential; of undefined terms
// the Details name all.
func (f Format) Check(ctx context.Context, m format.Material) error {
	suite, err := suiteOf(m.Suite)
	if err != nil {
		return err
	}
	return f.check(ctx, m, suite, true)
}

func (f Format) check(ctx context.Context, m format.Material, suite dataintegrity.Suite, linked bool) error {
	if m.Model != vc.VCDM11 && m.Model != vc.VCDM20 {
		return vc.Errorf(vc.Invalid, "model", "ldp has no data model %q", m.Model)
	}
	if !suite.Signs(m.Algorithm) {
		return vc.Errorf(vc.Invalid, "algorithm", "a key for %q does not sign with %s", m.Algorithm, suite.Name).At("/variant")
	}
	value, err := plain(m.Credential, m.Model, suite)
	if err != nil || !linked {
		return err
	}
	if _, err := f.processor().ToRDFValue(value, f.loader(ctx)); err != nil {
		return f.undefined(ctx, value, err)
	}
	return nil
}

// plain decodes a credential whose contexts stand where everybody looks for them, and are those that it needs.
func plain(document []byte, model vc.ModelVersion, suite dataintegrity.Suite) (any, error) {
	members, err := vcdm.Members(document)
	if err != nil {
		return nil, invalid(err)
	}
	if string(vcdm.VersionOf(members)) != string(model) {
		return nil, vc.Errorf(vc.Invalid, "model", "the first context is not that of data model %s", model).At("/@context")
	}
	value, err := ijson.Decode(document, ijson.Limits{})
	if err != nil {
		return nil, invalid(err)
	}
	if pointer, ok := contextWithin(value, "", true); ok {
		return nil, vc.Errorf(vc.Invalid, "context-within", "claims must not bring a context of their own: it could give their names another meaning").At(pointer)
	}
	if with, err := suite.WithContext(document); err != nil {
		return nil, invalid(err)
	} else if !suite.JCS && !bytes.Equal(with, document) {
		return nil, vc.Errorf(vc.Invalid, "suite-context", "a proof of %s needs the context %s", suite.Name, suite.Contexts[0]).At("/@context")
	}
	return value, nil
}

// contextWithin finds a context that does not stand at the top, where everybody looks for it.
func contextWithin(value any, pointer string, top bool) (string, bool) {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			if top && (name == "@context" || name == "proof") { // a proof of a JCS suite has the document's
				continue
			}
			at := pointer + "/" + ijson.Token(name)
			if name == "@context" {
				return at, true
			}
			if found, ok := contextWithin(inner, at, false); ok {
				return found, true
			}
		}
	case []any:
		for i, inner := range value {
			if found, ok := contextWithin(inner, pointer+"/"+strconv.Itoa(i), false); ok {
				return found, true
			}
		}
	}
	return "", false
}

func (f Format) prepare(ctx context.Context, document []byte, options dataintegrity.Options) (format.Unsigned, error) {
	prepared, err := dataintegrity.Prepare(ctx, document, options, f.canonicalizer(ctx))
	if err != nil {
		return nil, invalid(err)
	}
	return unsigned{prepared}, nil
}

// suiteOf finds a suite. A format with several has none of its own accord.
func suiteOf(name string) (dataintegrity.Suite, error) {
	if name == "" {
		return dataintegrity.Suite{}, vc.Errorf(vc.Invalid, "suite", "ldp needs a proof suite").At("/variant")
	}
	suite, err := dataintegrity.SuiteOf(name)
	if err != nil {
		return suite, vc.Errorf(vc.Invalid, "suite", "ldp has no proof suite %q", name).Because(err).At("/variant")
	}
	return suite, nil
}

// unsigned is a credential or presentation with a proof that waits for its signature.
type unsigned struct{ prepared dataintegrity.Prepared }

// Document gives the document with the proof, which lacks nothing but its signature.
func (u unsigned) Document() []byte {
	document := bytes.TrimSpace(u.prepared.Document)
	document = append(bytes.Clone(document[:len(document)-1]), `,"proof":`...)
	return append(append(document, u.prepared.Proof...), '}')
}

// Input gives what is to be signed: the hashes of options and document (Data Integrity 1.0 §4.2), for a predecessor with
// jws after its header.
func (u unsigned) Input() []byte { return u.prepared.Input }

// Secure writes the signature into the proof.
func (u unsigned) Secure(signature []byte) ([]byte, error) {
	secured, err := u.prepared.Secure(signature)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "signature", "the signature has not the form of its algorithm").Because(err)
	}
	return secured, nil
}

// Same compares credentials as JSON values (RFC 8785), and what a proof adds to them: a signer elsewhere uses the suite
// that was asked for, and its proof bounds nothing.
func (u unsigned) Same(secured format.Secured) error {
	same, err := ijson.Equal(u.prepared.Document, secured.Credential)
	if err != nil {
		return invalid(err)
	}
	if !same {
		return vc.Errorf(vc.Invalid, "payload-differs", "the signed credential does not say what was prepared").At("/credential")
	}
	for _, s := range secured.Signatures {
		if s.Suite != u.prepared.Options.Suite.Name || s.Purpose != u.prepared.Options.Purpose || !s.Expires.IsZero() {
			return vc.Errorf(vc.Invalid, "proof-differs", "the proof is not of the suite and purpose that were prepared, or expires").At("/credential")
		}
	}
	return nil
}

// Carries finds the signature in a proof: see [format.Carries].
func (Format) Carries(secured, signature []byte) bool {
	proofs, err := dataintegrity.Read(secured)
	if err != nil || len(signature) == 0 {
		return false
	}
	value := []byte(`"z` + base58.Encode(signature) + `"`)
	jws := []byte(`.` + base64.RawURLEncoding.EncodeToString(signature) + `"`)
	for _, proof := range proofs {
		if bytes.Contains(proof.Raw, value) || bytes.Contains(proof.Raw, jws) {
			return true
		}
	}
	return false
}
