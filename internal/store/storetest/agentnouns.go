package storetest

import (
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// One of each noun of an agent with every field set.

func aConnection(scope vc.Scope) vc.Connection {
	return vc.Connection{
		ID: newID(), Scope: scope, Role: vc.RoleInviter, State: vc.Answered, Mode: vc.ModeMulti, Protocol: "didexchange/1.1",
		Thread: newID(), Invitation: newID(), InvitationID: newID(), InvitationKey: newID(), Mine: "did:peer:4" + newID(),
		Auto: true, Mediation: newID(), Inbound: newID(), AliasMAC: random(32), TheirMAC: random(32),
		TheirPublicMAC: random(32), Error: "refused", BodyKey: random(32), Body: random(700), Revision: 1,
		CreatedAt: moment(), UpdatedAt: moment(),
	}
}

func aRecipient(scope vc.Scope, owner string) vc.Recipient {
	k := aKey(scope)
	return vc.Recipient{
		Verkey: newID(), Scope: scope, Owner: owner, Key: k, RetiredAt: moment(), CreatedAt: moment(),
	}
}

func aWayIn(scope vc.Scope) vc.Invitation {
	return vc.Invitation{
		ID: newID(), Scope: scope, Sender: true, MessageID: newID(), State: vc.InvitationOpen, Multi: true,
		Connection: newID(), Subject: "exchange/" + newID(), Thread: newID(), Key: newID(), BodyKey: random(32),
		Body: random(300), Revision: 1, CreatedAt: moment(), UpdatedAt: moment(), ExpiresAt: moment().Add(time.Hour),
	}
}

func aProof(scope vc.Scope) vc.Proof {
	yes := true
	return vc.Proof{
		ID: newID(), Scope: scope, Role: vc.RoleVerifier, Door: "acapy", Channel: newID(), Thread: newID(), ByPeer: true,
		State: vc.ProofPresented, Verified: &yes, Error: "refused", Pocket: []byte(`{"a":1}`), BodyKey: random(32),
		Body: random(500), Revision: 1, CreatedAt: moment(), UpdatedAt: moment(),
	}
}

func aLetter(scope vc.Scope, connection string) vc.Letter {
	return vc.Letter{
		ID: newID(), Scope: scope, Way: vc.WayOut, Connection: connection, Invitation: newID(), Thread: newID(),
		Type: "trust_ping/1.0/ping", Message: newID(), State: vc.LetterWaiting, Subject: "connection/" + connection,
		Failure: "status", Attempts: 2, Size: 300, BodyKey: random(32), Body: random(340), CreatedAt: moment(),
		UpdatedAt: moment(),
	}
}

func aNotice(scope vc.Scope) vc.Notice {
	return vc.Notice{
		ID: newID(), Scope: scope, Topic: "connection", Subject: newID(), BodyKey: random(32), Body: random(400),
		CreatedAt: moment(),
	}
}

func aMediation(scope vc.Scope) vc.Mediation {
	return vc.Mediation{
		ID: newID(), Scope: scope, Server: true, Connection: newID(), State: vc.MediationGranted,
		Endpoint: "https://x.example/didcomm", Routing: []string{newID(), newID()}, Revision: 1, CreatedAt: moment(),
		UpdatedAt: moment(),
	}
}

func aMediatedKey(m vc.Mediation) vc.MediatedKey {
	return vc.MediatedKey{Mediation: m.ID, Scope: m.Scope, Verkey: newID(), State: vc.KeyConfirmed, CreatedAt: moment()}
}

func someSettings(scope vc.Scope) vc.AgentSettings {
	yes, no := true, false
	return vc.AgentSettings{
		ID: newID(), Scope: scope, Wallet: "Wallet " + newID(), Label: "Agent", ImageURL: "https://x.example/i",
		AutoAcceptInvites: &yes, AutoAcceptRequests: &no, AutoOffer: &yes, AutoRequest: &no, AutoIssue: &yes, AutoStore: &no,
		AutoAsk: &yes, AutoPresent: &no, AutoVerify: &yes, AutoPing: &no, Preserve: &yes, PublicInvites: &no,
		OpenMediation: &yes, WholeWebhooks: &no, CredentialStatus: "BitstringStatusListEntry", PublicDID: newID(),
		Mediation: newID(), Webhooks: []string{newID()}, HookKeys: random(60), HookSalt: random(32), Dispatch: "both", Extra: []byte(`{"a": 1}`), TokenAt: moment(),
		Revision: 1, CreatedAt: moment(), UpdatedAt: moment(),
	}
}
