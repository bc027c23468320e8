package pipeline

import (
	"log/slog"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// AttributorOptions configure [NewAttributor].
type AttributorOptions struct {
	// Table of the trunks. Empty: only listeners with a tenant own anything.
	Table attribution.Table
	// Media is what is configured about the calls of trunks; the SDP of a call
	// is believed before it.
	Media map[schema.TrunkID]mediaqos.Media
	// Options bound what is remembered of SIP dialogs, and say how long a
	// report waits for its SIP (Options.Grace, 30 s).
	Options attribution.Options
	// Calls bound and time the calls that facts are made of.
	Calls sipcalls.Options
	// WaitingMax is how many reports may wait at once, WaitingPerSource how
	// many of those may be of one sender: 65,536 and 8,192. One counts once for
	// every 2 KiB of it. Beyond, the oldest of the same sender (or of the one
	// who has most) goes to quarantine early.
	WaitingMax, WaitingPerSource int
	// QuarantineMaxRows is how many rows a listener may add to the quarantine
	// in a day (UTC), one sender at most a quarter of it. 100,000. What is
	// beyond is refused and counted. The count begins anew with the process.
	QuarantineMaxRows int
	// QuarantineRetentionDays of its rows. 30.
	QuarantineRetentionDays uint16
	// Held is where SIP of live calls and waiting reports are kept over a
	// restart; nil forgets them.
	Held *held.Log
	// Now is the clock. time.Now.
	Now func() time.Time
	// Logger is told of what an operator should know. None.
	Logger *slog.Logger
}

func (o *AttributorOptions) setDefaults() {
	if o.WaitingMax <= 0 {
		o.WaitingMax = 65_536
	}
	if o.WaitingPerSource <= 0 {
		o.WaitingPerSource = 8_192
	}
	if o.QuarantineMaxRows <= 0 {
		o.QuarantineMaxRows = 100_000
	}
	if o.QuarantineRetentionDays == 0 {
		o.QuarantineRetentionDays = 30
	}
	if o.Options.Grace <= 0 {
		o.Options.Grace = 30 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
}

// AttributorStats is a snapshot of an attributor.
type AttributorStats struct {
	Dialogs attribution.Stats
	Calls   sipcalls.Stats
	// Waiting is how many reports wait for their SIP now, WaitingSources of how
	// many senders.
	Waiting, WaitingSources int
	// WaitingFull counts reports that had to leave early for want of room.
	WaitingFull uint64
	// Asked counts questions to the rules; see Counts.Cached for those that a
	// shard could answer from what it knew.
	Asked uint64
	// Verdicts on questions: Attributed by rule, Quarantined by reason.
	Attributed  map[string]uint64
	Quarantined map[string]uint64
	// QuarantineFull counts what the quarantine had no room for.
	QuarantineFull uint64
	// CallsAttributed and CallsQuarantined count calls handed out.
	CallsAttributed, CallsQuarantined uint64
	// Held is the log of what waits; zero without one.
	Held held.Stats
}
