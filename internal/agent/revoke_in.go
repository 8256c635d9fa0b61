package agent

import (
	"bytes"
	"context"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// TopicRevoked is told of what issuers say that they revoked, by a [MessageView] with the message.
const TopicRevoked = "revocation-notice"

// revocationProtocols are revocation notification in both versions: Aries RFC 0183 and 0721.
func revocationProtocols() []Protocol {
	var all []Protocol
	for _, kind := range []didcomm.Type{didcomm.TypeRevoke, didcomm.TypeRevoke1} {
		all = append(all, Protocol{
			URI: kind.ProtocolURI(), Roles: []string{"issuer", "holder"},
			Handlers: []Handler{{Types: []didcomm.Type{kind}, Need: NeedKnown, Look: lookRevoked, Act: actRevoked}},
		})
	}
	return all
}

// maxLooked is how many credentials of a wallet, the newest, are looked through for the one that a notification names by its place.
const maxLooked = 2000

// lookRevoked looks anew at the credentials that are said to be revoked. Nobody is believed: what counts is what the list says.
func lookRevoked(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	place := ""
	switch m := in.Message.(type) {
	case *didcomm.Revoke:
		place = m.CredentialID
	case *didcomm.Revoke1:
		_, place, _ = strings.Cut(m.IssuanceThread, "::")
	}
	url, index, ok := strings.Cut(place, "::")
	if !ok || url == "" || index == "" {
		return nil, nil
	}
	held, _, err := d.Holder.HeldList(ctx, in.By.Scope, vc.HeldQuery{Page: vc.Page{Limit: maxLooked}}, "")
	if err != nil {
		return nil, nilUnlessAway(err)
	}
	for _, one := range held {
		if !bytes.Contains(one.Secured, []byte(`"`+url)) || !bytes.Contains(one.Secured, []byte(index)) {
			continue
		}
		d.Verifier.ForgetList(url)
		_, err := d.Holder.Held(ctx, in.By.Scope, one.Held.ID, true)
		if err := nilUnlessAway(err); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// nilUnlessAway drops an error that another time makes no better.
func nilUnlessAway(err error) error {
	if err != nil && (vc.KindOf(err) == vc.Unavailable || vc.KindOf(err) == vc.Internal) {
		return err
	}
	return nil
}

func actRevoked(_ *Desk, t *Turn, in *Inbound, _ any) error {
	id := in.Message.Head().ID
	return t.Tell(TopicRevoked, "revocation.notified", "message", subjectOf(id), MessageView{
		Connection: in.Connection.ID, Message: id, Thread: in.Thread, Type: typeName(in.Message.Head().Type), Raw: in.Raw,
	})
}
