package routing

import "github.com/trunkline-cc/trunkline/routing/hours"

// Limits of a configuration's numbers.
const (
	MinPriority      = -1000
	MaxPriority      = 1000
	MaxCapacity      = 100              // contacts of one channel at once
	MaxCreditMillis  = 10 * yearMillis  // of a contact
	MaxMillis        = yearMillis       // of any length of time in a configuration or plan
	maxAgingMillis   = 24 * 3600 * 1000 // what one point of priority can be worth
	maxRank          = 1<<16 - 1
	maxQueuePriority = 99

	yearMillis = 366 * 24 * 3600 * 1000
)

// Config is everything an administrator decides about a pool. It is plain
// data; [Config.Validate] says whether it can be applied, [Config.Review] what
// is doubtful about it. Package routing/config reads it from YAML.
type Config struct {
	// Version names this configuration in facts.
	Version uint64 `json:"version,omitempty"`
	// Skills are all skills there are. Naming another is an error everywhere.
	Skills []SkillID `json:"skills,omitempty"`
	// BreakReasons are the reasons an agent can give for a break.
	BreakReasons []string `json:"break_reasons,omitempty"`
	// Hours are the opening hours that queues refer to.
	Hours []Hours `json:"hours,omitempty"`
	// Queues are the waiting lines.
	Queues []Queue `json:"queues,omitempty"`
	// Direct is how contacts for one person, and contacts that agents started
	// themselves, are treated. Its ID, Require and Plan stay empty; MaxLength
	// counts per person and NoAgents means that he is not signed in.
	Direct Queue `json:"direct,omitzero"`
	// DirectPriority ranks contacts for a person, in that person's eyes, among
	// the priorities of the queues of his profile; and contacts of a queue that
	// name him although his profile does not serve it. 1..99, default 1.
	DirectPriority uint8 `json:"direct_priority,omitempty"`
	// Profiles say what groups of agents do.
	Profiles []Profile `json:"profiles,omitempty"`
	// Agents are the people, in the order that examples are given in.
	Agents []Agent `json:"agents,omitempty"`
	// Presence lists the presences that allow offers. Default: unknown and
	// available.
	Presence []Presence `json:"presence,omitempty"`
	// Idle says what, beside the end of a contact and signing in, counts as the
	// end of an agent's idleness.
	Idle IdleRules `json:"idle,omitzero"`
	// RemovedQueue is where waiting contacts go whose queue or person a new
	// configuration no longer has. Default: the flow label "queue_removed".
	RemovedQueue Target `json:"removed_queue,omitzero"`
}

// Hours are opening hours with a name.
type Hours struct {
	Name string `json:"name"`
	hours.Config
}

// Queue is a named waiting line.
type Queue struct {
	ID QueueID `json:"id,omitempty"`
	// Require is what every agent must be able to do, at every step.
	Require Requirement `json:"require,omitzero"`
	// Plan is for contacts that bring no steps of their own. A contact keeps
	// the plan it entered with. Preferred must be empty.
	Plan Plan `json:"plan,omitzero"`

	// Order is how contacts stand in line. Default aging.
	Order ContactOrder `json:"order,omitempty"`
	// AgingMillis is the waiting time that one point of priority is worth under
	// [OrderAging]: 1 ms..1 day, default one minute.
	AgingMillis Millis `json:"aging_ms,omitempty"`
	// StarvationGuardMillis, under [OrderStrict], puts a contact that has
	// waited so long before all others of its queue. Default 0: never.
	StarvationGuardMillis Millis `json:"starvation_guard_ms,omitempty"`
	// Agents is how one of several free agents is chosen. Default longest idle.
	Agents AgentOrder `json:"agents,omitempty"`

	// OfferTimeoutMillis is the time to answer. Default 20 s.
	OfferTimeoutMillis Millis `json:"offer_timeout_ms,omitempty"`
	// OnTimeout, OnDecline and OnFailure say what becomes of an agent whose
	// offer ended so. Default: not responding, available, available.
	OnTimeout AfterOffer `json:"on_timeout,omitzero"`
	OnDecline AfterOffer `json:"on_decline,omitzero"`
	OnFailure AfterOffer `json:"on_failure,omitzero"`
	// DeclineMemoryMillis is how long a contact is not offered again to an
	// agent who did not take it. Default 60 s; it cannot be 0, or the same
	// offer would be made again at the same instant.
	DeclineMemoryMillis Millis `json:"decline_memory_ms,omitempty"`
	// DeclineMemoryCap is how many agents a contact remembers so; the oldest is
	// forgotten first. 1..64, default 8.
	DeclineMemoryCap uint8 `json:"decline_memory_cap,omitempty"`
	// KeepGrace makes a contact go on waiting for a preferred agent who has not
	// taken it: he is asked again if his decline memory runs out within the
	// grace. Default: who does not take the contact is no longer preferred, and
	// with the last of them the grace is over.
	KeepGrace bool `json:"keep_grace,omitempty"`
	// WrapUp is what follows a contact. Default none.
	WrapUp WrapUpMode `json:"wrap_up,omitempty"`
	// WrapUpLimitMillis ends an optional or timed wrap-up, and reports a forced
	// one. Required for timed; 0 means no limit for the other two.
	WrapUpLimitMillis Millis `json:"wrap_up_limit_ms,omitempty"`

	// Hours names the opening hours. Default: always open.
	Hours string `json:"hours,omitempty"`
	// MaxLength is how many contacts may wait; one that finds a free agent at
	// once is not turned away. Default 0: no limit.
	MaxLength int `json:"max_length,omitempty"`
	// MaxWaitMillis is how long a contact may wait in this queue. A ringing
	// offer is let ring. Default 0: no limit.
	MaxWaitMillis Millis `json:"max_wait_ms,omitempty"`
	// MaxEstimateMillis turns a contact away that would have to wait and whose
	// estimated wait is above it; an unknown estimate does not. Default 0: no
	// limit.
	MaxEstimateMillis Millis `json:"max_estimate_ms,omitempty"`
	// Overflow says where contacts go that may not enter or not stay.
	Overflow Overflow `json:"overflow,omitzero"`
	// ServiceLevelMillis is the answer time aimed at; reports use it, routing
	// does not. Default 20 s.
	ServiceLevelMillis Millis `json:"service_level_ms,omitempty"`
	// AnnounceEveryMillis is the interval of [EffectAnnounce] to a waiting
	// contact, from its entry on. Default 0: none.
	AnnounceEveryMillis Millis `json:"announce_every_ms,omitempty"`
}

