package ledgersim_test

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// FuzzServe sends anything to the RPC, the gateway and the mempool: each is answered.
func FuzzServe(f *testing.F) {
	f.Add("/", cheqd.QueryDIDDoc(did).ABCI.Request().JSON(1))
	f.Add("/", cheqd.BroadcastRPC(cheqd.TxRaw{Body: []byte{1}}.Encode()).JSON(1))
	f.Add("/", cheqd.TxRPC("00").JSON(1))
	f.Add(cheqd.BroadcastPath, cheqd.BroadcastBody(cheqd.TxRaw{}.Encode()))
	f.Add("/cosmos/tx/v1beta1/simulate", cheqd.BroadcastBody(cheqd.TxRaw{Body: cheqd.TxBody{Messages: []cheqd.Any{cheqd.Pack(newDID(did))}}.Encode()}.Encode()))
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		if path != "/" && path != cheqd.BroadcastPath {
			path = "/cosmos/tx/v1beta1/simulate"
		}
		l := ledgersim.New(ledgersim.Config{})
		recorder := httptest.NewRecorder()
		l.ServeHTTP(recorder, httptest.NewRequest("POST", path, bytes.NewReader(body)))
		if recorder.Body.Len() == 0 {
			t.Error("no answer")
		}
	})
}
