package pipeline

import (
	"encoding/binary"
	"hash/fnv"
	"math"
	"time"

	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// voipKey names what an end said, whatever the tap it was seen at.
type voipKey struct {
	tenant schema.TenantID
	id     schema.ReportID
	remote bool
}

// sightings are the capture times, in Unix microseconds, between which a report
// was seen.
type sightings struct{ first, last int64 }

// addVoIP makes a fact of what an end says, unless it is known already. A
// sighting that was captured before the ones known moves the fact to its time,
// as media facts do.
func (s *Stripes) addVoIP(f *VoIPFact, now time.Time, out []VoIPFact) ([]VoIPFact, mediaqos.Outcome) {
	at := f.Time.UnixMicro()
	if f.Time.Unix() < 0 || f.Time.Year() > 2261 {
		return out, mediaqos.OutcomeRefusedTime
	}
	st := s.voipStripe(f.ReportID)
	key := voipKey{f.Origin.Tenant, f.ReportID, f.Remote}
	st.mu.Lock()
	defer st.mu.Unlock()
	seen, known := st.voip[key]
	near := mediaqos.SameReport.Microseconds()
	if known && at >= seen.first-near && at <= seen.last+near {
		st.voip[key] = sightings{min(seen.first, at), max(seen.last, at)}
		if at >= seen.first {
			return out, mediaqos.OutcomeDuplicate
		}
		gone := *f
		gone.Time, gone.Deleted, gone.Version = time.UnixMicro(seen.first).UTC(), true, s.nextVersion(now)
		f.Version = s.nextVersion(now)
		return append(out, gone, *f), mediaqos.OutcomeDuplicate
	}
	if known || len(st.voip) < s.limit/len(s.stripes)+1 {
		st.voip[key] = sightings{at, at}
	}
	f.Version = s.nextVersion(now)
	return append(out, *f), mediaqos.OutcomeNew
}

// voipStripe is the one that what an end says belongs to.
func (s *Stripes) voipStripe(id schema.ReportID) *stripe {
	return &s.stripes[binary.LittleEndian.Uint32(id[:])%uint32(len(s.stripes))]
}

// expireVoIP forgets what was said before a moment.
func (st *stripe) expireVoIP(oldest int64) {
	for key, seen := range st.voip {
		if seen.last/1e6 < oldest {
			delete(st.voip, key)
		}
	}
}

// voipID identifies a VoIP metrics block by what it says and by the reports that
// it came with, so that equal figures of two intervals are two reports, and one
// seen at two taps, or by an agent that makes JSON of it, is one.
func voipID(v *mediaqos.VoIPMetrics, reports []mediaqos.Wire, tenant schema.TenantID) schema.ReportID {
	h := fnv.New128a()
	var b [256]byte
	text := b[:0]
	put := func(o mediaqos.Opt[float64]) {
		if !o.OK {
			text = append(text, 0)
			return
		}
		text = binary.LittleEndian.AppendUint64(append(text, 1), math.Float64bits(o.V))
	}
	word := func(o mediaqos.Opt[uint32]) {
		text = binary.LittleEndian.AppendUint32(append(text, bit(o.OK)), o.V)
	}
	word(v.ReporterSSRC)
	word(v.SourceSSRC)
	for _, o := range [...]mediaqos.Opt[float64]{
		v.LossRatio, v.DiscardRatio, v.BurstDensity, v.GapDensity, v.BurstMillis, v.GapMillis, v.RoundTripMillis, v.EndSystemMillis,
		v.SignalDBm0, v.NoiseDBm0, v.EchoReturnLossDB, v.RFactor, v.ExternalRFactor, v.ListeningMOS, v.ConversationalMOS,
		v.JitterBuffer.NominalMillis, v.JitterBuffer.MaximumMillis, v.JitterBuffer.AbsoluteMaximumMillis,
	} {
		put(o)
	}
	text = append(text, v.Gmin.V, bit(v.Gmin.OK), byte(v.Concealment), byte(v.JitterBuffer.Kind), v.JitterBuffer.Rate.V)
	h.Write(text)
	for i := range reports {
		id := reports[i].Hash(tenant)
		h.Write(id[:])
	}
	return schema.ReportID(h.Sum(b[:0]))
}

func bit(v bool) byte {
	if v {
		return 1
	}
	return 0
}
