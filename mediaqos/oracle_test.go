package mediaqos

import (
	"math"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// event is one thing that a capture point saw.
type event struct {
	at   time.Time
	tap  Tap
	wire Wire // of a report; ReporterSSRC alone for the others
	kind eventKind
	dest bool // Sighting.AtDestination

	// What an XR block in the same datagram says, or the whole event.
	shape  BurstShape
	covers time.Duration
	before bool // it is told before the report
}

type eventKind int

const (
	reportEvent eventKind = iota
	srEvent               // an SR without report blocks; wire.SRNTP is its time
	byeEvent
	evidenceEvent
)

const oracleTenant = schema.TenantID("contoso")

// oracle computes the rows that a set of events must end in, from the whole
// set at once and without regard to cost: it knows no windows, no order of
// arrival and no emissions. It shares with the code under test the identity
// hashes and Recompute, which have tests of their own.
type oracle struct {
	media  Media
	events []event
	noRTT  bool
}

// oracleReport is a report with all its sightings.
type oracleReport struct {
	wire      Wire
	sightings []event // by time, then tap
}

func (r *oracleReport) first() event { return r.sightings[0] }

func (r *oracleReport) taps() []Tap {
	var rest []Tap
	for _, s := range r.sightings[1:] {
		if s.tap != r.first().tap && !slices.Contains(rest, s.tap) {
			rest = append(rest, s.tap)
		}
	}
	slices.SortFunc(rest, Tap.Compare)
	return append([]Tap{r.first().tap}, rest...)
}

func (o *oracle) of(kind eventKind) []event {
	var out []event
	for _, e := range o.events {
		if e.kind == kind {
			out = append(out, e)
		}
	}
	slices.SortStableFunc(out, func(a, b event) int {
		if c := a.at.Compare(b.at); c != 0 {
			return c
		}
		return a.tap.Compare(b.tap)
	})
	return out
}

// reports chains sightings of equal wires that are no more than two seconds apart.
func (o *oracle) reports(among []event) []*oracleReport {
	var out []*oracleReport
	for _, e := range among {
		var into *oracleReport
		for _, r := range out {
			if r.wire == e.wire && e.at.Sub(r.sightings[len(r.sightings)-1].at) <= 2*time.Second {
				into = r
			}
		}
		if into == nil {
			into = &oracleReport{wire: e.wire}
			out = append(out, into)
		}
		into.sightings = append(into.sightings, e)
	}
	return out
}

// rows returns what the store must hold.
func (o *oracle) rows() []Emission {
	reports := o.reports(o.of(reportEvent))
	type group struct{ reporter, source uint32 }
	groups := map[group][]*oracleReport{}
	for _, r := range reports {
		g := group{r.wire.ReporterSSRC, r.wire.SourceSSRC}
		groups[g] = append(groups[g], r)
	}
	var facts Facts
	for g, members := range groups {
		streams := o.streams(g.reporter, g.source, members)
		for i, s := range streams {
			facts.Apply(o.rowsOf(s, o.collides(streams, i))...)
		}
	}
	return facts.Rows()
}

// oracleStream is the reports of one stream, and when a BYE ended it.
type oracleStream struct {
	taps    []Tap
	reports []*oracleReport
	end     time.Time // zero = not ended
}

// streams splits a group by path and then by BYE.
func (o *oracle) streams(reporter, source uint32, reports []*oracleReport) []oracleStream {
	var paths [][]Tap
	for _, r := range reports {
		merged := r.taps()
		var rest [][]Tap
		for _, p := range paths {
			if slices.ContainsFunc(p, func(t Tap) bool { return slices.Contains(merged, t) }) {
				merged = append(merged, p...)
			} else {
				rest = append(rest, p)
			}
		}
		paths = append(rest, merged)
	}
	var out []oracleStream
	for _, path := range paths {
		var ends []time.Time
		for _, b := range o.of(byeEvent) {
			if !slices.ContainsFunc(path, func(t Tap) bool { return t == b.tap || t == b.tap.Reversed() }) {
				continue
			}
			if b.wire.ReporterSSRC == reporter {
				ends = append(ends, b.at)
			}
			if b.wire.ReporterSSRC == source {
				ends = append(ends, b.at.Add(2*time.Second))
			}
		}
		slices.SortFunc(ends, time.Time.Compare)
		cut := make([]oracleStream, len(ends)+1)
		for _, r := range reports {
			if !slices.Contains(path, r.first().tap) {
				continue
			}
			n := 0
			for n < len(ends) && r.first().at.After(ends[n]) {
				n++
			}
			cut[n].reports = append(cut[n].reports, r)
		}
		for n := range cut {
			if len(cut[n].reports) == 0 {
				continue
			}
			cut[n].taps = path
			if n < len(ends) {
				cut[n].end = ends[n]
			}
			slices.SortFunc(cut[n].reports, func(a, b *oracleReport) int {
				ea, eb := Emission{Time: a.first().at, Wire: a.wire}, Emission{Time: b.first().at, Wire: b.wire}
				return CompareReports(&ea, &eb)
			})
			out = append(out, cut[n])
		}
	}
	return out
}

// collides says whether stream i began while another one of its SSRCs was
// alive on another path.
func (o *oracle) collides(streams []oracleStream, i int) bool {
	s := streams[i]
	start := s.reports[0].first().at
	for j, other := range streams {
		if j == i || slices.ContainsFunc(other.taps, func(t Tap) bool { return slices.Contains(s.taps, t) }) {
			continue
		}
		otherStart := other.reports[0].first().at
		otherLast := other.reports[len(other.reports)-1].first().at
		if !other.end.IsZero() && other.end.Before(start) || otherLast.Add(30*time.Second).Before(start) {
			continue
		}
		lowest := func(s oracleStream) Tap { return slices.MinFunc(s.taps, Tap.Compare) }
		if otherStart.Before(start) || otherStart.Equal(start) && lowest(other).Compare(lowest(s)) < 0 {
			return true
		}
	}
	return false
}

// rowsOf makes the rows of one stream.
func (o *oracle) rowsOf(s oracleStream, collides bool) []Emission {
	first := s.reports[0].first()
	key := groupKey{reporter: first.wire.ReporterSSRC, source: first.wire.SourceSSRC}
	id := streamID(oracleTenant, key, first.tap, first.at.UnixMicro())
	rows := make([]Emission, len(s.reports))
	for i, r := range s.reports {
		rtt := o.rtt(r)
		rows[i] = Emission{
			Tenant: oracleTenant, ReportID: r.wire.Hash(oracleTenant), Time: r.first().at, StreamID: id,
			Taps: MakeTapList(r.taps()...), Wire: r.wire, Media: o.media,
			Derived: Derived{RTTMethod: rtt.Method, RTTMillis: rtt.Millis()},
		}
		if ratio, ok := o.burst(s, r); ok {
			rows[i].Derived.BurstRatio, rows[i].Derived.BurstSource = Some(ratio), BurstMeasured
		}
	}
	rows[0].Derived.Baseline = BaselineFirst
	if collides {
		rows[0].Derived.Baseline = BaselineSSRCCollision
	}
	derived, err := Recompute(DefaultParams(), rows)
	if err != nil {
		panic(err)
	}
	for i := range rows {
		rows[i].Derived = derived[i]
	}
	return rows
}

// burst is the ratio that the evidence of a stream gives for a report.
func (o *oracle) burst(s oracleStream, r *oracleReport) (float64, bool) {
	at := r.first().at
	var best *event
	for i := range o.events {
		e := &o.events[i]
		covered := e.covers == 0 || e.at.Add(-e.covers).Before(at)
		if !e.shape.Known() || e.wire.ReporterSSRC != r.wire.ReporterSSRC || e.wire.SourceSSRC != r.wire.SourceSSRC ||
			e.at.Before(at) || !covered || !slices.Contains(s.taps, e.tap) || !s.end.IsZero() && e.at.After(s.end) {
			continue
		}
		narrower := func(a, b *event) bool {
			return a.covers != 0 && (b.covers == 0 || a.covers < b.covers)
		}
		if best == nil || e.at.Before(best.at) || e.at.Equal(best.at) && (narrower(e, best) || e.covers == best.covers && e.shape.bits < best.shape.bits) {
			best = e
		}
	}
	if best == nil {
		return 0, false
	}
	return math.Float64frombits(best.shape.bits), true
}

// rtt is the strongest answer of any tap, the earliest tap first.
func (o *oracle) rtt(r *oracleReport) RTT {
	var best RTT
	for _, tap := range r.taps() {
		if rtt := o.rttAt(r, tap); rtt.Method > best.Method {
			best = rtt
		}
	}
	return best
}

// rttAt answers for a report at one tap, from all that was ever seen between
// its two addresses.
func (o *oracle) rttAt(r *oracleReport, tap Tap) RTT {
	w := &r.wire
	if w.LSR == 0 || o.noRTT {
		return RTT{}
	}
	here := func(e event) bool { return e.tap == tap || e.tap == tap.Reversed() }
	var srs, seen []event
	for _, e := range append(o.of(reportEvent), o.of(srEvent)...) {
		if here(e) && e.kind == reportEvent {
			seen = append(seen, e)
		}
		if here(e) && (e.kind == srEvent || e.wire.HasSR) {
			srs = append(srs, e)
		}
	}
	var at time.Time
	var dest bool
	for _, e := range seen {
		if e.wire == *w && (at.IsZero() || e.at.Before(at)) && e.tap == tap && within(e.at, r) {
			at, dest = e.at, e.dest
		}
	}
	if dest {
		if rtt := RoundTrip(NTPMiddle(at), w.LSR, w.DLSR); rtt.Method != RTTNone {
			return rtt
		}
	}
	half := func(w *Wire, at time.Time) (int64, bool) {
		var sent time.Time
		for _, e := range srs {
			if e.wire.ReporterSSRC == w.SourceSSRC && uint32(e.wire.SRNTP>>16) == w.LSR && w.LSR != 0 && (sent.IsZero() || e.at.Before(sent)) {
				sent = e.at
			}
		}
		if sent.IsZero() {
			return 0, false
		}
		micros := at.Sub(sent).Microseconds() - (int64(w.DLSR)*1_000_000+32768)/65536
		return micros, micros >= -1000 && micros <= 10_000_000
	}
	if near, ok := half(w, at); ok {
		var opposite []*oracleReport
		for _, other := range o.reports(seen) {
			if other.wire.ReporterSSRC == w.SourceSSRC && other.wire.SourceSSRC == w.ReporterSSRC && !other.first().at.After(at) {
				opposite = append(opposite, other)
			}
		}
		slices.SortFunc(opposite, func(a, b *oracleReport) int { return a.first().at.Compare(b.first().at) })
		far, found := int64(0), false
		for _, other := range opposite[max(0, len(opposite)-3):] {
			if h, ok := half(&other.wire, other.first().at); ok && at.Sub(other.first().at) <= 30*time.Second {
				far, found = h, true
			}
		}
		if sum := near + far; found && sum >= -1000 && sum <= 10_000_000 {
			return RTT{Method: RTTFromHalfLegs, Micros: uint32(max(0, sum))}
		}
	}
	if !w.HasSR {
		return RTT{}
	}
	for _, e := range seen {
		ow := &e.wire
		if ow.ReporterSSRC == w.SourceSSRC && ow.SourceSSRC == w.ReporterSSRC && ow.HasSR && uint32(ow.SRNTP>>16) == w.LSR && ow.LSR != 0 {
			units := int64(int32(uint32(w.SRNTP>>16) - ow.LSR - ow.DLSR - w.DLSR))
			micros := (units*1_000_000 + 32768) >> 16
			if micros >= -1000 && micros <= 10_000_000 {
				return RTT{Method: RTTFromNTP, Micros: uint32(max(0, micros))}
			}
			return RTT{}
		}
	}
	return RTT{}
}

// within says that a sighting at that time belongs to the report.
func within(at time.Time, r *oracleReport) bool {
	return slices.ContainsFunc(r.sightings, func(s event) bool { return s.at.Equal(at) })
}
