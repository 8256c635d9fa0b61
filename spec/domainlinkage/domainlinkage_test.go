package domainlinkage

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	did    = "did:key:z6MkoTHsgNNrby8JzCNQ1iRLyW5QQ6R8Xuu6AA8igGrMVPUM"
	origin = "https://identity.foundation"
)

var within = time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)

// credential is a domain linkage credential with members replaced; nil leaves one out.
func credential(t *testing.T, change map[string]any) []byte {
	t.Helper()
	c := map[string]any{
		"@context": []string{"https://www.w3.org/2018/credentials/v1", Context}, "issuer": did,
		"issuanceDate": "2020-12-04T14:08:28-06:00", "expirationDate": "2025-12-04T14:08:28-06:00",
		"type": []string{"VerifiableCredential", Type}, "credentialSubject": map[string]any{"id": did, "origin": origin},
	}
	for name, value := range change {
		if c[name] = value; value == nil {
			delete(c, name)
		}
	}
	raw, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func config(entries ...string) []byte {
	return []byte(`{"@context":"` + Context + `","linked_dids":[` + strings.Join(entries, ",") + `]}`)
}

func TestJudge(t *testing.T) {
	type changes = map[string]any
	for name, c := range map[string]struct {
		change changes
		origin string
		at     time.Time
		codes  []string
	}{
		"good":             {nil, origin, within, nil},
		"a port":           {nil, origin + ":443/", within, nil},
		"no scheme":        {changes{"credentialSubject": changes{"id": did, "origin": "identity.foundation"}}, origin, within, nil},
		"another origin":   {nil, "https://www.identity.foundation", within, []string{ProblemOrigin}},
		"in clear":         {nil, "http://identity.foundation", within, []string{ProblemOrigin}},
		"another port":     {nil, origin + ":8443", within, []string{ProblemOrigin}},
		"no origin":        {changes{"credentialSubject": changes{"id": did}}, origin, within, []string{ProblemOrigin}},
		"a path":           {changes{"credentialSubject": changes{"id": did, "origin": origin + "/x"}}, origin, within, []string{ProblemOrigin}},
		"another subject":  {changes{"credentialSubject": changes{"id": "did:key:z", "origin": origin}}, origin, within, []string{ProblemSubject}},
		"no subject's id":  {changes{"credentialSubject": changes{"origin": origin}}, origin, within, []string{ProblemSubject}},
		"two subjects":     {changes{"credentialSubject": []any{changes{"id": did, "origin": origin}, changes{"id": did, "origin": origin}}}, origin, within, []string{ProblemSubject, ProblemOrigin}},
		"an issuer's name": {changes{"issuer": changes{"id": did, "name": "DIF"}}, origin, within, nil},
		"no DID":           {changes{"issuer": origin, "credentialSubject": changes{"id": origin, "origin": origin}}, origin, within, []string{ProblemIssuer}},
		"an id":            {changes{"id": "urn:x:y"}, origin, within, []string{ProblemID}},
		"another type":     {changes{"type": []string{"VerifiableCredential"}}, origin, within, []string{ProblemType}},
		"another context":  {changes{"@context": []string{"https://www.w3.org/2018/credentials/v1"}}, origin, within, []string{ProblemContext}},
		"no end":           {changes{"expirationDate": nil}, origin, within, []string{ProblemDates}},
		"no beginning":     {changes{"issuanceDate": nil}, origin, within, []string{ProblemDates}},
		"over":             {nil, origin, time.Date(2025, 12, 4, 20, 8, 28, 0, time.UTC), []string{ProblemExpired}},
		"early":            {nil, origin, time.Date(2020, 12, 4, 20, 8, 27, 0, time.UTC), []string{ProblemNotYetValid}},
	} {
		t.Run(name, func(t *testing.T) {
			linked, err := Parse(config(string(credential(t, c.change))))
			if err != nil || len(linked) != 1 || linked[0].JWT {
				t.Fatal(err, linked)
			}
			var codes []string
			for _, problem := range Judge(linked[0], c.origin, c.at) {
				codes = append(codes, problem.Code)
			}
			if !slices.Equal(codes, c.codes) {
				t.Errorf("%v, want %v", codes, c.codes)
			}
		})
	}
}

func TestParse(t *testing.T) {
	good := string(credential(t, nil))
	for name, c := range map[string]struct {
		config  []byte
		pointer string
	}{
		"not JSON":        {[]byte("<html>"), ""},
		"no context":      {[]byte(`{"linked_dids":[]}`), "/@context"},
		"another context": {[]byte(`{"@context":"https://identity.foundation/.well-known/contexts/did-configuration-v0.0.jsonld","linked_dids":[]}`), "/@context"},
		"no list":         {[]byte(`{"@context":"` + Context + `"}`), "/linked_dids"},
		"an object":       {[]byte(`{"@context":"` + Context + `","linked_dids":{}}`), "/linked_dids"},
		"too many":        {config(strings.TrimSuffix(strings.Repeat("1,", MaxLinked+1), ",")), "/linked_dids"},
		"too large":       {bytes.Repeat([]byte(" "), MaxBytes+1), ""},
		"a name twice":    {[]byte(`{"@context":"` + Context + `","linked_dids":[],"linked_dids":[]}`), ""},
	} {
		_, err := Parse(c.config)
		if e, ok := errors.AsType[*Error](err); !ok || e.Pointer != c.pointer {
			t.Errorf("%s: %v", name, err)
		}
	}
	linked, err := Parse([]byte(`{"@context":["` + Context + `"],"linked_dids":[null,"x.y.z",` + good + `,{"a":1}],"more":1}`))
	if err != nil || len(linked) != 4 {
		t.Fatal(err, len(linked))
	}
	for i, one := range linked {
		if problems := Judge(one, origin, within); (len(problems) == 0) != (i == 2) {
			t.Errorf("%d: %v", i, problems)
		}
	}
	if !linked[1].JWT || string(linked[1].Secured) != "x.y.z" || linked[2].DID != did || string(linked[2].Secured) != good {
		t.Errorf("%+v", linked)
	}
}

func TestOrigin(t *testing.T) {
	for text, want := range map[string]string{
		"https://A.Example": "https://a.example", "https://a.example:443": "https://a.example", "https://a.example/": "https://a.example",
		"http://127.0.0.1:80": "http://127.0.0.1", "http://[::1]:8080": "http://[::1]:8080", "https://a.example:8443": "https://a.example:8443",
		"": "", "a.example": "", "ftp://a.example": "", "https://": "", "https://a.example/x": "", "https://a.example?": "", "https://a.example#": "",
		"https://u@a.example": "", "https://a.example:": "", "https://a.example?x=1": "", "did:web:a.example": "",
	} {
		if got, ok := Origin(text); got != want || ok != (want != "") {
			t.Errorf("%q: %q %v", text, got, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(config(), origin)
	f.Add(config(`"eyJhbGciOiJFZERTQSJ9.e30.AA"`, `{"issuer":"did:x:y"}`), "http://localhost")
	f.Fuzz(func(t *testing.T, config []byte, at string) {
		linked, err := Parse(config)
		if err != nil {
			return
		}
		for _, one := range linked {
			if len(Judge(one, at, within)) > 0 {
				continue
			}
			if _, ok := Origin(at); !ok || one.DID != one.Subject || !strings.HasPrefix(one.DID, "did:") || one.Until.Before(within) {
				t.Errorf("%+v", one)
			}
		}
	})
}
