package mediaqos

// Add sums the counters of instances that divide streams between them.
func (s *StreamsStats) Add(o StreamsStats) {
	s.Streams += o.Streams
	s.New += o.New
	s.Duplicate += o.Duplicate
	s.Late += o.Late
	s.RefusedLimit += o.RefusedLimit
	s.RefusedTime += o.RefusedTime
	s.Emissions += o.Emissions
	s.Tombstones += o.Tombstones
	s.Rebuilds += o.Rebuilds
	s.Ends += o.Ends
	s.EndsRefused += o.EndsRefused
	s.Evidence += o.Evidence
	s.EvidenceRefused += o.EvidenceRefused
	s.Expired += o.Expired
	s.TapsRefused += o.TapsRefused
	s.AmendmentsUnmatched += o.AmendmentsUnmatched
}

// Add sums the counters of instances that divide address pairs between them.
func (s *LegsStats) Add(o LegsStats) {
	s.Pairs += o.Pairs
	s.Reports += o.Reports
	s.SRs += o.SRs
	s.Endpoint += o.Endpoint
	s.HalfLegs += o.HalfLegs
	s.ReferenceTimes += o.ReferenceTimes
	s.Echoes += o.Echoes
	s.DLRR += o.DLRR
	s.NTP += o.NTP
	s.None += o.None
	s.Amendments += o.Amendments
	s.RefusedPairs += o.RefusedPairs
	s.RefusedParties += o.RefusedParties
	s.Expired += o.Expired
}
