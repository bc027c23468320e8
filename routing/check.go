package routing

import "fmt"

// checkRequirement says what is wrong with a requirement, "" if nothing.
func checkRequirement(r *Requirement, skills map[SkillID]bool) string {
	terms := 0
	return checkTerm(r, skills, MaxRequirementDepth, &terms)
}

func checkTerm(r *Requirement, skills map[SkillID]bool, depth int, terms *int) string {
	if depth == 0 {
		return fmt.Sprintf("requirement nested deeper than %d", MaxRequirementDepth)
	}
	if *terms++; *terms > MaxRequirementTerms {
		return fmt.Sprintf("requirement of more than %d terms", MaxRequirementTerms)
	}
	switch r.Op {
	case OpNone:
		return ""
	case OpSkill:
		if !skills[r.Skill] {
			return fmt.Sprintf("unknown skill %q", r.Skill)
		}
		if r.Level < 1 || r.Level > MaxLevel {
			return fmt.Sprintf("level %d of skill %q, want 1..%d", r.Level, r.Skill, MaxLevel)
		}
		return ""
	case OpAll, OpAny, OpNot:
		if len(r.Of) == 0 || r.Op == OpNot && len(r.Of) != 1 {
			return fmt.Sprintf("operator %d over %d requirements", r.Op, len(r.Of))
		}
		for i := range r.Of {
			if problem := checkTerm(&r.Of[i], skills, depth-1, terms); problem != "" {
				return problem
			}
		}
		return ""
	default:
		return fmt.Sprintf("unknown operator %d", r.Op)
	}
}

// checkSteps says what is wrong with a plan's steps, "" if nothing.
func checkSteps(steps []Step, skills map[SkillID]bool, agent func(AgentID) bool) string {
	if len(steps) > MaxSteps {
		return fmt.Sprintf("%d steps, want at most %d", len(steps), MaxSteps)
	}
	before := Millis(0)
	for i := range steps {
		st := &steps[i]
		switch {
		case st.UntilMillis < 0 || st.UntilMillis > MaxMillis:
			return fmt.Sprintf("step %d: deadline %d ms, want 0..%d", i, st.UntilMillis, int64(MaxMillis))
		case st.UntilMillis == 0 && i < len(steps)-1:
			return fmt.Sprintf("step %d: only the last step may have no deadline", i)
		case st.UntilMillis != 0 && st.UntilMillis <= before:
			return fmt.Sprintf("step %d: deadline %d ms is not after the one before; deadlines count from entry", i, st.UntilMillis)
		case len(st.People) > MaxPeople:
			return fmt.Sprintf("step %d: %d people, want at most %d", i, len(st.People), MaxPeople)
		}
		before = st.UntilMillis
		for _, id := range st.People {
			if !agent(id) {
				return fmt.Sprintf("step %d: unknown agent %q", i, id)
			}
		}
		if problem := checkRequirement(&st.Require, skills); problem != "" {
			return fmt.Sprintf("step %d: %s", i, problem)
		}
	}
	return ""
}

// checkPlan says what is wrong with a contact's plan, "" if nothing.
func (s *State) checkPlan(p *Plan) string {
	switch {
	case len(p.Preferred) > MaxPeople:
		return fmt.Sprintf("%d preferred agents, want at most %d", len(p.Preferred), MaxPeople)
	case p.GraceMillis < 0 || p.GraceMillis > MaxMillis:
		return fmt.Sprintf("grace of %d ms, want 0..%d", p.GraceMillis, int64(MaxMillis))
	case (len(p.Preferred) > 0) != (p.GraceMillis > 0):
		return "preferred agents and their grace go together"
	}
	for _, id := range p.Preferred {
		if len(id) > MaxIDBytes {
			return fmt.Sprintf("preferred agent of %d bytes, want at most %d", len(id), MaxIDBytes)
		}
	}
	return checkSteps(p.Steps, s.skillSet, func(id AgentID) bool {
		slot, ok := s.agentIDs[id]
		return ok && s.agents[slot].configured
	})
}

// checkAgent says what is wrong with one agent's configuration, "" if nothing.
func (s *State) checkAgent(a *Agent) string {
	if a.ID == "" || len(a.ID) > MaxIDBytes {
		return fmt.Sprintf("agent id of %d bytes, want 1..%d", len(a.ID), MaxIDBytes)
	}
	k := checker{skills: s.skillSet, profiles: map[ProfileID]bool{}}
	if _, ok := s.profileIDs[a.Profile]; ok {
		k.profiles[a.Profile] = true
	}
	k.agent("agent", a)
	if len(k.problems) > 0 {
		return k.problems.Error()
	}
	return ""
}
