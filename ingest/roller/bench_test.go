package roller

import (
	"context"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
)

// BenchmarkRoll recomputes a minute of 10 tenants with 20,000 reports of 2,000
// streams, out of twelve such minutes.
func BenchmarkRoll(b *testing.B) {
	f := newFixture(b)
	for minute := range 12 {
		rows := make([]schema.MediaReport, 20_000)
		for i := range rows {
			at := epoch.Add(time.Duration(minute)*time.Minute + time.Duration(i)*time.Millisecond)
			rows[i] = report(schema.TenantID([]string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}[i%10]), at, byte(i), 1)
			rows[i].ReportID = schema.ReportID{byte(i), byte(i >> 8), byte(minute)}
			rows[i].StreamID = schema.StreamID{byte(i % 2000), byte(i % 2000 >> 8)}
		}
		f.insert(b, rows...)
	}
	f.roll(b)
	var again []schema.Bucket
	for i := range 10 {
		again = append(again, schema.Bucket{Table: schema.TableMediaReports, Tenant: schema.TenantID(rune('a' + i)), Minute: schema.MinuteOf(epoch) + 11})
	}
	for b.Loop() {
		if err := f.notes.Touch(again); err != nil {
			b.Fatal(err)
		}
		if err := f.roller.Roll(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRollOne recomputes a minute with one report.
func BenchmarkRollOne(b *testing.B) {
	f := newFixture(b)
	f.insert(b, report("acme", epoch, 1, 1))
	for b.Loop() {
		if err := f.notes.Touch([]schema.Bucket{{Table: schema.TableMediaReports, Tenant: "acme", Minute: schema.MinuteOf(epoch)}}); err != nil {
			b.Fatal(err)
		}
		if err := f.roller.Roll(context.Background()); err != nil {
			b.Fatal(err)
		}
	}
}
