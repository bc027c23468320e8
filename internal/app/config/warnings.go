package config

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// Warnings lists what is allowed and may surprise: marks that trunks of
// several tenants share, which alone decide nothing, and listeners that
// believe whoever reaches them.
func (c *Config) Warnings() []string {
	overlaps, err := c.Table().Validate()
	if err != nil {
		return nil // a problem, not a warning
	}
	var out []string
	for _, o := range overlaps {
		trunks := make([]string, len(o.Trunks))
		for i, t := range o.Trunks {
			trunks[i] = string(t)
		}
		out = append(out, "trunks: "+o.Rule.String()+" "+o.Mark+" is shared by tenants (trunks "+strings.Join(trunks, ", ")+"): it alone says nothing")
	}
	for i := range c.Listeners {
		if l := &c.Listeners[i]; l.believesAnybody() {
			proof := "tls.client_ca_file"
			if l.Kind == KindHEP {
				proof = "auth_key_file, tls.client_ca_file"
			}
			out = append(out, fmt.Sprintf("listeners[%d] (%s): whoever reaches %s can send reports in a tenant's name: set tenant or %s, or let only known senders through",
				i, l.Name, l.Address, proof))
		}
	}
	return out
}

// believesAnybody says that nothing proves who sends to a listener whose input
// itself says what it is about.
func (l *Listener) believesAnybody() bool {
	return l.Kind != KindRTCP && l.Tenant == "" && l.AuthKey.Reveal() == "" && l.TLS.ClientCAFile == "" && !l.isLoopback()
}

// isLoopback tells an address that only this machine reaches.
func (l *Listener) isLoopback() bool {
	host, _, err := net.SplitHostPort(l.Address)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}
