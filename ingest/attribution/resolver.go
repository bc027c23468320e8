package attribution

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Resolver attributes media reports. It is not safe for concurrent use.
type Resolver struct {
	opts  Options
	index *index
	store *store
	stats Stats
	watch watch
}

// NewResolver makes a resolver for a table, which it copies. Errors wrap
// ErrTable.
func NewResolver(t Table, o Options) (*Resolver, error) {
	r := &Resolver{opts: o.withDefaults()}
	r.store = newStore(r.opts, &r.stats)
	r.watch.fill()
	if err := r.SetTable(t); err != nil {
		return nil, err
	}
	return r, nil
}

// SetTable replaces the table. Dialogs are kept and looked at anew; but of a
// message only the hosts and numbers are remembered that the table of its time
// knew, so a call that began before its trunk was added stays unknown until
// its next message. On an error, which wraps ErrTable, the old table stays.
func (r *Resolver) SetTable(t Table) error {
	x, err := newIndex(t)
	if err != nil {
		return err
	}
	r.index = x
	r.watch.table()
	all := make([]*dialog, 0, len(r.store.calls))
	for _, d := range r.store.calls {
		all = append(all, d)
	}
	slices.SortFunc(all, func(a, b *dialog) int {
		if a.seq < b.seq {
			return -1
		}
		return 1
	})
	for _, d := range all {
		if r.store.calls[d.callID] == d {
			d.settle(x)
			r.store.place(d, d.home(x))
		}
	}
	return nil
}

// Stats returns the counters so far.
func (r *Resolver) Stats() Stats {
	s := r.stats
	s.Dialogs, s.Bytes = len(r.store.calls), r.store.bytes
	return s
}

// captured returns the trunks that the capture agent sees.
func (r *Resolver) captured(c Capture) trunkSet {
	if !c.HasCaptureID {
		return nil
	}
	return r.index.byCapture(c.CaptureID, c.CaptureKey)
}

// Attribute says whose a report is. It changes nothing but forgets dialogs
// whose time is over.
func (r *Resolver) Attribute(now time.Time, e Evidence) (Attribution, Verdict) {
	r.store.expire(now)
	e.From, e.To = plain(e.From), plain(e.To)
	at := e.At
	if at.IsZero() {
		at = e.Received
	}
	if at.IsZero() {
		at = now
	}
	found, mixed := r.find(e, at, r.pending(now, e) == Wait)
	a := Attribution{CallID: e.CallID}
	a.Since, a.Until = r.steady(found, e, at)
	sets := [numRules]trunkSet{
		RuleListener: r.index.listeners[e.Listener],
		RuleCapture:  r.captured(e.Capture),
		RuleAddress:  r.addresses(e),
	}
	if found != nil && !found.conflict {
		sets[RuleDialog] = found.trunks
	}
	named, contradiction := r.index.named(r.marksOf(e.Parties))
	if len(sets[RuleDialog]) == 0 {
		sets[RuleDialog] = named
	}
	shared := mixed
	if e.Tenant != "" {
		a.Rule, a.Tenant = RuleListener, e.Tenant
		a.Answers = append(a.Answers, Answer{RuleListener, e.Tenant})
	}
	for rule := RuleListener; rule < numRules; rule++ {
		tenant, one := r.index.tenant(sets[rule])
		shared = shared || len(sets[rule]) > 0
		if !one || e.Tenant == tenant && rule == RuleListener {
			continue
		}
		a.Answers = append(a.Answers, Answer{rule, tenant})
		if a.Rule == RuleNone {
			a.Rule, a.Tenant = rule, tenant
		}
	}
	if tenant, one := r.index.tenant(named); one && found != nil && len(found.trunks) > 0 {
		a.Answers = append(a.Answers, Answer{RuleDialog, tenant})
	}
	// The other addresses are what the sender says, his own is not: who stands
	// at one tenant's address brings nothing to another's name.
	if tenant, one := r.index.tenant(r.index.byAddr(e.Source)); one && a.Rule != RuleNone && tenant != a.Tenant {
		a.Answers = append(a.Answers, Answer{RuleAddress, tenant})
	}
	switch {
	case found != nil && found.conflict, contradiction:
		return a.refused(ReasonDialog), Quarantined
	case slices.ContainsFunc(a.Answers, func(x Answer) bool { return x.Tenant != a.Tenant }):
		return a.refused(ReasonDisagree), Quarantined
	case a.Rule == RuleNone && shared:
		return a.refused(ReasonShared), r.pending(now, e)
	case a.Rule == RuleNone:
		return a.refused(ReasonUnknown), r.pending(now, e)
	}
	trunk, one := r.pickTrunk(sets, a.Tenant)
	if one {
		a.Trunk = r.index.trunks[trunk].Trunk
	}
	if found != nil {
		a.describe(r, found, e, at, trunk, one)
	}
	if (e.NeedClock && a.ClockHz == 0 || e.NeedAnswer && !a.Settled) && r.pending(now, e) == Wait {
		return a.refused(ReasonClock), Wait
	}
	return a, Attributed
}

