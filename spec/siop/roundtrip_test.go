package siop

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRequestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z"\\é ]{0,6}`)
		date := dates1970()
		r := Request{
			ClientID: "c" + word.Draw(t, "client"), ResponseType: rapid.SampledFrom([]string{ResponseIDToken, ResponseVPToken, ResponseBoth}).Draw(t, "type"),
			ResponseMode: rapid.SampledFrom([]string{"", ModeDirectPost, ModeDirectPostJWT, ModeFragment, ModeQuery}).Draw(t, "mode"),
			Scope:        word.Draw(t, "scope"), Nonce: "n" + word.Draw(t, "nonce"), State: word.Draw(t, "state"),
			Issuer: word.Draw(t, "iss"), IssuedAt: date.Draw(t, "iat"), NotBefore: date.Draw(t, "nbf"), Expires: date.Draw(t, "exp"),
			IDTokenType: word.Draw(t, "id token type"),
		}
		if r.Posted() {
			r.ResponseURI = word.Draw(t, "endpoint")
		} else {
			r.RedirectURI = word.Draw(t, "endpoint")
		}
		if list := rapid.SliceOfN(word, 0, 3).Draw(t, "aud"); len(list) > 0 {
			r.Audience = list
		}
		switch rapid.IntRange(0, 2).Draw(t, "metadata") {
		case 1:
			r.ClientURI = word.Draw(t, "metadata uri")
		case 2:
			r.Client = &ClientMetadata{Name: word.Draw(t, "name"), Purpose: word.Draw(t, "purpose"), LogoURI: word.Draw(t, "logo")}
			r.Client.SubjectTypes = rapid.SliceOfN(word, 0, 2).Draw(t, "types")
		}
		if r.WantsPresentation() && rapid.Bool().Draw(t, "defined") {
			r.Definition = []byte(`{"id":"1"}`)
		} else if r.WantsPresentation() {
			r.DefinitionURI = word.Draw(t, "definition uri")
		}
		if rapid.Bool().Draw(t, "extra") {
			r.Extra = map[string][]byte{"claims": []byte(`{"id_token":{}}`), "x": []byte(`[1]`)}
		}
		// An early request is known by what was named otherwise.
		if (r.Client != nil || r.ClientURI != "" || r.WantsPresentation()) && rapid.Bool().Draw(t, "early") {
			r.Dialect = Early
		}
		payload := EncodeRequest(r)
		again, err := ParseRequest(payload)
		if err != nil || !reflect.DeepEqual(again, r) {
			t.Fatalf("%v\n%s\n%+v\n%+v", err, payload, r, again)
		}
	})
}

func TestIDTokenRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z"\\é ]{0,6}`)
		date := dates1970()
		token := IDToken{
			Issuer: "i" + word.Draw(t, "iss"), Subject: "s" + word.Draw(t, "sub"), Nonce: word.Draw(t, "nonce"), State: word.Draw(t, "state"),
			IssuedAt: date.Draw(t, "iat"), NotBefore: date.Draw(t, "nbf"), Expires: date.Draw(t, "exp"),
		}
		if list := rapid.SliceOfN(word, 0, 3).Draw(t, "aud"); len(list) > 0 {
			token.Audience = list
		}
		if rapid.Bool().Draw(t, "key") {
			token.SubjectJWK = []byte(ed25519JWK)
		}
		if rapid.Bool().Draw(t, "submission") {
			token.Submission = []byte(`{"id":"1"}`)
		}
		if rapid.Bool().Draw(t, "extra") {
			token.Extra = map[string][]byte{"_vp_token": []byte(`{"x":1}`), "email": []byte(`"e"`)}
		}
		payload := EncodeIDToken(token)
		again, err := ParseIDToken(payload)
		if err != nil || !reflect.DeepEqual(again, token) {
			t.Fatalf("%v\n%s\n%+v\n%+v", err, payload, token, again)
		}
	})
}

func dates1970() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "none") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 253402300799).Draw(t, "second"), 0).UTC()
	})
}

func FuzzParseRequest(f *testing.F) {
	for _, payload := range []string{
		draft13Request, meecoRequest, profileRequest,
		`{"client_id":"c","nonce":"n","response_type":"vp_token","claims":{"vp_token":{}},"exp":1.5}`,
		`{"client_id":"c","nonce":"n","response_type":"id_token","response_mode":"post","registration_uri":"u","aud":[]}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		r, err := ParseRequest(payload)
		if err != nil {
			return
		}
		if r.Nonce == "" || r.ClientID == "" {
			t.Fatal("a request without its claims passed")
		}
		JudgeRequest(r, time.Unix(0, 0), 0)
		first := EncodeRequest(r)
		again, err := ParseRequest(first)
		if err != nil || !bytes.Equal(EncodeRequest(again), first) {
			t.Fatalf("%v: %s", err, first)
		}
	})
}

func FuzzParseIDToken(f *testing.F) {
	for _, payload := range []string{
		draft13DID, draft13Thumbprint, meecoIDToken,
		`{"iss":"a","sub":"a","aud":["a","b"],"presentation_submission":{},"_vp_token":{"x":1},"iat":1.5}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		token, err := ParseIDToken(payload)
		if err != nil {
			return
		}
		if _, err := token.Key(); err == nil && token.DID() != "" {
			t.Fatal("a DID has its key from the token")
		}
		Judge(token, Request{ClientID: "c", Nonce: "n"}, time.Unix(0, 0), 0)
		first := EncodeIDToken(token)
		again, err := ParseIDToken(first)
		if err != nil || !bytes.Equal(EncodeIDToken(again), first) {
			t.Fatalf("%v: %s", err, first)
		}
	})
}
