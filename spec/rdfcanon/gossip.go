package rdfcanon

import (
	"bytes"
	"cmp"
	"slices"
)

// maxDepth bounds the recursion, so that a long chain of like blank nodes cannot take the stack. Each level costs work too;
// the default work ends a chain of like nodes long before.
const maxDepth = 10_000

// gossip tells blank nodes apart by the paths between them: Hash N-Degree Quads, §4.8.
//
// An issuer's copy always goes on from the issuer, so there is one issuer, the trail, which is cut back where the algorithm
// drops a copy. What a call keeps while it recurses (related nodes, data to hash, paths, the chosen issuer) stands on stacks
// that the recursion grows and cuts back to where they were.
type gossip struct {
	*canon
	work    int
	checked int // what was left of work when the context was last asked

	trail     []int32 // the nodes that have a temporary number, in the order of issuance
	temporary []int32 // by node: its temporary number and 1, or 0

	related []relation
	paths   []byte
	kept    []int32
}

type relation struct {
	hash digest
	node int32
}

// spend counts units of work.
func (g *gossip) spend(units int) error {
	g.work -= units
	if g.work < 0 {
		return tooComplex()
	}
	if g.checked-g.work > 1000 || g.checked == 0 {
		g.checked = g.work
		return g.cancelled()
	}
	return nil
}

func tooComplex() error {
	return &Error{Code: CodeTooComplex, Message: "its blank nodes are too much alike to be told apart with the work allowed"}
}

// group issues canonical numbers to nodes that share a hash, §4.4.3 step 5.
func (g *gossip) group(nodes []int32) error {
	type result struct {
		hash   digest
		issuer span // in issuers
	}
	var results []result
	var issuers []int32
	for _, node := range nodes {
		if g.canonical[node] >= 0 {
			continue
		}
		g.temp(node)
		hash, err := g.nDegree(node, 0)
		if err != nil {
			return err
		}
		r := result{hash: hash, issuer: span{start: len(issuers)}}
		issuers = append(issuers, g.trail...)
		r.issuer.end = len(issuers)
		results = append(results, r)
		g.cut(0)
	}
	slices.SortStableFunc(results, func(a, b result) int { return bytes.Compare(a.hash[:], b.hash[:]) })
	for _, r := range results {
		for _, node := range issuers[r.issuer.start:r.issuer.end] {
			g.issue(node)
		}
	}
	return nil
}

// temp issues a temporary number.
func (g *gossip) temp(node int32) {
	if g.temporary[node] == 0 {
		g.trail = append(g.trail, node)
		g.temporary[node] = int32(len(g.trail))
	}
}

// cut takes back the temporary numbers from so many on.
func (g *gossip) cut(length int) {
	for _, node := range g.trail[length:] {
		g.temporary[node] = 0
	}
	g.trail = g.trail[:length]
}

// appendID writes "_:" and the number that a node has, and says whether it has one.
func (g *gossip) appendID(dst []byte, node int32) ([]byte, bool) {
	switch {
	case g.canonical[node] >= 0:
		return appendNumber(dst, "_:c14n", g.canonical[node]), true
	case g.temporary[node] > 0:
		return appendNumber(dst, "_:b", g.temporary[node]-1), true
	}
	return dst, false
}

// nDegree is Hash N-Degree Quads, §4.8.3. The trail is the issuer that it is given and the one it returns.
func (g *gossip) nDegree(node int32, depth int) (digest, error) {
	if depth > maxDepth {
		return digest{}, tooComplex()
	}
	from, data := len(g.related), len(g.paths)
	if err := g.relate(node); err != nil {
		return digest{}, err
	}
	to := len(g.related)
	for i := from; i < to; {
		next := i + 1
		for next < to && g.related[next].hash == g.related[i].hash {
			next++
		}
		g.paths = g.appendHex(g.paths, &g.related[i].hash)
		if err := g.choose(i, next, depth); err != nil {
			return digest{}, err
		}
		i = next
	}
	hash := g.sum(g.paths[data:])
	err := g.spend(1 + (len(g.paths)-data)/64)
	g.related, g.paths = g.related[:from], g.paths[:data]
	return hash, err
}

