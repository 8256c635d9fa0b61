package comet

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const source = "test fixtures of github.com/decentralized-identity/thisdid, an answer of the public did:empe testnet"

// The chain's own answer to a DID that it has not.
const missing = `{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":6,"log":"DID Document not found: unknown request","info":"","index":"0","key":null,"value":null,"proofOps":null,"height":"11905748","codespace":"sdk"}}}`

func answered(value []byte) string {
	return `{"jsonrpc":"2.0","id":-1,"result":{"response":{"code":0,"log":"","info":"","index":"0","key":null,"value":"` +
		base64.StdEncoding.EncodeToString(value) + `","proofOps":null,"height":"11905748","codespace":""}}}`
}

func TestQuery(t *testing.T) {
	q := Query{Path: "/empe.diddoc.Query/DidDocument", Data: AppendText(nil, 1, "did:empe:x")}
	for endpoint, want := range map[string]string{
		"https://rpc.example":      "https://rpc.example/abci_query?path=%22%2Fempe.diddoc.Query%2FDidDocument%22&data=0x0a0a6469643a656d70653a78",
		"http://127.0.0.1:26657/a": "http://127.0.0.1:26657/a/abci_query?path=%22%2Fempe.diddoc.Query%2FDidDocument%22&data=0x0a0a6469643a656d70653a78",
	} {
		for _, endpoint := range []string{endpoint, endpoint + "/"} {
			if got, err := q.URL(endpoint); err != nil || got != want {
				t.Errorf("%s: %s, %v", endpoint, got, err)
			}
		}
	}
	for _, endpoint := range []string{"", "rpc.example", "tcp://rpc.example:26657", "https://", "https://a?b", "https://a?", "https://a#", "https://u:p@a", "https://a/\x00"} {
		if got, err := q.URL(endpoint); err == nil {
			t.Errorf("%q passed as %s", endpoint, got)
		}
	}
	q.Height, q.Prove = 7, true
	if got, _ := q.URL("https://a"); !strings.HasSuffix(got, "&height=%227%22&prove=true") {
		t.Error(got)
	}
	if got, want := string(q.Request().JSON(3)), `{"jsonrpc":"2.0","id":3,"method":"abci_query","params":{"path":"/empe.diddoc.Query/DidDocument","data":"0a0a6469643a656d70653a78","height":"7","prove":true}}`; got != want {
		t.Error(got)
	}
	if got, want := string(Request{Method: "status"}.JSON(1)), `{"jsonrpc":"2.0","id":1,"method":"status","params":{}}`; got != want {
		t.Error(got)
	}
}

