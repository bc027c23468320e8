package sim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// DurationsBy says what a handling time is tied to.
type DurationsBy uint8

const (
	// ByContact ties a handling time to its contact, as in life and in traces.
	ByContact DurationsBy = iota
	// ByStart gives the k-th contact that an agent takes, whichever it is, the
	// k-th handling time of one list. Then pooled first-come-first-served is the
	// best that any rule can do on the same arrivals, exactly; see [Bounds]. All
	// types must have the same handling times and all agents speed 1.
	ByStart
)

// Options say how long and how a workload is run.
type Options struct {
	// Seed names the run's luck. Two runs of one seed and one workload see the
	// same customers, whatever their configurations.
	Seed uint64
	// Start is when the run begins. Default: 2026-01-05T00:00, a Monday, on the
	// workload's clock; with a trace, midnight before its first contact.
	Start time.Time
	// WarmUp is run and not measured. Default 0.
	WarmUp time.Duration
	// Duration is measured, from the end of the warm-up. Required, above 0;
	// with a trace the default is the rest of the days it touches.
	Duration time.Duration
	// Batches is the number of equal spans of Duration whose means are taken as
	// independent for the confidence intervals: 2..1000, default 20. Choose it
	// so that a span is many times as long as queues take to forget, or a day.
	Batches int
	// Trace replaces the arrivals of the workload's types, in order of time.
	Trace []Arrival
	// Durations is what handling times are tied to. Default ByContact.
	Durations DurationsBy
	// Bounds adds the lower bounds of waiting, at the price of simpler runs.
	Bounds bool
	// Progress, if set, is called now and then with the share done, 0..1.
	Progress func(done float64)
}

// scenario is a workload checked against a configuration, ready to run.
type scenario struct {
	cfg      *routing.Config
	workload *Workload
	options  Options
	loc      *time.Location
	interval clock

	types  []Type
	rules  []typeRules
	crews  []crew
	agents []agentPlan
	roster []rosterEvent

	start, from, until routing.Time // measured: from (inclusive) until (exclusive)
	batchMillis        routing.Millis
}

// typeRules is what the configuration says about a type's queue.
type typeRules struct {
	target    routing.Millis // service level
	wrapUp    routing.WrapUpMode
	wrapLimit routing.Millis
	require   routing.Requirement
}

// crew is a Crew ready to use.
type crew struct {
	speed         float64
	answer        *sampler
	decline, miss float64
	returnMillis  routing.Millis
	shifts        []shift
	deliberate    bool // an answer takes time or luck
	always        bool
}

type agentPlan struct {
	id    routing.AgentID
	crew  int32 // in scenario.crews
	group int32 // of equals, for fairness
}

// compile checks everything. Its error joins all faults found, each wrapping
// [ErrInvalid] or what the configuration's own check says.
func compile(cfg *routing.Config, w *Workload, o Options) (*scenario, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	var found faults
	sc := &scenario{workload: w, options: o, loc: time.UTC, interval: clock(w.IntervalMinutes)}
	sc.adopt(cfg)
	if w.TimeZone != "" {
		loc, err := time.LoadLocation(w.TimeZone)
		if err != nil || w.TimeZone == "Local" {
			found.add("time_zone", "%q: expected a name of the IANA time zone database", w.TimeZone)
			loc = time.UTC
		}
		sc.loc = loc
	}
	if sc.interval == 0 {
		sc.interval = 30
	}
	if sc.interval < 5 || minutesPerDay%sc.interval != 0 {
		found.add("interval_minutes", "%d: expected a divisor of 1440, 5 or above", sc.interval)
		sc.interval = 30
	}
	sc.compileTypes(&found)
	sc.compileCrews(&found)
	sc.compileSpan(&found)
	if err := found.err(); err != nil {
		return nil, err
	}
	sc.compileRoster(&found)
	return sc, found.err()
}

// breakReason is what agents of a workload give for their breaks.
const breakReason = "break"

// adopt copies the configuration with the workload's break reason added.
func (sc *scenario) adopt(cfg *routing.Config) {
	own := *cfg
	if !slices.Contains(own.BreakReasons, breakReason) {
		own.BreakReasons = append(slices.Clone(own.BreakReasons), breakReason)
	}
	sc.cfg = &own
}

