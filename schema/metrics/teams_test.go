package metrics_test

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
	"github.com/trunkline-cc/trunkline/schema/metrics"
)

type teamsStream = schema.CallMediaStream

// teamsReference has a function for each metric of Microsoft's side, of audio
// streams.
var teamsReference = map[string]func([]teamsStream) figure{
	"teams_streams":                    func(rows []teamsStream) figure { return schema.Some(float64(len(rows))) },
	"teams_streams_poor":               func(rows []teamsStream) figure { _, poor, _ := classes(rows, cqd); return schema.Some(poor) },
	"teams_streams_unclassified":       func(rows []teamsStream) figure { _, _, none := classes(rows, cqd); return schema.Some(none) },
	"teams_poor_stream_percent":        func(rows []teamsStream) figure { return poorShare(rows, cqd) },
	"teams_poor_stream_legacy_percent": func(rows []teamsStream) figure { return poorShare(rows, cqdLegacy) },
	"teams_loss_percent": func(rows []teamsStream) figure {
		lost, packets := 0.0, 0.0
		for _, r := range rows {
			if r.LossRatio.OK && r.PacketUtilization.OK {
				lost += r.LossRatio.V * float64(r.PacketUtilization.V)
				packets += float64(r.PacketUtilization.V)
			}
		}
		if packets == 0 {
			return figure{}
		}
		return schema.Some(100 * lost / packets)
	},
	"teams_jitter_mean_ms": func(rows []teamsStream) figure {
		return teamsMean(rows, func(r *teamsStream) figure { return r.JitterMillis })
	},
	"teams_rtt_mean_ms": func(rows []teamsStream) figure {
		return teamsMean(rows, func(r *teamsStream) figure { return r.RTTMillis })
	},
	"teams_degradation_mean_mos": func(rows []teamsStream) figure {
		return teamsMean(rows, func(r *teamsStream) figure { return r.DegradationMOS })
	},
	"teams_concealed_mean_percent": func(rows []teamsStream) figure {
		return scaled(teamsMean(rows, func(r *teamsStream) figure { return r.ConcealedRatio }), 100)
	},
}

func teamsMean(rows []teamsStream, of func(*teamsStream) figure) figure {
	var values []float64
	for i := range rows {
		if v := of(&rows[i]); v.OK {
			values = append(values, v.V)
		}
	}
	return mean(values)
}

// cqd classifies a stream: 1 good, 2 poor, 0 neither.
func cqd(r *teamsStream) int {
	if r.PacketUtilization.Or(0) <= 500 || (!r.RTTMillis.OK && !r.LossRatio.OK && !r.JitterMillis.OK) {
		return 0
	}
	if r.RTTMillis.Or(0) > 500 || r.LossRatio.Or(0) > 0.1 || r.JitterMillis.Or(0) > 30 {
		return 2
	}
	return 1
}

func cqdLegacy(r *teamsStream) int {
	if !r.RTTMillis.OK && !r.LossRatio.OK && !r.JitterMillis.OK && !r.DegradationMOS.OK && !r.ConcealedRatio.OK {
		return 0
	}
	if r.RTTMillis.Or(0) > 500 || r.LossRatio.Or(0) > 0.1 || r.JitterMillis.Or(0) > 30 || r.DegradationMOS.Or(0) > 1 || r.ConcealedRatio.Or(0) > 0.07 {
		return 2
	}
	return 1
}

func classes(rows []teamsStream, class func(*teamsStream) int) (good, poor, none float64) {
	counts := [3]float64{}
	for i := range rows {
		counts[class(&rows[i])]++
	}
	return counts[1], counts[2], counts[0]
}

func poorShare(rows []teamsStream, class func(*teamsStream) int) figure {
	good, poor, _ := classes(rows, class)
	if good+poor == 0 {
		return figure{}
	}
	return schema.Some(100 * poor / (good + poor))
}

// newTeams makes call records with two streams each; some have an older version
// whose streams do not count.
func newTeams(seed uint64, n int, from time.Time) (records []schema.CallRecord, stored, final []teamsStream) {
	random := rand.New(rand.NewPCG(seed, 3))
	for i := range n {
		newest := uint64(1 + random.IntN(2))
		for version := uint64(1); version <= newest; version++ {
			r := schema.CallRecord{
				Tenant: tenant, Time: from.Add(time.Duration(i) * time.Minute / 2), RecordID: schema.CallRecordID(fmt.Sprintf("record-%d", i)),
				RecordVersion: version, HasSessions: true, IsComplete: true, Type: "peerToPeer", ParticipantKinds: []string{"user", "phone"},
				ParticipantIDs: []string{"u1", "+49301000"}, ParticipantNames: []string{"", ""}, ParticipantTenants: []string{"", ""},
			}
			if i%9 == 0 {
				r.Tenant = other
			}
			r.Version = schema.CallRecordVersion(version, true, true)
			records = append(records, r)
			for s := range 3 {
				stream := teamsStreamOf(random, &r, s)
				stored = append(stored, stream)
				if version == newest && stream.MediaKind == "audio" {
					final = append(final, stream)
				}
			}
		}
	}
	return records, stored, final
}

