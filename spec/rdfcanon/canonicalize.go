package rdfcanon

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"slices"
	"strconv"
)

// Hash is the hash algorithm that RDFC-1.0 is used with; another one gives another canonical form.
type Hash uint8

// The hashes of RDFC-1.0.
const (
	SHA256 Hash = iota
	SHA384
)

// The default of Options.Work: so much for any dataset, and so much more for each place where a blank node stands in it.
const (
	DefaultWork        = 200_000
	DefaultWorkMention = 32
)

// Options are how to canonicalize. The zero value is RDFC-1.0 as it is meant when nothing is said.
type Options struct {
	Hash Hash

	// Work bounds what telling blank nodes apart by their neighbours may cost (Hash N-Degree Quads, §4.8), in blocks of 64
	// bytes that are hashed and places in permutations that are tried. A unit takes some 0.1 µs; what is done before takes
	// time in proportion to the dataset and is not counted.
	//
	// 0 and less is DefaultWork + DefaultWorkMention for each place of a blank node: some 20 ms for what is as long as a
	// credential. Most credentials need none of it. Two blank nodes with the same five blank nodes under each take 5,000
	// (with six 36,000, with seven 300,000: refused), a cycle or a list of 100 like nodes takes 90,000, and the suite's
	// "evil" but computable datasets take 9,000. What a dataset takes differs a little with its labels and its order.
	Work int
}

// Result is a canonicalized dataset.
type Result struct {
	NQuads []byte            // the serialized canonical form: lines that end with LF, in code point order
	Issued map[string]string // the labels of the dataset's blank nodes and those they have in NQuads ("c14n0"), without "_:"
}

// Canonicalize gives the canonical form of a dataset, RDFC-1.0 §4.4.3. Labels of blank nodes may be any texts; repeated
// quads count once. It fails with an *Error: CodeTerm for a quad that N-Quads cannot say, CodeTooComplex when it takes
// more than options.Work, CodeCancelled when ctx ends first, CodeHash.
func Canonicalize(ctx context.Context, dataset []Quad, options Options) (Result, error) {
	if options.Hash > SHA384 {
		return Result{}, &Error{Code: CodeHash, Message: "neither SHA-256 nor SHA-384"}
	}
	c := canon{ctx: ctx, hash: options.Hash}
	if err := c.read(dataset); err != nil {
		return Result{}, err
	}
	if len(c.labels) > 0 {
		if err := c.label(options.Work); err != nil {
			return Result{}, err
		}
	}
	return Result{NQuads: c.written(), Issued: c.issued()}, nil
}

// canon is the canonicalization state (§4.2). Blank nodes are numbers, in the order they were met.
type canon struct {
	ctx  context.Context
	hash Hash

	text   []byte      // each quad's line, with "_:z" for each blank node
	quads  []statement // without repetitions
	labels []string    // by blank node

	first     []int32 // by blank node, and one more: where its mentions begin
	mentions  []int32 // quads
	digests   []digest
	canonical []int32 // by blank node: its canonical number, or -1
	counter   int32
	scratch   []byte
}

// statement is a quad. Its components in the order subject, object, graph have a node, or -1, and then a place in the line.
type statement struct {
	span
	predicate span // with its "<" and ">"
	node      [3]int32
	at        [3]int // of "_:z" in the text
}

// positions are what Hash Related Blank Node calls the components of a statement, §4.7.3.
const positions = "sog"

// digest is a hash; SHA-256 leaves the rest zero. Digests order as their hexadecimal digits do.
type digest [sha512.Size384]byte

func (c *canon) sum(data []byte) (d digest) {
	if c.hash == SHA384 {
		return sha512.Sum384(data)
	}
	sum := sha256.Sum256(data)
	copy(d[:], sum[:])
	return d
}

func (c *canon) appendHex(dst []byte, d *digest) []byte {
	const hex = "0123456789abcdef"
	size := sha256.Size
	if c.hash == SHA384 {
		size = sha512.Size384
	}
	for _, b := range d[:size] {
		dst = append(dst, hex[b>>4], hex[b&0xf])
	}
	return dst
}