func (sc *scenario) compileTypes(found *faults) {
	queues := map[routing.QueueID]*routing.Queue{}
	for i := range sc.cfg.Queues {
		queues[sc.cfg.Queues[i].ID] = &sc.cfg.Queues[i]
	}
	names := map[string]bool{}
	if len(sc.workload.Types) == 0 {
		found.add("types", "empty: expected at least one")
	}
	for i, t := range sc.workload.Types {
		path := fmt.Sprintf("types[%d]", i)
		q := queues[t.Queue]
		if q == nil {
			found.add(path+".queue", "%q is no queue of the configuration", t.Queue)
			q = &routing.Queue{}
		}
		if t.Name == "" {
			t.Name = string(t.Queue)
		}
		if names[t.Name] {
			found.add(path+".name", "%q twice: expected a name of its own for each type", t.Name)
		}
		names[t.Name] = true
		if t.Priority < routing.MinPriority || t.Priority > routing.MaxPriority {
			found.add(path+".priority", "%d: expected %d to %d", t.Priority, routing.MinPriority, routing.MaxPriority)
		}
		sc.checkRates(path, &t, found)
		if sc.options.Trace == nil || t.Handle.Shape != "" {
			t.Handle.check(path+".handle", found)
		}
		if t.WrapUp != nil {
			t.WrapUp.check(path+".wrap_up", found)
		}
		if t.Patience != nil {
			t.Patience.check(path+".patience", found)
		}
		rules := typeRules{target: q.ServiceLevelMillis, wrapUp: q.WrapUp, wrapLimit: q.WrapUpLimitMillis, require: q.Require}
		if rules.target == 0 {
			rules.target = defaultTargetMillis
		}
		sc.types = append(sc.types, t)
		sc.rules = append(sc.rules, rules)
	}
}

// defaultTargetMillis is the default of [routing.Queue.ServiceLevelMillis].
const defaultTargetMillis = 20_000

// maxPerHour bounds rates, so that a typing error does not run for ever.
const maxPerHour = 10_000_000

// checkRates checks when a type arrives.
func (sc *scenario) checkRates(path string, t *Type, found *faults) {
	if sc.options.Trace != nil {
		return
	}
	if !(t.PerHour >= 0 && t.PerHour <= maxPerHour) {
		found.add(path+".per_hour", "%v: expected 0 to %d", t.PerHour, maxPerHour)
	}
	switch weekly := !t.Rates.empty(); {
	case weekly && t.PerHour > 0:
		found.add(path, "has both per_hour and rates: expected one of them")
	case !weekly && t.PerHour == 0:
		found.add(path, "has neither per_hour nor rates: expected one of them")
	}
	from, ok := parseClock(cmpOr(t.Rates.From, "00:00"))
	if !ok || from%sc.interval != 0 || from == minutesPerDay {
		found.add(path+".rates.from", "%q: expected HH:MM, a multiple of %d minutes", t.Rates.From, sc.interval)
		return
	}
	for day := time.Sunday; day <= time.Saturday; day++ {
		rates := t.Rates.on(day)
		if room := int((minutesPerDay - from) / sc.interval); len(rates) > room {
			found.add(path+".rates", "%s has %d intervals: expected at most %d from %s on", day, len(rates), room, cmpOr(t.Rates.From, "00:00"))
		}
		for i, rate := range rates {
			if !(rate >= 0 && rate <= maxPerHour) {
				found.add(path+".rates", "%s interval %d is %v: expected 0 to %d contacts", day, i, rate, maxPerHour)
			}
		}
	}
}

