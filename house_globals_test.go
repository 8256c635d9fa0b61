package chancery_test

import (
	"go/ast"
	"go/token"
	"strings"
)

// globals refuses package variables that can change: those without a value (there to be set), locks, pools, maps and
// channels from make, caches, and any that code of the package assigns to. Errors, compiled tables, regular
// expressions and embedded files pass.
func (in *inspector) globals(folder string, files []*ast.File) {
	vars := map[string]*ast.ValueSpec{}
	for _, file := range files {
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				in.global(folder, gen, spec.(*ast.ValueSpec), vars)
			}
		}
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, target := range targets(n) {
				id := root(target)
				if id == nil || vars[id.Name] == nil {
					continue
				}
				if id.Obj != nil && id.Obj.Decl != vars[id.Name] { //nolint:staticcheck // a local variable of that name
					continue
				}
				in.trespass(id.Pos(), "%s is changed: a package variable stays as it was compiled", id.Name)
			}
			return true
		})
	}
}

func (in *inspector) global(folder string, gen *ast.GenDecl, spec *ast.ValueSpec, vars map[string]*ast.ValueSpec) {
	for i, name := range spec.Names {
		if name.Name == "_" {
			continue
		}
		if _, excepted := in.exceptions[folder+": "+name.Name]; excepted {
			continue
		}
		vars[name.Name] = spec
		var value ast.Expr
		if i < len(spec.Values) {
			value = spec.Values[i]
		}
		if why := mutable(spec.Type, value); why != "" {
			in.trespass(name.Pos(), "%s %s: no mutable globals", name.Name, why)
		} else if len(spec.Values) == 0 && !embedded(gen.Doc) && !embedded(spec.Doc) {
			in.trespass(name.Pos(), "%s has no value, so it is there to be set: no mutable globals", name.Name)
		}
	}
}

func embedded(doc *ast.CommentGroup) bool {
	if doc == nil {
		return false
	}
	for _, comment := range doc.List {
		if strings.HasPrefix(comment.Text, "//go:embed ") {
			return true
		}
	}
	return false
}

// mutable says why a variable of that type or value is meant to change, or "".
func mutable(typ, value ast.Expr) string {
	for {
		switch v := value.(type) {
		case *ast.UnaryExpr:
			value = v.X
			continue
		case *ast.CompositeLit:
			typ = v.Type
		case *ast.CallExpr:
			if why := made(v); why != "" {
				return why
			}
			if fn, ok := v.Fun.(*ast.Ident); ok && fn.Name == "new" && len(v.Args) == 1 {
				typ = v.Args[0]
			}
		}
		break
	}
	for {
		switch t := typ.(type) {
		case *ast.StarExpr:
			typ = t.X
			continue
		case *ast.IndexExpr: // atomic.Pointer[T]
			typ = t.X
			continue
		case *ast.ChanType:
			return "is a channel"
		case *ast.SelectorExpr:
			if isPackage(t.X, "sync") || isPackage(t.X, "atomic") {
				return "is a " + t.X.(*ast.Ident).Name + "." + t.Sel.Name
			}
		}
		return ""
	}
}

// made says what a call makes that is meant to change, or "".
func made(call *ast.CallExpr) string {
	switch fn := call.Fun.(type) {
	case *ast.Ident:
		if fn.Name != "make" || len(call.Args) == 0 {
			return ""
		}
		switch call.Args[0].(type) {
		case *ast.MapType:
			return "is an empty map to be filled"
		case *ast.ChanType:
			return "is a channel"
		}
	case *ast.IndexListExpr: // lru.New[K, V](…)
		return made(&ast.CallExpr{Fun: fn.X})
	case *ast.SelectorExpr:
		if isPackage(fn.X, "lru") || isPackage(fn.X, "expirable") {
			return "is a cache"
		}
	}
	return ""
}

// targets are the expressions that a statement changes.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		if n.Tok == token.ASSIGN {
			return []ast.Expr{n.Key, n.Value}
		}
	case *ast.CallExpr:
		if fn, ok := n.Fun.(*ast.Ident); ok && fn.Obj == nil && len(n.Args) > 0 { //nolint:staticcheck // a builtin
			switch fn.Name {
			case "delete", "clear", "copy":
				return n.Args[:1]
			}
		}
	}
	return nil
}

// root is the variable that an expression like a.b[c] starts at.
func root(expr ast.Expr) *ast.Ident {
	for {
		switch e := expr.(type) {
		case *ast.Ident:
			return e
		case *ast.SelectorExpr:
			expr = e.X
		case *ast.IndexExpr:
			expr = e.X
		case *ast.SliceExpr:
			expr = e.X
		case *ast.StarExpr:
			expr = e.X
		case *ast.ParenExpr:
			expr = e.X
		default:
			return nil
		}
	}
}
