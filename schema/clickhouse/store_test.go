package clickhouse

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

func blockOf(rows ...schema.MediaReport) *Block[schema.MediaReport] {
	b := MediaReports.NewBlock()
	for i := range rows {
		b.Append(&rows[i])
	}
	return b
}

func countRows(t testing.TB, c *Conn, sql string) (n uint64) {
	t.Helper()
	if err := c.Query(context.Background(), sql, nil, func(scan func(...any) error) error { return scan(&n) }); err != nil {
		t.Fatal(err)
	}
	return n
}

// TestStoredRowsReadBack writes rows with extreme values and reads them back
// through the server.
func TestStoredRowsReadBack(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	batch := byte(0)
	rapid.Check(t, func(t *rapid.T) {
		batch++
		row := reportRows.Draw(t, "row")
		row.IsDeleted = false
		row.ReportID[0] = batch
		stamp := Stamp{Batch: schema.BatchID(ids().Draw(t, "batch")), IngestedAt: time.UnixMilli(1_795_000_000_000)}
		if err := InsertBlock(ctx, c, blockOf(row), stamp); err != nil {
			t.Fatal(err)
		}
		var got []schema.MediaReport
		err := Read(ctx, c, MediaReports, "WHERE tenant_id = {tenant:String} AND report_id = {report:UUID}",
			Params{"tenant": Text(row.Tenant), "report": row.ReportID.String()},
			func(r *schema.MediaReport) error {
				got = append(got, *r)
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 1 || !reflect.DeepEqual(got[0], row) {
			t.Fatalf("got  %+v\nwant %+v", got, row)
		}
	})
}

func TestTokenMakesRepetitionHarmless(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	row := schema.MediaReport{Tenant: "acme", Time: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	first, second := Stamp{Batch: schema.BatchID{1}, IngestedAt: time.Now()}, Stamp{Batch: schema.BatchID{2}, IngestedAt: time.Now()}
	for i, stamp := range []Stamp{first, first, second, first} {
		// Other content under the same token, as when a batch is encoded anew.
		stamp.IngestedAt = stamp.IngestedAt.Add(time.Duration(i) * time.Second)
		if err := InsertBlock(ctx, c, blockOf(row, row), stamp); err != nil {
			t.Fatal(err)
		}
	}
	if n := countRows(t, c, "SELECT count() FROM media_reports"); n != 2 {
		// One block collapses equal keys when it is inserted: 1 row a batch.
		t.Errorf("%d rows, want one of each batch", n)
	}
	for batch, want := range map[schema.BatchID]bool{{1}: true, {2}: true, {3}: false} {
		n, err := c.BatchRows(ctx, schema.TableMediaReports, 202611, batch)
		if err != nil || (n > 0) != want {
			t.Errorf("batch %s: %d rows, %v, want stored %v", batch, n, err, want)
		}
	}
	if n, err := c.BatchRows(ctx, schema.TableMediaReports, 202612, schema.BatchID{1}); err != nil || n != 0 {
		t.Errorf("another partition: %d rows, %v", n, err)
	}
	if n, err := c.BatchRows(ctx, schema.TableTrunks, 0, schema.BatchID{1}); err != nil || n != 0 {
		t.Errorf("a table without partitions: %d rows, %v", n, err)
	}
}

func TestFinalHidesReplacedAndDeleted(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	row := func(id byte, version uint64, deleted bool) schema.MediaReport {
		return schema.MediaReport{Tenant: "acme", Time: at, ReportID: schema.ReportID{id}, JitterTicks: uint32(version), Fact: schema.Fact{Version: version, IsDeleted: deleted}}
	}
	for i, rows := range [][]schema.MediaReport{{row(1, 3, false), row(2, 1, false)}, {row(1, 2, false), row(2, 2, true)}} {
		if err := InsertBlock(ctx, c, blockOf(rows...), Stamp{Batch: schema.BatchID{byte(i + 1)}, IngestedAt: at}); err != nil {
			t.Fatal(err)
		}
	}
	var got []uint32
	if err := Read(ctx, c, MediaReports, "ORDER BY report_id", nil, func(r *schema.MediaReport) error {
		got = append(got, r.JitterTicks)
		return nil
	}); err != nil || len(got) != 1 || got[0] != 3 {
		t.Errorf("got %v, %v, want version 3 alone", got, err)
	}
}

func TestErrorsAreClassified(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	encoded, err := blockOf(schema.MediaReport{Tenant: "acme"}).AppendNative(nil, Stamp{})
	if err != nil {
		t.Fatal(err)
	}
	base, err := url.Parse(c.options.DSN)
	if err != nil {
		t.Fatal(err)
	}
	other := func(change func(u *url.URL)) *Conn {
		u := *base
		change(&u)
		c, err := Open(Options{DSN: u.String()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	insert := Insert{Table: schema.TableMediaReports, Columns: MediaReports.Columns(), Token: "x"}
	unknown := insert
	unknown.Table = "nothing"
	for name, call := range map[string]struct {
		err  error
		want error
	}{
		"malformed rows": {c.Insert(ctx, insert, strings.NewReader("these are no rows")), ErrRefused},
		"cut off rows":   {c.Insert(ctx, insert, bytes.NewReader(encoded[:len(encoded)-9])), ErrRefused},
		"unknown table":  {c.Insert(ctx, unknown, bytes.NewReader(encoded)), ErrSetup},
		"syntax":         {c.Exec(ctx, "SELEKT 1", nil), ErrSetup},
		"wrong password": {other(func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "wrong") }).Ping(ctx), ErrSetup},
		"nobody there":   {other(func(u *url.URL) { u.Host = "127.0.0.1:1" }).Ping(ctx), ErrUpstream},
		"no database":    {other(func(u *url.URL) { u.Path = "/nothing_here" }).Exec(ctx, "SELECT 1", nil), ErrSetup},
	} {
		if !errors.Is(call.err, call.want) {
			t.Errorf("%s: got %v, want %v", name, call.err, call.want)
		}
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := c.Exec(ended, "SELECT 1", nil); !errors.Is(err, context.Canceled) || errors.Is(err, ErrUpstream) {
		t.Errorf("ended context: got %v", err)
	}
	if n := countRows(t, c, "SELECT count() FROM media_reports"); n != 0 {
		t.Errorf("%d rows of refused inserts were stored", n)
	}
}

func TestParamsAreOnlyValues(t *testing.T) {
	c := openEmpty(t)
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(words(), rapid.String()), 0, 3).Draw(t, "values")
		numbers := rapid.SliceOfN(rapid.Int64(), 0, 3).Draw(t, "numbers")
		one := rapid.OneOf(words(), rapid.String()).Draw(t, "one")
		err := c.Query(context.Background(), "SELECT {one:String}, {values:Array(String)}, {numbers:Array(Int64)}",
			Params{"one": Text(one), "values": Texts(values), "numbers": Ints(numbers)},
			func(scan func(...any) error) error {
				var gotOne string
				var gotValues []string
				var gotNumbers []int64
				if err := scan(&gotOne, &gotValues, &gotNumbers); err != nil {
					return err
				}
				if gotOne != one || strings.Join(gotValues, "\x01") != strings.Join(values, "\x01") || len(gotNumbers) != len(numbers) {
					t.Fatalf("got %q, %q, %v, want %q, %q, %v", gotOne, gotValues, gotNumbers, one, values, numbers)
				}
				return nil
			})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestReadReturnsTheCallersError(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	if err := InsertBlock(ctx, c, blockOf(schema.MediaReport{Tenant: "acme"}), Stamp{IngestedAt: time.Now()}); err != nil {
		t.Fatal(err)
	}
	own := errors.New("enough")
	if err := Read(ctx, c, MediaReports, "", nil, func(*schema.MediaReport) error { return own }); err != own { //nolint:errorlint // identity is what is promised
		t.Errorf("got %v", err)
	}
}

func TestRecentReports(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	start := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	var rows []schema.MediaReport
	for i := range 30 {
		for stream := range byte(2) {
			rows = append(rows, schema.MediaReport{
				Tenant: "acme", Time: start.Add(time.Duration(i) * time.Second), StreamID: schema.StreamID{stream},
				ReportID: schema.ReportID{byte(i), stream}, ExtendedSeq: uint32(i), Fact: schema.Fact{Source: "udp", Version: 1},
			})
		}
	}
	rows = append(rows, schema.MediaReport{Tenant: "acme", Time: start.Add(time.Minute), StreamID: schema.StreamID{9}, Fact: schema.Fact{Source: "other"}})
	if err := InsertBlock(ctx, c, blockOf(rows...), Stamp{IngestedAt: start}); err != nil {
		t.Fatal(err)
	}
	seen := map[schema.StreamID][]uint32{}
	err := c.RecentReports(ctx, "udp", start.Add(20*time.Second), 4, func(r *schema.MediaReport) error {
		seen[r.StreamID] = append(seen[r.StreamID], r.ExtendedSeq)
		return nil
	})
	want := []uint32{26, 27, 28, 29}
	if err != nil || len(seen) != 2 || !reflect.DeepEqual(seen[schema.StreamID{0}], want) || !reflect.DeepEqual(seen[schema.StreamID{1}], want) {
		t.Errorf("got %v, %v, want %v of two streams", seen, err, want)
	}
}

func TestPasswordIsNeverShown(t *testing.T) {
	for _, dsn := range []string{
		"http://default:s3cret@127.0.0.1:1/db", "tcp://default:s3cret@127.0.0.1:1/db", "http://default:s3cret@127.0.0.1:1",
		"http://default:s3cret@127.0.0.1:x/db", "://default:s3cret@127.0.0.1:1/db", "http://default:s3cret@/db", "http://default:s3cret@127.0.0.1:1/db?dial_timeout=soon",
	} {
		c, err := Open(Options{DSN: dsn})
		if err == nil {
			err = c.Ping(context.Background())
		} else if !errors.Is(err, ErrDSN) {
			t.Errorf("%s: got %v, want ErrDSN", dsn, err)
		}
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: shows its password: %v", dsn, err)
		}
	}
}

// TestRetention lets old rows expire: the short-lived one goes, one for
// good and one for longer than a 32-bit date can hold stay.
func TestRetention(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	old := time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC)
	for i, days := range []uint16{0, 1, 65535} {
		row := schema.MediaReport{Tenant: "acme", Time: old, ReportID: schema.ReportID{byte(i)}, Fact: schema.Fact{RetentionDays: days, Version: 1}}
		if err := InsertBlock(ctx, c, blockOf(row), Stamp{Batch: schema.BatchID{byte(i)}, IngestedAt: old}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Exec(ctx, "OPTIMIZE TABLE media_reports FINAL", nil); err != nil {
		t.Fatal(err)
	}
	var left []uint16
	if err := Read(ctx, c, MediaReports, "ORDER BY retention_days", nil, func(r *schema.MediaReport) error {
		left = append(left, r.RetentionDays)
		return nil
	}); err != nil || !slices.Equal(left, []uint16{0, 65535}) {
		t.Errorf("left are rows of %v days, %v, want 0 and 65535", left, err)
	}
}
