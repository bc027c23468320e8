package metrics_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
	"github.com/trunkline-cc/trunkline/schema/metrics"
)

// callReference has a function for each metric of calls, of the calls whose
// beginning was seen.
var callReference = map[string]func([]schema.SIPCall) figure{
	"call_attempts": func(calls []schema.SIPCall) figure { return count(calls, all) },
	"call_seizures": func(calls []schema.SIPCall) figure { return count(calls, seized) },
	"calls_answered": func(calls []schema.SIPCall) figure {
		return count(calls, func(c *schema.SIPCall) bool { return c.Outcome == "answered" })
	},
	"calls_failed": func(calls []schema.SIPCall) figure {
		return count(calls, func(c *schema.SIPCall) bool { return c.Outcome == "failed" || c.Outcome == "cancelled" })
	},
	"asr_percent": func(calls []schema.SIPCall) figure {
		return share(calls, func(c *schema.SIPCall) bool { return c.Outcome == "answered" })
	},
	"ner_percent": func(calls []schema.SIPCall) figure {
		return share(calls, func(c *schema.SIPCall) bool { return c.Outcome == "answered" || c.Outcome == "busy" })
	},
	"pdd_mean_ms": func(calls []schema.SIPCall) figure {
		return mean(millis(calls, func(c *schema.SIPCall) schema.Opt[int64] { return c.PostDialDelayMillis }))
	},
	"pdd_p95_ms": func(calls []schema.SIPCall) figure {
		return ranked(millis(calls, func(c *schema.SIPCall) schema.Opt[int64] { return c.PostDialDelayMillis }), 0.95, func(v float64) float64 {
			if v < 10_000 {
				return math.Floor(v/50) * 50
			}
			return math.Min(math.Floor(v/1000)*1000, 180_000)
		})
	},
	"talk_mean_seconds": func(calls []schema.SIPCall) figure {
		return scaled(mean(millis(calls, func(c *schema.SIPCall) schema.Opt[int64] { return c.TalkMillis })), 0.001)
	},
}

func all(*schema.SIPCall) bool      { return true }
func seized(c *schema.SIPCall) bool { return c.Outcome != "unknown" && c.Outcome != "redirected" }

func count(calls []schema.SIPCall, keep func(*schema.SIPCall) bool) figure {
	n := 0.0
	for i := range calls {
		if calls[i].HasInvite && keep(&calls[i]) {
			n++
		}
	}
	return schema.Some(n)
}

func share(calls []schema.SIPCall, keep func(*schema.SIPCall) bool) figure {
	of := count(calls, seized)
	if of.V == 0 {
		return figure{}
	}
	return schema.Some(100 * count(calls, keep).V / of.V)
}

func millis(calls []schema.SIPCall, of func(*schema.SIPCall) schema.Opt[int64]) (values []float64) {
	for i := range calls {
		if v := of(&calls[i]); v.OK {
			values = append(values, float64(v.V))
		}
	}
	return values
}

// newCalls makes calls over an hour that ends now.
func newCalls(seed uint64, n int, from time.Time) (stored, final []schema.SIPCall) {
	random := rand.New(rand.NewPCG(seed, 2))
	for i := range n {
		c := callOf(random, i, from)
		if random.IntN(8) == 0 { // a fragment that the whole call replaced
			old := c
			old.HasInvite, old.Outcome, old.Version = false, "unknown", 5
			stored = append(stored, old)
		}
		stored = append(stored, c)
		final = append(final, c)
	}
	return stored, final
}

