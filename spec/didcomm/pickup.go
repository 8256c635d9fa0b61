package didcomm

import "strconv"

// Message pickup 2.0: RFC 0685, by which an agent without an endpoint fetches its messages from its mediator.

// The types of messagepickup.
const (
	TypePickupStatusRequest    Type = prefix + "messagepickup/2.0/status-request"
	TypePickupStatus           Type = prefix + "messagepickup/2.0/status"
	TypePickupDeliveryRequest  Type = prefix + "messagepickup/2.0/delivery-request"
	TypePickupDelivery         Type = prefix + "messagepickup/2.0/delivery"
	TypePickupMessagesReceived Type = prefix + "messagepickup/2.0/messages-received"
	TypePickupLiveDelivery     Type = prefix + "messagepickup/2.0/live-delivery-change"
)

// PickupStatusRequest asks what is waiting, for one key or all.
type PickupStatusRequest struct {
	Header
	RecipientKey string `json:"recipient_key,omitzero"`
}

// PickupStatus says what is waiting. How long and how large is in Extra: agents write it as numbers or as text.
type PickupStatus struct {
	Header
	RecipientKey string `json:"recipient_key,omitzero"`
	MessageCount int    `json:"message_count"`
	LiveDelivery *bool  `json:"live_delivery,omitzero"`
}

// PickupDeliveryRequest asks for up to Limit messages.
type PickupDeliveryRequest struct {
	Header
	Limit        int    `json:"limit"`
	RecipientKey string `json:"recipient_key,omitzero"`
}

// PickupDelivery brings envelopes, each an attachment whose id is for [PickupMessagesReceived].
type PickupDelivery struct {
	Header
	RecipientKey string       `json:"recipient_key,omitzero"`
	Messages     []Attachment `json:"~attach"`
}

// PickupMessagesReceived says which messages the mediator need not keep any more.
type PickupMessagesReceived struct {
	Header
	MessageIDs []string `json:"message_id_list"`
}

// PickupLiveDelivery turns delivery on the open connection on or off.
type PickupLiveDelivery struct {
	Header
	LiveDelivery bool `json:"live_delivery"`
}

func newPickup(key string) Message {
	switch key {
	case "messagepickup/2/status-request":
		return &PickupStatusRequest{}
	case "messagepickup/2/status":
		return &PickupStatus{}
	case "messagepickup/2/delivery-request":
		return &PickupDeliveryRequest{}
	case "messagepickup/2/delivery":
		return &PickupDelivery{}
	case "messagepickup/2/messages-received":
		return &PickupMessagesReceived{}
	case "messagepickup/2/live-delivery-change":
		return &PickupLiveDelivery{}
	}
	return nil
}

func (m *PickupStatusRequest) check() error { return checkRecipientKey(m.RecipientKey) }

func (m *PickupStatus) check() error {
	if m.MessageCount < 0 {
		return missing("/message_count", "a count is expected")
	}
	return checkRecipientKey(m.RecipientKey)
}

func (m *PickupDeliveryRequest) check() error {
	if m.Limit < 1 {
		return missing("/limit", "a positive number is expected")
	}
	return checkRecipientKey(m.RecipientKey)
}

func (m *PickupDelivery) check() error {
	if err := checkFormats(nil, m.Messages, "~attach"); err != nil {
		return err
	}
	return checkRecipientKey(m.RecipientKey)
}

func (m *PickupMessagesReceived) check() error {
	if len(m.MessageIDs) > maxList {
		return missing("/message_id_list", "too many")
	}
	for i, id := range m.MessageIDs {
		if id == "" {
			return missing("/message_id_list/"+strconv.Itoa(i), "an id is expected")
		}
	}
	return nil
}

func checkRecipientKey(key string) error {
	if key == "" {
		return nil
	}
	if _, err := ParseVerkey(key); err != nil {
		return missing("/recipient_key", "an Ed25519 key is expected")
	}
	return nil
}
