package sim

import (
	"errors"
	"fmt"

	"github.com/trunkline-cc/trunkline/routing"
)

// ErrInvalid marks every fault in a workload or in the options of a run.
var ErrInvalid = errors.New("simulation")

// Workload is what happens to a contact centre: who calls when, for how long,
// how patient, and when agents are there. It is plain data, fit for JSON and
// YAML, and says nothing of routing: the same workload is put to different
// configurations.
type Workload struct {
	// TimeZone is the IANA name of the wall clock that rates and shifts are
	// read on. Default UTC.
	TimeZone string `json:"time_zone,omitempty" yaml:"time_zone,omitempty"`
	// IntervalMinutes is the length of the intervals in which rates are given:
	// 5..1440, a divisor of a day. Default 30.
	IntervalMinutes int `json:"interval_minutes,omitempty" yaml:"interval_minutes,omitempty"`
	// Types are the kinds of contact. At least one.
	Types []Type `json:"types" yaml:"types"`
	// Crews say when agents work and how they behave. Agents whom no crew names
	// are there all the time and take every offer at once.
	Crews []Crew `json:"crews,omitempty" yaml:"crews,omitempty"`
	// Outages take agents away at once.
	Outages []Outage `json:"outages,omitempty" yaml:"outages,omitempty"`
}

// Type is one kind of contact.
type Type struct {
	// Name is what reports call it; unique. Default: the queue's id.
	Name string `json:"name,omitempty" yaml:"name,omitempty"`
	// Queue is where the contacts enter. Required.
	Queue routing.QueueID `json:"queue" yaml:"queue"`
	// Channel is a name of [routing.Channel]. Default voice.
	Channel routing.Channel `json:"channel,omitempty" yaml:"channel,omitempty"`
	// Priority is -1000..1000. Default 0.
	Priority int16 `json:"priority,omitempty" yaml:"priority,omitempty"`
	// PerHour is a constant rate of contacts an hour; if it is set, Rates must
	// not be.
	PerHour float64 `json:"per_hour,omitempty" yaml:"per_hour,omitempty"`
	// Rates are the contacts expected in each interval of a week.
	Rates Rates `json:"rates,omitzero" yaml:"rates,omitempty"`
	// Handle is how long the contact keeps the customer's agent talking.
	// Required, except with a trace that says it for each contact.
	Handle Distribution `json:"handle" yaml:"handle"`
	// WrapUp is how long the agent then takes until he ends his wrap-up; the
	// queue's rules may end it before. Nil: no after-work, even where the queue
	// allows it.
	WrapUp *Distribution `json:"wrap_up,omitempty" yaml:"wrap_up,omitempty"`
	// Patience is how long the customer waits before giving up. Nil: for ever.
	Patience *Distribution `json:"patience,omitempty" yaml:"patience,omitempty"`
}

// Rates are the contacts expected in each interval of the days of a week, from
// From on. A day not given has the rates of Weekdays (Monday to Friday) or
// Weekend; without those it has none. Within an interval arrivals are a
// Poisson process of constant rate.
type Rates struct {
	// From is the wall clock, "HH:MM", of the first interval of each day, a
	// multiple of the interval. Default 00:00.
	From      string    `json:"from,omitempty" yaml:"from,omitempty"`
	Weekdays  []float64 `json:"weekdays,omitempty" yaml:"weekdays,omitempty,flow"`
	Weekend   []float64 `json:"weekend,omitempty" yaml:"weekend,omitempty,flow"`
	Monday    []float64 `json:"monday,omitempty" yaml:"monday,omitempty,flow"`
	Tuesday   []float64 `json:"tuesday,omitempty" yaml:"tuesday,omitempty,flow"`
	Wednesday []float64 `json:"wednesday,omitempty" yaml:"wednesday,omitempty,flow"`
	Thursday  []float64 `json:"thursday,omitempty" yaml:"thursday,omitempty,flow"`
	Friday    []float64 `json:"friday,omitempty" yaml:"friday,omitempty,flow"`
	Saturday  []float64 `json:"saturday,omitempty" yaml:"saturday,omitempty,flow"`
	Sunday    []float64 `json:"sunday,omitempty" yaml:"sunday,omitempty,flow"`
}

// Crew is a group of agents with the same shifts and manners.
type Crew struct {
	// Agents and Profile choose the members: those listed, and all who have the
	// profile. An agent belongs to one crew at most.
	Agents  []routing.AgentID `json:"agents,omitempty" yaml:"agents,omitempty,flow"`
	Profile routing.ProfileID `json:"profile,omitempty" yaml:"profile,omitempty"`
	// Shifts are when they work. Default: always.
	Shifts []Shift `json:"shifts,omitempty" yaml:"shifts,omitempty"`
	// Answer is how long an agent lets an offer ring. Nil: no time.
	Answer *Distribution `json:"answer,omitempty" yaml:"answer,omitempty"`
	// DeclineShare of offers is declined, and MissShare is left ringing until
	// it times out: 0..1, together at most 1.
	DeclineShare float64 `json:"decline_share,omitempty" yaml:"decline_share,omitempty"`
	MissShare    float64 `json:"miss_share,omitempty" yaml:"miss_share,omitempty"`
	// ReturnSeconds is how long an agent who was put aside after an unanswered
	// offer takes to ask for work again. Default 60.
	ReturnSeconds float64 `json:"return_s,omitempty" yaml:"return_s,omitempty"`
	// Speed divides handling times: 2 is twice as fast. 0.1..10, default 1.
	Speed float64 `json:"speed,omitempty" yaml:"speed,omitempty"`
}

// Shift is a span of work on days of the week. Agents sign in when it begins
// and, when it ends, leave after what they have in hand.
type Shift struct {
	// Days are "monday" to "sunday", "weekdays" or "weekend". Default: all.
	Days []string `json:"days,omitempty" yaml:"days,omitempty,flow"`
	// From and To are wall clocks, "HH:MM" to 24:00; a To at or before From
	// lies on the next day.
	From   string  `json:"from" yaml:"from"`
	To     string  `json:"to" yaml:"to"`
	Breaks []Pause `json:"breaks,omitempty" yaml:"breaks,omitempty"`
}

// Pause is a break within a shift. It begins after what the agent has in hand.
type Pause struct {
	// At is the wall clock, "HH:MM".
	At      string  `json:"at" yaml:"at"`
	Minutes float64 `json:"minutes" yaml:"minutes"`
}

// Outage signs agents out at once and back in later, if they are on shift.
type Outage struct {
	// FromHours and Hours count from the start of the run.
	FromHours float64 `json:"from_hours" yaml:"from_hours"`
	Hours     float64 `json:"hours" yaml:"hours"`
	// Profile limits it to agents of a profile. Default: all agents.
	Profile routing.ProfileID `json:"profile,omitempty" yaml:"profile,omitempty"`
	// Share of those agents is hit, the first in order of configuration: above
	// 0, at most 1. Default 1.
	Share float64 `json:"share,omitempty" yaml:"share,omitempty"`
}

// faults collects what is wrong.
type faults []error

func (f *faults) add(path, format string, args ...any) {
	*f = append(*f, fmt.Errorf("%w: %s: %s", ErrInvalid, path, fmt.Sprintf(format, args...)))
}

// err joins the faults; nil if there are none.
func (f faults) err() error { return errors.Join(f...) }
