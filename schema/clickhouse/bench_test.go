package clickhouse

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"

	chdriver "github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/trunkline-cc/trunkline/schema"
)

// benchRows are rows as a listener makes them: some tenants and trunks, full
// figures.
func benchRows() []schema.MediaReport {
	rows := make([]schema.MediaReport, 1000)
	for i := range rows {
		rows[i] = schema.MediaReport{
			Tenant: schema.TenantID([]string{"acme", "bolt", "crane"}[i%3]), Time: time.Unix(1_795_000_000, int64(i)*1e6).UTC(),
			ReportID: schema.ReportID{byte(i), byte(i >> 8)}, StreamID: schema.StreamID{byte(i)}, Trunk: "sbc1.example.com", AttributionRule: "listener",
			ReporterSSRC: uint32(i), SourceSSRC: uint32(i * 7), Reporter: netip.MustParseAddrPort("192.0.2.1:5005"), Peer: netip.MustParseAddrPort("198.51.100.7:40001"),
			ReporterCNAME: "agent@192.0.2.1", Taps: []string{"192.0.2.1:5005>198.51.100.7:40001"}, PacketType: 200, CumulativeLost: 3, ExtendedSeq: uint32(i * 250), JitterTicks: 80,
			SRNTP: schema.Some(uint64(i)), SRRTPTime: schema.Some(uint32(i)), SenderPackets: schema.Some(uint32(i)), SenderOctets: schema.Some(uint32(i)),
			Codec: "PCMU", ClockHz: schema.Some(uint32(8000)), ClockSource: "config", IntervalMillis: schema.Some(5000.0), Expected: schema.Some(int32(250)), Lost: schema.Some(int32(3)),
			LossRatio: schema.Some(0.012), JitterMillis: schema.Some(10.0), RTTMillis: schema.Some(80.0), RTTMethod: "half_legs", BurstRatio: schema.Some(1.0), BurstRatioSource: "assumed",
			DelayMillis: schema.Some(80.0), DelayBasis: "rtt/2+2*jitter+ptime", Ro: schema.Some(94.7), Is: schema.Some(1.4), Id: schema.Some(0.1), IeEff: schema.Some(4.0),
			R: schema.Some(89.2), MOS: schema.Some(4.3), RLQ: schema.Some(89.2), MOSLQ: schema.Some(4.3), RCQ: schema.Some(89.2), MOSCQ: schema.Some(4.3), MOSScale: "NB", Grade: "satisfied", ScoreBasis: "standard", FormulaVersion: 1,
			Fact: schema.Fact{Source: "udp", RetentionDays: 400, Version: uint64(i)},
		}
	}
	return rows
}

// appendByRow is what the driver's own row-wise interface needs.
func appendByRow(b chdriver.Batch, r *schema.MediaReport, batch uuid.UUID) error {
	addr := func(a netip.AddrPort) net.IP { ip := a.Addr().As16(); return ip[:] }
	return b.Append(string(r.Tenant), r.Time, uuid.UUID(r.ReportID), uuid.UUID(r.StreamID), string(r.Trunk), r.AttributionRule, string(r.CallID),
		r.ReporterSSRC, r.SourceSSRC, addr(r.Reporter), r.Reporter.Port(), addr(r.Peer), r.Peer.Port(), r.ReporterCNAME, r.Taps,
		r.PacketType, r.FractionLost, r.CumulativeLost, r.ExtendedSeq, r.JitterTicks, r.LSR, r.DLSR, &r.SRNTP.V, &r.SRRTPTime.V, &r.SenderPackets.V, &r.SenderOctets.V,
		r.Codec, &r.ClockHz.V, r.ClockSource, r.PLC, &r.PtimeMillis.V, r.Baseline, &r.IntervalMillis.V, &r.Expected.V, &r.Lost.V, &r.LossRatio.V, &r.JitterMillis.V,
		&r.RTTMillis.V, r.RTTMethod, &r.BurstRatio.V, r.BurstRatioSource, &r.DelayMillis.V, r.DelayBasis, &r.Ro.V, &r.Is.V, &r.Id.V, &r.IeEff.V, &r.R.V, &r.MOS.V, &r.RLQ.V, &r.MOSLQ.V, &r.RCQ.V, &r.MOSCQ.V,
		r.MOSScale, r.Grade, r.ScoreBasis, r.FormulaVersion, r.Source, r.IsSynthetic, r.RetentionDays, r.Version, uint8(0), time.Unix(1_795_000_000, 0), batch)
}

// byColumn appends rows to a block and encodes it into a buffer that is used
// again, as the journal does.
func byColumn(b *testing.B, buffer []byte, rows []schema.MediaReport, n int) []byte {
	block := MediaReports.NewBlock()
	for i := range n {
		block.Append(&rows[i%len(rows)])
	}
	encoded, err := block.AppendNative(buffer[:0], Stamp{Batch: schema.BatchID{1}, IngestedAt: rows[0].Time})
	if err != nil {
		b.Fatal(err)
	}
	block.Release()
	return encoded
}

// BenchmarkAppend is the cost of a row on its way into a batch: append and
// encode. b.N is in rows.
func BenchmarkAppend(b *testing.B) {
	rows := benchRows()
	b.ReportAllocs()
	bytes := 0
	var buffer []byte
	for left := b.N; left > 0; left -= 20_000 {
		buffer = byColumn(b, buffer, rows, min(left, 20_000))
		bytes += len(buffer)
	}
	b.ReportMetric(float64(bytes)/float64(b.N), "encoded-B/row")
}

// BenchmarkAppendRatio compares with the driver's row-wise Append, which does
// not even encode, in one run: how many times as long that takes.
func BenchmarkAppendRatio(b *testing.B) {
	c := openMigrated(b)
	rows := benchRows()
	const perBlock = 20_000
	var ours, theirs time.Duration
	var buffer []byte
	for b.Loop() {
		start := time.Now()
		buffer = byColumn(b, buffer, rows, perBlock)
		ours += time.Since(start)
		b.StopTimer()
		batch, err := c.conn.PrepareBatch(context.Background(), "INSERT INTO media_reports ("+identifiers(MediaReports.Columns())+")")
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		start = time.Now()
		for i := range perBlock {
			if err := appendByRow(batch, &rows[i%len(rows)], uuid.UUID{1}); err != nil {
				b.Fatal(err)
			}
		}
		theirs += time.Since(start)
		if err := batch.Abort(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N*perBlock), "columnar-ns/row")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N*perBlock), "driver-ns/row")
	b.ReportMetric(float64(theirs)/float64(ours), "driver/columnar")
}

// BenchmarkInsert is a row's whole way into the engine in batches of 20,000.
// b.N is in rows.
func BenchmarkInsert(b *testing.B) {
	c := openMigrated(b)
	rows := benchRows()
	batch := schema.BatchID{}
	for left := b.N; left > 0; left -= 20_000 {
		block := MediaReports.NewBlock()
		for i := range min(left, 20_000) {
			block.Append(&rows[i%len(rows)])
		}
		batch[0]++
		if batch[0] == 0 {
			batch[1]++
		}
		if err := InsertBlock(context.Background(), c, block, Stamp{Batch: batch, IngestedAt: time.Now()}); err != nil {
			b.Fatal(err)
		}
		block.Release()
	}
}
