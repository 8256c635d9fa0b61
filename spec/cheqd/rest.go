package cheqd

import (
	"encoding/base64"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// MaxAnswer is the size of the longest REST answer that is read: base64 of the largest resource, and what is around it.
const MaxAnswer = MaxResource/3*4 + 1<<20

type metadataJSON struct {
	Created     string  `json:"created"`
	Updated     *string `json:"updated"`
	Deactivated bool    `json:"deactivated"`
	VersionID   string  `json:"version_id"`
	Next        string  `json:"next_version_id"`
	Prev        string  `json:"previous_version_id"`
}

// MarshalJSON writes the metadata as the ledger's REST gateway does.
func (m Metadata) MarshalJSON() ([]byte, error) {
	wire := metadataJSON{timeText(m.Created), nil, m.Deactivated, m.VersionID, m.NextVersionID, m.PrevVersionID}
	if !m.Updated.IsZero() {
		text := timeText(m.Updated)
		wire.Updated = &text
	}
	return json.Marshal(wire)
}

// UnmarshalJSON reads the metadata as the ledger's REST gateway writes it.
func (m *Metadata) UnmarshalJSON(raw []byte) error {
	var wire metadataJSON
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	*m = Metadata{
		Deactivated: wire.Deactivated, VersionID: wire.VersionID, NextVersionID: wire.Next, PrevVersionID: wire.Prev,
	}
	var err error
	if m.Created, err = parseTime(wire.Created); err == nil && wire.Updated != nil {
		m.Updated, err = parseTime(*wire.Updated)
	}
	return err
}

type resourceMetadataJSON struct {
	CollectionID string           `json:"collection_id"`
	ID           string           `json:"id"`
	Name         string           `json:"name"`
	Version      string           `json:"version"`
	Type         string           `json:"resource_type"`
	AlsoKnownAs  []AlternativeURI `json:"also_known_as"`
	MediaType    string           `json:"media_type"`
	Created      string           `json:"created"`
	Checksum     string           `json:"checksum"`
	Prev         string           `json:"previous_version_id"`
	Next         string           `json:"next_version_id"`
}

// MarshalJSON writes the metadata as the ledger's REST gateway does.
func (m ResourceMetadata) MarshalJSON() ([]byte, error) {
	return json.Marshal(resourceMetadataJSON{
		m.CollectionID, m.ID, m.Name, m.Version, m.Type, m.AlsoKnownAs, m.MediaType, timeText(m.Created), m.Checksum,
		m.PrevVersionID, m.NextVersionID,
	})
}

// UnmarshalJSON reads the metadata as the ledger's REST gateway writes it.
func (m *ResourceMetadata) UnmarshalJSON(raw []byte) error {
	var w resourceMetadataJSON
	if err := json.Unmarshal(raw, &w); err != nil {
		return err
	}
	created, err := parseTime(w.Created)
	*m = ResourceMetadata{w.CollectionID, w.ID, w.Name, w.Version, w.Type, w.AlsoKnownAs, w.MediaType, created, w.Checksum, w.Prev, w.Next}
	return err
}

type resourceJSON struct {
	Resource struct {
		Data string `json:"data"`
	} `json:"resource"`
	Metadata ResourceMetadata `json:"metadata"`
}

// MarshalJSON writes the resource as the ledger's REST gateway does.
func (s Resource) MarshalJSON() ([]byte, error) {
	wire := resourceJSON{Metadata: s.Metadata}
	wire.Resource.Data = base64.StdEncoding.EncodeToString(s.Data)
	return json.Marshal(wire)
}

// UnmarshalJSON reads the resource as the ledger's REST gateway writes it.
func (s *Resource) UnmarshalJSON(raw []byte) error {
	var wire resourceJSON
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	data, err := base64.StdEncoding.Strict().DecodeString(wire.Resource.Data)
	s.Data, s.Metadata = data, wire.Metadata
	return err
}

// timeText writes a time as protobuf's JSON has it: with 0, 3, 6 or 9 decimals.
func timeText(at time.Time) string {
	text := at.UTC().Format("2006-01-02T15:04:05.000000000")
	for range 2 {
		text = strings.TrimSuffix(text, "000")
	}
	return strings.TrimSuffix(text, ".000") + "Z"
}

func parseTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return at, &Error{Code: CodeJSON, Message: "a time is expected"}
	}
	return at.UTC(), nil
}

