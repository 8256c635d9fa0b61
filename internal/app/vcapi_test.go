package app_test

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// TestTLSOfVCAPI: an issuer and a verifier of the W3C's API, by https alone.
func TestTLSOfVCAPI(t *testing.T) {
	cert, key, pool := certificate(t)
	server, secret := serve(t, app.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	admin := &sdk.Client{BaseURL: server.URL, Token: secret, Tenant: "default", HTTP: client}
	office, err := admin.CreateOrganisation(t.Context(), sdk.NewOrganisation{Name: "Bureau", MayIssue: true, MayVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	admin.Organisation = office.ID
	did, err := admin.CreateDID(t.Context(), sdk.NewDID{Method: "key"})
	if err != nil {
		t.Fatal(err)
	}
	instance, err := admin.CreateInstance(t.Context(), sdk.NewInstance{
		Slug: "eddsa", Identity: did.ID, Format: "ldp", Suite: "eddsa-rdfc-2022", Purposes: []string{"revocation"}, Open: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	base := server.URL + "/vc-api/" + instance.Slug
	post := func(path string, body any, want int) map[string]any {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Post(base+path, "application/json", bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		answer, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]any{}
		if err := json.Unmarshal(answer, &out); err != nil || response.StatusCode != want {
			t.Fatalf("%s: %d %s", path, response.StatusCode, answer)
		}
		return out
	}
	issued := post("/credentials/issue", map[string]any{"credential": map[string]any{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiableCredential"},
		"credentialSubject": map[string]any{"id": "did:example:subject"},
	}}, http.StatusCreated)
	if result := post("/credentials/verify", issued, http.StatusOK); result["verified"] != true {
		t.Errorf("%v", result)
	}
	entry, _ := issued["verifiableCredential"].(map[string]any)["credentialStatus"].(map[string]any)
	if list, _ := entry["statusListCredential"].(string); len(list) < len(server.URL) || list[:len(server.URL)] != server.URL {
		t.Errorf("the status list of %v is not below %s", entry, server.URL)
	}
	issued["verifiableCredential"].(map[string]any)["credentialSubject"] = map[string]any{"id": "did:example:other"}
	if result := post("/credentials/verify", issued, http.StatusBadRequest); result["verified"] != false {
		t.Errorf("%v", result)
	}
	plain := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}}}
	if response, err := plain.Get(base + "/credentials/x"); err == nil {
		_ = response.Body.Close()
		t.Error("a certificate that nobody vouches for was taken")
	}
}
