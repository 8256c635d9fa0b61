package issuer_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

func TestSignToken(t *testing.T) {
	for _, algorithm := range []vc.Algorithm{vc.Ed25519, vc.P256} {
		w := newWorld(t, ldp.Format{})
		who, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: algorithm})
		w.must(err)
		document, err := diddoc.Parse(who.Document)
		w.must(err)
		key, err := document.VerificationMethods[0].PublicKey()
		w.must(err)
		for name, token := range map[string]issuer.NewToken{
			"a DID":     {DID: who.DID, Payload: []byte(`{"a":"0","iss":"` + who.DID + `","sub":"did:example:s","aud":"x"}`)},
			"a method":  {Method: who.Keys[0].Method, Payload: []byte(`{}`)},
			"a header":  {DID: who.DID, Header: []byte(`{"typ":"my-type","alg":"none","kid":"did:example:other#1","extra":{"a":[1]}}`), Payload: []byte(`{"nonce":"n"}`)},
			"a content": {DID: who.DID, Header: []byte(`{"cty":"JSON"}`), Payload: []byte(`{"status":"open","type":"Thing","deep":{"type":"x"}}`)},
		} {
			signed, err := w.SignToken(t.Context(), w.by, token)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			compact, err := jose.ParseCompact([]byte(signed))
			w.must(err)
			if err := compact.Verify(key); err != nil || compact.Header.Kid != who.Keys[0].Method || compact.Header.Alg != algorithm.JOSE() ||
				string(compact.Payload) != string(token.Payload) || compact.Header.Typ == "" {
				t.Errorf("%s: %+v, %v", name, compact.Header, err)
			}
		}
	}
}

// TestMintRefused: law 1 of the house through the one route that signs what a caller wrote.
func TestMintRefused(t *testing.T) {
	w := newWorld(t, ldp.Format{})
	who, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: vc.Ed25519})
	w.must(err)
	const credential = `"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"credentialSubject":{"id":"did:example:s"}`
	for name, c := range map[string]struct{ header, payload string }{
		"a VC-JWT of 1.1":          {``, `{"vc":{` + strings.Replace(credential, "ns/credentials/v2", "2018/credentials/v1", 1) + `},"iss":"` + who.DID + `"}`},
		"a VP-JWT of 1.1":          {``, `{"vp":{"type":["VerifiablePresentation"]}}`},
		"vc by an escape":          {``, `{"\u0076c":{}}`},
		"a vc+jwt":                 {`{"typ":"vc+jwt"}`, `{` + credential + `}`},
		"its payload":              {``, `{` + credential + `}`},
		"its payload within":       {``, `{"data":{` + credential + `}}`},
		"a vp+jwt":                 {`{"typ":"vp+jwt"}`, `{"a":1}`},
		"a type in capitals":       {`{"typ":"VC+JWT"}`, `{"a":1}`},
		"a media type":             {`{"typ":"application/vc+jwt"}`, `{"a":1}`},
		"a content":                {`{"cty":"vc"}`, `{"a":1}`},
		"vc+ld+jwt":                {`{"typ":"vc+ld+json+jwt"}`, `{"a":1}`},
		"an SD-JWT VC":             {`{"typ":"dc+sd-jwt"}`, `{"vct":"https://x.example/t"}`},
		"its type alone":           {`{"typ":"vc+sd-jwt"}`, `{"a":1}`},
		"its payload alone":        {``, `{"vct":"https://x.example/t","iss":"` + who.DID + `"}`},
		"digests":                  {``, `{"a":{"b":{"_sd":["x"]}}}`},
		"digests in a list":        {``, `{"a":[{"...":"x"}]}`},
		"a digest algorithm":       {``, `{"_sd_alg":"sha-256"}`},
		"a key binding":            {`{"typ":"kb+jwt"}`, `{"sd_hash":"x"}`},
		"a confirmation":           {``, `{"cnf":{"jwk":{}}}`},
		"a status list token":      {`{"typ":"statuslist+jwt"}`, `{"status_list":{"bits":1,"lst":"x"}}`},
		"its payload, untyped":     {``, `{"status_list":{"bits":1,"lst":"x"}}`},
		"a place in one":           {``, `{"status":{"status_list":{"idx":0,"uri":"x"}}}`},
		"a list as subject":        {``, `{"type":"BitstringStatusList","encodedList":"u"}`},
		"a list by IRI":            {``, `{"type":["https://www.w3.org/ns/credentials/status#BitstringStatusListCredential"]}`},
		"JSON-LD":                  {``, `{"@context":"https://www.w3.org/ns/credentials/v2"}`},
		"a presentation's type":    {``, `{"type":"VerifiablePresentation"}`},
		"an access token":          {`{"typ":"at+jwt"}`, `{"iss":"x","sub":"y"}`},
		"a token of ours":          {``, `{"iss":"` + publicURL + `","sub":"y"}`},
		"a tenant's":               {``, `{"iss":"` + publicURL + `/t/one","sub":"y"}`},
		"a scope":                  {``, `{"scope":"all"}`},
		"a holder's token":         {`{"typ":"holder+jwt"}`, `{"sub":"y"}`},
		"a self-issued ID token":   {``, `{"iss":"` + who.DID + `","sub":"` + who.DID + `","aud":"x","nonce":"n"}`},
		"one without a nonce":      {``, `{"iss":"` + who.DID + `","sub":"` + who.DID + `"}`},
		"a proof of OpenID4VCI":    {`{"typ":"openid4vci-proof+jwt"}`, `{"aud":"x","nonce":"n"}`},
		"an untyped one":           {``, `{"aud":"x","nonce":"n","iat":1}`},
		"a request object":         {`{"typ":"oauth-authz-req+jwt"}`, `{"client_id":"x"}`},
		"an untyped request":       {``, `{"client_id":"x","response_type":"vp_token"}`},
		"an entity statement":      {`{"typ":"entity-statement+jwt"}`, `{"a":1}`},
		"a JsonWebSignature2020":   {`{"b64":false,"crit":["b64"]}`, `{"a":1}`},
		"unencoded":                {`{"b64":false}`, `{"a":1}`},
		"critical":                 {`{"crit":["x"],"x":1}`, `{"a":1}`},
		"another's key":            {`{"jwk":{"kty":"OKP"}}`, `{"a":1}`},
		"another's key, elsewhere": {`{"jku":"https://x.example"}`, `{"a":1}`},
		"a certificate":            {`{"x5c":["x"]}`, `{"a":1}`},
		"its digest":               {`{"x5t#S256":"x"}`, `{"a":1}`},
		"a type that is no text":   {`{"typ":["vc+jwt"]}`, `{"a":1}`},
		"a submission":             {``, `{"presentation_submission":{}}`},
		"a credential, long ago":   {``, `{"a":{"credentialSubject":{}}}`},
		"a presentation's inside":  {``, `{"verifiableCredential":[]}`},
	} {
		t.Run(name, func(t *testing.T) {
			token := issuer.NewToken{DID: who.DID, Payload: []byte(c.payload)}
			if c.header != "" {
				token.Header = []byte(c.header)
			}
			signed, err := w.SignToken(t.Context(), w.by, token)
			if code(err) != "mint-refused" || vc.KindOf(err) != vc.Invalid || signed != "" {
				t.Errorf("%q, %v", signed, err)
			}
		})
	}
}

