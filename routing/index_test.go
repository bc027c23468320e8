package routing

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestHeap compares the heap with a sorted list.
func TestHeap(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		pos := make([]int32, 64)
		for i := range pos {
			pos[i] = none
		}
		var h heap
		var list []node
		for range rapid.IntRange(1, 200).Draw(rt, "steps") {
			id := rapid.Int32Range(0, 63).Draw(rt, "id")
			if pos[id] == none {
				n := node{key: rapid.Int64Range(0, 9).Draw(rt, "key"), tie: uint64(id), id: id}
				h.push(pos, n)
				list = append(list, n)
			} else {
				h.remove(pos, id)
				list = slices.DeleteFunc(list, func(n node) bool { return n.id == id })
			}
			slices.SortFunc(list, func(a, b node) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.tie, b.tie)) })
			if len(h) != len(list) || len(h) > 0 && h[0] != list[0] {
				rt.Fatalf("heap %v, list %v", h, list)
			}
			refuse := rapid.Int32Range(0, 4).Draw(rt, "refuse")
			var scratch []int32
			got, ok := h.firstWhere(&scratch, func(id int32) bool { return id%5 > refuse })
			i := slices.IndexFunc(list, func(n node) bool { return n.id%5 > refuse })
			if ok != (i >= 0) || ok && got != list[i] {
				rt.Fatalf("first accepted %v %v, want index %d of %v", got, ok, i, list)
			}
		}
	})
}

// TestTable compares the table of ids with a map, with few ids so that they
// collide, move and come back.
func TestTable(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		contacts := make([]contact, 200)
		for i := range contacts {
			contacts[i].id = ContactID(fmt.Sprintf("contact %d", i))
		}
		var table idTable
		there := map[int32]bool{}
		for range rapid.IntRange(1, 400).Draw(rt, "steps") {
			slot := rapid.Int32Range(0, 199).Draw(rt, "slot")
			if there[slot] {
				table.remove(contacts, slot)
			} else {
				table.insert(contacts, slot)
			}
			there[slot] = !there[slot]
			for i := range contacts {
				if got, ok := table.find(contacts, contacts[i].id); ok != there[int32(i)] || ok && got != int32(i) {
					rt.Fatalf("contact %d: found %v, is there %v", i, ok, there[int32(i)])
				}
			}
		}
	})
}

// TestRanks compares the block list with a sorted one.
func TestRanks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var l ranks
		var list []rank
		n := rapid.IntRange(1, 900).Draw(rt, "entries")
		step := rapid.Int64Range(1, 1000).Draw(rt, "step")
		for i := range n {
			r := rank{int64(i) * step % 499, uint64(i)}
			l.insert(r.key, r.seq)
			list = append(list, r)
		}
		for len(list) > 0 {
			i := rapid.IntRange(0, len(list)-1).Draw(rt, "which")
			want := 0
			for _, r := range list {
				if r.less(list[i]) {
					want++
				}
			}
			if got := l.before(list[i].key, list[i].seq); got != want {
				rt.Fatalf("%d before, want %d", got, want)
			}
			for _, r := range list[i:min(i+60, len(list))] {
				l.remove(r.key, r.seq)
			}
			list = slices.Delete(list, i, min(i+60, len(list)))
		}
		if len(l.blocks) != 0 {
			rt.Fatalf("%d blocks are left", len(l.blocks))
		}
	})
}

