package acapy

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestThreadTakenBefore: who has seen what is attached to an invitation, and begins something with its @id before anybody takes the
// invitation, has an exchange of its own at either end. The offer and the request for proof go on to their end between the two whose
// they are.
func TestThreadTakenBefore(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		foe, foeThere := w.stranger().meets(holder), w.stranger().meets(issuer)
		p := &pair{t: t, issuer: issuer.Controller, holder: holder.Controller}
		// begins has a foe begin with a message of a thread that is somebody else's.
		begins := func(r *raw, thread any, m object) {
			t.Helper()
			m["@id"] = thread
			r.said(m)
		}
		// invites has the foe at the issuer begin, and then try to take what is attached; the holder takes it. It gives the thread of the
		// invitation.
		invites := func(kind, id string, handshake []string, begun object, thread any) any {
			t.Helper()
			made := issuer.Post("/out-of-band/create-invitation?auto_accept=true", object{
				"handshake_protocols": handshake, "attachments": []object{{"id": id, "type": kind}},
			})
			begins(foeThere, thread, begun)
			if len(handshake) > 0 {
				reuse := message("out-of-band/1.1/handshake-reuse", "")
				reuse["~thread"] = object{"thid": reuse["@id"], "pthid": made["invi_msg_id"]}
				foeThere.said(reuse)
				foeThere.told(peers.Text(reuse, "/@id"), "no_existing_connection", "the peer has begun something in the thread")
			}
			again := maps.Clone(begun)
			again["@id"], again["~thread"] = uuid.NewString(), object{"thid": thread, "pthid": made["invi_msg_id"]}
			foeThere.said(again) // of what it began itself
			taken := holder.Post("/out-of-band/receive-invitation?auto_accept=true", made["invitation"])
			p.is(taken, object{"invi_msg_id": made["invi_msg_id"], "role": "receiver"})
			return made["invi_msg_id"]
		}
		for name, handshake := range handshakes {
			x, credential := issued{did: did(holder.Controller)}, resident(did(issuer.Controller))
			detail := inBase64(object{"credential": credential, "options": ed2018})
			offered := issuer.Post("/issue-credential-2.0/create-offer", object{
				"auto_remove": false, "filter": object{"ld_proof": object{"credential": credential, "options": ed2018}},
			})
			x.issuer = peers.Text(offered, "/cred_ex_id")
			begins(foe, offered["thread_id"], offering("", detail))
			proposal := message(issueCredential+"/propose-credential", "", carrying("filters~attach", ldDetail, detail))
			parent := invites("credential-offer", x.issuer, handshake, proposal, offered["thread_id"])
			found := holder.Hears("issue_credential_v2_0", object{"thread_id": offered["thread_id"], "parent_thread_id": parent, "state": "offer-received"})
			x.holder = peers.Text(found, "/cred_ex_id")
			p.take(&x, credential, ed2018)

			var y proven
			challenge, wanted := uuid.NewString(), object{"presentation_definition": definition()}
			asked := issuer.Post("/present-proof-2.0/create-request", object{"presentation_request": object{"dif": object{
				"presentation_definition": definition(), "options": object{"challenge": challenge, "domain": "verifier.example"},
			}}})
			y.verifier = peers.Text(asked, "/pres_ex_id")
			begins(foe, asked["thread_id"], message(presentProof+"/request-presentation", "", carrying("request_presentations~attach", dif, inJSON(wanted))))
			wish := message(presentProof+"/propose-presentation", "", carrying("proposals~attach", dif, inJSON(definition())))
			invites("present-proof", y.verifier, handshake, wish, asked["thread_id"])
			w.settled()
			listed, _ := holder.Get("/present-proof-2.0/records?state=request-received&thread_id=" + peers.Text(asked, "/thread_id"))["results"].([]any)
			listed = slices.DeleteFunc(listed, func(of any) bool { return peers.Text(of, "/connection_id") == foe.toRaw })
			if len(listed) != 1 {
				t.Fatalf("%s: the holder is asked for %v", name, listed)
			}
			y.prover = peers.Text(listed[0], "/pres_ex_id")
			if p.show(&y, x, challenge); y.verified != "true" {
				t.Errorf("%s: the proof is %+v", name, y)
			}
			p.ends(x)

			// What the foes began is theirs, and as they left it.
			for _, of := range []struct {
				a     *agent
				r     *raw
				state string
				asked string
			}{{holder, foe, "offer-received", "request-received"}, {issuer, foeThere, "proposal-received", "proposal-received"}} {
				records := of.a.Get("/issue-credential-2.0/records?thread_id=" + peers.Text(offered, "/thread_id") + "&connection_id=" + of.r.toRaw)
				p.is(peers.At(records, "/results/0/cred_ex_record"), object{"state": of.state, "connection_id": of.r.toRaw})
				proofs := of.a.Get("/present-proof-2.0/records?thread_id=" + peers.Text(asked, "/thread_id") + "&connection_id=" + of.r.toRaw)
				p.is(peers.At(proofs, "/results/0"), object{"state": of.asked, "connection_id": of.r.toRaw})
				of.r.silent(name)
			}
		}
	})
}
