package empe

import (
	"net/http"
	"strconv"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// places are the routes of the issuer itself: what it is, where it publishes, its secret. Anchoring a DID and rotating the secret
// are ours.
func (d *Door) places() []wire.Line {
	return []wire.Line{
		anyone(get, "/.well-known/openid-credential-issuer", "IssuerMetadata", d.metadata, 200),
		anyone(get, "/api/v1/blockchain/address", "GetBlockchainAddressHandler", d.address, 200, 404),
		secret(post, "/api/v1/blockchain/revocations/{listId}", "PublishRevocations", d.publish, may(access.CredentialStatus), 200, 401, 403, 404),
		secret(post, "/api/v1/blockchain/did", "AnchorDid", d.anchor, may(access.DIDManage), 401, 403, 501),
		secret(post, "/api/v1/client-secret/rotate", "RotateClientSecret", d.rotate, nil, 201, 400, 401, 403, 409),
	}
}

type addressWire struct {
	Address string `json:"address"`
}

func (d *Door) address(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	identity, err := d.issuer(r.Context(), c.Scope)
	if err != nil && vc.KindOf(err) == vc.Invalid {
		return vc.Errorf(vc.NotFound, "no-address", "there is no identity that issues yet").Because(err)
	}
	if err != nil {
		return err
	}
	address, err := d.Identity.Address(r.Context(), c.Scope, identity.ID)
	if err != nil {
		return err
	}
	return wire.Answer(w, http.StatusOK, addressWire{address})
}

// publish publishes a status list by its id, or by its place among the issuer's lists, from 1.
func (d *Door) publish(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, place := "", 0
	if n, err := strconv.ParseUint(r.PathValue("listId"), 10, 31); err == nil {
		place = int(n)
	} else if id, err = wire.ID(r, "listId", vc.Errorf(vc.NotFound, "status-list-not-found", "there is no such status list")); err != nil {
		return err
	}
	if _, err := d.Issuer.PublishList(r.Context(), c.By, id, place); err != nil {
		return err
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (d *Door) anchor(http.ResponseWriter, *http.Request, wire.Call) error {
	return vc.Errorf(vc.Unsupported, httpx.CodeNotOffered, "this server writes no DIDs to the ledger")
}

// defaultOverlap is how long an old secret stays good where nothing is said: a day to bring the new one to every back end.
const defaultOverlap = 24 * time.Hour

type newSecret struct {
	Overlap *float64 `json:"overlap"` // seconds
}

type secretWire struct {
	ClientSecret      string      `json:"client_secret"`
	PreviousExpiresAt httpx.Stamp `json:"previous_expires_at"` // null: it is refused already
}

func (d *Door) rotate(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	overlap := defaultOverlap
	if r.ContentLength != 0 {
		var body newSecret
		if err := wire.Decode(r, wire.SmallBody, &body); err != nil {
			return err
		}
		if body.Overlap != nil {
			seconds, err := wire.Whole(body.Overlap, 0, int(access.MaxOverlap/time.Second), "/overlap")
			if err != nil {
				return err
			}
			overlap = time.Duration(seconds) * time.Second
		}
	}
	p, secret, err := d.Access.RotateOwnSecret(r.Context(), c.Actor(), r.Header.Get(wire.SecretHeader), overlap)
	if err != nil {
		return err
	}
	return wire.AnswerSecret(w, http.StatusCreated, secretWire{ClientSecret: secret, PreviousExpiresAt: httpx.Stamp(p.PreviousUntil)})
}
