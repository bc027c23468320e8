package routing

import (
	"fmt"
	"slices"
)

// State is one pool's contacts, agents and configuration. Make one with [New]
// or [Restore]; the zero value is not usable. It is not safe for concurrent
// use. Its plain part is what [State.AppendBinary] writes; the rest is an index
// over that part.
type State struct {
	// The plain part.
	cfg       Config
	now       Time
	wakeAt    Time // the tick asked for last; 0: none outstanding
	nextSeq   uint64
	nextIdle  uint64
	nextRound uint64
	nextOrd   uint64
	nextOffer OfferID
	contacts  []contact
	extras    []extra
	agents    []agent
	queues    []queue // 0 is Config.Direct

	// What follows from it.
	pool         pool
	table        idTable
	freeContacts []int32
	freeExtras   []int32
	freeAgents   []int32
	agentIDs     map[AgentID]int32
	queueIDs     map[QueueID]int32
	profileIDs   map[ProfileID]int32
	skillIDs     map[SkillID]int32
	skillSet     map[SkillID]bool
	breakIDs     map[string]int32
	profiles     []profile
	roster       []int32 // agents by ord
	offerable    [len(presenceNames)]bool
	configured   uint32 // agents that are not ghosts
	index        index

	effects   []Effect
	decisions []Decision
	touched   []int32 // agents whose shown state may have changed
	sized     []byte  // scratch of SnapshotBytes
}

// New returns a state without contacts whose agents are all signed out. Its
// error is [Problems], as of [Config.Validate]. The configuration is copied.
func New(cfg *Config, now Time) (*State, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	s := &State{now: now, nextSeq: 1, nextIdle: 1, nextRound: 1, nextOrd: 1, nextOffer: 1}
	s.agentIDs = map[AgentID]int32{}
	s.pool = newPool()
	if err := s.adopt(cfg.clone()); err != nil {
		return nil, err
	}
	s.rebuildIndex()
	s.replaceAgents(nil)
	s.rebuild()
	return s, nil
}

// Step performs what is due by now, then applies the event, and returns the
// effects in the order they came about. The slice and what it points to are
// valid until the next Step. An instant before the latest one seen is taken as
// that one.
func (s *State) Step(now Time, ev Event) []Effect {
	s.effects, s.decisions = s.effects[:0], s.decisions[:0]
	s.now = max(s.now, now)
	s.fire()
	s.apply(&ev)
	s.showAgents()
	s.wake()
	s.trim()
	return s.effects
}

// Now returns the latest instant seen.
func (s *State) Now() Time { return s.now }

// Waiting returns the number of contacts that wait, in all queues and for
// persons. Offered contacts are not among them.
func (s *State) Waiting() int { return s.index.waiting }

// Contacts returns the number of contacts that the state holds.
func (s *State) Contacts() int { return s.table.used }

func (s *State) apply(ev *Event) {
	switch ev.Kind {
	case EventTick:
	case EventContactEnqueued:
		s.enqueue(ev)
	case EventContactUpdated:
		s.update(ev)
	case EventContactAbandoned:
		s.abandon(ev, ReasonAbandoned)
	case EventContactCancelled:
		s.abandon(ev, ReasonCancelled)
	case EventContactStarted:
		s.start(ev)
	case EventContactFinished:
		s.finish(ev)
	case EventOfferRinging:
		s.ringing(ev)
	case EventOfferAccepted:
		s.accept(ev)
	case EventOfferDeclined:
		s.endOffer(ev, ReasonDeclined)
	case EventOfferTimedOut:
		s.endOffer(ev, ReasonTimedOut)
	case EventOfferFailed:
		s.endOffer(ev, ReasonFailed)
	case EventWrapUpEnded:
		s.wrapUpEnded(ev)
	case EventAgentSignedIn:
		s.signIn(ev)
	case EventAgentSignedOut:
		s.signOut(ev)
	case EventAgentStatusRequested:
		s.requestStatus(ev)
	case EventAgentPresenceChanged:
		s.changePresence(ev)
	case EventAgentCapacityChanged:
		s.changeCapacity(ev)
	case EventAgentConfigured:
		s.configureAgent(ev)
	case EventAgentRemoved:
		s.removeAgent(ev)
	case EventConfigured:
		s.configure(ev)
	default:
		s.refuse(ev, "event kind %d is unknown", ev.Kind)
	}
}

// effect appends an effect and returns it for its fields to be set.
func (s *State) effect(kind EffectKind) *Effect {
	n := len(s.effects)
	if n == cap(s.effects) {
		s.effects = slices.Grow(s.effects, 1)
	}
	s.effects = s.effects[:n+1]
	e := &s.effects[n]
	*e = Effect{} // in place: these are large, and there are several an event
	e.Kind = kind
	return e
}

// newDecision appends a record with its effect and returns it.
func (s *State) newDecision(trigger Trigger) *Decision {
	n := len(s.decisions)
	if n == cap(s.decisions) {
		s.decisions = slices.Grow(s.decisions, 1) // effects before keep their own
	}
	s.decisions = s.decisions[:n+1]
	d := &s.decisions[n]
	*d = Decision{}
	d.Trigger = trigger
	s.effect(EffectDecision).Decision = d
	return d
}

// refuse reports that an event changes nothing.
func (s *State) refuse(ev *Event, format string, args ...any) {
	e := s.effect(EffectRefused)
	e.Contact, e.Agent, e.Queue, e.Offer = ev.Contact, ev.Agent, ev.Queue, ev.Offer
	e.Detail = ev.Kind.String() + ": " + fmt.Sprintf(format, args...)
}
