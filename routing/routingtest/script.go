package routingtest

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// Script runs a scenario: text that shows what goes in and what comes out, so
// that it can be read as documentation. It begins with a configuration between
// two lines of three dashes; then each line is a command, and what it brings
// about follows, indented. Lines that begin with # are prose.
//
//	at 2s enqueue c1 queue=support step="spanish>=3 until 20s" priority=1
//	at 3s accept c1
//	at 4s sign_in kim
//	at 5s explain contact c1
//	at 6s restore
//	at 7s config            (a configuration between dashes follows)
//
// Instants count from [Start]. Commands are the names of events; the contact or
// agent stands after the name, other fields are key=value. Core and twin run
// side by side, the core's invariants are checked after every command, and the
// twin must agree. The result is the script with its output as it is now; the
// error says where a command cannot be read or something disagrees.
func Script(text string, parse func([]byte) (*routing.Config, error)) (string, error) {
	sc := &script{parse: parse, lines: strings.Split(strings.TrimRight(text, "\n"), "\n"), witness: NewWitness()}
	for sc.at < len(sc.lines) {
		line := sc.lines[sc.at]
		sc.at++
		switch {
		case strings.HasPrefix(line, "  "):
			continue // output of the last run
		case line == "---" && sc.core == nil:
			if err := sc.begin(); err != nil {
				return "", fmt.Errorf("line %d: %w", sc.at, err)
			}
		case line == "" || strings.HasPrefix(line, "#"):
			sc.out.WriteString(line + "\n")
		default:
			sc.out.WriteString(line + "\n")
			if err := sc.command(line); err != nil {
				return "", fmt.Errorf("line %d: %s: %w", sc.at, line, err)
			}
		}
	}
	return sc.out.String(), nil
}

type script struct {
	parse   func([]byte) (*routing.Config, error)
	lines   []string
	at      int
	out     bytes.Buffer
	core    *routing.State
	twin    *Twin
	witness *Witness
	now     routing.Time
}

// block reads a configuration up to the closing dashes.
func (sc *script) block() (*routing.Config, error) {
	var text []string
	sc.out.WriteString("---\n")
	for ; sc.at < len(sc.lines); sc.at++ {
		sc.out.WriteString(sc.lines[sc.at] + "\n")
		if sc.lines[sc.at] == "---" {
			sc.at++
			return sc.parse([]byte(strings.Join(text, "\n")))
		}
		text = append(text, sc.lines[sc.at])
	}
	return nil, fmt.Errorf("a configuration without closing dashes")
}

func (sc *script) begin() error {
	cfg, err := sc.block()
	if err != nil {
		return err
	}
	sc.now = Start
	if sc.core, err = routing.New(cfg, Start); err != nil {
		return err
	}
	sc.witness.follow(cfg)
	sc.twin, err = NewTwin(cfg, Start)
	return err
}

func (sc *script) command(line string) error {
	words, err := split(line)
	if err != nil {
		return err
	}
	if sc.core == nil || len(words) < 3 || words[0] != "at" {
		return fmt.Errorf("want a configuration, then: at 2s command")
	}
	after, err := time.ParseDuration(words[1])
	if err != nil {
		return err
	}
	sc.now = Start.Add(routing.Millis(after.Milliseconds()))
	switch words[2] {
	case "explain":
		return sc.explain(words[3:])
	case "restore":
		data, err := sc.core.AppendBinary(nil)
		if err != nil {
			return err
		}
		sc.core, err = routing.Restore(data)
		return err
	}
	ev, err := sc.event(words[2:])
	if err != nil {
		return err
	}
	got, want := sc.core.Step(sc.now, ev), sc.twin.Step(sc.now, ev)
	sc.out.WriteString(Format(got))
	if diff := Diff(want, got); diff != "" {
		return fmt.Errorf("the twin differs at %s:\n%s", diff, Format(want))
	}
	if err := sc.witness.See(sc.now, ev, got); err != nil {
		return err
	}
	return sc.core.Check()
}

// event reads a command that is an event.
func (sc *script) event(words []string) (routing.Event, error) {
	var ev routing.Event
	if err := ev.Kind.UnmarshalText([]byte(words[0])); err != nil {
		return ev, err
	}
	words = words[1:]
	if len(words) > 0 && !strings.Contains(words[0], "=") {
		switch ev.Kind {
		case routing.EventAgentSignedIn, routing.EventAgentSignedOut, routing.EventAgentStatusRequested, routing.EventAgentPresenceChanged,
			routing.EventAgentCapacityChanged, routing.EventAgentRemoved, routing.EventWrapUpEnded, routing.EventAgentConfigured:
			ev.Agent = routing.AgentID(words[0])
		default:
			ev.Contact = routing.ContactID(words[0])
			ev.Offer = sc.witness.Offers[ev.Contact].Offer
		}
		words = words[1:]
	}
	switch ev.Kind {
	case routing.EventAgentSignedIn, routing.EventAgentStatusRequested:
		ev.Status = routing.StatusAvailable
	case routing.EventAgentConfigured:
		ev.AgentConfig = &routing.Agent{ID: ev.Agent}
	case routing.EventConfigured:
		if sc.at >= len(sc.lines) || sc.lines[sc.at] != "---" {
			return ev, fmt.Errorf("want a configuration between dashes")
		}
		sc.at++
		cfg, err := sc.block()
		ev.Config = cfg
		return ev, err
	}
	for _, word := range words {
		key, value, ok := strings.Cut(word, "=")
		if !ok {
			return ev, fmt.Errorf("%q: want key=value", word)
		}
		if err := set(&ev, key, value); err != nil {
			return ev, fmt.Errorf("%s: %w", key, err)
		}
	}
	return ev, nil
}

