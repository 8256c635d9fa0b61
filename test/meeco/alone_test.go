package meeco

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/test/peers"
)

// TestDoorAlone: on a listener of its own the door is at the root, its token endpoint with it, and nothing else is there.
func TestDoorAlone(t *testing.T) {
	guard(t, func() {
		listener := must(net.Listen("tcp", "127.0.0.1:0"))
		address := listener.Addr().String()
		done(listener.Close())
		w := start(t, "sqlite", app.Config{Doors: map[string]string{"meeco": address}})
		o := w.settled()
		made := w.raw(o.admin, "POST", "/applications", object{"application": object{"name": "Counter", "description": "", "security_rights": []string{"vc:org:manage"}}}, orgHeader, o.org.ID)
		front := w.url
		w.url = "http://" + address
		token := w.tokenAt("/oauth2/token", made.text("/application/client_id"), made.text("/application/client_secret"))
		var listed peers.MeecoAnswer
		w.node().Call("meeco.call", peers.MeecoCall{SDK: "did", Base: w.url, Token: token, Method: "didOwnerControllerList", Args: []any{o.org.ID}}, &listed)
		if !strings.Contains(string(listed.Value), `"totalItems":0`) || !strings.Contains(string(listed.Value), front+"/meeco/did-owner") {
			t.Errorf("listed %s, refused %v", listed.Value, listed.Refused)
		}
		for _, path := range []string{"/v1/whoami", "/meeco/version", "/1.0/identifiers/did:key:z6Mk"} {
			res := must(w.client.Get(w.url + path))
			_ = res.Body.Close()
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers %d", path, res.StatusCode)
			}
		}
	})
}
