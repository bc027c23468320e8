package pipeline

import (
	"time"

	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Row writes a row of voip_reports; row is overwritten, its UnknownFields slice
// is reused.
func (f *VoIPFact) Row(row *schema.VoIPReport) {
	unknown := row.UnknownFields[:0]
	*row = schema.VoIPReport{
		Tenant: f.Origin.Tenant, Time: f.Time.UTC().Truncate(time.Microsecond), ReportID: f.ReportID,
		Trunk: f.Origin.Trunk, AttributionRule: f.Origin.Rule, CallID: f.Origin.CallID,
		Reporter: f.Reporter, Peer: f.Peer, Sender: f.Sender, Transport: f.Transport, UserAgent: f.UserAgent,
		Fact: f.Source.tail(f.Version), UnknownFields: unknown,
	}
	row.IsDeleted = f.Deleted
	if f.XR != nil {
		row.Origin = schema.VoIPFromXR
		xrRow(row, f.XR)
	} else {
		f.reportRow(row)
	}
	if row.Codec == "" {
		row.Codec = f.Media.Codec
		if f.Media.ClockHz != 0 && !row.ClockHz.OK {
			row.ClockHz = schema.Some(f.Media.ClockHz)
		}
	}
	if codec, ok := mediaqos.LookupCodec(row.Codec); ok {
		row.MOSScale = codec.Scale.String()
	}
}

// reportRow writes what stands in a voice quality report.
func (f *VoIPFact) reportRow(row *schema.VoIPReport) {
	r, m := f.Report, &f.Report.Local
	local, remote := r.LocalAddr, r.RemoteAddr
	row.Side = schema.VoIPLocal
	if f.Remote {
		m, local, remote, row.Side = &r.Remote, r.RemoteAddr, r.LocalAddr, schema.VoIPRemote
	}
	// Kinds are stored under the words that the schema has for origins.
	row.Origin = r.Kind.String()
	row.ReporterSSRC, row.SourceSSRC = local.SSRC, remote.SSRC
	row.LocalID, row.RemoteID, row.OrigID = r.LocalID, r.RemoteID, r.OrigID
	row.LocalGroup, row.RemoteGroup, row.LocalMAC, row.RemoteMAC = r.LocalGroup, r.RemoteGroup, r.LocalMAC, r.RemoteMAC
	row.DialogID, row.IsCallTerm = r.DialogID, r.CallTerm
	row.AlertType, row.AlertSeverity, row.AlertSide = r.Alert.Type, r.Alert.Severity, r.Alert.Dir
	for _, agent := range []string{m.UserAgent, r.UserAgent} {
		if agent != "" {
			row.UserAgent = agent
			break
		}
	}
	row.StartedAt, row.StoppedAt = moment(m.Start), moment(m.Stop)
	row.ProblemCount = uint32(r.ProblemCount)
	for _, u := range r.Unknown {
		row.UnknownFields = append(row.UnknownFields, u.Name)
		row.UnknownCount += uint32(u.Count)
	}
	metricsRow(row, m)
}

// metricsRow writes the figures of a section.
func metricsRow(row *schema.VoIPReport, m *vqreport.Metrics) {
	s := &m.Session
	row.PayloadType, row.Codec, row.ClockHz = narrow(s.PayloadType), s.PayloadName, s.ClockHz
	row.FrameMillis, row.FrameBytes = s.FrameMillis, s.FrameBytes
	row.FramesPerPacket, row.PacketsPerSecond = s.FramesPerPacket, s.PacketsPerSecond
	row.FormatParameters, row.IsSilenceSuppressed = s.FormatParameters, s.SilenceSuppression
	if v, ok := s.LossConcealment.Get(); ok && v <= uint32(mediaqos.ConcealmentStandard) {
		row.PLC = mediaqos.Concealment(v).String()
	}
	j := &m.JitterBuffer
	if v, ok := j.Adaptive.Get(); ok && v <= uint32(mediaqos.JitterBufferAdaptive) {
		row.JitterBuffer = mediaqos.JitterBufferKind(v).String()
	}
	row.JitterBufferRate = narrow(j.Rate)
	row.JitterBufferNominalMillis, row.JitterBufferMaximumMillis, row.JitterBufferAbsoluteMillis = j.NominalMillis, j.MaximumMillis, j.AbsoluteMillis
	row.NetworkLossPercent, row.DiscardPercent = m.PacketLoss.NetworkLossPercent, m.PacketLoss.BufferDiscardsPercent
	b := &m.BurstGap
	row.BurstLossPercent, row.BurstMillis = b.BurstLossPercent, b.BurstMillis
	row.GapLossPercent, row.GapMillis, row.GapMinimum = b.GapLossPercent, b.GapMillis, b.GapMinimum
	d := &m.Delay
	row.RTTMillis, row.EndSystemMillis, row.OneWayMillis, row.SymmetricOneWayMillis = d.RoundTripMillis, d.EndSystemMillis, d.OneWayMillis, d.SymmetricOneWayMillis
	row.InterarrivalJitterMillis, row.AbsoluteJitterMillis = d.InterarrivalMillis, d.AbsoluteJitterMillis
	row.SignalDBm0, row.NoiseDBm0, row.EchoReturnLossDB = m.Signal.LevelDBm, m.Signal.NoiseDBm, m.Signal.EchoReturnDB
	q := &m.Quality
	row.ListeningR, row.ListeningRBy, row.ConversationalR, row.ConversationalRBy = q.ListeningR, q.ListeningRBy, q.ConversationalR, q.ConversationalRBy
	row.ExternalInR, row.ExternalInRBy, row.ExternalOutR, row.ExternalOutRBy = q.ExternalInR, q.ExternalInRBy, q.ExternalOutR, q.ExternalOutRBy
	row.ListeningMOS, row.ListeningMOSBy = q.ListeningMOS, q.ListeningMOSBy
	row.ConversationalMOS, row.ConversationalMOSBy = q.ConversationalMOS, q.ConversationalMOSBy
	row.EstimatedBy = q.EstimatedBy
}

// narrow keeps a number that fits a byte; a larger one is none of the grammar's.
func narrow(v mediaqos.Opt[uint32]) schema.Opt[uint8] {
	if n, ok := v.Get(); ok && n <= 0xff {
		return schema.Some(uint8(n))
	}
	return schema.Opt[uint8]{}
}

// xrRow writes a VoIP metrics block (RFC 3611 section 4.7).
func xrRow(row *schema.VoIPReport, v *mediaqos.VoIPMetrics) {
	row.ReporterSSRC, row.SourceSSRC = v.ReporterSSRC, v.SourceSSRC
	row.NetworkLossPercent, row.DiscardPercent = percent(v.LossRatio), percent(v.DiscardRatio)
	row.BurstLossPercent, row.GapLossPercent = percent(v.BurstDensity), percent(v.GapDensity)
	row.BurstMillis, row.GapMillis = v.BurstMillis, v.GapMillis
	if n, ok := v.Gmin.Get(); ok {
		row.GapMinimum = schema.Some(uint32(n))
	}
	row.RTTMillis, row.EndSystemMillis = v.RoundTripMillis, v.EndSystemMillis
	row.SignalDBm0, row.NoiseDBm0, row.EchoReturnLossDB = v.SignalDBm0, v.NoiseDBm0, v.EchoReturnLossDB
	row.ConversationalR, row.ExternalInR = v.RFactor, v.ExternalRFactor
	row.ListeningMOS, row.ConversationalMOS = v.ListeningMOS, v.ConversationalMOS
	row.PLC, row.JitterBuffer = v.Concealment.String(), v.JitterBuffer.Kind.String()
	row.JitterBufferRate = v.JitterBuffer.Rate
	row.JitterBufferNominalMillis, row.JitterBufferMaximumMillis = v.JitterBuffer.NominalMillis, v.JitterBuffer.MaximumMillis
	row.JitterBufferAbsoluteMillis = v.JitterBuffer.AbsoluteMaximumMillis
}

// percent turns a share into percent.
func percent(ratio mediaqos.Opt[float64]) mediaqos.Opt[float64] {
	ratio.V *= 100
	return ratio
}
