package agent

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

// Rows are the rows of peers and of what goes on with them. Those of the issuer and the holder desk are among them, so that what
// was signed or taken is recorded with the letter that brings it or answers it.
//
// Update methods write all but id, scope, created at and what says otherwise, and fail with Conflict "stale" unless the stored
// revision is one less. A ForUpdate method keeps the row from other transactions until this one ends.
type Rows interface {
	issuer.Rows
	holder.Rows
	work.Sooner

	Tenant() (vc.Tenant, error) // of the scope

	InsertConnection(vc.Connection) error // Conflict "duplicate" when its thread and role have one
	UpdateConnection(vc.Connection) error
	// DeleteConnection deletes a connection with its recipients and their handles, peer keys, letters and metadata; not its exchanges.
	DeleteConnection(id string) error
	Connection(id string) (vc.Connection, error)
	ConnectionForUpdate(id string) (vc.Connection, error)
	Connections(vc.ConnectionQuery) ([]vc.Connection, error)
	CountConnections(vc.ConnectionQuery) (int, error)

	InsertRecipient(vc.Recipient) error // and its handle, which names its owner; Conflict "duplicate"
	UpdateRecipient(vc.Recipient) error // owner, also of the handle, and retired at; it has no revision
	Recipient(verkey string) (vc.Recipient, error)
	OpenRecipient(verkey string) (recipient vc.Recipient, closed bool, err error) // closed: its tenant or organisation is archived
	Recipients(owner string) ([]vc.Recipient, error)                              // newest first
	DeleteRecipients(owner string) error                                          // with their handles
	DeleteRecipient(verkey string) error                                          // the same for one
	PutPeerKeys(connection string, macs [][]byte) error
	// ConnectionsOfPeer gives the ids of connections that have a peer key, newest first.
	ConnectionsOfPeer(mac []byte) ([]string, error)

	InsertInvitation(vc.Invitation) error // Conflict "duplicate" when its message and sender have one
	UpdateInvitation(vc.Invitation) error
	DeleteInvitation(id string) error // not its recipients
	Invitation(id string) (vc.Invitation, error)
	InvitationForUpdate(id string) (vc.Invitation, error)
	InvitationByMessage(message string, sender bool) (vc.Invitation, error)
	Invitations(vc.InvitationQuery) ([]vc.Invitation, error)

	ExchangeByThread(role vc.ExchangeRole, door, channel, thread string) (vc.Exchange, error)
	ExchangeByThreadForUpdate(role vc.ExchangeRole, door, channel, thread string) (vc.Exchange, error)
	// ManyExchangesByPeer says whether a peer has begun so many exchanges on a channel that are not over.
	ManyExchangesByPeer(channel string, many int) (bool, error)
	// MoveExchange writes channel and thread of an exchange that has none yet, and whatever UpdateExchange writes; Conflict
	// "duplicate" when the thread on that channel has another.
	MoveExchange(vc.Exchange) error
	DeleteExchange(id string) error

	InsertProof(vc.Proof) error // Conflict "duplicate" when its thread on its channel has one
	UpdateProof(vc.Proof) error
	DeleteProof(id string) error
	Proof(id string) (vc.Proof, error)
	ProofForUpdate(id string) (vc.Proof, error)
	ProofByThread(role vc.ProofRole, door, channel, thread string) (vc.Proof, error)
	ProofByThreadForUpdate(role vc.ProofRole, door, channel, thread string) (vc.Proof, error)
	ManyProofsByPeer(channel string, many int) (bool, error)
	Proofs(vc.ProofQuery) ([]vc.Proof, error)

	InsertLetter(vc.Letter) error
	UpdateLetter(vc.Letter) error                 // state, failure, attempts, body, body key, updated at; it has no revision
	SentLetters(ids []string, at time.Time) error // that waited; what was in them is gone
	Letter(id string) (vc.Letter, error)
	LetterForUpdate(id string) (vc.Letter, error)
	Letters(vc.LetterQuery) ([]vc.Letter, error) // by id
	CountLetters(vc.LetterQuery) (vc.LetterCount, error)
	DeleteLetter(id string) error

	InsertReceipt(vc.Receipt) error // Conflict "duplicate" when it is there
	InsertNotice(vc.Notice) error
	Notices(ids []string) ([]vc.Notice, error) // those that are there

	InsertMediation(vc.Mediation) error // Conflict "duplicate" when its connection has one that way
	UpdateMediation(vc.Mediation) error
	DeleteMediation(id string) error // with its keys and their handles
	Mediation(id string) (vc.Mediation, error)
	MediationForUpdate(id string) (vc.Mediation, error)
	Mediations(vc.MediationQuery) ([]vc.Mediation, error)
	// PutMediatedKey writes a key of a keylist, with its handle where served; Conflict "duplicate" when another mediation serves it.
	PutMediatedKey(k vc.MediatedKey, served bool) error
	DeleteMediatedKey(mediation, verkey string) (bool, error)
	MediatedKey(mediation, verkey string) (vc.MediatedKey, error)
	MediatedKeys(mediation string, page vc.Page) ([]vc.MediatedKey, error) // by verkey

	AgentSettings() (vc.AgentSettings, error) // of exactly the scope; NotFound
	// PutAgentSettings inserts settings of revision 1, or updates those whose stored revision is one less; Conflict "duplicate" when
	// another office has their wallet name.
	PutAgentSettings(vc.AgentSettings) error

	// Metadata are small values that clients keep beside a connection or a DID, by key. PutMetadata deletes where value is nil.
	Metadata(owner string) (map[string][]byte, error)
	PutMetadata(owner, key string, value []byte) error
}

// Sweeper deletes what has served, of all tenants: at most max rows from before then. It says how many went.
type Sweeper interface {
	SweepReceipts(ctx context.Context, before time.Time, max int) (int, error)
	SweepNotices(ctx context.Context, before time.Time, max int) (int, error)
	// SweepLetters deletes sent letters from before then, and held and dead ones from before abandoned.
	SweepLetters(ctx context.Context, before, abandoned time.Time, max int) (int, error)
}
