package sql

import (
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// settingsDoc is a [vc.AgentSettings] as it is stored, but for what has columns of its own.
type settingsDoc struct {
	ID       string   `json:"-"`
	Scope    vc.Scope `json:"-"`
	Wallet   string   `json:"-"`
	Label    string   `json:"label,omitempty"`
	ImageURL string   `json:"imageUrl,omitempty"`

	AutoAcceptInvites  *bool `json:"autoAcceptInvites,omitempty"`
	AutoAcceptRequests *bool `json:"autoAcceptRequests,omitempty"`
	AutoOffer          *bool `json:"autoOffer,omitempty"`
	AutoRequest        *bool `json:"autoRequest,omitempty"`
	AutoIssue          *bool `json:"autoIssue,omitempty"`
	AutoStore          *bool `json:"autoStore,omitempty"`
	AutoAsk            *bool `json:"autoAsk,omitempty"`
	AutoPresent        *bool `json:"autoPresent,omitempty"`
	AutoVerify         *bool `json:"autoVerify,omitempty"`
	AutoPing           *bool `json:"autoPing,omitempty"`
	Preserve           *bool `json:"preserve,omitempty"`
	PublicInvites      *bool `json:"publicInvites,omitempty"`
	OpenMediation      *bool `json:"openMediation,omitempty"`
	WholeWebhooks      *bool `json:"wholeWebhooks,omitempty"`

	CredentialStatus string    `json:"credentialStatus,omitempty"`
	PublicDID        string    `json:"publicDid,omitempty"`
	Mediation        string    `json:"mediation,omitempty"`
	Webhooks         []string  `json:"webhooks,omitempty"`
	HookKeys         []byte    `json:"hookKeys,omitempty"`
	HookSalt         []byte    `json:"hookSalt,omitempty"`
	Dispatch         string    `json:"dispatch,omitempty"`
	Extra            []byte    `json:"extra,omitempty"`
	TokenAt          time.Time `json:"-"`
	Revision         int       `json:"-"`
	CreatedAt        time.Time `json:"-"`
	UpdatedAt        time.Time `json:"-"`
}

const settingsColumns = `SELECT id, tenant_id, org_id, wallet, doc, token_at, revision, created_at, updated_at
	FROM agent_settings WHERE `

func scanSettings(r row, s *vc.AgentSettings) error {
	return r.Scan(&s.ID, &s.Scope.Tenant, &s.Scope.Organisation, &s.Wallet, js((*settingsDoc)(s)), at(&s.TokenAt),
		&s.Revision, at(&s.CreatedAt), at(&s.UpdatedAt))
}

// AgentSettings gives the settings of exactly the scope.
func (tx *Tx) AgentSettings() (vc.AgentSettings, error) {
	return single(tx, scanSettings, settingsColumns+`tenant_id = $1 AND org_id = $2`)
}

// PutAgentSettings inserts settings of revision 1, or updates those whose stored revision is one less, else Conflict
// "stale"; and the handle of their wallet's name. Conflict "duplicate" when the scope has some already, or another
// office their wallet's name.
func (tx *Tx) PutAgentSettings(s vc.AgentSettings) error {
	scope, err := tx.in(s.Scope)
	if err != nil {
		return err
	}
	if s.Revision == 1 {
		if err := tx.insert(nil, `INSERT INTO agent_settings (id, tenant_id, org_id, wallet, search, doc, token_at, revision,
			created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			s.ID, scope.Tenant, scope.Organisation, s.Wallet, strings.ToLower(s.Wallet), text(settingsDoc(s)),
			micros(s.TokenAt), s.Revision, micros(s.CreatedAt), micros(s.UpdatedAt)); err != nil || s.Wallet == "" {
			return err
		}
		return tx.handle(store.HandleWallet, s.Wallet, scope, s.ID)
	}
	n, err := tx.plain(`UPDATE agent_settings SET wallet = $4, search = $5, doc = $6, token_at = $7, revision = $8,
		updated_at = $9 WHERE tenant_id = $1 AND org_id = $2 AND id = $3 AND revision = $8 - 1`,
		scope.Tenant, scope.Organisation, s.ID, s.Wallet, strings.ToLower(s.Wallet), text(settingsDoc(s)),
		micros(s.TokenAt), s.Revision, micros(s.UpdatedAt))
	switch {
	case err != nil:
		return err
	case n == 0:
		return tx.behind(`SELECT 1 FROM agent_settings WHERE id = $3 AND `+own, s.ID)
	}
	if err := tx.insert(nil, `DELETE FROM handles WHERE object_id = $1 AND kind = $2 AND handle <> $3`,
		s.ID, store.HandleWallet, s.Wallet); err != nil || s.Wallet == "" {
		return err
	}
	return tx.insert(nil, `INSERT INTO handles (kind, handle, tenant_id, org_id, object_id) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (kind, handle) DO NOTHING`, store.HandleWallet, s.Wallet, scope.Tenant, scope.Organisation, s.ID)
}

// Wallets lists all settings that have a wallet's name and whose tenant is not archived, in the operator's scope only. They are searched and sorted by it.
func (tx *Tx) Wallets(q vc.ListQuery) ([]vc.AgentSettings, error) {
	if tx.scope != (vc.Scope{}) {
		return nil, notFound()
	}
	return every(tx, wallets(q).page(q.Page), scanSettings)
}

// CountWallets counts the settings of a list, in the operator's scope only.
func (tx *Tx) CountWallets(q vc.ListQuery) (int, error) {
	if tx.scope != (vc.Scope{}) {
		return 0, notFound()
	}
	return tx.count(wallets(q))
}

func wallets(q vc.ListQuery) *list {
	l := &list{}
	l.add(settingsColumns + `wallet <> ''`)
	l.and(`NOT EXISTS (SELECT 1 FROM tenants WHERE tenants.id = agent_settings.tenant_id AND tenants.archived_at <> 0)`)
	return l.named(q, "")
}

// Metadata gives the values that clients keep beside a connection or a DID, by key.
func (tx *Tx) Metadata(owner string) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := tx.each(`SELECT key, value FROM metadata WHERE owner = $3 AND `+own, tx.scoped([]any{owner}), func(r row) error {
		var key string
		var value []byte
		err := r.Scan(&key, &value)
		all[key] = append([]byte{}, value...) // an empty one is there too
		return err
	})
	return all, err
}

// PutMetadata writes a value, over the one of its key, or deletes it where value is nil.
func (tx *Tx) PutMetadata(owner, key string, value []byte) error {
	if value == nil {
		_, err := tx.exec(`DELETE FROM metadata WHERE owner = $3 AND key = $4 AND `+own, owner, key)
		return err
	}
	return tx.insert(nil, `INSERT INTO metadata (tenant_id, org_id, owner, key, value) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (owner, key, tenant_id, org_id) DO UPDATE SET value = excluded.value`,
		tx.scope.Tenant, tx.scope.Organisation, owner, key, value)
}
