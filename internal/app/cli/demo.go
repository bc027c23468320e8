package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/ingest/pcap"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic/captures"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// demoOptions are the flags of `demo`.
type demoOptions struct {
	forTime time.Duration
	seed    uint64
	dir     string
	hour    time.Duration
}

// labTenant owns the recorded calls of the demonstration.
const labTenant schema.TenantID = "lab"

// newDemoCommand shows the whole way from datagram to SQL.
func newDemoCommand(start StartEngine) *cobra.Command {
	var o demoOptions
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "up, with a synthetic contact centre and recorded calls",
		Long: "Starts an embedded ClickHouse, listeners for six trunks of three tenants, and a seeded contact centre\n" +
			"that sends them real RTCP; an SBC that three tenants share, which sends SIP and RTCP over HEP, and phones\n" +
			"that report by SIP PUBLISH; imports four recorded calls; shows trunks and calls live, answered by SQL.\n" +
			"With --for it ends by itself. Exit status: 0 every source produced rows, 1 one did not.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd, start, o) },
	}
	cmd.Flags().DurationVar(&o.forTime, "for", 0, "end after this time; 0 runs until interrupted")
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "seed of the synthetic contact centre")
	cmd.Flags().StringVar(&o.dir, "dir", "", "keep the data here; empty uses a directory that is removed at the end")
	cmd.Flags().DurationVar(&o.hour, "hour", 10*time.Second, "how long an hour of the demonstration's day takes")
	return cmd
}

// runDemo sets up, runs and checks the demonstration.
func runDemo(cmd *cobra.Command, start StartEngine, o demoOptions) (err error) {
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "trunkline-demo-"); err != nil {
			return fmt.Errorf("demo directory: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(o.dir)) }()
	}
	trunks := synthetic.Scene()
	cfg, err := demoConfig(o.dir, trunks)
	if err != nil {
		return err
	}
	return local(cmd, start, o.dir, cfg, func(a *app.App, url string) error {
		ctx := cmd.Context()
		if err := a.PutTrunks(ctx, trunkRows(trunks)); err != nil {
			return err
		}
		printEndpoints(cmd, a, url)
		if err := importCaptures(cmd, a); err != nil {
			return err
		}
		expected, err := playScene(cmd, a, o, trunks)
		if err != nil {
			return err
		}
		return checkDemo(cmd, a, expected)
	})
}

// demoConfig has one listener a trunk, each on a free port of loopback.
func demoConfig(dir string, trunks []synthetic.Trunk) (config.Config, error) {
	cfg, err := config.Load(config.Source{Environ: os.Environ(), Set: []string{
		"journal.dir=" + filepath.Join(dir, "journal"), "http.address=127.0.0.1:0", "log.level=warn",
		"rollups.grace=1s", "rollups.interval=2s", "ingest.commit_interval=500ms",
	}})
	if err != nil {
		return cfg, usageError{err}
	}
	cfg.Listeners = nil
	shareConfig(&cfg)
	for _, trunk := range trunks {
		l := config.LocalListener()
		l.Name, l.Address, l.Tenant, l.Trunk = string(trunk.ID), "127.0.0.1:0", trunk.Tenant, trunk.ID
		l.Codec, l.Synthetic, l.ReceiveBuffer = trunk.Codec, true, 1<<20
		cfg.Listeners = append(cfg.Listeners, l)
	}
	return cfg, nil
}

// trunkRows describes the trunks to the store, so that SQL can join them.
func trunkRows(trunks []synthetic.Trunk) []schema.Trunk {
	var rows []schema.Trunk
	for _, t := range trunks {
		rows = append(rows, schema.Trunk{
			Tenant: t.Tenant, Trunk: t.ID, Name: fmt.Sprintf("%s, %s network", t.ID, t.Network.Name),
			Codec: t.Codec, ClockHz: schema.Some(t.ClockHz), Version: uint64(time.Now().UnixMicro()),
		})
	}
	return rows
}

