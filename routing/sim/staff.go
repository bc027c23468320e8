package sim

import (
	"fmt"
	"math"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/erlang"
)

// StaffGoal is what [Staff] plans for.
type StaffGoal struct {
	// ServiceLevel is the share of contacts to be answered within the target:
	// 0 to below 1. Default 0.8.
	ServiceLevel float64
	// TargetSeconds is the target. Default: each queue's own; for one pooled
	// team the shortest of them.
	TargetSeconds float64
	// MaxOccupancy limits how much of their time agents are at work: above 0,
	// at most 1. Default 0: no limit.
	MaxOccupancy float64
	// Shrinkage is the share of paid time in which agents are not there, for
	// breaks, training and leave: 0 to below 1. Default 0.
	Shrinkage float64
}

// StaffInterval suggests agents for one interval of a week.
type StaffInterval struct {
	Day  string `json:"day"`  // monday..sunday
	From string `json:"from"` // local clock, HH:MM
	// Contacts are expected in the interval; Erlangs is the work they bring.
	Contacts float64 `json:"contacts"`
	Erlangs  float64 `json:"erlangs"`
	// Pooled agents reach the goal if every agent can do everything; Separate
	// if each type has agents of its own. Where agents have two skills or more
	// the number needed is close to Pooled.
	Pooled   int `json:"pooled"`
	Separate int `json:"separate"`
	// Scheduled is Pooled with the shrinkage added.
	Scheduled int `json:"scheduled"`
	// Figures that Pooled agents reach.
	ServiceLevel       *float64 `json:"service_level"`
	ASASeconds         *float64 `json:"asa_s"`
	AbandonProbability *float64 `json:"abandon_rate"`
	Occupancy          *float64 `json:"occupancy"`
}

// Staff suggests how many agents each interval of a week needs to reach a
// goal: Erlang A with the means of handling and patience, Erlang C for types
// whose customers never give up. Intervals are taken by themselves, as if each
// were in its steady state, which is right where contacts are short beside the
// interval. Days with the same rates give the same rows. Its error joins
// [ErrInvalid] faults.
func Staff(cfg *routing.Config, w *Workload, goal StaffGoal) ([]StaffInterval, error) {
	sc, err := compile(cfg, w, Options{Duration: time.Hour})
	if err != nil {
		return nil, err
	}
	var found faults
	if goal.ServiceLevel == 0 {
		goal.ServiceLevel = 0.8
	}
	if !(goal.ServiceLevel > 0 && goal.ServiceLevel < 1) {
		found.add("service level", "%v: expected a share above 0 and below 1", goal.ServiceLevel)
	}
	if !(goal.TargetSeconds >= 0 && goal.TargetSeconds <= maxSeconds) {
		found.add("target", "%v: expected seconds, 0 to %d", goal.TargetSeconds, int64(maxSeconds))
	}
	if !(goal.MaxOccupancy >= 0 && goal.MaxOccupancy <= 1) {
		found.add("maximum occupancy", "%v: expected a share, 0 to 1", goal.MaxOccupancy)
	}
	if !(goal.Shrinkage >= 0 && goal.Shrinkage < 1) {
		found.add("shrinkage", "%v: expected a share, 0 to below 1", goal.Shrinkage)
	}
	if err := found.err(); err != nil {
		return nil, err
	}
	var plan []StaffInterval
	for i := range 7 {
		day := (time.Monday + time.Weekday(i)) % 7
		for minute := clock(0); minute < minutesPerDay; minute += sc.interval {
			row, err := sc.staffInterval(day, minute, goal)
			if err != nil {
				return nil, fmt.Errorf("%w: %s %02d:%02d: %w", ErrInvalid, day, minute/60, minute%60, err)
			}
			plan = append(plan, row)
		}
	}
	return plan, nil
}

// staffInterval plans one interval of a day of the week.
func (sc *scenario) staffInterval(day time.Weekday, minute clock, goal StaffGoal) (StaffInterval, error) {
	row := StaffInterval{Day: dayLabels[day], From: fmt.Sprintf("%02d:%02d", minute/60, minute%60)}
	var whole demand
	for i := range sc.types {
		d := sc.demand(i, day, minute)
		if d.contacts == 0 {
			continue
		}
		whole.plus(d)
		agents, _, err := d.agents(sc.interval, goal)
		if err != nil {
			return row, err
		}
		row.Separate += agents
	}
	if whole.contacts == 0 {
		return row, nil
	}
	agents, f, err := whole.agents(sc.interval, goal)
	if err != nil {
		return row, err
	}
	row.Contacts, row.Erlangs = whole.contacts, whole.work/float64(int(sc.interval)*60)
	row.Pooled, row.Scheduled = agents, int(math.Ceil(float64(agents)/(1-goal.Shrinkage)-1e-9))
	row.ServiceLevel, row.ASASeconds, row.AbandonProbability, row.Occupancy = f.ServiceLevel, f.ASASeconds, f.AbandonProbability, f.Occupancy
	return row, nil
}

var dayLabels = [7]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}

// demand is what some types bring in one interval.
type demand struct {
	contacts float64
	work     float64 // seconds
	patience float64 // seconds times contacts
	patient  bool    // some never give up
	target   float64
}

// demand returns what a type brings.
func (sc *scenario) demand(i int, day time.Weekday, minute clock) demand {
	t := &sc.types[i]
	contacts := t.PerHour * float64(sc.interval) / 60
	if t.PerHour == 0 {
		from, _ := parseClock(cmpOr(t.Rates.From, "00:00"))
		rates := t.Rates.on(day)
		if place := int((minute - from) / sc.interval); minute >= from && place < len(rates) {
			contacts = rates[place]
		}
	}
	if contacts == 0 {
		return demand{}
	}
	aht := t.Handle.Mean()
	if rules := &sc.rules[i]; t.WrapUp != nil && (rules.wrapUp == routing.WrapUpTimed || rules.wrapUp == routing.WrapUpForced) {
		aht += t.WrapUp.Mean()
	}
	d := demand{contacts: contacts, work: contacts * aht, patient: t.Patience == nil, target: seconds(sc.rules[i].target)}
	if t.Patience != nil {
		d.patience = contacts * t.Patience.Mean()
	}
	return d
}

func (d *demand) plus(o demand) {
	if d.contacts == 0 {
		d.target = o.target
	}
	d.contacts += o.contacts
	d.work += o.work
	d.patience += o.patience
	d.patient = d.patient || o.patient
	d.target = math.Min(d.target, o.target)
}

// agents returns the least number that reaches the goal.
func (d *demand) agents(interval clock, goal StaffGoal) (int, erlang.Figures, error) {
	model, in := erlang.ModelC, erlang.Demand{
		ArrivalsPerSecond: d.contacts / float64(int(interval)*60),
		HandleSeconds:     math.Max(d.work/d.contacts, 1e-3), // the resolution of time here
	}
	if !d.patient && d.patience > 0 {
		model, in.PatienceSeconds = erlang.ModelA, d.patience/d.contacts
	}
	want := erlang.Goal{ServiceLevel: &goal.ServiceLevel, TargetSeconds: d.target}
	if goal.TargetSeconds > 0 {
		want.TargetSeconds = goal.TargetSeconds
	}
	if goal.MaxOccupancy > 0 && goal.MaxOccupancy < 1 {
		want.Occupancy = &goal.MaxOccupancy
	}
	return erlang.Agents(model, in, want)
}
