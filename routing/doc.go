// Package routing is the deterministic core of the contact centre: it decides
// which agent gets which contact, and when a contact goes elsewhere.
//
// # Contract
//
// [State] is everything there is to know about one pool of queues and agents.
// [State.Step] is the only way to change it: the host hands in an instant and
// one [Event] and gets back a list of [Effect] to perform. The core has no
// clock, no I/O, no goroutine and no randomness. The same state, instants and
// events give the same effects on every machine, and a state that was written
// by [State.AppendBinary] and read by [Restore] has the same future as the
// original: decisions depend on contacts, agents and configuration, never on
// how they lie in memory.
//
// Time is an argument and never goes back: an earlier instant is taken as the
// latest one seen. Timers are effects. [EffectWakeAt] asks for a tick at an
// instant and replaces the request before; every Step, whatever its event,
// first performs all that is due by its instant, in order of (due time, queue
// before agent before contact, age). A deadline is exclusive: an answer at the
// instant an offer expires is too late.
//
// Events may come late, twice or never. One that does not fit is refused with
// a reason and changes nothing; an offer that nobody answers expires by
// itself. What a Step returns is valid until the next Step of the same state.
//
// # Who gets whom
//
// A contact waits in a queue, or for one person. An agent may take it if these
// tests pass, in this order ([Test]): his profile serves the queue, the delay
// is over, he meets the queue's requirement and the contact's active step, is
// signed in, available, of a fitting presence, has room on the channel, and
// has not just declined this contact. After every event no agent and waiting
// contact are left who pass them all.
//
// There are two looks. A contact that comes, or asks for less, looks among
// agents: the queue's [AgentOrder] decides. An agent who comes free looks
// among contacts: first the priority of the queue in his profile, then the
// contact's place in line (its queue's [ContactOrder]), then the order of
// entry. Places in line are static keys: waiting contacts are never sorted
// anew because time has passed. Every look that matters leaves a [Decision].
//
// # How it is fast
//
// Waiting contacts are grouped into classes (queue, delay stage, channel,
// requirement) and agents into groups (profile and skill levels). A matrix of
// bits says which class suits which group; a sorted line per class holds the
// contacts who wait, a heap per group the agents with room. So an event costs
// what the number of classes costs, not what the number of contacts does: the
// steps are counted, and TestStepsByQueueLength holds them against queues of
// 1,000 to 100,000. What a larger queue does cost is the processor's caches
// missing its contacts. All of it is derived from the plain part of the state
// and is built anew on [Restore] and on a new configuration.
package routing
