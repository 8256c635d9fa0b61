package agent

import (
	"cmp"
	"context"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Bounds of settings.
const (
	labelMax    = 200      // characters
	imageMax    = 8 << 10  // bytes: agents show data URLs too
	webhooksMax = 32       // URLs
	extraMax    = 64 << 10 // bytes
)

// The ways in which a wallet's webhooks are dispatched: to its own receivers, else the server's; to both; to the server's alone.
const (
	DispatchDefault = "default"
	DispatchBoth    = "both"
	DispatchBase    = "base"
)

// Settings gives how the agent of an office behaves: what the office says, over what the server is configured with. It is at most one
// second stale, and not at all where the change was made on this server.
func (d *Desk) Settings(ctx context.Context, scope vc.Scope) (settings vc.AgentSettings, err error) {
	if known, ok := d.said.get(scope, d.now()); ok {
		return over(known, d.Defaults), nil
	}
	err = d.Rows.View(ctx, scope, func(rows Rows) error {
		settings, err = d.settings(&Turn{Rows: rows, By: vc.Caller{Scope: scope}})
		return err
	})
	return settings, err
}

// OwnSettings gives what an office says itself, as it is stored; with revision 0 where it says nothing.
func (d *Desk) OwnSettings(ctx context.Context, scope vc.Scope) (settings vc.AgentSettings, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) error {
		settings, err = stored(rows, scope)
		return err
	})
	return settings, err
}

// ChangeSettings writes what change made of an office's own settings, and gives them. Their ids, times, wallet's name and token are
// not for it to change, nor the public DID ([Desk.SetPublicDID]). It may name webhooks with their keys, "URL#key", which are sealed: a URL
// without keeps the key it has, one with "#" alone loses it. change may run more than once, and what it fails with is returned.
//
// It fails with [vc.Invalid] "settings-invalid", with a pointer to the setting, and as [vc.NotFound] "mediation-not-found" and
// [vc.Denied] "mediation-not-granted" where the default mediator is none.
func (d *Desk) ChangeSettings(ctx context.Context, by vc.Caller, change func(*vc.AgentSettings) error) (vc.AgentSettings, error) {
	return d.changeSettings(ctx, by, func(s *vc.AgentSettings) error {
		did := s.PublicDID
		if err := change(s); err != nil {
			return err
		}
		s.PublicDID = did
		return CheckSettings(*s)
	})
}

func (d *Desk) changeSettings(ctx context.Context, by vc.Caller, change func(*vc.AgentSettings) error) (settings vc.AgentSettings, err error) {
	const attempts = 5
	for range attempts {
		err = d.act(ctx, by, func(t *Turn) error {
			before, err := stored(t.Rows, by.Scope)
			if err != nil {
				return err
			}
			after := before
			if err := change(&after); err != nil {
				return err
			}
			if err := t.mayMediate(before.Mediation, after.Mediation); err != nil {
				return err
			}
			after.ID, after.Scope, after.Wallet, after.TokenAt = before.ID, by.Scope, before.Wallet, before.TokenAt
			if err := sealWebhooks(t.Vault, before, &after); err != nil {
				return err
			}
			after.Revision, after.CreatedAt, after.UpdatedAt = before.Revision+1, before.CreatedAt, t.Now
			if before.Revision == 0 {
				after.ID, after.CreatedAt = newID(), t.Now
			}
			if err := t.Rows.PutAgentSettings(after); err != nil {
				return err
			}
			settings = after
			return t.Rows.Append(vc.Entry{
				ID: newID(), Scope: by.Scope, At: t.Now, Action: "agent.settings", Principal: by.Principal, Door: by.Door,
				Request: by.Request, Object: "settings/" + after.ID,
			})
		})
		if err == nil || vc.KindOf(err) != vc.Conflict { // another was faster
			break
		}
	}
	d.said.forget()
	if err != nil {
		return vc.AgentSettings{}, err
	}
	return settings, nil
}

