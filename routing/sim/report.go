package sim

import (
	"context"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// Report is what a run measured. Everything in it is a pure function of
// configuration, workload and options.
type Report struct {
	Seed          uint64    `json:"seed"`
	Start         time.Time `json:"start"`
	WarmUpSeconds float64   `json:"warm_up_s"`
	MeasuredHours float64   `json:"measured_hours"`
	Batches       int       `json:"batches"`
	// Steps is the number of events that the routing state took.
	Steps uint64 `json:"steps"`
	// Refused is how many of them it refused, with the first reason: in a run
	// that is in order none.
	Refused      uint64 `json:"refused"`
	FirstRefusal string `json:"first_refusal,omitempty"`

	Total Line   `json:"total"`
	Types []Line `json:"types"`
	// Occupancy is agents' time on contacts and after-work over that time and
	// idle time; ringing, breaks and absence do not count.
	Occupancy Estimate `json:"occupancy"`
	// PresentAgents is the mean number of agents signed in and not on a break.
	PresentAgents Estimate `json:"present_agents"`
	// Groups compares agents who are equal before the configuration.
	Groups []Group `json:"groups"`
	// Days are the courses of the mean weekday, Saturday and Sunday, as far as
	// the run has measured them.
	Days []Course `json:"days"`
	// Bounds are nil unless asked for, and with more than 63 types.
	Bounds *Bounds `json:"bounds,omitempty"`
}

// Line describes the contacts of one type, or all, that arrived in the measured
// span, wherever they were served.
type Line struct {
	Name string `json:"name"`
	// Offered are the contacts that entered: answered, abandoned, overflowed
	// and unfinished. Those turned away at the door are not among them.
	Offered    int64 `json:"offered"`
	TurnedAway int64 `json:"turned_away"`
	Answered   int64 `json:"answered"`
	Abandoned  int64 `json:"abandoned"`
	// Overflowed left the pool after a wait; Moved went to another queue of it
	// and are counted by what became of them there.
	Overflowed int64 `json:"overflowed"`
	Moved      int64 `json:"moved"`
	// Unfinished neither got an answer nor gave up within a day after the run.
	Unfinished int64 `json:"unfinished"`

	// TargetSeconds is T of the service levels; nil in a total of types whose
	// targets differ (each is then held against its own).
	TargetSeconds *float64      `json:"target_s"`
	ServiceLevel  ServiceLevels `json:"service_level"`
	AbandonRate   Estimate      `json:"abandon_rate"` // of offered

	ASASeconds         Estimate `json:"asa_s"`          // wait of the answered
	AbandonWaitSeconds Estimate `json:"abandon_wait_s"` // wait of those who gave up
	WaitSeconds        Estimate `json:"wait_s"`         // wait of all who entered
	AHTSeconds         Estimate `json:"aht_s"`          // talk and after-work
	Tail               Tail     `json:"tail"`
}

// ServiceLevels are the variants in use, each with the threshold T.
type ServiceLevels struct {
	Handled         Estimate `json:"handled"`          // answered in T / answered
	NoAbandon       Estimate `json:"no_abandon"`       // answered in T / (offered - abandoned in T)
	PositiveAbandon Estimate `json:"positive_abandon"` // (answered in T + abandoned in T) / offered
	NegativeAbandon Estimate `json:"negative_abandon"` // answered in T / offered
}

// Tail is the distribution of the waits of the answered, in seconds, within
// 1/64; nil if nobody was answered.
type Tail struct {
	P50 *float64 `json:"p50_s"`
	P90 *float64 `json:"p90_s"`
	P95 *float64 `json:"p95_s"`
	P99 *float64 `json:"p99_s"`
	Max *float64 `json:"max_s"`
}

// Group compares agents of one profile with the same skills and shifts.
type Group struct {
	Name   string `json:"name"`
	Agents int    `json:"agents"`
	// Answered, Occupancy and IdleHours are spread over the group's agents.
	Answered  Spread `json:"answered"`
	Occupancy Spread `json:"occupancy"`
	IdleHours Spread `json:"idle_hours"`
}

// Spread says how evenly something falls on agents.
type Spread struct {
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	Max  float64 `json:"max"`
	// Variation is the standard deviation over the mean; nil if the mean is 0.
	Variation *float64 `json:"variation"`
}

// Course is a mean day, by intervals of the local clock.
type Course struct {
	Name      string     `json:"name"` // weekday, saturday, sunday
	Intervals []Interval `json:"intervals"`
}

// Contacts is the number of contacts of the mean day.
func (c *Course) Contacts() float64 {
	sum := 0.0
	for i := range c.Intervals {
		sum += c.Intervals[i].Offered
	}
	return sum
}

// Interval is one interval of a mean day.
type Interval struct {
	From string `json:"from"` // local clock, HH:MM
	// Offered, Answered and Abandoned are means a day.
	Offered   float64 `json:"offered"`
	Answered  float64 `json:"answered"`
	Abandoned float64 `json:"abandoned"`
	// ServiceLevel is answered in T / offered; nil without contacts.
	ServiceLevel Share `json:"service_level"`
	ASASeconds   Share `json:"asa_s"`
	// Present and Busy are mean numbers of agents; nil where the run has not
	// measured the interval.
	Present Share `json:"present"`
	Busy    Share `json:"busy"`
}

// Run puts a workload to a configuration and measures. Its error joins all
// faults found in the input ([ErrInvalid], or [routing.Problems]), or is that
// of the context.
func Run(ctx context.Context, cfg *routing.Config, w *Workload, o Options) (*Report, error) {
	result, err := simulate(ctx, cfg, w, o)
	if err != nil {
		return nil, err
	}
	return result.report(ctx)
}

// simulate makes a pass and returns it with all it has counted.
func simulate(ctx context.Context, cfg *routing.Config, w *Workload, o Options) (*run, error) {
	sc, err := compile(cfg, w, o)
	if err != nil {
		return nil, err
	}
	r, err := newRun(sc)
	if err != nil {
		return nil, err
	}
	return r, r.all(ctx)
}

func (r *run) report(ctx context.Context) (*Report, error) {
	sc := r.sc
	rep := &Report{
		Seed: sc.options.Seed, Start: time.UnixMilli(int64(sc.start)).In(sc.loc),
		WarmUpSeconds: sc.options.WarmUp.Seconds(), MeasuredHours: seconds(sc.until.Sub(sc.from)) / 3600,
		Batches: sc.options.Batches, Steps: r.steps, Refused: r.refused, FirstRefusal: r.refusal,
		Groups: r.groups(), Days: r.courses(),
	}
	all := make([]int, len(sc.types))
	for i := range sc.types {
		all[i] = i
		rep.Types = append(rep.Types, r.line(sc.types[i].Name, i))
	}
	rep.Total = r.line("total", all...)
	busy, worked, present, span := make([]float64, len(r.staff)), make([]float64, len(r.staff)), make([]float64, len(r.staff)), make([]float64, len(r.staff))
	for b, s := range r.staff {
		busy[b], worked[b], present[b] = float64(s.busy), float64(s.busy+s.idle), float64(s.present)
		span[b] = float64(sc.batchMillis)
	}
	rep.Occupancy, rep.PresentAgents = ratio(busy, worked), ratio(present, span)
	if sc.options.Bounds {
		var err error
		if rep.Bounds, err = r.bounds(ctx, rep); err != nil {
			return nil, err
		}
	}
	return rep, nil
}

// figures of a cell that estimates are made of.
var (
	offeredOf       = func(c *cell) float64 { return float64(c.offered - c.turnedAway) }
	answeredOf      = func(c *cell) float64 { return float64(c.answered) }
	answeredInOf    = func(c *cell) float64 { return float64(c.answeredIn) }
	abandonedOf     = func(c *cell) float64 { return float64(c.abandoned) }
	answeredWaitOf  = func(c *cell) float64 { return seconds(c.answeredWait) }
	abandonedWaitOf = func(c *cell) float64 { return seconds(c.abandonedWait) }
	waitOf          = func(c *cell) float64 { return seconds(c.answeredWait + c.abandonedWait + c.otherWait) }
	handledOf       = func(c *cell) float64 { return float64(c.handled) }
	handleTimeOf    = func(c *cell) float64 { return seconds(c.handleTime) }
	patientOf       = func(c *cell) float64 { return float64(c.offered - c.turnedAway - c.abandonedIn) }
	metOf           = func(c *cell) float64 { return float64(c.answeredIn + c.abandonedIn) }
)

// series gives a figure of some types by batch.
func (r *run) series(figure func(*cell) float64, types []int) []float64 {
	values := make([]float64, len(r.batches))
	for b := range r.batches {
		for _, t := range types {
			values[b] += figure(&r.batches[b][t])
		}
	}
	return values
}

// line describes some types together.
func (r *run) line(name string, types ...int) Line {
	by := func(num, den func(*cell) float64) Estimate { return ratio(r.series(num, types), r.series(den, types)) }
	l := Line{
		Name: name,
		ServiceLevel: ServiceLevels{
			Handled:         by(answeredInOf, answeredOf),
			NoAbandon:       by(answeredInOf, patientOf),
			PositiveAbandon: by(metOf, offeredOf),
			NegativeAbandon: by(answeredInOf, offeredOf),
		},
		AbandonRate: by(abandonedOf, offeredOf), ASASeconds: by(answeredWaitOf, answeredOf),
		AbandonWaitSeconds: by(abandonedWaitOf, abandonedOf), WaitSeconds: by(waitOf, offeredOf),
		AHTSeconds: by(handleTimeOf, handledOf),
	}
	var waits histogram
	same := true
	for _, t := range types {
		for b := range r.batches {
			c := &r.batches[b][t]
			l.Offered += c.offered - c.turnedAway
			l.TurnedAway += c.turnedAway
			l.Answered += c.answered
			l.Abandoned += c.abandoned
			l.Overflowed += c.overflowed
			l.Moved += c.moved
		}
		waits.merge(&r.waits[t])
		same = same && r.sc.rules[t].target == r.sc.rules[types[0]].target
	}
	l.Unfinished = l.Offered - l.Answered - l.Abandoned - l.Overflowed
	if same {
		target := seconds(r.sc.rules[types[0]].target)
		l.TargetSeconds = &target
	}
	l.Tail = Tail{P50: waits.quantile(0.5), P90: waits.quantile(0.9), P95: waits.quantile(0.95), P99: waits.quantile(0.99)}
	if waits.count > 0 {
		longest := seconds(waits.max)
		l.Tail.Max = &longest
	}
	return l
}

// courses averages the kinds of day that were measured.
func (r *run) courses() []Course {
	var out []Course
	for kind, name := range []string{kindWeekday: "weekday", kindSaturday: "saturday", kindSunday: "sunday"} {
		first := kind * r.intervals()
		c := Course{Name: name}
		measured := routing.Millis(0)
		for i := range r.intervals() {
			c.Intervals = append(c.Intervals, r.interval(first+i, i))
			measured += r.daySpan[first+i]
		}
		if measured > 0 {
			out = append(out, c)
		}
	}
	return out
}

// interval averages interval i of its day, counted as place.
func (r *run) interval(place, i int) Interval {
	var sum cell
	for t := range r.days[place] {
		c := &r.days[place][t]
		sum.offered += c.offered - c.turnedAway
		sum.answered += c.answered
		sum.answeredIn += c.answeredIn
		sum.abandoned += c.abandoned
		sum.answeredWait += c.answeredWait
	}
	minute := i * int(r.sc.interval)
	// How often the interval was measured.
	times := float64(r.daySpan[place]) / float64(routing.Millis(r.sc.interval)*60_000)
	perDay := func(n int64) float64 {
		if times == 0 {
			return 0
		}
		return float64(n) / times
	}
	return Interval{
		From:    time.Date(2000, 1, 1, 0, minute, 0, 0, time.UTC).Format("15:04"),
		Offered: perDay(sum.offered), Answered: perDay(sum.answered), Abandoned: perDay(sum.abandoned),
		ServiceLevel: Share{float64(sum.answeredIn), float64(sum.offered)},
		ASASeconds:   Share{seconds(sum.answeredWait), float64(sum.answered)},
		Present:      Share{float64(r.dayStaff[place].present), float64(r.daySpan[place])},
		Busy:         Share{float64(r.dayStaff[place].busy), float64(r.daySpan[place])},
	}
}
