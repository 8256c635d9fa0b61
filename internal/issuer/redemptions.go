package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// maxRedemptions bounds what one list of offerings opens: the newest redemptions of the first offerings.
const maxRedemptions = 1000

// Offerings lists offerings; full: claims, recipients and redemptions, the newest thousand at most, are opened.
func (d *Desk) Offerings(ctx context.Context, scope vc.Scope, q vc.OfferingQuery, full bool) ([]OfferingView, error) {
	var (
		views    []OfferingView
		redeemed [][]redeemed
	)
	err := d.Rows.View(ctx, scope, func(rows Rows) error {
		found, err := rows.Offerings(q)
		if err != nil {
			return err
		}
		views, redeemed = make([]OfferingView, len(found)), nil
		left := maxRedemptions
		for i, o := range found {
			views[i].Offering = o
			if !full {
				continue
			}
			some, err := redemptions(rows, o, left)
			if err != nil {
				return err
			}
			redeemed, left = append(redeemed, some), left-len(some)
		}
		return nil
	})
	if err != nil || !full {
		return views, err
	}
	for i := range views {
		if err := d.openOffering(ctx, &views[i], redeemed[i]); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// redeemed is a redemption with the rows that came of it.
type redeemed struct {
	redemption vc.Redemption
	exchange   vc.Exchange
	credential vc.Credential // zero: not issued
}

func redemptions(rows Rows, o vc.Offering, limit int) ([]redeemed, error) {
	if limit <= 0 || o.Redeemed == 0 {
		return nil, nil
	}
	found, err := rows.Redemptions(o.ID, vc.Page{Limit: limit})
	if err != nil {
		return nil, err
	}
	out := make([]redeemed, len(found))
	for i, r := range found {
		out[i].redemption = r
		if out[i].exchange, err = rows.Exchange(r.Exchange); err != nil {
			return nil, err
		}
		out[i].credential, err = rows.Credential(r.Credential)
		if err != nil && vc.KindOf(err) != vc.NotFound {
			return nil, err
		}
	}
	return out, nil
}

func (d *Desk) openOffering(ctx context.Context, view *OfferingView, some []redeemed) error {
	said, err := d.offered(ctx, view.Offering)
	if err != nil {
		return err
	}
	view.Claims, view.Recipient = said.Claims, said.Recipient
	for _, one := range some {
		opened := RedemptionView{Redemption: one.redemption}
		// Who redeemed it is told by the credential, or by what waits to become one: with their erasure it is gone here too.
		switch {
		case one.credential.BodyKey != nil:
			content, err := d.open(ctx, one.credential)
			if err != nil {
				return err
			}
			opened.Holder, opened.Secured = receiver(content.Subjects, content.Recipient), []byte(content.Secured)
		case one.exchange.BodyKey != nil:
			said, err := d.ordered(ctx, one.exchange)
			if err != nil {
				return err
			}
			opened.Holder = receiver(said.Subjects, said.Recipient)
		}
		view.Redemptions = append(view.Redemptions, opened)
	}
	return nil
}

// receiver is who has a credential: its recipient, or its subject where that is the same.
func receiver(subjects []string, recipient string) string {
	if recipient == "" && len(subjects) > 0 {
		return subjects[0]
	}
	return recipient
}
