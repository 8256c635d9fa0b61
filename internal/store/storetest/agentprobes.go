package storetest

import (
	"errors"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// agency is what an agent has in one scope.
type agency struct {
	connection vc.Connection
	recipient  vc.Recipient
	mac        []byte // of a key of the peer's
	wayIn      vc.Invitation
	proof      vc.Proof
	letter     vc.Letter
	notice     vc.Notice
	mediation  vc.Mediation
	mediated   vc.MediatedKey
	settings   vc.AgentSettings
}

func anAgency(scope vc.Scope) agency {
	a := agency{
		connection: aConnection(scope), mac: random(32), wayIn: aWayIn(scope), proof: aProof(scope), notice: aNotice(scope),
		mediation: aMediation(scope), settings: someSettings(scope),
	}
	a.recipient = aRecipient(scope, "connection/"+a.connection.ID)
	a.letter, a.mediated = aLetter(scope, a.connection.ID), aMediatedKey(a.mediation)
	return a
}

func (a agency) insert(tx *sql.Tx) error {
	return errors.Join(tx.InsertConnection(a.connection), tx.InsertRecipient(a.recipient),
		tx.PutPeerKeys(a.connection.ID, [][]byte{a.mac}), tx.InsertInvitation(a.wayIn), tx.InsertProof(a.proof),
		tx.InsertLetter(a.letter), tx.InsertNotice(a.notice), tx.InsertMediation(a.mediation),
		tx.PutMediatedKey(a.mediated, true), tx.PutAgentSettings(a.settings),
		tx.PutMetadata("connection/"+a.connection.ID, "k", []byte(`{"a":1}`)))
}

// reread gives an agency as the store has it now.
func (a agency) reread(tx *sql.Tx) (now agency, err error) {
	read := func(e error) { err = errors.Join(err, e) }
	var e error
	now.connection, e = tx.Connection(a.connection.ID)
	read(e)
	now.recipient, e = tx.Recipient(a.recipient.Verkey)
	read(e)
	connections, e := tx.ConnectionsOfPeer(a.mac)
	read(e)
	if len(connections) == 1 && connections[0] == a.connection.ID {
		now.mac = a.mac
	}
	now.wayIn, e = tx.Invitation(a.wayIn.ID)
	read(e)
	now.proof, e = tx.Proof(a.proof.ID)
	read(e)
	now.letter, e = tx.Letter(a.letter.ID)
	read(e)
	now.notice, e = noticed(tx, a.notice.ID)
	read(e)
	now.mediation, e = tx.Mediation(a.mediation.ID)
	read(e)
	keys, e := tx.MediatedKeys(a.mediation.ID, vc.Page{})
	read(e)
	if len(keys) == 1 {
		now.mediated = keys[0]
	}
	now.settings, e = tx.AgentSettings()
	read(e)
	return now, err
}

var agentProbes = map[string]probe{
	"InsertConnection": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertConnection(aConnection(b.scope)) }},
	"UpdateConnection": {false, func(tx *sql.Tx, b belongings) error {
		c := b.connection
		c.Revision = 2
		return tx.UpdateConnection(c)
	}},
	"DeleteConnection": {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteConnection(b.connection.ID) }},
	"Connection":       {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Connection(b.connection.ID); return err }},
	"ConnectionForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.ConnectionForUpdate(b.connection.ID)
		return err
	}},
	"Connections": {false, func(tx *sql.Tx, b belongings) error {
		var all []vc.Connection
		for _, q := range append(connectionQueries(b.connection), vc.ConnectionQuery{}) {
			some, err := tx.Connections(q)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return listed(all, nil, func(c vc.Connection) string { return c.ID }, b.connection.ID)
	}},
	"CountConnections": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountConnections(vc.ConnectionQuery{Thread: b.connection.Thread}))
	}},

	"InsertRecipient": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertRecipient(aRecipient(b.scope, "x")) }},
	"UpdateRecipient": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateRecipient(b.recipient) }},
	"OpenRecipient": {false, func(tx *sql.Tx, b belongings) error {
		_, _, err := tx.OpenRecipient(b.recipient.Verkey)
		return err
	}},
	"Recipient": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Recipient(b.recipient.Verkey); return err }},
	"Recipients": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Recipients(b.recipient.Owner)
		return listed(all, err, func(r vc.Recipient) string { return r.Verkey }, b.recipient.Verkey)
	}},
	"DeleteRecipients": {false, nil}, // says nothing; see deletedAlone
	"DeleteRecipient":  {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteRecipient(b.recipient.Verkey) }},
	"PutPeerKeys":      {false, func(tx *sql.Tx, b belongings) error { return tx.PutPeerKeys(b.connection.ID, nil) }},
	"ConnectionsOfPeer": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.ConnectionsOfPeer(b.mac)
		return counted(len(all), err)
	}},

	"InsertInvitation": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertInvitation(aWayIn(b.scope)) }},
	"UpdateInvitation": {false, func(tx *sql.Tx, b belongings) error {
		i := b.wayIn
		i.Revision = 2
		return tx.UpdateInvitation(i)
	}},
	"DeleteInvitation":    {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteInvitation(b.wayIn.ID) }},
	"Invitation":          {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Invitation(b.wayIn.ID); return err }},
	"InvitationForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.InvitationForUpdate(b.wayIn.ID); return err }},
	"InvitationByMessage": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.InvitationByMessage(b.wayIn.MessageID, b.wayIn.Sender)
		return err
	}},
	"Invitations": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Invitations(vc.InvitationQuery{})
		some, e := tx.Invitations(vc.InvitationQuery{Connection: b.wayIn.Connection})
		return listed(append(all, some...), errors.Join(err, e), func(i vc.Invitation) string { return i.ID }, b.wayIn.ID)
	}},

	"ExchangeByThread": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.ExchangeByThread(b.exchange.Role, b.exchange.Door, b.exchange.Channel, b.exchange.Thread)
		return err
	}},
	"ExchangeByThreadForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.ExchangeByThreadForUpdate(b.exchange.Role, b.exchange.Door, b.exchange.Channel, b.exchange.Thread)
		return err
	}},
	"ManyExchangesByPeer": {false, func(tx *sql.Tx, b belongings) error { return told(tx.ManyExchangesByPeer(b.exchange.Channel, 1)) }},
	"MoveExchange": {false, func(tx *sql.Tx, b belongings) error {
		e := b.exchange
		e.Revision = 2
		return tx.MoveExchange(e)
	}},
	"ForgetExchange": {false, func(tx *sql.Tx, b belongings) error { return tx.ForgetExchange(b.exchange) }},
	"DeleteExchange": {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteExchange(b.exchange.ID) }},

	"InsertProof": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertProof(aProof(b.scope)) }},
	"UpdateProof": {false, func(tx *sql.Tx, b belongings) error {
		p := b.proof
		p.Revision = 2
		return tx.UpdateProof(p)
	}},
	"DeleteProof":    {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteProof(b.proof.ID) }},
	"Proof":          {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Proof(b.proof.ID); return err }},
	"ProofForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.ProofForUpdate(b.proof.ID); return err }},
	"ProofByThread": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.ProofByThread(b.proof.Role, b.proof.Door, b.proof.Channel, b.proof.Thread)
		return err
	}},
	"ProofByThreadForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.ProofByThreadForUpdate(b.proof.Role, b.proof.Door, b.proof.Channel, b.proof.Thread)
		return err
	}},
	"ManyProofsByPeer": {false, func(tx *sql.Tx, b belongings) error { return told(tx.ManyProofsByPeer(b.proof.Channel, 1)) }},
	"Proofs": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Proofs(vc.ProofQuery{})
		some, e := tx.Proofs(vc.ProofQuery{Channel: b.proof.Channel})
		return listed(append(all, some...), errors.Join(err, e), func(p vc.Proof) string { return p.ID }, b.proof.ID)
	}},

	"InsertLetter":    {false, func(tx *sql.Tx, b belongings) error { return tx.InsertLetter(aLetter(b.scope, "c")) }},
	"UpdateLetter":    {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateLetter(b.letter) }},
	"SentLetters":     {false, nil}, // says nothing; see sentLetters
	"DeleteLetter":    {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteLetter(b.letter.ID) }},
	"Letter":          {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Letter(b.letter.ID); return err }},
	"LetterForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.LetterForUpdate(b.letter.ID); return err }},
	"Letters": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Letters(vc.LetterQuery{})
		some, e := tx.Letters(vc.LetterQuery{Connection: b.letter.Connection, States: []vc.LetterState{b.letter.State}})
		return listed(append(all, some...), errors.Join(err, e), func(l vc.Letter) string { return l.ID }, b.letter.ID)
	}},
	"CountLetters": {false, func(tx *sql.Tx, b belongings) error {
		c, err := tx.CountLetters(vc.LetterQuery{Connection: b.letter.Connection})
		return counted(c.Count, err)
	}},

	"InsertReceipt": {false, func(tx *sql.Tx, b belongings) error {
		return tx.InsertReceipt(vc.Receipt{Scope: b.scope, Digest: random(32), At: moment()})
	}},
	"InsertNotice": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertNotice(aNotice(b.scope)) }},
	"Notices": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Notices([]string{b.notice.ID})
		return listed(all, err, func(n vc.Notice) string { return n.ID }, b.notice.ID)
	}},

	"InsertMediation": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertMediation(aMediation(b.scope)) }},
	"UpdateMediation": {false, func(tx *sql.Tx, b belongings) error {
		m := b.mediation
		m.Revision = 2
		return tx.UpdateMediation(m)
	}},
	"DeleteMediation":    {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteMediation(b.mediation.ID) }},
	"Mediation":          {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Mediation(b.mediation.ID); return err }},
	"MediationForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.MediationForUpdate(b.mediation.ID); return err }},
	"Mediations": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Mediations(vc.MediationQuery{})
		some, e := tx.Mediations(vc.MediationQuery{Connection: b.mediation.Connection})
		return listed(append(all, some...), errors.Join(err, e), func(m vc.Mediation) string { return m.ID }, b.mediation.ID)
	}},
	"PutMediatedKey": {false, func(tx *sql.Tx, b belongings) error {
		k := aMediatedKey(b.mediation)
		k.Scope = vc.Scope{}
		return tx.PutMediatedKey(k, true)
	}},
	"DeleteMediatedKey": {false, func(tx *sql.Tx, b belongings) error {
		if was, err := tx.DeleteMediatedKey(b.mediation.ID, b.mediated.Verkey); err != nil || !was {
			return errors.Join(err, errNothing)
		}
		return nil
	}},
	"MediatedKey": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.MediatedKey(b.mediation.ID, b.mediated.Verkey)
		return err
	}},
	"MediatedKeys": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.MediatedKeys(b.mediation.ID, vc.Page{})
		return listed(all, err, func(k vc.MediatedKey) string { return k.Verkey }, b.mediated.Verkey)
	}},

	"AgentSettings": {false, func(tx *sql.Tx, b belongings) error {
		s, err := tx.AgentSettings()
		return listed([]vc.AgentSettings{s}, ignore(err), func(s vc.AgentSettings) string { return s.ID }, b.settings.ID)
	}},
	"PutAgentSettings": {false, func(tx *sql.Tx, b belongings) error {
		s := b.settings
		s.Revision = 2
		return tx.PutAgentSettings(s)
	}},
	"Wallets":      {true, nil}, // see walletNames
	"CountWallets": {true, nil},
	"Metadata": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Metadata("connection/" + b.connection.ID)
		return counted(len(all), err)
	}},
	"PutMetadata": {false, nil}, // writes into its own scope alone; see metadata
}
