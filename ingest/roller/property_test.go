package roller

import (
	"context"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

// drawReport draws a fact out of few keys, so that versions meet.
func drawReport(t *rapid.T, tenant schema.TenantID) schema.MediaReport {
	id := rapid.ByteRange(0, 9).Draw(t, "id")
	// Twelve minutes around the end of a month; the time is part of the key.
	at := epoch.Add(time.Duration(rapid.IntRange(0, 11).Draw(t, "minute")) * time.Minute).Add(time.Duration(id) * time.Millisecond)
	r := schema.MediaReport{
		Tenant: tenant, Time: at, ReportID: schema.ReportID{id}, StreamID: schema.StreamID{rapid.ByteRange(0, 3).Draw(t, "stream")},
		Trunk: rapid.SampledFrom([]schema.TrunkID{"", "a", "b"}).Draw(t, "trunk"), Codec: rapid.SampledFrom([]string{"", "PCMU", "G729"}).Draw(t, "codec"),
		Fact: schema.Fact{
			Source: rapid.SampledFrom([]string{"udp", "pcap"}).Draw(t, "source"), RetentionDays: rapid.SampledFrom([]uint16{0, 400, 500}).Draw(t, "days"),
			Version: rapid.Uint64Range(1, 5).Draw(t, "version"), IsDeleted: rapid.IntRange(0, 4).Draw(t, "deleted") == 0,
		},
	}
	if rapid.Bool().Draw(t, "valid") {
		r.Expected, r.Lost = schema.Some(rapid.Int32Range(1, 300).Draw(t, "expected")), schema.Some(rapid.Int32Range(-20, 300).Draw(t, "lost"))
		r.LossRatio = schema.Some(min(1, math.Max(0, float64(r.Lost.V))/float64(r.Expected.V)))
		r.IntervalMillis = schema.Some(float64(rapid.IntRange(1, 10_000_000).Draw(t, "interval us")) / 1000)
	} else {
		r.Baseline = "first"
	}
	if rapid.Bool().Draw(t, "jitter known") {
		r.JitterMillis = schema.Some(rapid.Float64Range(0, 600).Draw(t, "jitter"))
	}
	if rapid.Bool().Draw(t, "rtt known") {
		r.RTTMillis = schema.Some(rapid.Float64Range(0, 10_000).Draw(t, "rtt"))
	}
	if rapid.Bool().Draw(t, "scored") {
		r.RLQ, r.MOSLQ = schema.Some(rapid.Float64Range(-50, 148).Draw(t, "r")), schema.Some(rapid.Float64Range(1, 4.5).Draw(t, "mos"))
		r.R, r.MOS = r.RLQ, r.MOSLQ
		if rapid.Bool().Draw(t, "delay known") {
			r.RCQ, r.MOSCQ = schema.Some(rapid.Float64Range(-50, 148).Draw(t, "r_cq")), schema.Some(rapid.Float64Range(1, 4.5).Draw(t, "mos_cq"))
			r.R, r.MOS = r.RCQ, r.MOSCQ
		}
		r.MOSScale = rapid.SampledFrom([]string{"NB", "WB"}).Draw(t, "scale")
	}
	return r
}

// sums are figures of all facts of a tenant, added up the simple way.
type sums struct{ reports, intervals, expected, lost, jitterCount, jitterMicros, rttCount, rCount, rMilli, cqCount, cqMilli, cqMOS int64 }

// sumOf keeps the highest version of each key and adds.
func sumOf(facts []schema.MediaReport) (s sums) {
	type key struct {
		at int64
		id schema.ReportID
	}
	final := map[key]schema.MediaReport{}
	for _, f := range facts {
		k := key{f.Time.UnixMicro(), f.ReportID}
		// Of equal versions the last one inserted holds.
		if before, ok := final[k]; !ok || f.Version >= before.Version {
			final[k] = f
		}
	}
	for _, f := range final {
		if f.IsDeleted {
			continue
		}
		s.reports++
		if f.Baseline == "" {
			s.intervals++
		}
		s.expected += int64(f.Expected.V)
		s.lost += int64(f.Lost.V)
		if f.JitterMillis.OK {
			s.jitterCount++
			s.jitterMicros += int64(math.RoundToEven(f.JitterMillis.V * 1000))
		}
		if f.RTTMillis.OK {
			s.rttCount++
		}
		if f.RLQ.OK {
			s.rCount++
			s.rMilli += int64(math.RoundToEven(f.RLQ.V * 1000))
		}
		if f.RCQ.OK {
			s.cqCount++
			s.cqMilli += int64(math.RoundToEven(f.RCQ.V * 1000))
			s.cqMOS += int64(math.RoundToEven(f.MOSCQ.V * 1000))
		}
	}
	return s
}

// stored reads the same figures from the rollup.
func (f *fixture) stored(t testing.TB, tenant string) (s sums) {
	t.Helper()
	sql := `SELECT toInt64(sum(reports)), toInt64(sum(intervals)), sum(expected), sum(lost), toInt64(sum(jitter_count)), toInt64(sum(jitter_us_sum)),
toInt64(sum(rtt_count)), toInt64(sum(r_count)), sum(r_milli_sum),
toInt64(sum(cq_count)), sum(cq_milli_sum), toInt64(sum(cq_mos_milli_sum)) FROM quality_1m FINAL WHERE tenant_id = '` + tenant + `'`
	if err := f.store.Query(context.Background(), sql, nil, func(scan func(...any) error) error {
		return scan(&s.reports, &s.intervals, &s.expected, &s.lost, &s.jitterCount, &s.jitterMicros, &s.rttCount, &s.rCount, &s.rMilli, &s.cqCount, &s.cqMilli, &s.cqMOS)
	}); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestRollupEqualsRecount feeds facts in any order, repeated, in later and
// earlier versions and deleted, rolls now and then, and compares with a
// recount by SQL and with sums made in Go.
func TestRollupEqualsRecount(t *testing.T) {
	f := newFixture(t)
	tenants := 0
	rapid.Check(t, func(rt *rapid.T) {
		tenants++
		tenant := schema.TenantID(fmt.Sprint("tenant", tenants))
		var facts []schema.MediaReport
		for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			fresh := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) schema.MediaReport { return drawReport(t, tenant) }), 1, 12).Draw(rt, "facts")
			if len(facts) > 0 && rapid.Bool().Draw(rt, "repeat") {
				fresh = append(fresh, facts[rapid.IntRange(0, len(facts)-1).Draw(rt, "which")])
			}
			f.insert(t, fresh...)
			facts = append(facts, fresh...)
			if rapid.Bool().Draw(rt, "roll") {
				f.roll(t)
			}
		}
		f.roll(t)
		f.mustAgree(t, tenant)
		if got, want := f.stored(t, string(tenant)), sumOf(facts); got != want {
			rt.Fatalf("rollup %+v, want %+v", got, want)
		}
	})
}

