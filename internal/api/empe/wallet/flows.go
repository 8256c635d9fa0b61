package wallet

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
)

func (d *Door) generate(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) importDIDs(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) listDIDs(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	return errNotBuilt
}

func (d *Door) resolve(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) list(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) hold(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) dropAll(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) get(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) drop(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) begin(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) flow(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) confirm(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) alive(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }

func (d *Door) ready(w http.ResponseWriter, r *http.Request, c wire.Call) error { return errNotBuilt }
