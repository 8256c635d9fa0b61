package pex

import (
	"math/bits"
	"slices"
)

// nested reads requirements, and theirs.
func (r *definitionReader) nested(in map[string]any, at, name string, depth int) []Requirement {
	if depth > MaxNesting {
		r.fail(CodeLimit, at+"/"+name, "is nested too deeply", "")
		return nil
	}
	var all []Requirement
	for i, value := range r.list(in, at, name, MaxRequirements) {
		here := place(at, name, i)
		if r.requirements++; r.requirements > MaxRequirements {
			r.fail(CodeLimit, here, "there are too many requirements", "")
		}
		if r.err != nil {
			return nil
		}
		all = append(all, r.requirement(r.object(value, here), here, depth))
	}
	return all
}

func (r *definitionReader) requirement(in map[string]any, at string, depth int) Requirement {
	r.known(in, at, inRequirements, "name", "purpose", "rule", "count", "min", "max", "from", "from_nested")
	q := Requirement{
		Name: r.text(in, at, "name"), Purpose: r.text(in, at, "purpose"), Rule: r.needed(in, at, "rule", inRequirements),
		Count: r.whole(in, at, "count", 1), Min: r.whole(in, at, "min", 0), Max: r.whole(in, at, "max", 0),
		From: r.text(in, at, "from"), Nested: r.nested(in, at, "from_nested", depth+1),
	}
	_, from := in["from"]
	_, within := in["from_nested"]
	switch {
	case q.Rule != RuleAll && q.Rule != RulePick:
		r.fail(CodeInvalid, at+"/rule", "must be all or pick", inRequirements)
	case from == within:
		r.fail(CodeInvalid, at, "must have one of from and from_nested", inRequirements)
	case from && q.From == "":
		r.fail(CodeInvalid, at+"/from", "is empty", inRequirements)
	case within && len(q.Nested) == 0:
		r.fail(CodeInvalid, at+"/from_nested", "has no requirement", inRequirements)
	case q.Rule == RuleAll && (q.Count != nil || q.Min != nil || q.Max != nil):
		r.fail(CodeInvalid, at, "count, min and max are of the rule pick", inRequirements)
	case q.Min != nil && q.Max != nil && *q.Max < *q.Min:
		r.fail(CodeInvalid, at+"/max", "is less than min", inRequirements)
	}
	return q
}

// set is a set of descriptors by index, which MaxDescriptors makes fit.
type set uint64

// group is the descriptors that are in a group.
func (d *Definition) group(name string) set {
	var in set
	for i, one := range d.Descriptors[:min(len(d.Descriptors), MaxDescriptors)] {
		if slices.Contains(one.Group, name) {
			in |= 1 << i
		}
	}
	return in
}

// rule is a requirement with its group looked up.
type rule struct {
	Requirement
	members set
	nested  []rule
}

func (d *Definition) rules(all []Requirement) []rule {
	var rules []rule
	for _, one := range all {
		q := rule{Requirement: one, nested: d.rules(one.Nested)}
		if len(one.Nested) == 0 {
			q.members = d.group(one.From)
		}
		rules = append(rules, q)
	}
	return rules
}

// met says whether the descriptors that were answered meet the requirement (Property Values and Evaluation).
func (q rule) met(have set) bool {
	n, all := bits.OnesCount64(uint64(have&q.members)), bits.OnesCount64(uint64(q.members))
	for _, one := range q.nested {
		if all++; one.met(have) {
			n++
		}
	}
	switch q.Rule {
	case RuleAll:
		return n == all && all > 0
	case RulePick:
		return (q.Count == nil || n == *q.Count) && n >= q.least() && (q.Max == nil || n <= *q.Max)
	}
	return false
}

// least is how many a requirement asks for. A pick that says nothing asks for one.
func (q rule) least() int {
	switch {
	case q.Rule == RuleAll:
		return bits.OnesCount64(uint64(q.members)) + len(q.nested)
	case q.Min != nil:
		return *q.Min
	case q.Count != nil:
		return *q.Count
	case q.Max != nil && *q.Max == 0:
		return 0
	}
	return 1
}

// maxSearched bounds the search where groups overlap so that taking what each requirement asks for does not do.
const maxSearched = 14

// choose picks as few of the available descriptors as meet all rules. Where more than maxSearched are available and
// the straight way fails, it gives up.
func choose(rules []rule, available set) (set, bool) {
	var chosen set
	for _, q := range rules {
		chosen = q.take(chosen, available)
	}
	if metAll(rules, chosen) {
		return chosen, true
	}
	var members []int
	for i := range MaxDescriptors {
		if available&(1<<i) != 0 {
			members = append(members, i)
		}
	}
	if len(members) > maxSearched {
		return 0, false
	}
	found, best := false, MaxDescriptors+1
	for mask := range 1 << len(members) {
		var some set
		for bit, i := range members {
			some |= set(mask>>bit&1) << i
		}
		if n := bits.OnesCount(uint(mask)); n < best && metAll(rules, some) {
			chosen, best, found = some, n, true
		}
	}
	return chosen, found
}

func metAll(rules []rule, have set) bool {
	for _, q := range rules {
		if !q.met(have) {
			return false
		}
	}
	return true
}

// take adds to chosen what the requirement still lacks, from the first on.
func (q rule) take(chosen, available set) set {
	need := q.least()
	if q.Count != nil {
		need = max(need, *q.Count)
	}
	need -= bits.OnesCount64(uint64(chosen & q.members))
	for i := 0; i < MaxDescriptors && need > 0; i++ {
		if one := set(1) << i; q.members&available&^chosen&one != 0 {
			chosen |= one
			need--
		}
	}
	for _, one := range q.nested {
		if one.met(chosen) {
			need--
		}
	}
	for _, one := range q.nested {
		if need <= 0 {
			break
		}
		if with := one.take(chosen, available); !one.met(chosen) && one.met(with) {
			chosen = with
			need--
		}
	}
	return chosen
}