// TestRollersTogether has two rollers and a writer at work at the same time:
// when they are done, the rollups are a recount.
func TestRollersTogether(t *testing.T) {
	f := newFixture(t)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 2 {
		r := New(f.roller.o)
		wg.Go(func() {
			for {
				if err := r.Roll(context.Background()); err != nil {
					t.Errorf("roll: %v", err)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for i := range 25 {
		at := epoch.Add(time.Duration(i*37%12) * time.Minute)
		late := report("acme", at, byte(i), uint64(i))
		late.IsDeleted = i%5 == 4
		f.insert(t, late, report("acme", at, byte(i+1), 1))
	}
	close(stop)
	wg.Wait()
	f.roll(t)
	f.mustAgree(t, "acme")
}

// TestQualityNow has facts in open and in closed minutes, some of them not yet
// rolled up: the view answers all of them once.
func TestQualityNow(t *testing.T) {
	f := newFixture(t)
	now := time.Now().UTC().Truncate(time.Second)
	for i := range 10 {
		f.insert(t, report("acme", now.Add(-time.Duration(i)*time.Minute), byte(i), 1))
	}
	count := func() int64 { return f.number(t, "(SELECT sum(reports) FROM quality_now WHERE tenant_id = 'acme')") }
	if n := count(); n != 10 {
		t.Errorf("before any rollup: %d reports, want 10", n)
	}
	// The roller lags five minutes behind.
	f.now = now.Add(-5 * time.Minute)
	f.roll(t)
	if n := count(); n != 10 {
		t.Errorf("with a lagging rollup: %d reports, want 10", n)
	}
	f.now = now
	f.roll(t)
	if n := count(); n != 10 {
		t.Errorf("with all rolled up: %d reports, want 10", n)
	}
	if n := f.number(t, `(SELECT countIf(r_p50 = 90 AND r_p05 = 90 AND round(loss_percent) = 2 AND mos_mean = 4.3 AND r_mean = 90.5
    AND cq_count = 1 AND cq_p50 = 85 AND cq_p05 = 85 AND cq_mean = 85.25 AND cq_mos_mean = 4.2) FROM quality_minutes)`); n != 10 {
		t.Errorf("%d readable minutes with the right figures, want 10", n)
	}
}
