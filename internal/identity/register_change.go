package identity

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// registerChange gives an identity another document: of the keys that are here only the services change.
func (s *Service) registerChange(ctx context.Context, by vc.Caller, before vc.Identity, r Registration) (Progress, error) {
	if s.fixed(before.Method) {
		return Progress{}, vc.Errorf(vc.Unsupported, "cannot-update", "a did:%s is its key: nothing of it changes", before.Method)
	}
	if !before.DeactivatedAt.IsZero() {
		return Progress{}, deactivated()
	}
	if r.Document == nil {
		return Progress{}, malformed("", "a document is expected")
	}
	document, err := redraft(r.Document, before.DID)
	if err != nil {
		return Progress{}, err
	}
	if !keysElsewhere(before) {
		return s.changeServices(ctx, by, before, document, r.Document)
	}
	if before.Use == vc.UseByClient {
		return s.begin(ctx, by, vc.DIDRegistration{
			Operation: ToUpdate, Method: before.Method, DID: before.DID, Draft: document, Revision: before.Revision,
		}, before.Document)
	}
	after, err := s.change(ctx, by, before, s.redocument(by, document))
	if err != nil {
		return Progress{}, err
	}
	return finished("", after), nil
}

// redocument is the edit that gives an identity whose keys are elsewhere its new document.
func (s *Service) redocument(by vc.Caller, document []byte) edit {
	return func(rows Rows, identity *vc.Identity) (bool, error) {
		if !identity.DeactivatedAt.IsZero() {
			return false, deactivated()
		}
		identity.Document = document
		return true, rows.Append(s.told(by, *identity, "identity.updated", ""))
	}
}

// changeServices replaces the services of an identity whose keys are here.
func (s *Service) changeServices(ctx context.Context, by vc.Caller, before vc.Identity, document, sent []byte) (Progress, error) {
	list, err := services(sent, before.DID)
	if err != nil {
		return Progress{}, err
	}
	after, err := s.change(ctx, by, before, func(rows Rows, identity *vc.Identity) (bool, error) {
		if !identity.DeactivatedAt.IsZero() {
			return false, deactivated()
		}
		if err := sameKeys(identity.Document, document); err != nil {
			return false, err
		}
		identity.Services = list
		return true, rows.Append(s.told(by, *identity, "identity.updated", ""))
	})
	if err != nil {
		return Progress{}, err
	}
	return finished("", after), nil
}

// registerEnd deactivates an identity.
func (s *Service) registerEnd(ctx context.Context, by vc.Caller, before vc.Identity) (Progress, error) {
	if before.Use == vc.UseByClient && before.DeactivatedAt.IsZero() {
		return s.begin(ctx, by, vc.DIDRegistration{
			Operation: ToDeactivate, Method: before.Method, DID: before.DID, Revision: before.Revision,
		}, before.Document)
	}
	after, err := s.Deactivate(ctx, by, before.ID)
	if err != nil {
		return Progress{}, err
	}
	return finished("", after), nil
}
