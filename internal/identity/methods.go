package identity

import (
	"maps"
	"slices"
)

// MethodNames are the DID methods that are resolved here: "key", "web".
func (s *Service) MethodNames() []string { return slices.Sorted(maps.Keys(s.methods)) }
