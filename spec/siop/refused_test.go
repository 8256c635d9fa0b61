package siop

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestRefusedRequests(t *testing.T) {
	const least = `"client_id":"c","nonce":"n","response_type":"id_token"`
	for name, c := range map[string]struct{ payload, code, pointer string }{
		"no JSON":                   {`x`, CodePayload, ""},
		"no object":                 {`[]`, CodePayload, ""},
		"twice":                     {`{` + least + `,"nonce":"m"}`, CodePayload, "/nonce"},
		"no nonce":                  {`{"client_id":"c","response_type":"id_token"}`, CodeClaim, "/nonce"},
		"empty nonce":               {`{"client_id":"c","response_type":"id_token","nonce":""}`, CodeClaim, "/nonce"},
		"nonce a number":            {`{"client_id":"c","response_type":"id_token","nonce":1}`, CodeClaim, "/nonce"},
		"no client":                 {`{"nonce":"n","response_type":"id_token"}`, CodeClaim, "/client_id"},
		"client a list":             {`{"nonce":"n","response_type":"id_token","client_id":["c"]}`, CodeClaim, "/client_id"},
		"no response type":          {`{"client_id":"c","nonce":"n"}`, CodeClaim, "/response_type"},
		"claims and no type":        {`{"client_id":"c","nonce":"n","claims":{"vp_token":{}}}`, CodeClaim, "/response_type"},
		"another response type":     {`{"client_id":"c","nonce":"n","response_type":"code"}`, CodeClaim, "/response_type"},
		"one more response type":    {`{"client_id":"c","nonce":"n","response_type":"id_token code"}`, CodeClaim, "/response_type"},
		"exp a string":              {`{` + least + `,"exp":"1"}`, CodeClaim, "/exp"},
		"exp null":                  {`{` + least + `,"exp":null}`, CodeClaim, "/exp"},
		"exp in microseconds":       {`{` + least + `,"exp":1672325120000000}`, CodeClaim, "/exp"},
		"iat before 1970":           {`{` + least + `,"iat":-1}`, CodeClaim, "/iat"},
		"aud a number":              {`{` + least + `,"aud":1}`, CodeClaim, "/aud"},
		"state an object":           {`{` + least + `,"state":{}}`, CodeClaim, "/state"},
		"definition a string":       {`{` + least + `,"presentation_definition":"{}"}`, CodeClaim, "/presentation_definition"},
		"metadata a string":         {`{` + least + `,"client_metadata":"{}"}`, CodeClaim, "/client_metadata"},
		"a name a number":           {`{` + least + `,"registration":{"client_name":1}}`, CodeClaim, "/registration/client_name"},
		"syntax types a string":     {`{` + least + `,"client_metadata":{"subject_syntax_types_supported":"did"}}`, CodeClaim, "/client_metadata/subject_syntax_types_supported"},
		"a syntax type a number":    {`{` + least + `,"client_metadata":{"subject_syntax_types_supported":[1]}}`, CodeClaim, "/client_metadata/subject_syntax_types_supported"},
		"claims a string":           {`{` + least + `,"claims":"x"}`, CodeClaim, "/claims"},
		"vp_token a string":         {`{` + least + `,"claims":{"vp_token":"x"}}`, CodeClaim, "/claims/vp_token"},
		"early definition a string": {`{` + least + `,"claims":{"vp_token":{"presentation_definition":1}}}`, CodeClaim, "/claims/vp_token/presentation_definition"},
		"both metadata":             {`{` + least + `,"client_metadata":{},"registration":{}}`, CodeConflict, "/registration"},
		"metadata and URI":          {`{` + least + `,"client_metadata":{},"client_metadata_uri":"u"}`, CodeConflict, "/client_metadata_uri"},
		"definition and URI":        {`{` + least + `,"presentation_definition":{},"presentation_definition_uri":"u"}`, CodeConflict, "/presentation_definition_uri"},
		"two definitions":           {`{` + least + `,"presentation_definition":{"id":"1"},"claims":{"vp_token":{"presentation_definition":{"id":"2"}}}}`, CodeConflict, "/claims/vp_token/presentation_definition"},
		"two endpoints":             {`{` + least + `,"response_mode":"direct_post","response_uri":"https://a.example","redirect_uri":"https://b.example"}`, CodeConflict, "/redirect_uri"},
		"too large":                 {`{` + least + `,"x":"` + strings.Repeat("x", MaxPayload) + `"}`, CodePayload, ""},
	} {
		_, err := ParseRequest([]byte(c.payload))
		if fault := (*Error)(nil); !errors.As(err, &fault) || fault.Code != c.code || fault.Pointer != c.pointer {
			t.Errorf("%s: %v, want %s at %q", name, err, c.code, c.pointer)
		}
	}
	for name, payload := range map[string]string{
		"types in either order": `{"client_id":"c","nonce":"n","response_type":"id_token vp_token"}`,
		"one definition twice":  `{` + least + `,"presentation_definition":{"id":"1"},"claims":{"vp_token":{"presentation_definition":{ "id":"1"}}}}`,
	} {
		if r, err := ParseRequest([]byte(payload)); err != nil || r.ResponseType != ResponseBoth {
			t.Errorf("%s: %v %v", name, r, err)
		}
	}
	one := `{` + least + `,"response_mode":"direct_post","response_uri":"https://a.example","redirect_uri":"https://a.example"}`
	if r, err := ParseRequest([]byte(one)); err != nil || r.ResponseURI != "https://a.example" || r.RedirectURI != "" {
		t.Error(r, err)
	}
}

