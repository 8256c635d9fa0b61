package cheqd_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ledger "github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// TestOtherVersion asks for a version of a node that answers with another one, as one does that looks at the DID alone.
func TestOtherVersion(t *testing.T) {
	const version = "c4ee34ec-75f5-4b39-bb50-5ac4f86c36b3"
	simulated, _ := node(t)
	var lie atomic.Bool
	lying := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if place, _, asked := strings.Cut(r.URL.Path, "/version/"); asked {
			r.URL.Path, r.URL.RawPath = place, ""
		}
		if !lie.Load() {
			simulated.ServeHTTP(w, r)
			return
		}
		said := httptest.NewRecorder()
		simulated.ServeHTTP(said, r)
		w.WriteHeader(said.Code)
		text := said.Body.String()
		if !strings.HasSuffix(r.URL.Path, "/versions") {
			text = strings.ReplaceAll(text, version, "11111111-75f5-4b39-bb50-5ac4f86c36b3")
		}
		_, _ = io.WriteString(w, text)
	}))
	t.Cleanup(lying.Close)
	m := ledger.Method{Call: client(), Networks: map[string]ledger.Network{cheqd.Testnet: {REST: lying.URL}}}
	for asked, ok := range map[string]bool{version: true, strings.ToUpper(version): true, "00000000-75f5-4b39-bb50-5ac4f86c36b3": false} {
		_, err := m.ResolveVersion(t.Context(), known, asked)
		if ok && err != nil || !ok && (err == nil || vc.KindOf(err) != vc.Invalid || !strings.Contains(err.Error(), "version")) {
			t.Errorf("%s: %v", asked, err)
		}
	}
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	if _, err := m.ResolveAt(t.Context(), known, at); err != nil {
		t.Error(err)
	}
	lie.Store(true)
	if _, err := m.ResolveAt(t.Context(), known, at); err == nil {
		t.Error("at a time: another version was taken")
	}
	if _, err := m.Dereference(t.Context(), known+"?versionId="+version); err == nil {
		t.Error("dereferenced: another version was taken")
	}
	if _, err := m.Resolve(t.Context(), known); err != nil {
		t.Error(err)
	}
}
