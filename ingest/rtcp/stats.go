package rtcp

// Stats counts what datagrams held. It is a plain value for one goroutine:
// [Stats.Add] sums those of several.
type Stats struct {
	// Datagrams were given to Count: RTCP + Encrypted + Refused.
	Datagrams uint64
	// RTCP had at least one sub-packet; Encrypted were SRTCP; of Refused
	// nothing could be made.
	RTCP, Encrypted, Refused uint64
	// Malformed is how many of RTCP had at least one fault.
	Malformed uint64

	// Sub-packets by type, malformed ones included.
	SenderReports, ReceiverReports, SourceDescriptions, Goodbyes, Applications, ExtendedReports uint64
	// OtherPackets are sub-packets of types that are not looked into.
	OtherPackets uint64
	// MalformedPackets is how many sub-packets had a fault.
	MalformedPackets uint64

	// ReportBlocks, XRBlocks, CNAMEs and OtherSDESItems are what was found in them.
	ReportBlocks, XRBlocks, CNAMEs, OtherSDESItems uint64
	// OtherXRBlocks is how many of XRBlocks are of types that are not looked
	// into, VoIPMetrics how many are VoIP metrics.
	OtherXRBlocks, VoIPMetrics uint64
	// Faults counts by [Reason], refused datagrams included.
	Faults [NumReasons]uint64
}

// Count adds one decoded datagram; err is what [Datagram.Decode] returned for it.
func (s *Stats) Count(d *Datagram, err error) {
	s.Datagrams++
	for i := range d.Faults {
		s.Faults[d.Faults[i].Reason]++
	}
	switch {
	case err != nil:
		s.Refused++
		return
	case d.Encrypted:
		s.Encrypted++
		return
	}
	s.RTCP++
	if len(d.Faults) > 0 {
		s.Malformed++
	}
	for i := range d.Packets {
		*s.packets(d.Packets[i].Type)++
		if d.Packets[i].Malformed {
			s.MalformedPackets++
		}
	}
	s.ReportBlocks += uint64(len(d.Reports))
	s.XRBlocks += uint64(len(d.XRBlocks))
	for i := range d.XRBlocks {
		if !isDecodedXR(d.XRBlocks[i].Type) {
			s.OtherXRBlocks++
		}
	}
	s.VoIPMetrics += uint64(len(d.XR.VoIP))
	s.CNAMEs += uint64(len(d.CNAMEs))
	s.OtherSDESItems += uint64(d.otherItems)
}

// packets is the counter of a packet type.
func (s *Stats) packets(t uint8) *uint64 {
	switch t {
	case TypeSR:
		return &s.SenderReports
	case TypeRR:
		return &s.ReceiverReports
	case TypeSDES:
		return &s.SourceDescriptions
	case TypeBYE:
		return &s.Goodbyes
	case TypeAPP:
		return &s.Applications
	case TypeXR:
		return &s.ExtendedReports
	}
	return &s.OtherPackets
}

// Add sums the counters of o into s.
func (s *Stats) Add(o *Stats) {
	s.Datagrams += o.Datagrams
	s.RTCP += o.RTCP
	s.Encrypted += o.Encrypted
	s.Refused += o.Refused
	s.Malformed += o.Malformed
	s.SenderReports += o.SenderReports
	s.ReceiverReports += o.ReceiverReports
	s.SourceDescriptions += o.SourceDescriptions
	s.Goodbyes += o.Goodbyes
	s.Applications += o.Applications
	s.ExtendedReports += o.ExtendedReports
	s.OtherPackets += o.OtherPackets
	s.MalformedPackets += o.MalformedPackets
	s.ReportBlocks += o.ReportBlocks
	s.XRBlocks += o.XRBlocks
	s.OtherXRBlocks += o.OtherXRBlocks
	s.VoIPMetrics += o.VoIPMetrics
	s.CNAMEs += o.CNAMEs
	s.OtherSDESItems += o.OtherSDESItems
	for i, n := range o.Faults {
		s.Faults[i] += n
	}
}