// refused keeps of an attribution what may be shown of one that is none.
func (a Attribution) refused(why Reason) Attribution {
	return Attribution{CallID: a.CallID, Answers: a.Answers, Reason: why, Since: a.Since, Until: a.Until}
}

// pending is the verdict on a report that more SIP could help.
func (r *Resolver) pending(now time.Time, e Evidence) Verdict {
	if e.Received.IsZero() || now.Sub(e.Received) >= r.opts.Grace {
		return Quarantined
	}
	return Wait
}

// addresses returns the trunks of which one of the report's addresses is.
func (r *Resolver) addresses(e Evidence) trunkSet {
	var set trunkSet
	for _, a := range []netip.Addr{e.From.Addr(), e.To.Addr(), e.Source} {
		if a.IsValid() {
			set = set.union(r.index.byAddr(a))
		}
	}
	return set
}

// pickTrunk returns the tenant's one trunk that all rules allow.
func (r *Resolver) pickTrunk(sets [numRules]trunkSet, tenant schema.TenantID) (int, bool) {
	var left trunkSet
	for rule := RuleListener; rule < numRules; rule++ {
		set := r.index.only(sets[rule], tenant)
		switch {
		case len(set) == 0:
		case len(left) == 0:
			left = set
		default:
			if narrowed := left.intersect(set); len(narrowed) > 0 {
				left = narrowed
			}
		}
	}
	if len(left) != 1 {
		return 0, false
	}
	return left[0], true
}

// describe adds what the dialog tells of the call.
func (a *Attribution) describe(r *Resolver, d *dialog, e Evidence, at time.Time, trunk int, known bool) {
	a.CallID = schema.CallID(strings.Clone(d.callID))
	f, ptime, settled := d.formatAt(at.Add(r.opts.ClockSlack))
	a.Codec, a.ClockHz, a.PTimeMillis, a.Settled = f.codec, f.clockHz, ptime, settled
	a.Parameters = f.parameters
	a.Reporter = d.partyAt(e.From)
	if known {
		a.Direction = d.direction(r.index, trunk)
	}
}

// find returns the dialog of a report: by Call-ID, or else by the addresses in
// its SDP. mixed says that dialogs of several tenants fit, and that none was
// chosen.
//
// A call has both its ends in its SDP, which is as good as its Call-ID. One end
// alone may be private to a network, or an SBC's port that had another call
// before: while a report can wait for the SIP of its own Call-ID it does.
func (r *Resolver) find(e Evidence, at time.Time, early bool) (found *dialog, mixed bool) {
	if d := r.store.calls[string(e.CallID)]; d != nil {
		return d, false
	}
	from, to := r.underway(e.From, at), r.underway(e.To, at)
	if fit := inBoth(from, to); len(fit) > 0 {
		return r.choose(fit)
	}
	if len(from)+len(to) == 0 || early && e.CallID != "" {
		return nil, false
	}
	return r.choose(append(from, to...))
}

// underway returns the dialogs that have an address in their SDP and were in
// progress at the moment.
func (r *Resolver) underway(addr netip.AddrPort, at time.Time) []*dialog {
	var out []*dialog
	for _, d := range r.store.media[addr] {
		if d.covers(at, r.opts.ClockSlack) {
			out = append(out, d)
		}
	}
	return out
}

func inBoth(a, b []*dialog) []*dialog {
	var out []*dialog
	for _, d := range a {
		if slices.Contains(b, d) {
			out = append(out, d)
		}
	}
	return out
}

// choose takes the latest of the dialogs that fit, provided that they are all
// of one tenant.
func (r *Resolver) choose(fit []*dialog) (*dialog, bool) {
	best := fit[0]
	for _, d := range fit[1:] {
		if later := d.first.Compare(best.first); later > 0 || later == 0 && d.callID > best.callID {
			best = d
		}
	}
	tenant, one := r.index.tenant(best.trunks)
	for _, d := range fit {
		if other, otherOne := r.index.tenant(d.trunks); other != tenant || one != otherOne || d.conflict != best.conflict {
			return nil, true
		}
	}
	return best, false
}

// plain is an address as maps have it.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}
