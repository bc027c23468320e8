// Package sim runs a contact centre against package routing: the very state
// machine that serves live contacts, with customers, agents and outages drawn
// from a seed.
//
// # Contract
//
// A [Workload] says what the world does and knows nothing of routing; a
// [routing.Config] says what is to be done about it. [Run] puts one to the
// other and returns a [Report]. [Compare] puts one workload to two
// configurations, on the same random numbers, and measures the difference.
// [Staff] suggests how many agents each interval of a week needs.
//
// There is no clock and no randomness but the seed's: the same input gives the
// same report, under any version of Go. Each kind of luck (arrivals, lengths,
// patience, answers) has a stream of its own that depends on the seed and on
// the contact only, so that another configuration meets the same customers.
// Time has the resolution of package routing, a millisecond.
//
// # What is measured
//
// Contacts that arrive within the measured span, by type, wherever they are
// served. Arrivals go on after the span until those contacts are finished, for
// a day at most. Agents' time is measured within the span.
//
// Confidence intervals are 95 % by the means of batches: the span is cut into
// equal parts, long enough to be nearly independent. Batches of a day fit a
// centre that empties at night. An interval that could not be computed is nil,
// never zero.
//
// # Bounds
//
// [Bounds] say how much of the measured wait is routing's doing: the rest no
// rule could have saved. See [BoundKind] for what each run's bounds promise.
package sim
