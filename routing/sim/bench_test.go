package sim

import (
	"fmt"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/routing"
)

// BenchmarkRun reports events (steps of the routing state) a second of the
// whole simulator: arrivals, calendar, state, statistics.
func BenchmarkRun(b *testing.B) {
	for _, bb := range []struct {
		name string
		cfg  *routing.Config
		w    *Workload
	}{
		{"M/M/14", team(14, "a"), &Workload{Types: []Type{loadType("a", 12)}}},
		{"6 types, 90 agents", sixTypes(), &Workload{Types: []Type{
			loadType("q0", 14), loadType("q1", 14), loadType("q2", 14), loadType("q3", 14), loadType("q4", 14), loadType("q5", 14),
		}}},
		{"1000 agents, patience", team(1000, "a"), patientLoad("a", 990)},
	} {
		b.Run(bb.name, func(b *testing.B) {
			steps := uint64(0)
			perHour := 0.0
			for i := range bb.w.Types {
				perHour += bb.w.Types[i].PerHour
			}
			for b.Loop() {
				rep, err := Run(b.Context(), bb.cfg, bb.w, Options{Seed: 1, Duration: time.Duration(100_000 / perHour * float64(time.Hour))})
				if err != nil {
					b.Fatal(err)
				}
				steps += rep.Steps
			}
			b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "events/s")
		})
	}
}

// sixTypes are 90 agents with two of six skills each.
func sixTypes() *routing.Config {
	var queues []string
	for i := range 6 {
		queues = append(queues, fmt.Sprintf("q%d", i))
	}
	var serve [][]string
	for a := range 90 {
		serve = append(serve, []string{queues[a%6], queues[(a%6+1+a/6%5)%6]})
	}
	return servers(queues, serve...)
}

func patientLoad(queue string, erlangs float64) *Workload {
	t := loadType(queue, erlangs)
	t.Patience = &Distribution{Shape: Exponential, MeanSeconds: unit}
	return &Workload{Types: []Type{t}}
}
