package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// readConfig reads the one configuration file: a JSON object whose keys are the long names of flags. A key that stands
// twice is an error, and so is what follows the object.
func readConfig(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("the configuration file cannot be read: %w", err)
	}
	var values fileValues
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("the configuration file is not a JSON object: %w", err)
	}
	if values == nil {
		return nil, errors.New("the configuration file is not a JSON object: null")
	}
	return values, nil
}

type fileValues map[string]jsontext.Value

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
	return settingText(flag, value)
}

// settingText is a value of the file as the command line would have it: what may be said often is an array there, what
// has names an object, and either is a text as its variable has it.
func settingText(flag *kong.Flag, value jsontext.Value) (string, error) {
	switch kind := value.Kind(); {
	case kind == '[' && flag.IsSlice():
		var items []jsontext.Value
		if err := json.Unmarshal(value, &items); err != nil {
			return "", err
		}
		var parts []string
		for _, item := range items {
			text, err := plain(item)
			if err != nil {
				return "", err
			}
			parts = append(parts, text)
		}
		return strings.Join(parts, ","), nil
	case kind == '{' && flag.IsMap():
		var items map[string]jsontext.Value
		if err := json.Unmarshal(value, &items); err != nil {
			return "", err
		}
		var parts []string
		for _, key := range slices.Sorted(maps.Keys(items)) {
			text, err := plain(items[key])
			if err != nil {
				return "", err
			}
			parts = append(parts, key+"="+text)
		}
		return strings.Join(parts, ";"), nil
	case flag.IsBool() && (kind == 't' || kind == 'f'):
		return string(value), nil
	}
	return plain(value)
}

// plain is a text or a number.
func plain(value jsontext.Value) (string, error) {
	switch value.Kind() {
	case '"':
		var text string
		err := json.Unmarshal(value, &text)
		return text, err
	case '0':
		return string(value), nil
	case 'n':
		return "", errors.New("the configuration file has null: leave it out")
	case '{':
		return "", errors.New("the configuration file has an object, where a text is expected")
	case '[':
		return "", errors.New("the configuration file has an array, where a text is expected")
	}
	return "", errors.New("the configuration file has true or false, where a text is expected")
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
