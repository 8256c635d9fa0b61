package chancery_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// findings is what inspect saw. A trespass names the place, what is wrong and the law.
type findings struct {
	Trespasses     []string
	Files, Folders int
	TestReach      int // imports in _test.go files that are allowed only because a test makes them
}

// inspector reads files, not packages: whatever the build tags, each Go file is looked at.
type inspector struct {
	findings
	floors     []room
	exceptions map[string]string
	fset       *token.FileSet
}

func inspect(house fs.FS, floors []room, exceptions map[string]string) (findings, error) {
	in := inspector{floors: floors, exceptions: exceptions, fset: token.NewFileSet()}
	folders := map[string][]*ast.File{}
	err := fs.WalkDir(house, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			return skipFolder(house, name)
		case path.Ext(name) != ".go":
			return nil
		}
		source, err := fs.ReadFile(house, name)
		if err != nil {
			return err
		}
		// The parser's own resolution of names tells a local variable from a package's.
		file, err := parser.ParseFile(in.fset, name, source, parser.ParseComments)
		if err != nil {
			return err
		}
		folders[path.Dir(name)] = append(folders[path.Dir(name)], file)
		in.Files++
		return nil
	})
	if err != nil {
		return findings{}, err
	}
	in.Folders = len(folders)
	for folder, files := range folders {
		in.folder(folder, files)
	}
	slices.Sort(in.Trespasses)
	return in.findings, nil
}

