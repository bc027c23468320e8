package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/ingest/attribution/sipcalls"
	"github.com/trunkline-cc/trunkline/ingest/held"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// startAttribution makes what says whose a report is, where any listener has to
// ask, and opens the file that keeps what it waits for over a restart.
func (a *App) startAttribution(ctx context.Context) error {
	a.describeTrunks(ctx, trunkRows(a.cfg.Trunks))
	for _, warning := range a.cfg.Warnings() {
		a.log.Warn("attribution", "warning", warning)
	}
	path := filepath.Join(a.cfg.Journal.Dir, "held", "held.log")
	if !slices.ContainsFunc(a.cfg.Listeners, func(l config.Listener) bool { return asksWhose(&l) }) {
		if info, err := os.Stat(path); err == nil && info.Size() > 0 {
			a.log.Warn("reports of an earlier run may wait for their SIP, but no listener asks whose a report is", "file", path)
		}
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	log, err := held.Open(held.Options{
		Path: path, MaxBytes: int64(a.cfg.Attribution.MaxHeld), Committed: a.journal.LastCut, Logger: a.log,
	})
	if err != nil {
		return err
	}
	a.cleanup.push("held log", func(context.Context) error { return log.Close() })
	c := &a.cfg.Attribution
	a.attributor, err = pipeline.NewAttributor(pipeline.AttributorOptions{
		Table: a.cfg.Table(), Media: trunkMedia(a.cfg.Trunks),
		Options: attribution.Options{
			Grace: time.Duration(c.Grace), IdleTTL: time.Duration(c.IdleTTL), EndedTTL: time.Duration(c.EndedTTL),
			ClockSlack: time.Duration(c.ClockSlack), MaxDialogsPerTrunk: c.MaxDialogsPerTrunk,
			MaxDialogsPerSource: c.MaxDialogsPerSource, MaxBytes: int(c.MaxDialogBytes),
		},
		Calls:      sipcalls.Options{MaxCalls: c.MaxCalls, MaxPerGroup: max(1, c.MaxCalls/5), TalkTimeout: time.Duration(c.IdleTTL)},
		WaitingMax: c.MaxWaiting, WaitingPerSource: c.MaxWaitingPerSource,
		QuarantineMaxRows: c.QuarantineMaxRows, QuarantineRetentionDays: c.QuarantineRetentionDays,
		Held: log, Logger: a.log,
	})
	return err
}

// describeTrunks stores descriptions of trunks. Reports can be attributed
// without, so a journal that is full stops nothing.
func (a *App) describeTrunks(ctx context.Context, rows []schema.Trunk) {
	if len(rows) == 0 {
		return
	}
	if err := a.PutTrunks(ctx, rows); err != nil {
		a.log.Warn("trunks are in force, but not described to the store", "error", err)
	}
}

// asksWhose tells whether the reports of a listener are for attribution: all
// but those of RTCP that one tenant owns.
func asksWhose(l *config.Listener) bool { return l.Kind != config.KindRTCP || l.Tenant == "" }

// trunkMedia is what is configured about the calls of trunks.
func trunkMedia(trunks []config.Trunk) map[schema.TrunkID]mediaqos.Media {
	media := map[schema.TrunkID]mediaqos.Media{}
	for i := range trunks {
		if trunks[i].Codec != "" {
			media[trunks[i].ID] = configuredMedia(trunks[i].Codec)
		}
	}
	return media
}

// configuredMedia is what the name of a codec in the configuration says.
func configuredMedia(name string) mediaqos.Media {
	codec, ok := mediaqos.LookupCodec(name)
	if !ok {
		return mediaqos.Media{Codec: name, Source: mediaqos.MediaConfig}
	}
	return mediaqos.Media{Codec: codec.Name, ClockHz: codec.ClockHz, Source: mediaqos.MediaConfig, PLC: mediaqos.PLCOn}
}

// trunkRows describes configured trunks to the store, so that SQL can join
// them.
func trunkRows(trunks []config.Trunk) []schema.Trunk {
	version := uint64(time.Now().UnixMicro())
	rows := make([]schema.Trunk, 0, len(trunks))
	for i := range trunks {
		t := &trunks[i]
		row := schema.Trunk{Tenant: t.Tenant, Trunk: t.ID, Name: t.Name, Version: version}
		if t.Codec != "" {
			media := configuredMedia(t.Codec)
			row.Codec = media.Codec
			if media.ClockHz != 0 {
				row.ClockHz = schema.Some(media.ClockHz)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// ErrTrunks is wrapped by [App.SetTrunks] when the trunks cannot be changed
// while the App runs.
var ErrTrunks = errors.New("trunks cannot be changed now")

// SetTrunks puts other trunks in force, all or none, and describes them to the
// store. cfg is a whole configuration, of which only the trunks are looked at.
// Those that are gone are marked so.
func (a *App) SetTrunks(ctx context.Context, cfg config.Config) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	if a.attributor == nil {
		if len(cfg.Trunks) == 0 {
			return nil
		}
		return fmt.Errorf("%w: no listener of this process asks for them, restart it with one that does", ErrTrunks)
	}
	if err := a.attributor.SetTable(cfg.Table(), trunkMedia(cfg.Trunks)); err != nil {
		return err
	}
	before := a.cfg.Trunks
	a.cfg.Trunks = cfg.Trunks
	rows := trunkRows(cfg.Trunks)
	for _, gone := range trunkRows(before) {
		if !slices.ContainsFunc(cfg.Trunks, func(t config.Trunk) bool { return t.Tenant == gone.Tenant && t.ID == gone.Trunk }) {
			gone.IsDeleted, gone.Version = true, uint64(time.Now().UnixMicro())
			rows = append(rows, gone)
		}
	}
	a.log.Info("trunks reloaded", "before", len(before), "now", len(cfg.Trunks))
	for _, warning := range cfg.Warnings() {
		a.log.Warn("attribution", "warning", warning)
	}
	a.describeTrunks(ctx, rows)
	return nil
}

// ReloadTrunks reads the configuration anew and puts its trunks in force. What
// goes wrong keeps the old ones and stays on the status page until a reload
// succeeds.
func (a *App) ReloadTrunks(ctx context.Context, load func() (config.Config, error)) error {
	cfg, err := load()
	if err == nil {
		err = a.SetTrunks(ctx, cfg)
	}
	if err != nil {
		a.problem("reload", fmt.Sprintf("The configuration could not be reloaded, the trunks of before are in force: %v.", err))
		return err
	}
	a.problem("reload", "")
	return nil
}
