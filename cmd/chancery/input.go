package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"os"
	"strings"
	"time"
)

// read gives a file's content; "-" is standard input.
func (std streams) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(std.in)
	}
	return os.ReadFile(name) //nolint:gosec // whoever calls names the file
}

// readJSON gives one JSON value from a file.
func (std streams) readJSON(name string) (json.RawMessage, error) {
	text, err := std.read(name)
	if err != nil {
		return nil, err
	}
	if !json.Valid(text) {
		return nil, usagef("%s is not JSON", shown(name))
	}
	return text, nil
}

// write puts text into a file as it is; "-" is standard output.
func (std streams) write(name, text string) error {
	if name == "-" {
		_, err := io.WriteString(std.out, text)
		return err
	}
	return os.WriteFile(name, []byte(text), 0o600)
}

func shown(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// moment is a time as a person writes it: 2031-06-30 (midnight, UTC) or 2031-06-30T12:00:00Z.
type moment struct{ time.Time }

// UnmarshalText reads it.
func (m *moment) UnmarshalText(text []byte) (err error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if m.Time, err = time.Parse(layout, string(text)); err == nil {
			return nil
		}
	}
	return errors.New("a time is written 2031-06-30 or 2031-06-30T12:00:00Z")
}

// readClaims puts claims together: a file, over it single claims, over them the subject. What is not touched goes on as
// it was written, so that the server sees it all.
func readClaims(std streams, file string, single []string, subject string) (any, error) {
	var text json.RawMessage = []byte("{}")
	if file != "" {
		var err error
		if text, err = std.readJSON(file); err != nil {
			return nil, err
		}
	}
	if len(single) == 0 && subject == "" {
		return text, nil
	}
	claims := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	if err := decoder.Decode(&claims); err != nil {
		return nil, usagef("%s is not a JSON object", shown(file))
	}
	for _, claim := range single {
		if err := setClaim(claims, claim); err != nil {
			return nil, err
		}
	}
	if subject != "" {
		claims["id"] = subject
	}
	return claims, nil
}

// setClaim sets one claim: "name=text" or "name:=json", where dots in the name lead into objects.
func setClaim(claims map[string]any, claim string) error {
	name, text, ok := strings.Cut(claim, "=")
	if !ok || strings.Trim(name, ":") == "" {
		return usagef("--claim %q is not name=text or name:=json", claim)
	}
	var value any = text
	if bare, raw := strings.CutSuffix(name, ":"); raw {
		if !json.Valid([]byte(text)) {
			return usagef("--claim %s: %q is not JSON", name, text)
		}
		name, value = bare, json.RawMessage(text)
	}
	path := strings.Split(name, ".")
	for _, step := range path[:len(path)-1] {
		inner, ok := claims[step].(map[string]any)
		if !ok {
			if claims[step] != nil {
				return usagef("--claim %s: %s is not an object", name, step)
			}
			inner = map[string]any{}
			claims[step] = inner
		}
		claims = inner
	}
	claims[path[len(path)-1]] = value
	return nil
}

func escapeDID(did string) string { return url.PathEscape(did) }

// titleOf gives a schema's own title.
func titleOf(schema []byte) string {
	var in struct {
		Title string `json:"title"`
	}
	if json.Unmarshal(schema, &in) != nil {
		return ""
	}
	return in.Title
}
