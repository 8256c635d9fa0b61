package verifier_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// collection is the resources of a ledger, by DID URL.
type collection map[string][]byte

// Dereference finds a resource.
func (c collection) Dereference(_ context.Context, _ vc.Scope, url string, _ diddoc.ResolutionOptions) (diddoc.Dereferencing, error) {
	content, ok := c[url]
	if !ok {
		return diddoc.Dereferencing{}, vc.Errorf(vc.NotFound, "notFound", "the DID has no such resource")
	}
	return diddoc.Dereferencing{Kind: diddoc.ToContent, Content: content}, nil
}

// TestListsOnLedgers: bare lists, and those that cheqd Studio wraps, which are worth what the ledger makes of them.
func TestListsOnLedgers(t *testing.T) {
	w := newWorld(t)
	there := newElsewhere(t)
	issuer := newSigner(t, "issuer")
	bits, err := statuslist.New(statuslist.MinLength, 2)
	w.must(err)
	w.must(bits.Set(7, 1))
	encoded, err := bits.Encode(statuslist.StatusList2021)
	w.must(err)
	wrap := func(encrypted bool) []byte {
		body, err := json.Marshal(map[string]any{
			"bitstringStatusListCredential": map[string]any{"issuer": "did:cheqd:testnet:x", "credentialSubject": map[string]any{
				"type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": encoded,
			}},
			"metadata": map[string]any{"encrypted": encrypted, "encoding": "base64url", "statusSize": 2, "length": statuslist.MinLength},
		})
		w.must(err)
		return body
	}
	const did = "did:cheqd:testnet:x?resourceType=BitstringStatusListCredential&resourceName="
	ledger := collection{did + "bare": w.list(issuer, did+"bare", "revocation", 7), did + "wrapped": wrap(false), did + "encrypted": wrap(true)}
	there.files["/1.0/identifiers/"+did[:strings.Index(did, "?")]] = wrap(false)
	there.files["/loose"] = wrap(false)
	config := w.config
	config.Linked = ledger
	service := verifier.New(config)
	resolver := there.URL + "/1.0/identifiers/"
	for _, test := range []struct {
		url, index string
		outcome    verifier.Outcome
		code       string
	}{
		{did + "bare", "6", verifier.Passed, ""},
		{did + "bare", "7", verifier.Failed, "revoked"},
		{did + "wrapped", "6", verifier.Passed, ""},
		{did + "wrapped", "7", verifier.Failed, "revoked"},
		{resolver + did + "wrapped", "7", verifier.Failed, "revoked"},
		{resolver + did + "none", "7", verifier.NotChecked, "status-list-unsigned"},
		{there.URL + "/loose", "7", verifier.NotChecked, "status-list-unsigned"},
		{did + "encrypted", "7", verifier.NotChecked, "status-list-encrypted"},
		{did + "none", "7", verifier.NotChecked, "status-list-unreachable"},
	} {
		credential := issuer.sign(t, w.credential(issuer.did).with("credentialStatus", map[string]any{
			"type": "BitstringStatusListEntry", "statusPurpose": "revocation", "statusListIndex": test.index, "statusListCredential": test.url,
		}).bytes(t), jose.Header{Kid: issuer.method})
		report, err := service.Verify(t.Context(), vc.Scope{}, credential, verifier.Options{})
		w.must(err)
		seen := false
		for _, check := range report.Checks {
			seen = seen || check.Name == verifier.CheckStatus
			if check.Name == verifier.CheckStatus && (check.Outcome != test.outcome || check.Code != test.code && check.Children[0].Code != test.code) {
				t.Errorf("%s at %s: %+v", test.url, test.index, check)
			}
		}
		if !seen {
			t.Errorf("%s: no status", test.url)
		}
	}
}
