package status

import (
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Rows are the rows of status lists and their journal.
type Rows interface {
	journal.Appender

	InsertStatusList(vc.StatusList) error // and its public handle
	StatusList(id string) (vc.StatusList, error)
	StatusLists(page vc.Page) ([]vc.StatusList, error)
	// OpenStatusList gives the newest list of that identity, purpose, dialect, format, size and place with values left to lease.
	OpenStatusList(identity string, purpose vc.StatusPurpose, dialect, format string, size int, place string) (vc.StatusList, error)
	InsertPublication(vc.Publication) error // and the job that it names
	// LeaseStatus moves the list's counter by up to n and gives the first value and how many were leased; 0 when
	// the list is full. A leased value is never leased again.
	LeaseStatus(list string, n int64) (first, leased int64, err error)

	// AppendStatusChange writes a change; Conflict "duplicate" when its version is taken.
	AppendStatusChange(vc.StatusChange) error
	// LastStatusChange gives the newest change of an entry; NotFound when there is none.
	LastStatusChange(list string, index int64) (vc.StatusChange, error)
	// CountStatusChanges counts all changes of a list: it grows with each and so names a revision.
	CountStatusChanges(list string) (int64, error)
	// CountStatusEntries counts the places in a list that credentials have; 0 when the list is not of the scope.
	CountStatusEntries(list string) (int64, error)
	// StatusChanges gives the newest change of each changed entry of a list.
	StatusChanges(list string) ([]vc.StatusChange, error)
}
