package ledgersim_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
)

// TestTrace compares with what a node answered @cheqd/sdk over the RPC: the trace has the first bytes of each value, and
// with them the lengths of the whole.
func TestTrace(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	w.must(newDID(did)) // an account has a key once it sent something
	asked := map[string]cheqd.Query{
		"/cheqd.did.v2.Query/Params":             cheqd.QueryDIDParams(),
		"/cosmos.auth.v1beta1.Query/Account":     cheqd.QueryAccount(w.address),
		"/feemarket.feemarket.v1.Query/GasPrice": {ABCI: comet.Query{Path: "/feemarket.feemarket.v1.Query/GasPrice", Data: comet.AppendText(nil, 1, cheqd.Denom)}},
	}
	// What is about other things: the node, its DIDs, the price of the day, and parameters that nobody looks at.
	others := map[string]bool{
		"/cheqd.oracle.v2.Query/Params": true, "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo": true,
		"/cheqd.oracle.v2.Query/ConvertUSDCtoCHEQ": true, "/cheqd.did.v2.Query/DidDoc": true,
	}
	line := regexp.MustCompile(`abci_query (\S+) .*"code":0,.*"value":"([A-Za-z0-9+/=]+)`)
	lines := bufio.NewScanner(bytes.NewReader(sharedtest.Read(t, transcripts, "transcripts", "cheqd", "rpc-trace.log")))
	seen := 0
	for lines.Scan() {
		found := line.FindStringSubmatch(lines.Text())
		if found == nil || others[found[1]] {
			if found != nil && strings.HasSuffix(found[1], "ConvertUSDCtoCHEQ") {
				conversion(t, found[2])
			}
			continue
		}
		seen++
		query, ok := asked[found[1]]
		if !ok {
			t.Errorf("%s is not known", found[1])
			continue
		}
		value, err := w.abci(query)
		if err != nil {
			t.Errorf("%s: %v", found[1], err)
		}
		if got := base64.StdEncoding.EncodeToString(value); !strings.HasPrefix(got, found[2]) {
			t.Errorf("%s: %s, recorded %s", found[1], got, found[2])
		}
	}
	if seen != len(asked) {
		t.Errorf("%d lines of %d", seen, len(asked))
	}
}

func conversion(t *testing.T, text string) {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if coin, err := cheqd.DecodeConversion(raw); err != nil || coin != (cheqd.Coin{Denom: cheqd.Denom, Amount: "21869546788"}) {
		t.Errorf("%v, %v", coin, err)
	}
}