func TestReadAnswer(t *testing.T) {
	answer, err := ReadAnswer([]byte(answered([]byte("value"))))
	if err != nil || string(answer.Value) != "value" || answer.Height != 11905748 {
		t.Errorf("%+v, %v", answer, err)
	}
	var failure *Failure
	if _, err := ReadAnswer([]byte(missing)); !errors.As(err, &failure) || failure.Code != 6 || failure.Codespace != "sdk" || !failure.Missing() {
		t.Errorf("missing: %v", err)
	}
	if strings.Contains(failure.Error(), failure.Log) {
		t.Error("an error repeats what the ledger said")
	}
	if (&Failure{Code: 18, Log: "invalid request"}).Missing() {
		t.Error("what is wrong is not missing")
	}
	var rpc *RPCError
	if _, err := ReadAnswer([]byte(`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Invalid params","data":"what"}}`)); !errors.As(err, &rpc) ||
		rpc.Code != -32602 || rpc.Message != "Invalid params" || rpc.Data != "what" || strings.Contains(rpc.Error(), "what") {
		t.Errorf("%v", err)
	}
	for text, pointer := range map[string]string{
		``: "", `<html>`: "", `[]`: "", `{}`: "", `{"result":null}`: "/result", `{"result":{}}`: "/result", `{"result":{"response":[]}}`: "/result/response", `{"error":1}`: "/error",
		`{"result":{"response":{"code":"0"}}}`: "/result/response/code", `{"result":{"response":{"code":-1}}}`: "/result/response/code",
		`{"result":{"response":{"code":4294967296}}}`: "/result/response/code", `{"result":{"response":{"value":"&"}}}`: "/result/response/value",
		`{"result":{"response":{"value":"AB=="}}}`: "/result/response/value", `{"result":{"response":{"value":7}}}`: "/result/response/value",
		`{"result":{"response":{"value":"AA==\n"}}}`: "/result/response/value",
		`{"result":{"response":{"height":7}}}`:       "/result/response/height", `{"result":{"response":{"height":"-7"}}}`: "/result/response/height",
		`{"result":{"response":{"value":"","value":"AA=="}}}`: "",
	} {
		var fault *Error
		if got, err := ReadAnswer([]byte(text)); !errors.As(err, &fault) || fault.Code != CodeAnswer || fault.Pointer != pointer {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

// TestRecorded reads the one recorded answer of a did:empe node.
func TestRecorded(t *testing.T) {
	var recorded struct {
		Value []byte `json:"response_value_base64"`
	}
	if err := json.Unmarshal(sharedtest.Read(t, source, "transcripts", "empe", "did-document-abci.json"), &recorded); err != nil {
		t.Fatal(err)
	}
	answer, err := ReadAnswer([]byte(answered(recorded.Value)))
	if err != nil || !bytes.Equal(answer.Value, recorded.Value) {
		t.Fatal(err)
	}
	outer := NewReader(answer.Value)
	if !outer.Next() || outer.Number() != 1 {
		t.Fatal(outer.Err())
	}
	var numbers []int
	inner := NewReader(outer.Bytes())
	for inner.Next() {
		numbers = append(numbers, inner.Number())
	}
	if inner.Err() != nil || len(numbers) < 8 || outer.Next() || outer.Err() != nil {
		t.Errorf("%v %v %v", numbers, inner.Err(), outer.Err())
	}
}

func TestReader(t *testing.T) {
	message := AppendText(nil, 1, "a")
	message = append(message, 0x11, 1, 2, 3, 4, 5, 6, 7, 8) // field 2, 64 bits
	message = append(message, 0x1d, 1, 2, 3, 4)             // field 3, 32 bits
	message = AppendUint(message, 4, math.MaxUint64)
	message = AppendTexts(message, 5, "", "b")
	message = AppendMessage(AppendBytes(AppendText(AppendUint(message, 6, 0), 6, ""), 6, nil), 7, nil)
	r := NewReader(message)
	var numbers, texts []string
	var number uint64
	for r.Next() {
		switch r.Number() {
		case 1, 5:
			texts = append(texts, r.Text())
		case 4:
			number = r.Uint()
		}
		numbers = append(numbers, string(rune('0'+r.Number())))
	}
	if r.Err() != nil || strings.Join(numbers, "") != "1234557" || strings.Join(texts, ",") != "a,,b" || number != math.MaxUint64 {
		t.Errorf("%v %v %v %v", numbers, texts, number, r.Err())
	}
	for name, broken := range map[string][]byte{
		"no number": {0}, "a high number": {0x82, 0x80, 0x80, 0x80, 0x10, 0}, "a group": {0x0b}, "its end": {0x0c}, "no type": {0x0e}, "no value": {0x08},
		"no end": {0x08, 0x80}, "65 bits": {0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02}, "no length": {0x0a}, "cut": {0x0a, 2, 'a'},
		"a vast length": {0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, "cut 64": {0x09, 1}, "cut 32": {0x0d, 1},
		"not UTF-8": {0x0a, 1, 0xff}, "another type": {0x08, 1}, "too long": make([]byte, MaxMessage+1),
	} {
		r := NewReader(broken)
		for r.Next() {
			_ = r.Text()
		}
		var fault *Error
		if !errors.As(r.Err(), &fault) || fault.Code != CodeMessage {
			t.Errorf("%s: %v", name, r.Err())
		}
	}
	if r := NewReader(AppendText(nil, 1, "a")); !r.Next() || r.Uint() != 0 || r.Err() == nil {
		t.Error("a text is read as a number")
	}
}

func TestWriteRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.IntRange(1, maxField).Draw(t, "number")
		raw := rapid.SliceOf(rapid.Byte()).Draw(t, "raw")
		value := rapid.Uint64Min(1).Draw(t, "value")
		r := NewReader(AppendUint(AppendMessage(nil, number, raw), number, value))
		if !r.Next() || r.Number() != number || !bytes.Equal(r.Bytes(), raw) || !r.Next() || r.Number() != number || r.Uint() != value || r.Next() || r.Err() != nil {
			t.Fatal(r.Err())
		}
	})
}

func FuzzReader(f *testing.F) {
	f.Add(AppendUint(AppendText(nil, 1, "a"), 2, 300))
	f.Add([]byte{0x0a, 0x02, 'a'})
	f.Fuzz(func(t *testing.T, message []byte) {
		// What was read and is of the three common kinds is written as it was, but for numbers that were longer than needed.
		var again []byte
		r := NewReader(message)
		for r.Next() {
			switch r.wire {
			case wireBytes:
				again = AppendMessage(again, r.Number(), r.Bytes())
			case wireVarint:
				again = AppendUint(again, r.Number(), r.Uint())
			}
		}
		if len(again) > len(message) {
			t.Fatalf("%x became %x", message, again)
		}
	})
}

func FuzzReadAnswer(f *testing.F) {
	f.Add([]byte(missing))
	f.Add([]byte(answered([]byte("value"))))
	f.Add([]byte(`{"error":{"code":1}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		answer, err := ReadAnswer(body)
		if err != nil && (answer.Value != nil || answer.Height != 0) {
			t.Fatal("an answer beside an error")
		}
	})
}
