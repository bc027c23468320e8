package app

import (
	"context"
	"os"
	"path/filepath"

	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/ingest/udp"
)

// startDatagrams takes RTCP or HEP over UDP. Nothing is acknowledged there, so
// what was read waits in a ring file until it is durable.
func (a *App) startDatagrams(l *listener, socket *os.File) error {
	ring := filepath.Join(a.cfg.Journal.Dir, "rings", l.cfg.Name+".ring")
	if err := os.MkdirAll(filepath.Dir(ring), 0o750); err != nil {
		return err
	}
	u, err := udp.Listen(udp.Options{
		Addr: l.cfg.Address, File: socket, RingPath: ring, After: a.journal.Mark(l.cfg.Name), Slots: l.cfg.RingSlots, SlotBytes: int(l.cfg.MaxDatagram),
		ReceiveBufferBytes: int(l.cfg.ReceiveBuffer), Logger: a.log,
	})
	if err != nil {
		return err
	}
	l.udp, l.addr = u, u.Addr().String()
	a.cleanup.push("socket of "+l.cfg.Name, func(context.Context) error { return u.Close() })
	if err := a.startPipeline(l, u.Release); err != nil {
		return err
	}
	a.goRun("reading of "+l.cfg.Name, func(ctx context.Context) error { return l.read(ctx, a.journal.Mark(l.cfg.Name)) })
	return nil
}

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