func TestRefusedIDTokens(t *testing.T) {
	for name, c := range map[string]struct{ payload, code, pointer string }{
		"no JSON":            {`x`, CodePayload, ""},
		"twice":              {`{"iss":"a","sub":"a","sub":"b"}`, CodePayload, "/sub"},
		"no iss":             {`{"sub":"a"}`, CodeClaim, "/iss"},
		"no sub":             {`{"iss":"a"}`, CodeClaim, "/sub"},
		"sub a number":       {`{"iss":"a","sub":1}`, CodeClaim, "/sub"},
		"sub_jwk a string":   {`{"iss":"a","sub":"a","sub_jwk":"{}"}`, CodeClaim, "/sub_jwk"},
		"exp a string":       {`{"iss":"a","sub":"a","exp":"1311281970"}`, CodeClaim, "/exp"},
		"nonce null":         {`{"iss":"a","sub":"a","nonce":null}`, CodeClaim, "/nonce"},
		"_vp_token a string": {`{"iss":"a","sub":"a","_vp_token":"x"}`, CodeClaim, "/_vp_token"},
		"submission":         {`{"iss":"a","sub":"a","_vp_token":{"presentation_submission":[]}}`, CodeClaim, "/_vp_token/presentation_submission"},
		"two submissions":    {`{"iss":"a","sub":"a","presentation_submission":{"id":"1"},"_vp_token":{"presentation_submission":{}}}`, CodeConflict, "/_vp_token/presentation_submission"},
	} {
		_, err := ParseIDToken([]byte(c.payload))
		if fault := (*Error)(nil); !errors.As(err, &fault) || fault.Code != c.code || fault.Pointer != c.pointer {
			t.Errorf("%s: %v, want %s at %q", name, err, c.code, c.pointer)
		}
	}
}

