package meeco

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Limits on request bodies, in bytes.
const (
	smallBody  = 64 << 10 // what describes, not contains
	mediumBody = 1 << 20  // a schema, a credential
	tokenBody  = 4 << 20  // presentations
)

// decode reads the body: null is the same as an absent member, an unknown member is refused.
func decode(r *http.Request, limit int64, into any) error {
	return httpx.DecodeNullable(r, limit, into)
}

// answer writes JSON.
func answer(w http.ResponseWriter, status int, v any) error {
	httpx.EncodeJSON(w, status, v)
	return nil
}

// answerText writes a bare text: a JWT.
func answerText(w http.ResponseWriter, text []byte) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(text) // who left needs no answer
	return nil
}

// empty says that it is done.
func empty(w http.ResponseWriter) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// meta tells what part of a list an answer is.
type meta struct {
	OrderBy      string `json:"order_by"`
	Order        string `json:"order"`
	OrderGiven   bool   `json:"order_from_params"`
	PerPage      int    `json:"per_page"`
	PerPageGiven bool   `json:"per_page_from_params"`
	Records      int    `json:"records_count"`
	Page         int    `json:"page"`
	Pages        int    `json:"page_count"`
}

// listing is the query of a list: the core's page and the words of meta.
type listing struct {
	vc.ListQuery

	words meta
}

// meta of a list with so many records in all.
func (l listing) meta(total int) meta {
	m := l.words
	m.Records, m.Pages = total, max(1, (total+m.PerPage-1)/m.PerPage)
	return m
}

// orders of a list: the values of order_by, the first is the default.
const (
	byCreation = "created_at"
	byName     = "name"
	byUpdate   = "updated_at"
)

const (
	perPage    = 10
	maxPerPage = 100
	maxPage    = 1_000_000
)

// listed reads order, order_by, per_page, page, status and search. Parameters that are not known are left alone, as
// Meeco's services do.
func listed(r *http.Request, orders ...string) (listing, error) {
	values := httpx.Query(r)
	l := listing{words: meta{OrderBy: orders[0], Order: "DESC"}}
	if given := values.Get("order_by"); given != "" {
		if !slices.Contains(orders, given) {
			return l, badParameter("order_by", "must be one of "+strings.Join(orders, ", "))
		}
		l.words.OrderBy = given
	}
	if given := values.Get("order"); given != "" {
		l.words.Order, l.words.OrderGiven = strings.ToUpper(given), true
	} else if l.words.OrderBy == byName {
		l.words.Order = "ASC"
	}
	if l.words.Order != "ASC" && l.words.Order != "DESC" {
		return l, badParameter("order", "must be ASC or DESC")
	}
	if err := l.paged(values, perPage); err != nil {
		return l, err
	}
	var err error
	l.Archived, err = archivedIs(values.Get("status"))
	l.Search = values.Get("search")
	return l, err
}

// paged reads page and per_page.
func (l *listing) paged(values url.Values, usual int) (err error) {
	if l.words.PerPage, err = number(values, "per_page", usual, maxPerPage); err != nil {
		return err
	}
	l.words.PerPageGiven = values.Get("per_page") != ""
	if l.words.Page, err = number(values, "page", 1, maxPage); err != nil {
		return err
	}
	l.Page = vc.Page{
		Limit: l.words.PerPage, Offset: (l.words.Page - 1) * l.words.PerPage, Ascending: l.words.Order == "ASC",
	}
	switch l.words.OrderBy {
	case byName:
		l.Page.OrderBy = vc.ByName
	case byUpdate:
		l.Page.OrderBy = vc.ByUpdate
	}
	return nil
}

// archivedIs reads a status filter: all, active or archived.
func archivedIs(status string) (*bool, error) {
	yes, no := true, false
	switch status {
	case "", "all":
		return nil, nil
	case "active":
		return &no, nil
	case "archived":
		return &yes, nil
	}
	return nil, badParameter("status", "must be all, active or archived")
}

// tenancyListed reads the query of a tenancy list: order (by name), per_page, page, status, and filter_by or email.
func tenancyListed(r *http.Request) (listing, error) {
	values := httpx.Query(r)
	l := listing{words: meta{OrderBy: byName, Order: "ASC"}}
	if given := values.Get("order"); given != "" {
		l.words.Order, l.words.OrderGiven = strings.ToUpper(given), true
		if l.words.Order != "ASC" && l.words.Order != "DESC" {
			return l, badParameter("order", "must be asc or desc")
		}
	}
	if err := l.paged(values, 2*perPage); err != nil {
		return l, err
	}
	var err error
	l.Archived, err = archivedIs(values.Get("status"))
	l.Search = values.Get("filter_by") + values.Get("email")
	return l, err
}

func number(values url.Values, name string, usual, most int) (int, error) {
	text := values.Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, badParameter(name, "must be a whole number from 1 to "+strconv.Itoa(most))
	}
	return n, nil
}

func badParameter(name, must string) error {
	return vc.Errorf(vc.Invalid, "parameter", "the parameter %s %s", name, must)
}
