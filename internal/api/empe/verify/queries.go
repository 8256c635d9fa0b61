package verify

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
)

func (d *Door) createQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) listQueries(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) getQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) deleteQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) askQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) ask(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) askFlow(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) getResult(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) getRequest(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) answer(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) watch(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) getCode(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }
