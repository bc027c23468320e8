package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// shift is a Shift ready to use.
type shift struct {
	days     weekdays
	from, to clock // to may lie on the next day
	pauses   []pause
}

type pause struct {
	at     clock
	millis routing.Millis
}

// rosterEvent changes what an agent should be doing.
type rosterEvent struct {
	at     routing.Time
	agent  int32
	change rosterChange
}

type rosterChange uint8

// In the order in which changes of one instant are made: what ends comes
// first.
const (
	outageEnds rosterChange = iota
	shiftEnds
	pauseEnds
	shiftBegins
	pauseBegins
	outageBegins
)

// afterRunDays is how many days of shifts are planned beyond the measured
// span, in which what is still waiting may be served.
const afterRunDays = 2

func (sc *scenario) compileCrews(found *faults) {
	sc.crews = []crew{{speed: 1, always: true}} // those whom no crew names
	byProfile := map[routing.ProfileID]int32{}
	byAgent := map[routing.AgentID]int32{}
	for i := range sc.workload.Crews {
		c := &sc.workload.Crews[i]
		path := fmt.Sprintf("crews[%d]", i)
		index := int32(len(sc.crews))
		sc.crews = append(sc.crews, compileCrew(path, c, found))
		if c.Profile == "" && len(c.Agents) == 0 {
			found.add(path, "names neither agents nor a profile")
		}
		if c.Profile != "" {
			if !slices.ContainsFunc(sc.cfg.Profiles, func(p routing.Profile) bool { return p.ID == c.Profile }) {
				found.add(path+".profile", "%q is no profile of the configuration", c.Profile)
			}
			if _, twice := byProfile[c.Profile]; twice {
				found.add(path+".profile", "%q has a crew already", c.Profile)
			}
			byProfile[c.Profile] = index
		}
		for j, id := range c.Agents {
			if !slices.ContainsFunc(sc.cfg.Agents, func(a routing.Agent) bool { return a.ID == id }) {
				found.add(fmt.Sprintf("%s.agents[%d]", path, j), "%q is no agent of the configuration", id)
			}
			if _, twice := byAgent[id]; twice {
				found.add(fmt.Sprintf("%s.agents[%d]", path, j), "%q has a crew already", id)
			}
			byAgent[id] = index
		}
	}
	groups := map[string]int32{}
	for i := range sc.cfg.Agents {
		a := &sc.cfg.Agents[i]
		c, named := byAgent[a.ID]
		if !named {
			c = byProfile[a.Profile]
		}
		equal := fmt.Sprint(c, a.Profile, a.Skills, a.Rank)
		group, known := groups[equal]
		if !known {
			group = int32(len(groups))
			groups[equal] = group
		}
		sc.agents = append(sc.agents, agentPlan{id: a.ID, crew: c, group: group})
	}
}

func compileCrew(path string, c *Crew, found *faults) crew {
	own := crew{speed: c.Speed, decline: c.DeclineShare, miss: c.MissShare, always: len(c.Shifts) == 0}
	if own.speed == 0 {
		own.speed = 1
	}
	if !(own.speed >= 0.1 && own.speed <= 10) {
		found.add(path+".speed", "%v: expected 0.1 to 10", c.Speed)
	}
	if !(own.decline >= 0 && own.miss >= 0 && own.decline+own.miss <= 1) {
		found.add(path, "decline_share %v and miss_share %v: expected 0 or above, together at most 1", own.decline, own.miss)
	}
	if !(c.ReturnSeconds >= 0 && c.ReturnSeconds <= maxSeconds) {
		found.add(path+".return_s", "%v: expected seconds, 0 to %d", c.ReturnSeconds, int64(maxSeconds))
	}
	own.returnMillis = routing.Millis(c.ReturnSeconds * 1000)
	if own.returnMillis == 0 {
		own.returnMillis = 60_000
	}
	if c.Answer != nil {
		before := len(*found)
		if c.Answer.check(path+".answer", found); len(*found) == before {
			s := c.Answer.sampler()
			own.answer = &s
		}
	}
	own.deliberate = own.answer != nil || own.decline > 0 || own.miss > 0
	for i := range c.Shifts {
		own.shifts = append(own.shifts, compileShift(fmt.Sprintf("%s.shifts[%d]", path, i), &c.Shifts[i], found))
	}
	return own
}

func compileShift(path string, s *Shift, found *faults) shift {
	own := shift{days: parseDays(path+".days", s.Days, found)}
	var ok1, ok2 bool
	own.from, ok1 = parseClock(s.From)
	own.to, ok2 = parseClock(s.To)
	if !ok1 || !ok2 || own.from == minutesPerDay || own.from == own.to {
		found.add(path, "from %q to %q: expected HH:MM, two different times of day", s.From, s.To)
	}
	if own.to <= own.from {
		own.to += minutesPerDay
	}
	for i, p := range s.Breaks {
		where := fmt.Sprintf("%s.breaks[%d]", path, i)
		at, ok := parseClock(p.At)
		if at < own.from {
			at += minutesPerDay
		}
		if !ok || at <= own.from || at >= own.to {
			found.add(where+".at", "%q: expected HH:MM within the shift", p.At)
		}
		if !(p.Minutes > 0 && p.Minutes <= minutesPerDay) {
			found.add(where+".minutes", "%v: expected more than 0, at most a day", p.Minutes)
		}
		own.pauses = append(own.pauses, pause{at, routing.Millis(p.Minutes * 60_000)})
	}
	return own
}

