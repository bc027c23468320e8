package attribution

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sort"
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
)

// trunkSet is a set of places in the table: ascending, without repetition.
type trunkSet []int

// index answers "which trunks have this mark".
type index struct {
	trunks    []TrunkRule
	listeners map[string]trunkSet
	captures  map[uint32]trunkSet
	hosts     map[string]trunkSet
	prefixes  map[netip.Prefix]trunkSet
	lengths4  []int // prefix lengths in use
	lengths6  []int
	numbers   []segment
}

// segment is a stretch of numbers that the same trunks have.
type segment struct {
	lo, hi uint64
	trunks trunkSet
}

// newIndex checks a table and builds its index.
func newIndex(t Table) (*index, error) {
	x := &index{
		trunks:    make([]TrunkRule, 0, len(t.Trunks)),
		listeners: make(map[string]trunkSet), captures: make(map[uint32]trunkSet),
		hosts: make(map[string]trunkSet), prefixes: make(map[netip.Prefix]trunkSet),
	}
	var errs []error
	seen := make(map[schema.TrunkID]bool)
	for i, r := range t.Trunks {
		err := r.check()
		if err == nil && seen[r.Trunk] {
			err = errors.New("given twice")
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%w: entry %d, trunk %q: %w", ErrTable, i+1, r.Trunk, err))
		}
		seen[r.Trunk] = true
		x.add(i, r)
	}
	if len(errs) == 0 {
		errs = append(errs, x.addNumbers()...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return x, nil
}

func (x *index) add(i int, r TrunkRule) {
	r.FQDN = strings.ToLower(r.FQDN)
	x.trunks = append(x.trunks, r)
	for _, l := range r.Listeners {
		x.listeners[l] = x.listeners[l].with(i)
	}
	for _, c := range r.Captures {
		x.captures[c.ID] = x.captures[c.ID].with(i)
	}
	if r.FQDN != "" {
		x.hosts[r.FQDN] = x.hosts[r.FQDN].with(i)
	}
	for _, p := range r.Addresses {
		if !p.IsValid() {
			continue
		}
		p = unmapPrefix(p)
		x.prefixes[p] = x.prefixes[p].with(i)
		lengths := &x.lengths6
		if p.Addr().Is4() {
			lengths = &x.lengths4
		}
		if !slices.Contains(*lengths, p.Bits()) {
			*lengths = append(*lengths, p.Bits())
		}
	}
}

// unmapPrefix turns ::ffff:192.0.2.0/120 into 192.0.2.0/24 and clears host bits.
func unmapPrefix(p netip.Prefix) netip.Prefix {
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked()
}

// addNumbers lays all ranges out as stretches that do not overlap.
func (x *index) addNumbers() []error {
	type edge struct {
		at    uint64
		trunk int
		open  bool
	}
	var edges []edge
	for i, r := range x.trunks {
		for _, n := range r.Numbers {
			lo, hi, err := n.bounds()
			if err != nil {
				return []error{err}
			}
			edges = append(edges, edge{lo, i, true}, edge{hi + 1, i, false})
		}
	}
	sort.SliceStable(edges, func(a, b int) bool { return edges[a].at < edges[b].at })
	var errs []error
	open := make(map[int]int) // trunk -> ranges that cover the stretch
	for k := 0; k < len(edges); {
		at := edges[k].at
		for ; k < len(edges) && edges[k].at == at; k++ {
			if edges[k].open {
				open[edges[k].trunk]++
			} else if open[edges[k].trunk]--; open[edges[k].trunk] == 0 {
				delete(open, edges[k].trunk)
			}
		}
		if len(open) == 0 || k == len(edges) {
			continue
		}
		var set trunkSet
		for i := range open {
			set = set.with(i)
		}
		if _, one := x.tenant(set); !one {
			errs = append(errs, fmt.Errorf("%w: numbers from %0*d to %0*d belong to several tenants: trunks %v", ErrTable,
				at/lengthStep, at%lengthStep, at/lengthStep, (edges[k].at-1)%lengthStep, x.names(set)))
		}
		x.numbers = append(x.numbers, segment{at, edges[k].at - 1, set})
	}
	return errs
}

// byNumber returns the trunks that have a number, given as digits without +.
func (x *index) byNumber(digits string) trunkSet {
	key, ok := numberKey(digits)
	if !ok {
		return nil
	}
	i := sort.Search(len(x.numbers), func(i int) bool { return x.numbers[i].hi >= key })
	if i < len(x.numbers) && x.numbers[i].lo <= key {
		return x.numbers[i].trunks
	}
	return nil
}

// byHost returns the trunks of a host, which is in lower case.
func (x *index) byHost(host string, port uint16) trunkSet {
	all := x.hosts[host]
	var fit trunkSet
	for n, i := range all {
		if p := x.trunks[i].Port; p == 0 || port == 0 || p == port {
			if fit != nil {
				fit = append(fit, i)
			}
		} else if fit == nil {
			fit = append(make(trunkSet, 0, len(all)), all[:n]...)
		}
	}
	if fit == nil {
		return all
	}
	return fit
}

// byAddr returns the trunks of which a prefix holds an address.
func (x *index) byAddr(a netip.Addr) trunkSet {
	a = a.Unmap().WithZone("")
	lengths := x.lengths6
	if a.Is4() {
		lengths = x.lengths4
	}
	var set trunkSet
	for _, bits := range lengths {
		if p, err := a.Prefix(bits); err == nil {
			set = set.union(x.prefixes[p])
		}
	}
	return set
}

// byCapture returns the trunks that an agent with this id and key sees.
func (x *index) byCapture(id uint32, key []byte) trunkSet {
	var set trunkSet
	for _, i := range x.captures[id] {
		for _, c := range x.trunks[i].Captures {
			if c.ID == id && subtle.ConstantTimeCompare([]byte(c.Key), key) == 1 {
				set = set.with(i)
			}
		}
	}
	return set
}

// tenant returns the tenant of a set; one is false if there is none or are
// several.
func (x *index) tenant(set trunkSet) (id schema.TenantID, one bool) {
	for n, i := range set {
		if t := x.trunks[i].Tenant; n == 0 {
			id = t
		} else if t != id {
			return "", false
		}
	}
	return id, len(set) > 0
}

// only returns the members of a set that belong to the tenant.
func (x *index) only(set trunkSet, tenant schema.TenantID) trunkSet {
	var out trunkSet
	for _, i := range set {
		if x.trunks[i].Tenant == tenant {
			out = append(out, i)
		}
	}
	return out
}

func (x *index) names(set trunkSet) []schema.TrunkID {
	out := make([]schema.TrunkID, len(set))
	for n, i := range set {
		out[n] = x.trunks[i].Trunk
	}
	return out
}

// overlaps lists the marks that tenants share, in a fixed order.
func (x *index) overlaps() []Overlap {
	var out []Overlap
	add := func(rule Rule, mark string, set trunkSet) {
		if _, one := x.tenant(set); !one {
			out = append(out, Overlap{rule, mark, x.names(set)})
		}
	}
	for mark, set := range x.listeners {
		add(RuleListener, mark, set)
	}
	for id, set := range x.captures {
		add(RuleCapture, fmt.Sprintf("%010d", id), set)
	}
	for p := range x.prefixes {
		// A prefix inside another one is shared with the trunks of both.
		add(RuleAddress, p.String(), x.holders(p))
	}
	for host, set := range x.hosts {
		add(RuleDialog, host, set)
	}
	sort.Slice(out, func(a, b int) bool {
		if out[a].Rule != out[b].Rule {
			return out[a].Rule < out[b].Rule
		}
		return out[a].Mark < out[b].Mark
	})
	return out
}

// holders returns the trunks whose prefixes hold the whole of p.
func (x *index) holders(p netip.Prefix) trunkSet {
	var set trunkSet
	lengths := x.lengths6
	if p.Addr().Is4() {
		lengths = x.lengths4
	}
	for _, bits := range lengths {
		if wider, err := p.Addr().Prefix(bits); err == nil && bits <= p.Bits() {
			set = set.union(x.prefixes[wider])
		}
	}
	return set
}

// with returns the set with one more member.
func (s trunkSet) with(i int) trunkSet {
	at, found := slices.BinarySearch(s, i)
	if found {
		return s
	}
	return slices.Insert(slices.Clone(s), at, i)
}

func (s trunkSet) union(other trunkSet) trunkSet {
	for _, i := range other {
		s = s.with(i)
	}
	return s
}

func (s trunkSet) intersect(other trunkSet) trunkSet {
	var out trunkSet
	for _, i := range s {
		if _, found := slices.BinarySearch(other, i); found {
			out = append(out, i)
		}
	}
	return out
}
