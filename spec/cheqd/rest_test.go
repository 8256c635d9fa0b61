package cheqd_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
)

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

// TestCaptures reads what a node answered, and writes it again.
func TestCaptures(t *testing.T) {
	for _, folder := range []string{"captures", "captures-usd"} {
		for name, again := range map[string]func([]byte) (any, error){
			"did.json": document, "did-updated.json": document, "did-version.json": document, "did-deactivated.json": document,
			"did-versions.json": func(body []byte) (any, error) {
				versions, err := cheqd.ParseVersions(body)
				return map[string]any{"versions": versions, "pagination": nil}, err
			},
			"resource-schema.json": func(body []byte) (any, error) {
				r, err := cheqd.ParseResource(body)
				if got := cheqd.Checksum(r.Data); got != r.Metadata.Checksum {
					t.Errorf("checksum %s, want %s", got, r.Metadata.Checksum)
				}
				if got := cheqd.MediaType(r.Data); got != r.Metadata.MediaType {
					t.Errorf("media type %s", got)
				}
				back, decodeErr := cheqd.DecodeResource(comet.AppendMessage(nil, 1, r.Encode()))
				if diff := cmp.Diff(r, back); decodeErr != nil || diff != "" {
					t.Error(decodeErr, diff)
				}
				return map[string]any{"resource": r}, err
			},
			"resource-latest-by-name-type.json": metadata, "resource-statuslist-v1-meta.json": metadata,
			"resource-statuslist-v2-meta.json": metadata,
			"resource-collection.json": func(body []byte) (any, error) {
				list, err := cheqd.ParseResources(body)
				return map[string]any{"resources": list, "pagination": nil}, err
			},
		} {
			t.Run(folder+"/"+name, func(t *testing.T) {
				c := readCapture(t, folder, name)
				value, err := again(c.Body)
				if err != nil {
					t.Fatal(err)
				}
				sameJSON(t, value, c.Body)
			})
		}
	}
}

func document(body []byte) (any, error) {
	v, err := cheqd.ParseDIDDoc(body)
	if err != nil {
		return nil, err
	}
	back, err := cheqd.DecodeDIDDoc(comet.AppendMessage(nil, 1, v.Encode()))
	return map[string]any{"value": back}, err
}

func metadata(body []byte) (any, error) {
	m, err := cheqd.ParseResourceMetadata(body)
	if err != nil {
		return nil, err
	}
	back, err := cheqd.DecodeResourceMetadata(comet.AppendMessage(nil, 1, m.Encode()))
	return map[string]any{"resource": back}, err
}

// sameJSON compares but for the lists that a message leaves out and the gateway writes as empty.
func sameJSON(t *testing.T, value any, want []byte) {
	t.Helper()
	raw, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var got, wanted any
	if json.Unmarshal([]byte(strings.ReplaceAll(string(raw), ":null", ":[]")), &got) != nil ||
		json.Unmarshal([]byte(strings.ReplaceAll(strings.ReplaceAll(string(want), ": null", ":[]"), ":null", ":[]")), &wanted) != nil {
		t.Fatal("no JSON")
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Error(diff)
	}
}

func TestCapturedParams(t *testing.T) {
	for folder, least := range map[string]string{"captures": "50000000000ncheq", "captures-usd": "2000000000000000000usd"} {
		var p, q cheqd.Params
		if err := cheqd.ParseDIDParams(readCapture(t, folder, "did-params.json").Body, &p); err != nil {
			t.Fatal(err)
		}
		if err := cheqd.ParseResourceParams(readCapture(t, folder, "resource-params.json").Body, &p); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(cheqd.DecodeDIDParams(p.EncodeDIDParams(), &q), cheqd.DecodeResourceParams(p.EncodeResourceParams(), &q)); err != nil {
			t.Fatal(err)
		}
		want, _ := json.Marshal(p.CreateDID)
		got, _ := json.Marshal(q.CreateDID)
		if string(want) != string(got) || len(q.Default) != 1 {
			t.Errorf("got %s, want %s", got, want)
		}
		coins := cheqd.Minimums(p.Ranges(cheqd.CreateDIDDoc{}))
		if len(coins) != 1 || coins[0].Amount+coins[0].Denom != least {
			t.Errorf("least %v", coins)
		}
	}
}

func TestCapturedAccount(t *testing.T) {
	a, err := cheqd.ParseAccount(readCapture(t, "captures-usd", "account.json").Body)
	if err != nil {
		t.Fatal(err)
	}
	if a.Number != 1 || a.Sequence != 17 || cheqd.Address(cheqd.AddressPrefix, a.PublicKey) != a.Address {
		t.Errorf("account %+v", a)
	}
	back, err := cheqd.DecodeAccount(a.Encode())
	if diff := cmp.Diff(a, back); err != nil || diff != "" {
		t.Error(err, diff)
	}
	coins, err := cheqd.ParseBalances(readCapture(t, "captures-usd", "balance.json").Body)
	if err != nil || len(coins) != 1 || coins[0].Denom != cheqd.Denom {
		t.Errorf("balances %v, %v", coins, err)
	}
	coin, err := cheqd.ParseConversion(readCapture(t, "captures-usd", "oracle-convert.json").Body)
	if want := (cheqd.Coin{Denom: "ncheq", Amount: "37176123267"}); err != nil || coin != want {
		t.Errorf("conversion %v, %v", coin, err)
	}
}

