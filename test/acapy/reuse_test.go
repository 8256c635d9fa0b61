package acapy

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestACAPyReuse: who takes a second invitation of a DID goes on with the connection that there is: it asks first, or, where something
// came along, answers that at once.
func TestACAPyReuse(t *testing.T) {
	opposite(t, func(t *testing.T, issuer, holder *peers.Controller) {
		p := &pair{t: t, issuer: issuer, holder: holder}
		for _, method := range []string{"did:peer:2", "did:peer:4"} {
			p.taking(object{"use_did_method": method})
			p.reused(object{"use_did_method": method})
			for name, handshake := range handshakes {
				t.Run(method+" "+name, func(t *testing.T) {
					p := &pair{t: t, issuer: issuer.For(t), holder: holder.For(t), toHolder: p.toHolder, toIssuer: p.toIssuer}
					x := p.issueAttached(object{"handshake_protocols": handshake, "use_did_method": method})
					if y := p.proveAttached(x, object{"handshake_protocols": handshake, "use_did_method": method}); y.verified != "true" {
						t.Errorf("the proof is %+v", y)
					}
					p.is(p.issuer.Get("/issue-credential-2.0/records/"+x.issuer), object{"cred_ex_record": object{"connection_id": p.toHolder}})
					p.is(p.holder.Get("/issue-credential-2.0/records/"+x.holder), object{"cred_ex_record": object{"connection_id": p.toIssuer}})
				})
			}
		}
	})
}

// reused has the holder take another invitation of the same DID.
func (p *pair) reused(invitation object) {
	p.t.Helper()
	invitation["handshake_protocols"] = []string{didexchange}
	made := p.issuer.Post("/out-of-band/create-invitation?auto_accept=true", invitation)
	taken := p.holder.Post("/out-of-band/receive-invitation?auto_accept=true&use_existing_connection=true", made["invitation"])
	p.is(taken, object{"state": "reuse-accepted", "connection_id": p.toIssuer, "invi_msg_id": made["invi_msg_id"]})
	comment := func(connection string) string {
		return "Connection " + connection + " is being reused for invitation " + peers.Text(made, "/invi_msg_id")
	}
	accepted := p.holder.Hears("connection_reuse_accepted", object{"comment": comment(p.toIssuer), "connection_id": p.toIssuer, "state": "accepted"})
	p.issuer.Hears("connection_reuse", object{"comment": comment(p.toHolder), "connection_id": p.toHolder, "thread_id": accepted["thread_id"]})
	p.issuer.Until("/connections/"+p.toHolder, object{"invitation_msg_id": made["invi_msg_id"], "rfc23_state": "completed"})
	p.holder.Until("/connections/"+p.toIssuer, object{"invitation_msg_id": made["invi_msg_id"], "rfc23_state": "completed"})
}