// relate puts the nodes that share a quad with node onto the stack, ordered by their related hashes: steps 1 to 3. A node
// that is related twice in the same way is there twice.
func (g *gossip) relate(node int32) error {
	from := len(g.related)
	for _, quad := range g.mentioned(node) {
		s := &g.quads[quad]
		for i, other := range s.node {
			if other < 0 || other == node {
				continue
			}
			hash := g.relatedHash(s, i, other)
			if err := g.spend(1 + len(g.scratch)/64); err != nil {
				return err
			}
			g.related = append(g.related, relation{hash: hash, node: other})
		}
	}
	slices.SortFunc(g.related[from:], func(a, b relation) int {
		if order := bytes.Compare(a.hash[:], b.hash[:]); order != 0 {
			return order
		}
		return cmp.Compare(a.node, b.node) // the first permutation
	})
	return nil
}

// relatedHash is Hash Related Blank Node, §4.7.3.
func (g *gossip) relatedHash(s *statement, i int, other int32) digest {
	input := g.scratch[:0]
	input = append(input, positions[i])
	if positions[i] != 'g' {
		input = append(input, g.canon.text[s.predicate.start:s.predicate.end]...)
	}
	input, has := g.appendID(input, other)
	if !has {
		input = g.appendHex(input, &g.digests[other])
	}
	g.scratch = input
	return g.sum(input)
}

// choose appends to the text the least path through the related nodes from i to end, which share a related hash, and leaves
// the trail as that path leaves it: step 5.4 and the end of step 5.
func (g *gossip) choose(i, end, depth int) error {
	mark, kept := len(g.trail), len(g.kept)
	chosen := len(g.paths)
	for path, more := chosen, true; more; more = permute(g.related[i:end]) {
		less, err := g.path(i, end, chosen, path, depth)
		if err != nil {
			return err
		}
		if less {
			g.paths = append(g.paths[:chosen], g.paths[path:]...)
			g.kept = append(g.kept[:kept], g.trail[mark:]...)
			path = len(g.paths)
		}
		g.paths = g.paths[:path]
		g.cut(mark)
	}
	for _, node := range g.kept[kept:] {
		g.temp(node)
	}
	g.kept = g.kept[:kept]
	return nil
}

// path appends the path through one permutation of the related nodes and says whether it is less than the one chosen up to
// now, which stands in the text from chosen to start and is empty at first: steps 5.4.1 to 5.4.6. It ends early where the
// path cannot become less any more; the algorithm does so only once the path is as long as the chosen one (5.4.4.3),
// which gives the same choice later.
func (g *gossip) path(i, end, chosen, start, depth int) (less bool, err error) {
	mark := len(g.trail)
	less = chosen == start
	same := 0 // how much of both paths was found to be the same
	for ; i < end; i++ {
		node := g.related[i].node
		if g.canonical[node] < 0 {
			g.temp(node)
		}
		g.paths, _ = g.appendID(g.paths, node)
		if err := g.spend(1); err != nil {
			return false, err
		}
		if !less {
			var order int
			if order, same = g.compare(chosen, start, same); order > 0 {
				return false, nil
			}
			less = order < 0
		}
	}
	for at, all := mark, len(g.trail); at < all; at++ {
		hash, err := g.nDegree(g.trail[at], depth+1)
		if err != nil {
			return false, err
		}
		g.paths, _ = g.appendID(g.paths, g.trail[at])
		g.paths = append(g.appendHex(append(g.paths, '<'), &hash), '>')
		if !less {
			var order int
			if order, same = g.compare(chosen, start, same); order > 0 {
				return false, nil
			}
			less = order < 0
		}
	}
	return less || len(g.paths)-start < start-chosen, nil
}

// compare orders what there is of the path from start on against as much of the chosen one, of which so many bytes are known
// to be the same; a path that goes on after the chosen one's end is greater.
func (g *gossip) compare(chosen, start, same int) (order, nowSame int) {
	n := min(len(g.paths)-start, start-chosen)
	order = bytes.Compare(g.paths[start+same:start+n], g.paths[chosen+same:chosen+n])
	if order == 0 && len(g.paths)-start > n {
		order = 1
	}
	return order, n
}

// permute puts nodes into their next order, and says whether there is one: all different orders come, from the ascending to
// the descending one.
func permute(nodes []relation) bool {
	i := len(nodes) - 2
	for i >= 0 && nodes[i].node >= nodes[i+1].node {
		i--
	}
	if i < 0 {
		return false
	}
	k := len(nodes) - 1
	for nodes[k].node <= nodes[i].node {
		k--
	}
	nodes[i].node, nodes[k].node = nodes[k].node, nodes[i].node
	for l, r := i+1, len(nodes)-1; l < r; l, r = l+1, r-1 {
		nodes[l].node, nodes[r].node = nodes[r].node, nodes[l].node
	}
	return true
}