func (c *canon) cancelled() error {
	if err := c.ctx.Err(); err != nil {
		return &Error{Code: CodeCancelled, Message: "the context ended", cause: context.Cause(c.ctx)}
	}
	return nil
}

// read writes the lines and numbers the blank nodes.
func (c *canon) read(dataset []Quad) error {
	if err := c.cancelled(); err != nil {
		return err
	}
	size := 0
	for i := range dataset {
		q := &dataset[i]
		if why := q.fault(); why != "" {
			return &Error{Code: CodeTerm, Quad: i + 1, Message: why}
		}
		line := len(q.Subject.Value) + len(q.Predicate.Value) + len(q.Object.Value) + len(q.Object.Datatype) +
			len(q.Object.Language) + len(q.Graph.Value) + 20
		size += line
		if q.Subject.Kind == Blank || q.Object.Kind == Blank || q.Graph.Kind == Blank {
			size += line + 20 // written again with its canonical labels
		}
	}
	c.text = make([]byte, 0, size)
	c.quads = make([]statement, len(dataset))
	nodes := map[string]int32{}
	for i := range dataset {
		q, s := &dataset[i], &c.quads[i]
		s.start = len(c.text)
		c.component(s, 0, &q.Subject, nodes)
		s.predicate.start = len(c.text)
		c.text = appendIRI(c.text, q.Predicate.Value)
		s.predicate.end = len(c.text)
		c.text = append(c.text, ' ')
		c.component(s, 1, &q.Object, nodes)
		c.component(s, 2, &q.Graph, nodes)
		c.text = append(c.text, '.', '\n')
		s.end = len(c.text)
	}
	slices.SortFunc(c.quads, func(a, b statement) int {
		if order := bytes.Compare(c.text[a.start:a.end], c.text[b.start:b.end]); order != 0 {
			return order
		}
		return slices.Compare(a.node[:], b.node[:])
	})
	c.quads = slices.CompactFunc(c.quads, func(a, b statement) bool {
		return a.node == b.node && bytes.Equal(c.text[a.start:a.end], c.text[b.start:b.end])
	})
	return nil
}

func (c *canon) component(s *statement, i int, term *Term, nodes map[string]int32) {
	s.node[i] = -1
	switch term.Kind {
	case None:
	case Blank:
		node, ok := nodes[term.Value]
		if !ok {
			node = int32(len(c.labels))
			nodes[term.Value] = node
			c.labels = append(c.labels, term.Value)
		}
		s.node[i], s.at[i] = node, len(c.text)
		c.text = append(c.text, "_:z "...)
	default:
		c.text = append(appendTerm(c.text, term), ' ')
	}
}

// written is the serialized canonical form, §5. Lines with blank nodes are written again at the end of the text.
func (c *canon) written() []byte {
	lines := make([]span, len(c.quads))
	for i := range c.quads {
		s := &c.quads[i]
		lines[i] = s.span
		if s.node == [3]int32{-1, -1, -1} {
			continue
		}
		lines[i].start = len(c.text)
		done := s.start
		for k, node := range s.node {
			if node >= 0 {
				c.text = append(c.text, c.text[done:s.at[k]]...)
				c.text = appendNumber(c.text, "_:c14n", c.canonical[node])
				done = s.at[k] + len("_:z")
			}
		}
		c.text = append(c.text, c.text[done:s.end]...)
		lines[i].end = len(c.text)
	}
	return arranged(c.text, lines)
}

func appendNumber(dst []byte, prefix string, number int32) []byte {
	return strconv.AppendInt(append(dst, prefix...), int64(number), 10)
}

func (c *canon) issued() map[string]string {
	issued := make(map[string]string, len(c.labels))
	var one [16]byte
	for node, label := range c.labels {
		issued[label] = string(appendNumber(one[:0], "c14n", c.canonical[node]))
	}
	return issued
}
