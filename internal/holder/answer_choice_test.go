package holder_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// TestAnswerChooses: the client's word, then what is still good, then what is newest; and all of it about one.
func TestAnswerChooses(t *testing.T) {
	w := newWorld(t)
	issuer := newPerson(t, "issuer")
	ada, eve := w.agent(vc.Ed25519), w.agent(vc.Ed25519)
	older := w.hold(issuer.resident(t, ada.DID, "OLDER"))
	named := w.take(issuer.resident(t, ada.DID, "NAMED"), "by name")
	if _, err := w.record(named, nil); err != nil {
		t.Fatal(err)
	}
	newest := w.hold(issuer.resident(t, ada.DID, "NEWEST"))
	theirs := w.hold(issuer.resident(t, "", "BEARER"))
	hers := w.hold(issuer.resident(t, eve.DID, "EVE"))
	w.desk.Wallet.Judge = standing(vc.Revoked)
	revoked, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: issuer.resident(t, ada.DID, "REVOKED")})
	must(t, err)
	given := func(id, name string) string {
		return id + ` "constraints":{"fields":[{"path":["$.credentialSubject.givenName"],"filter":{"const":"` + name + `"}}]}`
	}
	any := defined("one " + schema(residentIRI))
	for name, c := range map[string]struct {
		p      holder.Presenting
		held   []string
		signer string
	}{
		"the newest":        {holder.Presenting{Definition: any}, []string{hers}, eve.DID},
		"a signer":          {holder.Presenting{Definition: any, Signer: ada.DID, Choice: map[string][]string{"one": {newest}}}, []string{newest}, ada.DID},
		"by id":             {holder.Presenting{Definition: any, Choice: map[string][]string{"one": {older}}}, []string{older}, ada.DID},
		"by name":           {holder.Presenting{Definition: any, Choice: map[string][]string{"one": {"by name"}}}, []string{named.View().Held.ID}, ada.DID},
		"of several":        {holder.Presenting{Definition: any, Choice: map[string][]string{"one": {older, newest}}}, []string{newest}, ada.DID},
		"revoked if asked":  {holder.Presenting{Definition: any, Choice: map[string][]string{"one": {revoked.Held.ID}}}, []string{revoked.Held.ID}, ada.DID},
		"about nobody":      {holder.Presenting{Definition: any, Choice: map[string][]string{"one": {theirs}}}, []string{theirs}, ""},
		"named credentials": {holder.Presenting{Definition: any, Held: []string{older}}, []string{older}, ada.DID},
		"two":               {holder.Presenting{Definition: defined(given("a", "OLDER"), given("b", "NEWEST"))}, []string{older, newest}, ada.DID},
		"one for two":       {holder.Presenting{Definition: defined(given("a", "OLDER"), "b "+schema(residentIRI)), Choice: map[string][]string{"b": {older}}}, []string{older}, ada.DID},
		"nothing asked":     {holder.Presenting{Held: []string{older}}, []string{older}, ada.DID},
		"with about nobody": {holder.Presenting{Definition: defined(given("a", "BEARER"), given("b", "EVE"))}, []string{theirs, hers}, eve.DID},
	} {
		t.Run(name, func(t *testing.T) {
			made, report := w.answered(c.p)
			if !slices.Equal(made.Held(), c.held) || c.signer != "" && made.Holder() != c.signer || report.Holder != made.Holder() {
				t.Errorf("%v by %s\n%s", made.Held(), made.Holder(), made.Presentation())
			}
			if report.Outcome != verifier.Passed {
				t.Errorf("%+v", report.Checks)
			}
		})
	}
	for name, c := range map[string]struct {
		p    holder.Presenting
		kind vc.Kind
		code string
	}{
		"nothing fits":      {holder.Presenting{Definition: defined("one " + schema("https://x.example/T"))}, vc.Invalid, "descriptor-unmet"},
		"the choice is not": {holder.Presenting{Definition: defined(given("a", "OLDER")), Choice: map[string][]string{"a": {newest}}}, vc.Invalid, "descriptor-unmet"},
		"an empty choice":   {holder.Presenting{Definition: any, Choice: map[string][]string{"one": {}}}, vc.Invalid, "descriptor-unmet"},
		"of no descriptor":  {holder.Presenting{Definition: any, Choice: map[string][]string{"two": {older}}}, vc.Invalid, "choice-unknown"},
		"of two people":     {holder.Presenting{Definition: defined(given("a", "OLDER"), given("b", "EVE"))}, vc.Invalid, "descriptor-unmet"},
		"hers, by him":      {holder.Presenting{Definition: defined(given("a", "EVE")), Signer: ada.DID}, vc.Invalid, "descriptor-unmet"},
		"two, unasked":      {holder.Presenting{Held: []string{older, hers}}, vc.Invalid, "holder-mismatch"},
		"who must hold": {
			holder.Presenting{Definition: defined(`a "constraints":{"is_holder":[{"directive":"required","field_id":["f"]}],` +
				`"fields":[{"id":"f","path":["$.credentialSubject.givenName"],"filter":{"const":"BEARER"}}]}`)}, vc.Invalid, "descriptor-unmet",
		},
		"no such credential": {holder.Presenting{Definition: any, Held: []string{uuid.NewString()}}, vc.NotFound, "held-not-found"},
		"nobody's DID":       {holder.Presenting{Definition: any, Signer: "did:example:nobody"}, vc.NotFound, "identity-not-found"},
		"no definition":      {holder.Presenting{Definition: []byte(`{}`)}, vc.Invalid, "definition-invalid"},
		"another format": {
			holder.Presenting{Definition: []byte(`{"id":"d","format":{"jwt_vp":{"alg":["EdDSA"]}},"input_descriptors":[{"id":"a",` + schema(residentIRI) + `}]}`)},
			vc.Unsupported, "format-not-offered",
		},
		"another proof": {
			holder.Presenting{Definition: []byte(`{"id":"d","format":{"ldp_vp":{"proof_type":["EcdsaSecp256r1Signature2019"]}},"input_descriptors":[{"id":"a",` + schema(residentIRI) + `}]}`)},
			vc.Unsupported, "format-not-offered",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.p.Embed, c.p.Nonce = true, challenged
			_, err := w.desk.Answer(t.Context(), w.by, c.p)
			w.fails(err, c.kind, c.code)
		})
	}
}

