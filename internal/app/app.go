package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/ingest/pipeline"
	"github.com/trunkline-cc/trunkline/ingest/roller"
	"github.com/trunkline-cc/trunkline/ingest/sink"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// Options are what an App takes beside its configuration.
type Options struct {
	// Logger for everything that happens. None.
	Logger *slog.Logger
}

// App is a running Trunkline.
type App struct {
	cfg     config.Config
	log     *slog.Logger
	cleanup cleanup
	started time.Time

	store   *clickhouse.Conn
	journal *journal.Journal
	sink    *sink.Sink
	roller  *roller.Roller
	stripes *pipeline.Stripes
	// attributor is nil where every listener knows whose its reports are.
	attributor *pipeline.Attributor
	listeners  []*listener
	addrs      Addrs

	// reloading lets one change of the trunks at a time happen.
	reloading sync.Mutex

	mu       sync.Mutex
	problems map[string]string
}

// Addrs tells where an App listens.
type Addrs struct {
	// HTTP is host:port of the status page.
	HTTP string
	// Listeners by name, host:port.
	Listeners map[string]string
}

// New returns an App that has started nothing yet.
func New(cfg config.Config, o Options) (*App, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &App{
		cfg: cfg, log: o.Logger, started: time.Now(), problems: map[string]string{},
		addrs: Addrs{Listeners: map[string]string{}},
	}, nil
}

// OpenStore makes the pool of connections that a configuration means.
func OpenStore(cfg config.Config) (*clickhouse.Conn, error) {
	conn, err := clickhouse.Open(clickhouse.Options{
		DSN: cfg.ClickHouse.DSN, Password: cfg.ClickHouse.Password.Reveal(),
		DialTimeout: time.Duration(cfg.ClickHouse.DialTimeout), QueryTimeout: time.Duration(cfg.ClickHouse.QueryTimeout),
	})
	if err != nil {
		return nil, fmt.Errorf("clickhouse.dsn: %w", err)
	}
	return conn, nil
}

// part is something that an App starts.
type part struct {
	name  string
	start func(context.Context) error
}

// Start opens the parts in order. If one fails, those before it are stopped
// and its error is returned. ctx bounds the start, not the App.
func (a *App) Start(ctx context.Context) error {
	return a.startParts(ctx, append(a.storage(), part{"attribution", a.startAttribution}, part{"listeners", a.startListeners}, part{"status page", a.startStatusPage}))
}

// StartStorage opens what takes facts to the store and nothing that listens.
func (a *App) StartStorage(ctx context.Context) error { return a.startParts(ctx, a.storage()) }

func (a *App) storage() []part {
	return []part{
		{"tracing", a.startTracing},
		{"store", a.startStore},
		{"journal", a.startJournal},
		{"sink", a.startSink},
		{"rollups", a.startRoller},
	}
}

// startParts starts one after the other.
func (a *App) startParts(ctx context.Context, parts []part) error {
	for _, part := range parts {
		if err := part.start(ctx); err != nil {
			return errors.Join(fmt.Errorf("start %s: %w", part.name, err), a.cleanup.run(context.WithoutCancel(ctx)))
		}
	}
	a.log.Info("started", "listeners", len(a.listeners), "http", a.addrs.HTTP)
	return nil
}

// Stop makes durable what was taken in and takes everything down; ctx bounds
// how long that may take.
func (a *App) Stop(ctx context.Context) error {
	a.log.Info("stopping")
	return a.cleanup.run(ctx)
}

// Addrs tells where the App listens, once it has started.
func (a *App) Addrs() Addrs { return a.addrs }

func (a *App) startTracing(ctx context.Context) error {
	stop, err := startTracing(ctx, a.cfg.Tracing)
	if err != nil {
		return err
	}
	a.cleanup.push("tracing", stop)
	return nil
}

func (a *App) startStore(context.Context) error {
	store, err := OpenStore(a.cfg)
	if err != nil {
		return err
	}
	a.store = store
	a.cleanup.push("store", func(context.Context) error { return store.Close() })
	return nil
}

func (a *App) startJournal(context.Context) error {
	if err := os.MkdirAll(a.cfg.Journal.Dir, 0o750); err != nil {
		return err
	}
	j, err := journal.Open(journal.Options{Dir: a.cfg.Journal.Dir, MaxBytes: int64(a.cfg.Journal.MaxBytes), Logger: a.log})
	if err != nil {
		return err
	}
	a.journal = j
	a.cleanup.push("journal", func(context.Context) error { return j.Close() })
	return nil
}

func (a *App) startStatusPage(ctx context.Context) error {
	addr, err := a.startServer(ctx)
	if err != nil {
		return err
	}
	a.addrs.HTTP = addr.String()
	return nil
}

// goRun runs a part in a goroutine of its own until it is stopped; a part that
// ends by itself is a problem that the status shows.
func (a *App) goRun(name string, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := run(ctx)
		if ctx.Err() == nil {
			a.problem(name, fmt.Sprintf("%s ended: %v", name, err))
		} else {
			err = nil
		}
		done <- err
	}()
	a.cleanup.push(name, func(stopping context.Context) error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-stopping.Done():
			return stopping.Err()
		}
	})
}

// goServe runs a server that ends by being closed.
func (a *App) goServe(name string, serve func() error, stop func(context.Context) error) {
	stopping := make(chan struct{})
	done := make(chan error, 1)
	go func() {
		err := serve()
		select {
		case <-stopping:
		default:
			a.problem(name, fmt.Sprintf("%s ended: %v", name, err))
		}
		done <- err
	}()
	a.cleanup.push(name, func(ctx context.Context) error {
		close(stopping)
		return errors.Join(stop(ctx), <-done)
	})
}

// problem notes, or with an empty text takes back, what keeps a part from its work.
func (a *App) problem(part, text string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if text == "" {
		delete(a.problems, part)
		return
	}
	if a.problems[part] != text {
		a.log.Error(text, "part", part)
	}
	a.problems[part] = text
}

// Migrate brings the tables up to date.
func Migrate(ctx context.Context, cfg config.Config) (err error) {
	store, err := OpenStore(cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	migrations, err := schema.Migrations()
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := clickhouse.Migrate(ctx, store, migrations, false); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// PutTrunks stores descriptions of trunks.
func (a *App) PutTrunks(ctx context.Context, trunks []schema.Trunk) error {
	set := journal.NewRows(clickhouse.Trunks)
	for i := range trunks {
		set.Append(&trunks[i])
	}
	if _, err := a.journal.Commit(ctx, journal.Cut{Rows: []journal.RowSet{set}}); err != nil {
		return fmt.Errorf("trunks: %w", err)
	}
	return nil
}
