package routing

import (
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
)

// Restore makes a state from a snapshot. It accepts no state that could not
// have come about by events; its error wraps [ErrSnapshot].
func Restore(data []byte) (*State, error) {
	if len(data) < len(snapshotMagic)+5 || string(data[:len(snapshotMagic)]) != snapshotMagic {
		r := &reader{}
		r.fail("%d bytes that do not begin with %q", len(data), snapshotMagic)
		return nil, r.fault
	}
	body, sum := data[:len(data)-4], binary.LittleEndian.Uint32(data[len(data)-4:])
	r := &reader{b: body[len(snapshotMagic):]}
	if v := r.byte("version"); v != snapshotVersion {
		r.fail("version %d, this code reads %d", v, snapshotVersion)
		return nil, r.fault
	}
	if got := crc32.ChecksumIEEE(body); got != sum {
		r.fail("checksum %08x, want %08x", got, sum)
		return nil, r.fault
	}
	return r.state()
}

// limits of the counters, so that what is added to them cannot overflow.
const (
	maxCounter = 1 << 47
	maxTime    = 1 << 45
)

func (r *reader) counter(what string) uint64 {
	return r.within(1, maxCounter, what)
}

// within reads an unsigned number in low..high.
func (r *reader) within(low, high uint64, what string) uint64 {
	v := r.uint(what)
	if v < low || v > high {
		r.fail("%s: %d, want %d..%d", what, v, low, high)
		return low
	}
	return v
}

func (r *reader) state() (*State, error) {
	var cfg Config
	text := r.bytes(r.count("configuration"), "configuration")
	if r.fault != nil {
		return nil, r.fault
	}
	if err := json.Unmarshal(text, &cfg); err != nil {
		r.fail("configuration: %v", err)
		return nil, r.fault
	}
	// Agents were added and removed one by one since: people that the
	// configuration names may be gone.
	if err := cfg.validate(true); err != nil {
		r.fail("configuration: %v", err)
		return nil, r.fault
	}
	s := &State{agentIDs: map[AgentID]int32{}}
	s.now = Time(r.from(0, maxTime, "now"))
	s.wakeAt = Time(r.from(0, maxTime+MaxMillis, "wake"))
	s.nextSeq, s.nextIdle, s.nextRound = r.counter("seq"), r.counter("idle"), r.counter("round")
	s.nextOrd, s.nextOffer = r.counter("ord"), OfferID(r.counter("offer"))
	s.pool = newPool()
	if err := s.adopt(cfg); err != nil {
		r.fail("configuration: %v", err)
	}
	s.cfg.Agents = nil
	for i := range s.queues {
		e := &s.queues[i].est
		e.last = Time(r.from(0, int64(s.now), "estimator"))
		e.mean = r.from(0, maxTime<<8, "estimator")
		e.samples = uint32(r.below(17, "estimator"))
	}
	if r.fault != nil {
		return nil, r.fault
	}
	s.rebuildIndex()
	live := r.agents(s)
	r.contacts(s, live)
	if len(r.b) > 0 {
		r.fail("%d bytes too many", len(r.b))
	}
	if r.fault != nil {
		return nil, r.fault
	}
	if err := s.checkRestored(); err != nil {
		r.fail("%v", err)
		return nil, r.fault
	}
	s.rebuild()
	s.relineAll()
	for i := range s.agents {
		a := &s.agents[i]
		a.shown, a.shownReason = a.shows(), none
		if a.shown == StateBreak {
			a.shownReason = a.reason
		}
	}
	for _, check := range []func() error{s.checkDue, s.checkFree} {
		if err := check(); err != nil {
			r.fail("%v", err)
			return nil, r.fault
		}
	}
	return s, nil
}

// liveWork is work in an agent's hands, to be joined with its contact.
type liveWork struct {
	agent int32
	index int
}

