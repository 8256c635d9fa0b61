package vcdm

// section names where both versions of the data model speak of one thing.
type section int

const (
	onContexts section = iota
	onIdentifiers
	onTypes
	onNames
	onIssuer
	onSubject
	onValidity
	onIssuance
	onStatus
	onSchemas
	onProofs
	onPresentations
	onRefresh
	onTerms
	onEvidence
	onResources
)

func (s section) in(version Version) string {
	if version == V11 {
		return "VCDM 1.1 §" + [...]string{
			"4.1", "4.2", "4.3", "", "4.5", "4.4", "4.8", "4.6", "4.9", "5.4", "4.7", "4.10",
			"5.5", "5.6", "5.7", "",
		}[s]
	}
	return "VCDM 2.0 §" + [...]string{
		"4.3", "4.4", "4.5", "4.6", "4.7", "4.8", "4.9", "4.9", "4.10", "4.11", "4.12",
		"4.13", "5.4", "5.5", "5.6", "5.3",
	}[s]
}
