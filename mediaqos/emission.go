package mediaqos

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Emission is one full media fact to be written, or one to be taken back. Its
// key is (Tenant, Time, ReportID); among emissions of one key the last one
// holds, so the writer gives them rising versions in the order in which they
// came out of [Streams].
type Emission struct {
	Tenant   schema.TenantID
	ReportID schema.ReportID
	// Time is the capture time at the earliest tap, UTC, in whole microseconds.
	Time time.Time
	// Deleted makes this a tombstone: the fact of this key is no more (the
	// same report turned out to have been captured earlier elsewhere, and has
	// another key). Fields below are those of the fact taken back.
	Deleted bool
	// Late marks a report older than all that its stream still remembers: its
	// figures cannot be derived here (Baseline is BaselineLate). Write it with
	// the lowest version, since a better row of its key may exist.
	Late bool

	StreamID schema.StreamID
	// Label is that of the stream, see [Observation.Label].
	Label uint32
	// Taps are where the report was seen, the earliest first.
	Taps TapList
	// Wire is the half that is never rewritten.
	Wire Wire
	// Media is what was known of the medium when Derived was made.
	Media Media
	// Derived is the half that formulas make.
	Derived Derived
}

// sameKey says that two emissions of one tenant are about the same fact.
func (e *Emission) sameKey(o Emission) bool {
	return o.ReportID == e.ReportID && o.Time.Equal(e.Time)
}

// Observation is one report block seen at one tap.
type Observation struct {
	Tenant schema.TenantID
	// At is the capture time. It is kept in whole microseconds.
	At time.Time
	// Tap is where it was seen.
	Tap Tap
	// Wire is the block.
	Wire Wire
	// RTT is what [Legs] of this tap found for it; the zero RTT is none.
	RTT RTT
	// Media is what is known about the medium by now; it is taken where its
	// source is stronger than what the stream knows.
	Media Media
	// Label is the caller's own word for where the stream belongs (a call, an
	// origin); it means nothing here. 0 is none. A stream keeps the first one
	// that is not 0 and gives it back in [Emission.Label]; remembered reports
	// that were handed out without it are handed out again. Where streams turn
	// out to be one, the label of the earlier reports holds.
	Label uint32
}
