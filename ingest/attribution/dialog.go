package attribution

import (
	"container/list"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/schema"
)

// Bounds of one dialog.
const (
	maxMarks = 24
	maxMedia = 12
	maxTags  = 8
	// dialogBytes is the fixed part of a dialog's memory, its places in maps,
	// lists and heaps included.
	dialogBytes = 640
	markBytes   = 72
	mediaBytes  = 208
)

// dialog is what was seen of one call's SIP: everything with one Call-ID.
type dialog struct {
	callID string
	seq    uint64 // order of first sight, to break ties
	source netip.Addr

	marks []mark
	// bound are the tenants of the agents that saw the dialog, those of them
	// that serve one tenant or stand at an address of one.
	bound []schema.TenantID
	// caller is the From tag of the INVITE that began the call; empty while
	// it was not seen.
	caller string
	tags   []string
	media  []mediaAt

	// first is the earliest message, ended the earliest BYE or CANCEL, by
	// capture time. answered and failed say that a final response to an
	// INVITE was seen.
	first, ended     time.Time
	answered, failed bool

	// What follows from marks and bound, kept by settle.
	trunks   trunkSet
	conflict bool

	bytes   int
	counted int // bytes as they stand in the sums of the store
	bucket  *bucket
	element *list.Element
	expires time.Time
	heapPos int
}

// mark is a host or number of the table that a message named, and on whose
// side: that of the party with this tag, or the other one.
type mark struct {
	host   string
	port   uint16
	number string
	tag    string
	far    bool
}

// mediaAt is what one party said of its audio at a moment.
type mediaAt struct {
	tag       string
	at        time.Time
	rtp, rtcp netip.AddrPort
	formats   [4]format // speech codecs in order of preference
	ptime     int
}

type format struct {
	codec      string
	clockHz    uint32
	parameters string // of a=fmtp, each party's own
}

// same says that both parties mean one codec.
func (f format) same(o format) bool { return f.codec == o.codec && f.clockHz == o.clockHz }

// size is what it takes in bytes.
func (m *mediaAt) size() int {
	n := mediaBytes
	for _, f := range m.formats {
		n += len(f.parameters)
	}
	return n
}

// addMark remembers a host or number, once.
func (d *dialog) addMark(m mark) {
	if len(d.marks) < maxMarks && !slices.Contains(d.marks, m) {
		d.marks = append(d.marks, m)
		d.bytes += markBytes + len(m.host) + len(m.number)
	}
}

// tag returns the dialog's own copy of a tag, or "" when it has too many.
func (d *dialog) tag(s string) string {
	if i := slices.Index(d.tags, s); i >= 0 {
		return d.tags[i]
	}
	if s == "" || len(s) > 128 || len(d.tags) == maxTags {
		return ""
	}
	s = strings.Clone(s)
	d.tags = append(d.tags, s)
	d.bytes += 16 + len(s)
	return s
}

// addMedia remembers what a party said of its audio. The newest are kept; the
// result is what fell out.
func (d *dialog) addMedia(m mediaAt) (added bool, dropped []mediaAt) {
	if slices.ContainsFunc(d.media, func(o mediaAt) bool {
		return o.tag == m.tag && o.at.Equal(m.at) && o.rtp == m.rtp && o.formats == m.formats
	}) {
		return false, nil
	}
	// An order in which any two entries have one place, so that the order of
	// arrival does not matter.
	at, _ := slices.BinarySearchFunc(d.media, m, compareMedia)
	d.media = slices.Insert(d.media, at, m)
	d.bytes += m.size()
	if len(d.media) > maxMedia {
		dropped = []mediaAt{d.media[0]}
		d.media = slices.Delete(d.media, 0, 1)
		d.bytes -= dropped[0].size()
	}
	return true, dropped
}

func compareMedia(a, b mediaAt) int {
	if c := a.at.Compare(b.at); c != 0 {
		return c
	}
	if c := strings.Compare(a.tag, b.tag); c != 0 {
		return c
	}
	return a.rtp.Compare(b.rtp)
}

// settle works out from hosts, numbers and agents which trunks the dialog may
// be of. Hosts and numbers narrow each other down; where they have no tenant
// in common nobody is believed.
func (d *dialog) settle(x *index) {
	d.trunks, d.conflict = x.named(d.marks)
	if len(d.trunks) == 0 {
		return
	}
	for _, tenant := range d.bound {
		if d.trunks = x.only(d.trunks, tenant); len(d.trunks) == 0 {
			d.conflict = true
			return
		}
	}
}

// named returns the trunks that hosts and numbers allow. conflict says that
// they have no tenant in common.
func (x *index) named(marks []mark) (trunks trunkSet, conflict bool) {
	var hosts, numbers trunkSet
	for _, m := range marks {
		if m.host != "" {
			hosts = hosts.union(x.byHost(m.host, m.port))
		}
		if m.number != "" {
			numbers = numbers.union(x.byNumber(m.number))
		}
	}
	switch {
	case len(hosts) == 0:
		return numbers, false
	case len(numbers) == 0:
		return hosts, false
	}
	if trunks = hosts.intersect(numbers); len(trunks) == 0 {
		trunks = x.common(hosts, numbers)
	}
	return trunks, len(trunks) == 0
}

