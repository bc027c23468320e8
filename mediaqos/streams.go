package mediaqos

import (
	"errors"
	"fmt"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// Window is how many reports of a stream are remembered. A report that comes
// no more than this many reports late gets the row that it would have got in
// time, and so do its neighbours.
// At the usual 5 s between reports that is 30 s, for as long as attribution
// waits for the SIP that says whose a report is.
const Window = 6

// SameReport is how far apart in capture time two sightings of equal wire
// bytes may be and still be one report. The rule chains: a report repeated
// unchanged every second (an idle receiver that never had an SR) is one fact,
// whose time is that of its first sighting.
const SameReport = 2 * time.Second

// ByeGrace is how long after a source's BYE reports about it still belong to
// the stream that ended: the reporter may have sent one before the BYE reached it.
const ByeGrace = 2 * time.Second

// ErrOptions is wrapped by errors about options that cannot be used.
var ErrOptions = errors.New("bad option")

// StreamsOptions configure a [Streams].
type StreamsOptions struct {
	// MaxStreams bounds the number of streams that are followed at once;
	// default 200,000. An observation that would begin one more is refused and
	// counted, and the streams that are there are not harmed.
	MaxStreams int
	// Media is what is taken for granted about a stream of which nothing is
	// known; default the zero Media: no jitter in milliseconds, no score. Its
	// Source is forced to MediaAssumed where ClockHz or Codec is set.
	Media Media
	// Connection is the E-model connection to score; default DefaultParams().
	Connection *Params
}

// Outcome says what became of an observation, for a ledger in which every
// report block that came in is counted once.
type Outcome uint8

// Outcomes.
const (
	// OutcomeNew: a report that was not known yet; it was emitted.
	OutcomeNew Outcome = iota
	// OutcomeDuplicate: another sighting of a known report, at the same tap or
	// another. Its row may have been emitted again with one tap more.
	OutcomeDuplicate
	// OutcomeLate: older than all that its stream remembers; emitted with
	// Emission.Late.
	OutcomeLate
	// OutcomeRefusedLimit: it would have begun a stream beyond MaxStreams.
	OutcomeRefusedLimit
	// OutcomeRefusedTime: the capture time is before 1970 or after 2261.
	OutcomeRefusedTime
	outcomeCount
)

var outcomeNames = []string{"new", "duplicate", "late", "refused_limit", "refused_time"}

// String is new, duplicate, late, refused_limit or refused_time.
func (o Outcome) String() string { return enumText(o, outcomeNames) }

// StreamsStats is a snapshot of counters since the start.
type StreamsStats struct {
	// Streams is how many are followed now, ended ones included until they
	// expire.
	Streams int
	// Observations by outcome.
	New, Duplicate, Late, RefusedLimit, RefusedTime uint64
	// Emissions counts what was handed out, Tombstones those that were deletions.
	Emissions, Tombstones uint64
	// Rebuilds counts observations that did not fit the end of their stream
	// and made its whole window be derived again.
	Rebuilds uint64
	// Ends counts BYEs that were taken, EndsRefused those beyond the limit on
	// how many are remembered (MaxStreams).
	Ends, EndsRefused uint64
	// Evidence counts pieces of burst evidence that were news, EvidenceRefused
	// those of pairs beyond the limit on how many are remembered (MaxStreams).
	Evidence, EvidenceRefused uint64
	// Expired counts streams that were forgotten.
	Expired uint64
	// TapsRefused counts sightings at a tap beyond MaxTaps of their stream.
	TapsRefused uint64
	// AmendmentsUnmatched counts round trips for reports that were not in any
	// window (any more).
	AmendmentsUnmatched uint64
}

// validate fills in defaults.
func (o *StreamsOptions) validate() (*Scorer, error) {
	switch {
	case o.MaxStreams == 0:
		o.MaxStreams = 200_000
	case o.MaxStreams < 0:
		return nil, fmt.Errorf("streams: MaxStreams %d: %w, want a positive number", o.MaxStreams, ErrOptions)
	}
	if o.Media != (Media{}) {
		o.Media.Source = MediaAssumed
	}
	if o.Connection == nil {
		return defaultScorer, nil
	}
	scorer, err := NewScorer(*o.Connection)
	if err != nil {
		return nil, fmt.Errorf("streams: %w", err)
	}
	return scorer, nil
}

// Streams follows the media streams of any number of tenants: it takes report
// blocks in any order, as often as they come, and hands out the facts to be
// written. It is not safe for concurrent use; instances share nothing, so that
// a caller may run one for each stripe (see [StripeOf]).
type Streams struct {
	options StreamsOptions
	scorer  *Scorer

	tenants       []schema.TenantID
	tenantIndexes map[schema.TenantID]tenantIndex
	lastTenant    tenantIndex

	groups      map[groupKey]groupIndex
	groupChunks [][]group
	groupN      int // of those in chunks
	freeGroups  []groupIndex
	parties     map[partyKey]party
	byes        map[partyKey][]bye
	byeN        int

	evidence    map[groupKey]*evidenceList
	evidenceWas []evidence // scratch

	media    map[Media]*mediaInfo
	fallback *mediaInfo // of a stream of which nothing is known

	chunks [][]stream
	free   *stream
	count  int

	work  work
	stats StreamsStats
}

// NewStreams returns an empty tracker. The error wraps ErrOptions or ErrParams.
func NewStreams(o StreamsOptions) (*Streams, error) {
	scorer, err := o.validate()
	if err != nil {
		return nil, err
	}
	s := &Streams{
		options: o, scorer: scorer,
		tenantIndexes: make(map[schema.TenantID]tenantIndex),
		groups:        make(map[groupKey]groupIndex),
		parties:       make(map[partyKey]party),
		byes:          make(map[partyKey][]bye),
		evidence:      make(map[groupKey]*evidenceList),
		media:         make(map[Media]*mediaInfo),
	}
	s.fallback = s.infoOf(o.Media)
	return s, nil
}

// Stats returns a snapshot of the counters.
func (s *Streams) Stats() StreamsStats {
	stats := s.stats
	stats.Streams = s.count
	return stats
}

// emitted counts what an operation appended to out beyond from.
func (s *Streams) emitted(from int, out []Emission) []Emission {
	for i := from; i < len(out); i++ {
		s.stats.Emissions++
		if out[i].Deleted {
			s.stats.Tombstones++
		}
	}
	return out
}

// StripeOf says which of n instances of Streams a report belongs to: the same
// for both directions of an SSRC pair, stable over restarts and releases. n
// must be at least 1.
func StripeOf(tenant schema.TenantID, reporter, source uint32, n int) int {
	lo, hi := min(reporter, source), max(reporter, source)
	// FNV-1a over the tenant and the pair, then a final mix so that the low
	// bits depend on all of it.
	h := uint64(0xcbf29ce484222325)
	for i := range len(tenant) {
		h = (h ^ uint64(tenant[i])) * 0x100000001b3
	}
	for _, v := range [2]uint32{lo, hi} {
		for shift := 0; shift < 32; shift += 8 {
			h = (h ^ uint64(byte(v>>shift))) * 0x100000001b3
		}
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	return int(h % uint64(n))
}
