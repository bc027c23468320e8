package sipcalls

import (
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution/sipmsg"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Outcome is how an attempt ended.
type Outcome uint8

const (
	// Unknown: no end was seen.
	Unknown Outcome = iota
	// Answered: with a 2xx.
	Answered
	// Busy: 486, 600, or Q.850 cause 17.
	Busy
	// NoAnswer: it rang until somebody gave up, or Q.850 cause 18 or 19.
	NoAnswer
	// Rejected: the called party declined: 603, 607, or Q.850 cause 21.
	Rejected
	// Cancelled: the caller gave up before it rang.
	Cancelled
	// Elsewhere: another branch of the same call was answered (RFC 3326
	// section 3.1).
	Elsewhere
	// Redirected: 3xx.
	Redirected
	// Failed: anything else, the network's fault or the number's.
	Failed

	numOutcomes
)

var outcomes = [numOutcomes]string{"unknown", "answered", "busy", "no_answer", "rejected", "cancelled", "elsewhere", "redirected", "failed"}

// String returns a label such as "no_answer".
func (o Outcome) String() string {
	if o < numOutcomes {
		return outcomes[o]
	}
	return "other"
}

// Seized reports whether the attempt counts in the denominator of the answer
// seizure ratio and the network effectiveness ratio (ITU-T E.425): attempts
// with a known end that were neither sent elsewhere nor answered there.
func (o Outcome) Seized() bool { return o != Unknown && o != Elsewhere && o != Redirected }

// Effective reports whether the attempt counts in the numerator of the network
// effectiveness ratio (ITU-T E.425): the network did its part, whatever the
// people did.
func (o Outcome) Effective() bool {
	return o == Answered || o == Busy || o == NoAnswer || o == Rejected
}

// Side is an end of a call.
type Side uint8

const (
	SideUnknown Side = iota
	Caller
	Callee
)

// String returns "", "caller" or "callee".
func (s Side) String() string {
	return [...]string{"", "caller", "callee"}[min(s, Callee)]
}

// State says why a call was handed out.
type State uint8

const (
	// Ended: its end was seen.
	Ended State = 1 + iota
	// TimedOut: nothing was heard of it for too long.
	TimedOut
	// Evicted: there was no room to follow it further.
	Evicted
)

// String returns "ended", "timed_out" or "evicted".
func (s State) String() string {
	return [...]string{"", "ended", "timed_out", "evicted"}[min(s, Evicted)]
}

// WholeVersion is the first version of a call whose INVITE was seen.
const WholeVersion = 1 << 16

// Call is what is known of one call attempt. Times are capture times, UTC; the
// zero Time is unknown. Durations are whole milliseconds; they are unknown when
// an end of theirs is, or when clocks of different agents make them negative.
type Call struct {
	CallID schema.CallID
	// Version grows with each time the call is handed out: from 1 while its
	// INVITE was not seen, from [WholeVersion] since. So what is made of a
	// stray message after the call was forgotten, or after a restart, never
	// replaces what was known of the whole.
	Version uint32
	State   State

	// From and To are the parties and Target the Request-URI of the INVITE.
	From, To, Target sipmsg.URI

	// AttemptAt is the first INVITE; RingingAt the first 180, or 18x with
	// media; AnsweredAt the first 2xx; EndedAt the BYE, the final failure or
	// the CANCEL.
	AttemptAt, RingingAt, AnsweredAt, EndedAt time.Time

	Outcome Outcome
	// FinalStatus is the final SIP status of the attempt, 200..699; 0 if none
	// was seen. After a challenge it is that of the attempt with credentials.
	FinalStatus int
	// FinalReason is the Reason that came with the failure, the CANCEL or the
	// BYE; Q.850 is preferred. The zero Reason means none.
	FinalReason sipmsg.Reason
	// EndedBy is who hung up or gave up.
	EndedBy Side

	// PostDialDelayMillis is from INVITE to ringing, or to early media.
	PostDialDelayMillis mediaqos.Opt[int64]
	// SetupMillis is from INVITE to answer.
	SetupMillis mediaqos.Opt[int64]
	// TalkMillis is from answer to BYE.
	TalkMillis mediaqos.Opt[int64]
}
