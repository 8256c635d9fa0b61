// Package status keeps status lists: it hands out indices that are used once and tell nothing, and makes of the
// journal of changes what a list shows.
//
//	Reserve ──> leased block in memory ──> keyed permutation ──> index        no write on the path of issuing
//	              │ half used: the next block is leased in the background
//	              └─ LeaseStatus: the list's counter moves durably before any of its values is used
//	Projection ──> journal counted, at most once a second ──> moved: bits made anew
//	Value ───────> journal, exact
//
// A crash, and a block pushed out of memory, skip leased values and never repeat one. Two servers that create a list
// at the same moment leave a spare one, which is used when the other is full.
package status
