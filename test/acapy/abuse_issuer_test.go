package acapy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

var withStatus = object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}}

// TestForeignThreads: who knows the thread of another's exchange, and says it is theirs, gets nothing of it, cannot end it, and leaves
// no mark on it, whatever state it is in; the two whose it is go on. What begins something begins another exchange.
func TestForeignThreads(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		friend, foe := w.stranger().meets(a), w.stranger().meets(a)
		x, thread, offered := a.offers(friend, false, withStatus)
		meddle := func(state string) {
			t.Helper()
			before, record := w.census(), a.record(x)
			for what, m := range map[string]object{
				"a request for less":  requesting(thread, inBase64(object{})),
				"an ack":              acking(issueCredential, thread),
				"an ack of no kind":   acking("notification/1.0", thread),
				"a report":            reporting(issueCredential, thread, abandoned),
				"a report of no kind": reporting("report-problem/1.0", thread, abandoned),
				"another such report": reporting("notification/1.0", thread, abandoned),
				"a handshake's":       reporting("didexchange/1.1", thread, abandoned),
				"a rotation's":        reporting("did-rotate/1.0", thread, abandoned),
				"an issue":            issuing(thread, inBase64(offered)),
				"a presentation":      message(presentProof+"/presentation", thread, carrying("presentations~attach", submission, inJSON(object{}))),
			} {
				m["~please_ack"], m["~timing"] = object{"on": []string{"RECEIPT", "OUTCOME"}}, object{"expires_time": "2001-01-01T00:00:00Z"}
				if status := foe.says(m); status != http.StatusOK {
					t.Errorf("%s: %s is answered %d", state, what, status)
				}
				w.kept(before, state+": "+what+" in a foreign thread")
			}
			w.settled()
			words := map[string]int{}
			for range 3 { // those that ask for something are told
				words[peers.Text(foe.hears("problem-report", object{"~thread": object{"thid": thread}}), "/description/en")]++
			}
			if want := map[string]int{"detail-invalid: a credential is expected": 1, "there is no such exchange": 1, "there is no such proof": 1}; !maps.Equal(words, want) {
				t.Errorf("%s: the reports are %v", state, words)
			}
			foe.silent(state)
			friend.silent(state)
			if now := a.record(x); !same(now, record) {
				t.Errorf("%s: the record is %v, before %v", state, now, record)
			}
		}
		meddle("offer-sent")
		friend.said(requesting(thread, inBase64(offered)))
		meddle("request-received")
		a.post(credentialRecords+x+"/issue", object{}).equal("/cred_ex_record/state", "credential-issued")
		friend.hears("issue-credential", object{"~thread": object{"thid": thread}})
		meddle("credential-issued")
		friend.said(acking(issueCredential, thread))
		meddle("done")
		a.stands(x, "done", "")
		if n := w.number(`SELECT count(*) FROM credentials`); n != 1 {
			t.Errorf("%d credentials", n)
		}
		// Each begins an exchange of its own in a thread, and ends its own.
		first := message(issueCredential+"/propose-credential", "", carrying("filters~attach", ldDetail, inBase64(offered)))
		before, begun := w.census(), peers.Text(first, "/@id")
		friend.said(first)
		foe.said(maps.Clone(first))
		foe.said(requesting(thread, inBase64(offered))) // and in the thread that is over
		before["exchanges"] += 3
		w.kept(before, "threads of the same name")
		foe.said(reporting(issueCredential, begun, "not-now"))
		for r, want := range map[*raw]object{friend: {"state": "proposal-received"}, foe: {"state": "abandoned", "error_msg": "not-now: so it is"}} {
			found := a.Get("/issue-credential-2.0/records?thread_id=" + begun + "&connection_id=" + r.toRaw)
			if !peers.Has(peers.At(found, "/results/0/cred_ex_record"), want) || peers.At(found, "/results/1") != nil {
				t.Errorf("the thread has %v, want %v", found, want)
			}
		}
		foe.said(requesting(begun, inBase64(offered)))
		foe.told(begun, abandoned, "the exchange is failed")
		a.stands(x, "done", "")
		w.kept(before, "threads of the same name, one over")
	})
}

