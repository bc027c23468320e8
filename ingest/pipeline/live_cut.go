package pipeline

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/held"
)

// collected is a cut on its way: what goes to the store, to the held log, and
// to those who wait for it.
type collected struct {
	Cut
	records   []held.Record
	released  []uint64
	submitted []submitted
	// accepted is Live's at the mark.
	accepted int64
	// isHeld says that the held log has its part.
	isHeld bool
}

// cut collects from every shard what the datagrams up to one mark have made,
// and commits it. It returns an error only if ctx ended before that.
func (l *Live) cut(ctx context.Context) error {
	l.cutting.Lock()
	defer l.cutting.Unlock()
	if l.undone != nil {
		if err := l.commit(ctx, l.undone); err != nil {
			return err
		}
		l.undone = nil
	}
	if l.o.Attributor != nil {
		l.o.Attributor.Due(l.o.Now())
	}
	cut := l.collect()
	if cut.Counts == (Counts{}) && len(cut.Batches)+len(cut.records)+len(cut.released)+len(cut.submitted) == 0 {
		// Nothing was made of what came since, or it was passed over: the ring
		// need not keep it, and would fill and stop if it did.
		if cut.Mark != l.released.Swap(cut.Mark) {
			l.o.Release(cut.Mark)
		}
		return nil
	}
	l.number++
	cut.Number = l.number
	err := l.commit(ctx, cut)
	if err != nil {
		l.undone = cut
	}
	return err
}

// collect asks every shard for what it has made.
func (l *Live) collect() *collected {
	cut := &collected{Cut: Cut{Source: l.o.Source}}
	agents := map[agentKey]AgentStats{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	wg.Add(len(l.shards))
	l.mu.Lock()
	cut.Mark, cut.accepted = l.mark, l.accepted
	for _, s := range l.shards {
		s.in <- task{do: func(s *shard) {
			defer wg.Done()
			mu.Lock()
			defer mu.Unlock()
			s.give(cut)
			mergeAgents(agents, s.agents)
		}}
	}
	l.mu.Unlock()
	wg.Wait()
	l.stats.Lock()
	maps.Copy(l.stats.agents, agents)
	l.stats.Unlock()
	return cut
}

// give hands over what a shard has made since the last cut.
func (s *shard) give(cut *collected) {
	counts := s.worker.TakeCounts()
	cut.Counts.Add(&counts)
	if s.batch.Len() > 0 {
		cut.Batches = append(cut.Batches, s.batch)
		s.batch = s.live.o.Store.NewBatch()
	}
	cut.records = append(cut.records, s.records...)
	cut.released = append(cut.released, s.released...)
	cut.submitted = append(cut.submitted, s.submitted...)
	s.records, s.released, s.submitted = nil, s.released[:0], nil
}

// commit tries until the cut is durable, is refused for good, or ctx ends.
func (l *Live) commit(ctx context.Context, cut *collected) error {
	wait := 100 * time.Millisecond
	for {
		err := l.try(ctx, cut)
		if err == nil || errors.Is(err, ErrRefused) {
			l.waiting.Store(false)
			l.committed(cut, err)
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("listener %s: cut: %w", l.o.Source.Name, err)
		}
		l.waiting.Store(true)
		l.o.Logger.Error("commit", "listener", l.o.Source.Name, "error", err, "retry_in", wait)
		select {
		case <-ctx.Done():
			return fmt.Errorf("listener %s: cut: %w", l.o.Source.Name, err)
		case <-time.After(wait):
			wait = min(2*wait, 5*time.Second)
		}
	}
}

// try makes the cut durable: first what is held, then what is made of it, so
// that a cut that the store has is never without its held part.
func (l *Live) try(ctx context.Context, cut *collected) error {
	if log := l.heldLog(); log != nil && !cut.isHeld {
		err := log.Append(l.o.Source.Name, cut.Number, cut.records, cut.released)
		switch {
		case errors.Is(err, held.ErrRecord):
			l.o.Logger.Error("input cannot be held", "listener", l.o.Source.Name, "error", err)
		case err != nil:
			return err
		}
		cut.isHeld = true
	}
	return l.o.Store.Commit(ctx, cut.Cut)
}

// heldLog is nil where nothing is held.
func (l *Live) heldLog() *held.Log {
	if l.o.Attributor == nil {
		return nil
	}
	return l.o.Attributor.o.Held
}

// committed counts a finished cut, tells those who wait for it and lets the ring
// go on.
func (l *Live) committed(cut *collected, refused error) {
	l.stats.Lock()
	l.stats.counts.Add(&cut.Counts)
	if refused != nil {
		for _, b := range cut.Batches {
			l.stats.lost += uint64(b.Len())
		}
	}
	l.stats.Unlock()
	if refused != nil {
		l.o.Logger.Warn("facts refused", "listener", l.o.Source.Name, "error", refused)
	}
	for _, s := range cut.submitted {
		if refused != nil {
			l.o.Stripes.forgetVoIP(s.keys)
		}
		s.done <- refused
	}
	if log := l.heldLog(); log != nil {
		log.Committed(l.o.Source.Name, cut.Number)
		l.o.Attributor.tidy(log)
	}
	l.released.Store(cut.Mark)
	l.mu.Lock()
	l.durable = cut.accepted
	l.room.Broadcast()
	l.mu.Unlock()
	l.o.Release(cut.Mark)
}
