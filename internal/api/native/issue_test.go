package native

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestBatch(t *testing.T) {
	many := func(n int) string { return `{"orders":[` + strings.Repeat(`{},`, n-1) + `{}]}` }
	for name, c := range map[string]struct {
		body, code, pointer string
		n                   int
	}{
		"none":          {`{"orders":[]}`, "", "", 0},
		"one":           {`{"atomic":true,"orders":[{"type":"t","claims":{"a":[1]}}]}`, "", "", 1},
		"most":          {many(1000), "", "", 1000},
		"too many":      {many(1001), "batch-size", "/orders", 0},
		"far too many":  {many(2_000_000), "batch-size", "/orders", 0},
		"no array":      {`{"orders":{}}`, httpx.CodeWrongType, "/orders", 0},
		"null":          {`{"orders":null}`, httpx.CodeWrongType, "/orders", 0},
		"null order":    {`{"orders":[null]}`, httpx.CodeWrongType, "/orders/0", 0},
		"wrong order":   {`{"orders":[{},7]}`, httpx.CodeWrongType, "/orders/1", 0},
		"wrong member":  {`{"orders":[{},{"type":7}]}`, httpx.CodeWrongType, "/orders/1/type", 0},
		"unknown":       {`{"orders":[{"typ":"t"}]}`, httpx.CodeUnknown, "/orders/0/typ", 0},
		"unknown after": {`{"orders":[{}],"x":1}`, httpx.CodeUnknown, "/x", 0},
	} {
		t.Run(name, func(t *testing.T) {
			var in batch
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := httpx.UnmarshalJSON([]byte(c.body), &in)
			runtime.ReadMemStats(&after)
			if took := after.TotalAlloc - before.TotalAlloc; took > uint64(16<<20) {
				t.Errorf("%d bytes were allocated", took)
			}
			if c.code == "" {
				if err != nil || len(in.Orders) != c.n {
					t.Errorf("%d orders, %v", len(in.Orders), err)
				}
				return
			}
			e, ok := errors.AsType[*vc.Error](err)
			if !ok || e.Code != c.code || e.Pointer != c.pointer {
				t.Errorf("%v, want %s at %s", err, c.code, c.pointer)
			}
		})
	}
}