// TestTrim: requirements and plans that nobody has any more do not stay.
func TestTrim(t *testing.T) {
	cfg := &Config{
		Skills: []SkillID{"a"}, Queues: []Queue{{ID: "q"}}, Profiles: []Profile{{ID: "p", Queues: []ProfileQueue{{Queue: "q"}}}},
		Agents: []Agent{{ID: "x", Profile: "p"}},
	}
	s, err := New(cfg, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20_000 {
		plan := &Plan{Steps: []Step{{Require: Need("a", uint8(1+i%5)), UntilMillis: Millis(i + 1)}}}
		s.Step(1000, Event{Kind: EventContactEnqueued, Contact: "c", Queue: "q", Plan: plan})
		s.Step(1000, Event{Kind: EventContactAbandoned, Contact: "c"})
	}
	if len(s.pool.plans) > 2*sparePlans || len(s.index.classes) > 2*spareClasses {
		t.Errorf("%d plans and %d classes for no contact", len(s.pool.plans), len(s.index.classes))
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// TestRowsByBits: a class's row, made of skills' bits, is what looking
// at every group would give.
func TestRowsByBits(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cfg := &Config{
			Skills: []SkillID{"a", "b", "c"}, Queues: []Queue{{ID: "q", Require: Any(Need("a", 1), Not(Need("b", 3)))}, {ID: "r"}},
			Profiles: []Profile{{ID: "p", Queues: []ProfileQueue{{Queue: "q", DelayMillis: 5}, {Queue: "r"}}}, {ID: "o", Queues: []ProfileQueue{{Queue: "q"}}}},
		}
		for i := range rapid.IntRange(1, 150).Draw(rt, "agents") {
			a := Agent{ID: AgentID(fmt.Sprint(i)), Profile: ProfileID(rapid.SampledFrom([]string{"p", "o"}).Draw(rt, "profile"))}
			for _, skill := range cfg.Skills {
				if level := rapid.Uint8Range(0, 5).Draw(rt, "level"); level > 0 {
					a.Skills = append(a.Skills, SkillLevel{skill, level})
				}
			}
			cfg.Agents = append(cfg.Agents, a)
		}
		s, err := New(cfg, 1000)
		if err != nil {
			rt.Fatal(err)
		}
		for i, r := range []Requirement{{}, Need("a", 3), All(Need("a", 2), Any(Need("b", 2), Need("c", 4))), Not(All(Need("a", 1), Need("c", 2))), Any(Not(Need("c", 1)), Need("b", 5))} {
			queue := QueueID([]string{"q", "r"}[i%2])
			s.Step(Time(1000+i), Event{Kind: EventContactEnqueued, Contact: ContactID(fmt.Sprint(i)), Queue: queue, Plan: &Plan{Steps: []Step{{Require: r}}}})
		}
		s.Step(2000, Event{})
		for id := range s.index.classes {
			k := &s.index.classes[id]
			for g := range s.index.groups {
				want := s.suits(k, &s.index.groups[g])
				if s.index.classRows.row(int32(id)).has(int32(g)) != want || s.index.groupRows.row(int32(g)).has(int32(id)) != want {
					rt.Fatalf("class %d and group %d: want %v", id, g, want)
				}
			}
		}
	})
}

// TestLine compares a line with a sorted list, under loads that grow, shrink
// and turn over at a steady length, so that blocks widen, split, slide and end.
func TestLine(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var l line
		var m slab
		var list []node
		spread := rapid.Int64Range(0, 1000).Draw(rt, "spread")
		fifo := rapid.Bool().Draw(rt, "mostly from the front")
		now, seq := int64(0), uint64(0)
		for _, target := range rapid.SliceOfN(rapid.IntRange(0, 1500), 1, 4).Draw(rt, "lengths") {
			for range 2*target + 50 {
				if len(list) < target || len(list) == 0 {
					now, seq = now+2, seq+1
					n := node{key: now - int64(seq*7919)%(spread+1), tie: seq, id: int32(seq)}
					l.push(&m, n)
					i, _ := slices.BinarySearchFunc(list, n, nodeOrder)
					list = slices.Insert(list, i, n)
				} else {
					i := 0
					if !fifo || seq%8 == 0 {
						i = int(seq*31+uint64(now)) % len(list)
					}
					seq++
					l.remove(&m, list[i])
					list = slices.Delete(list, i, i+1)
				}
			}
			got := l.front.list()
			for i := range l.more {
				if l.more[i].from >= l.more[i].to {
					rt.Fatalf("block %d of %d is empty", i, len(l.more))
				}
				got = append(got[:len(got):len(got)], l.more[i].list()...)
			}
			if !slices.Equal(got, list) || l.n != len(list) {
				rt.Fatalf("line of %d holds %v, want %v", l.n, got, list)
			}
			refuse := rapid.Int32Range(0, 4).Draw(rt, "refuse")
			first, ok := l.first(&m, func(id int32) bool { return id%5 > refuse })
			i := slices.IndexFunc(list, func(n node) bool { return n.id%5 > refuse })
			if ok != (i >= 0) || ok && first != list[i] {
				rt.Fatalf("first accepted %v %v, want index %d", first, ok, i)
			}
		}
	})
}

func nodeOrder(a, b node) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.tie, b.tie)) }
