package pipeline

import (
	"cmp"
	"encoding/json"
	"net/netip"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/schema"
)

// callSeen is how the earliest message of a call came.
type callSeen struct {
	capture  attribution.Capture
	from, to netip.AddrPort
	sender   netip.AddrPort
	node     string
	home     *inbox
}

// before gives any two messages of a call one order, whichever came first.
func (c *callSeen) before(o *callSeen) bool {
	return cmp.Or(
		c.capture.At.Compare(o.capture.At), cmp.Compare(c.capture.Listener, o.capture.Listener),
		cmp.Compare(c.capture.CaptureID, o.capture.CaptureID), c.from.Compare(o.from),
	) < 0
}

// sweepEvery is how often calls that are forgotten elsewhere are forgotten here.
const sweepEvery = time.Minute

// over hands out calls to the listeners that saw them begin. The caller holds mu.
func (a *Attributor) over(now time.Time) {
	for _, call := range a.tracker.Due(now) {
		c := a.calls[call.CallID]
		if c == nil {
			continue // its listener is gone
		}
		ans, verdict := a.answer(now, &attribution.Evidence{Capture: c.capture, From: c.from, To: c.to, CallID: call.CallID})
		if verdict == attribution.Attributed {
			a.stats.CallsAttributed++
			c.home.putCall(CallFact{
				Source: c.home.source, Origin: ans.origin, Direction: ans.direction, Call: call, Version: a.callVersion(now, &call),
			})
			continue
		}
		a.stats.CallsQuarantined++
		if f, ok := a.callInQuarantine(now, c, &call, &ans); ok {
			c.home.putQuarantined(f)
		} else {
			c.home.refuseCall()
		}
	}
	if now.Sub(a.swept) >= sweepEvery {
		a.swept = now
		for id := range a.calls {
			if !a.tracker.Has(id) {
				delete(a.calls, id)
			}
		}
	}
}

// callVersion rises; a call whose INVITE was seen beats one that began before
// we looked.
func (a *Attributor) callVersion(now time.Time, call *sipcalls.Call) uint64 {
	a.version = max(a.version+1, uint64(max(now.UnixMicro(), 0)))
	if !call.AttemptAt.IsZero() {
		return a.version + schema.WholeCallVersion
	}
	return a.version
}

// callInQuarantine keeps a call that nobody owns: the fact itself, since it is
// what is left of its messages.
func (a *Attributor) callInQuarantine(now time.Time, c *callSeen, call *sipcalls.Call, ans *answer) (QuarantineFact, bool) {
	if !a.rations.take(c.home.source.Name, c.capture.Source, now) {
		return QuarantineFact{}, false
	}
	payload, err := json.Marshal(call)
	if err != nil {
		return QuarantineFact{}, false
	}
	f := QuarantineFact{
		// The time of its first message, and not now: it is part of the row's
		// key, and a call that is told again, also after a restart, is one row.
		Source: c.home.source, Received: c.capture.At, Captured: c.capture.At, Sender: c.sender, From: c.from, To: c.to,
		HasCaptureID: c.capture.HasCaptureID, CaptureID: c.capture.CaptureID, NodeName: c.node, CallID: call.CallID,
		Form: FormCall, Payload: payload, Reason: ans.reason, Answers: ans.answers,
		RetentionDays: a.o.QuarantineRetentionDays,
	}
	for _, u := range []string{call.From.Host, call.To.Host, call.Target.Host} {
		if u != "" {
			f.Hosts = append(f.Hosts, u)
		}
	}
	f.identify()
	a.version = max(a.version+1, uint64(max(now.UnixMicro(), 0)))
	f.Version = a.version
	return f, true
}
