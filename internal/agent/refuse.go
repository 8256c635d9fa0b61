package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// denied refuses a message of a sender that is not known: but for one that came before, when it was.
func (d *Desk) denied(ctx context.Context, vault keys.TenantVault, in *Inbound, again *vc.Letter, why error) (*Turn, error) {
	_, err := d.turn(ctx, in.By, vault, func(t *Turn) error {
		if err := t.receipt(in, again); err != nil {
			return err
		}
		return why // and the receipt is undone
	})
	if errors.Is(err, errHandled) {
		return &Turn{By: in.By, again: true}, nil
	}
	return nil, err
}

// refused tells a peer what was wrong, and has it noted.
func (d *Desk) refused(ctx context.Context, vault keys.TenantVault, in *Inbound, again *vc.Letter, handler *Handler, refusal *Refusal) (*Turn, error) {
	id, err := newMessageID()
	if err != nil {
		return nil, err
	}
	t, err := d.turn(ctx, in.By, vault, func(t *Turn) error {
		if err := t.receipt(in, again); err != nil {
			return err
		}
		if handler != nil && handler.Refused != nil {
			if err := handler.Refused(d, t, in, refusal); err != nil {
				return err
			}
		}
		return d.report(t, in, id, refusal)
	})
	if errors.Is(err, errHandled) {
		return &Turn{By: in.By, again: true}, nil
	}
	return t, err
}

// report writes the problem report of a refusal, where somebody is there to hear it.
func (d *Desk) report(t *Turn, in *Inbound, id string, refusal *Refusal) error {
	to := refusal.To
	if to == nil {
		to = in.back()
	}
	if to == nil || refusal.Silent {
		return nil
	}
	kind := didcomm.TypeProblemReport
	if found, ok := d.handlerOf(in.Type); ok && found.protocol.Report != "" {
		kind = reportTo(in.Type, found.protocol.Report)
	}
	return t.Send(*to, didcomm.NewProblemReport(in.Message, kind, id, refusal.Code, refusal.Text), "")
}

// reportTo is a protocol's type of problem reports, of no newer version than the message that is reported on.
func reportTo(message didcomm.TypeParts, newest didcomm.Type) didcomm.Type {
	report, ok := newest.Parse()
	if !ok || report.Protocol != message.Protocol || report.Major != message.Major || report.Minor <= message.Minor {
		return newest
	}
	return didcomm.NewType(report.Protocol, report.Major, message.Minor, report.Name)
}

// back is where an answer to a message goes: nil where nobody is to be answered.
func (in *Inbound) back() *Addressee {
	if in.Known {
		return &Addressee{Connection: in.Connection}
	}
	service := in.Message.Head().Service
	if in.From.IsZero() || in.Invitation == nil {
		return nil
	}
	if service == nil && len(in.Invitation.Said.Target.Recipients) > 0 {
		return &Addressee{Invitation: in.Invitation.ID, Target: in.Invitation.Said.Target, From: in.Recipient.Verkey}
	}
	if service == nil {
		return nil
	}
	target, err := service.Target()
	if err != nil {
		return nil
	}
	return &Addressee{Invitation: in.Invitation.ID, Target: target, From: in.Recipient.Verkey}
}
