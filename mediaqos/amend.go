package mediaqos

import "github.com/trunkline-cc/trunkline/schema"

// AmendRTT takes a round trip that [Legs] found, or found better, after the
// report had been added. A report that is in no window is left alone and
// counted.
func (s *Streams) AmendRTT(a Amendment, out []Emission) []Emission {
	from := len(out)
	g := s.group(groupKey{s.tenant(a.Tenant), a.ReporterSSRC, a.SourceSSRC})
	if g == nil {
		s.stats.AmendmentsUnmatched++
		return out
	}
	for st := g.streams; st != nil; st = st.next {
		tap := st.taps.index(&a.Tap)
		if tap < 0 {
			continue
		}
		for i := int(st.n) - 1; i >= 0; i-- {
			r := &st.recs[i]
			if !r.sights.seenAt(tap) {
				continue
			}
			if w := r.wire(a.ReporterSSRC, a.SourceSSRC); reportKey(w.Hash(a.Tenant)) != a.Report {
				continue
			}
			before := st.rtt(i)
			st.setRTT(i, tap, packRTT(a.RTT))
			if st.rtt(i) != before {
				out = append(out, Emission{})
				st.fill(&out[len(out)-1], s.scorer, a.Tenant, i)
			}
			return s.emitted(from, out)
		}
	}
	s.stats.AmendmentsUnmatched++
	return out
}

// SetMedia says what medium the streams of an SSRC pair have between the
// addresses of a tap, whatever was known before, and derives what is
// remembered of them anew. It holds for streams that no BYE has ended;
// a stream that is not known (yet) is not affected: its first Observation
// brings what is known by then.
func (s *Streams) SetMedia(tenant schema.TenantID, reporter, source uint32, tap Tap, m Media, out []Emission) []Emission {
	g := s.group(groupKey{s.tenant(tenant), reporter, source})
	if g == nil {
		return out
	}
	from := len(out)
	info := s.infoOf(m)
	if m.Source == MediaUnknown {
		info = s.fallback
	}
	for st := g.streams; st != nil; st = st.next {
		if st.closed != never || st.taps.index(&tap) < 0 {
			continue
		}
		old := st.media
		for i := range int(st.n) {
			var before Emission
			st.media = old
			st.fill(&before, s.scorer, tenant, i)
			st.media = info
			out = append(out, Emission{})
			e := &out[len(out)-1]
			if st.fill(e, s.scorer, tenant, i); *e == before {
				out = out[:len(out)-1]
			}
		}
		st.media = info
	}
	return s.emitted(from, out)
}