// common returns the trunks of both sets whose tenants are in both.
func (x *index) common(a, b trunkSet) trunkSet {
	tenants := func(set trunkSet) map[schema.TenantID]bool {
		out := make(map[schema.TenantID]bool, len(set))
		for _, i := range set {
			out[x.trunks[i].Tenant] = true
		}
		return out
	}
	inA, inB := tenants(a), tenants(b)
	var out trunkSet
	for _, i := range a.union(b) {
		if t := x.trunks[i].Tenant; inA[t] && inB[t] {
			out = append(out, i)
		}
	}
	return out
}

// home is the trunk that the dialog's memory counts for: -1 if it is nobody's
// or several tenants'.
func (d *dialog) home(x *index) int {
	if _, one := x.tenant(d.trunks); d.conflict || !one {
		return nobody
	}
	return d.trunks[0]
}

// covers reports whether a moment lies within the dialog.
func (d *dialog) covers(at time.Time, slack time.Duration) bool {
	return !at.Before(d.first.Add(-slack)) && (d.ended.IsZero() || !at.After(d.ended.Add(slack)))
}

// mediaOf returns what a party said last before a moment, or else first.
func (d *dialog) mediaOf(is func(tag string) bool, at time.Time) *mediaAt {
	var found *mediaAt
	for i := range d.media {
		if m := &d.media[i]; is(m.tag) && (found == nil || !m.at.After(at)) {
			found = m
		}
	}
	return found
}

// formatAt returns what the parties settled on: the first codec of the callee
// that the caller has too, or else of whoever was heard.
// settled says that the answer was among them.
func (d *dialog) formatAt(at time.Time) (f format, ptime int, settled bool) {
	offer := d.mediaOf(func(tag string) bool { return d.caller == "" || tag == d.caller }, at)
	answer := d.mediaOf(func(tag string) bool { return d.caller != "" && tag != d.caller }, at)
	if answer == nil {
		if offer == nil {
			return format{}, 0, false
		}
		return offer.formats[0], offer.ptime, false
	}
	if offer != nil {
		for _, f := range answer.formats {
			if f.codec != "" && slices.ContainsFunc(offer.formats[:], f.same) {
				return f, answer.ptime, true
			}
		}
	}
	return answer.formats[0], answer.ptime, true
}

// partyAt says whose address it is.
func (d *dialog) partyAt(addr netip.AddrPort) Party {
	if d.caller == "" || !addr.IsValid() {
		return PartyUnknown
	}
	party := PartyUnknown
	for i := range d.media {
		if m := &d.media[i]; m.rtp == addr || m.rtcp == addr {
			is := Callee
			if m.tag == d.caller {
				is = Caller
			}
			if party != PartyUnknown && party != is {
				return PartyUnknown
			}
			party = is
		}
	}
	return party
}

// direction says on which side of the call the trunk's FQDN stands: an SBC
// that calls is inbound. Where no host tells, the trunk's number does, which
// stands on the other side: the number called belongs to the contact centre.
func (d *dialog) direction(x *index, trunk int) Direction {
	if d.caller == "" {
		return DirectionUnknown
	}
	byHost, byNumber := DirectionUnknown, DirectionUnknown
	for _, m := range d.marks {
		if m.tag == "" {
			continue
		}
		onCaller := (m.tag == d.caller) != m.far
		if m.host != "" && slices.Contains(x.byHost(m.host, m.port), trunk) {
			byHost = merge(byHost, onCaller, Inbound, Outbound)
		}
		if m.number != "" && slices.Contains(x.byNumber(m.number), trunk) {
			byNumber = merge(byNumber, onCaller, Outbound, Inbound)
		}
	}
	if byHost == Inbound || byHost == Outbound {
		return byHost
	}
	if byNumber == Inbound || byNumber == Outbound {
		return byNumber
	}
	return DirectionUnknown
}

// both marks a direction that was found on both sides.
const both Direction = 255

func merge(had Direction, onCaller bool, caller, callee Direction) Direction {
	is := callee
	if onCaller {
		is = caller
	}
	if had == DirectionUnknown || had == is {
		return is
	}
	return both
}

// maxCodecBytes is the longest encoding name that is one.
const maxCodecBytes = 32

// speech picks the codecs out of a section's formats.
func speech(m sipmsg.Media) (out [4]format) {
	n := 0
	for _, f := range m.Formats {
		if f.IsSpeech() && n < len(out) && len(f.Name) <= maxCodecBytes {
			out[n] = format{strings.Clone(f.Name), f.ClockHz, strings.Clone(f.Parameters)}
			n++
		}
	}
	return out
}
