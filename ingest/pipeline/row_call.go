package pipeline

import (
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Row writes a call as a row of sip_calls; row is overwritten.
func (f *CallFact) Row(row *schema.SIPCall) {
	c := &f.Call
	*row = schema.SIPCall{
		Tenant: f.Origin.Tenant, Time: f.time(), CallID: c.CallID, Trunk: f.Origin.Trunk, AttributionRule: f.Origin.Rule,
		Direction: f.Direction.String(),
		FromUser:  c.From.User, FromHost: c.From.Host, ToUser: c.To.User, ToHost: c.To.Host,
		TargetUser: c.Target.User, TargetHost: c.Target.Host,
		HasInvite: !c.AttemptAt.IsZero(), State: c.State.String(), Outcome: c.Outcome.String(),
		IsSeized: c.Outcome.Seized(), IsEffective: c.Outcome.Effective(),
		ReasonProtocol: c.FinalReason.Protocol, ReasonText: c.FinalReason.Text, EndedBy: c.EndedBy.String(),
		RingingAt: moment(c.RingingAt), AnsweredAt: moment(c.AnsweredAt), EndedAt: moment(c.EndedAt),
		PostDialDelayMillis: c.PostDialDelayMillis, SetupMillis: c.SetupMillis, TalkMillis: c.TalkMillis,
		Fact: f.Source.tail(f.Version),
	}
	if c.FinalStatus != 0 {
		row.FinalStatus = schema.Some(uint16(c.FinalStatus))
	}
	if cause := c.FinalReason.Cause; cause > 0 && cause <= 0xffff {
		row.ReasonCause = schema.Some(uint16(cause))
	}
}

// time is the attempt, or the earliest moment that is known of it.
func (f *CallFact) time() time.Time {
	c := &f.Call
	for _, t := range []time.Time{c.AttemptAt, c.RingingAt, c.AnsweredAt, c.EndedAt} {
		if !t.IsZero() {
			return t.UTC().Truncate(time.Microsecond)
		}
	}
	return time.Time{}
}

// moment is an optional time in whole microseconds.
func moment(t time.Time) schema.Opt[time.Time] {
	if t.IsZero() {
		return schema.Opt[time.Time]{}
	}
	return schema.Some(t.UTC().Truncate(time.Microsecond))
}

// tail is the end of every row.
func (s *Source) tail(version uint64) schema.Fact {
	return schema.Fact{Source: s.Name, IsSynthetic: s.Synthetic, RetentionDays: s.RetentionDays, Version: version}
}
