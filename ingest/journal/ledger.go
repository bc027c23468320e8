package journal

import (
	"maps"

	"github.com/trunkline-cc/trunkline/schema"
)

// LedgerEntry is what became of a listener's input: in a [Cut] of the input
// since the cut before, in [Journal.Ledger] of all of it since the volume was
// new.
type LedgerEntry struct {
	// Listener is the name in the configuration.
	Listener string `json:"listener"`
	// Mark is the listener's sequence number of the last datagram that is
	// accounted for; it never falls.
	Mark uint64 `json:"mark"`
	// Datagrams taken in.
	Datagrams uint64 `json:"datagrams"`
	// Reports are report blocks decoded from them.
	Reports uint64 `json:"reports"`
	// Rows are report blocks that became a fact of their own; a fact that is
	// written again with a higher version counts once.
	Rows uint64 `json:"rows"`
	// Duplicates are report blocks that had been seen before or elsewhere.
	Duplicates uint64 `json:"duplicates"`
	// Quarantined are reports that nobody owned, each kept in a row of its own
	// table.
	Quarantined uint64 `json:"quarantined,omitempty"`
	// Held are reports that had to wait for their SIP, Released those of them
	// that have since become a row, a duplicate, refused or quarantined. So
	//
	//	Reports = Rows + Duplicates + Refused (of reports) + Quarantined + (Held - Released)
	Held     uint64 `json:"held,omitempty"`
	Released uint64 `json:"released,omitempty"`
	// Cut is the number of the last cut of the listener that is accounted for;
	// it never falls. 0 for listeners that do not count them.
	Cut uint64 `json:"cut,omitempty"`
	// Refused counts what was not used, by reason.
	Refused map[string]uint64 `json:"refused,omitempty"`
}

// RefusedFull is the reason under which the ledger counts facts that a full
// journal refused.
const RefusedFull = "journal_full"

// RefusedHandedOver is the reason under which a ledger counts reports that waited
// when their volume was handed over.
const RefusedHandedOver = "handed_over"

// giveUpHeld counts what is held as refused, and returns how much that is.
func (e *LedgerEntry) giveUpHeld() uint64 {
	n := e.Held - min(e.Held, e.Released)
	if n > 0 {
		if e.Refused == nil {
			e.Refused = map[string]uint64{}
		}
		e.Refused[RefusedHandedOver] += n
		e.Released += n
	}
	return n
}

// add sums another entry of the same listener.
func (e *LedgerEntry) add(o *LedgerEntry) {
	e.Mark, e.Cut = max(e.Mark, o.Mark), max(e.Cut, o.Cut)
	e.Quarantined += o.Quarantined
	e.Held += o.Held
	e.Released += o.Released
	e.Datagrams += o.Datagrams
	e.Reports += o.Reports
	e.Rows += o.Rows
	e.Duplicates += o.Duplicates
	for reason, n := range o.Refused {
		if n == 0 {
			continue
		}
		if e.Refused == nil {
			e.Refused = map[string]uint64{}
		}
		e.Refused[reason] += n
	}
}

// clone copies the entry.
func (e LedgerEntry) clone() LedgerEntry {
	e.Refused = maps.Clone(e.Refused)
	return e
}

// refused turns an entry whose facts could not be taken: they count as refused
// and not as rows or quarantined.
func (e LedgerEntry) refused() LedgerEntry {
	e = e.clone()
	if lost := e.Rows + e.Quarantined; lost > 0 {
		if e.Refused == nil {
			e.Refused = map[string]uint64{}
		}
		e.Refused[RefusedFull] += lost
		e.Rows, e.Quarantined = 0, 0
	}
	return e
}

// Cut is what becomes durable together.
type Cut struct {
	// Rows that the input made; sets of one table end up in the same files.
	Rows []RowSet
	// Ledger has an entry of each listener whose input this is.
	Ledger []LedgerEntry
	// ContentIDs names batches by what the rows say instead of at random, and
	// makes the sink look them up before it sends them: an import that is
	// repeated with the same cuts is recognised. Rows may differ in their
	// version.
	ContentIDs bool
}

// Receipt says what a commit has made.
type Receipt struct {
	// Batches are the files, in the order in which they will be sent.
	Batches []schema.BatchID
	// Rows in them.
	Rows int
}
