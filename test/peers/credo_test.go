package peers

import (
	"strings"
	"testing"
)

// resident is an offer of a credential as Credo and ACA-Py make it, RFC 0593.
func resident(issuer, subject string, options map[string]any) map[string]any {
	return map[string]any{
		"credential": map[string]any{
			"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v1"},
			"type":     []string{"VerifiableCredential", "PermanentResident"}, "issuer": issuer, "issuanceDate": "2020-01-01T12:00:00Z",
			"credentialSubject": map[string]any{"id": subject, "type": []string{"PermanentResident"}, "givenName": "ALICE", "familyName": "SMITH"},
		},
		"options": options,
	}
}

// TestCredo: two agents of Credo issue and prove to each other, so that what fails with Chancery fails because of Chancery.
// It also holds what Credo does not do, which docs/divergences/acapy.md tells of.
func TestCredo(t *testing.T) {
	process := OpenCredo(t)
	issuer, holder := process.Agent(CredoStart{Agent: "issuer"}), process.Agent(CredoStart{Agent: "holder"})
	invitation := issuer.Invite(nil)
	theirs := holder.Receive(invitation.Invitation)
	ours := issuer.Connected(CredoWait{Invitation: invitation.ID})
	did, subject := issuer.DID(), holder.DID()
	issue := func(detail map[string]any) (CredoExchange, CredoExchange, error) {
		var offered CredoExchange
		issuer.Ask("credentials.offer", map[string]any{"connection": ours.ID, "detail": detail}, &offered)
		offer := holder.Wait("credentials", CredoWait{Thread: offered.Thread, State: "offer-received"})
		holder.Accept("credentials", offer.ID, "offer")
		issuer.Wait("credentials", CredoWait{ID: offered.ID, State: "request-received"})
		err := issuer.TryAsk("credentials.accept", map[string]any{"id": offered.ID, "what": "request"}, nil)
		return offered, offer, err
	}
	options := map[string]any{"proofType": "Ed25519Signature2018", "proofPurpose": "assertionMethod"}
	offered, offer, err := issue(resident(did, subject, options))
	if err != nil {
		t.Fatal(err)
	}
	holder.Wait("credentials", CredoWait{ID: offer.ID, State: "credential-received"})
	holder.Accept("credentials", offer.ID, "credential")
	issuer.Wait("credentials", CredoWait{ID: offered.ID, State: "done"})
	if stored := holder.Stored(); len(stored) != 1 || !strings.Contains(string(stored[0]), "ALICE") {
		t.Errorf("the wallet has %s", stored)
	}
	if theirs.State != "completed" {
		t.Errorf("the connection is %+v", theirs)
	}
	for _, option := range []string{"challenge", "domain", "created", "credentialStatus"} {
		value := any("2020-01-01T12:00:00Z")
		if option == "credentialStatus" {
			value = map[string]any{"type": "BitstringStatusListEntry"}
		}
		detail := resident(did, subject, map[string]any{"proofType": "Ed25519Signature2018", "proofPurpose": "assertionMethod", option: value})
		if _, _, err := issue(detail); err == nil || !strings.Contains(err.Error(), "not currently supported") {
			t.Errorf("%s: %v", option, err)
		}
	}

	// A holder of Credo takes no credential that has a status: its verification ends there.
	detail := resident(did, subject, options)
	credential := detail["credential"].(map[string]any)
	credential["@context"] = append(credential["@context"].([]string), "https://w3id.org/vc/status-list/2021/v1")
	credential["credentialStatus"] = map[string]any{
		"id": "https://issuer.example/status/1#7", "type": "StatusList2021Entry", "statusPurpose": "revocation",
		"statusListIndex": "7", "statusListCredential": "https://issuer.example/status/1",
	}
	_, offer, err = issue(detail)
	if err != nil {
		t.Fatal(err)
	}
	refused := holder.Try("credentials.wait", CredoWait{Agent: "holder", ID: offer.ID, State: "credential-received", Seconds: 2}, nil)
	if refused == nil || !strings.Contains(refused.Error(), "request-sent") {
		t.Errorf("a credential with a status: %v", refused)
	}
}
