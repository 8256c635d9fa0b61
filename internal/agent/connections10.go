package agent

import (
	"context"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Connections 1.0, Aries RFC 0160, as responder, for wallets that have no DID Exchange. Whatever comes after the response says that it
// came.

func connections10() Protocol {
	return Protocol{
		URI: didcomm.Connections10, Roles: []string{"inviter"}, Report: didcomm.TypeConnectionProblem,
		Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeConnectionRequest}, Need: NeedSender, Look: lookConnectionRequest, Act: actConnectionRequest},
			{Types: []didcomm.Type{didcomm.TypeConnectionProblem}, Need: NeedNothing, Act: actHandshakeProblem},
		},
	}
}

func lookConnectionRequest(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	request, ok := in.Message.(*didcomm.ConnectionRequest)
	if !ok || len(request.Connection.DIDDoc) == 0 || len(request.Connection.DIDDoc) > maxPeerDocument {
		return nil, refuse(didcomm.ProblemRequestNotAccepted, "a request with a DID document is expected")
	}
	peer, err := d.besides(ctx, in.By.Scope, request.Connection)
	if err != nil {
		return nil, refusedFor(didcomm.ProblemRequestNotAccepted, err)
	}
	if !slices.Contains(peer.Keys, in.From) {
		return nil, refuse(didcomm.ProblemRequestNotAccepted, "the sender's key is not one of its DID's")
	}
	looked, err := d.lookAsked(ctx, in, peer)
	if err != nil {
		return nil, err
	}
	switch {
	case looked.again != nil && looked.again.State == vc.Answered:
		looked.answer, err = d.answerConnectionSame(ctx, looked.again, in)
	case looked.again == nil && looked.auto:
		looked.answer, err = d.answerConnection(ctx, in.By.Scope, in.Thread, in.Recipient, How{Mediation: looked.answer.who.At.Mediation})
	}
	return looked, err
}

// besides meets who sends its document along. It says nothing of a DID that leads to one: then that one counts.
func (d *Desk) besides(ctx context.Context, scope vc.Scope, side didcomm.ConnectionSide) (theirs, error) {
	if !besideDocument(side.DID) {
		return d.resolve(ctx, scope, side.DID)
	}
	document, err := documentOf(side.DID, side.DIDDoc, isGenesis(side.DID))
	if err != nil {
		return theirs{}, err
	}
	return d.known(ctx, scope, side.DID, document)
}

// answerConnection makes a response: our DID and its document, signed by the invited key.
func (d *Desk) answerConnection(ctx context.Context, scope vc.Scope, thread string, invited vc.Recipient, how How) (answering, error) {
	_, at, err := d.placed(ctx, scope, how.Mediation, how.Endpoint)
	if err != nil {
		return answering{}, err
	}
	who, err := d.newSelf(ctx, scope, methodLegacy, at)
	if err != nil {
		return answering{}, err
	}
	return d.answerConnectionAs(ctx, who, thread, invited)
}

// answerConnectionSame makes the response of a connection anew.
func (d *Desk) answerConnectionSame(ctx context.Context, c *Connection, in *Inbound) (answering, error) {
	who, err := d.selfOfConnection(ctx, c, in)
	if err != nil {
		return answering{}, err
	}
	return d.answerConnectionAs(ctx, who, in.Thread, in.Recipient)
}

func (d *Desk) answerConnectionAs(ctx context.Context, who self, thread string, invited vc.Recipient) (answering, error) {
	id, err := newMessageID()
	if err != nil {
		return answering{}, err
	}
	side, err := json.Marshal(didcomm.ConnectionSide{DID: who.DID, DIDDoc: who.Document})
	if err != nil {
		return answering{}, err
	}
	by, err := didcomm.ParseVerkey(invited.Verkey)
	if err != nil {
		return answering{}, err
	}
	signed, err := didcomm.SignField(by, uint64(max(0, d.now().Unix())), side, d.sign(ctx, invited.Key))
	if err != nil {
		return answering{}, err
	}
	return answering{who, &didcomm.ConnectionResponse{
		Header: didcomm.Header{Type: didcomm.TypeConnectionResponse, ID: id, Thread: &didcomm.Thread{ID: thread}}, Signed: signed,
	}}, nil
}

func actConnectionRequest(_ *Desk, t *Turn, in *Inbound, looked any) error {
	request, found := in.Message.(*didcomm.ConnectionRequest), looked.(*requested)
	if found.again != nil {
		return t.answerAgain(found)
	}
	c, err := t.asked(in, found, protocolName(didcomm.Connections10), request.Label)
	if err != nil || !found.auto {
		return err
	}
	return t.sendAnswer(c, found.answer)
}
