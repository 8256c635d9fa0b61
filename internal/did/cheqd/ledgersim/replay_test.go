package ledgersim_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

const transcripts = "a cheqd node 4.2.0"

type capture struct {
	Body   json.RawMessage `json:"body"`
	Path   string          `json:"path"`
	Status int             `json:"status"`
}

func readCapture(t *testing.T, folder, name string) (c capture) {
	t.Helper()
	if err := json.Unmarshal(sharedtest.Read(t, transcripts, "transcripts", "cheqd", folder, name), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

// differences are all that the simulator may answer otherwise than the node that was recorded, by the path in the JSON,
// and why. A difference that is not here fails.
var differences = map[string]string{
	`verification_material$`:                         "the recorded keys are lost; the replay has keys of its own",
	`^/resource/checksum$|^/resources/\d+/checksum$`: "the recorded status list is lost; other resources are the recorded ones",
	`^/account/(address|account_number|sequence)$|^/account/pub_key/key$|^/balances/0/amount$`: "the account is another, and did other things before",
	`^/amount$`: "the oracle's price is another",
}

// replayed asks what was recorded and compares.
func replayed(t *testing.T, w *wallet, folder, name string) {
	t.Helper()
	c := readCapture(t, folder, name)
	path := c.Path
	if strings.Contains(path, "/accounts/") || strings.Contains(path, "/balances/") {
		path = path[:strings.LastIndex(path, "/")+1] + w.address
	}
	status, body := w.request(http.MethodGet, path, nil)
	if status != c.Status {
		t.Errorf("%s/%s: status %d, recorded %d", folder, name, status, c.Status)
	}
	var got, want any
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	if err := json.Unmarshal(c.Body, &want); err != nil {
		t.Fatal(err)
	}
	compare("", got, want, func(at, what string) {
		for pattern, why := range differences {
			if regexp.MustCompile(pattern).MatchString(at) {
				t.Logf("%s/%s %s differs: %s", folder, name, at, why)
				return
			}
		}
		t.Errorf("%s/%s %s: %s", folder, name, at, what)
	})
}

func compare(at string, got, want any, differ func(at, what string)) {
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok || len(object) != len(want) {
			differ(at, fmt.Sprintf("members %v, recorded %v", slices.Sorted(maps.Keys(object)), slices.Sorted(maps.Keys(want))))
			return
		}
		for name := range want {
			compare(at+"/"+name, object[name], want[name], differ)
		}
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			differ(at, fmt.Sprintf("%v, recorded %v", got, want))
			return
		}
		for i := range want {
			compare(fmt.Sprintf("%s/%d", at, i), list[i], want[i], differ)
		}
	default:
		if got != want {
			differ(at, fmt.Sprintf("%v, recorded %v", got, want))
		}
	}
}

// TestCaptures does what was done on a node of cheqd, at the times it was done, and wants the node's answers.
func TestCaptures(t *testing.T) {
	for folder, config := range map[string]ledgersim.Config{
		"captures":     {Params: ledgersim.CHEQParams()},
		"captures-usd": {Price: price(t)},
	} {
		t.Run(folder, func(t *testing.T) { replay(t, folder, config) })
	}
}

