package issuer

import (
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// chooseVariant finds the shape by the variant's name, by the name of a format, or by both, which must then agree.
func (d *Desk) chooseVariant(c *Complete) (err error) {
	name, wanted := c.Order.Variant, c.Order.Format
	var known bool
	if name == "" && wanted != "" {
		if c.format, err = d.format(c.scope, wanted); err != nil {
			return placed(err, "/variant")
		}
		c.Variant, known = c.Kind.VariantOf(wanted)
	} else {
		c.Variant, known = c.Kind.Variant(name)
	}
	switch {
	case !known && name != "":
		return vc.Errorf(vc.Invalid, "no-variant", "the credential type has no variant %q", name).At("/variant")
	case !known, wanted != "" && c.Variant.Format != wanted:
		return vc.Errorf(vc.Invalid, "no-variant", "the credential type has no such variant of format %q", wanted).At("/variant")
	}
	c.format, err = d.format(c.scope, c.Variant.Format)
	return placed(err, "/variant")
}

// pair takes, of an identity with several keys, the newest that the suite is taken with; where there is none, suiteFits tells
// what is wrong with the newest of all.
func (c *Complete) pair() {
	suite, ok := format.SuiteOf(c.format, c.Variant.Suite)
	if !ok {
		return
	}
	key, found := identity.Newest(c.Identity, func(key vc.IdentityKey) bool {
		return suite.Signs(key.Key.Algorithm.JOSE()) && c.listedFor(suite, c.Identity.DID, key.Method)
	})
	if found {
		c.Key = key
	}
}

// fit takes, where the order names no variant and no key of the issuer can sign its suite, the type's first variant of the same
// format that one can. With a single variant there is no choice, and suiteFits tells what is wrong with it.
func (d *Desk) fit(c *Complete) error {
	if c.elsewhere || c.Order.Variant != "" || len(format.Suites(c.format)) == 0 {
		return nil
	}
	candidates := []vc.Variant{c.Variant}
	for _, variant := range c.Kind.Type.Variants {
		if variant.Format == c.Variant.Format && variant.Name != c.Variant.Name {
			candidates = append(candidates, variant)
		}
	}
	if len(candidates) == 1 {
		return nil
	}
	for _, variant := range candidates {
		trial := *c
		trial.Variant = variant
		if c.Order.Method == "" {
			trial.pair()
		}
		if suite, ok := format.SuiteOf(c.format, variant.Suite); ok && suite.Secures(variant.Model) &&
			suite.Signs(trial.Key.Key.Algorithm.JOSE()) && c.listedFor(suite, c.Identity.DID, trial.Key.Method) {
			c.Variant, c.Key = variant, trial.Key
			c.Method, c.Algorithm = c.Key.Method, c.Key.Key.Algorithm.JOSE()
			return nil
		}
	}
	return vc.Errorf(vc.Invalid, "no-variant", "the credential type has no variant whose proof the issuer's keys can make").At("/issuer")
}

// listedFor says whether others take a proof of the suite with what the issuer's document lists the key as. Whoever resolves a
// did:key writes the document, in the form that the suite asks for.
func (c *Complete) listedFor(suite format.Suite, issuer, method string) bool {
	if suite.Methods == nil || strings.HasPrefix(issuer, "did:key:") {
		return true
	}
	listed, ok := c.Document.Method(method)
	return !ok || slices.Contains(suite.Methods, listed.Type)
}