// agents reads the agents, and returns whose hands each contact is in.
func (r *reader) agents(s *State) map[int]liveWork {
	live := map[int]liveWork{}
	n := r.count("agents")
	s.agents = make([]agent, 0, n)
	ord := uint64(0)
	idle, round := make(map[uint64]bool, n), make(map[uint64]bool, n)
	for range n {
		if r.fault != nil {
			return live
		}
		flags := r.byte("agent")
		a := agent{id: AgentID(r.id(flags&agentUUID != 0, "agent id")), used: true, configured: flags&agentConfigured != 0, reason: none, pendReason: none}
		if ord++; flags&agentJump != 0 {
			ord += r.within(1, s.nextOrd, "agent order") - 1
		}
		a.ord = ord
		a.idleSeq = s.nextIdle - r.within(1, s.nextIdle-1, "agent idle order")
		a.roundSeq = s.nextRound - r.within(1, s.nextRound-1, "agent round order")
		a.idleSince = s.now - Time(r.from(0, int64(s.now), "agent idle time"))
		state := r.byte("agent status")
		a.status, a.presence = Status(state>>4), Presence(state&15)
		if int(a.status) >= len(statusNames) || int(a.presence) >= len(presenceNames) {
			r.fail("agent status: %#x", state)
			return live
		}
		if a.status == StatusBreak {
			a.reason = int32(r.below(len(s.cfg.BreakReasons)+1, "break reason")) - 1
		}
		if a.pending = flags&agentPending != 0; a.pending {
			a.pendStatus = Status(r.below(int(StatusBreak)+1, "agent wish"))
			a.pendReason = int32(r.below(len(s.cfg.BreakReasons)+1, "break reason")) - 1
		}
		if a.configured {
			r.agentConfig(s, &a, flags&agentHasRank != 0)
		}
		for ch := range a.own {
			a.own[ch] = none
			if flags&agentHasOwn != 0 {
				a.setOwn(Channel(ch), int8(r.below(MaxCapacity+2, "agent capacity"))-1)
			}
		}
		if flags&agentHasWork != 0 {
			r.work(s, &a, live)
		}
		if _, twice := s.agentIDs[a.id]; twice || a.id == "" || a.ord >= s.nextOrd || idle[a.idleSeq] || round[a.roundSeq] || flags >= agentJump<<1 {
			r.fail("agent %q: there twice, or out of order", a.id)
			return live
		}
		idle[a.idleSeq], round[a.roundSeq] = true, true
		s.agentIDs[a.id] = int32(len(s.agents))
		s.agents = append(s.agents, a)
	}
	return live
}

func (r *reader) agentConfig(s *State, a *agent, ranked bool) {
	a.profile = int32(r.below(len(s.profiles), "agent profile"))
	if ranked {
		a.rank = uint16(r.below(maxRank+1, "agent rank"))
	}
	next, n := 0, r.below(len(s.cfg.Skills)+1, "agent skills")
	if n > 0 {
		a.skills = make([]SkillLevel, 0, n)
	}
	for range n {
		v := r.below((len(s.cfg.Skills)-next)*MaxLevel, "agent skill")
		if r.fault != nil {
			return
		}
		next += v / MaxLevel
		a.skills = append(a.skills, SkillLevel{Skill: s.cfg.Skills[next], Level: uint8(v%MaxLevel) + 1})
		next++
	}
}

func (r *reader) work(s *State, a *agent, live map[int]liveWork) {
	for range r.below(numChannels*(maxLoad+1), "work") {
		kind := r.byte("work")
		w := work{phase: workPhase(kind >> workPhaseShift & 3), channel: Channel(kind & (1<<workPhaseShift - 1)), outbound: kind&workOutbound != 0, holds: true}
		if w.phase > workWrapUp || int(w.channel) >= numChannels || kind >= workOutbound<<1 {
			r.fail("work: %#x", kind)
			return
		}
		if w.phase != workWrapUp {
			at := int(r.within(0, 1<<31-1, "work contact"))
			if _, twice := live[at]; twice {
				r.fail("work: contact %d is in two pairs of hands", at)
			}
			live[at] = liveWork{int32(len(s.agents)), len(a.work)}
		} else {
			w.contact = ContactID(r.text("wrap-up"))
			w.holds, w.forced = r.bool("wrap-up"), r.bool("wrap-up")
			w.limit = Time(r.from(0, maxTime+MaxMillis, "wrap-up limit"))
		}
		if r.fault != nil {
			return
		}
		if w.holds {
			if a.load[w.channel] == maxLoad {
				r.fail("work: more than %d of a channel", maxLoad)
				return
			}
			a.load[w.channel]++
			a.total++
		}
		a.work = append(a.work, w)
	}
}
