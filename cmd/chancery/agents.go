package main

import (
	"maps"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/app"
)

// agentFlags say how agents are run. The variables of ACA-Py are taken, too.
type agentFlags struct {
	DIDCommEndpoint    string   `name:"didcomm-endpoint" placeholder:"URL" env:"CHANCERY_DIDCOMM_ENDPOINT,ACAPY_ENDPOINT" help:"Where peers send messages, as they are told it; by default the public URL and /didcomm; none where they cannot reach this server."`
	AcapyLabel         string   `name:"acapy-label" placeholder:"TEXT" env:"CHANCERY_ACAPY_LABEL,ACAPY_LABEL" help:"How agents call themselves; by default as their organisation is called."`
	AcapyMultitenant   bool     `name:"acapy-multitenant" env:"CHANCERY_ACAPY_MULTITENANT,ACAPY_MULTITENANT" help:"The API of ACA-Py has sub-wallets, which their tokens open."`
	AcapyInsecure      bool     `name:"acapy-insecure" env:"CHANCERY_ACAPY_INSECURE,ACAPY_ADMIN_INSECURE_MODE" help:"The API of ACA-Py asks nobody who calls; with --dev only."`
	AcapyWebhook       []string `name:"acapy-webhook" placeholder:"URL[#KEY]" env:"CHANCERY_ACAPY_WEBHOOK,ACAPY_WEBHOOK_URL" help:"Tell this URL of everything that agents do, in the words of ACA-Py."`
	AcapyDebugWebhooks bool     `name:"acapy-debug-webhooks" env:"CHANCERY_ACAPY_DEBUG_WEBHOOKS,ACAPY_DEBUG_WEBHOOKS" help:"Webhooks have the whole record."`
	AcapyAuto          []string `name:"acapy-auto" placeholder:"WHAT" env:"CHANCERY_ACAPY_AUTO" help:"Answer without asking: invites, requests, credential-proposal, credential-offer, credential-request, store-credential, presentation-proposal, presentation-request, verify-presentation, ping-connection."`
	AcapyPreserve      bool     `name:"acapy-preserve" env:"CHANCERY_ACAPY_PRESERVE,ACAPY_PRESERVE_EXCHANGE_RECORDS" help:"Keep the records of exchanges that have ended."`
	AcapyPublicInvites bool     `name:"acapy-public-invites" env:"CHANCERY_ACAPY_PUBLIC_INVITES,ACAPY_PUBLIC_INVITES" help:"Invitations may be made with the public DID."`
	AcapyOpenMediation bool     `name:"acapy-open-mediation" env:"CHANCERY_ACAPY_OPEN_MEDIATION,ACAPY_MEDIATION_OPEN" help:"Be the mediator of whoever asks."`
	AcapyAllowSeed     bool     `name:"acapy-allow-insecure-seed" env:"CHANCERY_ACAPY_ALLOW_INSECURE_SEED,ACAPY_WALLET_ALLOW_INSECURE_SEED" help:"DIDs may be made of seeds that clients send."`
	AcapyStatus        string   `name:"acapy-status" placeholder:"TYPE" env:"CHANCERY_ACAPY_STATUS" help:"Offers that ask for no status get one of this type: BitstringStatusListEntry, StatusList2021Entry."`
}

// autoVariables are ACA-Py's variables for what --acapy-auto names.
var autoVariables = []struct{ variable, name string }{
	{"ACAPY_AUTO_ACCEPT_INVITES", "invites"},
	{"ACAPY_AUTO_ACCEPT_REQUESTS", "requests"},
	{"ACAPY_AUTO_RESPOND_CREDENTIAL_PROPOSAL", "credential-proposal"},
	{"ACAPY_AUTO_RESPOND_CREDENTIAL_OFFER", "credential-offer"},
	{"ACAPY_AUTO_RESPOND_CREDENTIAL_REQUEST", "credential-request"},
	{"ACAPY_AUTO_STORE_CREDENTIAL", "store-credential"},
	{"ACAPY_AUTO_RESPOND_PRESENTATION_PROPOSAL", "presentation-proposal"},
	{"ACAPY_AUTO_RESPOND_PRESENTATION_REQUEST", "presentation-request"},
	{"ACAPY_AUTO_VERIFY_PRESENTATION", "verify-presentation"},
	{"ACAPY_AUTO_PING_CONNECTION", "ping-connection"},
}

// acapyDoors takes the listeners of ACA-Py's variables, "[host, port]" and "[[http, host, port]]", where no flag names one.
func acapyDoors(doors map[string]string) map[string]string {
	out := maps.Clone(doors)
	for name, variable := range map[string]string{"acapy": "ACAPY_ADMIN", "didcomm": "ACAPY_INBOUND_TRANSPORT"} {
		address, ok := listener(os.Getenv(variable))
		if _, named := doors[name]; named || !ok {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = address
	}
	return out
}

// listener reads one listener out of a variable of ACA-Py's. HTTP and WebSockets are one here.
func listener(text string) (address string, ok bool) {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("[], \"'", r) })
	if len(words) == 3 && (words[0] == "http" || words[0] == "ws") {
		words = words[1:]
	}
	if len(words) != 2 {
		return "", false
	}
	return net.JoinHostPort(words[0], words[1]), true
}

// unread are variables of ACA-Py's that are set and mean nothing here.
func unread(environ []string) (names []string) {
	read := map[string]bool{}
	for _, v := range autoVariables {
		read[v.variable] = true
	}
	for _, field := range reflect.VisibleFields(reflect.TypeFor[agentFlags]()) {
		for name := range strings.SplitSeq(field.Tag.Get("env"), ",") {
			read[name] = true
		}
	}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		if name == "ACAPY_ADMIN" || name == "ACAPY_INBOUND_TRANSPORT" {
			_, read[name] = listener(value) // what cannot be read is as good as not there
		}
		if strings.HasPrefix(name, "ACAPY_") && !read[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (f agentFlags) config() app.Agents {
	auto := slices.Clone(f.AcapyAuto)
	for _, v := range autoVariables {
		if set := strings.ToLower(os.Getenv(v.variable)); set == "true" || set == "1" {
			auto = append(auto, v.name)
		}
	}
	return app.Agents{
		Endpoint: f.DIDCommEndpoint, Label: f.AcapyLabel, Multitenant: f.AcapyMultitenant, Insecure: f.AcapyInsecure,
		Webhooks: f.AcapyWebhook, WholeWebhooks: f.AcapyDebugWebhooks, Auto: auto, Preserve: f.AcapyPreserve,
		PublicInvites: f.AcapyPublicInvites, OpenMediation: f.AcapyOpenMediation, Seeds: f.AcapyAllowSeed, StatusType: f.AcapyStatus,
	}
}
