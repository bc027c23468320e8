package config

import (
	"net/netip"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/schema"
)

// Trunk is one SIP trunk of one tenant, with the marks by which its media
// reports are known. At least one mark is needed.
type Trunk struct {
	// Tenant that owns the trunk.
	Tenant schema.TenantID `yaml:"tenant"`
	// ID is stored with every fact: the SBC's FQDN, with its port where that is
	// not the default.
	ID schema.TrunkID `yaml:"id"`
	// Name is what people call it.
	Name string `yaml:"name,omitempty"`
	// FQDN stands in the Contact, Request-URI, To or From of the trunk's SIP.
	// Tenants may share one.
	FQDN string `yaml:"fqdn,omitempty"`
	// Port narrows FQDN down; 0 is any.
	Port uint16 `yaml:"port,omitempty"`
	// Addresses are where the trunk's signalling or media come from or go to.
	Addresses []Network `yaml:"addresses,omitempty"`
	// Numbers are its telephone numbers, as ranges.
	Numbers []Numbers `yaml:"numbers,omitempty"`
	// Captures are the HEP agents that see only this trunk.
	Captures []Capture `yaml:"captures,omitempty"`
	// Listeners take reports of this trunk.
	Listeners []string `yaml:"listeners,omitempty"`
	// Codec carried on this trunk, where all calls use one and no SDP is seen.
	Codec string `yaml:"codec,omitempty"`
}

// Capture is a HEP agent: its id and the key that proves it (chunk 14).
type Capture struct {
	ID uint32 `yaml:"id"`
	// Key from KeyFile, or from the environment variable that KeyEnv names.
	Key     Secret `yaml:"key,omitempty"`
	KeyFile string `yaml:"key_file,omitempty"`
	KeyEnv  string `yaml:"key_env,omitempty"`
}

// Attribution bounds what is remembered to say whose a report is.
type Attribution struct {
	// Grace is how long a report may wait for the SIP of its call. 30s.
	Grace Duration `yaml:"grace"`
	// IdleTTL is how long a call is remembered without a message. 5h.
	IdleTTL Duration `yaml:"idle_ttl"`
	// EndedTTL is how long it is remembered after its end. 2m.
	EndedTTL Duration `yaml:"ended_ttl"`
	// ClockSlack is how far the clocks of agents may differ. 3s.
	ClockSlack Duration `yaml:"clock_slack"`
	// MaxDialogsPerTrunk and MaxDialogsPerSource bound the calls of one trunk
	// and those first seen by one agent. 20000; 50000.
	MaxDialogsPerTrunk  int `yaml:"max_dialogs_per_trunk"`
	MaxDialogsPerSource int `yaml:"max_dialogs_per_source"`
	// MaxDialogBytes bounds the memory of all calls. 256MiB.
	MaxDialogBytes Bytes `yaml:"max_dialog_bytes"`
	// MaxCalls is how many calls are followed for call facts. 100000.
	MaxCalls int `yaml:"max_calls"`
	// MaxWaiting reports may wait at once, of one sender at most
	// MaxWaitingPerSource. 65536; 8192.
	MaxWaiting          int `yaml:"max_waiting"`
	MaxWaitingPerSource int `yaml:"max_waiting_per_source"`
	// MaxHeld is the size of the file that keeps the SIP of live calls and
	// waiting reports over a restart. 256MiB.
	MaxHeld Bytes `yaml:"max_held"`
	// QuarantineMaxRows a listener may add to the quarantine in a day, one
	// sender at most a quarter of it. 100000.
	QuarantineMaxRows int `yaml:"quarantine_max_rows"`
	// QuarantineRetentionDays until a quarantined report expires. 30.
	QuarantineRetentionDays uint16 `yaml:"quarantine_retention_days"`
}

// defaultAttribution is what an empty mapping means.
func defaultAttribution() Attribution {
	return Attribution{
		Grace: Duration(30 * time.Second), IdleTTL: Duration(5 * time.Hour), EndedTTL: Duration(2 * time.Minute), ClockSlack: Duration(3 * time.Second),
		MaxDialogsPerTrunk: 20_000, MaxDialogsPerSource: 50_000, MaxDialogBytes: 256 << 20, MaxCalls: 100_000,
		MaxWaiting: 65_536, MaxWaitingPerSource: 8192, MaxHeld: 256 << 20,
		QuarantineMaxRows: 100_000, QuarantineRetentionDays: 30,
	}
}

// Network is an address range in CIDR notation, or one address.
type Network netip.Prefix

// UnmarshalYAML reads a range; host bits are cut off.
func (n *Network) UnmarshalYAML(node *yaml.Node) error {
	if addr, err := netip.ParseAddr(node.Value); node.Kind == yaml.ScalarNode && err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		*n = Network(netip.PrefixFrom(addr, addr.BitLen()))
		return nil
	}
	prefix, err := netip.ParsePrefix(node.Value)
	if node.Kind != yaml.ScalarNode || err != nil {
		return at(node, "want an address range as 192.0.2.0/28 or one address, got %q", node.Value)
	}
	*n = Network(prefix.Masked())
	return nil
}

// MarshalYAML writes the range as it is read.
func (n Network) MarshalYAML() (any, error) { return netip.Prefix(n).String(), nil }

// Numbers is a range of E.164 numbers, both ends included, without +.
type Numbers attribution.NumberRange

// UnmarshalYAML reads "+4930100000-+4930100999" or one number.
func (n *Numbers) UnmarshalYAML(node *yaml.Node) error {
	first, last, isRange := strings.Cut(node.Value, "-")
	if !isRange {
		last = first
	}
	digits := func(s string) (string, bool) {
		s, plus := strings.CutPrefix(strings.TrimSpace(s), "+")
		return s, plus && len(s) >= 3 && len(s) <= 15 && strings.Trim(s, "0123456789") == ""
	}
	low, lowOK := digits(first)
	high, highOK := digits(last)
	if node.Kind != yaml.ScalarNode || !lowOK || !highOK || len(low) != len(high) || low > high {
		return at(node, `want numbers as "+4930100000-+4930100999" (3 to 15 digits, as many in both, rising), got %q`, node.Value)
	}
	*n = Numbers{First: low, Last: high}
	return nil
}

// MarshalYAML writes the range as it is read.
func (n Numbers) MarshalYAML() (any, error) {
	if n.First == n.Last {
		return "+" + n.First, nil
	}
	return "+" + n.First + "-+" + n.Last, nil
}

// Table is what attribution knows of the trunks. Listeners with a tenant of
// their own are not in it.
func (c *Config) Table() attribution.Table {
	var table attribution.Table
	for _, t := range c.Trunks {
		rule := attribution.TrunkRule{Tenant: t.Tenant, Trunk: t.ID, FQDN: strings.ToLower(t.FQDN), Port: t.Port, Listeners: t.Listeners}
		for _, n := range t.Addresses {
			rule.Addresses = append(rule.Addresses, netip.Prefix(n))
		}
		for _, n := range t.Numbers {
			rule.Numbers = append(rule.Numbers, attribution.NumberRange(n))
		}
		for _, capture := range t.Captures {
			rule.Captures = append(rule.Captures, attribution.CaptureRule{ID: capture.ID, Key: capture.Key.Reveal()})
		}
		table.Trunks = append(table.Trunks, rule)
	}
	return table
}
