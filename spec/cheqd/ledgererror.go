package cheqd

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/spec/comet"
)

// LedgerError is the ledger's no: a code of a codespace, and its own words. Code 0 is no error.
type LedgerError struct {
	Codespace string
	Code      uint32
	Log       string
}

func (e *LedgerError) Error() string {
	return fmt.Sprintf("cheqd: codespace %s code %d: %s", e.Codespace, e.Code, e.Log)
}

// The codespaces of the ledger.
const (
	SpaceDID       = "cheqd"
	SpaceResource  = "resource"
	SpaceSDK       = "sdk"
	SpaceUndefined = "undefined" // errors without a code of their own, fees that are too low among them
)

// The codes that the ledger gives: x/did/types/error.go, x/resource/types/error.go, and types/errors of the Cosmos SDK.
const (
	DIDInvalidSignature  = 1100
	DIDSignatureNotFound = 1101
	DIDExists            = 1200
	DIDNotFound          = 1201
	DIDMethodNotFound    = 1202
	DIDBasicValidation   = 1205
	DIDNamespace         = 1206
	DIDDeactivated       = 1207
	DIDInternal          = 1500

	ResourceExists = 2200

	SDKTxDecode          = 2
	SDKUnauthorized      = 4
	SDKInsufficientFunds = 5
	SDKUnknownRequest    = 6
	SDKUnknownAddress    = 9
	SDKInvalidCoins      = 10
	SDKOutOfGas          = 11
	SDKMemoTooLarge      = 12
	SDKInsufficientFee   = 13
	SDKNoSignatures      = 15
	SDKInvalidRequest    = 18
	SDKInMempool         = 19
	SDKMempoolFull       = 20
	SDKTxTooLarge        = 21
	SDKKeyNotFound       = 22
	SDKTimeoutHeight     = 30
	SDKSequence          = 32
	SDKNotFound          = 38
	SDKInvalidGas        = 41
)

// Reason is what a [LedgerError] comes to.
type Reason string

// The reasons. ReasonOther is whatever has no name here.
const (
	ReasonOther       Reason = ""
	ReasonNotFound    Reason = "not-found"
	ReasonExists      Reason = "exists"
	ReasonInvalid     Reason = "invalid"     // the document, resource or message breaks a rule
	ReasonSignature   Reason = "signature"   // of a DID's key: missing, broken, or of no key of the document
	ReasonDeactivated Reason = "deactivated" // the DID is, for good
	ReasonSequence    Reason = "sequence"    // of the account: to be sent again with the next, after a block
	ReasonAccount     Reason = "account"     // unknown, or its signature is not right
	ReasonFunds       Reason = "funds"       // of the account: too low
	ReasonFee         Reason = "fee"         // too low
	ReasonGas         Reason = "gas"         // too little
	ReasonPending     Reason = "pending"     // the transaction waits already
	ReasonBusy        Reason = "busy"        // later
	ReasonTooLarge    Reason = "too-large"
	ReasonExpired     Reason = "expired" // the transaction's last block is past
)

// Reason says what the error comes to.
func (e *LedgerError) Reason() Reason {
	switch e.Codespace {
	case SpaceDID:
		return didReason(e.Code)
	case SpaceResource:
		if e.Code == ResourceExists {
			return ReasonExists
		}
		if e.Code < 2300 {
			return ReasonInvalid
		}
	case SpaceSDK:
		if r := sdkReason(e.Code); r != ReasonOther {
			return r
		}
	}
	return e.words()
}

func didReason(code uint32) Reason {
	switch code {
	case DIDInvalidSignature, DIDSignatureNotFound, DIDMethodNotFound:
		return ReasonSignature
	case DIDExists:
		return ReasonExists
	case DIDNotFound:
		return ReasonNotFound
	case DIDDeactivated:
		return ReasonDeactivated
	case 1000, 1203, DIDBasicValidation, DIDNamespace:
		return ReasonInvalid
	}
	return ReasonOther
}

func sdkReason(code uint32) Reason {
	switch code {
	case SDKNotFound, SDKKeyNotFound:
		return ReasonNotFound
	case SDKSequence:
		return ReasonSequence
	case SDKUnauthorized, SDKUnknownAddress, SDKNoSignatures:
		return ReasonAccount
	case SDKInsufficientFunds:
		return ReasonFunds
	case SDKInsufficientFee:
		return ReasonFee
	case SDKOutOfGas, SDKInvalidGas:
		return ReasonGas
	case SDKInMempool:
		return ReasonPending
	case SDKMempoolFull:
		return ReasonBusy
	case SDKTxTooLarge, SDKMemoTooLarge:
		return ReasonTooLarge
	case SDKTimeoutHeight:
		return ReasonExpired
	}
	return ReasonOther
}

// words tells errors by the text where the code says nothing: queries answer "unknown request" for what is not found, and
// fees that are too low have no code.
func (e *LedgerError) words() Reason {
	switch {
	case strings.Contains(e.Log, "not found"):
		return ReasonNotFound
	case strings.Contains(e.Log, "insufficient fee: need"), strings.Contains(e.Log, "invalid fixed fee"),
		strings.Contains(e.Log, "fee too low"), strings.Contains(e.Log, "expected fee"):
		return ReasonFee
	}
	return ReasonOther
}

// FromFailure is what an ABCI query's refusal says.
func FromFailure(f *comet.Failure) *LedgerError {
	return &LedgerError{Codespace: f.Codespace, Code: f.Code, Log: f.Log}
}

// ParseRESTError reads what the REST gateway answers instead of a result, under whatever status: not found is 500. It is a
// *LedgerError for the ledger's no, and an *Error (CodeJSON) for what the gateway does not write.
func ParseRESTError(body []byte) error {
	var answer struct {
		Code    uint32 `json:"code"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Message == "" {
		return &Error{Code: CodeJSON, Message: "no answer of the ledger's REST gateway"}
	}
	// "codespace sdk code 38: not found: …"
	if rest, ok := strings.CutPrefix(answer.Message, "codespace "); ok {
		space, rest, _ := strings.Cut(rest, " code ")
		number, text, ok := strings.Cut(rest, ": ")
		if code, err := strconv.ParseUint(number, 10, 32); ok && err == nil {
			return &LedgerError{Codespace: space, Code: uint32(code), Log: text}
		}
	}
	// A gRPC status: 5 is NOT_FOUND.
	if answer.Code == 5 {
		return &LedgerError{Codespace: SpaceSDK, Code: SDKNotFound, Log: answer.Message}
	}
	return &LedgerError{Codespace: "", Code: answer.Code, Log: answer.Message}
}
