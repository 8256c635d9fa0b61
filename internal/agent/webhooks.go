package agent

import (
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// The keys with which an office's webhooks are called, ACA-Py's "URL#key", lie sealed beside its settings, one for each URL. No
// answer holds them.

const (
	hookKeysLabel = "webhook keys v1 "
	hookNameUse   = "webhook name"
)

// SealWebhooks takes the keys from the URLs of settings and seals them, in the place of those that before had. A URL without "#" keeps
// the key that it had in before; one with nothing behind it has none any more. It is for settings of a scope that has them not yet;
// [Desk.ChangeSettings] does it by itself.
func (d *Desk) SealWebhooks(ctx context.Context, s *vc.AgentSettings) error {
	vault, err := d.tenant(ctx, s.Scope)
	if err != nil {
		return err
	}
	return sealWebhooks(vault, vc.AgentSettings{}, s)
}

func sealWebhooks(vault keys.TenantVault, before vc.AgentSettings, s *vc.AgentSettings) error {
	had, err := receiversOf(vault, before)
	if err != nil {
		return err
	}
	urls, all, keyed := make([]string, len(s.Webhooks)), make([]string, len(s.Webhooks)), false
	for i, whole := range s.Webhooks {
		url, key, said := strings.Cut(whole, "#")
		if at := slices.IndexFunc(had, func(r Receiver) bool { return r.URL == url }); !said && at >= 0 {
			key = had[at].Key
			had = slices.Delete(had, at, at+1) // the same URL once more has the next
		}
		urls[i], all[i], keyed = url, key, keyed || key != ""
	}
	s.Webhooks, s.HookSalt, s.HookKeys = urls, nil, nil
	if keyed {
		s.HookSalt, s.HookKeys, err = seal(vault, hookKeysLabel+s.Scope.Organisation, all)
	}
	return err
}

// receiversOf gives the webhooks of settings with their keys, also with those that were kept before keys were sealed.
func receiversOf(vault keys.TenantVault, s vc.AgentSettings) ([]Receiver, error) {
	var sealed []string
	if err := unseal(vault, hookKeysLabel+s.Scope.Organisation, s.HookSalt, s.HookKeys, &sealed); err != nil {
		return nil, err
	}
	all := make([]Receiver, len(s.Webhooks))
	for i, whole := range s.Webhooks {
		url, key, _ := strings.Cut(whole, "#")
		if key == "" && i < len(sealed) {
			key = sealed[i]
		}
		all[i] = Receiver{URL: url, Key: key}
	}
	return all, nil
}

// Receiver is who is told of an office. Name is the same for the same URL and key, and says neither.
type Receiver struct{ URL, Key, Name string }

// Receivers gives the receivers of an office, own or more, which is of the server: URLs, each with "#" and a key or not. One URL with
// two keys is two.
func (d *Desk) Receivers(ctx context.Context, own vc.AgentSettings, more []string) ([]Receiver, error) {
	if len(own.Webhooks)+len(more) == 0 {
		return nil, nil
	}
	vault, err := d.tenant(ctx, own.Scope)
	if err != nil {
		return nil, err
	}
	all, err := receiversOf(vault, own)
	if err != nil {
		return nil, err
	}
	for _, whole := range more {
		url, key, _ := strings.Cut(whole, "#")
		all = append(all, Receiver{URL: url, Key: key})
	}
	seen := map[string]bool{}
	for i, r := range all {
		all[i].Name = hex.EncodeToString(digest(vault, hookNameUse, r.URL+"#"+r.Key)[:16])
	}
	return slices.DeleteFunc(all, func(r Receiver) bool {
		twice := seen[r.Name]
		seen[r.Name] = true
		return twice
	}), nil
}
