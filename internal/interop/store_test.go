package interop

import (
	"context"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// tenant and trunk own what peers send in these tests.
const (
	tenant = "contoso"
	trunk  = "sbc1.contoso.example"
)

// product is the whole of Trunkline on a database of the test's own.
type product struct {
	*app.App
	store *clickhouse.Conn
}

// startProduct starts it with the given listeners and trunks.
func startProduct(t *testing.T, trunks []config.Trunk, listeners ...config.Listener) *product {
	t.Helper()
	dsn, err := url.Parse(chtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	password, _ := dsn.User.Password()
	dsn.User = url.User(dsn.User.Username())
	cfg, err := config.Load(config.Source{
		Environ: []string{"TRUNKLINE_CLICKHOUSE_PASSWORD=" + password},
		Set: []string{
			"clickhouse.dsn=" + dsn.String(), "journal.dir=" + t.TempDir(), "http.address=127.0.0.1:0",
			"ingest.commit_interval=100ms", "attribution.grace=2s",
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Trunks, cfg.Listeners = trunks, nil
	for _, l := range listeners {
		l.Address = "127.0.0.1:0"
		if l.Transport == config.TransportUDP {
			l.ReceiveBuffer, l.RingSlots, l.MaxDatagram = 1<<20, 512, 64<<10
		} else {
			l.MaxConnections = 16
		}
		if l.Kind == config.KindVQReport {
			l.RingSlots, l.MaxDatagram = 0, 0
		}
		cfg.Listeners = append(cfg.Listeners, l)
	}
	if err := app.Migrate(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	p := &product{}
	if p.App, err = app.New(cfg, app.Options{Logger: app.NewLogger(config.Log{Level: "warn"}, t.Output())}); err != nil {
		t.Fatal(err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	if p.store, err = app.OpenStore(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.store.Close() })
	return p
}

// listener returns where one listens.
func (p *product) listener(t *testing.T, name string) netip.AddrPort {
	t.Helper()
	addr, err := netip.ParseAddrPort(p.Addrs().Listeners[name])
	if err != nil {
		t.Fatalf("listener %s: %v", name, err)
	}
	return addr
}

// status returns what the status page says of a listener.
func (p *product) status(t *testing.T, name string) app.ListenerStatus {
	t.Helper()
	for _, l := range p.Status().Listeners {
		if l.Name == name {
			return l
		}
	}
	t.Fatalf("no listener %s", name)
	return app.ListenerStatus{}
}

// checkClean fails unless a listener could make something of all it got.
func (p *product) checkClean(t *testing.T, name string) {
	t.Helper()
	l := p.status(t, name)
	for reason, n := range l.Refused {
		if n != 0 {
			t.Errorf("listener %s refused %d: %s", name, n, reason)
		}
	}
	if l.Quarantined != 0 || l.Waiting != 0 || l.Datagrams == 0 {
		t.Errorf("listener %s: %+v, want nothing in quarantine, and nothing waiting", name, l)
	}
}

// settle waits until a listener has taken in as many datagrams as were sent to
// it, and all that they made is stored.
func (p *product) settle(t *testing.T, name string, sent uint64) app.ListenerStatus {
	t.Helper()
	for deadline := time.Now().Add(patience); p.status(t, name).Datagrams < sent && time.Now().Before(deadline); {
		media(t.Context(), 20*time.Millisecond)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.Drain(ctx); err != nil {
		t.Fatalf("drain: %v", err)
	}
	l := p.status(t, name)
	if l.Datagrams != sent {
		t.Errorf("listener %s took in %d datagrams, %d were sent", name, l.Datagrams, sent)
	}
	return l
}

// await waits until a count in the store is reached.
func (p *product) await(t *testing.T, what, sql string, want uint64) {
	t.Helper()
	var n uint64
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); media(t.Context(), 100*time.Millisecond) {
		p.query(t, sql, func(scan func(...any) error) error { return scan(&n) })
		if n >= want {
			return
		}
	}
	t.Fatalf("%d %s in the store, want %d; %+v", n, what, want, p.Status().Listeners)
}

// query gives each row of an answer to read.
func (p *product) query(t *testing.T, sql string, read func(scan func(...any) error) error) {
	t.Helper()
	if err := p.store.Query(t.Context(), sql, nil, read); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// mediaReports reads the stored reports in the order of time. Each must be the
// tenant's and the trunk's, found by the given rule.
func (p *product) mediaReports(t *testing.T, rule string) []figures {
	t.Helper()
	var rows []figures
	p.query(t, `SELECT time, call_id, reporter_ssrc, source_ssrc, fraction_lost, cumulative_lost, extended_seq,
		expected, lost, loss_ratio, jitter_ms, rtt_ms, tenant_id, trunk_id, attribution_rule
		FROM media_reports FINAL ORDER BY time`, func(scan func(...any) error) error {
		var f figures
		var fraction uint8
		var cumulative int32
		var expected, lost *int32
		var ratio, jitter, rtt *float64
		var tenantID, trunkID, foundBy string
		if err := scan(&f.Time, &f.CallID, &f.Reporter, &f.Source, &fraction, &cumulative, &f.ExtendedSeq,
			&expected, &lost, &ratio, &jitter, &rtt, &tenantID, &trunkID, &foundBy); err != nil {
			return err
		}
		if tenantID != tenant || trunkID != trunk || foundBy != rule {
			t.Errorf("a report of tenant %q, trunk %q by rule %q, want %s, %s, %s", tenantID, trunkID, foundBy, tenant, trunk, rule)
		}
		f.FractionLost, f.CumulativeLost = int(fraction), int(cumulative)
		f.Expected, f.Lost, f.LossRatio = opt(expected), opt(lost), opt(ratio)
		f.JitterMillis, f.RTTMillis = opt(jitter), opt(rtt)
		rows = append(rows, f)
		return nil
	})
	return rows
}

// opt is a nullable column's value.
func opt[T any](v *T) mediaqos.Opt[T] {
	if v == nil {
		return mediaqos.Opt[T]{}
	}
	return mediaqos.Some(*v)
}
