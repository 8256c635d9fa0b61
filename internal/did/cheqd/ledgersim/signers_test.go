package ledgersim_test

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// TestTogether has several messages in one transaction: all or none, and each to be paid.
func TestTogether(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	w.gas = 1_000_000
	before := w.balance()
	w.refused("cheqd", 1200, "message index: 1", newDID(did), newDID(did))
	if _, err := w.abci(cheqd.QueryDIDDoc(did)); err == nil {
		t.Error("half a transaction is kept")
	}
	if w.balance().Cmp(before) != 0 {
		t.Error("a transaction that failed is paid")
	}
	w.must(newDID(did), newDID(other), resource(version("1")))
	// Two DIDs at 2 USD and JSON at 0.4, a CHEQ at 0.05.
	if got := new(big.Int).Sub(before, w.balance()); got.String() != "88000000000" {
		t.Errorf("paid %s", got)
	}
	// A second version of the resource that fails leaves the first without a next.
	wrong := resource(version("2"))
	wrong.Signatures = []cheqd.SignInfo{edSign(edKey(7), did+"#key-1", wrong)}
	w.refused("cheqd", 1100, "invalid signature", resource(version("3")), wrong)
	value, err := w.abci(cheqd.QueryResources(strings.TrimPrefix(did, "did:cheqd:testnet:")))
	if err != nil {
		t.Fatal(err)
	}
	if list, err := cheqd.DecodeResources(value); err != nil || len(list) != 1 || list[0].NextVersionID != "" {
		t.Errorf("%+v, %v", list, err)
	}
}

// TestUpperCase: the ledger lowers UUIDs; what is signed is what was sent.
func TestUpperCase(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	upper := "did:cheqd:testnet:" + strings.ToUpper(strings.TrimPrefix(did, "did:cheqd:testnet:"))
	m := newDID(upper)
	m.Payload.AssertionMethod, m.Payload.KeyAgreement = m.Payload.Authentication, m.Payload.Authentication
	m.Payload.CapabilityInvocation, m.Payload.CapabilityDelegation = m.Payload.Authentication, m.Payload.Authentication
	m.Payload.Service = []cheqd.Service{{ID: upper + "#s", Type: "T", Endpoint: []string{"https://A.example"}}}
	m.Signatures = []cheqd.SignInfo{edSign(edKey(1), upper+"#key-1", m)}
	w.must(m)
	value, err := w.abci(cheqd.QueryDIDDoc(upper))
	if err != nil {
		t.Fatal(err)
	}
	got, err := cheqd.DecodeDIDDoc(value)
	if err != nil || got.Doc.ID != did || got.Doc.VerificationMethod[0].ID != did+"#key-1" || got.Doc.Authentication[0] != did+"#key-1" {
		t.Errorf("%+v, %v", got.Doc, err)
	}
	if text := fmt.Sprint(got.Doc); strings.Contains(text, upper) {
		t.Errorf("something is in upper case: %s", text)
	}
	w.refused("cheqd", 1200, did, newDID(did))
}

// TestUpdateSigners: who comes to have a say in a document must agree, and who had one.
func TestUpdateSigners(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	w.must(newDID(did))
	u := cheqd.UpdateDIDDoc{Payload: newDID(did).Payload}
	u.Payload.VersionID = version("1")
	sign := func(dids ...string) {
		u.Signatures = nil
		for _, id := range dids {
			u.Signatures = append(u.Signatures, edSign(edKey(1), id+"#key-1", u))
		}
	}
	// A new controller.
	u.Payload.Controller = []string{did, other}
	sign(did)
	w.refused("cheqd", 1201, other+": DID Doc not found", u)
	w.must(newDID(other))
	w.refused("cheqd", 1101, "at least one signature by "+other, u)
	sign(did, other)
	w.must(u)
	// The controller goes: it had a say.
	u.Payload.Controller, u.Payload.VersionID = []string{did}, version("2")
	sign(did)
	w.refused("cheqd", 1101, "at least one signature by "+other, u)
	sign(did, other)
	w.must(u)
	// A new method of another controller, then the same with another key, then with ours.
	u.Payload.VerificationMethod = append(u.Payload.VerificationMethod, edMethod(did, "key-2", edKey(2)))
	u.Payload.VerificationMethod[1].Controller, u.Payload.VersionID = other, version("3")
	sign(did)
	w.refused("cheqd", 1101, "at least one signature by "+other, u)
	sign(did, other)
	w.must(u)
	u.Payload.VerificationMethod = slices.Clone(u.Payload.VerificationMethod)
	u.Payload.VerificationMethod[1].Material, u.Payload.VersionID = edMethod(did, "key-2", edKey(3)).Material, version("4")
	sign(did)
	w.refused("cheqd", 1101, "at least one signature by "+other, u)
	u.Payload.VerificationMethod[1].Controller = did
	sign(did)
	w.refused("cheqd", 1101, "at least one signature by "+other, u)
	sign(did, other)
	w.must(u)
	// Given to the other, who must agree; and gone, which the other had a say in.
	u.Payload.VerificationMethod = slices.Clone(u.Payload.VerificationMethod)
	u.Payload.VerificationMethod[1].Controller, u.Payload.VersionID = other, version("5")
	sign(did)
	w.refused("cheqd", 1101, "at least one signature by "+other, u)
	sign(did, other)
	w.must(u)
	u.Payload.VerificationMethod, u.Payload.VersionID = u.Payload.VerificationMethod[:1], version("6")
	sign(did)
	w.refused("cheqd", 1101, "at least one signature by "+other, u)
	sign(other)
	w.refused("cheqd", 1101, "(old version)", u)
	sign(did, other)
	w.must(u)
}

// TestAgain: a transaction that failed in its block may be sent again, and fails by its sequence.
func TestAgain(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	tx := w.tx(deactivation(did))
	if refusal := w.send(tx).Refusal; refusal != nil {
		t.Fatal(refusal)
	}
	if refusal := w.send(tx).Refusal; refusal == nil || refusal.Reason() != cheqd.ReasonSequence {
		t.Errorf("%v", refusal)
	}
	if status, body := w.request("GET", cheqd.QueryAccount("cheqd1x").REST, nil); status != 404 || !strings.Contains(string(body), `"code":5`) {
		t.Errorf("%d %s", status, body)
	}
	// The signature is the account's alone.
	w.sequence = 1
	stolen := bytes.Clone(w.tx(newDID(did)))
	stolen[len(stolen)-20] ^= 1
	if refusal := w.send(stolen).Refusal; refusal == nil || refusal.Code != cheqd.SDKUnauthorized {
		t.Errorf("%v", refusal)
	}
}
