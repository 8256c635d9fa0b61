package issuer

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// View is a credential as its issuer sees it. What was erased is not there.
type View struct {
	Credential vc.Credential
	Subjects   []string
	Recipient  string
	Secured    []byte
	MediaType  string // of Secured; "" where its format does not say
	Unsigned   []byte
	Input      []byte
}

// Filter finds credentials. Subject and Recipient are DIDs.
type Filter struct {
	vc.CredentialQuery
	Subject   string
	Recipient string
}

// Get gives one credential; NotFound "credential-not-found".
func (d *Desk) Get(ctx context.Context, scope vc.Scope, id string) (View, error) {
	credential, err := d.read(ctx, scope, id)
	if err != nil {
		return View{}, err
	}
	return d.view(ctx, credential)
}

func (d *Desk) read(ctx context.Context, scope vc.Scope, id string) (credential vc.Credential, err error) {
	err = store.Look(ctx, d.Rows, scope, func(rows Rows) error {
		credential, err = rows.Credential(id)
		return named(err)
	})
	return credential, err
}

// named says what was not found.
func named(err error) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, "credential-not-found", "there is no such credential").Because(err)
	}
	return err
}

// List gives a page of credentials, newest first unless asked otherwise, and the cursor of the next one; "" at the
// end.
func (d *Desk) List(ctx context.Context, scope vc.Scope, filter Filter) ([]View, string, error) {
	query, err := d.query(ctx, scope, filter)
	if err != nil {
		return nil, "", err
	}
	limit := query.Page.Limit
	query.Page.Limit = limit + 1
	var found []vc.Credential
	if err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		found, err = rows.Credentials(query)
		return err
	}); err != nil {
		return nil, "", err
	}
	next := ""
	if len(found) > limit {
		found = found[:limit]
		next = found[limit-1].ID
	}
	views, err := d.views(ctx, found)
	return views, next, err
}

// Page is [Desk.List] for doors that count pages: a page by its offset, and how many credentials there are in all; both
// are of one moment.
func (d *Desk) Page(ctx context.Context, scope vc.Scope, filter Filter) ([]View, int, error) {
	query, err := d.query(ctx, scope, filter)
	if err != nil {
		return nil, 0, err
	}
	var (
		found []vc.Credential
		total int
	)
	if err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if found, err = rows.Credentials(query); err == nil {
			total, err = rows.CountCredentials(query)
		}
		return err
	}); err != nil {
		return nil, 0, err
	}
	views, err := d.views(ctx, found)
	return views, total, err
}

// query is what the store is asked for a filter: digests in the place of DIDs, and a page of 1 to 1000.
func (d *Desk) query(ctx context.Context, scope vc.Scope, filter Filter) (query vc.CredentialQuery, err error) {
	query = filter.CredentialQuery
	if query.SubjectMAC, err = d.mac(ctx, scope.Tenant, filter.Subject); err != nil {
		return query, err
	}
	if query.RecipientMAC, err = d.mac(ctx, scope.Tenant, filter.Recipient); err != nil {
		return query, err
	}
	if query.Page.Limit <= 0 {
		query.Page.Limit = 50
	}
	query.Page.Limit = min(query.Page.Limit, 1000)
	return query, nil
}

func (d *Desk) views(ctx context.Context, credentials []vc.Credential) (views []View, err error) {
	views = make([]View, len(credentials))
	for i, credential := range credentials {
		if views[i], err = d.view(ctx, credential); err != nil {
			return nil, err
		}
	}
	return views, nil
}

func (d *Desk) view(ctx context.Context, credential vc.Credential) (View, error) {
	view := View{Credential: d.shown(credential)}
	if !credential.ErasedAt.IsZero() {
		return view, nil
	}
	content, err := d.open(ctx, credential)
	if err != nil {
		return view, err
	}
	result := Result{Credential: credential}
	if err := d.fill(ctx, &result, content); err != nil {
		return view, err
	}
	view.Subjects, view.Recipient = content.Subjects, content.Recipient
	view.MediaType = result.MediaType
	view.Secured, view.Unsigned, view.Input = result.Secured, result.Unsigned, result.Input
	return view, nil
}

// shown is the credential as it stands now: a draft whose time is over has lapsed, whether or not the row says so
// yet.
func (d *Desk) shown(credential vc.Credential) vc.Credential {
	if credential.State == vc.Awaited && !credential.ExpiresAt.After(d.now()) {
		credential.State = vc.Lapsed
	}
	return credential
}

func absolute(method, did string) string {
	if strings.HasPrefix(method, "#") {
		return did + method
	}
	return method
}

func prefixed(err error, i int) error {
	e, ok := asError(err)
	if !ok {
		return err
	}
	at := "/orders/" + strconv.Itoa(i)
	c := e.At(at + e.Pointer)
	c.Details = nil
	for _, f := range e.Details {
		f.Pointer = at + f.Pointer
		c.Details = append(c.Details, f)
	}
	return c
}

func eventData(data map[string]any) []byte {
	encoded, err := json.Marshal(data)
	if err != nil {
		return nil
	}
	return encoded
}
