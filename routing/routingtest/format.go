package routingtest

import (
	"fmt"
	"strings"

	"github.com/trunkline-cc/trunkline/routing"
)

// Diff tells where two steps' effects differ, "" if they do not. The wording
// of refusals is left out.
func Diff(want, got []routing.Effect) string {
	for i := range max(len(want), len(got)) {
		switch {
		case i >= len(want):
			return fmt.Sprintf("effect %d is too much", i)
		case i >= len(got):
			return fmt.Sprintf("effect %d is missing", i)
		}
		a, b := want[i], got[i]
		da, db := a.Decision, b.Decision
		a.Decision, b.Decision, a.Detail, b.Detail = nil, nil, "", ""
		if a != b || (da == nil) != (db == nil) || da != nil && *da != *db {
			return fmt.Sprintf("effect %d", i)
		}
	}
	return ""
}

// Format writes effects one a line, as scenarios show them.
func Format(effects []routing.Effect) string {
	var b strings.Builder
	for i := range effects {
		b.WriteString("  ")
		b.WriteString(Line(&effects[i]))
		b.WriteByte('\n')
	}
	return b.String()
}

// Line writes one effect: its kind, then what is set.
func Line(e *routing.Effect) string {
	words := []string{e.Kind.String()}
	add := func(name string, value any, set bool) {
		if set {
			words = append(words, fmt.Sprintf("%s=%v", name, value))
		}
	}
	if d := e.Decision; d != nil {
		return strings.Join(append(words, decision(d)...), " ")
	}
	add("contact", e.Contact, e.Contact != "")
	add("agent", e.Agent, e.Agent != "")
	add("queue", e.Queue, e.Queue != "")
	add("offer", e.Offer, e.Offer != 0)
	if e.Kind == routing.EffectAgentState {
		add("from", e.From, true)
		add("to", e.To, true)
		add("reason", e.BreakReason, e.BreakReason != "")
	}
	add("reason", e.Reason, e.Reason != routing.ReasonNone)
	if e.Target.Kind != routing.TargetNone {
		add("to", strings.TrimSuffix(e.Target.Kind.String()+":"+e.Target.To, ":"), true)
	}
	add("channel", e.Channel, e.Channel != routing.ChannelVoice)
	add("at", stamp(e.At), e.At != 0)
	add("position", e.Position, e.Position != 0)
	add("wait", e.EstimatedWaitMillis, e.EstimateKnown)
	add("because", fmt.Sprintf("%q", e.Detail), e.Detail != "")
	return strings.Join(words, " ")
}

// stamp writes an instant as seconds since Start.
func stamp(at routing.Time) string {
	ms := int64(at - Start)
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%03d", ms/1000, ms%1000), "0"), ".") + "s"
}

func decision(d *routing.Decision) []string {
	words := []string{d.Outcome.String(), "trigger=" + d.Trigger.String()}
	if d.Contact != "" {
		words = append(words, "contact="+string(d.Contact), fmt.Sprintf("step=%d", d.Step))
	}
	if d.Agent != "" {
		words = append(words, "agent="+string(d.Agent))
	}
	rule := d.AgentOrder.String()
	if d.ByAgent {
		rule = d.ContactOrder.String()
	}
	if d.Contact != "" {
		words = append(words, "by="+rule)
	}
	for test, n := range d.Counts {
		if n > 0 {
			words = append(words, fmt.Sprintf("%s:%d", routing.Test(test), n))
		}
	}
	for _, ex := range d.Examples[:d.NumExamples] {
		words = append(words, fmt.Sprintf("(%s %s)", ex.Agent, ex.Test))
	}
	return words
}