func TestPathsAreTheRecordedOnes(t *testing.T) {
	did := "did:cheqd:testnet:0cf4bf28-dc34-41da-aa41-124ffb453121"
	collection := "0cf4bf28-dc34-41da-aa41-124ffb453121"
	for name, query := range map[string]cheqd.Query{
		"did.json":                          cheqd.QueryDIDDoc(did),
		"did-version.json":                  cheqd.QueryDIDDocVersion(did, "02bcbfbd-d456-4783-9c20-f01171307776"),
		"did-versions.json":                 cheqd.QueryVersions(did),
		"did-params.json":                   cheqd.QueryDIDParams(),
		"resource-schema.json":              cheqd.QueryResource(collection, "97c32e75-dd73-4047-91b0-5e4c136e11c6"),
		"resource-latest-by-name-type.json": cheqd.QueryLatestResourceMetadata(collection, "revocation-2026", "BitstringStatusListCredential"),
		"resource-collection.json":          cheqd.QueryResources(collection),
		"resource-params.json":              cheqd.QueryResourceParams(),
	} {
		if c := readCapture(t, "captures", name); c.Path != query.REST {
			t.Errorf("%s: path %s, want %s", name, query.REST, c.Path)
		}
	}
	if c := readCapture(t, "captures-usd", "oracle-convert.json"); c.Path != cheqd.QueryConversion(big.NewInt(2e18)).REST {
		t.Errorf("path of the oracle")
	}
	url, err := cheqd.QueryDIDDoc(did).ABCI.URL("http://127.0.0.1:26657")
	if err != nil || !strings.Contains(url, "data=0x0a366469643a") {
		t.Errorf("%s, %v", url, err)
	}
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		body string
		want cheqd.LedgerError
		why  cheqd.Reason
	}{
		{string(readCapture(t, "captures", "did-missing.json").Body), cheqd.LedgerError{Codespace: "sdk", Code: 38, Log: "not found: did:cheqd:testnet:fbda831b-d124-4080-a095-b6cc289c8218"}, cheqd.ReasonNotFound},
		{`{"code":2,"message":"codespace cheqd code 1201: DID Doc not found: did:x","details":[]}`, cheqd.LedgerError{Codespace: "cheqd", Code: 1201, Log: "DID Doc not found: did:x"}, cheqd.ReasonNotFound},
		{`{"code":5,"message":"tx not found: AB"}`, cheqd.LedgerError{Codespace: "sdk", Code: 38, Log: "tx not found: AB"}, cheqd.ReasonNotFound},
		{`{"code":2,"message":"collections: not found: key"}`, cheqd.LedgerError{Code: 2, Log: "collections: not found: key"}, cheqd.ReasonNotFound},
		{`{"code":13,"message":"runtime error"}`, cheqd.LedgerError{Code: 13, Log: "runtime error"}, cheqd.ReasonOther},
	} {
		var got *cheqd.LedgerError
		if err := cheqd.ParseRESTError([]byte(test.body)); !errors.As(err, &got) || *got != test.want || got.Reason() != test.why {
			t.Errorf("%s: %+v", test.body, err)
		}
	}
	var fault *cheqd.Error
	if err := cheqd.ParseRESTError([]byte("<html>")); !errors.As(err, &fault) || fault.Code != cheqd.CodeJSON {
		t.Errorf("%v", err)
	}
	failure := &comet.Failure{Code: 6, Codespace: "sdk", Log: "did:x: not found: unknown request"}
	if got := cheqd.FromFailure(failure).Reason(); got != cheqd.ReasonNotFound {
		t.Errorf("reason %s", got)
	}
	for why, e := range map[cheqd.Reason]cheqd.LedgerError{
		cheqd.ReasonSequence:    {Codespace: "sdk", Code: 32},
		cheqd.ReasonFunds:       {Codespace: "sdk", Code: 5},
		cheqd.ReasonGas:         {Codespace: "sdk", Code: 11},
		cheqd.ReasonFee:         {Codespace: "undefined", Code: 1, Log: "insufficient fee: need at least 2, got 1"},
		cheqd.ReasonSignature:   {Codespace: "cheqd", Code: 1101},
		cheqd.ReasonInvalid:     {Codespace: "cheqd", Code: 1205},
		cheqd.ReasonExists:      {Codespace: "resource", Code: 2200},
		cheqd.ReasonDeactivated: {Codespace: "cheqd", Code: 1207},
		cheqd.ReasonOther:       {Codespace: "cheqd", Code: 1500},
	} {
		if got := e.Reason(); got != why {
			t.Errorf("%+v is %q, want %q", e, got, why)
		}
	}
}

func TestTxAnswers(t *testing.T) {
	hash := strings.Repeat("AB", 32)
	r, err := cheqd.ParseTxResponse([]byte(`{"tx":{},"tx_response":{"height":"12","txhash":"` + hash + `","codespace":"cheqd","code":1200,"data":"","raw_log":"x","logs":[],"gas_wanted":"360000","gas_used":"90000","events":[]}}`))
	if err != nil || r.Height != 12 || r.GasUsed != 90000 || r.Refusal == nil || r.Refusal.Reason() != cheqd.ReasonExists {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = cheqd.ParseBroadcastResult([]byte(`{"code":0,"data":"","log":"","codespace":"","hash":"` + hash + `"}`))
	if err != nil || r.Refusal != nil || r.Hash != hash {
		t.Errorf("%+v, %v", r, err)
	}
	r, err = cheqd.ParseTxResult([]byte(`{"hash":"` + hash + `","height":"7","index":0,"tx_result":{"code":0,"gas_wanted":"1","gas_used":"2"},"tx":"AA=="}`))
	if err != nil || r.Refusal != nil || r.Height != 7 {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := cheqd.ParseTxResult([]byte(`{}`)); err == nil {
		t.Error("an answer without a hash is taken")
	}
}
