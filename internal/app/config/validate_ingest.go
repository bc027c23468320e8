package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/schema"
)

// listeners checks each listener and that no two share a name or an address.
func (v *checker) listeners(c *Config) {
	names, addresses := map[string]bool{}, map[string]bool{}
	for i := range c.Listeners {
		l, path := &c.Listeners[i], fmt.Sprintf("listeners[%d]", i)
		v.must(name.MatchString(l.Name), path+".name", "is %q, want lower-case letters, digits, . _ -", l.Name)
		v.must(!names[l.Name], path+".name", "%q is another listener's name", l.Name)
		v.must(slices.Contains([]string{KindRTCP, KindHEP, KindVQReport}, l.Kind), path+".kind", "is %q, want %s, %s or %s", l.Kind, KindRTCP, KindHEP, KindVQReport)
		v.hostPort(path+".address", l.Address)
		protocol := "tcp "
		if l.Transport == TransportUDP {
			protocol = "udp "
		}
		v.must(!addresses[protocol+l.Address] || strings.HasSuffix(l.Address, ":0"), path+".address", "%s is another listener's address", l.Address)
		v.transport(path, l)
		v.owner(path, l, len(c.Trunks) > 0)
		names[l.Name], addresses[protocol+l.Address] = true, true
	}
}

// transport checks what depends on how a listener is reached.
func (v *checker) transport(path string, l *Listener) {
	switch l.Transport {
	case TransportUDP:
		v.must(l.ReceiveBuffer >= 64<<10, path+".receive_buffer", "is under 64KiB")
		v.must(l.MaxConnections == 0, path+".max_connections", "is for transport tcp and tls")
		if l.Kind != KindVQReport {
			v.must(l.RingSlots >= 64 && l.RingSlots <= 1<<20, path+".ring_slots", "is %d, want 64 to 1048576", l.RingSlots)
			v.must(l.MaxDatagram >= 256 && l.MaxDatagram <= 64<<10 && l.MaxDatagram%64 == 0, path+".max_datagram", "is %d, want a multiple of 64 from 256 to 64KiB", l.MaxDatagram)
		}
	case TransportTCP, TransportTLS:
		v.must(l.Kind != KindRTCP, path+".transport", "is %q, and kind rtcp has udp only", l.Transport)
		v.must(l.MaxConnections >= 1 && l.MaxConnections <= 100_000, path+".max_connections", "is %d, want 1 to 100000", l.MaxConnections)
	default:
		v.must(false, path+".transport", "is %q, want %s, %s or %s", l.Transport, TransportUDP, TransportTCP, TransportTLS)
	}
	if l.Transport == TransportTLS {
		_, err := l.TLS.Config()
		v.must(err == nil, path+".tls", "%v", err)
	} else {
		v.must(l.TLS.IsZero(), path+".tls", "is for transport tls")
	}
	keyed := l.AuthKey.IsSet() || l.AuthKeyFile != "" || l.AuthKeyEnv != ""
	v.must(!keyed || l.Kind == KindHEP, path+".auth_key_file", "is for kind hep")
	v.must(!l.AtEndpoint || l.Kind == KindRTCP, path+".at_endpoint", "is for kind rtcp")
}

// owner checks who the reports of a listener can belong to.
func (v *checker) owner(path string, l *Listener, haveTrunks bool) {
	if l.Tenant == "" {
		v.must(haveTrunks, path+".tenant", "is empty and there are no trunks: want the tenant whose reports arrive here, or trunks that tell")
		v.must(l.Trunk == "", path+".trunk", "is %q without a tenant", l.Trunk)
		return
	}
	v.must(name.MatchString(string(l.Tenant)), path+".tenant", "is %q, want the tenant whose reports arrive here: lower-case letters, digits, . _ -", l.Tenant)
}

