package storetest

import (
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// counted is nil, which means a leak, when anything was counted.
func counted(n int, err error) error {
	if err == nil && n == 0 {
		return errNothing
	}
	return err
}

// told is errNothing where nothing is there.
func told(yes bool, err error) error {
	if err == nil && !yes {
		return errNothing
	}
	return err
}

// countProbes count what nobody else has.
var countProbes = map[string]probe{
	"CountTenants": {true, nil}, // see counts
	"CountOrganisations": {true, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountOrganisations(vc.ListQuery{Search: b.org.Name}))
	}},
	"CountPrincipals": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountPrincipals(vc.ListQuery{Search: b.principal.Name}))
	}},
	"CountSchemas": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountSchemas(vc.ListQuery{Search: b.schema.Name}))
	}},
	"CountTypes": {true, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountTypes(vc.ListQuery{Search: b.kind.Name}))
	}},
	"CountIdentities": {true, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountIdentities(vc.ListQuery{Search: b.identity.DID}))
	}},
	"CountCredentials": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountCredentials(vc.CredentialQuery{Type: b.credential.Type}))
	}},
	"CountMemberInvitations": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountMemberInvitations(vc.ListQuery{Search: b.invitation.Email}))
	}},
	"CountPresentationDefinitions": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountPresentationDefinitions(vc.ListQuery{Search: b.definition.Name}))
	}},
	"CountPresentationRequests": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountPresentationRequests(vc.ListQuery{Search: b.request.Name}, vc.RequestPending))
	}},
	"CountSubmissions": {false, func(tx *sql.Tx, b belongings) error { return counted(tx.CountSubmissions(b.request.ID, "")) }},
}

var presentationProbes = map[string]probe{
	"InsertMemberInvitation": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertMemberInvitation(anInvitation(b.scope)) }},
	"UpdateMemberInvitation": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateMemberInvitation(b.invitation) }},
	"DeleteMemberInvitation": {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteMemberInvitation(b.invitation.ID) }},
	"MemberInvitation": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.MemberInvitation(b.invitation.ID)
		return err
	}},
	"MemberInvitationForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.MemberInvitationForUpdate(b.invitation.ID)
		return err
	}},
	"MemberInvitations": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.MemberInvitations(vc.ListQuery{})
		return listed(all, err, func(m vc.MemberInvitation) string { return m.ID }, b.invitation.ID)
	}},
	"InsertDIDRegistration": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertDIDRegistration(aRegistration(b.scope)) }},
	"DeleteDIDRegistration": {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteDIDRegistration(b.registration.ID) }},
	"DIDRegistration": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.DIDRegistration(b.registration.ID, moment())
		return err
	}},
	"InsertPresentationDefinition": {false, func(tx *sql.Tx, b belongings) error {
		return tx.InsertPresentationDefinition(aDefinition(b.scope))
	}},
	"UpdatePresentationDefinition": {false, func(tx *sql.Tx, b belongings) error {
		return tx.UpdatePresentationDefinition(b.definition)
	}},
	"PresentationDefinition": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.PresentationDefinition(b.definition.ID)
		return err
	}},
	"PresentationDefinitions": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.PresentationDefinitions(vc.ListQuery{})
		return listed(all, err, func(d vc.PresentationDefinition) string { return d.ID }, b.definition.ID)
	}},
	"InsertPresentationRequest": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertPresentationRequest(aRequest(b.scope)) }},
	"UpdatePresentationRequest": {false, func(tx *sql.Tx, b belongings) error {
		r := b.request
		r.Revision = 2
		return tx.UpdatePresentationRequest(r)
	}},
	"PresentationRequest": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.PresentationRequest(b.request.ID)
		return err
	}},
	"PresentationRequestForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.PresentationRequestForUpdate(b.request.ID)
		return err
	}},
	"PresentationRequests": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.PresentationRequests(vc.ListQuery{}, "")
		return listed(all, err, func(r vc.PresentationRequest) string { return r.ID }, b.request.ID)
	}},
	"InsertSubmission": {false, func(tx *sql.Tx, b belongings) error {
		s := aSubmission(b.request)
		s.Scope = vc.Scope{}
		return tx.InsertSubmission(s)
	}},
	"UpdateSubmission": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateSubmission(b.submission) }},
	"DeleteSubmission": {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteSubmission(b.request.ID, b.submission.ID) }},
	"Submission": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.Submission(b.request.ID, b.submission.ID)
		return err
	}},
	"Submissions": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Submissions(b.request.ID, vc.Page{})
		return listed(all, err, func(s vc.Submission) string { return s.ID }, b.submission.ID)
	}},
}
