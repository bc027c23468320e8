package interop

import (
	"net/netip"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// From a relay's socket to SQL: the rows of the call are the network's figures
// and the relay's own, under the call's id and the tenant that owns the address.
func TestRTPEngineCallInTheStore(t *testing.T) {
	t.Parallel()
	for _, transport := range []string{config.TransportUDP, config.TransportTCP} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			p := startProduct(t,
				[]config.Trunk{{Tenant: tenant, ID: trunk, Addresses: []config.Network{config.Network(netip.PrefixFrom(loopback, 32))}, Codec: "PCMU"}},
				config.Listener{Name: "relay", Kind: config.KindHEP, Transport: transport})
			engine := startRTPEngine(t, p.listener(t, "relay").String(), transport, 2001)
			call := relayCall(t, engine, "stored-"+transport+"@pbx.example", 20*time.Second)
			engine.stop()
			p.settle(t, "relay", uint64(call.RTCPPackets))
			call.check(t, p.mediaReports(t, "address"))
			p.checkClean(t, "relay")
		})
	}
}