// TestAnswerSuites: the definition's word, else what agents of the key's kind know.
func TestAnswerSuites(t *testing.T) {
	w := newWorld(t)
	issuer := newPerson(t, "issuer")
	for name, c := range map[string]struct {
		algorithm   vc.Algorithm
		taken, want string
	}{
		"Ed25519":           {vc.Ed25519, "", "Ed25519Signature2018"},
		"P-256":             {vc.P256, "", "EcdsaSecp256r1Signature2019"},
		"secp256k1":         {vc.Secp256k1, "", "EcdsaSecp256k1Signature2019"},
		"2020":              {vc.Ed25519, `"Ed25519Signature2020","Ed25519Signature2018"`, "Ed25519Signature2020"},
		"one that it signs": {vc.Ed25519, `"BbsBlsSignature2020","EcdsaSecp256r1Signature2019","Ed25519Signature2018"`, "Ed25519Signature2018"},
		"Data Integrity":    {vc.Ed25519, `"DataIntegrityProof"`, "DataIntegrityProof"},
	} {
		t.Run(name, func(t *testing.T) {
			who := w.agent(c.algorithm)
			id := w.hold(issuer.resident(t, who.DID, "ALICE"))
			definition := `{"id":"d","input_descriptors":[{"id":"one",` + schema(residentIRI) + `}]`
			if c.taken != "" {
				definition += `,"format":{"ldp_vp":{"proof_type":[` + c.taken + `]}}`
			}
			made, report := w.answered(holder.Presenting{Definition: []byte(definition + "}"), Choice: map[string][]string{"one": {id}}})
			var shown struct{ Proof struct{ Type string } }
			must(t, json.Unmarshal(made.Presentation(), &shown))
			if shown.Proof.Type != c.want || report.Outcome != verifier.Passed {
				t.Errorf("%s, %+v", shown.Proof.Type, report.Checks)
			}
		})
	}
}

// TestAnswerBeside: where nobody wants it inside, the submission stands beside, whatever the format.
func TestAnswerBeside(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.agent(vc.Ed25519)
	w.hold(issuer.credential(t, vc.VCDM11, ada.DID, "MSc"))
	definition := defined(`one "constraints":{"fields":[{"path":["$.credentialSubject.degree","$.vc.credentialSubject.degree"]}]}`)
	made, err := w.desk.Answer(t.Context(), w.by, holder.Presenting{Definition: definition, Nonce: challenged})
	must(t, err)
	report, err := w.judge.VerifyPresentation(t.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, made.Presentation(),
		verifier.PresentationOptions{Nonce: challenged, Definition: definition, Submission: made.Submission()})
	must(t, err)
	if report.Outcome != verifier.Passed || len(report.Matches) != 1 || report.Format != "jwtvc" {
		t.Errorf("%+v", report.Checks)
	}
	_, err = w.desk.Answer(t.Context(), w.by, holder.Presenting{Definition: definition, Nonce: challenged, Embed: true})
	w.fails(err, vc.Invalid, "descriptor-unmet")
}

// TestAnswerNobody: a wallet without a DID signs nothing.
func TestAnswerNobody(t *testing.T) {
	w := newWorld(t)
	w.hold(newPerson(t, "issuer").resident(t, "", "BEARER"))
	_, err := w.desk.Answer(t.Context(), w.by, holder.Presenting{Definition: defined("one " + schema(residentIRI)), Embed: true})
	w.fails(err, vc.NotFound, "holder-not-found")
}

// TestAnswerNothing: who asks for nothing in particular is not shown the wallet.
func TestAnswerNothing(t *testing.T) {
	w := newWorld(t)
	ada := w.agent(vc.Ed25519)
	w.hold(newPerson(t, "issuer").resident(t, ada.DID, "ALICE"))
	made, err := w.desk.Answer(t.Context(), w.by, holder.Presenting{Definition: defined(), Nonce: challenged, Signer: ada.DID, Embed: true})
	if err == nil && len(made.Held()) != 0 {
		t.Errorf("%d credentials are shown", len(made.Held()))
	}
}
