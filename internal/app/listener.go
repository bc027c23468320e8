package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/hep"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/ingest/udp"
	"github.com/trunkline-cc/trunkline/ingest/vqreport"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// listener is one address that takes media reports, with what drives it. Of
// udp, hep and vq one is set: datagrams by way of a ring, HEP by connections,
// or SIP PUBLISH by either.
type listener struct {
	cfg    config.Listener
	source *pipeline.Source
	live   *pipeline.Live
	addr   string

	udp *udp.Listener
	hep *hep.Server
	vq  *vqreport.Server
	// history is set when the reports of an earlier run have been read back.
	history atomic.Bool
}

// startListeners opens every listener. A socket that a supervisor holds for a
// listener's name is used instead of opening one.
func (a *App) startListeners(ctx context.Context) error {
	stripes, err := pipeline.NewStripes(pipeline.StripesOptions{
		MaxStreams: a.cfg.Ingest.MaxStreams, MaxStreamsPerSource: a.cfg.Ingest.MaxStreamsPerSource,
	})
	if err != nil {
		return err
	}
	a.stripes = stripes
	for _, cfg := range a.cfg.Listeners {
		socket, err := udp.InheritedSocket(cfg.Name)
		if err != nil && !errors.Is(err, udp.ErrNoSocket) {
			return fmt.Errorf("%s: %w", cfg.Name, err)
		}
		l, err := a.startListener(ctx, cfg, socket)
		if socket != nil {
			_ = socket.Close() // the listener has its own copy
		}
		if err != nil {
			return fmt.Errorf("%s: %w", cfg.Name, err)
		}
		a.listeners = append(a.listeners, l)
		a.addrs.Listeners[cfg.Name] = l.addr
	}
	return a.settleOrphans()
}

// settleOrphans takes care of what waits for listeners that the configuration
// has no more: their reports are asked about once more and end as rows or in
// quarantine, and nothing of theirs stays in the held log for ever.
func (a *App) settleOrphans() error {
	if a.attributor == nil {
		return nil
	}
	for _, name := range a.attributor.Orphans() {
		at := slices.IndexFunc(a.cfg.Listeners, func(l config.Listener) bool { return l.Name == name })
		switch {
		case at < 0:
		case asksWhose(&a.cfg.Listeners[at]):
			continue // its own pipeline takes them
		default:
			a.log.Warn("reports of an earlier run wait for their SIP, but the listener has a tenant now; they stay in the held log until it is named otherwise", "listener", name)
			continue
		}
		a.log.Warn("reports of an earlier run wait for a listener that is not configured any more; they are settled without it", "listener", name)
		l := &listener{cfg: config.Listener{Name: name, Kind: config.KindHEP}}
		l.source = sourceOf(&l.cfg, a.cfg.Ingest.RetentionDays)
		if err := a.startPipeline(l, nil); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		a.goRun("history of "+name, func(ctx context.Context) error { return a.readBack(ctx, l) })
	}
	return nil
}

// sourceOf says what a listener's facts have in common.
func sourceOf(cfg *config.Listener, retentionDays uint16) *pipeline.Source {
	kinds := map[string]string{config.KindRTCP: pipeline.KindUDP, config.KindHEP: pipeline.KindHEP, config.KindVQReport: pipeline.KindPublish}
	source := &pipeline.Source{
		Name: cfg.Name, Kind: kinds[cfg.Kind], Tenant: cfg.Tenant, Trunk: cfg.Trunk,
		AtEndpoint: cfg.AtEndpoint, Synthetic: cfg.Synthetic, RetentionDays: retentionDays,
	}
	if cfg.RetentionDays != 0 {
		source.RetentionDays = cfg.RetentionDays
	}
	if cfg.Codec != "" {
		source.Media = configuredMedia(cfg.Codec)
	}
	return source
}

// startListener opens one listener and sets it to work. What takes input in is
// stopped before the pipeline that it goes to.
func (a *App) startListener(ctx context.Context, cfg config.Listener, socket *os.File) (*listener, error) {
	l := &listener{cfg: cfg, source: sourceOf(&cfg, a.cfg.Ingest.RetentionDays)}
	var err error
	switch {
	case cfg.Kind == config.KindVQReport:
		err = a.startPublish(ctx, l, socket)
	case cfg.Transport == config.TransportUDP:
		err = a.startDatagrams(l, socket)
	default:
		err = a.startStream(ctx, l, socket)
	}
	if err != nil {
		return nil, err
	}
	a.goRun("history of "+cfg.Name, func(ctx context.Context) error { return a.readBack(ctx, l) })
	return l, nil
}

// forms by kind of listener.
var forms = map[string]pipeline.Form{
	config.KindRTCP: pipeline.FormRTCP, config.KindHEP: pipeline.FormHEP, config.KindVQReport: pipeline.FormPublish,
}

// startPipeline makes what turns a listener's input into facts, and runs it.
func (a *App) startPipeline(l *listener, release func(mark uint64)) error {
	o := pipeline.LiveOptions{
		Source: l.source, Form: forms[l.cfg.Kind], Stripes: a.stripes, Store: committer{a.journal}, Release: release,
		Mark: a.journal.Mark(l.cfg.Name), Cut: a.journal.LastCut(l.cfg.Name), AuthKey: l.cfg.AuthKey.Reveal(),
		Shards: shards(), CommitInterval: time.Duration(a.cfg.Ingest.CommitInterval),
		MaxUnreleased: l.cfg.RingSlots / 2, StreamIdle: time.Duration(a.cfg.Ingest.StreamIdle), Logger: a.log,
	}
	if asksWhose(&l.cfg) {
		o.Attributor = a.attributor
	}
	var err error
	if l.live, err = pipeline.NewLive(o); err != nil {
		return err
	}
	a.goRun("pipeline of "+l.cfg.Name, func(ctx context.Context) error { return l.live.Run(ctx, commitGrace) })
	return nil
}

// commitGrace is how long the last cut of a stop may take.
const commitGrace = 10 * time.Second
