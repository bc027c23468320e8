package app_test

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/config"
)

// TestRTCPWithoutTenant: RTCP whose listener serves everybody is known by its
// sender's address; where two tenants have it, it is nobody's.
func TestRTCPWithoutTenant(t *testing.T) {
	t.Parallel()
	loopback := []config.Network{config.Network(netip.MustParsePrefix("127.0.0.0/8"))}
	trunks := []config.Trunk{{Tenant: "anna", ID: "sbc.anna.example", Addresses: loopback, Codec: "PCMA"}, {Tenant: "bert", ID: "sbc.bert.example", Addresses: loopback}}
	for name, tc := range map[string]struct {
		trunks  []config.Trunk
		media   []string
		waiting []string
	}{
		"one tenant":  {trunks[:1], []string{"anna sbc.anna.example address PCMA 5"}, nil},
		"two tenants": {trunks, nil, []string{"shared rtcp 5"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := configure(t)
			cfg.Trunks = tc.trunks
			cfg.Attribution.Grace = config.Duration(time.Second)
			cfg.Listeners[0].Tenant, cfg.Listeners[0].Codec = "", ""
			if err := app.Migrate(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			a := start(t, cfg)
			send(t, a, 5)
			settled(t, a, 5)
			c := store(t, cfg)
			if got := text(t, c, "SELECT concat(tenant_id, ' ', trunk_id, ' ', attribution_rule, ' ', any(codec), ' ', toString(count())) FROM media_reports FINAL GROUP BY tenant_id, trunk_id, attribution_rule"); !slices.Equal(got, tc.media) {
				t.Errorf("media %q, want %q", got, tc.media)
			}
			if got := text(t, c, "SELECT concat(reason, ' ', form, ' ', toString(count())) FROM quarantine FINAL GROUP BY reason, form"); !slices.Equal(got, tc.waiting) {
				t.Errorf("quarantine %q, want %q", got, tc.waiting)
			}
		})
	}
}
