// Package erlang computes the waiting and blocking of a pooled group of agents
// in the steady state: the classical formulas that staffing tables print, kept
// exact up to hundreds of thousands of agents.
//
// # Models
//
// All assume Poisson arrivals, exponential handling times and agents who can
// all serve everything. They differ in what a contact does that finds nobody
// free:
//
//   - [ModelB], M/M/n/n, Erlang loss: it is blocked. A. K. Erlang, "Solution of
//     some problems in the theory of probabilities of significance in automatic
//     telephone exchanges", 1917; ITU-T E.501.
//   - [ModelC], M/M/n, Erlang delay: it waits for ever. Same source.
//   - [ModelA], M/M/n+M, Erlang-A: it waits, with a patience that is exponential
//     too. C. Palm, "Research on telephone traffic carried by full availability
//     groups", Tele 1957; O. Garnett, A. Mandelbaum, M. Reiman, "Designing a call
//     center with impatient customers", Manufacturing & Service Operations
//     Management 4 (2002) 208-227.
//
// [PriorityWaits] adds classes of priority to ModelC.
//
// # Figures
//
// [Evaluate] returns [Figures], in which a figure that the model does not
// define is nil, never zero. [Agents] turns the question round: the least
// number of agents that reaches a target. [OfferedLoad] inverts Erlang B.
//
// # Arithmetic
//
// Erlang B runs by its recursion, whose every step shrinks the error of the
// step before. Everything above the number of agents is a sum of positive
// terms, scaled by its largest; differences of nearly equal numbers and
// factorials do not occur. Relative errors stay under 1e-10 up to 10^5 agents.
package erlang
