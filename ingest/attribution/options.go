package attribution

import "time"

// Options bound what a Resolver remembers. The zero value of a field means the
// default stated at it.
type Options struct {
	// Grace is how long a report may wait for the SIP of its call.
	// Default 30 s.
	Grace time.Duration
	// IdleTTL is how long a dialog is remembered without a message. Default
	// 5 h: a call without session timers sends none between answer and end.
	IdleTTL time.Duration
	// EndedTTL is how long a dialog is remembered after its end, for the
	// reports that follow. Default 2 min.
	EndedTTL time.Duration
	// ClockSlack is how far capture clocks may differ: a dialog is taken to
	// begin that much earlier and end that much later. Default 3 s.
	ClockSlack time.Duration
	// MaxDialogsPerTrunk bounds the dialogs of one trunk; those that are
	// nobody's or several tenants' count as one trunk more. Default 20,000.
	MaxDialogsPerTrunk int
	// MaxDialogsPerSource bounds the dialogs first seen by one source.
	// Default 50,000.
	MaxDialogsPerSource int
	// MaxBytes bounds the memory of all dialogs, as estimated. Default
	// 256 MiB.
	MaxBytes int
}

func (o Options) withDefaults() Options {
	setDefault(&o.Grace, 30*time.Second)
	setDefault(&o.IdleTTL, 5*time.Hour)
	setDefault(&o.EndedTTL, 2*time.Minute)
	setDefault(&o.ClockSlack, 3*time.Second)
	setDefault(&o.MaxDialogsPerTrunk, 20_000)
	setDefault(&o.MaxDialogsPerSource, 50_000)
	setDefault(&o.MaxBytes, 256<<20)
	return o
}

func setDefault[T int | time.Duration](at *T, value T) {
	if *at <= 0 {
		*at = value
	}
}

// Stats are a resolver's counters and gauges.
type Stats struct {
	Dialogs int // remembered now
	Bytes   int // their memory, as estimated
	// Observed counts messages given to ObserveSIP, Ignored those of them
	// that belong to no call.
	Observed, Ignored uint64
	// Evicted counts dialogs dropped because a bound was reached: of the
	// trunk, of the source, of memory.
	EvictedTrunk, EvictedSource, EvictedBytes uint64
	// Expired counts dialogs dropped because their time was over.
	Expired uint64
}
