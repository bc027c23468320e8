package routing

import (
	"fmt"
	"slices"
)

// edge is one way a contact can leave a queue for another.
type edge struct {
	to   string // queue id; "direct" stands apart because queue ids have a prefix
	path string
}

// node names of the overflow graph.
const directNode = "direct"

func queueNode(id QueueID) string { return "queue " + string(id) }

// overflowEdges lists where contacts of each queue can go inside the pool.
func (c *Config) overflowEdges() (nodes []string, edges map[string][]edge) {
	edges = map[string][]edge{}
	add := func(node, path string, q *Queue) {
		nodes = append(nodes, node)
		for _, t := range []struct {
			name string
			Target
		}{{"closed", q.Overflow.Closed}, {"no_agents", q.Overflow.NoAgents}, {"full", q.Overflow.Full}, {"estimate", q.Overflow.Estimate}, {"wait", q.Overflow.Wait}} {
			where := path + ".overflow." + t.name
			switch t.Kind {
			case TargetQueue:
				edges[node] = append(edges[node], edge{queueNode(QueueID(t.To)), where})
			case TargetPerson:
				edges[node] = append(edges[node], edge{directNode, where})
			}
		}
	}
	add(directNode, "direct", &c.Direct)
	for i := range c.Queues {
		add(queueNode(c.Queues[i].ID), fmt.Sprintf("queues[%d]", i), &c.Queues[i])
	}
	return nodes, edges
}

// cycles reports overflow that leads back to where it began.
func (k *checker) cycles() {
	nodes, edges := k.cfg.overflowEdges()
	const (
		fresh = iota
		open
		done
	)
	state := map[string]int{}
	var trail []string
	var visit func(node string)
	visit = func(node string) {
		state[node] = open
		trail = append(trail, node)
		for _, e := range edges[node] {
			switch state[e.to] {
			case fresh:
				visit(e.to)
			case open:
				k.add(e.path, "overflow goes round in a circle: %q", append(slices.Clone(trail[slices.Index(trail, e.to):]), e.to))
			}
		}
		trail = trail[:len(trail)-1]
		state[node] = done
	}
	for _, node := range nodes {
		if state[node] == fresh {
			visit(node)
		}
	}
}

// Review returns what is doubtful about a valid configuration, each line
// beginning with the path of the field: queues that nobody serves, steps that
// no agent can ever meet, steps that ask for no less than the one before, and
// queues that no profile or overflow leads to. It costs as much as agents times steps.
func (c *Config) Review() []string {
	var out []string
	add := func(path, format string, args ...any) {
		out = append(out, path+": "+fmt.Sprintf(format, args...))
	}
	serving := map[ProfileID][]QueueID{}
	for i := range c.Profiles {
		for _, pq := range c.Profiles[i].Queues {
			serving[c.Profiles[i].ID] = append(serving[c.Profiles[i].ID], pq.Queue)
		}
	}
	members := map[QueueID][]*Agent{}
	for i := range c.Agents {
		for _, q := range serving[c.Agents[i].Profile] {
			members[q] = append(members[q], &c.Agents[i])
		}
	}
	for i := range c.Queues {
		c.reviewQueue(fmt.Sprintf("queues[%d]", i), &c.Queues[i], members[c.Queues[i].ID], add)
	}
	used := map[ProfileID]bool{}
	for i := range c.Agents {
		used[c.Agents[i].Profile] = true
	}
	for i := range c.Profiles {
		if !used[c.Profiles[i].ID] {
			add(fmt.Sprintf("profiles[%d]", i), "no agent has profile %q", c.Profiles[i].ID)
		}
	}
	return out
}

func (c *Config) reviewQueue(path string, q *Queue, members []*Agent, add func(path, format string, args ...any)) {
	if len(members) == 0 {
		add(path, "nobody serves queue %q", q.ID)
		return
	}
	if meeting(members, &q.Require) == 0 {
		add(path+".require", "no agent of queue %q meets it", q.ID)
		return
	}
	before := -1
	for j := range q.Plan.Steps {
		st, where := &q.Plan.Steps[j], fmt.Sprintf("%s.plan.steps[%d]", path, j)
		both := All(q.Require, st.Require)
		n := 0
		if len(st.People) > 0 {
			n = len(st.People)
		} else if n = meeting(members, &both); n == 0 {
			add(where+".require", "no agent of queue %q meets it", q.ID)
		}
		if n > 0 && before >= n && len(st.People) == 0 && len(q.Plan.Steps[j-1].People) == 0 && within(members, &both, &q.Require, &q.Plan.Steps[j-1].Require) {
			add(where, "reaches no agent that the step before does not")
		}
		before = n
		if q.MaxWaitMillis > 0 && j > 0 && q.Plan.Steps[j-1].UntilMillis >= q.MaxWaitMillis {
			add(where, "is never active: contacts leave the queue after %d ms", q.MaxWaitMillis)
		}
	}
}

// levelOf gives an agent's level of a skill.
func (a *Agent) levelOf(skill SkillID) uint8 {
	for _, sl := range a.Skills {
		if sl.Skill == skill {
			return sl.Level
		}
	}
	return 0
}

func meeting(agents []*Agent, r *Requirement) int {
	n := 0
	for _, a := range agents {
		if r.MetBy(a.levelOf) {
			n++
		}
	}
	return n
}

// within tells whether everybody who meets r meets the two others too.
func within(agents []*Agent, r, base, step *Requirement) bool {
	for _, a := range agents {
		if r.MetBy(a.levelOf) && (!base.MetBy(a.levelOf) || !step.MetBy(a.levelOf)) {
			return false
		}
	}
	return true
}