// importCaptures brings the recorded calls in by the same way as `import`.
func importCaptures(cmd *cobra.Command, a *app.App) error {
	all, err := captures.All()
	if err != nil {
		return err
	}
	for _, c := range all {
		r, err := pcap.NewReader(bytes.NewReader(c.Data), pcap.Options{})
		if err != nil {
			return fmt.Errorf("capture %s: %w", c.Name, err)
		}
		codec, ok := mediaqos.LookupCodec(c.Codec)
		if !ok {
			return fmt.Errorf("capture %s: no codec %q", c.Name, c.Codec)
		}
		source := &pipeline.Source{
			Name: c.Name, Kind: pipeline.KindPcap, Tenant: labTenant,
			Media: mediaqos.Media{Codec: codec.Name, ClockHz: codec.ClockHz, Source: mediaqos.MediaConfig},
		}
		stats, err := a.Import(cmd.Context(), source, r)
		if err != nil {
			return fmt.Errorf("capture %s: %w", c.Name, err)
		}
		step(cmd, "imported %s: %d RTCP datagrams, %d reports", c.Name, stats.RTCP, stats.Counts.Facts())
	}
	return nil
}

// playScene runs the synthetic centre and the live view until the time is
// over, and returns the sources that must have produced rows.
func playScene(cmd *cobra.Command, a *app.App, o demoOptions, trunks []synthetic.Trunk) ([]string, error) {
	targets := map[schema.TrunkID]string{}
	var sources []string
	for _, l := range a.Status().Listeners {
		if l.Kind == config.KindRTCP {
			targets[schema.TrunkID(l.Name)] = l.Address
		}
		sources = append(sources, l.Name)
	}
	all, err := captures.All()
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		sources = append(sources, c.Name)
	}
	ctx, cancel := cmd.Context(), context.CancelFunc(func() {})
	if o.forTime > 0 {
		ctx, cancel = context.WithTimeout(ctx, o.forTime)
	}
	defer cancel()
	centre := synthetic.New(synthetic.Options{Seed: o.seed, Trunks: trunks, Targets: targets, Hour: o.hour})
	shared := synthetic.NewSBC(synthetic.SBCOptions{Seed: o.seed, HEP: a.Addrs().Listeners[sharedHEP], Phones: a.Addrs().Listeners[sharedPhones]})
	done := make(chan error, 2)
	go func() { done <- centre.Run(ctx) }()
	go func() { done <- shared.Run(ctx) }()
	view := newLiveView(cmd, a, centre, shared, trunks)
	viewErr := view.run(ctx)
	return sources, errors.Join(<-done, <-done, viewErr)
}

// checkDemo waits until all that was taken in is stored, prints what each
// source produced, and fails if one produced nothing.
func checkDemo(cmd *cobra.Command, a *app.App, sources []string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(cmd.Context()), stopGrace)
	defer cancel()
	if err := a.Drain(ctx); err != nil {
		return fmt.Errorf("store what was taken in: %w", err)
	}
	counts, err := a.CountBySource(ctx)
	if err != nil {
		return err
	}
	t := newTable("source", "tenant", ">reports", ">streams", ">mean R", "scale")
	missing := 0
	for _, source := range sources {
		c := counts[source]
		if c.Reports == 0 {
			missing++
		}
		t.add(source, string(c.Tenant), fmt.Sprint(c.Reports), fmt.Sprint(c.Streams), decimals(c.MeanR, 1), c.Scale)
	}
	fmt.Fprintln(cmd.OutOrStdout())
	if err := t.write(cmd.OutOrStdout()); err != nil {
		return err
	}
	if missing > 0 {
		return fmt.Errorf("%d of %d sources produced no rows", missing, len(sources))
	}
	fmt.Fprintf(cmd.OutOrStdout(), "every source produced rows\n")
	return nil
}
