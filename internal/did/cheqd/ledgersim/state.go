package ledgersim

import (
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/chancery-vc/chancery/spec/cheqd"
)

// state is what blocks made. Documents and resources in it are never changed, only replaced.
type state struct {
	accounts map[string]*account
	dids     map[string]*didState
	latest   map[resourceName]string // the id of the newest version
	stored   map[string]map[string]cheqd.Resource
	undo     []func()
}

type account struct {
	number, sequence uint64
	publicKey        []byte
	balance          *big.Int
}

type didState struct {
	latest   string
	versions map[string]cheqd.Versioned
}

type resourceName struct{ collection, name, typeName string }

func newState() state {
	return state{
		accounts: map[string]*account{}, dids: map[string]*didState{}, latest: map[resourceName]string{},
		stored: map[string]map[string]cheqd.Resource{},
	}
}

func (s *state) fund(a Account) {
	amount, ok := new(big.Int).SetString(a.Balance, 10)
	if !ok || amount.Sign() < 0 {
		amount = new(big.Int)
	}
	known := s.accounts[a.Address]
	if known == nil {
		known = &account{number: uint64(len(s.accounts)), balance: new(big.Int)}
		s.accounts[a.Address] = known
	}
	known.balance = new(big.Int).Add(known.balance, amount)
}

// keep makes what was done since begin last; revert takes it back.
func (s *state) keep() { s.undo = nil }

func (s *state) revert() {
	for _, undo := range slices.Backward(s.undo) {
		undo()
	}
	s.undo = nil
}

func (s *state) pay(from *account, amount *big.Int) {
	before := from.balance
	s.undo = append(s.undo, func() { from.balance = before })
	from.balance = new(big.Int).Sub(before, amount)
}

// doc is the newest version of a document.
func (s *state) doc(did string) (cheqd.Versioned, bool) {
	d := s.dids[did]
	if d == nil {
		return cheqd.Versioned{}, false
	}
	return d.versions[d.latest], true
}

func (s *state) setVersion(did string, v cheqd.Versioned) {
	d := s.dids[did]
	before, was := d.versions[v.Metadata.VersionID]
	s.undo = append(s.undo, func() {
		if was {
			d.versions[v.Metadata.VersionID] = before
		} else {
			delete(d.versions, v.Metadata.VersionID)
		}
	})
	d.versions[v.Metadata.VersionID] = v
}

// addVersion links a version to the last: AddNewDidDocVersion of the node.
func (s *state) addVersion(v cheqd.Versioned) *failure {
	did := v.Doc.ID
	d := s.dids[did]
	if d == nil {
		d = &didState{versions: map[string]cheqd.Versioned{}}
		s.dids[did] = d
		s.undo = append(s.undo, func() { delete(s.dids, did) })
	}
	if _, twice := d.versions[v.Metadata.VersionID]; twice {
		return refuse(cheqd.SpaceDID, cheqd.DIDInternal, "internal error",
			fmt.Sprintf("diddoc version already exists for did %s, version %s: DID Doc exists", did, v.Metadata.VersionID))
	}
	if previous, ok := d.versions[d.latest]; ok {
		previous.Metadata.NextVersionID = v.Metadata.VersionID
		v.Metadata.PrevVersionID = previous.Metadata.VersionID
		s.setVersion(did, previous)
	}
	before := d.latest
	s.undo = append(s.undo, func() { d.latest = before })
	d.latest = v.Metadata.VersionID
	s.setVersion(did, v)
	return nil
}

// versions are in the order of their ids, as the node's store has them.
func (s *state) versions(did string) []cheqd.Versioned {
	var list []cheqd.Versioned
	if d := s.dids[did]; d != nil {
		for _, id := range slices.Sorted(maps.Keys(d.versions)) {
			list = append(list, d.versions[id])
		}
	}
	return list
}

func (s *state) setResource(r cheqd.Resource) {
	collection := s.stored[r.Metadata.CollectionID]
	if collection == nil {
		collection = map[string]cheqd.Resource{}
		s.stored[r.Metadata.CollectionID] = collection
	}
	before, was := collection[r.Metadata.ID]
	s.undo = append(s.undo, func() {
		if was {
			collection[r.Metadata.ID] = before
		} else {
			delete(collection, r.Metadata.ID)
		}
	})
	collection[r.Metadata.ID] = r
}

// addResource links a resource to the last of its name and type: AddNewResourceVersion of the node.
func (s *state) addResource(r cheqd.Resource) cheqd.ResourceMetadata {
	m := &r.Metadata
	name := resourceName{m.CollectionID, m.Name, m.Type}
	before, was := s.latest[name]
	if was {
		previous := s.stored[m.CollectionID][before]
		previous.Metadata.NextVersionID, m.PrevVersionID = m.ID, before
		s.setResource(previous)
	}
	s.undo = append(s.undo, func() {
		if was {
			s.latest[name] = before
		} else {
			delete(s.latest, name)
		}
	})
	s.latest[name] = m.ID
	s.setResource(r)
	return r.Metadata
}

// resources are in the order of their ids, as the node's store has them.
func (s *state) resources(collection string) []cheqd.ResourceMetadata {
	var list []cheqd.ResourceMetadata
	for _, id := range slices.Sorted(maps.Keys(s.stored[collection])) {
		list = append(list, s.stored[collection][id].Metadata)
	}
	return list
}