// mayMediate says whether a mediation may be that of new connections.
func (t *Turn) mayMediate(before, after string) error {
	if after == "" || after == before {
		return nil
	}
	m, err := t.Rows.Mediation(after)
	switch {
	case err != nil && vc.KindOf(err) == vc.NotFound, err == nil && m.Server:
		return vc.Errorf(vc.NotFound, "mediation-not-found", "there is no such mediation").At("/mediation")
	case err != nil:
		return err
	case m.State != vc.MediationGranted:
		return vc.Errorf(vc.Denied, "mediation-not-granted", "the mediation is not granted").At("/mediation")
	}
	return nil
}

// CheckSettings says whether an office can have these settings. It fails with [vc.Invalid] "settings-invalid", with a pointer to the
// setting.
func CheckSettings(s vc.AgentSettings) error {
	invalid := func(pointer, why string) error {
		return vc.Errorf(vc.Invalid, "settings-invalid", "%s", why).At(pointer)
	}
	switch {
	case !printable(s.Label) || utf8.RuneCountInString(s.Label) > labelMax:
		return invalid("/label", "a label has at most 200 printable characters")
	case !printable(s.ImageURL) || len(s.ImageURL) > imageMax:
		return invalid("/image_url", "an image's URL has at most 8192 printable characters")
	case len(s.Webhooks) > webhooksMax:
		return invalid("/wallet_webhook_urls", "a wallet has at most 32 receivers of webhooks")
	case len(s.Extra) > extraMax || len(s.Extra) > 0 && jsontext.Value(s.Extra).Kind() != '{':
		return invalid("/extra_settings", "these are a JSON object of at most 65536 bytes")
	}
	switch s.Dispatch {
	case "", DispatchDefault, DispatchBoth, DispatchBase:
	default:
		return invalid("/wallet_dispatch_type", "webhooks go by default, to both or to base")
	}
	switch s.CredentialStatus {
	case "", "BitstringStatusListEntry", "StatusList2021Entry":
		return nil
	}
	return invalid("/credential_status", "a status is by BitstringStatusListEntry or StatusList2021Entry")
}

func printable(text string) bool {
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsControl(r) {
			return false
		}
	}
	return true
}

// stored reads what an office says; revision 0 where it says nothing.
func stored(rows Rows, scope vc.Scope) (vc.AgentSettings, error) {
	settings, err := rows.AgentSettings()
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.AgentSettings{Scope: scope}, nil
	}
	return settings, err
}

// settings are those of the turn's scope over the server's.
func (d *Desk) settings(t *Turn) (vc.AgentSettings, error) {
	now := d.now()
	if known, ok := d.said.get(t.By.Scope, now); ok {
		return over(known, d.Defaults), nil
	}
	changes := d.said.changes()
	own, err := stored(t.Rows, t.By.Scope)
	if err != nil {
		return vc.AgentSettings{}, err
	}
	d.said.put(t.By.Scope, own, now, changes)
	return over(own, d.Defaults), nil
}

// over fills in from the server's settings what an office does not say.
func over(own, server vc.AgentSettings) vc.AgentSettings {
	for _, flag := range []struct{ own, server **bool }{
		{&own.AutoAcceptInvites, &server.AutoAcceptInvites},
		{&own.AutoAcceptRequests, &server.AutoAcceptRequests},
		{&own.AutoOffer, &server.AutoOffer},
		{&own.AutoRequest, &server.AutoRequest},
		{&own.AutoIssue, &server.AutoIssue},
		{&own.AutoStore, &server.AutoStore},
		{&own.AutoAsk, &server.AutoAsk},
		{&own.AutoPresent, &server.AutoPresent},
		{&own.AutoVerify, &server.AutoVerify},
		{&own.AutoPing, &server.AutoPing},
		{&own.Preserve, &server.Preserve},
		{&own.PublicInvites, &server.PublicInvites},
		{&own.OpenMediation, &server.OpenMediation},
		{&own.WholeWebhooks, &server.WholeWebhooks},
	} {
		if *flag.own == nil {
			*flag.own = *flag.server
		}
	}
	own.Label = cmp.Or(own.Label, server.Label)
	own.ImageURL = cmp.Or(own.ImageURL, server.ImageURL)
	own.CredentialStatus = cmp.Or(own.CredentialStatus, server.CredentialStatus)
	own.Dispatch = cmp.Or(own.Dispatch, server.Dispatch)
	return own
}
