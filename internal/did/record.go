package did

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Recorder is a method whose documents are on a ledger. What changes one is a message there, which keys of the DID sign and
// for which somebody pays; it holds once the ledger has it, and the ledger may say no. Neither method asks the network.
//
//	identity ── Record(before, after) ──> what to sign ── keys.Sign ── Signed ──> journaled, and sent by the method's writer
type Recorder interface {
	Rotator
	// Record gives the message that makes before what after is; before is the zero value where the DID is not there yet.
	// What the ledger is known to refuse is refused here, before anything is paid: Invalid "key-not-supported",
	// "document-not-on-ledger"; Conflict "no-active-key".
	Record(before, after vc.Identity) (Recording, error)
	// Signed gives the transaction to journal. signatures are those of Recording.Signers over its SignBytes, in their JOSE
	// form.
	Signed(recording Recording, signatures [][]byte) (vc.LedgerTransaction, error)
}

// Recording is a message that is not signed yet.
type Recording struct {
	Ledger    string // as [vc.LedgerTransaction] has it
	DID       string
	Version   string // that the message makes
	Kind      string // the method's word for what it does
	SignBytes []byte
	Signers   []vc.IdentityKey
	Job       []byte // of a [Prompter]: what is known of the message where it is written
}

// Prompter is a Recorder whose messages may be written to the ledger by somebody else, who says in the end what is signed.
type Prompter interface {
	// Prompt gives a recording as it is to be signed; one that is written from here is as it was. It asks the network, so it must not
	// be called inside a transaction. What is to be signed then says what the recording said, but for the id of the version: Unavailable
	// "registrar-payload" where it does not. Nothing is sent yet: whoever asked may be asked again. Other errors: Unavailable
	// "registrar-unreachable", "registrar-answer"; and what refuses the change, Conflict, Invalid or Unavailable "registrar-refused".
	Prompt(ctx context.Context, recording Recording) (Recording, error)
}

// Asserter is a method whose documents hold keys for assertions alone, beside those that control the DID, as verification
// methods of further types.
type Asserter interface {
	// AssertionTypes gives those types for keys of an algorithm, the usual one first.
	AssertionTypes(algorithm vc.Algorithm) []string
}

// Adding says as what a further key stands in a DID's document: its type, "" for the method's usual one, and what it is for.
// It refuses a type as [CheckType] does.
func Adding(method Method, algorithm vc.Algorithm, methodType string) (string, []string, error) {
	asserter, alone := method.(Asserter)
	if !alone {
		if methodType == "" {
			return "", Purposes(), nil
		}
		return methodType, Purposes(), CheckType(method, algorithm, methodType)
	}
	var usual []string
	if typer, ok := method.(Typer); ok {
		usual = typer.Types(algorithm)
	}
	asserting := asserter.AssertionTypes(algorithm)
	switch {
	case methodType == "" && len(usual) > 0, slices.Contains(usual, methodType):
		return methodType, Purposes(), nil
	case methodType == "" && len(asserting) > 0:
		return asserting[0], AssertionAlone(), nil
	case slices.Contains(asserting, methodType):
		return methodType, AssertionAlone(), nil
	}
	return "", nil, vc.Errorf(vc.Invalid, "method-type", "a key for %s is listed as one of %s", algorithm, strings.Join(slices.Concat(usual, asserting), ", "))
}

// AssertionAlone are the purposes of a key that signs what its identity asserts and nothing else.
func AssertionAlone() []string { return Purposes()[:1] }
