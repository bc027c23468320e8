package attribution

import (
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Watcher is told what may get another answer than before; see
// [Resolver.Watch]. Fields may be nil.
type Watcher struct {
	// Call: reports with this Call-ID.
	Call func(id schema.CallID)
	// Addr: reports from or to this address.
	Addr func(netip.AddrPort)
	// Table: all reports.
	Table func()
}

// watch is a Watcher without nils.
type watch struct {
	call  func(schema.CallID)
	addr  func(netip.AddrPort)
	table func()
}

// Watch sets who is told of changes: of a dialog that a message changed or that
// was forgotten, its Call-ID and every media address that it had before or has
// now. Whoever keeps answers, or reports that wait, asks again for those. It is
// called from within ObserveSIP, Attribute and SetTable and must not call the
// resolver.
func (r *Resolver) Watch(w Watcher) {
	r.watch = watch{call: w.Call, addr: w.Addr, table: w.Table}
	r.watch.fill()
	r.store.removing = r.watch.changed
}

// fill replaces nils.
func (w *watch) fill() {
	if w.call == nil {
		w.call = func(schema.CallID) {}
	}
	if w.addr == nil {
		w.addr = func(netip.AddrPort) {}
	}
	if w.table == nil {
		w.table = func() {}
	}
}

// changed tells of a dialog as it is before a change.
func (w *watch) changed(d *dialog) {
	w.call(schema.CallID(d.callID))
	w.media(d.media)
}

// media tells of addresses.
func (w *watch) media(all []mediaAt) {
	for i := range all {
		for _, a := range all[i].addresses() {
			w.addr(a)
		}
	}
}

// Has says whether a dialog is remembered.
func (r *Resolver) Has(id schema.CallID) bool { return r.store.calls[string(id)] != nil }

// Home names the tenant and the trunk that a dialog's memory counts for; ok is
// false if there is none.
func (r *Resolver) Home(id schema.CallID) (tenant schema.TenantID, trunk schema.TrunkID, ok bool) {
	d := r.store.calls[string(id)]
	if d == nil {
		return "", "", false
	}
	i := d.home(r.index)
	if i == nobody {
		return "", "", false
	}
	return r.index.trunks[i].Tenant, r.index.trunks[i].Trunk, true
}

// steady returns the stretch of capture times around at in which the same
// dialogs are under way and the found one says the same of its codec.
func (r *Resolver) steady(found *dialog, e Evidence, at time.Time) (since, until time.Time) {
	slack := r.opts.ClockSlack
	from := func(b time.Time) { // what holds from b on
		switch {
		case b.After(at) && (until.IsZero() || b.Before(until)):
			until = b.Add(-1)
		case !b.After(at) && b.After(since):
			since = b
		}
	}
	for _, addr := range [2]netip.AddrPort{e.From, e.To} {
		for _, d := range r.store.media[addr] {
			from(d.first.Add(-slack))
			if !d.ended.IsZero() {
				from(d.ended.Add(slack + 1))
			}
		}
	}
	if found != nil {
		for i := range found.media {
			from(found.media[i].at.Add(-slack))
		}
	}
	return since, until
}