// skipFolder leaves out what is not of this module or no code of ours.
func skipFolder(house fs.FS, name string) error {
	base := path.Base(name)
	if name == "." {
		return nil
	}
	if base[0] == '.' || base[0] == '_' || base == "testdata" || base == "node_modules" || name == "build" {
		return fs.SkipDir
	}
	if _, err := fs.Stat(house, path.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func (in *inspector) folder(folder string, files []*ast.File) {
	var code []*ast.File
	for _, file := range files {
		in.names(folder, file)
		in.noInit(file)
		test := strings.HasSuffix(in.file(file), "_test.go")
		if !test {
			code = append(code, file)
		}
		if folder == "." {
			if !test {
				in.trespass(file.Package, "the project's root holds only tests of the house")
			}
			continue
		}
		in.imports(folder, file, test)
	}
	if where, ok := in.place(folder); !ok || !where.Test { // a test room may keep one server for a whole test binary
		in.globals(folder, code)
	}
}

func (in *inspector) file(file *ast.File) string { return in.fset.Position(file.Package).Filename }

func (in *inspector) trespass(at token.Pos, format string, args ...any) {
	p := in.fset.Position(at)
	in.Trespasses = append(in.Trespasses, fmt.Sprintf("%s:%d: ", p.Filename, p.Line)+fmt.Sprintf(format, args...))
}

// place is where a folder stands: its row of the table and the room's own path.
type place struct {
	room
	Path string
	Test bool // a room that only tests use
}

func (in *inspector) place(folder string) (place, bool) {
	elems := strings.Split(folder, "/")
	if elems[0] == "test" {
		return place{Path: "test", Test: true}, true
	}
	for i, elem := range elems[1:] {
		if strings.HasSuffix(elem, "test") { // storetest, sharedtest
			return place{Path: path.Join(elems[:i+2]...), Test: true}, true
		}
	}
	for _, room := range in.floors {
		pattern := strings.Split(room.Name, "/")
		if len(elems) < len(pattern) {
			continue
		}
		own := path.Join(elems[:len(pattern)]...)
		if ok, _ := path.Match(room.Name, own); ok {
			return place{room: room, Path: own}, true
		}
	}
	return place{}, false
}

func (in *inspector) imports(folder string, file *ast.File, test bool) {
	from, ok := in.place(folder)
	if !ok {
		in.trespass(file.Package, "%s is no room of the house: give it a floor in house_test.go", folder)
		return
	}
	if from.Test {
		return
	}
	in.tags(from, file)
	for _, spec := range file.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		law := in.law(from, name)
		switch {
		case law == "":
		case test:
			in.TestReach++
		default:
			in.trespass(spec.Pos(), "%s imports %s: %s", from.Path, strings.TrimPrefix(name, module+"/"), law)
		}
	}
	if from.Pure && !test {
		in.clock(from, file)
	}
}

// What a pure room must not import: network, database, log, environment, randomness of its own.
var impure = []string{
	"crypto/rand", "database/sql", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http", "os", "os/exec",
	"syscall",
}

// law gives the law that an import of name breaks, or "".
func (in *inspector) law(from place, name string) string {
	inside, ours := strings.CutPrefix(name, module+"/")
	if !ours {
		first, _, _ := strings.Cut(name, "/")
		standard := !strings.Contains(first, ".")
		switch {
		case standard && from.Pure && slices.Contains(impure, name):
			return "a specification is pure, bytes in and bytes out"
		case !standard && from.Libs != nil && !slices.ContainsFunc(from.Libs, func(lib string) bool {
			return name == lib || strings.HasPrefix(name, lib+"/")
		}):
			return "this room imports the standard library" + map[bool]string{true: " and the libraries listed for it"}[len(from.Libs) > 0] + " only"
		}
		return ""
	}
	to, ok := in.place(inside)
	switch {
	case !ok:
		return "it is no room of the house"
	case to.Path == from.Path:
		return ""
	case to.Test:
		return "only tests use that room"
	case to.Seam != "" && from.Path != "internal/app":
		return "only internal/app names an implementation"
	case from.Seam == to.Path:
		return ""
	case from.Only != nil && !slices.Contains(from.Only, to.Name):
		return "this room knows only " + listed(from.Only)
	case to.Floor > from.Floor:
		return fmt.Sprintf("imports go down only, from floor %d to %d", from.Floor, to.Floor)
	case to.Floor == from.Floor && !slices.Contains(from.Knows, to.Name):
		return fmt.Sprintf("both stand on floor %d, where it knows %s", from.Floor, listed(from.Knows))
	case slices.Contains(from.Shut, to.Name):
		return "that room is shut to it; it goes through a desk or a service"
	}
	return ""
}

func listed(names []string) string {
	if len(names) == 0 {
		return "no room"
	}
	return strings.Join(names, ", ")
}

var forbidden = []string{
	"util", "utils", "common", "helper", "helpers", "manager", "managers", "model", "models", "dto", "dtos", "misc",
}

// names refuses names that say nothing, of folders, packages and files.
func (in *inspector) names(folder string, file *ast.File) {
	stem := strings.TrimSuffix(path.Base(in.file(file)), ".go")
	for _, name := range append(strings.Split(folder, "/"), file.Name.Name, stem) {
		if slices.Contains(forbidden, name) {
			in.trespass(file.Package, "the name %q says nothing: names are the field's", name)
			return
		}
	}
}

func (in *inspector) noInit(file *ast.File) {
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			in.trespass(fn.Pos(), "func init: nothing happens before main")
		}
	}
}

// tags refuses struct tags where the nouns live: how a noun looks on a wire is its door's business.
func (in *inspector) tags(from place, file *ast.File) {
	if !from.Bare {
		return
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if field, ok := n.(*ast.Field); ok && field.Tag != nil {
			in.trespass(field.Pos(), "a struct tag: the nouns of %s carry none", from.Path)
		}
		return true
	})
}

// clock refuses a look at the clock in a pure room; the time is a parameter.
func (in *inspector) clock(from place, file *ast.File) {
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok || !isPackage(s.X, "time") {
			return true
		}
		switch s.Sel.Name {
		case "Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep":
			in.trespass(s.Pos(), "time.%s: %s is pure, a clock is a parameter", s.Sel.Name, from.Path)
		}
		return true
	})
}

// isPackage says whether expr is the name of an import, not of a variable.
func isPackage(expr ast.Expr, name string) bool {
	id, ok := expr.(*ast.Ident)
	return ok && id.Name == name && id.Obj == nil //nolint:staticcheck // the parser's resolution is enough within a file
}
