package routing_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/trunkline-cc/trunkline/routing"
	"github.com/trunkline-cc/trunkline/routing/routingtest"
)

// TestEstimateError measures the estimated wait announced on entry against the
// wait that followed, in a queue with 10 agents, exponential handling times of
// 180 s on average and arrivals at 95 % of what they can handle: the case in
// which a line forms and an estimate matters.
func TestEstimateError(t *testing.T) {
	cfg := routing.Config{
		Queues:   []routing.Queue{{ID: "q", AnnounceEveryMillis: 3_600_000}},
		Profiles: []routing.Profile{{ID: "p", Queues: []routing.ProfileQueue{{Queue: "q"}}}},
	}
	for i := range 10 {
		cfg.Agents = append(cfg.Agents, routing.Agent{ID: routing.AgentID(fmt.Sprint("a", i)), Profile: "p"})
	}
	s, err := routing.New(&cfg, routingtest.Start)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	after := func(mean float64) routing.Millis { return routing.Millis(rng.ExpFloat64() * mean) }
	now := routingtest.Start
	nextArrival, n := now, 0
	ends := map[routing.ContactID]routing.Time{}
	entered, estimate := map[routing.ContactID]routing.Time{}, map[routing.ContactID]routing.Millis{}
	var sumWait, sumError, sumBias float64
	measured := 0
	var do func(ev routing.Event)
	do = func(ev routing.Event) {
		var offers []routing.Effect
		for _, e := range s.Step(now, ev) {
			switch e.Kind {
			case routing.EffectAnnounce:
				if e.EstimateKnown && e.Contact == ev.Contact {
					estimate[e.Contact] = e.EstimatedWaitMillis
				}
			case routing.EffectOffer:
				offers = append(offers, e)
			}
		}
		for _, e := range offers {
			if want, ok := estimate[e.Contact]; ok {
				wait := now.Sub(entered[e.Contact])
				sumWait += float64(wait)
				sumError += math.Abs(float64(wait - want))
				sumBias += float64(want - wait)
				measured++
			}
			ends[e.Contact] = now.Add(after(180_000))
			do(routing.Event{Kind: routing.EventOfferAccepted, Contact: e.Contact, Offer: e.Offer})
		}
	}
	for _, a := range cfg.Agents {
		do(routing.Event{Kind: routing.EventAgentSignedIn, Agent: a.ID, Status: routing.StatusAvailable})
	}
	for range 60_000 {
		first, at := routing.ContactID(""), nextArrival
		for id, end := range ends {
			if end < at || end == at && id < first {
				first, at = id, end
			}
		}
		now = at
		if first != "" {
			delete(ends, first)
			do(routing.Event{Kind: routing.EventContactFinished, Contact: first})
			continue
		}
		n++
		id := routing.ContactID(fmt.Sprint("c", n))
		entered[id] = now
		nextArrival = now.Add(after(180_000 / 9.5))
		do(routing.Event{Kind: routing.EventContactEnqueued, Contact: id, Queue: "q"})
	}
	mean, off, bias := sumWait/float64(measured), sumError/float64(measured), sumBias/float64(measured)
	t.Logf("%d contacts waited %.1f s on average; the estimate was off by %.1f s (%.0f %%), bias %+.1f s (%+.1f %%)",
		measured, mean/1000, off/1000, 100*off/mean, bias/1000, 100*bias/mean)
	if measured < 10_000 || math.Abs(bias) > 0.1*mean || off > 0.5*mean {
		t.Errorf("want 10,000 measured, a bias within 10 %% and a mean error within 50 %% of the mean wait")
	}
}