// attribution checks the bounds.
func (v *checker) attribution(a Attribution) {
	v.span("attribution.grace", a.Grace, time.Second, 10*time.Minute)
	v.span("attribution.idle_ttl", a.IdleTTL, time.Minute, 48*time.Hour)
	v.span("attribution.ended_ttl", a.EndedTTL, time.Second, time.Hour)
	v.span("attribution.clock_slack", a.ClockSlack, time.Millisecond, time.Minute)
	for _, n := range []struct {
		path  string
		value int
	}{
		{"max_dialogs_per_trunk", a.MaxDialogsPerTrunk},
		{"max_dialogs_per_source", a.MaxDialogsPerSource},
		{"max_calls", a.MaxCalls},
		{"max_waiting", a.MaxWaiting},
		{"max_waiting_per_source", a.MaxWaitingPerSource},
		{"quarantine_max_rows", a.QuarantineMaxRows},
	} {
		v.must(n.value >= 1 && n.value <= 100_000_000, "attribution."+n.path, "is %d, want 1 to 100000000", n.value)
	}
	v.must(a.MaxWaitingPerSource <= a.MaxWaiting, "attribution.max_waiting_per_source", "is over attribution.max_waiting")
	v.must(a.MaxDialogBytes >= 1<<20, "attribution.max_dialog_bytes", "is under 1MiB")
	v.must(a.MaxHeld >= 1<<20, "attribution.max_held", "is under 1MiB")
	v.must(a.QuarantineRetentionDays >= 1, "attribution.quarantine_retention_days", "is 0, want 1 or more: quarantine holds what is nobody's")
}

// trunks checks each trunk, and together what no two may share.
func (v *checker) trunks(c *Config) {
	before := len(v.problems)
	ids, keyed := map[schema.TrunkID]bool{}, true
	for i := range c.Trunks {
		t, path := &c.Trunks[i], fmt.Sprintf("trunks[%d]", i)
		v.must(name.MatchString(string(t.Tenant)), path+".tenant", "is %q, want the tenant that owns the trunk: lower-case letters, digits, . _ -", t.Tenant)
		v.must(t.ID != "" && len(t.ID) <= 255, path+".id", "is %q, want the SBC's FQDN, 1 to 255 characters", t.ID)
		v.must(!ids[t.ID], path+".id", "%q is another trunk's id", t.ID)
		ids[t.ID] = true
		for n := range t.Captures {
			keyed = keyed && t.Captures[n].Key.IsSet()
			v.must(t.Captures[n].Key.IsSet() || t.Captures[n].KeyFile != "" || t.Captures[n].KeyEnv != "", fmt.Sprintf("%s.captures[%d]", path, n),
				"has no key: want key_file or key_env, since anybody can send an id")
		}
		for n, listener := range t.Listeners {
			v.trunkListener(c, t, fmt.Sprintf("%s.listeners[%d]", path, n), listener)
		}
		if keyed && len(v.problems) == before {
			alone := Config{Trunks: c.Trunks[i : i+1]}
			v.table(path, alone.Table())
		}
	}
	// What trunks contradict each other in, once each is right by itself.
	if keyed && len(v.problems) == before {
		v.table("trunks", c.Table())
	}
}

// table lets attribution have its say.
func (v *checker) table(path string, table attribution.Table) {
	if _, err := table.Validate(); err != nil {
		for line := range strings.SplitSeq(err.Error(), "\n") {
			v.must(false, path, "%s", line)
		}
	}
}

// trunkListener checks a listener that a trunk names.
func (v *checker) trunkListener(c *Config, t *Trunk, path, listener string) {
	i := slices.IndexFunc(c.Listeners, func(l Listener) bool { return l.Name == listener })
	if i < 0 {
		v.must(false, path, "%q is no listener's name", listener)
		return
	}
	owner := c.Listeners[i].Tenant
	v.must(owner == "" || owner == t.Tenant, path, "listener %q serves the tenant %s alone", listener, owner)
}