func callOf(random *rand.Rand, i int, from time.Time) schema.SIPCall {
	outcome := []string{"answered", "answered", "answered", "busy", "failed", "cancelled", "redirected", "unknown"}[random.IntN(8)]
	c := schema.SIPCall{
		Tenant: tenant, Time: from.Add(time.Duration(random.Int64N(int64(time.Hour - time.Minute)))).Truncate(time.Microsecond),
		CallID: schema.CallID(fmt.Sprintf("call-%d@sbc", i)), Trunk: schema.TrunkID(fmt.Sprintf("sbc%d.contoso.com", random.IntN(3))),
		AttributionRule: "dialog", Direction: []string{"in", "out"}[random.IntN(2)], FromUser: fmt.Sprintf("+49301000%03d", i), ToUser: "+49302000",
		HasInvite: random.IntN(10) > 0, State: "ended", Outcome: outcome,
	}
	c.IsSeized, c.IsEffective = outcome != "redirected" && outcome != "unknown", outcome == "answered" || outcome == "busy"
	c.Source, c.Version = "hep", schema.WholeCallVersion
	if i%13 == 0 {
		c.Tenant = other
	}
	if outcome == "answered" || random.IntN(2) == 0 {
		c.PostDialDelayMillis = schema.Some(int64(random.ExpFloat64() * 4000))
	}
	if outcome == "answered" {
		c.FinalStatus, c.TalkMillis = schema.Some(uint16(200)), schema.Some(int64(random.IntN(600_000)))
	}
	return c
}

// TestCallMetricsAgreeWithReference does for calls what
// TestMetricsAgreeWithReference does for reports.
func TestCallMetricsAgreeWithReference(t *testing.T) {
	store := openMigrated(t)
	to := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
	stored, final := newCalls(1, 500, to.Add(-time.Hour))
	insert(t, store, clickhouse.SIPCalls, 1, stored)
	groups := map[string][]schema.SIPCall{}
	for _, c := range final {
		if c.Tenant == tenant {
			key := string(c.Trunk) + "|" + c.Direction
			groups[key] = append(groups[key], c)
			groups[""] = append(groups[""], c)
		}
	}
	for name, reference := range callReference {
		q := metrics.Query{Tenant: tenant, Metrics: []string{name}, From: to.Add(-time.Hour), To: to}
		got := ask(t, store, q)
		q.By = []metrics.DimensionName{metrics.DimTrunk, metrics.DimDirection}
		for key, a := range ask(t, store, q) {
			got[key] = a
		}
		if len(got) != len(groups) {
			t.Errorf("%s: %d rows, want %d", name, len(got), len(groups))
		}
		for key, calls := range groups {
			if want := reference(calls); !same(got[key].values[name], want) {
				t.Errorf("%s of %q: got %+v, call by call %+v", name, key, got[key].values[name], want)
			}
		}
	}
}

// TestCallMetricsAgreeWithView holds the catalogue and sip_trunk_minutes to one
// definition of ASR and NER.
func TestCallMetricsAgreeWithView(t *testing.T) {
	store := openMigrated(t)
	to := time.Now().UTC().Truncate(time.Minute).Add(time.Minute)
	stored, _ := newCalls(2, 300, to.Add(-time.Hour))
	insert(t, store, clickhouse.SIPCalls, 1, stored)
	q := metrics.Query{
		Tenant: tenant, Metrics: []string{"call_attempts", "asr_percent", "ner_percent", "pdd_mean_ms"},
		By: []metrics.DimensionName{metrics.DimTrunk}, From: to.Add(-time.Hour), To: to,
	}
	got := ask(t, store, q)
	trunks := 0
	err := store.Query(context.Background(), `
SELECT toString(trunk_id), toFloat64(sum(attempts)), 100 * sum(answered) / sum(seized), 100 * sum(effective) / sum(seized),
    toFloat64(sum(post_dial_delay_ms_sum)) / sum(post_dial_delay_count)
FROM sip_trunk_minutes WHERE tenant_id = {tenant:String} GROUP BY trunk_id`, clickhouse.Params{"tenant": clickhouse.Text(tenant)},
		func(scan func(...any) error) error {
			trunks++
			var trunk string
			want := make([]float64, 4)
			if err := scan(&trunk, &want[0], &want[1], &want[2], &want[3]); err != nil {
				return err
			}
			for i, name := range q.Metrics {
				if !same(got[trunk].values[name], schema.Some(want[i])) {
					t.Errorf("%s of %s: %+v, the view's %v", name, trunk, got[trunk].values[name], want[i])
				}
			}
			return nil
		})
	if err != nil || trunks != 3 {
		t.Errorf("%d trunks, %v", trunks, err)
	}
}
