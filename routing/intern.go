package routing

import "encoding/binary"

// Requirements and plans repeat: thousands of waiting contacts ask for a few
// hundred different things. Each is kept once and named by a number. The
// number is never part of a decision, so it may differ from one restored state
// to the next.

// need is an interned requirement, compiled for the skills of the
// configuration in force.
type need struct {
	source Requirement
	code   needNode
	wanted []int32 // distinct skills, in order of naming, for MostProficient
}

// needNode is a Requirement with skills by number; -1 is a skill that the
// configuration does not have (any more), which nobody holds.
type needNode struct {
	op    Op
	level uint8
	skill int32
	of    []needNode
}

func (n *needNode) met(levels []uint8) bool {
	switch n.op {
	case OpSkill:
		return n.skill >= 0 && levels[n.skill] >= n.level
	case OpAll:
		for i := range n.of {
			if !n.of[i].met(levels) {
				return false
			}
		}
		return true
	case OpAny:
		for i := range n.of {
			if n.of[i].met(levels) {
				return true
			}
		}
		return false
	case OpNot:
		return !n.of[0].met(levels)
	default:
		return true
	}
}

// plan is an interned plan; steps that ask the same share a need.
type plan struct {
	text  string // canonical encoding
	steps []planStep
	refs  int32 // contacts and queues that have it
	// sound: checked under the configuration in force, and names no people, who
	// may go while it stays.
	sound bool
}

type planStep struct {
	need   int32
	people []AgentID
	until  Millis
}

// pool interns needs and plans.
type pool struct {
	needs   []need
	needIDs map[string]int32
	plans   []plan
	planIDs map[string]int32
	scratch []byte
	// livePlans are those with references; the others are kept, for they tend
	// to come back, until there are too many of them.
	livePlans int
}

func newPool() pool {
	p := pool{needIDs: map[string]int32{}, planIDs: map[string]int32{}}
	p.needs = append(p.needs, need{}) // 0 asks for nothing
	p.needIDs[string(appendRequirement(nil, &Requirement{}))] = 0
	return p
}

// internNeed returns the number of a requirement, compiling it on first sight.
func (s *State) internNeed(r *Requirement) int32 {
	s.pool.scratch = appendRequirement(s.pool.scratch[:0], r)
	if id, ok := s.pool.needIDs[string(s.pool.scratch)]; ok {
		return id
	}
	id := int32(len(s.pool.needs))
	s.pool.needIDs[string(s.pool.scratch)] = id
	n := need{source: cloneRequirement(r)}
	n.code = s.compileNeed(&n.source)
	n.source.wanted(func(skill SkillID) {
		number, ok := s.skillIDs[skill]
		if !ok {
			return
		}
		for _, seen := range n.wanted {
			if seen == number {
				return
			}
		}
		n.wanted = append(n.wanted, number)
	})
	s.pool.needs = append(s.pool.needs, n)
	return id
}

func (s *State) compileNeed(r *Requirement) needNode {
	n := needNode{op: r.Op, level: r.Level, skill: -1}
	if r.Op == OpSkill {
		if number, ok := s.skillIDs[r.Skill]; ok {
			n.skill = number
		}
	}
	for i := range r.Of {
		n.of = append(n.of, s.compileNeed(&r.Of[i]))
	}
	return n
}

func cloneRequirement(r *Requirement) Requirement {
	c := Requirement{Op: r.Op, Skill: r.Skill, Level: r.Level}
	for i := range r.Of {
		c.Of = append(c.Of, cloneRequirement(&r.Of[i]))
	}
	return c
}

// internPlan returns the number of a plan's steps and counts a reference.
func (s *State) internPlan(steps []Step) int32 {
	id, ok := s.findPlan(steps)
	if !ok {
		id = s.addPlan(steps)
	}
	s.retain(id)
	return id
}

// findPlan looks for a plan and leaves its encoding in pool.scratch.
func (s *State) findPlan(steps []Step) (int32, bool) {
	text := binary.AppendUvarint(s.pool.scratch[:0], uint64(len(steps)))
	for i := range steps {
		text = appendStep(text, &steps[i])
	}
	s.pool.scratch = text
	id, ok := s.pool.planIDs[string(text)]
	return id, ok
}

// addPlan adds the plan that findPlan did not find.
func (s *State) addPlan(steps []Step) int32 {
	p := plan{text: string(s.pool.scratch)}
	for i := range steps {
		st := planStep{until: steps[i].UntilMillis, need: s.internNeed(&steps[i].Require)}
		st.people = append(st.people, steps[i].People...)
		p.steps = append(p.steps, st)
	}
	id := int32(len(s.pool.plans))
	s.pool.planIDs[p.text] = id
	s.pool.plans = append(s.pool.plans, p)
	return id
}

func (s *State) retain(plan int32) {
	p := &s.pool.plans[plan]
	if p.refs == 0 {
		s.pool.livePlans++
	}
	p.refs++
}

func (s *State) release(plan int32) {
	p := &s.pool.plans[plan]
	p.refs--
	if p.refs == 0 {
		s.pool.livePlans--
	}
}

func appendStep(b []byte, st *Step) []byte {
	b = binary.AppendUvarint(b, uint64(st.UntilMillis))
	b = binary.AppendUvarint(b, uint64(len(st.People)))
	for _, id := range st.People {
		b = appendText(b, string(id))
	}
	return appendRequirement(b, &st.Require)
}

// appendRequirement writes the form that is compared. What is nested deeper
// than a valid requirement can be is cut off, in a form that no valid one has.
func appendRequirement(b []byte, r *Requirement) []byte {
	return appendTerm(b, r, MaxRequirementDepth)
}

func appendTerm(b []byte, r *Requirement, depth int) []byte {
	if depth == 0 {
		return append(b, 0xff)
	}
	b = append(b, byte(r.Op))
	switch r.Op {
	case OpSkill:
		b = append(b, r.Level)
		b = appendText(b, string(r.Skill))
	case OpAll, OpAny, OpNot:
		b = binary.AppendUvarint(b, uint64(len(r.Of)))
		for i := range r.Of {
			b = appendTerm(b, &r.Of[i], depth-1)
		}
	}
	return b
}

func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}
