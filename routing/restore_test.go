package routing_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"testing"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/routingtest"
)

// sample lives through a world and returns its state.
func sample(t testing.TB, seed uint64, events int) *routing.State {
	t.Helper()
	witness := routingtest.NewWitness()
	world := routingtest.NewWorld(rand.New(rand.NewPCG(seed, 3)).IntN, witness)
	s, err := routing.New(&world.Config, world.Now)
	if err != nil {
		t.Fatal(err)
	}
	for range events {
		ev := world.Next()
		if err := witness.See(world.Now, ev, s.Step(world.Now, ev)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func snapshot(t testing.TB, s *routing.State) []byte {
	t.Helper()
	data, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// sealed gives bytes the checksum they would need.
func sealed(data []byte) []byte {
	if len(data) < 4 {
		return data
	}
	body := data[:len(data)-4]
	return binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.ChecksumIEEE(body))
}

// FuzzRestore: bytes that pass the checksum are refused, or are a state in
// which all invariants hold and which goes on.
func FuzzRestore(f *testing.F) {
	for seed := range uint64(4) {
		f.Add(snapshot(f, sample(f, seed, 80)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := routing.Restore(sealed(data))
		if err != nil {
			if !errors.Is(err, routing.ErrSnapshot) {
				t.Fatalf("error is no ErrSnapshot: %v", err)
			}
			return
		}
		if err := s.Check(); err != nil {
			t.Fatalf("restored: %v", err)
		}
		again, err := routing.Restore(snapshot(t, s))
		if err != nil {
			t.Fatalf("its own snapshot: %v", err)
		}
		for i := range 3 {
			now := s.Now().Add(routing.Millis(i) * 40_000)
			if diff := routingtest.Diff(s.Step(now, routing.Event{}), again.Step(now, routing.Event{})); diff != "" {
				t.Fatalf("a copy has another future: %s", diff)
			}
			if err := s.Check(); err != nil {
				t.Fatalf("after a tick: %v", err)
			}
		}
	})
}

func TestRestoreRefuses(t *testing.T) {
	data := snapshot(t, sample(t, 1, 60))
	if _, err := routing.Restore(data); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"empty": nil, "short": data[:9], "truncated": data[:len(data)-1],
		"one bit": func() []byte { b := bytes.Clone(data); b[len(b)/2] ^= 1; return b }(),
		"version": func() []byte { b := bytes.Clone(data); b[8] = 99; return sealed(b) }(),
		"tail":    sealed(append(bytes.Clone(data), 0)),
	} {
		if _, err := routing.Restore(bad); !errors.Is(err, routing.ErrSnapshot) {
			t.Errorf("%s: error %v, want ErrSnapshot", name, err)
		}
	}
}

// TestCompact measures what a snapshot spends on a waiting contact and on an
// agent, with UUIDs for ids as the directory gives them.
func TestCompact(t *testing.T) {
	uuid := func(n int) string { return fmt.Sprintf("%08x-0000-4000-8000-%012x", n*2654435761&0xffffffff, n) }
	size := func(agents, contacts int) int {
		cfg := routing.Config{
			Skills:   []routing.SkillID{"a", "b", "c", "d", "e"},
			Queues:   []routing.Queue{{ID: "q"}},
			Profiles: []routing.Profile{{ID: "p", Queues: []routing.ProfileQueue{{Queue: "q"}}}},
		}
		for i := range agents {
			a := routing.Agent{ID: routing.AgentID(uuid(i)), Profile: "p"}
			for _, skill := range cfg.Skills {
				a.Skills = append(a.Skills, routing.SkillLevel{Skill: skill, Level: uint8(1 + i%5)})
			}
			cfg.Agents = append(cfg.Agents, a)
		}
		s, err := routing.New(&cfg, routingtest.Start)
		if err != nil {
			t.Fatal(err)
		}
		for i := range contacts {
			s.Step(routingtest.Start.Add(routing.Millis(i)), routing.Event{
				Kind: routing.EventContactEnqueued, Contact: routing.ContactID(uuid(1_000_000 + i)), Queue: "q", Priority: int16(i % 3),
				Plan: &routing.Plan{Steps: []routing.Step{{Require: routing.Need(cfg.Skills[i%5], uint8(1+i%4))}}},
			})
		}
		if s.Waiting() != contacts {
			t.Fatalf("%d wait, want %d", s.Waiting(), contacts)
		}
		return len(snapshot(t, s))
	}
	base := size(1000, 1000)
	perAgent, perContact := (size(2000, 1000)-base)/1000, (size(1000, 2000)-base)/1000
	t.Logf("snapshot: %d bytes a waiting contact, %d bytes an agent with 5 skills", perContact, perAgent)
	if perContact > 24 || perAgent > 36 {
		t.Errorf("%d bytes a contact and %d an agent, want at most 24 and 36", perContact, perAgent)
	}
}

// TestSnapshotOfTheLargest: the largest state that is promised, 10,000 agents
// with different skills on contacts and 50,000 contacts waiting, fits into the
// 2 MiB that Temporal takes as one payload, with something to spare. The scene's
// ids are short; with UUIDs each takes 16 bytes in place of its length and one.
func TestSnapshotOfTheLargest(t *testing.T) {
	if testing.Short() {
		t.Skip("a state of this size takes too long for -short")
	}
	const limit = 2 << 20
	sc := newScene(benchAgents, 30_000, 50_000)
	s, err := routing.New(&sc.cfg, sc.now)
	if err != nil {
		t.Fatal(err)
	}
	sc.fill(s, nil, 50_000)
	for range 60_000 { // until most contacts have come and gone by offers
		sc.next(s)
	}
	n, err := s.SnapshotBytes()
	if err != nil {
		t.Fatal(err)
	}
	if data := snapshot(t, s); n != len(data) {
		t.Errorf("SnapshotBytes says %d, the snapshot has %d", n, len(data))
	}
	n += s.Contacts()*(16-1-len(sc.ids[0])) + benchAgents*(16-1-len(sc.agents[0]))
	t.Logf("%d contacts, of them %d waiting, and %d agents: %d bytes with UUIDs, %.1f %% of the limit", s.Contacts(), s.Waiting(), benchAgents, n, 100*float64(n)/limit)
	if n > limit*95/100 {
		t.Errorf("the snapshot has %d bytes, want at most 95 %% of %d", n, limit)
	}
}

// TestRestoreMutated is FuzzRestore's property over snapshots in which a few
// bytes are changed, which passes the first checks far more often than what a
// fuzzer makes up in the same time.
func TestRestoreMutated(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var bases [][]byte
	for seed := range uint64(4) {
		bases = append(bases, snapshot(t, sample(t, seed, 80)))
	}
	accepted := 0
	for range 4000 {
		data := bytes.Clone(bases[rng.IntN(len(bases))])
		for range 1 + rng.IntN(3) {
			data[9+rng.IntN(len(data)-9)] = byte(rng.Uint32())
		}
		s, err := routing.Restore(sealed(data))
		if err != nil {
			continue
		}
		accepted++
		for i := range 3 {
			if err := s.Check(); err != nil {
				t.Fatal(err)
			}
			s.Step(s.Now().Add(routing.Millis(i)*40_000), routing.Event{})
		}
	}
	if accepted == 0 {
		t.Error("no mutation was accepted: the test shows nothing")
	}
}