// TestJumpsToIssuer: a message that jumps over a state, comes twice, or is for the other end is refused with a report; the record says
// why, stays where it is, and goes on to its end.
func TestJumpsToIssuer(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		r := w.stranger().meets(a)
		x, thread, offered := a.offers(r, false, withStatus)
		request := func() object { return requesting(thread, inBase64(offered)) }
		proposal := func() object {
			return message(issueCredential+"/propose-credential", thread, carrying("filters~attach", ldDetail, inBase64(offered)))
		}
		issue := func() object { return issuing(thread, inBase64(offered)) }
		ack := func() object { return acking(issueCredential, thread) }
		// jumps sends messages that are not due; reported is how their reports begin, "" for those that nobody answers.
		jumps := func(state, noted string, all map[string]object) {
			t.Helper()
			before := w.census()
			for reported, m := range all {
				r.said(m)
				if !strings.HasPrefix(reported, "silent") {
					r.told(thread, abandoned, reported)
				}
				w.kept(before, state)
			}
			r.silent(state)
			a.stands(x, state, noted)
		}
		jumps("offer-sent", "", map[string]object{"silent": ack(), "there is no such exchange": issue(), "silent too": reporting(issueCredential, uuid.NewString(), abandoned)})
		r.said(request())
		jumps("request-received", abandoned+": the exchange is requested: no such message is expected", map[string]object{
			"silent": ack(), "the exchange is requested: no such message is expected": request(), "the exchange is requested": proposal(),
		})
		a.post(credentialRecords+x+"/issue", object{}).equal("/cred_ex_record/state", "credential-issued")
		first := r.hears("issue-credential", object{"~thread": object{"thid": thread}})
		jumps("credential-issued", abandoned+": the exchange is issued: no such message is expected", map[string]object{
			"the exchange is issued: no such message is expected": request(), "the exchange is issued": proposal(), "there is no such exchange": issue(),
		})
		r.said(ack())
		jumps("done", "", map[string]object{
			"silent": ack(), "silent too": reporting(issueCredential, thread, abandoned), "the exchange is accepted: no such message is expected": request(),
			"the exchange is accepted": proposal(),
		})
		if peers.Text(content(first, "credentials~attach"), "/issuer") != peers.Text(offered, "/credential/issuer") || w.number(`SELECT count(*) FROM credentials`) != 1 {
			t.Errorf("the credential is %v", first)
		}
		// What the peer gives up is over, and says so; it cannot be taken up again.
		y, other, again := a.offers(r, true, ed2018)
		r.said(reporting(issueCredential, other, "not-now"))
		a.stands(y, "abandoned", "not-now: so it is")
		before := w.census()
		r.said(requesting(other, inBase64(again)))
		r.told(other, abandoned, "the exchange is failed")
		w.kept(before, "a request after its end")
		a.stands(y, "abandoned", "not-now: so it is")
	})
}

// TestUnlikeItsOffer: a request that is not the offer's, in whatever member, is refused before anything is signed, whether the
// credential is issued by itself or not; what was offered is issued afterwards, and nothing else.
func TestUnlikeItsOffer(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		r := w.stranger().meets(a)
		for _, c := range []struct {
			auto    bool
			options object
		}{{true, withStatus}, {false, ed2018}} {
			x, thread, offered := a.offers(r, c.auto, c.options)
			before := w.census()
			for _, what := range slices.Sorted(maps.Keys(unlike)) {
				asked := copied(offered)
				unlike[what](asked, asked["credential"].(object), asked["options"].(object))
				if same(asked, offered) {
					t.Fatalf("%s: nothing is changed", what)
				}
				r.said(requesting(thread, inBase64(asked)))
				w.settled()
				report, _ := r.came("problem-report", object{"~thread": object{"thid": thread}})
				if peers.Text(report, "/description/code") != abandoned {
					t.Fatalf("%s: the report is %v, the record %v", what, report, a.record(x))
				}
				a.stands(x, "offer-sent", abandoned+": "+peers.Text(report, "/description/en"))
				w.kept(before, what)
			}
			// Of two attachments the first counts, and it must be the offer's.
			two := requesting(thread, inBase64(offered))
			wrong := copied(offered)
			wrong["credential"].(object)["credentialSubject"].(object)["givenName"] = "MALLORY"
			two["formats"] = []object{{"attach_id": "b", "format": ldDetail}, {"attach_id": "a", "format": ldDetail}}
			two["requests~attach"] = []object{{"@id": "a", "data": inBase64(offered)}, {"@id": "b", "data": inBase64(wrong)}}
			r.said(two)
			r.told(thread, abandoned, "not-the-offer")
			w.kept(before, "two attachments")

			// A holder may add whose it is, and leave options out.
			good, subject := copied(offered), "did:key:z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V"
			good["credential"].(object)["credentialSubject"].(object)["id"] = subject
			delete(good["options"].(object), "proofPurpose")
			r.said(requesting(thread, inBase64(good)))
			if !c.auto {
				a.stands(x, "request-received", "")
				w.kept(before, "a request that waits")
				a.post(credentialRecords+x+"/issue", object{}).equal("/cred_ex_record/state", "credential-issued")
			}
			got := content(r.hears("issue-credential", object{"~thread": object{"thid": thread}}), "credentials~attach")
			if subject, _ := got["credentialSubject"].(object); got["proof"] == nil || subject["givenName"] != "ALICE" {
				t.Errorf("what is issued is %v", got)
			}
			delete(got, "proof")
			if !same(got, good["credential"]) {
				t.Errorf("what is issued is %v, want %v", got, good["credential"])
			}
			r.said(acking(issueCredential, thread))
			a.stands(x, "done", "")
			before["credentials"]++
			if c.auto {
				before["status_entries"]++
			}
			w.kept(before, "what was offered")
		}
	})
}

