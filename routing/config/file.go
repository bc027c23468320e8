package config

import (
	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/hours"
)

// The YAML document, field for field. It is kept apart from routing.Config
// because the core knows no YAML, and because people write 20s and spanish>=3
// where the core has milliseconds and trees.
type file struct {
	Version        uint64       `yaml:"version"`
	Skills         []string     `yaml:"skills"`
	BreakReasons   []string     `yaml:"break_reasons"`
	Hours          []namedHours `yaml:"hours"`
	Queues         []queue      `yaml:"queues"`
	Direct         direct       `yaml:"direct"`
	DirectPriority uint8        `yaml:"direct_priority"`
	Profiles       []profile    `yaml:"profiles"`
	Agents         []agent      `yaml:"agents"`
	Presence       []presence   `yaml:"presence"`
	Idle           idle         `yaml:"idle"`
	RemovedQueue   target       `yaml:"removed_queue"`
}

type namedHours struct {
	Name         string `yaml:"name"`
	hours.Config `yaml:",inline"`
}

type queue struct {
	ID      string      `yaml:"id"`
	Require requirement `yaml:"require"`
	Steps   []step      `yaml:"steps"`
	Aging   millis      `yaml:"aging"`
	Guard   millis      `yaml:"starvation_guard"`
	Limit   millis      `yaml:"max_estimate"`
	Keep    bool        `yaml:"keep_grace"`
	direct  `yaml:",inline"`
}

// direct is what queues and contacts for one person have in common.
type direct struct {
	Order         contactOrder `yaml:"order"`
	Agents        agentOrder   `yaml:"agents"`
	OfferTimeout  millis       `yaml:"offer_timeout"`
	OnTimeout     after        `yaml:"on_timeout"`
	OnDecline     after        `yaml:"on_decline"`
	OnFailure     after        `yaml:"on_failure"`
	DeclineMemory millis       `yaml:"decline_memory"`
	DeclineCap    uint8        `yaml:"decline_memory_cap"`
	WrapUp        wrapUp       `yaml:"wrap_up"`
	WrapUpLimit   millis       `yaml:"wrap_up_limit"`
	Hours         string       `yaml:"hours"`
	MaxLength     int          `yaml:"max_length"`
	MaxWait       millis       `yaml:"max_wait"`
	Overflow      overflow     `yaml:"overflow"`
	ServiceLevel  millis       `yaml:"service_level"`
	AnnounceEvery millis       `yaml:"announce_every"`
}

type overflow struct {
	Closed     target `yaml:"closed"`
	NoAgents   target `yaml:"no_agents"`
	Full       target `yaml:"full"`
	Estimate   target `yaml:"estimate"`
	Wait       target `yaml:"wait"`
	WaitingToo bool   `yaml:"waiting_too"`
}

type step struct {
	Require requirement `yaml:"require"`
	People  []string    `yaml:"people"`
	Until   millis      `yaml:"until"`
}

type profile struct {
	ID       string         `yaml:"id"`
	Queues   []profileQueue `yaml:"queues"`
	Capacity []capacity     `yaml:"capacity"`
	MaxTotal int            `yaml:"max_total"`
}

type profileQueue struct {
	Queue    string `yaml:"queue"`
	Priority uint8  `yaml:"priority"`
	Delay    millis `yaml:"delay"`
}

type capacity struct {
	Channel channel   `yaml:"channel"`
	Max     int       `yaml:"max"`
	Beside  []channel `yaml:"beside"`
}

type agent struct {
	ID      string `yaml:"id"`
	Profile string `yaml:"profile"`
	Skills  skills `yaml:"skills"`
	Rank    uint16 `yaml:"rank"`
}

type idle struct {
	Outbound bool `yaml:"outbound"`
	Declined bool `yaml:"declined"`
	TimedOut bool `yaml:"timed_out"`
	Break    bool `yaml:"break"`
	Presence bool `yaml:"presence"`
}

// list converts a list of names.
func list[T ~string](names []string) []T {
	var out []T
	for _, name := range names {
		out = append(out, T(name))
	}
	return out
}

// config turns the document into a configuration that is not validated yet.
func (f *file) config() *routing.Config {
	c := &routing.Config{
		Version: f.Version, Skills: list[routing.SkillID](f.Skills), BreakReasons: f.BreakReasons,
		DirectPriority: f.DirectPriority, Direct: f.Direct.queue(), RemovedQueue: f.RemovedQueue.v,
		Idle: routing.IdleRules(f.Idle),
	}
	for _, h := range f.Hours {
		c.Hours = append(c.Hours, routing.Hours{Name: h.Name, Config: h.Config})
	}
	for _, p := range f.Presence {
		c.Presence = append(c.Presence, p.v)
	}
	for i := range f.Queues {
		src := &f.Queues[i]
		q := src.queue()
		q.ID, q.Require = routing.QueueID(src.ID), src.Require.v
		q.AgingMillis, q.StarvationGuardMillis, q.MaxEstimateMillis = src.Aging.v, src.Guard.v, src.Limit.v
		q.KeepGrace = src.Keep
		for _, st := range src.Steps {
			q.Plan.Steps = append(q.Plan.Steps, routing.Step{Require: st.Require.v, People: list[routing.AgentID](st.People), UntilMillis: st.Until.v})
		}
		c.Queues = append(c.Queues, q)
	}
	for _, src := range f.Profiles {
		p := routing.Profile{ID: routing.ProfileID(src.ID), MaxTotal: src.MaxTotal}
		for _, q := range src.Queues {
			p.Queues = append(p.Queues, routing.ProfileQueue{Queue: routing.QueueID(q.Queue), Priority: q.Priority, DelayMillis: q.Delay.v})
		}
		for _, cap := range src.Capacity {
			cc := routing.ChannelCapacity{Channel: cap.Channel.v, Max: cap.Max}
			for _, b := range cap.Beside {
				cc.Beside = append(cc.Beside, b.v)
			}
			p.Capacity = append(p.Capacity, cc)
		}
		c.Profiles = append(c.Profiles, p)
	}
	for _, src := range f.Agents {
		c.Agents = append(c.Agents, routing.Agent{ID: routing.AgentID(src.ID), Profile: routing.ProfileID(src.Profile), Skills: src.Skills, Rank: src.Rank})
	}
	return c
}

func (d *direct) queue() routing.Queue {
	return routing.Queue{
		Order: d.Order.v, Agents: d.Agents.v, OfferTimeoutMillis: d.OfferTimeout.v,
		OnTimeout: d.OnTimeout.v, OnDecline: d.OnDecline.v, OnFailure: d.OnFailure.v,
		DeclineMemoryMillis: d.DeclineMemory.v, DeclineMemoryCap: d.DeclineCap,
		WrapUp: d.WrapUp.v, WrapUpLimitMillis: d.WrapUpLimit.v, Hours: d.Hours,
		MaxLength: d.MaxLength, MaxWaitMillis: d.MaxWait.v, ServiceLevelMillis: d.ServiceLevel.v, AnnounceEveryMillis: d.AnnounceEvery.v,
		Overflow: routing.Overflow{
			Closed: d.Overflow.Closed.v, NoAgents: d.Overflow.NoAgents.v, Full: d.Overflow.Full.v,
			Estimate: d.Overflow.Estimate.v, Wait: d.Overflow.Wait.v, WaitingToo: d.Overflow.WaitingToo,
		},
	}
}