// set puts one key=value into an event.
func set(ev *routing.Event, key, value string) (err error) {
	plan := func() *routing.Plan {
		if ev.Plan == nil {
			ev.Plan = &routing.Plan{}
		}
		return ev.Plan
	}
	number := func() (n int) {
		n, err = strconv.Atoi(value)
		return n
	}
	span := func() routing.Millis {
		var d time.Duration
		d, err = time.ParseDuration(value)
		return routing.Millis(d.Milliseconds())
	}
	switch key {
	case "contact":
		ev.Contact = routing.ContactID(value)
	case "agent":
		ev.Agent = routing.AgentID(value)
	case "queue":
		ev.Queue = routing.QueueID(value)
	case "person":
		ev.Person = routing.AgentID(value)
	case "offer":
		ev.Offer = routing.OfferID(number())
	case "priority":
		ev.Priority = int16(number())
		ev.Update |= routing.UpdatePriority
	case "credit":
		ev.CreditMillis = span()
	case "entered":
		ev.EnqueuedAt = Start.Add(span())
	case "channel":
		err = ev.Channel.UnmarshalText([]byte(value))
	case "outbound":
		ev.Outbound, err = strconv.ParseBool(value)
	case "status":
		err = ev.Status.UnmarshalText([]byte(value))
	case "reason":
		ev.BreakReason = value
	case "presence":
		err = ev.Presence.UnmarshalText([]byte(value))
	case "capacity":
		ev.Capacity = number()
	case "preferred":
		for id := range strings.SplitSeq(value, ",") {
			plan().Preferred = append(plan().Preferred, routing.AgentID(id))
		}
	case "grace":
		plan().GraceMillis = span()
	case "step":
		var st routing.Step
		st, err = step(value)
		plan().Steps = append(plan().Steps, st)
		ev.Update |= routing.UpdatePlan
	case "profile":
		ev.AgentConfig.Profile = routing.ProfileID(value)
	case "skill":
		name, level, _ := strings.Cut(value, ":")
		value = level
		ev.AgentConfig.Skills = append(ev.AgentConfig.Skills, routing.SkillLevel{Skill: routing.SkillID(name), Level: uint8(number())})
	default:
		err = fmt.Errorf("unknown key")
	}
	return err
}

// step reads "requirement people a,b until 20s", each part optional.
func step(text string) (routing.Step, error) {
	var st routing.Step
	text, until, ok := cutLast(text, "until ")
	if ok {
		d, err := time.ParseDuration(until)
		if err != nil {
			return st, err
		}
		st.UntilMillis = routing.Millis(d.Milliseconds())
	}
	text, people, ok := cutLast(text, "people ")
	if ok {
		for id := range strings.SplitSeq(strings.TrimSpace(people), ",") {
			st.People = append(st.People, routing.AgentID(id))
		}
	}
	var err error
	st.Require, err = routing.ParseRequirement(text)
	return st, err
}

func cutLast(text, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(text, sep); i >= 0 {
		return text[:i], text[i+len(sep):], true
	}
	return text, "", false
}

// split cuts a line at spaces outside quotes, and takes the quotes off.
func split(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	inside, any := false, false
	for _, c := range line {
		switch {
		case c == '"':
			inside, any = !inside, true
		case c == ' ' && !inside:
			if any {
				words = append(words, word.String())
				word.Reset()
				any = false
			}
		default:
			word.WriteRune(c)
			any = true
		}
	}
	if inside {
		return nil, fmt.Errorf("quotes that do not end")
	}
	if any {
		words = append(words, word.String())
	}
	return words, nil
}

// explain prints an explanation, one fact a line.
func (sc *script) explain(words []string) error {
	if len(words) != 2 {
		return fmt.Errorf("want explain contact c1, or explain agent kim")
	}
	put := func(format string, args ...any) { fmt.Fprintf(&sc.out, "  "+format+"\n", args...) }
	if words[0] == "contact" {
		e, err := sc.core.ExplainContact(routing.ContactID(words[1]))
		if err != nil {
			return err
		}
		put("%s in %q for %d ms, position %d, steps %v, grace %v", e.Phase, e.Queue, e.WaitedMillis, e.Position, e.Steps, e.Grace)
		if e.Grace {
			put("asked alone: %s", e.Preferred)
		}
		if e.NextChange != 0 {
			put("next change at %s", stamp(e.NextChange))
		}
		for _, a := range e.Agents {
			put("%s: %s", a.Agent, a.Test)
		}
		return nil
	}
	e, err := sc.core.ExplainAgent(routing.AgentID(words[1]))
	if err != nil {
		return err
	}
	put("%s, status %s, presence %s, idle for %d ms, %d ahead", e.State, e.Status, e.Presence, e.IdleMillis, e.Ahead)
	if e.Wished {
		put("wants to be %s", e.Wish)
	}
	for _, w := range e.Work {
		put("has %s on %s: %s, holds room %v", w.Contact, w.Channel, w.State, w.Holds)
	}
	for _, r := range e.Room {
		put("%s: %d of %d, free %v", r.Channel, r.InHand, r.Max, r.Free)
	}
	for _, c := range e.Contacts {
		put("%s: %s", c.Contact, c.Test)
	}
	return nil
}