func TestSignTokenRefuses(t *testing.T) {
	w := newWorld(t)
	who, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: vc.Ed25519})
	w.must(err)
	wallet, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Method: "key", Algorithm: vc.Ed25519, Holding: true})
	w.must(err)
	for name, c := range map[string]struct {
		token issuer.NewToken
		code  string
	}{
		"no payload":         {issuer.NewToken{DID: who.DID}, "token-malformed"},
		"a list":             {issuer.NewToken{DID: who.DID, Payload: []byte(`[]`)}, "token-malformed"},
		"twice a member":     {issuer.NewToken{DID: who.DID, Payload: []byte(`{"a":1,"a":2}`)}, "token-malformed"},
		"a header of a list": {issuer.NewToken{DID: who.DID, Header: []byte(`[]`), Payload: []byte(`{}`)}, "token-malformed"},
		"deep":               {issuer.NewToken{DID: who.DID, Payload: []byte(`{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`)}, "token-malformed"},
		"large":              {issuer.NewToken{DID: who.DID, Payload: []byte(`{"a":"` + strings.Repeat("x", 300<<10) + `"}`)}, "token-malformed"},
		"nobody's DID":       {issuer.NewToken{DID: "did:key:unknown", Payload: []byte(`{}`)}, "identity-not-found"},
		"a wallet's DID":     {issuer.NewToken{DID: wallet.DID, Payload: []byte(`{}`)}, "identity-not-found"},
		"another method":     {issuer.NewToken{DID: who.DID, Method: who.DID + "#other", Payload: []byte(`{}`)}, "key-not-found"},
	} {
		if _, err := w.SignToken(t.Context(), w.by, c.token); code(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.tenant(func(rows access.Rows) error { return rows.UpdateOrganisation(w.organisation(false)) })
	if _, err := w.SignToken(t.Context(), w.by, issuer.NewToken{DID: who.DID, Payload: []byte(`{}`)}); code(err) != "not-an-issuer" {
		t.Error(err)
	}
}
