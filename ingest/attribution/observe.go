package attribution

import (
	"net/netip"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
)

// maxCallIDBytes is the longest Call-ID that is remembered.
const maxCallIDBytes = 256

// ObserveSIP takes note of a SIP message that a capture agent saw. Messages
// may come late, twice and in any order. What is kept of the message is
// copied.
func (r *Resolver) ObserveSIP(now time.Time, from Capture, m *sipmsg.Message) {
	r.stats.Observed++
	r.store.expire(now)
	if !Concerns(m) {
		r.stats.Ignored++
		return
	}
	at := from.At
	if at.IsZero() {
		at = now
	}
	d := r.store.calls[m.CallID]
	if d == nil {
		d = r.store.create(strings.Clone(m.CallID), from.Source.Unmap().WithZone(""), at)
	}
	r.watch.changed(d)
	r.note(d, at, from, m)
	fresh := r.media(d, at, m)
	d.settle(r.index)
	r.watch.media(fresh)
	d.expires = now.Add(d.ttl(r.opts))
	if !r.store.place(d, d.home(r.index)) {
		return
	}
	for _, m := range fresh {
		r.store.index(d, &m)
	}
}

// Concerns says whether a message is of a call, so that ObserveSIP takes note of
// it.
func Concerns(m *sipmsg.Message) bool {
	return ofCall(m.Method) && m.CallID != "" && len(m.CallID) <= maxCallIDBytes
}

// ofCall tells the methods of a call from registrations, keep-alives and
// presence.
func ofCall(method string) bool {
	switch method {
	case "INVITE", "ACK", "BYE", "CANCEL", "PRACK", "UPDATE":
		return true
	}
	return false
}

// note keeps who the message names, who saw it, and what it does to the call.
func (r *Resolver) note(d *dialog, at time.Time, from Capture, m *sipmsg.Message) {
	if at.Before(d.first) {
		d.first = at
	}
	tag := d.tag(m.FromTag)
	near := func(u sipmsg.URI) { r.mark(d, u, tag, false) }
	far := func(u sipmsg.URI) { r.mark(d, u, tag, true) }
	near(m.From)
	far(m.To)
	if m.IsRequest() {
		near(m.Contact)
		near(m.Asserted)
		far(m.RequestURI)
	} else {
		far(m.Contact)
		far(m.Asserted)
	}
	bind := func(tenant schema.TenantID) {
		if len(d.bound) < 4 && !contains(d.bound, tenant) {
			d.bound = append(d.bound, tenant)
		}
	}
	if from.Tenant != "" {
		bind(from.Tenant)
	}
	for _, set := range []trunkSet{r.index.listeners[from.Listener], r.captured(from), r.index.byAddr(from.Source)} {
		if tenant, one := r.index.tenant(set); one {
			bind(tenant)
		}
	}
	switch {
	case !m.IsRequest():
		if m.Method == "INVITE" && m.Status >= 200 {
			d.answered = d.answered || m.Status < 300
			d.failed = d.failed || m.Status >= 300
		}
	case m.Method == "BYE" || m.Method == "CANCEL":
		if d.ended.IsZero() || at.Before(d.ended) {
			d.ended = at
		}
		fallthrough
	case m.Method == "INVITE":
		// A request outside of a dialog is the caller's.
		if m.ToTag == "" && m.Method != "BYE" && d.caller == "" {
			d.caller = tag
		}
	}
}

// mark keeps a URI if the table knows its host or number.
func (r *Resolver) mark(d *dialog, u sipmsg.URI, tag string, far bool) {
	if k := r.markOf(u); k != (mark{}) {
		k.tag, k.far = tag, far
		d.addMark(k)
	}
}

// marksOf returns what the table knows of URIs.
func (r *Resolver) marksOf(all []sipmsg.URI) []mark {
	var marks []mark
	for _, u := range all {
		if k := r.markOf(u); k != (mark{}) {
			marks = append(marks, k)
		}
	}
	return marks
}

// markOf returns host and number of a URI as far as the table knows them.
func (r *Resolver) markOf(u sipmsg.URI) mark {
	var k mark
	if set := r.index.byHost(u.Host, u.Port); len(set) > 0 {
		k.host, k.port = r.index.trunks[set[0]].FQDN, u.Port
	}
	if digits, _ := u.Number(); len(r.index.byNumber(digits)) > 0 {
		k.number = strings.Clone(digits)
	}
	return k
}

// media keeps what the message says of audio and returns what is to be
// indexed.
func (r *Resolver) media(d *dialog, at time.Time, m *sipmsg.Message) []mediaAt {
	if m.SDP == nil {
		return nil
	}
	tag := m.FromTag
	if !m.IsRequest() {
		tag = m.ToTag
	}
	owner := d.tag(tag)
	var fresh []mediaAt
	for _, a := range m.SDP.Audio {
		if a.Port == 0 {
			continue
		}
		entry := mediaAt{
			tag: owner, at: at, formats: speech(a), ptime: a.PTimeMillis,
			rtp: netip.AddrPortFrom(a.Addr, a.Port), rtcp: netip.AddrPortFrom(a.RTCPAddr, a.RTCPPort),
		}
		added, dropped := d.addMedia(entry)
		if added {
			fresh = append(fresh, entry)
		}
		for i := range dropped {
			r.store.unindex(d, &dropped[i])
			fresh = append(fresh, d.media...)
		}
	}
	return fresh
}

// ttl is how long the dialog is remembered from now on.
func (d *dialog) ttl(o Options) time.Duration {
	if !d.ended.IsZero() || d.failed && !d.answered {
		return o.EndedTTL
	}
	return o.IdleTTL
}

func contains[T comparable](all []T, one T) bool {
	for _, v := range all {
		if v == one {
			return true
		}
	}
	return false
}
