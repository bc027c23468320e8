package routingtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
)

// Choose returns a number in 0..n-1. A seeded generator, a property-testing
// library or the bytes of a fuzzer can stand behind it, so that the same worlds
// serve all three.
type Choose func(n int) int

// Bytes chooses by the bytes of a fuzzer's input, and 0 when they have run out.
func Bytes(data []byte) Choose {
	return func(n int) int {
		if len(data) == 0 || n <= 1 {
			return 0
		}
		v := int(data[0])
		data = data[1:]
		if n > 256 && len(data) > 0 {
			v = v<<8 | int(data[0])
			data = data[1:]
		}
		return v % n
	}
}

// World makes random configurations and plausible events for them, with some
// implausible ones among them. It learns from a [Witness] what is open.
type World struct {
	Now     routing.Time
	Config  routing.Config
	choose  Choose
	witness *Witness
	entered int
	version uint64
}

// Start is the first instant of every world: ten in the morning, UTC, of a
// Monday, when the queues with hours have just opened.
const Start routing.Time = 1_790_589_600_000

// NewWorld returns a world with a random valid configuration.
func NewWorld(choose Choose, w *Witness) *World {
	world := &World{Now: Start, choose: choose, witness: w}
	world.Config = world.randomConfig()
	w.follow(&world.Config)
	return world
}

func (w *World) chance(percent int) bool { return w.choose(100) < percent }

func pick[T any](w *World, list ...T) T { return list[w.choose(len(list))] }

func (w *World) contactID() routing.ContactID {
	if w.entered > 0 && w.chance(60) {
		return routing.ContactID(fmt.Sprintf("c%d", w.entered-w.choose(min(w.entered, 8))))
	}
	return routing.ContactID(fmt.Sprintf("c%d", 1+w.choose(w.entered+1)))
}

func (w *World) agentID() routing.AgentID { return routing.AgentID(fmt.Sprintf("a%d", w.choose(9))) }

func (w *World) queueID() routing.QueueID { return routing.QueueID(fmt.Sprintf("q%d", w.choose(4))) }

func (w *World) span(limit routing.Millis) routing.Millis {
	return 1 + routing.Millis(w.choose(int(limit)))
}

// Next moves the clock and makes an event.
func (w *World) Next() routing.Event {
	switch w.choose(10) {
	case 0, 1, 2, 3:
	case 4:
		w.Now++
	case 5, 6:
		w.Now = w.Now.Add(w.span(3000))
	case 7:
		w.Now = w.Now.Add(w.span(20_000))
	case 8:
		if w.witness.WakeAt != 0 {
			w.Now = w.witness.WakeAt
		}
	case 9:
		if w.chance(10) {
			w.Now = w.Now.Add(w.span(60_000) * 5)
		}
	}
	if w.chance(2) {
		return w.upheaval()
	}
	switch n := w.choose(100); {
	case n < 30:
		return w.enqueue()
	case n < 62:
		return w.answer()
	case n < 75:
		return w.finish()
	case n < 95:
		return w.agentEvent()
	default:
		return routing.Event{Kind: routing.EventTick}
	}
}

func (w *World) enqueue() routing.Event {
	w.entered++
	id := routing.ContactID(fmt.Sprintf("c%d", w.entered))
	if w.chance(2) {
		id = w.contactID()
	}
	ev := routing.Event{Kind: routing.EventContactEnqueued, Contact: id, Queue: w.queueID(), Channel: w.channel()}
	switch {
	case w.chance(8):
		return routing.Event{Kind: routing.EventContactStarted, Contact: id, Agent: w.agentID(), Channel: w.channel(), Outbound: w.chance(50)}
	case w.chance(12):
		ev.Queue, ev.Person = "", w.agentID()
	case w.chance(60):
		ev.Plan = w.plan()
	}
	if w.chance(30) {
		ev.Priority = int16(w.choose(5)) - 2
	}
	if w.chance(5) {
		ev.Priority = pick[int16](w, routing.MinPriority, routing.MaxPriority, routing.MaxPriority+1)
	}
	if w.chance(10) {
		ev.CreditMillis = w.span(60_000)
	}
	if w.chance(5) {
		ev.EnqueuedAt = w.Now.Add(-w.span(60_000))
	}
	return ev
}

func (w *World) channel() routing.Channel {
	return pick(w, routing.ChannelVoice, routing.ChannelVoice, routing.ChannelVoice, routing.ChannelChat, routing.ChannelEmail)
}

func (w *World) skill() routing.SkillID { return routing.SkillID(fmt.Sprintf("s%d", w.choose(4))) }

func (w *World) requirement(depth int) routing.Requirement {
	switch n := w.choose(10); {
	case n < 2:
		return routing.Requirement{}
	case n < 7 || depth == 0:
		return routing.Need(w.skill(), uint8(1+w.choose(3)))
	case n == 7:
		return routing.All(w.requirement(depth-1), w.requirement(depth-1))
	case n == 8:
		return routing.Any(w.requirement(depth-1), w.requirement(depth-1))
	default:
		return routing.Not(w.requirement(depth - 1))
	}
}

