package routing

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/trunkline-cc/trunkline/routing/hours"
)

// queue is a compiled Queue, its defaults filled in, with what is counted of
// it.
type queue struct {
	Queue
	need     int32 // Require
	plan     int32
	delays   []Millis // those of the profiles that serve it, ascending, without 0
	staffed  int      // signed-in agents whose profile serves it
	waiting  int
	est      estimator // plain
	ranked   bool
	ranks    ranks
	schedule *hours.Schedule // nil: always open
	// The answer of the schedule for openFrom <= now < openUntil.
	open                bool
	openFrom, openUntil Time
	turns               bool // closing sends waiting contacts away
	turnsAt             Time
}

// The defaults of a Queue.
const (
	defaultAgingMillis         = 60_000
	defaultOfferTimeoutMillis  = 20_000
	defaultDeclineMemoryMillis = 60_000
	defaultDeclineMemoryCap    = 8
	defaultServiceLevelMillis  = 20_000
)

// WithDefaults returns the queue with every default in place of its zero.
func (q Queue) WithDefaults() Queue {
	q.AgingMillis = cmp.Or(q.AgingMillis, defaultAgingMillis)
	q.OfferTimeoutMillis = cmp.Or(q.OfferTimeoutMillis, defaultOfferTimeoutMillis)
	q.OnTimeout.Status = cmp.Or(q.OnTimeout.Status, StatusNotResponding)
	q.OnDecline.Status = cmp.Or(q.OnDecline.Status, StatusAvailable)
	q.OnFailure.Status = cmp.Or(q.OnFailure.Status, StatusAvailable)
	q.DeclineMemoryMillis = cmp.Or(q.DeclineMemoryMillis, defaultDeclineMemoryMillis)
	q.DeclineMemoryCap = cmp.Or(q.DeclineMemoryCap, defaultDeclineMemoryCap)
	q.ServiceLevelMillis = cmp.Or(q.ServiceLevelMillis, defaultServiceLevelMillis)
	return q
}

// WithDefaults returns the profile with every default in place of its zero.
// The lists are new.
func (p Profile) WithDefaults() Profile {
	p.Queues = slices.Clone(p.Queues)
	for i := range p.Queues {
		p.Queues[i].Priority = cmp.Or(p.Queues[i].Priority, 1)
	}
	p.Capacity = slices.Clone(p.Capacity)
	if len(p.Capacity) == 0 {
		p.Capacity = []ChannelCapacity{{Channel: ChannelVoice, Max: 1}}
	}
	return p
}

// adopt compiles a valid configuration, all but its agents, and takes it over.
// What is counted of queues starts anew; their estimators stay.
func (s *State) adopt(cfg Config) error {
	schedules := map[string]*hours.Schedule{}
	for i := range cfg.Hours {
		schedule, err := cfg.Hours[i].Compile()
		if err != nil {
			return fmt.Errorf("hours %q: %w", cfg.Hours[i].Name, err)
		}
		schedules[cfg.Hours[i].Name] = schedule
	}
	cfg.DirectPriority = cmp.Or(cfg.DirectPriority, 1)
	if cfg.RemovedQueue.Kind == TargetNone {
		cfg.RemovedQueue = Target{Kind: TargetFlow, To: removedLabel}
	}
	old := s.queues
	s.cfg = cfg
	s.skillIDs = number(cfg.Skills)
	s.skillSet = make(map[SkillID]bool, len(cfg.Skills))
	for _, skill := range cfg.Skills {
		s.skillSet[skill] = true
	}
	s.breakIDs = number(cfg.BreakReasons)
	s.queues, s.queueIDs = nil, map[QueueID]int32{}
	for i := -1; i < len(cfg.Queues); i++ {
		q := cfg.Direct
		if i >= 0 {
			q = cfg.Queues[i]
			s.queueIDs[q.ID] = int32(i + 1)
		}
		compiled := queue{Queue: q.WithDefaults(), schedule: schedules[q.Hours]}
		compiled.turns = compiled.schedule != nil && q.Overflow.WaitingToo && q.Overflow.Closed.Kind != TargetNone
		compiled.ranked = q.AnnounceEveryMillis > 0 || q.MaxEstimateMillis > 0
		for o := range old {
			if old[o].ID == q.ID {
				compiled.est = old[o].est
			}
		}
		s.queues = append(s.queues, compiled)
	}
	s.adoptProfiles()
	s.offerable = [len(presenceNames)]bool{}
	if len(cfg.Presence) == 0 {
		s.offerable[PresenceUnknown], s.offerable[PresenceAvailable] = true, true
	}
	for _, p := range cfg.Presence {
		s.offerable[p] = true
	}
	for i := range s.queues {
		if q := &s.queues[i]; q.turns {
			q.turnsAt = s.nextTurn(q)
		}
	}
	s.setHoursDue()
	return nil
}

