package statuslist

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func TestPermutationIsABijection(t *testing.T) {
	key := bytes.Repeat([]byte{7}, 32)
	for n := int64(1); n <= 300; n++ {
		onto(t, key, n)
	}
	for _, n := range []int64{1023, 1024, 1025, 4095, 4097, 16384, 16385, MinLength} {
		onto(t, key, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "key")
		onto(t, key, rapid.Int64Range(1, 2000).Draw(t, "n"))
	})
}

func onto(t interface{ Fatal(...any) }, key []byte, n int64) {
	p, err := NewPermutation(key, n)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]bool, n)
	for i := range n {
		x := p.At(i)
		if x < 0 || x >= n || seen[x] {
			t.Fatal("not a bijection", n, i, x)
		}
		seen[x] = true
	}
}

// A released list keeps its order for ever: these values may never change.
func TestPermutationStays(t *testing.T) {
	p, err := NewPermutation(bytes.Repeat([]byte{1}, 32), MinLength)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int64{125316, 13237, 105538, 112995} {
		if got := p.At(int64(i)); got != want {
			t.Errorf("%d: %d, want %d", i, got, want)
		}
	}
}

func TestPermutationDependsOnKeyAndLength(t *testing.T) {
	a, _ := NewPermutation(bytes.Repeat([]byte{1}, 32), MinLength)
	b, _ := NewPermutation(bytes.Repeat([]byte{2}, 32), MinLength)
	c, _ := NewPermutation(bytes.Repeat([]byte{1}, 32), MinLength+1)
	var ab, ac int
	for i := range int64(10000) {
		if a.At(i) == b.At(i) {
			ab++
		}
		if a.At(i) == c.At(i) {
			ac++
		}
	}
	if ab > 5 || ac > 5 {
		t.Error("too alike", ab, ac)
	}
}

// Neighbours must not stay neighbours: differences spread over the whole range, halves are hit alike.
func TestPermutationSpreads(t *testing.T) {
	p, _ := NewPermutation(bytes.Repeat([]byte{3}, 32), MinLength)
	var upper, near int
	const draws = 20000
	for i := range int64(draws) {
		x, y := p.At(i), p.At(i+1)
		if x >= MinLength/2 {
			upper++
		}
		if d := x - y; d > -1000 && d < 1000 {
			near++
		}
	}
	if upper < draws*48/100 || upper > draws*52/100 || near > draws*3/100 {
		t.Error(upper, near)
	}
}

func TestPermutationRefuses(t *testing.T) {
	if _, err := NewPermutation(make([]byte, 16), 10); err == nil {
		t.Error("a short key")
	}
	for _, n := range []int64{-1, 0, 1<<62 + 1} {
		if _, err := NewPermutation(make([]byte, 32), n); err == nil {
			t.Error(n)
		}
	}
	p, err := NewPermutation(make([]byte, 32), 1<<62)
	if err != nil || p.At(1<<62-1) < 0 {
		t.Error(err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a number outside")
		}
	}()
	p.At(-1)
}

func BenchmarkPermutation(b *testing.B) {
	p, _ := NewPermutation(make([]byte, 32), MinLength)
	b.ReportAllocs()
	i := int64(0)
	for b.Loop() {
		p.At(i % MinLength)
		i++
	}
}
