package clickhouse

import (
	"math"
	"net/netip"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/schema"
)

// Generators of rows with every field at its extremes.

func optOf[T any](value *rapid.Generator[T]) *rapid.Generator[schema.Opt[T]] {
	return rapid.Custom(func(t *rapid.T) schema.Opt[T] {
		if !rapid.Bool().Draw(t, "known") {
			return schema.Opt[T]{}
		}
		return schema.Some(value.Draw(t, "value"))
	})
}

// figures are floats that a row may hold; NaN would not compare with itself.
func figures() *rapid.Generator[schema.Opt[float64]] {
	return optOf(rapid.SampledFrom([]float64{0, -0.5, 93.20620838, 1e-9, math.MaxFloat64, math.Inf(1)}))
}

func addrPorts() *rapid.Generator[netip.AddrPort] {
	return rapid.SampledFrom([]netip.AddrPort{
		{}, netip.MustParseAddrPort("192.0.2.1:5005"), netip.MustParseAddrPort("[2001:db8::1]:65535"), netip.MustParseAddrPort("0.0.0.0:0"),
	})
}

func words() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"", "PCMU", "it's", "tab\tline\n", "ü€", "\x00\xff"})
}

func ids() *rapid.Generator[[16]byte] {
	return rapid.Custom(func(t *rapid.T) (id [16]byte) {
		copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
		return id
	})
}

// times are within what a DateTime64(6) holds and the table's partitions suit.
func times() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(0, 4_000_000_000_000_000).Draw(t, "micros")).UTC()
	})
}

var reportRows = rapid.Custom(func(t *rapid.T) schema.MediaReport {
	u32, opt32 := rapid.Uint32(), optOf(rapid.Uint32())
	word := func(label string) string { return words().Draw(t, label) }
	figure := func(label string) schema.Opt[float64] { return figures().Draw(t, label) }
	return schema.MediaReport{
		Tenant: schema.TenantID(word("tenant")), Time: times().Draw(t, "time"), ReportID: schema.ReportID(ids().Draw(t, "report")),
		StreamID: schema.StreamID(ids().Draw(t, "stream")), Trunk: schema.TrunkID(word("trunk")), AttributionRule: word("rule"),
		CallID: schema.CallID(word("call")), ReporterSSRC: u32.Draw(t, "reporter"), SourceSSRC: u32.Draw(t, "source"),
		Reporter: addrPorts().Draw(t, "reporter address"), Peer: addrPorts().Draw(t, "peer address"), ReporterCNAME: word("cname"),
		Taps:       rapid.SliceOfN(words(), 1, 3).Draw(t, "taps"),
		PacketType: rapid.Byte().Draw(t, "type"), FractionLost: rapid.Byte().Draw(t, "fraction"), CumulativeLost: rapid.Int32().Draw(t, "cumulative"),
		ExtendedSeq: u32.Draw(t, "seq"), JitterTicks: u32.Draw(t, "jitter"), LSR: u32.Draw(t, "lsr"), DLSR: u32.Draw(t, "dlsr"),
		SRNTP: optOf(rapid.Uint64()).Draw(t, "ntp"), SRRTPTime: opt32.Draw(t, "rtp"), SenderPackets: opt32.Draw(t, "packets"), SenderOctets: opt32.Draw(t, "octets"),
		Codec: word("codec"), ClockHz: opt32.Draw(t, "clock"), ClockSource: word("clock source"), PLC: word("plc"),
		PtimeMillis: optOf(rapid.SampledFrom([]float32{0, 20, 0.125})).Draw(t, "ptime"), Baseline: word("baseline"),
		IntervalMillis: figure("interval"), Expected: optOf(rapid.Int32()).Draw(t, "expected"), Lost: optOf(rapid.Int32()).Draw(t, "lost"),
		LossRatio: figure("loss"), JitterMillis: figure("jitter ms"), RTTMillis: figure("rtt"), RTTMethod: word("method"),
		BurstRatio: figure("burst"), BurstRatioSource: word("burst source"), DelayMillis: figure("delay"), DelayBasis: word("basis"),
		Ro: figure("ro"), Is: figure("is"), Id: figure("id"), IeEff: figure("ie"), R: figure("r"), MOS: figure("mos"),
		RLQ: figure("r lq"), MOSLQ: figure("mos lq"), RCQ: figure("r cq"), MOSCQ: figure("mos cq"),
		MOSScale: word("scale"), Grade: word("grade"), ScoreBasis: word("score basis"), FormulaVersion: rapid.Uint16().Draw(t, "formula"),
		Fact: schema.Fact{
			Source: word("source name"), IsSynthetic: rapid.Bool().Draw(t, "synthetic"), RetentionDays: 0,
			Version: rapid.Uint64().Draw(t, "version"), IsDeleted: rapid.Bool().Draw(t, "deleted"),
		},
	}
})