// number gives each of a list of names its place.
func number[T ~string](names []T) map[T]int32 {
	ids := make(map[T]int32, len(names))
	for i, name := range names {
		ids[name] = int32(i)
	}
	return ids
}

func (s *State) adoptProfiles() {
	s.profiles, s.profileIDs = nil, map[ProfileID]int32{}
	for i := range s.cfg.Profiles {
		for _, pq := range s.cfg.Profiles[i].Queues {
			if q := &s.queues[s.queueIDs[pq.Queue]]; pq.DelayMillis > 0 && !slices.Contains(q.delays, pq.DelayMillis) {
				q.delays = append(q.delays, pq.DelayMillis)
			}
		}
	}
	for i := range s.queues {
		slices.Sort(s.queues[i].delays)
	}
	for i := range s.cfg.Profiles {
		src := s.cfg.Profiles[i].WithDefaults()
		p := profile{id: src.ID, maxTotal: int32(src.MaxTotal), even: true}
		p.priority, p.delay = make([]uint8, len(s.queues)), make([]uint8, len(s.queues))
		for _, pq := range src.Queues {
			q := s.queueIDs[pq.Queue]
			p.priority[q] = pq.Priority
			p.delay[q] = uint8(slices.Index(s.queues[q].delays, pq.DelayMillis) + 1)
			p.served = append(p.served, q)
			p.even = p.even && pq.Priority == s.cfg.DirectPriority
		}
		for _, c := range src.Capacity {
			p.capacity[c.Channel] = uint8(c.Max)
			p.takes |= 1 << c.Channel
			for _, other := range c.Beside {
				p.beside[c.Channel] |= 1 << other
			}
		}
		s.profileIDs[p.id] = int32(i)
		s.profiles = append(s.profiles, p)
	}
}

// clone copies a configuration deeply.
func (c *Config) clone() Config {
	d := *c
	d.Skills = slices.Clone(c.Skills)
	d.BreakReasons = slices.Clone(c.BreakReasons)
	d.Presence = slices.Clone(c.Presence)
	d.Hours = slices.Clone(c.Hours)
	d.Queues = slices.Clone(c.Queues)
	for i := range d.Queues {
		d.Queues[i] = d.Queues[i].clone()
	}
	d.Direct = d.Direct.clone()
	d.Profiles = slices.Clone(c.Profiles)
	for i := range d.Profiles {
		p := &d.Profiles[i]
		p.Queues, p.Capacity = slices.Clone(p.Queues), slices.Clone(p.Capacity)
		for j := range p.Capacity {
			p.Capacity[j].Beside = slices.Clone(p.Capacity[j].Beside)
		}
	}
	d.Agents = slices.Clone(c.Agents)
	for i := range d.Agents {
		d.Agents[i].Skills = slices.Clone(d.Agents[i].Skills)
	}
	return d
}

func (q Queue) clone() Queue {
	q.Require = cloneRequirement(&q.Require)
	q.Plan.Preferred = slices.Clone(q.Plan.Preferred)
	q.Plan.Steps = slices.Clone(q.Plan.Steps)
	for i := range q.Plan.Steps {
		st := &q.Plan.Steps[i]
		st.Require, st.People = cloneRequirement(&st.Require), slices.Clone(st.People)
	}
	return q
}