// same compares two values as JSON.
func same(a, b any) bool { return bytes.Equal(must(json.Marshal(a)), must(json.Marshal(b))) }

func copied(o object) object {
	var out object
	done(json.Unmarshal(must(json.Marshal(o)), &out))
	return out
}

// unlike change a request so that it is not its offer's.
var unlike = map[string]func(detail, credential, options object){
	"another id":              func(_, c, _ object) { c["id"] = "https://credential.example.com/residents/9" },
	"no id":                   func(_, c, _ object) { delete(c, "id") },
	"another issuer":          func(_, c, _ object) { c["issuer"] = "did:key:z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M7V" },
	"the issuer as an object": func(_, c, _ object) { c["issuer"] = object{"id": c["issuer"]} },
	"another date":            func(_, c, _ object) { c["issuanceDate"] = "2020-01-01T12:00:01Z" },
	"the same date otherwise": func(_, c, _ object) { c["issuanceDate"] = "2020-01-01T12:00:00+00:00" },
	"a type more":             func(_, c, _ object) { c["type"] = append(c["type"].([]any), "PermanentResidentCard") },
	"a type less":             func(_, c, _ object) { c["type"] = c["type"].([]any)[:1] },
	"types in another order":  func(_, c, _ object) { c["type"] = []any{"PermanentResident", "VerifiableCredential"} },
	"a context more": func(_, c, _ object) {
		c["@context"] = append(c["@context"].([]any), object{"@vocab": "https://x.example/"})
	},
	"a context less":             func(_, c, _ object) { c["@context"] = c["@context"].([]any)[:1] },
	"another claim":              func(_, c, _ object) { c["credentialSubject"].(object)["givenName"] = "MALLORY" },
	"a claim more":               func(_, c, _ object) { c["credentialSubject"].(object)["lprNumber"] = "999-999-999" },
	"a claim less":               func(_, c, _ object) { delete(c["credentialSubject"].(object), "birthDate") },
	"a claim of another kind":    func(_, c, _ object) { c["credentialSubject"].(object)["givenName"] = []any{"ALICE"} },
	"a claim that is null":       func(_, c, _ object) { c["credentialSubject"].(object)["image"] = nil },
	"a subject more":             func(_, c, _ object) { c["credentialSubject"] = []any{c["credentialSubject"], object{"id": "urn:x:y"}} },
	"one subject in a list":      func(_, c, _ object) { c["credentialSubject"] = []any{c["credentialSubject"]} },
	"no subject":                 func(_, c, _ object) { delete(c, "credentialSubject") },
	"a subject that is a number": func(_, c, _ object) { c["credentialSubject"].(object)["id"] = 5 },
	"a subject that is null":     func(_, c, _ object) { c["credentialSubject"].(object)["id"] = nil },
	"a subject that is no URI":   func(_, c, _ object) { c["credentialSubject"].(object)["id"] = "mallory" },
	"a subject in a subject":     func(_, c, _ object) { c["credentialSubject"].(object)["id"] = object{"id": "urn:x:y"} },
	"an expiry":                  func(_, c, _ object) { c["expirationDate"] = "2099-01-01T00:00:00Z" },
	"a schema": func(_, c, _ object) {
		c["credentialSchema"] = object{"id": "https://x.example/s", "type": "JsonSchema"}
	},
	"evidence":           func(_, c, _ object) { c["evidence"] = object{"id": "https://x.example/e", "type": "Evidence"} },
	"terms of use":       func(_, c, _ object) { c["termsOfUse"] = object{"type": "IssuerPolicy"} },
	"a name":             func(_, c, _ object) { c["name"] = "Card" },
	"a member of nobody": func(_, c, _ object) { c["x"] = "y" },
	"a proof":            func(_, c, _ object) { c["proof"] = object{"type": "Ed25519Signature2018"} },
	"another status": func(_, c, _ object) {
		c["credentialStatus"] = object{"id": "https://x.example/1#1", "type": "StatusList2021Entry", "statusPurpose": "revocation", "statusListIndex": "1", "statusListCredential": "https://x.example/1"}
	},
	"another suite":     func(_, _, o object) { o["proofType"] = "Ed25519Signature2020" },
	"another purpose":   func(_, _, o object) { o["proofPurpose"] = "authentication" },
	"a date of proof":   func(_, _, o object) { o["created"] = "2020-01-01T12:00:00Z" },
	"a domain":          func(_, _, o object) { o["domain"] = "x.example" },
	"a challenge":       func(_, _, o object) { o["challenge"] = "x" },
	"a status asked":    func(_, _, o object) { o["credentialStatus"] = object{"type": "BitstringStatusListEntry"} },
	"no suite":          func(_, _, o object) { delete(o, "proofType") },
	"no credential":     func(d, _, _ object) { delete(d, "credential") },
	"a credential text": func(d, _, _ object) { d["credential"] = fmt.Sprint(d["credential"]) },
	"no options":        func(d, _, _ object) { delete(d, "options") },
}
