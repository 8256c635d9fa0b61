package crash

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

// TestClaimRefused makes the database refuse a row after the credential of a claim was signed: the offering's limit is not
// touched, nothing is kept, and the same token claims once the database takes rows again, one credential however often.
func TestClaimRefused(t *testing.T) {
	peer := peers.Start(t)
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			a, admin := e.running(t)
			inside := sdk.New(a.URL, admin)
			organisation, err := inside.CreateOrganisation(t.Context(), sdk.NewOrganisation{Name: "Issuer", MayIssue: true})
			check(t, err)
			inside.Organisation = organisation.ID
			_, err = inside.CreateDID(t.Context(), sdk.NewDID{Method: "empe", Algorithm: "secp256k1"})
			check(t, err)
			client, err := inside.CreateClient(t.Context(), sdk.NewPrincipal{Name: "back end", Grants: []sdk.Grant{{Role: "organisation-admin"}}})
			check(t, err)
			back := claimer{t: t, url: a.URL + "/empe/api/v1", header: "x-client-secret", value: client.Secret}
			back.call("POST", "/schemas", 201, map[string]any{
				"name": "Ticket", "type": "Ticket",
				"credentialSubject": map[string]any{"type": "object", "properties": map[string]any{"seat": map[string]any{"type": "integer"}}},
			}, nil)
			var warm, offering struct{ ID string }
			offer := map[string]any{"credential_type": "Ticket", "credential_subject": map[string]any{"seat": 4}}
			back.call("POST", "/offerings", 201, offer, &warm)
			offer["redemption_limit"] = 1
			back.call("POST", "/offerings", 201, offer, &offering)

			var key peers.EmpeKey
			peer.Call("empe.key", map[string]any{"alg": "EdDSA", "method": "key"}, &key)
			var token peers.EmpeToken
			peer.Call("empe.login", peers.EmpeLogin{Issuer: a.URL + "/empe", Key: key}, &token)
			holder := claimer{t: t, url: back.url, header: "Authorization", value: "Bearer " + token.Token}
			holder.call("POST", "/offerings/"+warm.ID+"/claim", 200, nil, nil) // the status lists are there now
			db := e.look(t)
			before := rows(t, db)
			for _, table := range []string{"exchanges", "redemptions", "credentials", "status_entries", "idempotency", "journal_pending"} {
				end := sync.OnceFunc(e.refuse(t, db, table, "1 = 1"))
				t.Cleanup(end)
				holder.call("POST", "/offerings/"+offering.ID+"/claim", 503, nil, nil)
				end()
				if after := rows(t, db); after != before {
					t.Errorf("%s: rows %s became %s", table, before, after)
				}
				var redeemed int
				check(t, db.QueryRow(`SELECT redeemed FROM offerings WHERE lim = 1`).Scan(&redeemed))
				if redeemed != 0 {
					t.Errorf("%s: the offering was redeemed %d times", table, redeemed)
				}
			}
			var first, again struct{ ID string }
			holder.call("POST", "/offerings/"+offering.ID+"/claim", 200, nil, &first)
			holder.call("POST", "/offerings/"+offering.ID+"/claim", 200, nil, &again)
			var credentials, redemptions int
			check(t, db.QueryRow(`SELECT (SELECT count(*) FROM credentials), (SELECT count(*) FROM redemptions)`).Scan(&credentials, &redemptions))
			if first.ID == "" || first.ID != again.ID || credentials != 2 || redemptions != 2 {
				t.Errorf("%q, %q, %d credentials, %d redemptions", first.ID, again.ID, credentials, redemptions)
			}
		})
	}
}

// claimer calls Empe's door with one header.
type claimer struct {
	t                  *testing.T
	url, header, value string
}

func (c claimer) call(method, path string, status int, body, out any) {
	c.t.Helper()
	var sent io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		check(c.t, err)
		sent = strings.NewReader(string(text))
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, sent)
	check(c.t, err)
	r.Header.Set(c.header, c.value)
	if sent != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	check(c.t, err)
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	check(c.t, err)
	if res.StatusCode != status {
		c.t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	if out != nil {
		check(c.t, json.Unmarshal(text, out))
	}
}