// Overflow says where contacts of a queue go. Each target is required where
// the limit that leads to it is set, and NoAgents is optional: without it
// contacts wait for somebody to sign in.
type Overflow struct {
	Closed   Target `json:"closed,omitzero"`
	NoAgents Target `json:"no_agents,omitzero"`
	Full     Target `json:"full,omitzero"`
	Estimate Target `json:"estimate,omitzero"`
	Wait     Target `json:"wait,omitzero"`
	// WaitingToo makes Closed and NoAgents apply to contacts that wait when the
	// queue closes or its last agent signs out, not only to new ones.
	WaitingToo bool `json:"waiting_too,omitempty"`
}

// AfterOffer is the status an agent gets after an offer he did not take.
// [StatusOffline], the zero value, stands for the default given at the field.
type AfterOffer struct {
	Status      Status `json:"status,omitempty"`
	BreakReason string `json:"break_reason,omitempty"`
}

// Profile is what a group of agents does.
type Profile struct {
	ID ProfileID `json:"id"`
	// Queues are those whose contacts the agents may get. No queue twice.
	Queues []ProfileQueue `json:"queues,omitempty"`
	// Capacity lists the channels; one that is missing is not taken. Default,
	// if empty: one voice contact.
	Capacity []ChannelCapacity `json:"capacity,omitempty"`
	// MaxTotal limits the contacts in hand over all channels. Default 0: no
	// limit but those of the channels.
	MaxTotal int `json:"max_total,omitempty"`
}

// ProfileQueue is a queue in the eyes of a profile.
type ProfileQueue struct {
	Queue QueueID `json:"queue"`
	// Priority 1..99, lower first, default 1: contacts of a queue with a lower
	// number are taken before all others, however long those have waited.
	Priority uint8 `json:"priority,omitempty"`
	// DelayMillis hides contacts from these agents until they have waited so
	// long in the queue. Default 0.
	DelayMillis Millis `json:"delay_ms,omitempty"`
}

// ChannelCapacity is how many contacts of a channel an agent handles at once.
type ChannelCapacity struct {
	Channel Channel `json:"channel"`
	Max     int     `json:"max"` // 1..MaxCapacity
	// Beside lists the other channels that may be in hand when a contact of
	// this one is offered. Default: none, so an agent with a contact of another
	// channel gets none of this one. The rule has a direction: voice beside
	// chat lets a call interrupt a chat, and no chat disturb a call.
	Beside []Channel `json:"beside,omitempty"`
}

// Agent is one person.
type Agent struct {
	ID      AgentID      `json:"id"`
	Profile ProfileID    `json:"profile"`
	Skills  []SkillLevel `json:"skills,omitempty"`
	// Rank is the agent's place under [ExplicitOrder], lower first.
	Rank uint16 `json:"rank,omitempty"`
}

// SkillLevel is a skill that an agent holds.
type SkillLevel struct {
	Skill SkillID `json:"skill"`
	Level uint8   `json:"level"` // 1..MaxLevel
}

// IdleRules say what puts an agent at the end of the idle order. Always: the
// acceptance of a contact, its end (the end of its wrap-up, if that holds the
// agent), and signing in. A withdrawn offer never does. The default for all
// others is false: nobody gains or loses his turn by them.
type IdleRules struct {
	// Outbound: contacts that the agent started himself.
	Outbound bool `json:"outbound,omitempty"`
	// Declined: offers declined by the agent. If it is set, declining becomes a
	// way to get fewer contacts; if not, the next contact comes to the same
	// agent first.
	Declined bool `json:"declined,omitempty"`
	// TimedOut: offers left unanswered.
	TimedOut bool `json:"timed_out,omitempty"`
	// Break: coming back from a break or from not responding.
	Break bool `json:"break,omitempty"`
	// Presence: presence coming back to one that allows offers.
	Presence bool `json:"presence,omitempty"`
}
