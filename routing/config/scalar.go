package config

import (
	"encoding"
	"fmt"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/trunkline-cc/trunkline/routing"
)

// wrong is an error at a line that does not end the decoding, so that all
// errors of a document are found at once.
func wrong(n *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: ", n.Line) + fmt.Sprintf(format, args...)}}
}

// scalarText returns the text of a scalar.
func scalarText(n *yaml.Node, want string) (string, error) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return "", wrong(n, "want %s", want)
	}
	return n.Value, nil
}

// name is a value of one of the core's closed sets.
type name[T any, P interface {
	*T
	encoding.TextUnmarshaler
}] struct{ v T }

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *name[T, P]) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalarText(n, "a name")
	if err != nil {
		return err
	}
	if err := P(&s.v).UnmarshalText([]byte(text)); err != nil {
		return wrong(n, "%v", err)
	}
	return nil
}

type (
	channel      = name[routing.Channel, *routing.Channel]
	presence     = name[routing.Presence, *routing.Presence]
	contactOrder = name[routing.ContactOrder, *routing.ContactOrder]
	agentOrder   = name[routing.AgentOrder, *routing.AgentOrder]
	wrapUp       = name[routing.WrapUpMode, *routing.WrapUpMode]
)

// millis is a length of time.
type millis struct{ v routing.Millis }

// UnmarshalYAML implements yaml.Unmarshaler.
func (m *millis) UnmarshalYAML(n *yaml.Node) error {
	const want = "a length of time in whole milliseconds, as 20s or 1m30s"
	text, err := scalarText(n, want)
	if err != nil {
		return err
	}
	d, err := time.ParseDuration(text)
	if err != nil || d%time.Millisecond != 0 || d < 0 {
		return wrong(n, "%q, want %s", text, want)
	}
	m.v = routing.Millis(d.Milliseconds())
	return nil
}

type requirement struct{ v routing.Requirement }

// UnmarshalYAML implements yaml.Unmarshaler.
func (r *requirement) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalarText(n, "a requirement, as spanish>=3 and not trainee")
	if err != nil {
		return err
	}
	if r.v, err = routing.ParseRequirement(text); err != nil {
		return wrong(n, "%v", err)
	}
	return nil
}

type target struct{ v routing.Target }

// UnmarshalYAML implements yaml.Unmarshaler.
func (t *target) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalarText(n, "a target, as queue:overflow")
	if err != nil {
		return err
	}
	if t.v, err = routing.ParseTarget(text); err != nil {
		return wrong(n, "%v", err)
	}
	return nil
}

// after is a status, with the reason of a break as break:reason.
type after struct{ v routing.AfterOffer }

// UnmarshalYAML implements yaml.Unmarshaler.
func (a *after) UnmarshalYAML(n *yaml.Node) error {
	text, err := scalarText(n, "a status, as available, not_responding or break:reason")
	if err != nil {
		return err
	}
	status, reason, _ := strings.Cut(text, ":")
	if err := a.v.Status.UnmarshalText([]byte(status)); err != nil {
		return wrong(n, "%v", err)
	}
	if a.v.Status == routing.StatusOffline {
		return wrong(n, "an offer cannot sign an agent out")
	}
	a.v.BreakReason = reason
	return nil
}

// skills are levels by skill, in the order of the text.
type skills []routing.SkillLevel

// UnmarshalYAML implements yaml.Unmarshaler.
func (s *skills) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		return wrong(n, "want levels by skill, as {spanish: 3}")
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		var level uint8
		if n.Content[i].Kind != yaml.ScalarNode || n.Content[i+1].Decode(&level) != nil {
			return wrong(n.Content[i], "want a skill and a level 1..%d", routing.MaxLevel)
		}
		*s = append(*s, routing.SkillLevel{Skill: routing.SkillID(n.Content[i].Value), Level: level})
	}
	return nil
}
