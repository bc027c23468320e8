package routing

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/trunkline-cc/trunkline/routing/hours"
)

// ErrInvalid marks a configuration that cannot be applied.
var ErrInvalid = errors.New("configuration is not valid")

// MaxIDBytes is the longest id or name.
const MaxIDBytes = 128

// maxDelays is how many different delays the profiles may have for one queue.
const maxDelays = 32

// Problems lists everything wrong with a configuration, each line beginning
// with the path of the field. It matches [ErrInvalid].
type Problems []string

// Error joins the problems, one a line.
func (p Problems) Error() string { return strings.Join(p, "\n") }

// Is makes errors.Is(err, ErrInvalid) true.
func (p Problems) Is(target error) bool { return target == ErrInvalid }

// checker collects problems of a configuration.
type checker struct {
	cfg      *Config
	problems Problems
	skills   map[SkillID]bool
	breaks   map[string]bool
	hours    map[string]bool
	queues   map[QueueID]bool
	profiles map[ProfileID]bool
	agents   map[AgentID]bool
	anybody  bool
}

func (k *checker) add(path, format string, args ...any) {
	k.problems = append(k.problems, path+": "+fmt.Sprintf(format, args...))
}

// Validate checks the configuration as a whole. Its error is [Problems] with
// every fault found; overflow that could go round in circles is one.
func (c *Config) Validate() error { return c.validate(false) }

// validate lets a configuration name people who are not listed, if anybody is
// set.
func (c *Config) validate(anybody bool) error {
	k := &checker{cfg: c, anybody: anybody}
	k.skills = collect(k, "skills", c.Skills, func(i int) SkillID { return c.Skills[i] })
	k.breaks = collect(k, "break_reasons", c.BreakReasons, func(i int) string { return c.BreakReasons[i] })
	k.hours = collect(k, "hours", c.Hours, func(i int) string { return c.Hours[i].Name })
	k.queues = collect(k, "queues", c.Queues, func(i int) QueueID { return c.Queues[i].ID })
	k.profiles = collect(k, "profiles", c.Profiles, func(i int) ProfileID { return c.Profiles[i].ID })
	k.agents = collect(k, "agents", c.Agents, func(i int) AgentID { return c.Agents[i].ID })
	for i := range c.Hours {
		if _, err := c.Hours[i].Compile(); err != nil {
			for line := range strings.Lines(err.Error()) {
				line = strings.TrimPrefix(strings.TrimSuffix(line, "\n"), hours.ErrInvalid.Error()+": ")
				k.problems = append(k.problems, fmt.Sprintf("hours[%d].%s", i, line))
			}
		}
	}
	for i := range c.Queues {
		k.queue(fmt.Sprintf("queues[%d]", i), &c.Queues[i])
	}
	k.direct()
	k.profileList()
	for i := range c.Agents {
		k.agent(fmt.Sprintf("agents[%d]", i), &c.Agents[i])
	}
	if c.DirectPriority > maxQueuePriority {
		k.add("direct_priority", "got %d, want 1..%d", c.DirectPriority, maxQueuePriority)
	}
	for i, p := range c.Presence {
		if int(p) >= len(presenceNames) {
			k.add(fmt.Sprintf("presence[%d]", i), "unknown presence %d", p)
		}
	}
	k.target("removed_queue", c.RemovedQueue)
	if len(k.problems) == 0 {
		k.cycles()
	}
	if len(k.problems) > 0 {
		return k.problems
	}
	return nil
}

// collect gathers the names of a list, reporting empty, long and repeated ones.
func collect[T any, ID ~string](k *checker, path string, list []T, id func(i int) ID) map[ID]bool {
	seen := make(map[ID]bool, len(list))
	for i := range list {
		name := id(i)
		switch where := fmt.Sprintf("%s[%d]", path, i); {
		case name == "" || len(name) > MaxIDBytes:
			k.add(where, "name of %d bytes, want 1..%d", len(name), MaxIDBytes)
		case seen[name]:
			k.add(where, "%q is there twice", name)
		}
		seen[name] = true
	}
	return seen
}

func (k *checker) knows(id AgentID) bool { return k.anybody || k.agents[id] }

