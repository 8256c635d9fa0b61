package agent_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// A peer whose messages are all of formats of other agents is told so, and leaves no record; beside ours they do no harm.
func TestFormatsOfOtherAgents(t *testing.T) {
	p, friend, _ := twoRaw(t)
	keys, _ := p.issuer.meet(friend)
	const other = `{"attach_id":"a","format":"anoncreds/credential-offer@v1.0"}`
	offer := func(id, formats, attachments string) []byte {
		return []byte(`{"@type":"https://didcomm.org/issue-credential/2.0/offer-credential","@id":"` + id + `","formats":[` + formats + `],"offers~attach":[` + attachments + `]}`)
	}
	attached := func(id, content string) string {
		return `{"@id":"` + id + `","mime-type":"application/json","data":` + inBase64([]byte(content)) + `}`
	}
	told := func(code string) {
		t.Helper()
		p.issuer.work()
		if report := last[*didcomm.ProblemReport](friend); report.Code() != code || !strings.Contains(report.Text(), "format") {
			t.Errorf("%s: %s", report.Code(), report.Text())
		}
		p.issuer.none()
	}
	fine(t, friend.sayText(keys[0], offer("o1", other, attached("a", `{}`))))
	told("issuance-abandoned")
	fine(t, friend.sayText(keys[0], []byte(`{"@type":"https://didcomm.org/present-proof/2.0/request-presentation","@id":"r1","formats":[`+
		`{"attach_id":"a","format":"hlindy/proof-req@v2.0"}],"request_presentations~attach":[`+attached("a", `{}`)+`]}`)))
	told("abandoned")
	fine(t, friend.sayText(keys[0], offer("o2", other+`,{"attach_id":"b","format":"`+detailFormat+`"}`, attached("a", `{}`)+","+attached("b", string(p.wish()["ld_proof"])))))
	p.issuer.expect(vc.Offered)
}
