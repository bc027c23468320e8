package sim

import "math"

// groups compares agents who are equal before the configuration. Groups are in
// order of their first agent; an agent without equals has a group of one.
func (r *run) groups() []Group {
	var groups []Group
	var members [][]int
	for i := range r.sc.agents {
		g := int(r.sc.agents[i].group)
		if g == len(groups) {
			groups = append(groups, Group{Name: r.sc.groupName(&r.sc.cfg.Agents[i])})
			members = append(members, nil)
		}
		members[g] = append(members[g], i)
	}
	for g := range groups {
		var answered, occupancy, idle []float64
		for _, i := range members[g] {
			a := &r.agents[i]
			answered = append(answered, float64(a.answered))
			idle = append(idle, seconds(a.idle)/3600)
			share := 0.0
			if worked := a.busy + a.idle; worked > 0 {
				share = float64(a.busy) / float64(worked)
			}
			occupancy = append(occupancy, share)
		}
		groups[g].Agents = len(members[g])
		groups[g].Answered, groups[g].Occupancy, groups[g].IdleHours = spread(answered), spread(occupancy), spread(idle)
	}
	return groups
}

// spread summarises at least one value.
func spread(values []float64) Spread {
	s := Spread{Min: math.Inf(1), Max: math.Inf(-1)}
	for _, v := range values {
		s.Min, s.Max = math.Min(s.Min, v), math.Max(s.Max, v)
		s.Mean += v / float64(len(values))
	}
	squares := 0.0
	for _, v := range values {
		squares += (v - s.Mean) * (v - s.Mean)
	}
	if s.Mean > 0 {
		v := math.Sqrt(squares/float64(len(values))) / s.Mean
		s.Variation = &v
	}
	return s
}
