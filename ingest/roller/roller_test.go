package roller

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

func TestMain(m *testing.M) {
	// Each check is dozens of statements.
	if f := flag.Lookup("rapid.checks"); f != nil {
		_ = f.Value.Set("6")
	}
	chtest.Main(m)
}

var epoch = time.Date(2026, 11, 30, 23, 50, 0, 0, time.UTC)

// fixture is a store with the schema, notes, and a roller whose clock can be set.
type fixture struct {
	store  *clickhouse.Conn
	notes  *journal.Journal
	roller *Roller
	now    time.Time
	batch  uint32
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	store, err := clickhouse.Open(clickhouse.Options{DSN: chtest.Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	migrations, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clickhouse.Migrate(context.Background(), store, migrations, false); err != nil {
		t.Fatal(err)
	}
	notes, err := journal.Open(journal.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { notes.Close() })
	f := &fixture{store: store, notes: notes, now: epoch.Add(24 * time.Hour)}
	f.roller = New(Options{Journal: notes, Store: store, Now: func() time.Time { return f.now }})
	return f
}

// insert stores facts as the sink does: a batch for each partition, then the
// notes.
func (f *fixture) insert(t testing.TB, rows ...schema.MediaReport) {
	t.Helper()
	blocks := map[schema.Month]*clickhouse.Block[schema.MediaReport]{}
	for i := range rows {
		month := clickhouse.MediaReports.Month(&rows[i])
		if blocks[month] == nil {
			blocks[month] = clickhouse.MediaReports.NewBlock()
		}
		blocks[month].Append(&rows[i])
	}
	for _, block := range blocks {
		f.batch++
		stamp := clickhouse.Stamp{Batch: schema.BatchID{byte(f.batch >> 8), byte(f.batch)}, IngestedAt: epoch}
		if err := clickhouse.InsertBlock(context.Background(), f.store, block, stamp); err != nil {
			t.Fatal(err)
		}
		if err := f.notes.Touch(block.Touched()); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *fixture) roll(t testing.TB) {
	t.Helper()
	if err := f.roller.Roll(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// mustAgree compares the rollups with a recount.
func (f *fixture) mustAgree(t testing.TB, tenant schema.TenantID) {
	t.Helper()
	differences, err := Recount(context.Background(), f.store, tenant)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range differences {
		t.Errorf("%s:\nrollup %s\nfacts  %s", d.Table, d.Rollup, d.Facts)
	}
	if len(differences) > 0 {
		t.FailNow()
	}
}

func (f *fixture) number(t testing.TB, sql string) (n int64) {
	t.Helper()
	if err := f.store.Query(context.Background(), "SELECT toInt64("+sql+")", nil, func(scan func(...any) error) error { return scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// report is a fact with figures.
func report(tenant schema.TenantID, at time.Time, id byte, version uint64) schema.MediaReport {
	return schema.MediaReport{
		Tenant: tenant, Time: at, ReportID: schema.ReportID{id}, StreamID: schema.StreamID{id % 3}, Trunk: "sbc.example.com", Codec: "PCMU",
		Expected: schema.Some(int32(250)), Lost: schema.Some(int32(5)), LossRatio: schema.Some(0.02), IntervalMillis: schema.Some(5000.0),
		JitterMillis: schema.Some(12.5), RTTMillis: schema.Some(80.0), R: schema.Some(85.25), MOS: schema.Some(4.2), RLQ: schema.Some(90.5), MOSLQ: schema.Some(4.3), RCQ: schema.Some(85.25), MOSCQ: schema.Some(4.2), MOSScale: "NB",
		Fact: schema.Fact{Source: "udp", RetentionDays: 400, Version: version},
	}
}

func TestRollsEndedMinutesOnly(t *testing.T) {
	f := newFixture(t)
	f.insert(t, report("acme", epoch.Add(5*time.Second), 1, 1), report("acme", epoch.Add(65*time.Second), 2, 1))
	for _, c := range []struct {
		now  time.Duration
		rows int64
	}{{69 * time.Second, 0}, {70 * time.Second, 1}, {129 * time.Second, 1}, {130 * time.Second, 2}} {
		f.now = epoch.Add(c.now)
		f.roll(t)
		if n := f.number(t, "(SELECT count() FROM quality_1m FINAL)"); n != c.rows {
			t.Errorf("%v after the first minute began: %d rows, want %d", c.now, n, c.rows)
		}
	}
	f.mustAgree(t, "acme")
	if got := f.roller.Stats(); got.Buckets != 2 || got.LastError != "" || len(f.notes.Dirty()) != 0 {
		t.Errorf("stats %+v, dirty %v", got, f.notes.Dirty())
	}
}

func TestLateVersionsAndDeletions(t *testing.T) {
	f := newFixture(t)
	at := epoch.Add(5 * time.Second)
	f.insert(t, report("acme", at, 1, 1), report("acme", at, 2, 1))
	f.roll(t)
	better := report("acme", at, 1, 2)
	better.Lost, better.Codec = schema.Some(int32(-2)), "G729"
	f.insert(t, better)
	f.roll(t)
	f.mustAgree(t, "acme")
	if n := f.number(t, "(SELECT sum(lost) FROM quality_1m FINAL)"); n != 3 {
		t.Errorf("lost %d, want 3", n)
	}
	gone := report("acme", at, 2, 2)
	gone.IsDeleted = true
	better.IsDeleted, better.Version = true, 3
	f.insert(t, gone, better)
	f.roll(t)
	f.mustAgree(t, "acme")
	for _, table := range []string{"quality_1m", "media_streams"} {
		if n := f.number(t, "(SELECT count() FROM "+table+" FINAL)"); n != 0 {
			t.Errorf("%s: %d rows of deleted facts", table, n)
		}
		if n := f.number(t, "(SELECT max(is_deleted) FROM "+table+")"); n != 1 {
			t.Errorf("%s: no tombstone", table)
		}
	}
}

// TestStreamGathersAllItsMinutes has a stream over two months whose facts come
// from the middle outwards, and whose id then changes.
func TestStreamGathersAllItsMinutes(t *testing.T) {
	f := newFixture(t)
	var rows []schema.MediaReport
	for i := range 20 {
		rows = append(rows, report("acme", epoch.Add(time.Duration(i)*time.Minute), byte(3*i), 1))
	}
	for _, i := range []int{10, 11, 9, 12, 0, 19} {
		f.insert(t, rows[i])
		f.roll(t)
	}
	f.mustAgree(t, "acme")
	f.insert(t, rows...)
	f.roll(t)
	f.mustAgree(t, "acme")
	if n := f.number(t, "(SELECT reports FROM media_streams FINAL)"); n != 20 {
		t.Errorf("%d reports, want 20", n)
	}
	if n := f.number(t, "(SELECT dateDiff('minute', time, last_time) FROM media_streams FINAL)"); n != 19 {
		t.Errorf("%d minutes, want 19", n)
	}
	for i := range rows {
		rows[i].StreamID, rows[i].Version = schema.StreamID{77}, 2
	}
	f.insert(t, rows...)
	// No fact remembers the old id any more, only the stream's row does.
	if err := f.store.Exec(context.Background(), "OPTIMIZE TABLE media_reports FINAL", nil); err != nil {
		t.Fatal(err)
	}
	f.roll(t)
	f.mustAgree(t, "acme")
	if n := f.number(t, "(SELECT count() FROM media_streams FINAL)"); n != 1 {
		t.Errorf("%d streams, want 1", n)
	}
}

func TestStreamFigures(t *testing.T) {
	f := newFixture(t)
	first, worst, last := report("acme", epoch, 0, 1), report("acme", epoch.Add(time.Second), 3, 1), report("acme", epoch.Add(2*time.Second), 6, 1)
	first.Baseline, first.Lost, first.Expected, first.LossRatio = "first", schema.Opt[int32]{}, schema.Opt[int32]{}, schema.Opt[float64]{}
	first.R, first.MOS, first.MOSScale, first.Codec = schema.Opt[float64]{}, schema.Opt[float64]{}, "", ""
	first.RLQ, first.MOSLQ, first.RCQ, first.MOSCQ = first.R, first.MOS, first.R, first.MOS
	worst.Lost, worst.LossRatio, worst.RLQ, worst.MOSLQ = schema.Some(int32(50)), schema.Some(0.2), schema.Some(40.0), schema.Some(2.1)
	worst.RCQ, worst.MOSCQ = schema.Some(38.0), schema.Some(2.0)
	last.RTTMillis, last.RCQ, last.MOSCQ = schema.Opt[float64]{}, schema.Opt[float64]{}, schema.Opt[float64]{} // no delay is known
	f.insert(t, first, worst, last)
	f.roll(t)
	for sql, want := range map[string]int64{
		"expected": 500, "lost": 55, "round(1000 * loss_ratio)": 110, "is_poor_loss": 1, "is_poor_jitter": 0, "is_poor_rtt": 0, "is_poor": 1,
		"rtt_count": 2, "rtt_ms_mean": 80, "intervals": 2, "reports": 3, "r_count": 2, "r_min": 40, "r_milli_sum": 130500, "mos_milli_sum": 6400,
		"cq_count": 1, "cq_min": 38, "cq_milli_sum": 38000, "cq_mos_milli_sum": 2000, "cq_mean": 38, "cq_mos_mean": 2, "cq_mos_min": 2,
		"toUnixTimestamp64Micro(assumeNotNull(r_min_time))": epoch.Add(time.Second).UnixMicro(),
		"codec = 'PCMU'": 1, "mos_scale = 'NB'": 1,
	} {
		if got := f.number(t, "(SELECT "+sql+" FROM media_streams FINAL)"); got != want {
			t.Errorf("%s = %d, want %d", sql, got, want)
		}
	}
	// A rating on another scale is never added: the stream then has none.
	wide := report("acme", epoch.Add(3*time.Second), 9, 1)
	wide.MOSScale = "WB"
	f.insert(t, wide)
	f.roll(t)
	f.mustAgree(t, "acme")
	if n := f.number(t, "(SELECT r_count + r_milli_sum + cq_count + cq_milli_sum + countIf(r_min IS NULL AND cq_min IS NULL AND mos_scale = '') FROM media_streams FINAL GROUP BY ALL)"); n != 1 {
		t.Errorf("the stream of two scales: %d, want 1", n)
	}
}

func TestFailureKeepsNotes(t *testing.T) {
	f := newFixture(t)
	f.insert(t, report("acme", epoch, 1, 1))
	nobody, err := clickhouse.Open(clickhouse.Options{DSN: "http://default@127.0.0.1:1/x"})
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	r := New(Options{Journal: f.notes, Store: nobody, Now: func() time.Time { return f.now }})
	if err := r.Roll(context.Background()); !errors.Is(err, clickhouse.ErrUpstream) {
		t.Errorf("got %v, want ErrUpstream", err)
	}
	if got := r.Stats(); got.LastError == "" || got.Buckets != 0 || len(f.notes.Dirty()) != 1 || r.limit != 250 {
		t.Errorf("stats %+v, dirty %v, limit %d", got, f.notes.Dirty(), r.limit)
	}
	f.roll(t)
	f.mustAgree(t, "acme")
}

func TestRunEndsWithItsContextOrItsJournal(t *testing.T) {
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.roller.Run(ctx) }()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("run: %v", err)
	}
	f.insert(t, report("acme", epoch, 1, 1))
	f.notes.Close()
	if err := f.roller.Run(t.Context()); !errors.Is(err, journal.ErrClosed) {
		t.Errorf("run: %v, want ErrClosed", err)
	}
}

func TestChunks(t *testing.T) {
	minute := schema.MinuteOf(epoch) // ten minutes before December
	var buckets []journal.DirtyBucket
	for _, offset := range []int64{0, 0, 1, 9, 10, 11, 69, 70} {
		buckets = append(buckets, journal.DirtyBucket{Bucket: schema.Bucket{Minute: minute + offset}})
	}
	var sizes []int
	for left := buckets; len(left) > 0; {
		n := chunkSize(left, 3)
		sizes = append(sizes, n)
		left = left[n:]
	}
	if !slices.Equal(sizes, []int{3, 1, 3, 1}) {
		t.Errorf("chunks of %v", sizes)
	}
}

// TestColumnsAreTheTables holds the lists of columns against the tables and
// the source views.
func TestColumnsAreTheTables(t *testing.T) {
	f := newFixture(t)
	for table, ours := range map[string]string{schema.TableQuality1m: qualityColumns, schema.TableMediaStreams: streamColumns} {
		var stored []string
		err := f.store.Query(context.Background(), `SELECT name FROM system.columns WHERE database = currentDatabase() AND table = {table:String}
AND default_kind != 'ALIAS' AND name NOT IN ('version', 'is_deleted') ORDER BY position`,
			clickhouse.Params{"table": clickhouse.Text(table)}, func(scan func(...any) error) error {
				var name string
				defer func() { stored = append(stored, name) }()
				return scan(&name)
			})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(ours), " "); got != strings.Join(stored, ", ") {
			t.Errorf("%s: ours\n%s\nthe table's\n%s", table, got, strings.Join(stored, ", "))
		}
	}
}

// TestRecountReadsTouchedMinutesOnly looks at the plan: the buckets reach the
// key of the facts.
func TestRecountReadsTouchedMinutesOnly(t *testing.T) {
	f := newFixture(t)
	f.insert(t, report("acme", epoch, 1, 1))
	var plan strings.Builder
	params := paramsOf([]journal.DirtyBucket{{Bucket: schema.Bucket{Tenant: "acme", Minute: schema.MinuteOf(epoch)}}})
	err := f.store.Query(context.Background(), "EXPLAIN indexes = 1 SELECT * FROM quality_1m_source WHERE (tenant_id, minute) IN "+buckets, params,
		func(scan func(...any) error) error {
			var line string
			defer func() { fmt.Fprintln(&plan, line) }()
			return scan(&line)
		})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plan.String(), "(tenant_id, toStartOfMinute(time)) in 1-element set") {
		t.Errorf("the key is not used:\n%s", plan.String())
	}
}

// TestManyBucketsInOneStatement has as many as one takes, with long names.
func TestManyBucketsInOneStatement(t *testing.T) {
	f := newFixture(t)
	f.insert(t, report("acme", epoch, 1, 1))
	var touched []schema.Bucket
	for i := range 499 {
		tenant := schema.TenantID(fmt.Sprintf("%08d-0000-0000-0000-it's %028d", i, i))
		touched = append(touched, schema.Bucket{Table: schema.TableMediaReports, Tenant: tenant, Minute: schema.MinuteOf(epoch)})
	}
	if err := f.notes.Touch(touched); err != nil {
		t.Fatal(err)
	}
	f.roll(t)
	if got := f.roller.Stats(); got.Buckets != 500 || got.Statements != 1 {
		t.Errorf("stats %+v, want 500 buckets in one go", got)
	}
	f.mustAgree(t, "acme")
}
