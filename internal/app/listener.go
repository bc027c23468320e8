package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/ingest/udp"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// listener is one address that takes media reports, with what drives it.
type listener struct {
	cfg    config.Listener
	source *pipeline.Source
	udp    *udp.Listener
	live   *pipeline.Live
	// history is set when the reports of an earlier run have been read back.
	history atomic.Bool
}

// startListeners opens every listener. A socket that a supervisor holds for a
// listener's name is used instead of opening one.
func (a *App) startListeners(context.Context) error {
	stripes, err := pipeline.NewStripes(pipeline.StripesOptions{MaxStreams: a.cfg.Ingest.MaxStreams})
	if err != nil {
		return err
	}
	a.stripes = stripes
	for _, cfg := range a.cfg.Listeners {
		socket, err := udp.InheritedSocket(cfg.Name)
		if err != nil && !errors.Is(err, udp.ErrNoSocket) {
			return fmt.Errorf("%s: %w", cfg.Name, err)
		}
		l, err := a.startListener(cfg, socket)
		if err != nil {
			return fmt.Errorf("%s: %w", cfg.Name, err)
		}
		a.listeners = append(a.listeners, l)
		a.addrs.Listeners[cfg.Name] = l.udp.Addr().String()
	}
	return nil
}

// sourceOf says what a listener's facts have in common.
func sourceOf(cfg config.Listener, retentionDays uint16) *pipeline.Source {
	source := &pipeline.Source{
		Name: cfg.Name, Kind: pipeline.KindUDP, Tenant: cfg.Tenant, Trunk: cfg.Trunk,
		AtEndpoint: cfg.AtEndpoint, Synthetic: cfg.Synthetic, RetentionDays: retentionDays,
	}
	if cfg.RetentionDays != 0 {
		source.RetentionDays = cfg.RetentionDays
	}
	if codec, ok := mediaqos.LookupCodec(cfg.Codec); ok {
		source.Media = mediaqos.Media{Codec: codec.Name, ClockHz: codec.ClockHz, Source: mediaqos.MediaConfig, PLC: mediaqos.PLCOn}
	} else if cfg.Codec != "" {
		source.Media = mediaqos.Media{Codec: cfg.Codec, Source: mediaqos.MediaConfig}
	}
	return source
}

// startListener opens one listener and sets it to work.
func (a *App) startListener(cfg config.Listener, socket *os.File) (*listener, error) {
	ring := filepath.Join(a.cfg.Journal.Dir, "rings", cfg.Name+".ring")
	if err := os.MkdirAll(filepath.Dir(ring), 0o750); err != nil {
		return nil, err
	}
	u, err := udp.Listen(udp.Options{
		Addr: cfg.Address, File: socket, RingPath: ring, Slots: cfg.RingSlots,
		ReceiveBufferBytes: int(cfg.ReceiveBuffer), Logger: a.log,
	})
	if err != nil {
		return nil, err
	}
	if socket != nil {
		_ = socket.Close() // the listener has its own copy
	}
	l := &listener{cfg: cfg, source: sourceOf(cfg, a.cfg.Ingest.RetentionDays), udp: u}
	l.live, err = pipeline.NewLive(pipeline.LiveOptions{
		Source: l.source, Stripes: a.stripes, Store: committer{a.journal}, Release: u.Release,
		Shards: shards(), CommitInterval: time.Duration(a.cfg.Ingest.CommitInterval),
		StreamIdle: time.Duration(a.cfg.Ingest.StreamIdle), Logger: a.log,
	})
	if err != nil {
		return nil, errors.Join(err, u.Close())
	}
	a.cleanup.push("socket of "+cfg.Name, func(context.Context) error { return u.Close() })
	a.goRun("pipeline of "+cfg.Name, func(ctx context.Context) error { return l.live.Run(ctx, commitGrace) })
	a.goRun("reading of "+cfg.Name, func(ctx context.Context) error { return l.read(ctx, a.journal.Mark(cfg.Name)) })
	a.goRun("history of "+cfg.Name, func(ctx context.Context) error { return a.readBack(ctx, l) })
	return l, nil
}

// commitGrace is how long the last cut of a stop may take.
const commitGrace = 10 * time.Second

// read hands datagrams over until ctx ends. Datagrams up to mark are in the
// journal already: the ring gives them again after a crash between the commit
// and the release.
func (l *listener) read(ctx context.Context, mark uint64) error {
	return l.udp.Run(ctx, func(batch []udp.Datagram) {
		datagrams := make([]pipeline.Datagram, 0, len(batch))
		for i := range batch {
			d := &batch[i]
			if d.Seq > mark {
				datagrams = append(datagrams, pipeline.Datagram{At: d.At, Src: d.Src, Dst: d.Dst, Payload: d.Payload})
			}
		}
		l.live.Feed(datagrams, batch[len(batch)-1].Seq)
	})
}

// readBack gives the tracker the last reports of the streams that were alive
// when an earlier process ended, as soon as the store has them all: until then
// the journal may hold newer ones.
func (a *App) readBack(ctx context.Context, l *listener) error {
	until := time.Now()
	for {
		err := a.tryReadBack(ctx, l, until)
		if err == nil {
			<-ctx.Done() // nothing more to do, and no reason to count as ended
			return nil
		}
		a.log.Warn("reports of an earlier run cannot be read back yet", "listener", l.cfg.Name, "error", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(2 * time.Second):
		}
	}
}

func (a *App) tryReadBack(ctx context.Context, l *listener, until time.Time) error {
	if err := a.drainBefore(ctx, until); err != nil {
		return err
	}
	var facts []pipeline.Fact
	read := 0
	since := until.Add(-time.Duration(a.cfg.Ingest.StreamIdle))
	err := a.store.RecentReports(ctx, l.cfg.Name, since, historyReports, func(row *schema.MediaReport) error {
		if !row.Time.Before(until) {
			return nil // this process's own
		}
		fact, err := pipeline.FactOf(row, l.source)
		if err != nil {
			return err
		}
		if facts = append(facts, fact); len(facts) == historyChunk {
			l.live.Seed(facts)
			read, facts = read+len(facts), facts[:0]
		}
		return nil
	})
	if err != nil {
		return err
	}
	l.live.Seed(facts)
	if read += len(facts); read > 0 {
		a.log.Info("read back", "listener", l.cfg.Name, "reports", read)
	}
	l.history.Store(true)
	return nil
}

const (
	// historyReports of each stream are read back: more than a stream
	// remembers, so that several short runs one after the other, none of which
	// came to read back what the one before it had, are joined again.
	historyReports = 10 * mediaqos.Window
	// historyChunk bounds the memory that reading back takes.
	historyChunk = 4096
)