func cmpOr(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// maxRun bounds a run's length.
const maxRun = 10 * 366 * 24 * time.Hour

// compileSpan settles when the run begins, measures and ends.
func (sc *scenario) compileSpan(found *faults) {
	o := &sc.options
	if o.Batches == 0 {
		o.Batches = 20
	}
	if o.Batches < 2 || o.Batches > 1000 {
		found.add("batches", "%d: expected 2 to 1000", o.Batches)
		o.Batches = 20
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 1, 5, 0, 0, 0, 0, sc.loc)
		if len(o.Trace) > 0 {
			o.Start = midnight(time.UnixMilli(int64(o.Trace[0].At)).In(sc.loc), 0)
		}
	}
	if o.Duration == 0 && len(o.Trace) > 0 {
		last := time.UnixMilli(int64(o.Trace[len(o.Trace)-1].At)).In(sc.loc)
		o.Duration = midnight(last, 1).Sub(o.Start) - o.WarmUp
	}
	if o.Duration <= 0 || o.Duration > maxRun || o.WarmUp < 0 || o.WarmUp > maxRun {
		found.add("duration", "%s after a warm-up of %s: expected more than 0, at most %s", o.Duration, o.WarmUp, maxRun)
		o.Duration, o.WarmUp = time.Hour, 0
	}
	sc.start = routing.Time(o.Start.UnixMilli())
	sc.from = sc.start.Add(routing.Millis(o.WarmUp.Milliseconds()))
	sc.batchMillis = max(1, routing.Millis(o.Duration.Milliseconds())/routing.Millis(o.Batches))
	sc.until = sc.from.Add(sc.batchMillis * routing.Millis(o.Batches))
	sc.checkTrace(found)
	sc.checkDurations(found)
}

func midnight(t time.Time, days int) time.Time {
	year, month, day := t.Date()
	return time.Date(year, month, day+days, 0, 0, 0, 0, t.Location())
}

func (sc *scenario) checkTrace(found *faults) {
	before := routing.Time(math.MinInt64)
	for i, a := range sc.options.Trace {
		switch {
		case a.Type < 0 || int(a.Type) >= len(sc.types):
			found.add(fmt.Sprintf("trace[%d]", i), "type %d: expected 0 to %d", a.Type, len(sc.types)-1)
			return
		case a.At < before || a.At < sc.start:
			found.add(fmt.Sprintf("trace[%d]", i), "comes before the contact or start before it")
			return
		case a.HandleMillis < 0 || a.HandleMillis > routing.MaxMillis || a.WrapUpMillis < 0 || a.WrapUpMillis > routing.MaxMillis || a.PatienceMillis < 0:
			found.add(fmt.Sprintf("trace[%d]", i), "a length of time is out of range")
			return
		}
		before = a.At
	}
}

func (sc *scenario) checkDurations(found *faults) {
	if sc.options.Durations != ByStart {
		return
	}
	for i := range sc.types {
		if sc.types[i].Handle.Shape == "" {
			found.add(fmt.Sprintf("types[%d].handle", i), "missing: durations by start are drawn from it")
			continue
		}
		if first := &sc.types[0].Handle; first.Shape != sc.types[i].Handle.Shape || first.sampler().at(0.9) != sc.types[i].Handle.sampler().at(0.9) {
			found.add(fmt.Sprintf("types[%d].handle", i), "differs from that of types[0]: durations by start need one distribution")
		}
	}
	for i := range sc.crews {
		if sc.crews[i].speed != 1 {
			found.add("crews", "have different speeds: durations by start need speed 1")
			return
		}
	}
}

// source returns the arrivals from the start of the run on, always the same.
func (sc *scenario) source() source {
	if sc.options.Trace != nil {
		return &listed{rest: sc.options.Trace}
	}
	m := &merged{}
	for i := range sc.types {
		t := &sc.types[i]
		walk := rateWalk{limit: float64(sc.until.Add(dayMillis)), constant: t.PerHour / hourMillis, loc: sc.loc, interval: sc.interval}
		if t.PerHour == 0 {
			walk.week = &t.Rates
			walk.first, _ = parseClock(cmpOr(t.Rates.From, "00:00"))
			if !positive(&t.Rates) {
				continue
			}
		}
		walk.begin(sc.start)
		m.types = append(m.types, newGenerator(sc.options.Seed, i, t, walk))
	}
	return m
}

// positive tells whether any interval has a rate above 0.
func positive(r *Rates) bool {
	for day := time.Sunday; day <= time.Saturday; day++ {
		if slices.ContainsFunc(r.on(day), func(rate float64) bool { return rate > 0 }) {
			return true
		}
	}
	return false
}
