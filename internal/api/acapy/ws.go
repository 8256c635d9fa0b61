package acapy

import "net/http"

func (d *Door) socket(w http.ResponseWriter, _ *http.Request) {
	plain(w, http.StatusNotFound, "404: Not Found")
}
