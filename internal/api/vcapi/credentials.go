package vcapi

import (
	"net/http"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

func (d *Door) getCredential(w http.ResponseWriter, r *http.Request, c call) error {
	view, err := d.found(r, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusOK, secured{wrapped(view.Secured, view.MediaType, view.Credential.Model)})
	return nil
}

// deleteCredential erases: what the credential said and whose it was is gone, and it can still be revoked.
func (d *Door) deleteCredential(w http.ResponseWriter, r *http.Request, c call) error {
	view, err := d.found(r, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	if _, err := d.Issuer.Erase(r.Context(), c.by, view.Credential.ID); err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusAccepted, struct{}{})
	return nil
}

// found gives a credential of the instance that was not erased.
func (d *Door) found(r *http.Request, c call, id string) (issuer.View, error) {
	view, err := d.Issuer.FindDocument(r.Context(), c.by.Scope, c.instance.ID, id)
	if err == nil && !view.Credential.ErasedAt.IsZero() {
		err = vc.Errorf(vc.Gone, "credential-erased", "the credential was deleted")
	}
	return view, err
}

type statusRequest struct {
	ID     *string `json:"credentialId"`
	Status *struct {
		ID      string         `json:"id"`
		Type    string         `json:"type"`
		Purpose string         `json:"statusPurpose"`
		Index   jsontext.Value `json:"statusListIndex"` // a text, or a number as some instances write it
		List    string         `json:"statusListCredential"`
	} `json:"credentialStatus"`
	Value     *bool  `json:"status"`
	Allocator string `json:"indexAllocator"`
}

func (d *Door) changeStatus(w http.ResponseWriter, r *http.Request, c call) error {
	var in statusRequest
	if err := httpx.DecodeJSON(r, maxBody, &in); err != nil {
		return err
	}
	switch {
	case in.ID == nil:
		return httpx.Missing("/credentialId")
	case in.Status == nil:
		return httpx.Missing("/credentialStatus")
	case in.Status.Type == "":
		return httpx.Missing("/credentialStatus/type")
	case in.Status.Purpose == "":
		return httpx.Missing("/credentialStatus/statusPurpose")
	case in.Value == nil:
		return httpx.Missing("/status")
	case in.Allocator != "":
		return notSupported("/indexAllocator", "indices are allocated here")
	}
	index, err := in.index()
	if err != nil {
		return err
	}
	view, err := d.Issuer.FindDocument(r.Context(), c.by.Scope, c.instance.ID, *in.ID)
	if err != nil {
		return err
	}
	if err := in.names(view.Credential, index); err != nil {
		return err
	}
	change := issuer.Change{Purpose: vc.StatusPurpose(in.Status.Purpose)}
	if *in.Value {
		change.Value = 1
	}
	if _, err := d.Issuer.ChangeStatus(r.Context(), c.by, view.Credential.ID, change); err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusOK, struct{}{})
	return nil
}

// index is the entry's index as a text; "" where the request names none.
func (in statusRequest) index() (string, error) {
	switch value := in.Status.Index; value.Kind() {
	case 0:
		return "", nil
	case '"':
		text, _ := vcdm.Text([]byte(value))
		return text, nil
	case '0':
		return string(value), nil
	}
	return "", vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected a string").At("/credentialStatus/statusListIndex")
}

// names refuses a request that names another entry than the credential's.
func (in statusRequest) names(credential vc.Credential, index string) error {
	for _, entry := range credential.Entries {
		if string(entry.Purpose) != in.Status.Purpose {
			continue
		}
		switch {
		case in.Status.List != "" && in.Status.List != entry.URL:
			return vc.Errorf(vc.Invalid, "status-entry", "the credential's entry is in another list").At("/credentialStatus/statusListCredential")
		case index != "" && index != strconv.FormatInt(entry.Index, 10):
			return vc.Errorf(vc.Invalid, "status-entry", "the credential's entry has another index").At("/credentialStatus/statusListIndex")
		}
	}
	return nil
}