func replay(t *testing.T, folder string, config ledgersim.Config) {
	w, c := world(t, config)
	w.gas, w.fee = 10_000_000, "100000000000"
	created := recordedDoc(t, folder, "did.json")
	did := created.Doc.ID
	ed, ec := edKey(1), ecKey(t, 2)
	own := map[string]cheqd.VerificationMethod{did + "#key-1": edMethod(did, "key-1", ed), did + "#key-2": ecMethod(t, did, "key-2", ec)}
	payload := func(v cheqd.Versioned) cheqd.DIDDocPayload {
		for i, m := range v.Doc.VerificationMethod {
			if m.Type != own[m.ID].Type {
				t.Fatalf("%s is of another type", m.ID)
			}
			v.Doc.VerificationMethod[i].Material = own[m.ID].Material
		}
		return cheqd.DIDDocPayload{DIDDoc: v.Doc, VersionID: v.Metadata.VersionID}
	}
	for _, name := range []string{"did-missing.json", "did-params.json", "resource-params.json"} {
		replayed(t, w, folder, name)
	}
	create := cheqd.CreateDIDDoc{Payload: payload(created)}
	create.Signatures = []cheqd.SignInfo{edSign(ed, did+"#key-1", create)}
	c.at = created.Metadata.Created
	w.must(create)
	replayed(t, w, folder, "did.json")

	updated := recordedDoc(t, folder, "did-updated.json")
	update := cheqd.UpdateDIDDoc{Payload: payload(updated)}
	update.Signatures = []cheqd.SignInfo{edSign(ed, did+"#key-1", update)}
	c.at = updated.Metadata.Updated
	w.must(update)
	for _, name := range []string{"did-updated.json", "did-version.json", "did-versions.json"} {
		replayed(t, w, folder, name)
	}

	resources, err := cheqd.ParseResources(readCapture(t, folder, "resource-collection.json").Body)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(resources, func(a, b cheqd.ResourceMetadata) int { return a.Created.Compare(b.Created) })
	for _, m := range resources {
		r := cheqd.CreateResource{Payload: cheqd.ResourcePayload{
			Data: recordedData(t, folder, m), CollectionID: m.CollectionID, ID: m.ID, Name: m.Name, Version: m.Version, Type: m.Type,
		}}
		r.Signatures = []cheqd.SignInfo{edSign(ed, did+"#key-1", r)}
		c.at = m.Created
		w.must(r)
	}
	for _, name := range []string{
		"resource-collection.json", "resource-schema.json", "resource-latest-by-name-type.json", "resource-statuslist-v1-meta.json",
		"resource-statuslist-v2-meta.json",
	} {
		replayed(t, w, folder, name)
	}

	// key-1 goes, which the old document and the new one must sign.
	ended := recordedDoc(t, folder, "did-deactivated.json")
	rotate := cheqd.UpdateDIDDoc{Payload: payload(ended)}
	rotate.Payload.VersionID = ended.Metadata.PrevVersionID
	rotate.Signatures = []cheqd.SignInfo{edSign(ed, did+"#key-1", rotate), ecSign(t, ec, did+"#key-2", rotate)}
	c.pass(time.Second)
	w.must(rotate)
	end := cheqd.DeactivateDIDDoc{Payload: cheqd.DeactivatePayload{ID: did, VersionID: ended.Metadata.VersionID}}
	end.Signatures = []cheqd.SignInfo{ecSign(t, ec, did+"#key-2", end)}
	c.at = ended.Metadata.Updated
	w.must(end)
	replayed(t, w, folder, "did-deactivated.json")
	if folder == "captures-usd" {
		for _, name := range []string{"account.json", "balance.json", "oracle-convert.json"} {
			replayed(t, w, folder, name)
		}
	}
}

func recordedDoc(t *testing.T, folder, name string) cheqd.Versioned {
	t.Helper()
	v, err := cheqd.ParseDIDDoc(readCapture(t, folder, name).Body)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// recordedData is what was stored, where it is known: the checksums say so.
func recordedData(t *testing.T, folder string, m cheqd.ResourceMetadata) []byte {
	t.Helper()
	png, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		t.Fatal(err)
	}
	schema, err := cheqd.ParseResource(readCapture(t, folder, "resource-schema.json").Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range [][]byte{
		png, schema.Data, []byte(strings.Repeat("x", 200<<10)), []byte(`{"name":"Permit","version":"1.0","attrNames":["name","number"]}`),
	} {
		if cheqd.Checksum(data) == m.Checksum {
			return data
		}
	}
	if m.Type != "BitstringStatusListCredential" {
		t.Errorf("%s is not known", m.Name)
	}
	return []byte(`{"type":["VerifiableCredential","BitstringStatusListCredential"]}`)
}
