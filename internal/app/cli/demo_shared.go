package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
	"github.com/trunkline-cc/trunkline/internal/app/synthetic"
	"github.com/trunkline-cc/trunkline/schema"
)

// Listeners of the demonstration's shared SBC and its phones.
const (
	sharedHEP    = "shared-sbc"
	sharedPhones = "phones"
)

// shareConfig adds what the shared SBC needs: a HEP listener and one for its
// phones, both without a tenant, and the trunks by which calls are known.
func shareConfig(cfg *config.Config) {
	cfg.Attribution.Grace = config.Duration(5 * time.Second)
	cfg.Listeners = append(
		cfg.Listeners,
		config.Listener{
			Name: sharedHEP, Kind: config.KindHEP, Transport: config.TransportUDP, Address: "127.0.0.1:0", Synthetic: true,
			ReceiveBuffer: 1 << 20, RingSlots: 1024, MaxDatagram: 64 << 10,
		},
		config.Listener{
			Name: sharedPhones, Kind: config.KindVQReport, Transport: config.TransportUDP, Address: "127.0.0.1:0", Synthetic: true,
			ReceiveBuffer: 1 << 20,
		},
	)
	for _, rule := range synthetic.Table(synthetic.SharedScene()).Trunks {
		trunk := config.Trunk{Tenant: rule.Tenant, ID: rule.Trunk, Name: "a line of the shared SBC", FQDN: rule.FQDN}
		for _, n := range rule.Numbers {
			trunk.Numbers = append(trunk.Numbers, config.Numbers(n))
		}
		for _, p := range rule.Addresses {
			trunk.Addresses = append(trunk.Addresses, config.Network(p))
		}
		cfg.Trunks = append(cfg.Trunks, trunk)
	}
}

// sharedHead is a line about the shared SBC.
func (v *liveView) sharedHead(status *app.Status, calls []app.CallsOfTrunk) string {
	counts := v.shared.Counts()
	var seized, effective, quarantined, waiting uint64
	for i := range calls {
		seized += calls[i].Seized
		effective += calls[i].Effective
	}
	for i := range status.Listeners {
		quarantined += status.Listeners[i].Quarantined
		waiting += status.Listeners[i].Waiting
	}
	return fmt.Sprintf("shared SBC · %d calls tried, %d answered, NER %s %% · %d HEP packets, %d of %d reports of phones stored · in quarantine %d, waiting for their SIP %d",
		counts.Calls, counts.Answered, shareOf(effective, seized), counts.Packets, counts.Accepted, counts.Publishes, quarantined, waiting)
}

// shareOf is a percentage, or a dash of nothing.
func shareOf(n, of uint64) string {
	if of == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", 100*float64(n)/float64(of))
}

// drawShared shows the lines of the shared SBC: who is known by host, who by
// number, and how their calls went and sound.
func (v *liveView) drawShared(w io.Writer, status *app.Status, now map[schema.TrunkID]app.TrunkNow, calls []app.CallsOfTrunk) {
	fmt.Fprintln(w)
	fmt.Fprintln(w, v.sharedHead(status, calls))
	t := newTable("tenant", "trunk", ">attempts", ">answered", ">ASR %", ">NER %", ">ring after ms", ">streams", ">loss %", ">jitter ms", ">R")
	for i := range calls {
		c := &calls[i]
		n := now[c.Trunk]
		t.add(string(c.Tenant), string(c.Trunk), fmt.Sprint(c.Attempts), fmt.Sprint(c.Answered), shareOf(c.Answered, c.Seized), shareOf(c.Effective, c.Seized),
			decimals(c.PostDialDelayMillis, 0), fmt.Sprint(n.Streams), decimals(asPercent(n.LossRatio), 2), decimals(n.JitterMillis, 1), decimals(n.R, 1))
	}
	_ = t.write(w) // a strings.Builder never fails
}
