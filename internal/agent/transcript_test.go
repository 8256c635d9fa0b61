package agent_test

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// recorded gives what two ACA-Py said to each other, by type.
func recorded(t *testing.T, name string) map[string]jsontext.Value {
	t.Helper()
	all := map[string]jsontext.Value{}
	text := sharedtest.Read(t, "the recorded exchanges of github.com/openwallet-foundation/acapy 1.6.1rc0", "transcripts", "acapy", name)
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var line struct {
			Plaintext jsontext.Value `json:"plaintext"`
		}
		fine(t, json.Unmarshal(lines.Bytes(), &line))
		message, err := didcomm.Decode(line.Plaintext)
		fine(t, err)
		all[string(message.Head().Type)] = line.Plaintext
	}
	return all
}

// shape lists the members of a value, and what kind each is.
func shape(t *testing.T, text []byte) string {
	t.Helper()
	var value any
	fine(t, json.Unmarshal(text, &value))
	var lines []string
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch v := value.(type) {
		case map[string]any:
			for name, member := range v {
				walk(path+"/"+name, member)
			}
		case []any:
			for _, item := range v {
				walk(path+"/-", item)
			}
		default:
			lines = append(lines, fmt.Sprintf("%s %T", path, v))
		}
	}
	walk("", value)
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n")
}

// Each message of a handshake, and of the small protocols, has the members that ACA-Py's has.
func TestAsRecorded(t *testing.T) {
	for _, version := range []string{"1.0", "1.1"} {
		t.Run(version, func(t *testing.T) {
			theirs := recorded(t, "plaintext-didex"+version+".jsonl")
			p := strangers(t, vc.AgentSettings{AutoAcceptRequests: flag(true), Label: "I"}, vc.AgentSettings{AutoAcceptInvites: flag(true), Label: "H"})
			inviter := newRaw(p, p.holder)
			request := inviter.invites(p.holder, "https://didcomm.org/didexchange/"+version)
			key := keyOf(t, request)
			fine(t, inviter.say(key, inviter.response(request)))
			last[*didcomm.DIDComplete](inviter)
			id := p.holder.sole(vc.Completed).Connection.ID
			_, err := p.holder.Ping(t.Context(), p.holder.by, id, "hi")
			fine(t, err)
			fine(t, p.holder.Say(t.Context(), p.holder.by, id, "hello"))
			fine(t, inviter.say(key, &didcomm.Ping{Header: head(didcomm.TypePing, "p", "", "")}))
			p.holder.work()

			taker := newRaw(p, p.issuer)
			invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/" + version}})
			asks := taker.request("r", invitation)
			asks.Type = didcomm.NewType("didexchange", 1, int(version[2]-'0'), "request")
			if version == "1.0" {
				var document []byte
				asks.DID, document, err = taker.self.Legacy()
				fine(t, err)
				asks.DIDDoc = didcomm.DocumentAttachment("a", document)
				signAttachment(taker, asks.DIDDoc)
			}
			fine(t, taker.say(invitation.Invitation.Key, asks))
			last[*didcomm.DIDResponse](taker)

			seen := 0
			for _, text := range slices.Concat(inviter.texts, taker.texts) {
				message, err := didcomm.Decode(text)
				fine(t, err)
				recorded, ok := theirs[string(message.Head().Type)]
				if !ok {
					t.Errorf("%s was not recorded", message.Head().Type)
					continue
				}
				seen++
				if got, want := shape(t, text), shape(t, recorded); got != want {
					t.Errorf("%s\n%s\nis not\n%s", message.Head().Type, got, want)
				}
			}
			if seen != 6 {
				t.Errorf("%d kinds of messages", seen)
			}
		})
	}
}
