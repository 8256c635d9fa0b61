package meeco

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// TestProfilesAtOnce: of those who change different members of a profile at the same moment nobody undoes another.
func TestProfilesAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		for path, wrapper := range map[string]string{"/orgs/" + o.org.ID: "/org/", "/tenants/" + o.tenant.ID: "/tenant/"} {
			members := []string{"legal_name", "trading_name", "company_number", "lei_number", "business_address", "authorised_officer_first_name"}
			var all sync.WaitGroup
			for _, name := range members {
				all.Go(func() {
					body, _ := json.Marshal(object{"name": "North", name: name})
					r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, w.url+prefix+path, strings.NewReader(string(body)))
					if err != nil {
						t.Error(err)
						return
					}
					r.Header.Set("Content-Type", "application/json")
					r.Header.Set("Authorization", "Bearer "+o.chief)
					res, err := w.client.Do(r)
					if err != nil {
						t.Error(err)
						return
					}
					_ = res.Body.Close()
					if res.StatusCode != http.StatusOK {
						t.Errorf("%s of %s: %d", name, path, res.StatusCode)
					}
				})
			}
			all.Wait()
			r := w.raw(o.chief, "GET", path, nil)
			for _, name := range members {
				r.equal(wrapper+name, name)
			}
		}
	})
}
