package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chancery": main})
}

// TestScript runs testdata/script. Beside the usual commands there are:
//
//	until FILE REGEXP [VAR]   waits until the file matches; VAR gets the first group
//	field VAR PATH            sets VAR to a value of the JSON on the last standard output; PATH is like items.0.id
//	port VAR                  sets VAR to a free port
//	http METHOD URL [NAME:VALUE …] [BODY]   prints the body of an answer; with ! it must be a refusal. BODY is JSON
func TestScript(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", filepath.Join(root, "examples"))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"until": until, "field": field, "port": port, "http": request,
		},
	})
}

// until polls: a server says that it is ready by writing, and nothing tells a reader of the file.
func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: until FILE REGEXP [VAR]")
	}
	want, err := regexp.Compile(args[1])
	ts.Check(err)
	var text []byte
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		text, _ = os.ReadFile(ts.MkAbs(args[0])) // it may not be there yet
		found := want.FindSubmatch(text)
		if found == nil {
			continue
		}
		if len(args) == 3 {
			ts.Setenv(args[2], string(found[1]))
		}
		return
	}
	ts.Fatalf("%s does not come to match %s:\n%s", args[0], args[1], text)
}

func field(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: field VAR PATH")
	}
	var value any
	decoder := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	decoder.UseNumber()
	ts.Check(decoder.Decode(&value))
	if _, err := decoder.Token(); err != io.EOF {
		ts.Fatalf("more than one JSON value")
	}
	for step := range strings.SplitSeq(args[1], ".") {
		switch in := value.(type) {
		case map[string]any:
			value = in[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(in) {
				ts.Fatalf("%s: no item %q", args[1], step)
			}
			value = in[i]
		}
	}
	if value == nil {
		ts.Fatalf("there is no %s", args[1])
	}
	ts.Setenv(args[0], fmt.Sprint(value))
}

func port(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: port VAR")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	ts.Check(listener.Close())
}

// request sends one HTTP request. What is not NAME:VALUE is the body.
func request(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: http METHOD URL [NAME:VALUE …] [BODY]")
	}
	header, body := http.Header{}, ""
	for _, arg := range args[2:] {
		if name, value, ok := strings.Cut(arg, ":"); ok && !strings.ContainsAny(name, `{"[ `) {
			header.Set(name, value)
			continue
		}
		body = arg
		header.Set("Content-Type", "application/json")
	}
	r, err := http.NewRequest(args[0], args[1], strings.NewReader(body))
	ts.Check(err)
	r.Header = header
	res, err := (&http.Client{Timeout: 30 * time.Second}).Do(r)
	ts.Check(err)
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
	if refused := res.StatusCode >= 300; refused != neg {
		ts.Fatalf("%s %s: %d", args[0], args[1], res.StatusCode)
	}
}

// TestExamples holds every command to having help and an example, and every example to being a command line.
func TestExamples(t *testing.T) {
	parser, err := grammar(context.Background(), streams{}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(false) {
		example := command.Tag.Get("example")
		t.Run(command.Path(), func(t *testing.T) {
			if command.Help == "" || example == "" {
				t.Fatalf("help %q, example %q", command.Help, example)
			}
			for line := range strings.SplitSeq(strings.ReplaceAll(example, "\\\n", " "), "\n") {
				parser, err := grammar(context.Background(), streams{}, func(int) {})
				if err != nil {
					t.Fatal(err)
				}
				_, err = parser.Parse(words(line)[1:])
				if err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}
			if !slices.Contains([]string{"serve", "demo", "ledger simulate"}, command.Path()) && !hasFlag(command, "json") {
				t.Error("no --json")
			}
		})
	}
}

// TestSettingsAreDescribed: what serve can be told stands in the table of docs/operations.md, by all its names.
func TestSettingsAreDescribed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	parser, err := grammar(context.Background(), streams{}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "| `--"); ok {
			name, _, _ := strings.Cut(rest, "`")
			name, _, _ = strings.Cut(name, " ")
			rows[strings.TrimPrefix(name, "no-")] = line
		}
	}
	for _, command := range parser.Model.Leaves(false) {
		if command.Path() != "serve" {
			continue
		}
		for _, flag := range append(slices.Clone(parser.Model.Flags), command.Flags...) {
			if len(flag.Envs) == 0 {
				continue // --help
			}
			row, ok := rows[flag.Name]
			if !ok {
				t.Errorf("--%s is not described", flag.Name)
				continue
			}
			for _, name := range flag.Envs {
				if !strings.Contains(row, "`"+name) {
					t.Errorf("--%s: %s is not described", flag.Name, name)
				}
			}
			delete(rows, flag.Name)
		}
		for name := range rows {
			t.Errorf("--%s is described, and serve has no such flag", name)
		}
	}
}

func hasFlag(node *kong.Node, name string) bool {
	for _, flag := range node.Flags {
		if flag.Name == name {
			return true
		}
	}
	return false
}

// words splits a line as a shell does, as far as examples need it.
func words(line string) []string {
	line, _, _ = strings.Cut(line, " >") // to a file, or to its end
	line = strings.TrimSuffix(strings.TrimPrefix(line, "export CHANCERY_MASTER_KEY=$("), ")")
	var out []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			out = append(out, part)
			continue
		}
		out = append(out, strings.Fields(part)...)
	}
	return out
}

// TestHelp shows help of everything: it must be asked for without a server, and end with status 0.
func TestHelp(t *testing.T) {
	parser, err := grammar(context.Background(), streams{}, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range parser.Model.Leaves(false) {
		var out, errs bytes.Buffer
		status := run(t.Context(), append(strings.Fields(command.Path()), "--help"), streams{strings.NewReader(""), &out, &errs})
		if status != 0 || errs.Len() > 0 || !strings.Contains(out.String(), "Example:") {
			t.Errorf("%s: status %d\n%s%s", command.Path(), status, &out, &errs)
		}
	}
}
