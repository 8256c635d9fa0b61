package acapy

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// nothing is an id of no record.
const nothing = "00000000-0000-4000-8000-000000000000"

// didOf stands in a request for a DID of the agent that is asked.
const didOf = "did:of:the:agent"

// alike are requests that ACA-Py and Chancery answer alike: the same status, the same kind of body, the same words, the same members.
var alike = []string{
	"GET /status/live", "GET /status/ready", "GET /status", "GET /connections", "GET /connections?limit=2&offset=1", "GET /connections?offset=-1",
	"GET /connections?limit=x", "GET /connections?descending=maybe", "GET /connections?order_by=created_at", "GET /connections?their_role=x",
	"GET /connections?connection_protocol=x", "GET /connections?my_did=x", "GET /connections?invitation_key=x", "GET /connections?bogus=1",
	"GET /connections/x", "GET /connections/" + nothing, "GET /connections/" + nothing + "/endpoints", "GET /connections/" + nothing + "/metadata",
	"DELETE /connections/" + nothing, "DELETE /connections", "GET /nothing-here",
	"POST /connections/" + nothing + `/send-message {"content":"x"}`, "POST /connections/" + nothing + `/send-message {"content":1}`,
	"POST /connections/" + nothing + "/send-ping {}", "POST /connections/" + nothing + `/metadata {"metadata":{"a":1}}`,
	"GET /issue-credential-2.0/records", "GET /issue-credential-2.0/records?role=x", "GET /issue-credential-2.0/records?state=x",
	"GET /issue-credential-2.0/records?limit=10001", "GET /issue-credential-2.0/records/" + nothing,
	"GET /present-proof-2.0/records", "GET /present-proof-2.0/records?state=x", "GET /present-proof-2.0/records?role=issuer",
	"GET /present-proof-2.0/records/" + nothing, "GET /present-proof-2.0/records/" + nothing + "/credentials",
	"GET /credentials", "GET /credentials?count=0", "GET /credentials?wql=x", "GET /credentials?start=-1", "GET /credential/w3c/x",
	"DELETE /credential/w3c/" + nothing, "GET /vc/credentials", "GET /vc/credentials/x",
	"GET /wallet/did?method=web", "GET /wallet/did?did=x", "GET /wallet/did?verkey=x", "GET /wallet/did?posture=x", "GET /wallet/did?key_type=x",
	"GET /wallet/did/public", "GET /wallet/get-did-endpoint", "GET /wallet/get-did-endpoint?did=x",
	"GET /mediation/requests", "GET /mediation/requests?state=x", "GET /mediation/requests/x", "GET /mediation/keylists", "GET /mediation/default-mediator",
	"GET /discover-features-2.0/records", "GET /out-of-band/invitations", "GET /out-of-band/invitations?oob_id=x",
	"GET /out-of-band/invitations?oob_id=" + nothing, "GET /out-of-band/records", "DELETE /out-of-band/invitations/" + nothing,
	"GET /resolver/resolve/did:key:zbad", "GET /resolver/resolve/did:nope:x", "GET /resolver/resolve/x", "GET /resolver/resolve/" + didOf,

	`POST /wallet/did/create {"method":"key","options":{"key_type":"x"}}`, `POST /wallet/did/create {"method":"key","options":{"key_type":"p256"}}`,
	`POST /wallet/did/create {"method":"web","options":{"key_type":"ed25519"}}`, `POST /wallet/did/create {"method":1}`,
	`POST /wallet/did/create {"method":"key","seed":"000000000000000000000000Trustee1","options":{"key_type":"ed25519"}}`,
	"POST /wallet/did/public?did=did:key:z6MksfnTrjHiJ3HS81HtYVLzxTHjsJrhhSk2zMR1VRrkgWi2", "POST /wallet/did/public?did=x",
	`POST /wallet/set-did-endpoint {"did":"WgWxqztrNooG92RXvxSTWv","endpoint":"http://x.y","endpoint_type":"x"}`, "POST /wallet/set-did-endpoint {}",
	"POST /wallet/keys {}", `POST /wallet/keys {"alg":"ed25519","kid":"one"}`, `POST /wallet/keys {"alg":"ed25519","kid":"one"}`, `POST /wallet/keys {"alg":"p256"}`,
	"GET /wallet/keys/one", "GET /wallet/keys/z6MksfnTrjHiJ3HS81HtYVLzxTHjsJrhhSk2zMR1VRrkgWi2",
	`POST /wallet/jwt/sign {"payload":{"a":1}}`, `POST /wallet/jwt/sign {"payload":{"a":1},"did":"` + didOf + `"}`, `POST /wallet/jwt/verify {"jwt":"x"}`,
	"PATCH /wallet/did/local/rotate-keypair?did=did:key:z6MksfnTrjHiJ3HS81HtYVLzxTHjsJrhhSk2zMR1VRrkgWi2",

	"POST /didexchange/create-request", "POST /didexchange/create-request?their_public_did=x", "POST /didexchange/" + nothing + "/accept-invitation",
	"POST /didexchange/" + nothing + "/accept-request", "POST /didexchange/" + nothing + "/reject {}",
	"POST /out-of-band/receive-invitation {}", `POST /out-of-band/receive-invitation {"@type":"https://didcomm.org/out-of-band/1.1/invitation"}`,
	"POST /out-of-band/create-invitation {}", `POST /out-of-band/create-invitation {"attachments":[{"id":"` + nothing + `","type":"credential-offer"}]}`,
	`POST /out-of-band/create-invitation {"attachments":[{"id":"` + nothing + `","type":"present-proof"}]}`,
	`POST /out-of-band/create-invitation?multi_use=true {"attachments":[{"id":"` + nothing + `","type":"credential-offer"}]}`,
	`POST /out-of-band/create-invitation {"handshake_protocols":["didexchange/1.1"],"use_did":"did:sov:WgWxqztrNooG92RXvxSTWv"}`,
	`POST /out-of-band/create-invitation {"handshake_protocols":["didexchange/1.1"],"use_public_did":true,"use_did_method":"did:peer:2"}`,
	`POST /out-of-band/create-invitation {"handshake_protocols":["didexchange/1.1"],"use_public_did":true,"use_did":"` + didOf + `"}`,
	`POST /out-of-band/create-invitation {"handshake_protocols":["didexchange/1.1"],"use_did_method":"did:peer:2","use_did":"` + didOf + `"}`,
	`POST /out-of-band/create-invitation {"handshake_protocols":["didexchange/1.1"],"use_did_method":"did:peer:9"}`,
	`POST /out-of-band/create-invitation {"handshake_protocols":["didexchange/1.1"],"mediation_id":"` + nothing + `"}`,
	`POST /out-of-band/create-invitation {"handshake_protocols":["didexchange/1.1"],"metadata":{"a":1},"goal":"g","goal_code":"c","accept":["didcomm/aip2"],"alias":"a"}`,
	`POST /out-of-band/create-invitation?multi_use=true&auto_accept=true {"handshake_protocols":["https://didcomm.org/didexchange/1.1"],"use_did_method":"did:peer:4"}`,
	`POST /out-of-band/create-invitation?multi_use=x {"handshake_protocols":["https://didcomm.org/didexchange/1.1"]}`,

	"PUT /mediation/" + nothing + "/default-mediator", "POST /mediation/keylists/" + nothing + "/send-keylist-update {}",
	"DELETE /mediation/requests/" + nothing, "POST /mediation/requests/" + nothing + "/grant", "POST /mediation/request/" + nothing + " {}",
	"POST /did-rotate/" + nothing + "/hangup {}",

	"POST /issue-credential-2.0/create-offer {}", `POST /issue-credential-2.0/create-offer {"filter":{}}`,
	`POST /issue-credential-2.0/create-offer {"filter":{"ld_proof":` + offered(`"type":["x"]`) + `}}`,
	`POST /issue-credential-2.0/create-offer {"filter":{"ld_proof":` + offered(`"@context":["https://x.y/z"]`) + `}}`,
	`POST /issue-credential-2.0/create-offer {"filter":{"ld_proof":` + offered(`"credentialSubject":"x"`) + `}}`,
	`POST /issue-credential-2.0/create-offer {"filter":{"ld_proof":` + offered(`"credentialStatus":"x"`) + `}}`,
	`POST /issue-credential-2.0/create-offer {"filter":{"ld_proof":` + offered(`"issuanceDate":"x"`) + `}}`,
	`POST /issue-credential-2.0/create-offer {"filter":{"ld_proof":` + offered(`"id":"x"`) + `}}`,
	`POST /issue-credential-2.0/send-offer {"connection_id":"` + nothing + `","filter":{"ld_proof":` + offered(`"id":"urn:x:y"`) + `}}`,
	"POST /issue-credential-2.0/records/" + nothing + "/issue {}", "POST /issue-credential-2.0/records/" + nothing + "/store {}",
	"POST /issue-credential-2.0/records/" + nothing + `/problem-report {"description":"x"}`, "POST /issue-credential-2.0/records/" + nothing + "/problem-report {}",
	"DELETE /issue-credential-2.0/records/" + nothing,
	"POST /present-proof-2.0/create-request {}", "POST /present-proof-2.0/send-proposal {}", "POST /present-proof-2.0/records/" + nothing + "/send-presentation {}",
	"POST /present-proof-2.0/records/" + nothing + `/send-presentation {"dif":{}}`, "DELETE /present-proof-2.0/records/" + nothing,
	`POST /vc/credentials/issue {"credential":{"@context":["https://x.y/z"],"type":[],"issuer":"did:x:y","credentialSubject":{}}}`,
	`POST /vc/presentations/verify {"verifiablePresentation":{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiablePresentation"],"verifiableCredential":[],"proof":{"type":"Ed25519Signature2018","created":"2026-01-01T00:00:00Z","verificationMethod":"did:key:z6MksfnTrjHiJ3HS81HtYVLzxTHjsJrhhSk2zMR1VRrkgWi2#z6MksfnTrjHiJ3HS81HtYVLzxTHjsJrhhSk2zMR1VRrkgWi2","proofPurpose":"authentication","jws":"a..b"}},"options":{}}`,
	"POST /credentials/w3c {}", `POST /credentials/w3c {"issuer_id":"did:x:y"}`, `POST /credentials/w3c {"contexts":["x"]}`, `POST /credentials/w3c {"max_results":"x"}`,
}