func (k *checker) millis(path string, v Millis) {
	if v < 0 || v > MaxMillis {
		k.add(path, "got %d ms, want 0..%d", v, int64(MaxMillis))
	}
}

func (k *checker) queue(path string, q *Queue) {
	if problem := checkRequirement(&q.Require, k.skills); problem != "" {
		k.add(path+".require", "%s", problem)
	}
	if len(q.Plan.Preferred) > 0 || q.Plan.GraceMillis != 0 {
		k.add(path+".plan", "preferred agents belong to a contact, not to a queue")
	}
	if problem := checkSteps(q.Plan.Steps, k.skills, k.knows); problem != "" {
		k.add(path+".plan", "%s", problem)
	}
	k.line(path, q)
	if int(q.Order) >= len(contactOrderNames) {
		k.add(path+".order", "unknown order %d", q.Order)
	}
	if int(q.Agents) >= len(agentOrderNames) {
		k.add(path+".agents", "unknown order %d", q.Agents)
	}
	k.millis(path+".starvation_guard_ms", q.StarvationGuardMillis)
	if q.AgingMillis < 0 || q.AgingMillis > maxAgingMillis {
		k.add(path+".aging_ms", "got %d ms, want 1..%d", q.AgingMillis, maxAgingMillis)
	}
	if q.StarvationGuardMillis > 0 && q.Order != OrderStrict {
		k.add(path+".starvation_guard_ms", "only strict order needs a guard")
	}
	if q.MaxEstimateMillis > 0 && q.Overflow.Estimate.Kind == TargetNone {
		k.add(path+".overflow.estimate", "missing: max_estimate_ms is set")
	}
}

// line checks what queues and direct contacts have in common.
func (k *checker) line(path string, q *Queue) {
	k.millis(path+".offer_timeout_ms", q.OfferTimeoutMillis)
	k.millis(path+".decline_memory_ms", q.DeclineMemoryMillis)
	k.millis(path+".wrap_up_limit_ms", q.WrapUpLimitMillis)
	k.millis(path+".max_wait_ms", q.MaxWaitMillis)
	k.millis(path+".max_estimate_ms", q.MaxEstimateMillis)
	k.millis(path+".service_level_ms", q.ServiceLevelMillis)
	k.millis(path+".announce_every_ms", q.AnnounceEveryMillis)
	k.after(path+".on_timeout", q.OnTimeout)
	k.after(path+".on_decline", q.OnDecline)
	k.after(path+".on_failure", q.OnFailure)
	if q.DeclineMemoryCap > 64 {
		k.add(path+".decline_memory_cap", "got %d, want 1..64", q.DeclineMemoryCap)
	}
	if int(q.WrapUp) >= len(wrapUpModeNames) {
		k.add(path+".wrap_up", "unknown mode %d", q.WrapUp)
	}
	if q.WrapUp == WrapUpTimed && q.WrapUpLimitMillis == 0 {
		k.add(path+".wrap_up_limit_ms", "missing: a timed wrap-up needs a limit")
	}
	if q.Hours != "" && !k.hours[q.Hours] {
		k.add(path+".hours", "unknown hours %q", q.Hours)
	}
	if q.MaxLength < 0 {
		k.add(path+".max_length", "got %d, want 0 or more", q.MaxLength)
	}
	o := &q.Overflow
	k.target(path+".overflow.closed", o.Closed)
	k.target(path+".overflow.no_agents", o.NoAgents)
	k.target(path+".overflow.full", o.Full)
	k.target(path+".overflow.estimate", o.Estimate)
	k.target(path+".overflow.wait", o.Wait)
	if q.Hours != "" && o.Closed.Kind == TargetNone {
		k.add(path+".overflow.closed", "missing: the queue has hours")
	}
	if q.MaxLength > 0 && o.Full.Kind == TargetNone {
		k.add(path+".overflow.full", "missing: max_length is set")
	}
	if q.MaxWaitMillis > 0 && o.Wait.Kind == TargetNone {
		k.add(path+".overflow.wait", "missing: max_wait_ms is set")
	}
}

func (k *checker) direct() {
	q := &k.cfg.Direct
	if q.ID != "" || q.Require.Op != OpNone || len(q.Plan.Steps) > 0 || len(q.Plan.Preferred) > 0 || q.MaxEstimateMillis != 0 || q.KeepGrace {
		k.add("direct", "id, require, plan, max_estimate_ms and keep_grace have no meaning for direct contacts")
	}
	k.queue("direct", q)
}

