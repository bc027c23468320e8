package routing_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/routing"
)

func TestParseRequirement(t *testing.T) {
	levels := func(s routing.SkillID) uint8 { return map[routing.SkillID]uint8{"a": 3, "b": 1, "two words": 5}[s] }
	for _, c := range []struct {
		text, written string
		met           bool
	}{
		{"", "", true},
		{"a", "a>=1", true},
		{"a>=3", "a>=3", true},
		{"a>=4", "a>=4", false},
		{"a and c", "a>=1 and c>=1", false},
		{"a or c", "a>=1 or c>=1", true},
		{"not c and b", "not c>=1 and b>=1", true},
		{"not (a or c)", "not (a>=1 or c>=1)", false},
		{"c or b and a>=2", "c>=1 or b>=1 and a>=2", true},
		{"(c or b) and a>=5", "(c>=1 or b>=1) and a>=5", false},
		{`"two words">=5`, `"two words">=5`, true},
		{`"or"`, `"or">=1`, false},
		{" ( ( a ) ) ", "a>=1", true},
	} {
		r, err := routing.ParseRequirement(c.text)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if got := r.String(); got != c.written {
			t.Errorf("%q is written %q, want %q", c.text, got, c.written)
		}
		if got := r.MetBy(levels); got != c.met {
			t.Errorf("%q: met %v, want %v", c.text, got, c.met)
		}
	}
	for text, at := range map[string]string{
		"a >> 3": "byte 2", "a>=6": "byte 3", "a>=": "byte 3", "a and": "byte 5", "and a": "byte 0", "(a": "byte 2", "a)": "byte 1",
		"a b": "byte 2", `"a`: "byte 0", `""`: "byte 0", "not": "byte 3", strings.Repeat("(", 1000): "byte", strings.Repeat("not ", 40) + "a": "byte",
		strings.Repeat("a and ", 70) + "a": "byte",
	} {
		if _, err := routing.ParseRequirement(text); !errors.Is(err, routing.ErrSyntax) || !strings.Contains(err.Error(), at) {
			t.Errorf("%.40q: error %v, want ErrSyntax at %s", text, err, at)
		}
	}
}

// TestRequirementRoundTrip: what String writes, ParseRequirement reads.
func TestRequirementRoundTrip(t *testing.T) {
	var tree func(rt *rapid.T, depth int) routing.Requirement
	tree = func(rt *rapid.T, depth int) routing.Requirement {
		op := rapid.IntRange(0, 5).Draw(rt, "op")
		if depth == 0 || op < 3 {
			skill := rapid.SampledFrom([]routing.SkillID{"a", "b-2", "not", "x y", "é"}).Draw(rt, "skill")
			return routing.Need(skill, rapid.Uint8Range(1, 5).Draw(rt, "level"))
		}
		if op == 3 {
			return routing.Not(tree(rt, depth-1))
		}
		of := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) routing.Requirement { return tree(rt, depth-1) }), 2, 3).Draw(rt, "of")
		if op == 4 {
			return routing.All(of...)
		}
		return routing.Any(of...)
	}
	rapid.Check(t, func(rt *rapid.T) {
		r := tree(rt, 3)
		again, err := routing.ParseRequirement(r.String())
		if err != nil {
			rt.Fatalf("%s: %v", r, err)
		}
		if again.String() != r.String() {
			rt.Fatalf("%s came back as %s", r, again)
		}
		level := func(s routing.SkillID) uint8 { return uint8(len(s)) }
		if again.MetBy(level) != r.MetBy(level) {
			rt.Fatalf("%s has another meaning", r)
		}
	})
}

func FuzzParseRequirement(f *testing.F) {
	for _, text := range []string{"a>=3 and (b or not c>=2)", `"x y">=1`, "((a", "not not a"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := routing.ParseRequirement(text)
		if err != nil {
			if !errors.Is(err, routing.ErrSyntax) {
				t.Fatal(err)
			}
			return
		}
		again, err := routing.ParseRequirement(r.String())
		if err != nil || again.String() != r.String() {
			t.Fatalf("%q is written %q, which reads %q, %v", text, r, again, err)
		}
	})
}