// compileRoster plans all that agents are to do, in order of time.
func (sc *scenario) compileRoster(found *faults) {
	first := midnight(time.UnixMilli(int64(sc.start)).In(sc.loc), -1)
	last := midnight(time.UnixMilli(int64(sc.until)).In(sc.loc), afterRunDays)
	if days, agents := last.Sub(first).Hours()/24, float64(len(sc.agents)); days*agents*float64(sc.eventsPerDay()) > maxRoster {
		found.add("crews", "the shifts of %d agents over %.0f days are more than %d changes: simulate fewer days", len(sc.agents), days, int64(maxRoster))
		return
	}
	plans := make([][]rosterEvent, len(sc.crews))
	for i := range sc.crews {
		if sc.crews[i].always {
			plans[i] = []rosterEvent{{at: sc.start, change: shiftBegins}}
			continue
		}
		for day := first; day.Before(last); day = day.AddDate(0, 0, 1) {
			plans[i] = sc.crews[i].day(plans[i], day)
		}
	}
	for i := range sc.agents {
		for _, e := range plans[sc.agents[i].crew] {
			e.agent, e.at = int32(i), max(e.at, sc.start)
			sc.roster = append(sc.roster, e)
		}
	}
	sc.compileOutages(found)
	slices.SortStableFunc(sc.roster, func(a, b rosterEvent) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.change, b.change))
	})
}

// maxRoster bounds what a roster holds, some hundred megabytes.
const maxRoster = 10_000_000

// eventsPerDay is how much the busiest crew changes in a day.
func (sc *scenario) eventsPerDay() int {
	most := 0
	for i := range sc.crews {
		events := 0
		for _, s := range sc.crews[i].shifts {
			events += 2 + 2*len(s.pauses)
		}
		most = max(most, events)
	}
	return most
}

// day appends what a crew does in the shifts that begin on a day.
func (c *crew) day(plan []rosterEvent, day time.Time) []rosterEvent {
	for _, s := range c.shifts {
		if !s.days.has(day.Weekday()) {
			continue
		}
		end := s.to.on(day)
		plan = append(plan, rosterEvent{at: s.from.on(day), change: shiftBegins}, rosterEvent{at: end, change: shiftEnds})
		for _, p := range s.pauses {
			at := p.at.on(day)
			plan = append(plan, rosterEvent{at: at, change: pauseBegins}, rosterEvent{at: min(end, at.Add(p.millis)), change: pauseEnds})
		}
	}
	return plan
}

func (sc *scenario) compileOutages(found *faults) {
	for i, o := range sc.workload.Outages {
		path := fmt.Sprintf("outages[%d]", i)
		share := o.Share
		if share == 0 {
			share = 1
		}
		if !(share > 0 && share <= 1) {
			found.add(path+".share", "%v: expected more than 0, at most 1", o.Share)
			continue
		}
		if !(o.FromHours >= 0 && o.Hours > 0 && o.FromHours+o.Hours <= maxRun.Hours()) {
			found.add(path, "from hour %v for %v hours: expected a span after the start", o.FromHours, o.Hours)
			continue
		}
		var hit []int32
		for a := range sc.cfg.Agents {
			if o.Profile == "" || sc.cfg.Agents[a].Profile == o.Profile {
				hit = append(hit, int32(a))
			}
		}
		if len(hit) == 0 {
			found.add(path+".profile", "%q has no agents", o.Profile)
		}
		from := sc.start.Add(routing.Millis(o.FromHours * hourMillis))
		for _, a := range hit[:int(math.Ceil(share*float64(len(hit))))] {
			sc.roster = append(sc.roster,
				rosterEvent{at: from, agent: a, change: outageBegins},
				rosterEvent{at: from.Add(routing.Millis(o.Hours * hourMillis)), agent: a, change: outageEnds})
		}
	}
}

// duty is what the roster wants of an agent. Shifts may touch or overlap, so
// they are counted.
type duty struct{ shifts, pauses, outages int8 }

// apply changes a duty.
func (d *duty) apply(change rosterChange) {
	switch change {
	case outageEnds:
		d.outages--
	case outageBegins:
		d.outages++
	case shiftBegins:
		d.shifts++
	case shiftEnds:
		d.shifts--
	case pauseBegins:
		d.pauses++
	case pauseEnds:
		d.pauses--
	}
}

// wants returns the status that the duty asks for.
func (d *duty) wants() routing.Status {
	switch {
	case d.shifts <= 0 || d.outages > 0:
		return routing.StatusOffline
	case d.pauses > 0:
		return routing.StatusBreak
	default:
		return routing.StatusAvailable
	}
}

// groupName describes the agents of a group of equals for people.
func (sc *scenario) groupName(a *routing.Agent) string {
	var b strings.Builder
	b.WriteString(string(a.Profile))
	for _, s := range a.Skills {
		fmt.Fprintf(&b, " %s:%d", s.Skill, s.Level)
	}
	return b.String()
}
