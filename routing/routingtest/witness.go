package routingtest

import (
	"fmt"
	"slices"

	"github.com/trunkline-cc/trunkline/routing"
)

// Witness follows a stream of effects from outside and holds it against what
// must always be true: a contact is offered to one agent at a time, an answer
// is confirmed once, every contact that entered leaves exactly once, an agent's
// states join up. It also knows which offers, contacts and wrap-ups are open,
// which is what a generator of events needs to know.
type Witness struct {
	Offers    map[routing.ContactID]routing.Effect // open offers
	Connected map[routing.ContactID]routing.AgentID
	Present   map[routing.ContactID]bool // entered and not left
	WrapUps   []routing.Effect           // begun and not ended
	Left      int
	Entered   int
	WakeAt    routing.Time

	lastOffer  routing.OfferID
	keepsGrace map[routing.QueueID]bool // the rule Queue.KeepGrace in force
	// unpreferred are those who did not take a contact and so lost its grace,
	// since it entered its queue or got its plan.
	unpreferred map[routing.ContactID][]routing.AgentID
	states      map[routing.AgentID]routing.AgentState
}

// NewWitness returns a witness of a state without contacts.
func NewWitness() *Witness {
	return &Witness{
		Offers: map[routing.ContactID]routing.Effect{}, Connected: map[routing.ContactID]routing.AgentID{},
		Present: map[routing.ContactID]bool{}, states: map[routing.AgentID]routing.AgentState{},
		unpreferred: map[routing.ContactID][]routing.AgentID{},
	}
}

// See takes one event with its effects and reports the first that cannot be.
func (w *Witness) See(now routing.Time, ev routing.Event, effects []routing.Effect) error {
	refused := slices.ContainsFunc(effects, func(e routing.Effect) bool { return e.Kind == routing.EffectRefused })
	enters := !refused && (ev.Kind == routing.EventContactEnqueued || ev.Kind == routing.EventContactStarted)
	if !refused && (ev.Kind == routing.EventOfferDeclined || ev.Kind == routing.EventOfferFailed) {
		w.notTaken(w.Offers[ev.Contact])
		delete(w.Offers, ev.Contact) // the core does not echo the host's own word
	}
	if !refused && ev.Kind == routing.EventContactUpdated && ev.Update&routing.UpdatePlan != 0 {
		delete(w.unpreferred, ev.Contact)
	}
	if w.WakeAt <= now {
		w.WakeAt = 0
	}
	// An id may come again at the instant at which its first contact leaves.
	enters = enters && !w.enter(ev)
	for i := range effects {
		if err := w.see(now, &effects[i]); err != nil {
			return fmt.Errorf("%s of contact %q, agent %q: %w", effects[i].Kind, effects[i].Contact, effects[i].Agent, err)
		}
		enters = enters && !w.enter(ev)
	}
	if enters {
		return fmt.Errorf("contact %q entered twice", ev.Contact)
	}
	if !refused && ev.Kind == routing.EventConfigured {
		w.follow(ev.Config) // what was due came before it
	}
	return nil
}

// follow takes note of the rules of a configuration.
func (w *Witness) follow(cfg *routing.Config) {
	w.keepsGrace = map[routing.QueueID]bool{}
	for i := range cfg.Queues {
		w.keepsGrace[cfg.Queues[i].ID] = cfg.Queues[i].KeepGrace
	}
}

// enter notes a new contact; false if it is there already.
func (w *Witness) enter(ev routing.Event) bool {
	if w.Present[ev.Contact] {
		return false
	}
	w.Present[ev.Contact] = true
	w.Entered++
	if ev.Kind == routing.EventContactStarted {
		w.Connected[ev.Contact] = ev.Agent
	}
	return true
}

// notTaken notes an offer that came to nothing by the agent's doing.
func (w *Witness) notTaken(offer routing.Effect) {
	if !w.keepsGrace[offer.Queue] {
		w.unpreferred[offer.Contact] = append(w.unpreferred[offer.Contact], offer.Agent)
	}
}

func (w *Witness) see(now routing.Time, e *routing.Effect) error {
	open, isOpen := w.Offers[e.Contact]
	switch e.Kind {
	case routing.EffectOffer:
		switch _, connected := w.Connected[e.Contact]; {
		case !w.Present[e.Contact]:
			return fmt.Errorf("the contact is not there")
		case isOpen:
			return fmt.Errorf("it is offered to %q already", open.Agent)
		case connected:
			return fmt.Errorf("it is connected")
		case e.Offer <= w.lastOffer:
			return fmt.Errorf("offer %d after %d", e.Offer, w.lastOffer)
		case e.At <= now:
			return fmt.Errorf("it has expired before it was made")
		}
		w.lastOffer = e.Offer
		w.Offers[e.Contact] = *e
	case routing.EffectWithdraw:
		if !isOpen || open.Offer != e.Offer || open.Agent != e.Agent {
			return fmt.Errorf("there is no such offer")
		}
		if e.Reason == routing.ReasonTimedOut {
			w.notTaken(*e)
		}
		delete(w.Offers, e.Contact)
	case routing.EffectDecision:
		if d := e.Decision; d.Step < 0 && slices.Contains(w.unpreferred[d.Contact], d.Agent) {
			return fmt.Errorf("%q is offered contact %q as a preferred agent and has not taken it before", d.Agent, d.Contact)
		}
	case routing.EffectOverflow:
		delete(w.unpreferred, e.Contact)
	case routing.EffectConnected:
		if !isOpen || open.Offer != e.Offer || open.Agent != e.Agent {
			return fmt.Errorf("there is no such offer")
		}
		delete(w.Offers, e.Contact)
		w.Connected[e.Contact] = e.Agent
	case routing.EffectContactLeft:
		if !w.Present[e.Contact] {
			return fmt.Errorf("it is not there")
		}
		if isOpen {
			return fmt.Errorf("offer %d to %q is still open", open.Offer, open.Agent)
		}
		delete(w.unpreferred, e.Contact)
		delete(w.Present, e.Contact)
		delete(w.Connected, e.Contact)
		w.Left++
	case routing.EffectAgentState:
		if e.From != w.states[e.Agent] || e.From == e.To && e.To != routing.StateBreak {
			return fmt.Errorf("from %s to %s, but he was %s", e.From, e.To, w.states[e.Agent])
		}
		w.states[e.Agent] = e.To
	case routing.EffectWrapUpStarted:
		w.WrapUps = append(w.WrapUps, *e)
	case routing.EffectWrapUpEnded:
		i := slices.IndexFunc(w.WrapUps, func(o routing.Effect) bool { return o.Contact == e.Contact && o.Agent == e.Agent })
		if i < 0 {
			return fmt.Errorf("there is no such wrap-up")
		}
		w.WrapUps = slices.Delete(w.WrapUps, i, i+1)
	case routing.EffectWakeAt:
		if e.At <= now || w.WakeAt != 0 && e.At >= w.WakeAt {
			return fmt.Errorf("at %d, now is %d and %d was asked for", e.At, now, w.WakeAt)
		}
		w.WakeAt = e.At
	}
	return nil
}
