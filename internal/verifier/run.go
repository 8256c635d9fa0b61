package verifier

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// run is one verification on its way.
type run struct {
	prover
	at     time.Time
	wanted []string // nil: all
	alone  bool     // the proof is not held against the issuer

	format     format.Format // that read it
	secured    format.Secured
	credential *vcdm.Credential
	report     Report
}

func (r *run) wants(name string) bool { return r.wanted == nil || slices.Contains(r.wanted, name) }

func (r *run) add(checks ...Check) { r.report.Checks = append(r.report.Checks, checks...) }

// all makes every check. An error is a fault of ours.
func (r *run) all(secured []byte) error {
	readable, err := r.read(secured)
	if err != nil {
		return err
	}
	if !readable {
		for _, name := range []string{CheckIssuer, CheckKey, CheckSignature, CheckValidity, CheckSchema, CheckStatus} {
			if r.wants(name) || name == CheckIssuer || name == CheckKey || name == CheckSignature {
				r.add(notChecked(name, "unreadable", "the credential could not be read", ""))
			}
		}
		return nil
	}
	proofs, err := r.bound()
	if err != nil {
		return err
	}
	r.add(proofs...)
	if r.wants(CheckValidity) {
		r.add(r.validity())
	}
	if r.wants(CheckSchema) {
		check, err := r.schema()
		if err != nil {
			return err
		}
		r.add(check)
	}
	if r.wants(CheckStatus) {
		check, err := r.status()
		if err != nil {
			return err
		}
		r.add(check)
	}
	return nil
}

// bound checks the proofs as the issuer's or, where they are looked at alone, each as that of whoever's method it names.
func (r *run) bound() ([]Check, error) {
	signatures := r.secured.Signatures
	if !r.alone || len(signatures) == 0 || len(signatures) > maxSignatures {
		return r.proofs(r.credential.Issuer.ID, signatures)
	}
	var whose, keys, proofs []Check
	for i, signature := range signatures {
		did, _, _ := strings.Cut(signature.Method, "#")
		if !strings.HasPrefix(did, "did:") { // a method of the issuer's document
			did = r.credential.Issuer.ID
		}
		checks, err := r.proofs(did, signatures[i:i+1])
		if err != nil {
			return nil, err
		}
		whose, keys, proofs = append(whose, checks[0]), append(keys, checks[1]), append(proofs, checks[2])
	}
	who := worst(whose)
	if who.Outcome == Passed {
		who = notChecked(CheckIssuer, CodeNotAsked, "nobody asked whether the issuer signed", citesIssuer)
	}
	if len(signatures) == 1 {
		return []Check{who, keys[0], proofs[0]}, nil
	}
	return []Check{who, gather(CheckKey, citesKey, keys), gather(CheckSignature, proofs[0].Cites, proofs)}, nil
}

// read tries each format, then the data model. Whatever goes on needs both.
func (r *run) read(secured []byte) (readable bool, err error) {
	const noModel = "the credential could not be read"
	check := unknownFormat()
	for _, f := range r.config.Formats {
		f = format.For(f, r.scope)
		out, err := f.Read(r.ctx, secured)
		var mine bool
		if check, mine, err = readCheck("a credential", out.Format, err); err != nil {
			return false, err
		}
		if mine {
			r.secured, r.format = out, f
			break
		}
	}
	r.add(check)
	if check.Outcome != Passed {
		r.add(notChecked(CheckDataModel, "unreadable", noModel, ""))
		return false, nil
	}
	r.report.Format, r.report.Model, r.report.Credential = r.secured.Format, r.secured.Model, r.secured.Credential
	if r.credential, err = vcdm.Parse(r.secured.Credential); err != nil {
		check := failed(CheckDataModel, "malformed", "the credential is not a JSON object that can be relied on", "")
		if e, ok := errors.AsType[*vcdm.Error](err); ok {
			check.Reason, check.Pointer = e.Message, e.Pointer
		}
		r.add(check)
		return false, nil
	}
	c := r.credential
	r.report.ID, r.report.Issuer, r.report.Types = c.ID, c.Issuer.ID, c.Types
	r.report.ValidFrom, r.report.ValidUntil = c.ValidFrom, c.ValidUntil
	r.add(r.dataModel())
	return true, nil
}

// readCheck says what one format made of the bytes. mine is false when they are not its own.
func readCheck(what, name string, failure error) (check Check, mine bool, err error) {
	if failure == nil {
		return passed(CheckFormat, what+" of format "+name, ""), true, nil
	}
	e, ok := errors.AsType[*vc.Error](failure)
	if !ok || e.Kind != vc.Invalid && e.Kind != vc.Unsupported {
		return Check{}, false, failure
	}
	if e.Code == "other-format" {
		return unknownFormat(), false, nil
	}
	return failed(CheckFormat, e.Code, e.Message, "").at(e.Pointer), true, nil
}

func unknownFormat() Check {
	return failed(CheckFormat, "unknown-format", "the bytes are not of any format this server reads", "")
}

func (r *run) dataModel() Check {
	return modelCheck("the credential", r.credential.Version, vcdm.Validate(r.credential))
}

func modelCheck(what string, version vcdm.Version, problems []vcdm.Problem) Check {
	if len(problems) == 0 {
		return passed(CheckDataModel, what+" follows the data model "+string(version), "VCDM 2.0 §4, VCDM 1.1 §4")
	}
	var children []Check
	for _, p := range problems {
		children = append(children, failed("rule", "data-model", p.Message, p.Cites).at(p.Pointer))
	}
	first := children[0]
	out := failed(CheckDataModel, "data-model", first.Reason, first.Cites).at(first.Pointer)
	if len(children) > 1 {
		out.Reason = fmt.Sprintf("%s; and %d more", first.Reason, len(children)-1)
	}
	out.Children = children
	return out
}

func (r *run) validity() Check {
	const cites = "VCDM 2.0 §4.9, VCDM 1.1 §4.6 and §4.8"
	return r.period(r.at, r.credential.ValidFrom, r.credential.ValidUntil, r.secured.Signatures, cites)
}

// period judges a document's own period and that of each proof.
func (s *Service) period(at, from, until time.Time, signatures []format.Signature, cites string) Check {
	for _, signature := range signatures {
		if signature.NotBefore.After(from) {
			from = signature.NotBefore
		}
		if !signature.Expires.IsZero() && (until.IsZero() || signature.Expires.Before(until)) {
			until = signature.Expires
		}
	}
	switch {
	case !from.IsZero() && at.Add(s.config.Leeway).Before(from):
		return failed(CheckValidity, "not-yet-valid", "it is valid only from "+stamp(from), cites)
	case !until.IsZero() && at.Add(-s.config.Leeway).After(until):
		return failed(CheckValidity, "expired", "it was valid until "+stamp(until), cites)
	}
	var words []string
	if !from.IsZero() {
		words = append(words, "from "+stamp(from))
	}
	if !until.IsZero() {
		words = append(words, "until "+stamp(until))
	} else {
		words = append(words, "without an end")
	}
	return passed(CheckValidity, "valid "+strings.Join(words, " "), cites)
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
