package routing

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrSnapshot is wrapped by every error about bytes that are not a snapshot of
// a version this code reads, or that describe a state which cannot be.
var ErrSnapshot = errors.New("snapshot")

// writer builds a snapshot.
type writer struct{ b []byte }

func (w *writer) uint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)   { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) byte(v byte)   { w.b = append(w.b, v) }

func (w *writer) bool(v bool) {
	if v {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

// text writes a string. A UUID in lower-case dashed form, which is what most
// ids are, takes 17 bytes in place of 37.
func (w *writer) text(s string) {
	if raw, ok := packUUID(s); ok {
		w.b = append(w.b, 0)
		w.b = append(w.b, raw[:]...)
		return
	}
	w.uint(uint64(len(s)) + 1)
	w.b = append(w.b, s...)
}

// id writes a string of which the reader knows by another sign whether it is a
// UUID.
func (w *writer) id(s string) {
	if raw, ok := packUUID(s); ok {
		w.b = append(w.b, raw[:]...)
		return
	}
	w.uint(uint64(len(s)))
	w.b = append(w.b, s...)
}

func isUUID(s string) bool {
	_, ok := packUUID(s)
	return ok
}

const hexDigits = "0123456789abcdef"

func packUUID(s string) (raw [16]byte, ok bool) {
	if len(s) != 36 {
		return raw, false
	}
	n := 0
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return raw, false
			}
			continue
		}
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		default:
			return raw, false
		}
		raw[n/2] = raw[n/2]<<4 | c
		n++
	}
	return raw, true
}

func unpackUUID(raw []byte) string {
	var s [36]byte
	n := 0
	for i := range s {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			s[i] = '-'
			continue
		}
		s[i] = hexDigits[raw[n/2]>>(4-4*(n%2))&15]
		n++
	}
	return string(s[:])
}

// reader takes a snapshot apart. After the first fault it gives zeros; the
// fault is asked for at the end of each part.
type reader struct {
	b     []byte
	fault error
}

func (r *reader) fail(format string, args ...any) {
	if r.fault == nil {
		r.fault = fmt.Errorf("%w: %s", ErrSnapshot, fmt.Sprintf(format, args...))
		r.b = nil
	}
}

func (r *reader) uint(what string) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("%s: truncated number", what)
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) int(what string) int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail("%s: truncated number", what)
		return 0
	}
	r.b = r.b[n:]
	return v
}

// below reads a number that must be less than limit.
func (r *reader) below(limit int, what string) int {
	v := r.uint(what)
	if v >= uint64(max(limit, 1)) || limit == 0 && r.fault == nil {
		r.fail("%s: %d, want less than %d", what, v, limit)
		return 0
	}
	return int(v)
}

// from reads a number in low..high.
func (r *reader) from(low, high int64, what string) int64 {
	v := r.int(what)
	if v < low || v > high {
		r.fail("%s: %d, want %d..%d", what, v, low, high)
		return max(low, min(0, high))
	}
	return v
}

// count reads the length of a list whose entries take at least one byte each.
func (r *reader) count(what string) int {
	v := r.uint(what)
	if v > uint64(len(r.b)) {
		r.fail("%s: %d entries in %d bytes", what, v, len(r.b))
		return 0
	}
	return int(v)
}

