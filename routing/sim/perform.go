package sim

import (
	"math"

	"github.com/trunkline-cc/trunkline/routing"
)

// perform does what one effect asks. It must not step the state: what follows
// at the same instant is noted and done by settle.
func (r *run) perform(e *routing.Effect) {
	switch e.Kind {
	case routing.EffectOffer:
		r.offer(slotOf(e.Contact), r.agentOf[e.Agent], e.Offer)
	case routing.EffectWithdraw:
		if c := &r.contacts[slotOf(e.Contact)]; c.offer == e.Offer {
			c.offer = 0
		}
	case routing.EffectConnected:
		r.connect(slotOf(e.Contact), r.agentOf[e.Agent])
	case routing.EffectWakeAt:
		r.wakeAt = e.At
	case routing.EffectOverflow:
		r.overflow(&r.contacts[slotOf(e.Contact)], e)
	case routing.EffectContactLeft:
		r.left(slotOf(e.Contact))
	case routing.EffectAgentState:
		r.show(r.agentOf[e.Agent], e.To)
	case routing.EffectWrapUpStarted:
		r.wrap(slotOf(e.Contact))
	case routing.EffectWrapUpEnded:
		slot := slotOf(e.Contact)
		r.contacts[slot].wraps = false
		r.close(slot)
	case routing.EffectRefused:
		r.refused++
		if r.refusal == "" {
			r.refusal = e.Detail
		}
	}
}

// offer lets an agent answer: at once, later, or not.
func (r *run) offer(slot, agent int32, offer routing.OfferID) {
	c := &r.contacts[slot]
	c.offer, c.answerAt, c.agent = offer, math.MaxInt64, agent
	c.offers++
	crew := &r.sc.crews[r.sc.agents[agent].crew]
	if !crew.deliberate {
		r.answers = append(r.answers, slot)
		return
	}
	luck := NewStream(r.sc.options.Seed, keyOffers, c.serial, uint64(c.offers))
	if luck.Float64() < crew.miss {
		return // it rings until it times out
	}
	c.answerAt = r.now
	if crew.answer != nil {
		c.answerAt = r.now.Add(crew.answer.at(luck.Float64()))
	}
	r.plan(happening{at: c.answerAt, kind: answers, what: slot, turn: c.turn})
}

// answer accepts or declines the open offer of a contact. The choice is the
// same stream's as the decision to answer at all.
func (r *run) answer(c *contact) {
	crew := &r.sc.crews[r.sc.agents[c.agent].crew]
	luck := NewStream(r.sc.options.Seed, keyOffers, c.serial, uint64(c.offers))
	ev := routing.Event{Kind: routing.EventOfferAccepted, Contact: c.id, Offer: c.offer}
	if luck.Float64() < crew.miss+crew.decline {
		ev.Kind = routing.EventOfferDeclined
		c.offer = 0
	}
	r.step(ev)
}

// connect begins the talk.
func (r *run) connect(slot, agent int32) {
	c := &r.contacts[slot]
	c.phase, c.offer, c.agent, c.began = contactTalks, 0, agent, r.now
	if c.measured {
		r.agents[agent].answered++
	}
	r.connected(c, r.now)
	handle := c.HandleMillis
	if r.sc.options.Durations == ByStart {
		handle = r.startHandle.at(r.starts.Float64())
	} else if speed := r.sc.crews[r.sc.agents[agent].crew].speed; speed != 1 {
		handle = routing.Millis(math.Round(float64(handle) / speed))
	}
	r.plan(happening{at: r.now.Add(handle), kind: contactEnds, what: slot, turn: c.turn})
}

// wrap begins the after-work, which ends by itself, by the queue's limit or by
// the agent signing out.
func (r *run) wrap(slot int32) {
	c := &r.contacts[slot]
	c.wraps = true
	if c.WrapUpMillis == 0 {
		r.wraps = append(r.wraps, slot)
		return
	}
	r.plan(happening{at: r.now.Add(c.WrapUpMillis), kind: wrapUpEnds, what: slot, turn: c.turn})
}

// overflow counts a contact that goes elsewhere. One that stays in the pool
// waits on and is measured to its end.
func (r *run) overflow(c *contact, e *routing.Effect) {
	if e.Target.Kind == routing.TargetQueue || e.Target.Kind == routing.TargetPerson {
		r.moved(c)
		return
	}
	atDoor := e.Reason == routing.ReasonClosed || e.Reason == routing.ReasonFull || e.Reason == routing.ReasonNoAgents || e.Reason == routing.ReasonLongEstimate
	r.overflowed(c, r.now, atDoor && c.At == r.now)
}

// left notes that the state has forgotten a contact. Its slot is free only
// after the step, since a wrap-up may follow among its effects.
func (r *run) left(slot int32) {
	r.contacts[slot].phase = contactDone
	r.leavers = append(r.leavers, slot)
}

// release frees the slots of contacts that have left without a wrap-up.
func (r *run) release() {
	for _, slot := range r.leavers {
		if c := &r.contacts[slot]; !c.wraps && c.phase != contactGone {
			r.close(slot)
		}
	}
	r.leavers = r.leavers[:0]
}

// close ends a contact for good.
func (r *run) close(slot int32) {
	c := &r.contacts[slot]
	if c.began != never {
		r.handled(c, r.now)
	}
	c.phase = contactGone
	r.free = append(r.free, slot)
}

// never, as the instant at which a contact was connected, says that it was not.
const never routing.Time = math.MinInt64
