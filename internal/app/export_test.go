package app

import (
	"context"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
)

// StartIntake starts what takes input in and makes it durable, and nothing that
// takes it on to the store: for measurements of the first half alone.
func (a *App) StartIntake(ctx context.Context) error {
	return a.startParts(ctx, []part{
		{"store", a.startStore}, // a pool that connects when it is asked
		{"journal", a.startJournal},
		{"attribution", a.startAttribution},
		{"listeners", a.startListeners},
	})
}

// Intake is the status of a listener by its place in the configuration; it
// needs none of the parts that StartIntake leaves out.
func (a *App) Intake(i int) ListenerStatus { return a.listeners[i].status(time.Now()) }

// Cached is how many reports of a listener were attributed without asking.
func (a *App) Cached(i int) uint64 { return a.listeners[i].live.Stats().Cached }

// StreamsTracked is how many streams are followed.
func (a *App) StreamsTracked() int { return a.stripes.Stats().Streams }

// JournalBytes is how much waits for the store.
func (a *App) JournalBytes() int64 { return a.journal.Stats().Bytes }

// Ledger is what the journal says of a listener.
func (a *App) Ledger(listener string) journal.LedgerEntry {
	for _, e := range a.journal.Ledger() {
		if e.Listener == listener {
			return e
		}
	}
	return journal.LedgerEntry{}
}
