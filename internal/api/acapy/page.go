package acapy

import (
	"github.com/chancery-vc/chancery/internal/vc"
)

// results is a list.
type results[T any] struct {
	Results []T `json:"results"`
}

// listed makes a list that is never null.
func listed[T any](items []T) results[T] {
	if items == nil {
		items = []T{}
	}
	return results[T]{Results: items}
}

// slice is the most that a desk lists at once; most is what ACA-Py gives.
const (
	slice = 1000
	usual = 100
)

// paged reads limit, offset and descending, and asks for the pages in slices: a desk gives fewer at once than ACA-Py does. keep
// may be nil; what it refuses is not counted.
func paged[T any](c *call, id func(T) string, keep func(T) bool, list func(vc.Page) ([]T, error)) ([]T, error) {
	return sliced(wholeOf(c.text("limit"), usual), wholeOf(c.text("offset"), 0), vc.Page{Ascending: !c.flag("descending")}, id, keep, list)
}

// sliced is paged of a list whose operation has other pages, or none.
func sliced[T any](limit, skip int, next vc.Page, id func(T) string, keep func(T) bool, list func(vc.Page) ([]T, error)) ([]T, error) {
	next.Limit = slice
	if keep == nil {
		next.Limit, next.Offset, skip = min(limit, slice), skip, 0
	}
	var all []T
	for {
		part, err := list(next)
		if err != nil {
			return nil, err
		}
		for _, item := range part {
			switch {
			case keep != nil && !keep(item):
			case skip > 0:
				skip--
			default:
				if all = append(all, item); len(all) == limit {
					return all, nil
				}
			}
		}
		if len(part) < next.Limit {
			return all, nil
		}
		next.Offset, next.After = 0, id(part[len(part)-1])
	}
}
