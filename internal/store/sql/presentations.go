package sql

import (
	"errors"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

var errStub = errors.New("not written yet")

func (tx *Tx) CountTenants(vc.ListQuery) (int, error)           { return 0, errStub }
func (tx *Tx) CountOrganisations(vc.ListQuery) (int, error)     { return 0, errStub }
func (tx *Tx) CountPrincipals(vc.ListQuery) (int, error)        { return 0, errStub }
func (tx *Tx) CountSchemas(vc.ListQuery) (int, error)           { return 0, errStub }
func (tx *Tx) CountTypes(vc.ListQuery) (int, error)             { return 0, errStub }
func (tx *Tx) CountIdentities(vc.ListQuery) (int, error)        { return 0, errStub }
func (tx *Tx) CountCredentials(vc.CredentialQuery) (int, error) { return 0, errStub }

func (tx *Tx) InsertMemberInvitation(vc.MemberInvitation) error { return errStub }
func (tx *Tx) UpdateMemberInvitation(vc.MemberInvitation) error { return errStub }
func (tx *Tx) DeleteMemberInvitation(string) error              { return errStub }
func (tx *Tx) MemberInvitation(string) (vc.MemberInvitation, error) {
	return vc.MemberInvitation{}, errStub
}
func (tx *Tx) MemberInvitations(vc.ListQuery) ([]vc.MemberInvitation, error) { return nil, errStub }
func (tx *Tx) CountMemberInvitations(vc.ListQuery) (int, error)              { return 0, errStub }

func (tx *Tx) InsertDIDRegistration(vc.DIDRegistration) error { return errStub }
func (tx *Tx) DIDRegistration(string, time.Time) (vc.DIDRegistration, error) {
	return vc.DIDRegistration{}, errStub
}
func (tx *Tx) DeleteDIDRegistration(string) error { return errStub }

func (tx *Tx) InsertPresentationDefinition(vc.PresentationDefinition) error { return errStub }
func (tx *Tx) UpdatePresentationDefinition(vc.PresentationDefinition) error { return errStub }
func (tx *Tx) PresentationDefinition(string) (vc.PresentationDefinition, error) {
	return vc.PresentationDefinition{}, errStub
}
func (tx *Tx) PresentationDefinitions(vc.ListQuery) ([]vc.PresentationDefinition, error) {
	return nil, errStub
}
func (tx *Tx) CountPresentationDefinitions(vc.ListQuery) (int, error) { return 0, errStub }

func (tx *Tx) InsertPresentationRequest(vc.PresentationRequest) error { return errStub }
func (tx *Tx) UpdatePresentationRequest(vc.PresentationRequest) error { return errStub }
func (tx *Tx) PresentationRequest(string) (vc.PresentationRequest, error) {
	return vc.PresentationRequest{}, errStub
}
func (tx *Tx) PresentationRequestForUpdate(string) (vc.PresentationRequest, error) {
	return vc.PresentationRequest{}, errStub
}
func (tx *Tx) PresentationRequests(vc.ListQuery, vc.PresentationState) ([]vc.PresentationRequest, error) {
	return nil, errStub
}
func (tx *Tx) CountPresentationRequests(vc.ListQuery, vc.PresentationState) (int, error) {
	return 0, errStub
}

func (tx *Tx) InsertSubmission(vc.Submission) error                 { return errStub }
func (tx *Tx) UpdateSubmission(vc.Submission) error                 { return errStub }
func (tx *Tx) DeleteSubmission(string, string) error                { return errStub }
func (tx *Tx) Submission(string, string) (vc.Submission, error)     { return vc.Submission{}, errStub }
func (tx *Tx) Submissions(string, vc.Page) ([]vc.Submission, error) { return nil, errStub }
func (tx *Tx) CountSubmissions(string, vc.SubmissionState) (int, error) {
	return 0, errStub
}
