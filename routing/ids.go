package routing

import "strconv"

// Time is an instant in milliseconds since the Unix epoch. The core never
// reads a clock: every instant arrives with an event.
type Time int64

// Millis is a length of time in milliseconds.
type Millis int64

// Add returns the instant d after t.
func (t Time) Add(d Millis) Time { return t + Time(d) }

// Sub returns the time from u to t.
func (t Time) Sub(u Time) Millis { return Millis(t - u) }

// ContactID names one customer contact of a pool, unique among the contacts
// that the state holds. It is free text; a lower-case dashed UUID is the
// cheapest to store.
type ContactID string

// AgentID names an agent of the pool, as its tenant's directory does.
type AgentID string

// QueueID names a queue of the pool. Empty stands for "no queue": contacts
// for one person and outbound contacts.
type QueueID string

// ProfileID names a routing profile.
type ProfileID string

// SkillID names a skill.
type SkillID string

// OfferID numbers the offers of one routing state, from 1. It tells a late
// answer to an earlier offer from an answer to the present one.
type OfferID uint64

// String returns the number in decimal.
func (id OfferID) String() string { return strconv.FormatUint(uint64(id), 10) }
