package key

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/didtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

func TestLaws(t *testing.T) {
	didtest.Run(t, didtest.Subject{
		Method: Method{},
		Broken: []string{
			"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doKx", // one character more
			"did:key:x6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
			"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
			"did:key:z0",
		},
	})
}

func TestCannotRotate(t *testing.T) {
	if _, ok := did.Method(Method{}).(did.Rotator); ok {
		t.Error("a did:key does not change")
	}
}

const (
	ed25519 = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
	p256    = "did:key:zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"
)

// TestForms: an Ed25519 key in each form that a suite asks for, with its X25519 sibling in the form that goes with it.
func TestForms(t *testing.T) {
	for asked, sibling := range map[string]string{
		"": diddoc.Multikey, diddoc.Multikey: diddoc.Multikey, diddoc.JSONWebKey: diddoc.JSONWebKey, diddoc.JSONWebKey2020: diddoc.JSONWebKey2020,
		diddoc.Ed25519VerificationKey2018: diddoc.X25519KeyAgreementKey2019, diddoc.Ed25519VerificationKey2020: diddoc.X25519KeyAgreementKey2020,
	} {
		plain := formed(t, ed25519, diddoc.ResolutionOptions{})
		document := formed(t, ed25519, diddoc.ResolutionOptions{PublicKeyFormat: asked})
		want := asked
		if want == "" {
			want = diddoc.Multikey
		}
		if len(document.VerificationMethods) != 2 || document.VerificationMethods[0].Type != want || document.VerificationMethods[1].Type != sibling {
			t.Errorf("%q: %+v", asked, document.VerificationMethods)
			continue
		}
		first, second := document.VerificationMethods[0], document.VerificationMethods[1]
		if !document.Has(diddoc.AssertionMethod, first.ID) || !document.Has(diddoc.KeyAgreement, second.ID) || document.Has(diddoc.KeyAgreement, first.ID) {
			t.Errorf("%q: %+v", asked, document.Relationships)
		}
		key, err := first.PublicKey()
		if other, otherErr := plain.VerificationMethods[0].PublicKey(); err != nil || otherErr != nil || !key.Equal(other) {
			t.Errorf("%q: another key: %v, %v", asked, err, otherErr)
		}
		agreement, err := second.AgreementKey()
		if other, otherErr := plain.VerificationMethods[1].AgreementKey(); err != nil || otherErr != nil || !agreement.Equal(other) {
			t.Errorf("%q: another key for agreement: %v, %v", asked, err, otherErr)
		}
		alone := formed(t, ed25519, diddoc.ResolutionOptions{PublicKeyFormat: asked, NoDerivedKeys: true})
		if len(alone.VerificationMethods) != 1 || len(alone.Relationships[diddoc.KeyAgreement]) != 0 {
			t.Errorf("%q: %+v", asked, alone)
		}
	}
	if document := formed(t, p256, diddoc.ResolutionOptions{NoDerivedKeys: true}); !document.Has(diddoc.KeyAgreement, document.VerificationMethods[0].ID) {
		t.Error("a P-256 key is its own for key agreement")
	}
	for _, keyType := range []string{diddoc.Ed25519VerificationKey2018, diddoc.Ed25519VerificationKey2020, diddoc.X25519KeyAgreementKey2020, "Nonsense"} {
		_, err := Method{}.ResolveAs(t.Context(), p256, diddoc.ResolutionOptions{PublicKeyFormat: keyType})
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid || e.Code != did.CodeUnsupportedKeyTypes {
			t.Errorf("%s: %v", keyType, err)
		}
	}
}

func formed(t *testing.T, text string, options diddoc.ResolutionOptions) diddoc.Document {
	t.Helper()
	resolution, err := Method{}.ResolveAs(t.Context(), text, options)
	if err != nil {
		t.Fatal(err)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		t.Fatal(err)
	}
	return document
}