// offered is a credential with a member of its own, and the options for its proof.
func offered(member string) string {
	all := object{
		"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v1"}, "type": []string{"VerifiableCredential", "PermanentResident"},
		"issuer": didOf, "issuanceDate": "2020-01-01T12:00:00Z", "credentialSubject": object{"type": []string{"PermanentResident"}, "givenName": "ALICE"},
	}
	var own object
	if err := json.Unmarshal([]byte("{"+member+"}"), &own); err != nil {
		panic(err) // it is ours
	}
	maps.Copy(all, own)
	return text(object{"credential": all, "options": object{"proofType": "Ed25519Signature2018"}})
}

// TestAlike: what a controller asks is answered by Chancery as ACA-Py answers it, which is asked the same.
func TestAlike(t *testing.T) {
	theirs := acapy.For(t)
	suite.Guard(t, func() {
		ours, _ := single(t, "acapy", app.Agents{})
		both := []*peers.Controller{theirs.For(t), ours.For(t)}
		dids := []string{did(both[0]), did(both[1])}
		for _, request := range alike {
			method, rest, _ := strings.Cut(request, " ")
			path, body, _ := strings.Cut(rest, " ")
			var answers []string
			for i, c := range both {
				var sent any
				if body != "" {
					sent = strings.ReplaceAll(body, didOf, dids[i])
				}
				answer := c.Do(method, strings.ReplaceAll(path, didOf, dids[i]), sent)
				answers = append(answers, fmt.Sprint(answer.Status, " ", answer.Header.Get("Content-Type"), "\n", formOf(answer.Body)))
			}
			if answers[0] != answers[1] {
				t.Errorf("%s\nACA-Py   %s\nChancery %s", request, answers[0], answers[1])
			}
		}
	})
}

var anyID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|did:key:z[A-Za-z0-9]+`)

// formOf is a text without its ids, or the members of a JSON value, with their kinds.
func formOf(body []byte) string {
	var value any
	if json.Unmarshal(body, &value) != nil {
		return anyID.ReplaceAllString(string(body), "…")
	}
	var lines []string
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case object:
			lines = append(lines, path+" object")
			for name, member := range v {
				walk(path+"/"+name, member)
			}
		case []any:
			lines = append(lines, path+" list")
			for _, element := range v {
				walk(path+"/-", element)
			}
		case string:
			if strings.HasPrefix(path, "/message") {
				lines = append(lines, path+" "+anyID.ReplaceAllString(v, "…"))
				break
			}
			lines = append(lines, path+" text")
		case float64:
			lines = append(lines, path+" number")
		default:
			lines = append(lines, fmt.Sprintf("%s %v", path, v))
		}
	}
	walk("", value)
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}
