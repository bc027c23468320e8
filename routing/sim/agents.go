package sim

import "github.com/trunkline-cc/trunkline/routing"

// onDuty carries out a change of the roster.
func (r *run) onDuty(e rosterEvent) {
	a := &r.agents[e.agent]
	a.duty.apply(e.change)
	if e.change == outageBegins && a.signedIn {
		a.signedIn = false
		r.step(routing.Event{Kind: routing.EventAgentSignedOut, Agent: r.sc.agents[e.agent].id})
		return
	}
	r.ask(e.agent)
}

// ask brings an agent's wish to the state if it differs from the one before.
func (r *run) ask(index int32) {
	a := &r.agents[index]
	wants := a.duty.wants()
	ev := routing.Event{Kind: routing.EventAgentStatusRequested, Agent: r.sc.agents[index].id, Status: wants}
	switch {
	case !a.signedIn && wants == routing.StatusOffline:
		return
	case !a.signedIn:
		ev.Kind = routing.EventAgentSignedIn
		a.signedIn = true
	case wants == a.asked:
		return
	}
	if wants == routing.StatusBreak {
		ev.BreakReason = breakReason
	}
	a.asked = wants
	r.step(ev)
}

// show notes what an agent does from now on.
func (r *run) show(index int32, to routing.AgentState) {
	a := &r.agents[index]
	r.account(a, r.now)
	r.changeStaff(a.shown, -1)
	r.changeStaff(to, +1)
	a.shown, a.since = to, r.now
	wants := a.duty.wants()
	switch {
	case to == routing.StateOffline:
		a.signedIn = false
		if wants == routing.StatusOffline {
			return
		}
	case to == routing.StateNotResponding:
	case to == routing.StateBreak && wants != routing.StatusBreak:
	default:
		return
	}
	// The queue's rules have put him aside; he comes back after a while.
	if !a.leaving && a.duty.outages <= 0 {
		a.leaving = true
		r.back = append(r.back, index)
	}
}

// returns lets an agent who was put aside ask for what he is there for.
func (r *run) returns(index int32) {
	a := &r.agents[index]
	a.leaving = false
	switch a.shown {
	case routing.StateNotResponding, routing.StateBreak, routing.StateOffline:
		a.asked = routing.StatusNotResponding // differs from every wish
		r.ask(index)
	}
}

// account adds what an agent did until now to his own sums, as far as it lies
// in the measured span.
func (r *run) account(a *agent, until routing.Time) {
	from, to := max(a.since, r.sc.from), min(until, r.sc.until)
	if to <= from {
		return
	}
	switch a.shown {
	case routing.StateOnContact, routing.StateAfterContact:
		a.busy += to.Sub(from)
	case routing.StateAvailable:
		a.idle += to.Sub(from)
	}
	a.since = to
}
