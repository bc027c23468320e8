package mediaqos

import "github.com/trunkline-cc/trunkline/schema"

// MaxPerPair bounds how many streams of one SSRC pair are followed at once:
// collisions, and earlier calls of a device that never changes its SSRC.
const MaxPerPair = 256

// tenantIndex stands for a TenantID inside one Streams.
type tenantIndex uint32

// groupKey is what the packets themselves call a stream.
type groupKey struct {
	tenant           tenantIndex
	reporter, source uint32
}

// partyKey is one SSRC of a tenant.
type partyKey struct {
	tenant tenantIndex
	ssrc   uint32
}

// group holds the streams of one SSRC pair: one, unless SSRCs collide or a
// BYE ended one and another began.
type group struct {
	key     groupKey
	self    groupIndex
	streams *stream // in the order in which they were laid down
	links   [2]link // by role, in the list of the party
	count   int32   // of streams

	evidence *evidenceList // nil where there is none
}

// groupIndex stands for a group inside one Streams; 0 is none.
type groupIndex uint32

// Roles of an SSRC in a group.
const (
	asReporter = 0
	asSource   = 1
)

// link is a place in the list of groups in which an SSRC has one role.
type link struct{ prev, next groupIndex }

// party lists the groups of one SSRC by its role, latest first, for BYEs.
type party [2]groupIndex

func (k groupKey) party(role int) partyKey {
	if role == asReporter {
		return partyKey{k.tenant, k.reporter}
	}
	return partyKey{k.tenant, k.source}
}

// tenant returns the index of a tenant, a new one where it was not seen yet.
func (s *Streams) tenant(id schema.TenantID) tenantIndex {
	if s.lastTenant < tenantIndex(len(s.tenants)) && s.tenants[s.lastTenant] == id {
		return s.lastTenant
	}
	i, ok := s.tenantIndexes[id]
	if !ok {
		i = tenantIndex(len(s.tenants))
		s.tenants = append(s.tenants, id)
		s.tenantIndexes[id] = i
	}
	s.lastTenant = i
	return i
}

// addGroup makes the group of a key and enters it into the lists of its SSRCs.
func (s *Streams) addGroup(key groupKey) *group {
	g := s.newGroup()
	g.key, g.evidence = key, s.evidence[key]
	s.groups[key] = g.self
	for role := range g.links {
		k := key.party(role)
		p := s.parties[k]
		g.links[role].next = p[role]
		if p[role] != 0 {
			s.groupAt(p[role]).links[role].prev = g.self
		}
		p[role] = g.self
		s.parties[k] = p
	}
	return g
}

// dropGroup forgets a group that has no streams.
func (s *Streams) dropGroup(g *group) {
	delete(s.groups, g.key)
	for role, l := range g.links {
		if l.next != 0 {
			s.groupAt(l.next).links[role].prev = l.prev
		}
		if l.prev != 0 {
			s.groupAt(l.prev).links[role].next = l.next
			continue
		}
		k := g.key.party(role)
		p := s.parties[k]
		if p[role] = l.next; p == (party{}) {
			delete(s.parties, k)
		} else {
			s.parties[k] = p
		}
	}
	index := g.self
	*g = group{}
	s.freeGroups = append(s.freeGroups, index)
}

// groupChunk is how many groups are allocated together.
const groupChunk = 128

// groupAt returns a group; 0 has none.
func (s *Streams) groupAt(i groupIndex) *group {
	if i == 0 {
		return nil
	}
	i--
	return &s.groupChunks[i/groupChunk][i%groupChunk]
}

// newGroup takes a group from those that are free, or a new one.
func (s *Streams) newGroup() *group {
	if n := len(s.freeGroups); n > 0 {
		i := s.freeGroups[n-1]
		s.freeGroups = s.freeGroups[:n-1]
		g := s.groupAt(i)
		g.self = i
		return g
	}
	if s.groupN%groupChunk == 0 {
		s.groupChunks = append(s.groupChunks, make([]group, groupChunk))
	}
	s.groupN++
	g := s.groupAt(groupIndex(s.groupN))
	g.self = groupIndex(s.groupN)
	return g
}

// group returns that of a key, nil if there is none.
func (s *Streams) group(key groupKey) *group { return s.groupAt(s.groups[key]) }

// streamChunk is how many streams are allocated together: nearly all of 24 KiB,
// which is a size that the allocator has. Memory is reused and not given back,
// since the number of streams is bounded.
const streamChunk = 52

// newStream takes a stream from the free list.
func (s *Streams) newStream() *stream {
	if s.free == nil {
		chunk := make([]stream, streamChunk)
		s.chunks = append(s.chunks, chunk)
		for i := range chunk {
			chunk[i].next = s.free
			s.free = &chunk[i]
		}
	}
	st := s.free
	s.free = st.next
	*st = stream{closed: never}
	s.count++
	return st
}

// freeStream returns a stream that no group holds any more.
func (s *Streams) freeStream(st *stream) {
	*st = stream{next: s.free}
	s.free = st
	s.count--
}

// infoOf shares one mediaInfo among streams of like media. The cache is
// bounded, since session descriptions can hold anything.
func (s *Streams) infoOf(m Media) *mediaInfo {
	if info, ok := s.media[m]; ok {
		return info
	}
	asked := m
	codec, _ := LookupCodec(m.Codec)
	if m.ClockHz == 0 && codec != nil {
		m.ClockHz = codec.ClockHz
	}
	info := &mediaInfo{Media: m, codec: codec}
	if len(s.media) < maxMediaInfos {
		s.media[asked] = info
	}
	return info
}

// maxMediaInfos bounds the cache of shared media.
const maxMediaInfos = 4096