func (k *checker) after(path string, a AfterOffer) {
	switch {
	case int(a.Status) >= len(statusNames):
		k.add(path, "unknown status %d", a.Status)
	case a.Status == StatusBreak && !k.breaks[a.BreakReason]:
		k.add(path, "unknown break reason %q", a.BreakReason)
	case a.Status != StatusBreak && a.BreakReason != "":
		k.add(path, "a break reason with status %s", a.Status)
	}
}

func (k *checker) target(path string, t Target) {
	switch {
	case int(t.Kind) >= len(targetKindNames):
		k.add(path, "unknown kind %d", t.Kind)
	case len(t.To) > MaxIDBytes:
		k.add(path, "name of %d bytes, want at most %d", len(t.To), MaxIDBytes)
	case t.Kind == TargetQueue && !k.queues[QueueID(t.To)]:
		k.add(path, "unknown queue %q", t.To)
	case t.Kind == TargetPerson && !k.knows(AgentID(t.To)):
		k.add(path, "unknown agent %q", t.To)
	}
}

func (k *checker) profileList() {
	delays := map[QueueID][]Millis{}
	for i := range k.cfg.Profiles {
		path := fmt.Sprintf("profiles[%d]", i)
		p := &k.cfg.Profiles[i]
		seen := map[QueueID]bool{}
		for j, pq := range p.Queues {
			where := fmt.Sprintf("%s.queues[%d]", path, j)
			switch {
			case !k.queues[pq.Queue]:
				k.add(where, "unknown queue %q", pq.Queue)
			case seen[pq.Queue]:
				k.add(where, "queue %q is there twice", pq.Queue)
			case pq.Priority > maxQueuePriority:
				k.add(where+".priority", "got %d, want 1..%d", pq.Priority, maxQueuePriority)
			}
			seen[pq.Queue] = true
			k.millis(where+".delay_ms", pq.DelayMillis)
			if d := delays[pq.Queue]; pq.DelayMillis > 0 && !slices.Contains(d, pq.DelayMillis) {
				if delays[pq.Queue] = append(d, pq.DelayMillis); len(d) == maxDelays {
					k.add(where+".delay_ms", "queue %q has more than %d different delays", pq.Queue, maxDelays)
				}
			}
		}
		k.capacity(path, p)
	}
}

func (k *checker) capacity(path string, p *Profile) {
	seen := map[Channel]bool{}
	for j := range p.Capacity {
		c, where := &p.Capacity[j], fmt.Sprintf("%s.capacity[%d]", path, j)
		if int(c.Channel) >= numChannels || seen[c.Channel] {
			k.add(where+".channel", "%s is unknown or there twice", c.Channel)
		}
		seen[c.Channel] = true
		if c.Max < 1 || c.Max > MaxCapacity {
			k.add(where+".max", "got %d, want 1..%d", c.Max, MaxCapacity)
		}
		for _, other := range c.Beside {
			if int(other) >= numChannels || other == c.Channel {
				k.add(where+".beside", "%s is unknown or the channel itself", other)
			}
		}
	}
	if p.MaxTotal < 0 || p.MaxTotal > MaxCapacity*numChannels {
		k.add(path+".max_total", "got %d, want 0..%d", p.MaxTotal, MaxCapacity*numChannels)
	}
}

func (k *checker) agent(path string, a *Agent) {
	if !k.profiles[a.Profile] {
		k.add(path+".profile", "unknown profile %q", a.Profile)
	}
	for j, sl := range a.Skills {
		where := fmt.Sprintf("%s.skills[%d]", path, j)
		if !k.skills[sl.Skill] {
			k.add(where, "unknown skill %q", sl.Skill)
		}
		if sl.Level < 1 || sl.Level > MaxLevel {
			k.add(where+".level", "got %d, want 1..%d", sl.Level, MaxLevel)
		}
		for _, before := range a.Skills[:j] {
			if before.Skill == sl.Skill {
				k.add(where, "skill %q is there twice", sl.Skill)
				break
			}
		}
	}
}
