package metrics_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/journal"
	"github.com/trunkline-cc/trunkline/ingest/roller"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

func TestMain(m *testing.M) { chtest.Main(m) }

// openMigrated returns a connection to a database with the schema.
func openMigrated(t testing.TB) *clickhouse.Conn {
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
	return store
}

// notes are touched buckets of a test's own.
type notes struct{ dirty []journal.DirtyBucket }

func (n *notes) Dirty() []journal.DirtyBucket        { return n.dirty }
func (n *notes) Clean(_ []journal.DirtyBucket) error { return nil }

// store inserts rows of one month and gives the buckets that they touch.
func insert[R any](t testing.TB, store *clickhouse.Conn, table *clickhouse.Table[R], batch byte, rows []R) []schema.Bucket {
	t.Helper()
	blocks := map[schema.Month]*clickhouse.Block[R]{}
	for i := range rows {
		month := table.Month(&rows[i])
		if blocks[month] == nil {
			blocks[month] = table.NewBlock()
		}
		blocks[month].Append(&rows[i])
	}
	var touched []schema.Bucket
	for month, block := range blocks {
		stamp := clickhouse.Stamp{Batch: schema.BatchID{batch, byte(month), byte(month >> 8)}, IngestedAt: time.Now()}
		if err := clickhouse.InsertBlock(context.Background(), store, block, stamp); err != nil {
			t.Fatal(err)
		}
		touched = append(touched, block.Touched()...)
	}
	return touched
}

// roll recomputes the rollups of what was touched, as if all minutes had ended.
func roll(t testing.TB, store *clickhouse.Conn, touched []schema.Bucket) {
	t.Helper()
	n := &notes{}
	for _, b := range touched {
		n.dirty = append(n.dirty, journal.DirtyBucket{Bucket: b})
	}
	if err := roller.New(roller.Options{Journal: n, Store: store, Now: func() time.Time { return time.Now().Add(time.Hour) }}).Roll(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// world is what the tests ask about: reports of two tenants over an hour that
// ends now, some of them twice, replaced, deleted or made up.
type world struct {
	from, to time.Time
	// stored are all rows; final those that hold.
	stored, final []schema.MediaReport
}

const (
	tenant = schema.TenantID("contoso")
	other  = schema.TenantID("fabrikam")
)

// newWorld makes the same rows for a seed, relative to now.
func newWorld(seed uint64, streams, perStream int) *world {
	random := rand.New(rand.NewPCG(seed, 1))
	w := &world{to: time.Now().UTC().Truncate(time.Minute).Add(time.Minute)}
	w.from = w.to.Add(-time.Hour)
	newest := map[schema.ReportID]schema.MediaReport{}
	for s := range streams {
		stream := streamOf(random, s)
		for n := range perStream {
			row := reportOf(random, stream, w.from, s, n, perStream)
			w.stored = append(w.stored, row)
			newest[row.ReportID] = row
			switch random.IntN(20) {
			case 0: // derived anew, with another figure
				again := reportOf(random, stream, w.from, s, n, perStream)
				again.Time, again.Version = row.Time, row.Version+1
				w.stored = append(w.stored, again)
				newest[row.ReportID] = again
			case 1: // an older version that comes late
				late := reportOf(random, stream, w.from, s, n, perStream)
				late.Time, late.Version = row.Time, row.Version-1
				w.stored = append(w.stored, late)
			case 2:
				gone := row
				gone.Version, gone.IsDeleted = row.Version+1, true
				w.stored = append(w.stored, gone)
				delete(newest, row.ReportID)
			}
		}
	}
	for _, row := range w.stored { // in a fixed order
		if held, ok := newest[row.ReportID]; ok && held.Version == row.Version && !row.IsDeleted {
			w.final = append(w.final, row)
			delete(newest, row.ReportID)
		}
	}
	random.Shuffle(len(w.stored), func(i, j int) { w.stored[i], w.stored[j] = w.stored[j], w.stored[i] })
	return w
}

// streamOf is what all reports of a stream have in common.
func streamOf(random *rand.Rand, n int) schema.MediaReport {
	codecs := []struct {
		name, scale string
		clock       uint32
	}{{"PCMU", "NB", 8000}, {"G722", "WB", 8000}, {"opus", "FB", 48000}, {"", "", 0}}
	codec := codecs[random.IntN(len(codecs))]
	row := schema.MediaReport{
		Tenant: tenant, StreamID: schema.StreamID{1, byte(n), byte(n >> 8)},
		Trunk: schema.TrunkID(fmt.Sprintf("sbc%d.contoso.com", random.IntN(3))), CallID: schema.CallID(fmt.Sprintf("call-%d@sbc", n/2)),
		Codec: codec.name, MOSScale: codec.scale, AttributionRule: "listener", ReporterCNAME: fmt.Sprintf("phone%d", n%5),
		Reporter: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(n % 4), byte(n)}), 5005),
		Peer:     netip.AddrPortFrom(netip.AddrFrom4([4]byte{52, 112, 0, byte(n)}), 3479),
		Taps:     []string{"a>b"}, PacketType: 201, FormulaVersion: 1,
	}
	row.Source, row.Version = fmt.Sprintf("listener%d", n%2), 10
	if codec.clock > 0 {
		row.ClockHz = schema.Some(codec.clock)
	}
	if n%7 == 0 {
		row.Tenant = other
	}
	row.IsSynthetic = n%11 == 0
	return row
}

// reportOf is one report of a stream, its n-th of so many over the hour.
func reportOf(random *rand.Rand, stream schema.MediaReport, from time.Time, s, n, of int) schema.MediaReport {
	row := stream
	row.ReportID = schema.ReportID{2, byte(s), byte(s >> 8), byte(n), byte(n >> 8)}
	step := time.Hour / time.Duration(of+1)
	row.Time = from.Add(time.Duration(n)*step + time.Duration(random.Int64N(int64(step)))).Truncate(time.Microsecond)
	if n == 0 {
		row.Baseline = "first"
		return row
	}
	bad := s%5 == 0
	row.IntervalMillis = schema.Some(4000 + 2000*random.Float64())
	row.Expected = schema.Some(int32(100 + random.IntN(200)))
	lost := random.IntN(4) - 1
	if bad {
		lost = 20 + random.IntN(40)
	}
	row.Lost = schema.Some(int32(lost))
	row.LossRatio = schema.Some(float64(max(lost, 0)) / float64(row.Expected.V))
	if row.Codec != "" {
		row.JitterMillis = schema.Some(random.ExpFloat64() * 15)
		row.RLQ = schema.Some(20 + 70*random.Float64())
		row.MOSLQ = schema.Some(1 + 3.5*random.Float64())
		row.R, row.MOS = row.RLQ, row.MOSLQ
		if random.IntN(2) == 0 { // the delay is known
			row.RCQ, row.MOSCQ = schema.Some(10+70*random.Float64()), schema.Some(1+3*random.Float64())
			row.R, row.MOS = row.RCQ, row.MOSCQ
		}
	}
	if random.IntN(3) > 0 {
		row.RTTMillis = schema.Some(random.ExpFloat64() * 200)
	}
	return row
}
