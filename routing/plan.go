package routing

// Step is one stage of a [Plan]: whom the contact may be offered to, and until
// when.
type Step struct {
	// Require is what the agent must be able to do, beside what the queue asks
	// of everybody.
	Require Requirement `json:"require,omitzero"`
	// People, when not empty, are the only agents asked, at most [MaxPeople].
	// Naming a person outranks membership: he need not serve the queue, nor be
	// past its delay, but Require still binds him.
	People []AgentID `json:"people,omitempty"`
	// UntilMillis is when the step expires, counted from the contact's entry
	// into the queue and not from the step before: a step of a contact that
	// comes back from an unanswered offer has not been given more time. 0 means
	// never; then it must be the last step. Deadlines grow from step to step.
	UntilMillis Millis `json:"until_ms,omitempty"`
}

// Plan is what a contact asks for and how it lets go of it over time. One step
// is active at a time: those before it have expired, those after it are
// inactive, and the one in which the contact finds its agent is joined. When
// the last step has expired every agent of the queue who meets the queue's own
// requirement will do.
//
// Rings, as in bullseye routing, are steps: each asks for fewer skills, or
// lower levels, than the one before.
type Plan struct {
	// Preferred agents are asked alone, whatever their skills, until
	// GraceMillis from entry; then the first step is active if its own deadline
	// has not passed. Those who do not exist are left out; if none is signed in
	// when the contact enters there is no grace, and it is over as soon as each
	// of them has declined the contact or let it ring, unless the queue says
	// otherwise ([Queue.KeepGrace]). At most [MaxPeople].
	Preferred []AgentID `json:"preferred,omitempty"`
	// GraceMillis is the preferred agents' time; it must be above 0 where
	// Preferred is set.
	GraceMillis Millis `json:"grace_ms,omitempty"`
	// Steps, at most [MaxSteps]. Empty means those of the queue's own plan.
	Steps []Step `json:"steps,omitempty"`
}