func teamsStreamOf(random *rand.Rand, r *schema.CallRecord, s int) teamsStream {
	row := teamsStream{
		Tenant: r.Tenant, Time: r.Time, RecordID: r.RecordID, RecordVersion: r.RecordVersion, SessionID: "s", SegmentID: "g",
		StreamIndex: uint16(s), HasStream: true, Label: "main-audio", MediaKind: []string{"audio", "audio", "video"}[s],
		Direction: "callerToCallee", Receiver: []string{"callee", "caller"}[s%2],
	}
	maybe := func(v float64) figure {
		if random.IntN(6) == 0 {
			return figure{}
		}
		return schema.Some(v)
	}
	row.JitterMillis, row.RTTMillis = maybe(random.ExpFloat64()*20), maybe(random.ExpFloat64()*250)
	row.LossRatio, row.DegradationMOS, row.ConcealedRatio = maybe(random.ExpFloat64()/20), maybe(random.ExpFloat64()/2), maybe(random.ExpFloat64()/40)
	if random.IntN(8) > 0 {
		row.PacketUtilization = schema.Some(int64(random.IntN(3000)))
	}
	row.Caller.Platform, row.Callee.ServiceRole = []string{"windows", "iOS"}[random.IntN(2)], "mediationServer"
	row.CallerNetwork.IP, row.CalleeNetwork.IP = fmt.Sprintf("10.1.%d.7", random.IntN(4)), "52.112.0.1"
	row.AudioCodec, row.Version = "SILKWide", r.Version
	return row
}

// TestTeamsMetricsAgreeWithReference does for Microsoft's streams what
// TestMetricsAgreeWithReference does for reports.
func TestTeamsMetricsAgreeWithReference(t *testing.T) {
	store := openMigrated(t)
	to := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
	records, stored, final := newTeams(1, 100, to.Add(-time.Hour))
	insert(t, store, clickhouse.CallRecords, 1, records)
	insert(t, store, clickhouse.CallMediaStreams, 2, stored)
	groups := map[string][]teamsStream{}
	for _, s := range final {
		if s.Tenant != tenant {
			continue
		}
		platform := ""
		if s.Receiver == "caller" {
			platform = s.Caller.Platform
		}
		groups["|"+platform] = append(groups["|"+platform], s)
		groups[""] = append(groups[""], s)
	}
	for name, reference := range teamsReference {
		q := metrics.Query{Tenant: tenant, Metrics: []string{name}, From: to.Add(-time.Hour), To: to}
		got := ask(t, store, q)
		q.By = []metrics.DimensionName{metrics.DimPlatform}
		q.Where = []metrics.Filter{{metrics.DimCodec, []string{"SILKWide"}}}
		for key, a := range ask(t, store, q) {
			got["|"+key] = a
		}
		if len(got) != len(groups) || len(groups) != 4 {
			t.Errorf("%s: %d rows, want %d", name, len(got), len(groups))
		}
		for key, rows := range groups {
			if want := reference(rows); !same(got[key].values[name], want) {
				t.Errorf("%s of %q: got %+v, stream by stream %+v", name, key, got[key].values[name], want)
			}
		}
	}
}

// namedNetworks are of both tenants; those of the other must not name ours.
var namedNetworks = []schema.Network{
	{Tenant: tenant, Prefix: netip.MustParsePrefix("10.1.0.0/16"), Site: "Berlin"},
	{Tenant: tenant, Prefix: netip.MustParsePrefix("10.1.2.0/24"), Site: "Hamburg"},
	{Tenant: tenant, Prefix: netip.MustParsePrefix("52.112.0.0/14"), Site: "Microsoft"},
	{Tenant: other, Prefix: netip.MustParsePrefix("10.1.3.0/24"), Site: "Elsewhere"},
}

// siteOf is the slow way to a site.
func siteOf(addr netip.Addr) (site string) {
	bits := -1
	for _, n := range namedNetworks {
		if n.Tenant == tenant && n.Prefix.Contains(addr) && n.Prefix.Bits() > bits {
			bits, site = n.Prefix.Bits(), n.Site
		}
	}
	return site
}

// TestCutByNetwork asks SBC's and Microsoft's streams by the sites of both ends.
func TestCutByNetwork(t *testing.T) {
	store := openMigrated(t)
	insert(t, store, clickhouse.Networks, 1, namedNetworks)
	w := newWorld(5, 40, 10)
	roll(t, store, insert(t, store, clickhouse.MediaReports, 2, w.stored))
	groups := map[string][]schema.MediaReport{}
	for _, r := range w.final {
		if r.Tenant == tenant && !r.IsSynthetic {
			key := siteOf(r.Reporter.Addr()) + "|" + siteOf(r.Peer.Addr())
			groups[key] = append(groups[key], r)
		}
	}
	q := metrics.Query{
		Tenant: tenant, Metrics: []string{"streams", "loss_percent"}, From: w.from, To: w.to,
		By: []metrics.DimensionName{metrics.DimReporterSite, metrics.DimPeerSite},
	}
	got := ask(t, store, q)
	if len(got) != len(groups) || len(groups) < 2 {
		t.Errorf("%d rows, want %d", len(got), len(groups))
	}
	for key, rows := range groups {
		for _, name := range q.Metrics {
			if want := reportReference[name](rows); !same(got[key].values[name], want) {
				t.Errorf("%s of %q: got %+v, want %+v", name, key, got[key].values[name], want)
			}
		}
	}
	records, stored, final := newTeams(2, 30, w.from)
	insert(t, store, clickhouse.CallRecords, 3, records)
	insert(t, store, clickhouse.CallMediaStreams, 4, stored)
	want := map[string]float64{}
	for _, s := range final {
		ip := map[string]string{"caller": s.CallerNetwork.IP, "callee": s.CalleeNetwork.IP}[s.Receiver]
		if s.Tenant == tenant {
			want[siteOf(netip.MustParseAddr(ip))]++
		}
	}
	q.Metrics, q.By = []string{"teams_streams"}, []metrics.DimensionName{metrics.DimReporterSite}
	teams := ask(t, store, q)
	for site, n := range want {
		if teams[site].values["teams_streams"] != schema.Some(n) {
			t.Errorf("Microsoft's streams of %q: %+v, want %v (%s)", site, teams[site].values, n, strings.Join(q.Metrics, " "))
		}
	}
}
