// Package chancery_test holds the house to its plan: which room stands on which floor, what it may import, and the
// laws that a parser can see. The checker itself is in house_inspect_test.go.
package chancery_test

import (
	"os"
	"slices"
	"testing"
)

const module = "github.com/chancery-vc/chancery"

// room is a folder of the house with everything below it. A room may import every room of the floors below, less
// Shut, and on its own floor those that it Knows.
type room struct {
	Name  string // a path; each folder that a "*" stands for is a room of its own
	Floor int
	Knows []string // rooms of its own floor
	Shut  []string // rooms of lower floors that it must not import
	Only  []string // where not nil: nothing of the house but these
	Libs  []string // where not nil: nothing from outside but the standard library and these import paths
	Seam  string   // an implementation of this seam: only internal/app names it
	Pure  bool     // no clock, no randomness, no network, no database, no log, no environment
	Bare  bool     // no struct tags
}

var (
	none = []string{}

	// What a door must not reach past the desks for.
	backRooms = []string{"internal/keys", "internal/did", "internal/store", "internal/format", "internal/work"}

	// The codecs and curves that a specification may lean on.
	specLibs = []string{
		"filippo.io/edwards25519",
		"github.com/decred/dcrd/dcrec/secp256k1/v4",
		"github.com/go-json-experiment/json",
		"github.com/gowebpki/jcs",
		"github.com/mr-tron/base58",
		"github.com/santhosh-tekuri/jsonschema/v6",
		"golang.org/x/crypto",
		"golang.org/x/text", // messages of jsonschema
	}
)

// floors is the plan, the roof first. A new room enters here; a new format, DID method, key store, API or protocol
// is already in it as a "*".
var floors = []room{
	// The roof: flags, then the wiring or the client.
	{Name: "cmd/*", Floor: 7, Only: []string{"internal/app", "sdk"}},

	// Wiring.
	{Name: "internal/app", Floor: 6, Knows: []string{"sdk"}},
	{Name: "sdk", Floor: 6, Only: none, Libs: none},

	// Doors. They translate, nothing else.
	{Name: "internal/api/*", Floor: 5, Shut: backRooms},
	{Name: "internal/protocol/*", Floor: 5, Shut: backRooms},
	{Name: "internal/console", Floor: 5, Shut: backRooms},

	// Desks.
	{Name: "internal/issuer", Floor: 4, Knows: []string{"internal/catalog"}},
	{Name: "internal/holder", Floor: 4, Knows: []string{"internal/catalog"}},
	{Name: "internal/verifier", Floor: 4, Knows: []string{"internal/catalog"}},
	{Name: "internal/catalog", Floor: 4},
	{Name: "internal/agent", Floor: 4, Knows: []string{"internal/issuer", "internal/holder", "internal/verifier"}},
	{Name: "internal/notify", Floor: 4},

	// Services.
	{Name: "internal/format/*", Floor: 3, Seam: "internal/format"},
	{Name: "internal/format", Floor: 3},
	{Name: "internal/identity", Floor: 3, Knows: []string{"internal/journal"}},
	{Name: "internal/status", Floor: 3, Knows: []string{"internal/journal", "internal/work"}},
	{Name: "internal/access", Floor: 3, Knows: []string{"internal/journal"}},
	{Name: "internal/work", Floor: 3},
	{Name: "internal/journal", Floor: 3},

	// Seams, and the one room that speaks HTTP.
	{Name: "internal/keys/*", Floor: 2, Seam: "internal/keys"},
	{Name: "internal/keys", Floor: 2},
	{Name: "internal/did/*", Floor: 2, Seam: "internal/did"},
	{Name: "internal/did", Floor: 2},
	{Name: "internal/store/*", Floor: 2, Seam: "internal/store"},
	{Name: "internal/store", Floor: 2},
	{Name: "internal/httpx", Floor: 2},

	// Ground: the nouns, the specifications, and what is shipped as data.
	{Name: "internal/vc", Floor: 1, Libs: none, Bare: true},
	// JSON-LD context processing is the one part of a specification that a library of its own does.
	{
		Name: "spec/jsonld", Floor: 1, Knows: []string{"spec/*"},
		Libs: slices.Concat(specLibs, []string{"github.com/piprate/json-gold/ld"}), Pure: true,
	},
	{Name: "spec/*", Floor: 1, Knows: []string{"spec/*", "spec/jsonld"}, Libs: specLibs, Pure: true},
	{Name: "api", Floor: 1, Libs: none},
	{Name: "examples", Floor: 1, Libs: none},
}

// exceptions are package variables that the rule against mutable globals would refuse, as "folder: name", each with
// the reason why it is none.
var exceptions = map[string]string{}

func TestHouse(t *testing.T) {
	found, err := inspect(os.DirFS("."), floors, exceptions)
	if err != nil {
		t.Fatal(err)
	}
	for _, trespass := range found.Trespasses {
		t.Error(trespass)
	}
	t.Logf("%d files in %d folders; tests reach past the floors %d times, as they may",
		found.Files, found.Folders, found.TestReach)
	if found.Files == 0 {
		t.Error("no file was looked at")
	}
}
