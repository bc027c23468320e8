package config

import (
	"fmt"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Duration is a time span written as Go writes it: 500ms, 30s, 1h.
type Duration time.Duration

// UnmarshalYAML reads a span; a bare number is refused, since it has no unit.
func (d *Duration) UnmarshalYAML(node *yaml.Node) error {
	span, err := time.ParseDuration(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil {
		return at(node, "want a duration with a unit, as 500ms, 30s or 1h, got %q", node.Value)
	}
	*d = Duration(span)
	return nil
}

// MarshalYAML writes the span as it is read.
func (d Duration) MarshalYAML() (any, error) { return time.Duration(d).String(), nil }

// Bytes is a size: a whole number of bytes, or one with a unit of 1024 (KiB,
// MiB, GiB, TiB).
type Bytes int64

var byteUnits = []struct {
	suffix string
	size   int64
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40}, {"B", 1}, {"", 1}}

// UnmarshalYAML reads a size.
func (b *Bytes) UnmarshalYAML(node *yaml.Node) error {
	for _, unit := range byteUnits {
		digits, ok := strings.CutSuffix(node.Value, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n < 0 || n > math.MaxInt64/unit.size {
			break
		}
		*b = Bytes(n * unit.size)
		return nil
	}
	return at(node, "want a size as 1048576, 8MiB or 10GiB, got %q", node.Value)
}

// MarshalYAML writes the size in the largest unit that divides it.
func (b Bytes) MarshalYAML() (any, error) {
	for i := 3; i >= 0; i-- {
		if size := byteUnits[i].size; int64(b) >= size && int64(b)%size == 0 {
			return strconv.FormatInt(int64(b)/size, 10) + byteUnits[i].suffix, nil
		}
	}
	return int64(b), nil
}

// Secret is a value that is never in the configuration file, in a log line or
// in printed configuration.
type Secret struct{ value string }

// NewSecret wraps a secret value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value itself, for the one place that needs it.
func (s Secret) Reveal() string { return s.value }

// IsSet tells whether there is a value.
func (s Secret) IsSet() bool { return s.value != "" }

// String never shows the value.
func (s Secret) String() string {
	if s.value == "" {
		return ""
	}
	return "(set)"
}

// GoString never shows the value either.
func (s Secret) GoString() string { return s.String() }

// LogValue keeps the value out of structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalYAML prints whether the secret is set.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// UnmarshalYAML takes a secret only from where [Load] put one: the
// environment. A secret that stands in the file is refused.
func (s *Secret) UnmarshalYAML(node *yaml.Node) error {
	if node.Tag != secretTag {
		return at(node, "a secret does not belong in the file: use its environment variable or the _file key beside it")
	}
	s.value = node.Value
	return nil
}

// secretTag marks the nodes that came from the environment.
const secretTag = "!trunkline-secret"

// at makes an error of a node, in the form in which yaml.v3 gives its own.
func at(node *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", node.Line, fmt.Sprintf(format, args...))}}
}
