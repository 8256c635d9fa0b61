package meeco

import (
	"net/http/httptest"
	"strings"
	"testing"
)

func TestSlugOf(t *testing.T) {
	for name, want := range map[string]string{
		"North": "north", "Süd & Co": "s-d-co", "  a--b  ": "a-b", "日本": "tenant", "": "tenant", "-x-": "x",
		strings.Repeat("a", 49) + " bc": strings.Repeat("a", 49), "A.B.C": "a-b-c",
	} {
		if got := slugOf(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// What the answer before gave leads to the next page; a page that is named wins.
func TestTenancyPage(t *testing.T) {
	for query, page := range map[string]int{
		"": 1, "page=3": 3, "next_page_after=2": 2, "page=4&next_page_after=2": 4,
	} {
		l, err := tenancyPage(httptest.NewRequest("GET", "/tenants?per_page=2&"+query, nil))
		if err != nil || l.meta(9).Page != page || l.Page.Offset != 2*(page-1) {
			t.Errorf("%s: %+v %v", query, l, err)
		}
	}
	for _, query := range []string{"next_page_after=x", "next_page_after=0", "page=-1"} {
		if _, err := tenancyPage(httptest.NewRequest("GET", "/tenants?"+query, nil)); err == nil {
			t.Errorf("%s passes", query)
		}
	}
	l, err := tenancyPage(httptest.NewRequest("GET", "/tenants?per_page=2&page=2", nil))
	if err != nil || l.nextPage(5) != "3" || l.nextPage(4) != "" {
		t.Errorf("%q %q %v", l.nextPage(5), l.nextPage(4), err)
	}
}
