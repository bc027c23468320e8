package routing

// Op is the operator at the root of a [Requirement].
type Op uint8

// The operators. The zero Op asks for nothing.
const (
	OpNone  Op = iota // met by everybody
	OpSkill           // Skill at Level or above
	OpAll             // every requirement in Of
	OpAny             // at least one requirement in Of
	OpNot             // the one requirement in Of is not met
)

// MaxLevel is the highest level a skill can be held at; the lowest is 1. An
// agent who does not hold a skill has it at level 0.
const MaxLevel = 5

// Limits of what one contact may ask for. They bound the work of one event.
const (
	MaxRequirementDepth = 8  // nesting of All, Any and Not
	MaxRequirementTerms = 64 // skills named in one requirement
	MaxSteps            = 16 // steps of one plan
	MaxPeople           = 20 // people named in one step, and preferred agents
)

// Requirement says what an agent must be able to do: a skill at a level, or
// several combined. Only the fields of its Op count.
type Requirement struct {
	Op    Op            `json:"op,omitempty"`
	Skill SkillID       `json:"skill,omitempty"`
	Level uint8         `json:"level,omitempty"` // 1..MaxLevel
	Of    []Requirement `json:"of,omitempty"`
}

// Need asks for a skill at a level or above.
func Need(skill SkillID, level uint8) Requirement {
	return Requirement{Op: OpSkill, Skill: skill, Level: level}
}

// All asks for every one of the requirements.
func All(of ...Requirement) Requirement { return Requirement{Op: OpAll, Of: of} }

// Any asks for at least one of the requirements.
func Any(of ...Requirement) Requirement { return Requirement{Op: OpAny, Of: of} }

// Not asks for agents who do not meet the requirement.
func Not(r Requirement) Requirement { return Requirement{Op: OpNot, Of: []Requirement{r}} }

// MetBy tells whether somebody meets the requirement, whose level of a skill
// the function gives (0: does not hold it).
func (r *Requirement) MetBy(level func(SkillID) uint8) bool {
	switch r.Op {
	case OpSkill:
		return level(r.Skill) >= r.Level
	case OpAll:
		for i := range r.Of {
			if !r.Of[i].MetBy(level) {
				return false
			}
		}
		return true
	case OpAny:
		for i := range r.Of {
			if r.Of[i].MetBy(level) {
				return true
			}
		}
		return false
	case OpNot:
		return !r.Of[0].MetBy(level)
	default:
		return true
	}
}

// wanted calls yield for every skill the requirement names outside a Not,
// repetitions included: what [MostProficient] adds up.
func (r *Requirement) wanted(yield func(SkillID)) {
	switch r.Op {
	case OpSkill:
		yield(r.Skill)
	case OpAll, OpAny:
		for i := range r.Of {
			r.Of[i].wanted(yield)
		}
	}
}
