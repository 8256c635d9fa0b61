package format

import "github.com/chancery-vc/chancery/internal/vc"

// scoped is a format that leans on what a scope has: the JSON-LD contexts that were imported there.
type scoped interface {
	For(scope vc.Scope) Format
}

// For gives the format as it works in a scope. Desks ask for it wherever they prepare or read.
func For(f Format, scope vc.Scope) Format {
	if f, ok := f.(scoped); ok {
		return f.For(scope)
	}
	return f
}