func (w *World) steps() []routing.Step {
	var steps []routing.Step
	until := routing.Millis(0)
	for range w.choose(4) {
		st := routing.Step{Require: w.requirement(2)}
		until += w.span(15_000)
		st.UntilMillis = until
		if w.chance(15) {
			for range 1 + w.choose(3) {
				st.People = append(st.People, w.agentID())
			}
		}
		steps = append(steps, st)
	}
	if len(steps) > 0 && w.chance(30) {
		steps[len(steps)-1].UntilMillis = 0
	}
	return steps
}

func (w *World) plan() *routing.Plan {
	p := &routing.Plan{Steps: w.steps()}
	if w.chance(20) {
		for range 1 + w.choose(3) {
			p.Preferred = append(p.Preferred, w.agentID())
		}
		p.GraceMillis = w.span(10_000)
	}
	return p
}

// sorted gives the keys of a map in order.
func sorted[K ~string, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

func (w *World) answer() routing.Event {
	open := sorted(w.witness.Offers)
	if len(open) == 0 {
		return routing.Event{Kind: routing.EventTick}
	}
	offer := w.witness.Offers[open[w.choose(len(open))]]
	ev := routing.Event{Contact: offer.Contact, Offer: offer.Offer, Agent: offer.Agent}
	switch n := w.choose(20); {
	case n < 11:
		ev.Kind = routing.EventOfferAccepted
	case n < 14:
		ev.Kind = routing.EventOfferDeclined
	case n == 14:
		ev.Kind = routing.EventOfferTimedOut
	case n == 15:
		ev.Kind = routing.EventOfferFailed
	case n == 16:
		ev.Kind, ev.Offer = routing.EventOfferAccepted, offer.Offer-1
	default:
		ev.Kind = routing.EventOfferRinging
	}
	return ev
}

func (w *World) finish() routing.Event {
	switch n := w.choose(10); {
	case n < 6:
		if open := sorted(w.witness.Connected); len(open) > 0 {
			return routing.Event{Kind: routing.EventContactFinished, Contact: open[w.choose(len(open))]}
		}
	case n < 8:
		if len(w.witness.WrapUps) > 0 {
			e := w.witness.WrapUps[w.choose(len(w.witness.WrapUps))]
			return routing.Event{Kind: routing.EventWrapUpEnded, Agent: e.Agent, Contact: e.Contact}
		}
	}
	kind := pick(w, routing.EventContactAbandoned, routing.EventContactCancelled, routing.EventContactUpdated, routing.EventContactUpdated)
	ev := routing.Event{Kind: kind, Contact: w.contactID()}
	if kind == routing.EventContactUpdated {
		ev.Update = routing.Update(w.choose(4))
		ev.Priority = int16(w.choose(5)) - 2
		ev.Plan = w.plan()
	}
	return ev
}

func (w *World) agentEvent() routing.Event {
	ev := routing.Event{Agent: w.agentID()}
	switch n := w.choose(20); {
	case n < 8:
		ev.Kind, ev.Status = routing.EventAgentSignedIn, routing.StatusAvailable
		if w.chance(10) {
			ev.Status, ev.BreakReason = routing.StatusBreak, w.breakReason()
		}
	case n < 9:
		ev.Kind = routing.EventAgentSignedOut
	case n < 14:
		ev.Kind, ev.Status = routing.EventAgentStatusRequested, routing.StatusAvailable
	case n < 16:
		ev.Kind, ev.Status, ev.BreakReason = routing.EventAgentStatusRequested, routing.StatusBreak, w.breakReason()
	case n < 17:
		ev.Kind, ev.Status = routing.EventAgentStatusRequested, pick(w, routing.StatusOffline, routing.StatusNotResponding)
	case n < 19:
		ev.Kind = routing.EventAgentPresenceChanged
		ev.Presence = pick(w, routing.PresenceUnknown, routing.PresenceAvailable, routing.PresenceAvailable, routing.PresenceBusy)
	default:
		ev.Kind, ev.Channel, ev.Capacity = routing.EventAgentCapacityChanged, w.channel(), w.choose(4)-1
	}
	return ev
}

func (w *World) breakReason() string { return pick(w, "lunch", "coffee", "training") }

// upheaval changes the configuration, of one agent or as a whole.
func (w *World) upheaval() routing.Event {
	switch w.choose(4) {
	case 0:
		if len(w.Config.Profiles) > 0 {
			a := w.randomAgent(w.choose(9))
			return routing.Event{Kind: routing.EventAgentConfigured, AgentConfig: &a}
		}
	case 1:
		return routing.Event{Kind: routing.EventAgentRemoved, Agent: w.agentID()}
	}
	w.Config = w.randomConfig()
	cfg := w.Config
	return routing.Event{Kind: routing.EventConfigured, Config: &cfg}
}
