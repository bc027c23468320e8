package app

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
)

// Classes of a [Verdict].
const (
	// VerdictFailed: the network did not bring the call about.
	VerdictFailed = "failed"
	// VerdictPoor: somebody heard poor sound.
	VerdictPoor = "poor"
	// VerdictGood: what could be classified was good.
	VerdictGood = "good"
	// VerdictUnknown: nobody tells enough.
	VerdictUnknown = "unknown"
)

// Verdict says whether a call was bad, where, and who says so.
type Verdict struct {
	Class string `json:"class"`
	// Statements are what each source says, the worst first.
	Statements []Statement `json:"statements"`
}

// Statement is what one source says of a call or a stream.
type Statement struct {
	Class string `json:"class"`
	// Source says so: sbc, sip, teams, log.
	Source string `json:"source"`
	// Where the sound was heard, or the trunk.
	Where string `json:"where"`
	// Why in words, with figures.
	Why string `json:"why"`
}

// judge gathers what all sides say; the worst of it is the verdict.
func judge(c *Call) Verdict {
	var said []Statement
	for i := range c.SBC {
		said = append(said, judgeSBC(&c.SBC[i])...)
	}
	for _, d := range c.Log {
		if d.Successful.OK && !d.Successful.V {
			said = append(said, Statement{VerdictFailed, "log", d.Trunk, fmt.Sprintf("no success, SIP %d %s", d.FinalSIPCode.Or(0), d.Phrase)})
		}
	}
	for _, r := range c.Records {
		for _, s := range r.Streams {
			said = append(said, judgeTeams(s))
		}
	}
	order := []string{VerdictFailed, VerdictPoor, VerdictGood, VerdictUnknown}
	slices.SortStableFunc(said, func(a, b Statement) int { return slices.Index(order, a.Class) - slices.Index(order, b.Class) })
	v := Verdict{Class: VerdictUnknown, Statements: said}
	if len(said) > 0 {
		v.Class = said[0].Class
	} else {
		v.Statements = []Statement{}
	}
	return v
}

// judgeSBC says what SIP and its streams say.
func judgeSBC(c *SBCCall) (said []Statement) {
	if c.Seized && !c.Effective {
		why := c.Outcome
		if c.FinalStatus.OK {
			why += fmt.Sprintf(", SIP %d", c.FinalStatus.V)
		}
		said = append(said, Statement{VerdictFailed, "sip", c.Trunk, why})
	}
	for _, s := range c.Streams {
		class := VerdictUnknown
		if s.Class != "unclassified" {
			class = s.Class
		}
		said = append(said, Statement{class, "sbc", fmt.Sprintf("%s, what it received from %s", s.Reporter, s.Peer), figures(s.LossPercent, s.JitterMillis, s.RTTMillis)})
	}
	return said
}

// judgeTeams says what a receiver told Microsoft.
func judgeTeams(s TeamsStream) Statement {
	class := VerdictUnknown
	if s.Class != "unclassified" {
		class = s.Class
	}
	why := figures(s.LossPercent, s.JitterMillis, s.RTTMillis)
	if len(s.Reasons) > 0 {
		why = strings.Join(s.Reasons, ", ") + ": " + why
	}
	where := s.Place.String()
	if s.Receiver != "" {
		where = s.Receiver + " at " + where
	}
	return Statement{class, "teams", where, why}
}

// figures writes the three that streams are classified by.
func figures(loss, jitter, rtt schema.Opt[float64]) string {
	var parts []string
	for _, f := range []struct {
		format string
		value  schema.Opt[float64]
	}{{"loss %.1f %%", loss}, {"jitter %.0f ms", jitter}, {"round trip %.0f ms", rtt}} {
		if f.value.OK {
			parts = append(parts, fmt.Sprintf(f.format, f.value.V))
		}
	}
	if len(parts) == 0 {
		return "no figures"
	}
	return strings.Join(parts, ", ")
}

// unmapped writes an IPv4 address in its own form.
func unmapped(ip string) string {
	if addr, err := netip.ParseAddr(ip); err == nil {
		return addr.Unmap().String()
	}
	return ip
}
