package synthetic

import (
	"net/netip"

	"github.com/trunkline-cc/trunkline/ingest/attribution"
	"github.com/trunkline-cc/trunkline/schema"
)

// Line is what one tenant has at an SBC that many share.
type Line struct {
	// Tenant and Trunk are "" for calls that are nobody's.
	Tenant schema.TenantID
	Trunk  schema.TrunkID
	// Host is the SBC's name in the line's SIP; Called is the number that its
	// customers call, E.164 with +.
	Host, Called string
	// FirstNumber and LastNumber are the line's range in the configuration,
	// without +; "" where the host alone tells whose it is.
	FirstNumber, LastNumber string
	// PayloadType and Codec as SIPCall has them; Name is the encoding name.
	PayloadType uint8
	Codec, Name string
	ClockHz     uint32
	Network     Network
	// CallsAtOnce is the mean number of calls in progress.
	CallsAtOnce int
	// HasPhones says that its calls end at phones which report by PUBLISH.
	HasPhones bool
}

// Addresses of the shared SBC and of those who talk to it. All lines have the
// same, so that addresses say nothing of whose a call is.
var (
	SBCAddr    = netip.MustParseAddr("192.0.2.10")
	CentreAddr = netip.MustParseAddr("198.51.100.7")
	PhoneNet   = netip.MustParsePrefix("203.0.113.0/24")
)

// SharedScene returns the lines of the demonstration's shared SBC: three
// tenants behind one address, two known by host and one by its numbers, and a
// few calls that nobody owns.
func SharedScene() []Line {
	return []Line{
		{
			Tenant: "contoso", Trunk: "contoso.sbc.provider.example", Host: "contoso.sbc.provider.example", Called: "+493010000010",
			PayloadType: 8, Name: "PCMA", ClockHz: 8000, Network: office, CallsAtOnce: 6, HasPhones: true,
		},
		{
			Tenant: "fabrikam", Trunk: "fabrikam.sbc.provider.example", Host: "fabrikam.sbc.provider.example", Called: "+33140000020",
			PayloadType: 107, Codec: "opus/48000/2", Name: "opus", ClockHz: 48000, Network: wireless, CallsAtOnce: 4,
		},
		{
			Tenant: "northwind", Trunk: "northwind.sbc.provider.example", Host: "sbc.provider.example", Called: "+12065550130", FirstNumber: "12065550100", LastNumber: "12065550199",
			PayloadType: 18, Name: "G729", ClockHz: 8000, Network: congested, CallsAtOnce: 4,
		},
		{
			Host: "sbc.stranger.example", Called: "+4915550000001",
			PayloadType: 0, Name: "PCMU", ClockHz: 8000, Network: office, CallsAtOnce: 1,
		},
	}
}

// Table is how attribution knows the lines: by host, by number where there is a
// range, and by the addresses of the phones.
func Table(lines []Line) attribution.Table {
	var table attribution.Table
	for _, line := range lines {
		if line.Tenant == "" {
			continue // nobody's
		}
		rule := attribution.TrunkRule{Tenant: line.Tenant, Trunk: line.Trunk, FQDN: line.Host}
		if line.FirstNumber != "" {
			rule.Numbers = []attribution.NumberRange{{First: line.FirstNumber, Last: line.LastNumber}}
		}
		if line.HasPhones {
			rule.Addresses = []netip.Prefix{PhoneNet}
		}
		table.Trunks = append(table.Trunks, rule)
	}
	return table
}
