package catalog

import (
	"errors"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

var (
	errNoTenant       = vc.Errorf(vc.Invalid, "tenant-required", "the catalog belongs to tenants and their organisations")
	errSchemaArchived = vc.Errorf(vc.Conflict, "schema-archived", "the schema is archived")
	errTypeArchived   = vc.Errorf(vc.Conflict, "type-archived", "the credential type is archived")
)

// entry tells of a change of the catalog, in the audit and to subscribers.
func entry(by vc.Caller, scope vc.Scope, at time.Time, action, noun, id, detail string) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: scope, At: at, Action: action,
		Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: noun + "/" + id, Detail: detail, Event: true, Subject: id,
	}
}

func appendAll(rows Rows, entries ...vc.Entry) error {
	for _, e := range entries {
		if err := rows.Append(e); err != nil {
			return err
		}
	}
	return nil
}

// found turns the store's NotFound into the noun's.
func found(err error, noun string) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, noun+"-not-found", "there is no such %s", noun).Because(err)
	}
	return err
}

func isCode(err error, code string) bool {
	e, ok := errors.AsType[*vc.Error](err)
	return ok && e.Code == code
}
