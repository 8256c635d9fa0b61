package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// readConfig reads the one configuration file: a JSON object whose keys are the long names of flags.
func readConfig(r io.Reader) (kong.Resolver, error) {
	values := map[string]any{}
	decoder := json.NewDecoder(r)
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return nil, fmt.Errorf("the configuration file is not a JSON object: %w", err)
	}
	return fileValues(values), nil
}

type fileValues map[string]any

// isSetting says whether a flag may stand in the file: one that has a variable of its own. The others are said
// anew with each command.
func isSetting(flag *kong.Flag) bool { return len(flag.Envs) > 0 && flag.Name != "config" }

// Validate refuses a key that no setting has: a misspelt setting must not be a setting that is silently off.
func (f fileValues) Validate(application *kong.Application) error {
	var known []string
	_ = kong.Visit(application, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok && isSetting(flag) {
			known = append(known, flag.Name)
		}
		return next(nil)
	})
	for key := range f {
		if !slices.Contains(known, key) {
			return fmt.Errorf("the configuration file has an unknown key %q", key)
		}
	}
	return nil
}

// Resolve gives a flag its value from the file. The command line and the environment, which is nearer to who calls,
// go before it.
func (f fileValues) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	value, ok := f[flag.Name]
	if !ok || !isSetting(flag) {
		return nil, nil
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	switch v := value.(type) {
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = fmt.Sprint(v[i])
		}
		return strings.Join(parts, ","), nil
	case map[string]any:
		var parts []string
		for key, item := range v {
			parts = append(parts, key+"="+fmt.Sprint(item))
		}
		slices.Sort(parts)
		return strings.Join(parts, ";"), nil
	case json.Number:
		return v.String(), nil
	}
	return value, nil
}

// The master keys come from the environment or a file, and never from the command line, which every user of a machine
// can read.
const (
	masterKey         = "CHANCERY_MASTER_KEY"
	masterKeyPrevious = "CHANCERY_MASTER_KEY_PREVIOUS"
)

// forTests are variables that are not settings.
var forTests = []string{"CHANCERY_SHARED", "CHANCERY_TEST_"}

// knownEnvironment refuses a CHANCERY_ variable that no flag reads.
func knownEnvironment(application *kong.Application, environ []string) error {
	known := map[string]bool{masterKey: true, masterKeyPrevious: true}
	_ = kong.Visit(application, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			for _, name := range flag.Envs {
				known[name] = true
			}
		}
		return next(nil)
	})
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if !strings.HasPrefix(name, "CHANCERY_") || known[name] {
			continue
		}
		if slices.ContainsFunc(forTests, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			continue
		}
		return usagef("unknown environment variable %s", name)
	}
	return nil
}
