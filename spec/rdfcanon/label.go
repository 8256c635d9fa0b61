package rdfcanon

import (
	"bytes"
	"slices"
)

// label issues the canonical numbers, §4.4.3 steps 3 to 5.
func (c *canon) label(work int) error {
	c.mention()
	c.digests = make([]digest, len(c.labels))
	c.canonical = make([]int32, len(c.labels))
	nodes := make([]int32, len(c.labels))
	for n := range nodes {
		if err := c.cancelled(); err != nil {
			return err
		}
		nodes[n] = int32(n)
		c.canonical[n] = -1
		c.digests[n] = c.firstDegree(int32(n))
	}
	slices.SortFunc(nodes, func(a, b int32) int { return bytes.Compare(c.digests[a][:], c.digests[b][:]) })
	for rest := nodes; len(rest) > 0; {
		n := c.alike(rest)
		if n == 1 {
			c.issue(rest[0])
		}
		rest = rest[n:]
	}
	if int(c.counter) == len(c.labels) {
		return nil
	}
	if work <= 0 {
		work = DefaultWork + DefaultWorkMention*len(c.mentions)
	}
	g := gossip{canon: c, work: work, temporary: make([]int32, len(c.labels))}
	for rest := nodes; len(rest) > 0; {
		n := c.alike(rest)
		if n > 1 {
			if err := g.group(rest[:n]); err != nil {
				return err
			}
		}
		rest = rest[n:]
	}
	return nil
}

// alike says how many of nodes, which are ordered, have the first one's hash.
func (c *canon) alike(nodes []int32) int {
	n := 1
	for n < len(nodes) && c.digests[nodes[n]] == c.digests[nodes[0]] {
		n++
	}
	return n
}

func (c *canon) issue(node int32) {
	if c.canonical[node] < 0 {
		c.canonical[node] = c.counter
		c.counter++
	}
}

// mention makes the blank node to quads map: a quad once for each blank node in it.
func (c *canon) mention() {
	c.first = make([]int32, len(c.labels)+1)
	for i := range c.quads {
		for _, node := range c.quads[i].distinct() {
			if node >= 0 {
				c.first[node]++
			}
		}
	}
	total := int32(0)
	for i, n := range c.first {
		total += n
		c.first[i] = total // the end of its mentions, which the next loop moves to their beginning
	}
	c.mentions = make([]int32, total)
	for i := len(c.quads) - 1; i >= 0; i-- {
		for _, node := range c.quads[i].distinct() {
			if node >= 0 {
				c.first[node]--
				c.mentions[c.first[node]] = int32(i)
			}
		}
	}
}

// distinct gives the statement's nodes, with -1 for none and for one given before.
func (s *statement) distinct() [3]int32 {
	nodes := s.node
	if nodes[1] == nodes[0] {
		nodes[1] = -1
	}
	if nodes[2] == nodes[0] || nodes[2] == nodes[1] {
		nodes[2] = -1
	}
	return nodes
}

func (c *canon) mentioned(node int32) []int32 { return c.mentions[c.first[node]:c.first[node+1]] }

// firstDegree is Hash First Degree Quads, §4.6.3. Before and after, each blank node in the text is "_:z".
func (c *canon) firstDegree(node int32) digest {
	quads := c.mentioned(node)
	c.mark(quads, node, 'a')
	if len(quads) > 1 {
		slices.SortFunc(quads, func(a, b int32) int { return bytes.Compare(c.line(a), c.line(b)) })
	}
	c.scratch = c.scratch[:0]
	for _, quad := range quads {
		c.scratch = append(c.scratch, c.line(quad)...)
	}
	c.mark(quads, node, 'z')
	return c.sum(c.scratch)
}

func (c *canon) line(quad int32) []byte { return c.text[c.quads[quad].start:c.quads[quad].end] }

func (c *canon) mark(quads []int32, node int32, letter byte) {
	for _, quad := range quads {
		s := &c.quads[quad]
		for i, other := range s.node {
			if other == node {
				c.text[s.at[i]+len("_:")] = letter
			}
		}
	}
}
