package verifier

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

const citesStatus = "Bitstring Status List 1.0 §3.2"

func (r *run) status() (Check, error) {
	entries := r.credential.Status
	if len(entries) == 0 {
		return notChecked(CheckStatus, CodeNoStatus, "the credential has no status: it cannot be revoked", "VCDM 2.0 §4.10"), nil
	}
	if len(entries) > maxEntries {
		return notChecked(CheckStatus, "too-many", "the credential has more status entries than are looked at", citesStatus), nil
	}
	var children []Check
	for i, status := range entries {
		at := place("/credentialStatus", r.credential.StatusArray || len(entries) > 1, i)
		check, err := r.oneStatus(status.Raw, at)
		if err != nil {
			return Check{}, err
		}
		children = append(children, check)
	}
	return gather(CheckStatus, citesStatus, children), nil
}

func (r *run) oneStatus(raw []byte, at string) (Check, error) {
	entries, err := statuslist.ReadEntries(raw)
	if err != nil {
		check := failed("entry", "status-malformed", "the status entry cannot be read", citesStatus).at(at)
		if e, ok := errors.AsType[*statuslist.Error](err); ok {
			check.Reason, check.Pointer = e.Message, at+e.Pointer
		}
		return check, nil
	}
	if len(entries) != 1 {
		return notChecked("entry", "status-type-not-supported", "status entries of this type are not checked here", "VCDM 2.0 §4.10").at(at), nil
	}
	entry := entries[0]
	var check Check
	if list, ok := r.ownList(entry.List); ok {
		check, err = r.ownStatus(entry, list)
	} else {
		check, err = r.foreignStatus(entry)
	}
	check.Name, check.Pointer = entry.Purpose, at
	if check.Cites == "" {
		check.Cites = citesStatus
	}
	return check, err
}

func (r *run) ownList(url string) (string, bool) {
	if r.config.Status == nil {
		return "", false
	}
	return r.config.Status.Own(url)
}

// ownStatus reads a list of this server from its journal: no copy of it can be older.
func (r *run) ownStatus(entry statuslist.Entry, id string) (Check, error) {
	scope, list, err := r.config.Status.Lookup(r.ctx, id)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return failed("", "status-list-not-found", "this server has no such status list", citesStatus), nil
	}
	if err != nil {
		return Check{}, err
	}
	if string(list.Purpose) != entry.Purpose {
		return failed("", "status-purpose", "the status list has another purpose than the entry", citesStatus), nil
	}
	value, err := r.config.Status.Value(r.ctx, scope, id, entry.Index)
	if err != nil && vc.KindOf(err) == vc.Invalid {
		return failed("", "status-index", "the status list has no such index", citesStatus), nil
	}
	if err != nil {
		return Check{}, err
	}
	messages := entry.Messages
	if len(messages) == 0 {
		for _, m := range list.Messages {
			messages = append(messages, statuslist.StatusMessage(m))
		}
	}
	check := standing(entry.Purpose, value, messages)
	check.Children = []Check{passed("list", "read from this server's own records", "")}
	return check, nil
}

func (r *run) foreignStatus(entry statuslist.Entry) (Check, error) {
	if r.config.Fetcher == nil {
		return notChecked("", "not-fetched", "the status list is not of this server, and nothing is fetched here", citesStatus), nil
	}
	size := max(entry.Size, 1)
	foreign, err := r.fetchList(listKey{entry.List, size})
	if err != nil {
		return Check{}, err
	}
	children := []Check{foreign.check}
	if foreign.list.Bits != nil && foreign.list.Issuer != r.credential.Issuer.ID {
		children[0].Children = append(slices.Clone(children[0].Children),
			Check{Name: "publisher", Outcome: Warning, Code: "status-publisher", Reason: "the status list is published by another issuer", Cites: citesStatus})
	}
	check := r.readForeign(entry, foreign)
	check.Children = children
	return check, nil
}

func (r *run) readForeign(entry statuslist.Entry, foreign foreignList) Check {
	if foreign.check.Outcome != Passed {
		return Check{Outcome: foreign.check.Outcome, Code: foreign.check.Code, Reason: foreign.check.Reason}
	}
	if !slices.Contains(foreign.list.Purposes, entry.Purpose) {
		return failed("", "status-purpose", "the status list has another purpose than the entry", citesStatus)
	}
	value, err := foreign.list.Bits.Get(entry.Index)
	if err != nil {
		return failed("", "status-index", "the status list has no such index", citesStatus)
	}
	messages := entry.Messages
	if len(messages) == 0 {
		messages = foreign.list.Messages
	}
	return standing(entry.Purpose, int(value), messages)
}

// standing says what a value means, Bitstring Status List 1.0 §2.2.
func standing(purpose string, value int, messages []statuslist.StatusMessage) Check {
	if purpose == statuslist.Message {
		return messageOf(value, messages)
	}
	if value == 0 {
		words := map[string]string{
			statuslist.Revocation: "not revoked", statuslist.Suspension: "not suspended", statuslist.Refresh: "no newer credential is announced",
		}
		if reason, ok := words[purpose]; ok {
			return passed("", reason, citesStatus)
		}
		return passed("", "the status is not set", citesStatus)
	}
	switch purpose {
	case statuslist.Revocation:
		return failed("", "revoked", "the issuer has revoked the credential", citesStatus)
	case statuslist.Suspension:
		return failed("", "suspended", "the issuer has suspended the credential", citesStatus)
	case statuslist.Refresh:
		return Check{Outcome: Warning, Code: "refresh", Reason: "the issuer has a newer credential", Cites: citesStatus}
	}
	return Check{Outcome: Warning, Code: "status-set", Reason: "a status whose purpose is not known here is set", Cites: citesStatus}
}

func messageOf(value int, messages []statuslist.StatusMessage) Check {
	text := fmt.Sprintf("status %#x", value)
	for _, m := range messages {
		digits := strings.TrimPrefix(strings.ToLower(m.Status), "0x")
		if code, err := strconv.ParseInt(digits, 16, 32); err == nil && int(code) == value {
			text = m.Message
		}
	}
	if value == 0 {
		return passed("", text, citesStatus)
	}
	return Check{Outcome: Warning, Code: "message", Reason: text, Cites: citesStatus}
}

// trimmed is a fetched body without the white space that servers like to add.
func trimmed(body []byte) []byte { return bytes.TrimSpace(body) }