// parse reads a REST answer. What is no result may be the ledger's error: [ParseRESTError].
func parse(body []byte, answer any) error {
	if len(body) > MaxAnswer {
		return &Error{Code: CodeJSON, Message: "the answer is too long"}
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return &Error{Code: CodeJSON, Message: "no answer of the ledger's REST gateway"}
	}
	return nil
}

func missing(what string) error {
	return &Error{Code: CodeJSON, Message: "the answer has no " + what}
}

// ParseDIDDoc reads the answer to [QueryDIDDoc] and [QueryDIDDocVersion]. It fails with an *Error (CodeJSON), as the
// readers after it do.
func ParseDIDDoc(body []byte) (Versioned, error) {
	var answer struct {
		Value *Versioned `json:"value"`
	}
	if err := parse(body, &answer); err != nil {
		return Versioned{}, err
	}
	if answer.Value == nil {
		return Versioned{}, missing("document")
	}
	return *answer.Value, nil
}

// ParseVersions reads the answer to [QueryVersions].
func ParseVersions(body []byte) ([]Metadata, error) {
	var answer struct {
		Versions []Metadata `json:"versions"`
	}
	err := parse(body, &answer)
	return answer.Versions, err
}

// ParseResource reads the answer to [QueryResource] and [QueryLatestResource].
func ParseResource(body []byte) (Resource, error) {
	var answer struct {
		Resource *Resource `json:"resource"`
	}
	if err := parse(body, &answer); err != nil {
		return Resource{}, err
	}
	if answer.Resource == nil {
		return Resource{}, missing("resource")
	}
	return *answer.Resource, nil
}

// ParseResourceMetadata reads the answer to [QueryResourceMetadata] and [QueryLatestResourceMetadata].
func ParseResourceMetadata(body []byte) (ResourceMetadata, error) {
	var answer struct {
		Resource *ResourceMetadata `json:"resource"`
	}
	if err := parse(body, &answer); err != nil {
		return ResourceMetadata{}, err
	}
	if answer.Resource == nil {
		return ResourceMetadata{}, missing("metadata")
	}
	return *answer.Resource, nil
}

// ParseResources reads the answer to [QueryResources].
func ParseResources(body []byte) ([]ResourceMetadata, error) {
	var answer struct {
		Resources []ResourceMetadata `json:"resources"`
	}
	err := parse(body, &answer)
	return answer.Resources, err
}

// ParseDIDParams reads the answer to [QueryDIDParams] into params.
func ParseDIDParams(body []byte, params *Params) error {
	var answer struct {
		Params *struct {
			Create     []FeeRange `json:"create_did"`
			Update     []FeeRange `json:"update_did"`
			Deactivate []FeeRange `json:"deactivate_did"`
		} `json:"params"`
	}
	if err := parse(body, &answer); err != nil {
		return err
	}
	if answer.Params == nil {
		return missing("params")
	}
	params.CreateDID, params.UpdateDID, params.DeactivateDID = answer.Params.Create, answer.Params.Update, answer.Params.Deactivate
	return nil
}

// ParseResourceParams reads the answer to [QueryResourceParams] into params.
func ParseResourceParams(body []byte, params *Params) error {
	var answer struct {
		Params *struct {
			Image   []FeeRange `json:"image"`
			JSON    []FeeRange `json:"json"`
			Default []FeeRange `json:"default"`
		} `json:"params"`
	}
	if err := parse(body, &answer); err != nil {
		return err
	}
	if answer.Params == nil {
		return missing("params")
	}
	params.Image, params.JSON, params.Default = answer.Params.Image, answer.Params.JSON, answer.Params.Default
	return nil
}