func TestJudge(t *testing.T) {
	now := time.Unix(1700000000, 0)
	request := Request{ClientID: "did:web:v.example", Nonce: "n", State: "s", Client: &ClientMetadata{SubjectTypes: []string{"did:key", SyntaxThumbprint}}}
	token := IDToken{
		Issuer: "did:key:z6Mk", Subject: "did:key:z6Mk", Audience: []string{"x", "did:web:v.example"}, Nonce: "n",
		IssuedAt: now, Expires: now.Add(time.Minute),
	}
	thumbprint := func(t *IDToken) {
		t.Issuer, t.Subject, t.SubjectJWK = ed25519Thumbprint, ed25519Thumbprint, []byte(ed25519JWK)
	}
	for name, c := range map[string]struct {
		change func(*IDToken, *Request)
		leeway time.Duration
		want   string // code and pointer
	}{
		"well":                 {func(*IDToken, *Request) {}, 0, ""},
		"well, thumbprint":     {func(t *IDToken, _ *Request) { thumbprint(t) }, 0, ""},
		"well, v2":             {func(t *IDToken, _ *Request) { t.Issuer = SelfIssued }, 0, ""},
		"well, v1":             {func(t *IDToken, _ *Request) { t.Issuer = SelfIssuedV1 }, 0, ""},
		"well, state":          {func(t *IDToken, _ *Request) { t.State = "s" }, 0, ""},
		"well, any subject":    {func(t *IDToken, r *Request) { r.Client = nil; t.Issuer, t.Subject = "did:x:1", "did:x:1" }, 0, ""},
		"well, any DID":        {func(_ *IDToken, r *Request) { r.Client = &ClientMetadata{SubjectTypes: []string{"did"}} }, 0, ""},
		"well, early DID":      {func(_ *IDToken, r *Request) { r.Client = &ClientMetadata{SubjectTypes: []string{"did:key:"}} }, 0, ""},
		"issuer":               {func(t *IDToken, _ *Request) { t.Issuer = "https://op.example" }, 0, "issuer /iss"},
		"audience":             {func(t *IDToken, _ *Request) { t.Audience = []string{"x"} }, 0, "audience /aud"},
		"no audience":          {func(t *IDToken, _ *Request) { t.Audience = nil }, 0, "audience /aud"},
		"no client":            {func(t *IDToken, r *Request) { t.Audience = []string{""}; r.ClientID = "" }, 0, "audience /aud"},
		"nonce":                {func(t *IDToken, _ *Request) { t.Nonce = "m" }, 0, "nonce /nonce"},
		"no nonce at all":      {func(t *IDToken, r *Request) { t.Nonce, r.Nonce = "", "" }, 0, "nonce /nonce"},
		"state":                {func(t *IDToken, _ *Request) { t.State = "r" }, 0, "state /state"},
		"expired":              {func(t *IDToken, _ *Request) { t.Expires = now }, 0, "expired /exp"},
		"expired, leeway":      {func(t *IDToken, _ *Request) { t.Expires = now }, time.Second, ""},
		"future":               {func(t *IDToken, _ *Request) { t.IssuedAt = now.Add(2 * time.Second) }, time.Second, "not-yet-valid /iat"},
		"future, leeway":       {func(t *IDToken, _ *Request) { t.IssuedAt = now.Add(2 * time.Second) }, 2 * time.Second, ""},
		"not before":           {func(t *IDToken, _ *Request) { t.NotBefore = now.Add(time.Second) }, 0, "not-yet-valid /nbf"},
		"no exp":               {func(t *IDToken, _ *Request) { t.Expires = time.Time{} }, 0, "missing-claim /exp"},
		"no iat":               {func(t *IDToken, _ *Request) { t.IssuedAt = time.Time{} }, 0, "missing-claim /iat"},
		"another thumbprint":   {func(t *IDToken, _ *Request) { thumbprint(t); t.Issuer, t.Subject = "x", "x" }, 0, "subject-thumbprint /sub"},
		"no key":               {func(t *IDToken, _ *Request) { thumbprint(t); t.SubjectJWK = nil }, 0, "subject-thumbprint /sub_jwk"},
		"another method":       {func(t *IDToken, _ *Request) { t.Issuer, t.Subject = "did:keys:1", "did:keys:1" }, 0, "subject-syntax /sub"},
		"no thumbprint wanted": {func(t *IDToken, r *Request) { thumbprint(t); r.Client.SubjectTypes = []string{"did"} }, 0, "subject-syntax /sub"},
	} {
		r, id := request, token
		metadata := *request.Client
		r.Client = &metadata
		c.change(&id, &r)
		if got := listed(Judge(id, r, now, c.leeway)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestJudgeRequest(t *testing.T) {
	now := time.Unix(1700000000, 0)
	request := Request{
		ClientID: "did:web:v.example", Issuer: "did:web:v.example", Nonce: "n", ResponseType: ResponseBoth, ResponseMode: ModeDirectPost,
		ResponseURI: "https://v.example/answers", Definition: []byte(`{}`), Scope: "openid", IssuedAt: now, Expires: now.Add(time.Minute),
	}
	for name, c := range map[string]struct {
		change func(*Request)
		leeway time.Duration
		want   string
	}{
		"well":                {func(*Request) {}, 0, ""},
		"well, no iss":        {func(r *Request) { r.Issuer = "" }, 0, ""},
		"well, no dates":      {func(r *Request) { r.IssuedAt, r.Expires = time.Time{}, time.Time{} }, 0, ""},
		"well, same device":   {func(r *Request) { r.ResponseMode, r.ResponseURI, r.RedirectURI = "", "", "app.example:/cb" }, 0, ""},
		"well, query":         {func(r *Request) { r.Definition, r.Extra = nil, map[string][]byte{"dcql_query": []byte(`{}`)} }, 0, ""},
		"well, by scope":      {func(r *Request) { r.Definition, r.Scope = nil, "openid com.example.person" }, 0, ""},
		"issuer":              {func(r *Request) { r.Issuer = "did:web:other.example" }, 0, "issuer /iss"},
		"nonce":               {func(r *Request) { r.Nonce = "" }, 0, "nonce /nonce"},
		"expired":             {func(r *Request) { r.Expires = now.Add(-time.Second) }, time.Second, "expired /exp"},
		"expired, leeway":     {func(r *Request) { r.Expires = now.Add(-time.Second) }, 2 * time.Second, ""},
		"future":              {func(r *Request) { r.IssuedAt = now.Add(time.Second) }, 0, "not-yet-valid /iat"},
		"not before":          {func(r *Request) { r.NotBefore = now.Add(time.Second) }, 0, "not-yet-valid /nbf"},
		"no endpoint":         {func(r *Request) { r.ResponseURI = "" }, 0, "endpoint /response_uri"},
		"no endpoint, early":  {func(r *Request) { r.ResponseURI, r.Dialect = "", Early }, 0, "endpoint /redirect_uri"},
		"relative":            {func(r *Request) { r.ResponseURI = "/answers" }, 0, "endpoint /response_uri"},
		"fragment":            {func(r *Request) { r.ResponseURI += "#" }, 0, "endpoint /response_uri"},
		"no host":             {func(r *Request) { r.ResponseURI = "https:///answers" }, 0, "endpoint /response_uri"},
		"posted to an app":    {func(r *Request) { r.ResponseURI = "app.example:/cb" }, 0, "endpoint /response_uri"},
		"nothing to present":  {func(r *Request) { r.Definition = nil }, 0, "definition /presentation_definition"},
		"no presentation, so": {func(r *Request) { r.Definition, r.ResponseType = nil, ResponseIDToken }, 0, ""},
	} {
		r := request
		c.change(&r)
		if got := listed(JudgeRequest(r, now, c.leeway)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func listed(problems []Problem) string {
	all := make([]string, len(problems))
	for i, p := range problems {
		all[i] = p.Code + " " + p.Pointer
		if p.Message == "" || p.Cites == "" {
			all[i] += " says nothing"
		}
	}
	return strings.Join(all, ", ")
}