func (r *reader) byte(what string) byte {
	if len(r.b) == 0 {
		r.fail("%s: truncated", what)
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) bool(what string) bool {
	v := r.byte(what)
	if v > 1 {
		r.fail("%s: %d, want 0 or 1", what, v)
	}
	return v == 1
}

func (r *reader) bytes(n int, what string) []byte {
	if n > len(r.b) {
		r.fail("%s: %d bytes of %d", what, n, len(r.b))
		return nil
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

func (r *reader) text(what string) string {
	n := r.uint(what)
	if n == 0 {
		if raw := r.bytes(16, what); raw != nil {
			return unpackUUID(raw)
		}
		return ""
	}
	if n-1 > MaxIDBytes {
		r.fail("%s: text of %d bytes, want at most %d", what, n-1, MaxIDBytes)
		return ""
	}
	return string(r.bytes(int(n-1), what))
}

// id reads what writer.id wrote.
func (r *reader) id(uuid bool, what string) string {
	if uuid {
		if raw := r.bytes(16, what); raw != nil {
			return unpackUUID(raw)
		}
		return ""
	}
	n := r.below(MaxIDBytes+1, what)
	return string(r.bytes(n, what))
}

// numOps is the number of operators; a requirement begins with its operator
// plus numOps times what it is applied to: a number of operands, or a skill and
// a level in one, 0 for a skill that the configuration no longer has.
const numOps = uint64(OpNot) + 1

func (w *writer) requirement(q *Requirement, skills map[SkillID]int32) {
	switch q.Op {
	case OpSkill:
		if number, ok := skills[q.Skill]; ok {
			w.uint(uint64(q.Op) + numOps*(1+uint64(number)*MaxLevel+uint64(q.Level)-1))
			return
		}
		w.uint(uint64(q.Op))
		w.byte(q.Level)
		w.text(string(q.Skill))
	case OpAll, OpAny, OpNot:
		w.uint(uint64(q.Op) + numOps*uint64(len(q.Of)))
		for i := range q.Of {
			w.requirement(&q.Of[i], skills)
		}
	default:
		w.uint(uint64(q.Op))
	}
}

func (r *reader) requirement(depth int, terms *int, skills []SkillID) Requirement {
	v := r.uint("requirement")
	q, rest := Requirement{Op: Op(v % numOps)}, v/numOps
	if *terms++; depth == 0 || *terms > MaxRequirementTerms || q.Op > OpNot {
		r.fail("requirement: operator %d, depth or number of terms", q.Op)
		return Requirement{}
	}
	switch q.Op {
	case OpSkill:
		switch {
		case rest == 0:
			q.Level = r.byte("level")
			q.Skill = SkillID(r.text("skill"))
		case rest > uint64(len(skills))*MaxLevel:
			r.fail("skill: number %d of %d", (rest-1)/MaxLevel, len(skills))
			return Requirement{}
		default:
			q.Skill, q.Level = skills[(rest-1)/MaxLevel], uint8((rest-1)%MaxLevel)+1
		}
		if q.Level < 1 || q.Level > MaxLevel {
			r.fail("level: %d", q.Level)
		}
	case OpAll, OpAny, OpNot:
		n := rest
		if n == 0 || n > MaxRequirementTerms || q.Op == OpNot && n != 1 {
			r.fail("requirement: operator %d over %d", q.Op, n)
		}
		for range n {
			if r.fault != nil {
				return Requirement{}
			}
			q.Of = append(q.Of, r.requirement(depth-1, terms, skills))
		}
	default:
		if rest != 0 {
			r.fail("requirement: of nothing, with %d", rest)
		}
	}
	return q
}

func (w *writer) steps(steps []Step, skills map[SkillID]int32) {
	w.uint(uint64(len(steps)))
	for i := range steps {
		st := &steps[i]
		w.uint(uint64(st.UntilMillis))
		w.uint(uint64(len(st.People)))
		for _, id := range st.People {
			w.text(string(id))
		}
		w.requirement(&st.Require, skills)
	}
}

func (r *reader) steps(skills []SkillID) []Step {
	var steps []Step
	before := int64(0)
	n := r.below(MaxSteps+1, "steps")
	for i := range n {
		st := Step{UntilMillis: Millis(r.below(MaxMillis+1, "step deadline"))}
		if int64(st.UntilMillis) <= before && (st.UntilMillis != 0 || i < n-1) {
			r.fail("step deadline: %d after %d", st.UntilMillis, before)
		}
		before = int64(st.UntilMillis)
		for range r.below(MaxPeople+1, "people") {
			st.People = append(st.People, AgentID(r.text("person")))
		}
		terms := 0
		st.Require = r.requirement(MaxRequirementDepth, &terms, skills)
		if r.fault != nil {
			return nil
		}
		steps = append(steps, st)
	}
	return steps
}
