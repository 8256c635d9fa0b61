package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// The keys of our clients, as their mediator: Aries RFC 0211, "Keylist".

// keylistLook is an update with what is known of its keys elsewhere.
type keylistLook struct {
	reply string
	keys  []didcomm.Verkey // the zero one: no key
	owner []string         // whose a key is; ""
}

func lookKeylistUpdate(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.KeylistUpdate)
	const most = 1000
	if len(m.Updates) > most {
		return nil, refuse("keylist-too-long", "at most %d changes at once", most)
	}
	reply, err := newMessageID()
	look := keylistLook{reply: reply}
	for _, change := range m.Updates {
		key, bad := didcomm.ParseVerkey(change.RecipientKey)
		owner := ""
		if bad == nil && err == nil {
			_, owner, err = d.Directory.Lookup(ctx, store.HandleMediatedKey, key.String())
			err = absent(err)
		}
		look.keys, look.owner = append(look.keys, key), append(look.owner, owner)
	}
	return look, err
}

func actKeylistUpdate(_ *Desk, t *Turn, in *Inbound, looked any) error {
	look := looked.(keylistLook)
	m, err := t.granted(in.Connection.ID, true)
	if err != nil {
		return err
	}
	full, err := t.Rows.MediatedKeys(m.ID, vc.Page{Limit: 1, Offset: maxMediatedKeys - 1})
	if err != nil {
		return err
	}
	response := &didcomm.KeylistUpdateResponse{Header: in.Message.Head().Reply(didcomm.TypeKeylistUpdateResponse, look.reply)}
	here := map[didcomm.Verkey]bool{} // as the changes so far have left it
	for i, change := range in.Message.(*didcomm.KeylistUpdate).Updates {
		key, has := look.keys[i], look.owner[i] == mediatedObject(m.ID)
		if now, changed := here[key]; changed {
			has = now
		}
		foreign := look.owner[i] != "" && look.owner[i] != mediatedObject(m.ID)
		change.Result = didcomm.KeyNoChange
		switch {
		case key.IsZero(), change.Action != didcomm.KeyAdd && change.Action != didcomm.KeyRemove:
			change.Result = didcomm.KeyClientError
		case change.Action == didcomm.KeyAdd && foreign:
			change.Result = didcomm.KeyClientError
		case change.Action == didcomm.KeyAdd && !has && len(full) > 0:
			change.Result = didcomm.KeyServerError
		case change.Action == didcomm.KeyAdd && !has:
			change.Result, here[key] = didcomm.KeySuccess, true
			err = t.Rows.PutMediatedKey(vc.MediatedKey{
				Mediation: m.ID, Scope: t.By.Scope, Verkey: key.String(), State: vc.KeyConfirmed, CreatedAt: t.Now,
			}, true)
		case change.Action == didcomm.KeyRemove && has:
			change.Result, here[key] = didcomm.KeySuccess, false
			_, err = t.Rows.DeleteMediatedKey(m.ID, key.String())
		}
		if err != nil {
			return err
		}
		response.Updated = append(response.Updated, change)
	}
	if err := t.Send(Addressee{Connection: in.Connection}, response, ""); err != nil {
		return err
	}
	return t.Tell("", "mediation.keys", "mediation", m.ID, nil)
}

func actKeylistQuery(_ *Desk, t *Turn, in *Inbound, looked any) error {
	m, err := t.granted(in.Connection.ID, true)
	if err != nil {
		return err
	}
	limit, offset := keylistPage, 0
	if page := in.Message.(*didcomm.KeylistQuery).Paginate; page != nil {
		if page.Limit != nil && *page.Limit > 0 {
			limit = min(*page.Limit, maxMediatedKeys)
		}
		if page.Offset != nil && *page.Offset > 0 {
			offset = min(*page.Offset, maxMediatedKeys)
		}
	}
	keys, err := t.allKeys(m.ID, offset, maxMediatedKeys)
	if err != nil {
		return err
	}
	count := min(limit, len(keys))
	remaining := len(keys) - count
	answer := &didcomm.Keylist{
		Header: in.Message.Head().Reply(didcomm.TypeKeylist, looked.(string)), Keys: []didcomm.KeylistKey{},
		Pagination: &didcomm.KeylistPage{Count: &count, Offset: &offset, Remaining: &remaining},
	}
	for _, key := range keys[:count] {
		answer.Keys = append(answer.Keys, didcomm.KeylistKey{RecipientKey: didKeys([]string{key.Verkey})[0]})
	}
	return t.Send(Addressee{Connection: in.Connection}, answer, "")
}
