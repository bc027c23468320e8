package schema

import "net/netip"

// Trunk is a row of trunks: what is known of a tenant's SIP trunk. Its key is
// (Tenant, Trunk).
type Trunk struct {
	Tenant TenantID
	Trunk  TrunkID
	// Name is what people call it.
	Name string
	// Codec is the one RTP encoding name that all calls use, "" where there
	// are several.
	Codec string
	// ClockHz is the RTP clock rate of that codec.
	ClockHz Opt[uint32]

	// Version decides between rows of one key: the highest holds.
	Version   uint64
	IsDeleted bool
}

// Network is a row of networks: an address range of a tenant's that has a name.
// Its key is (Tenant, Prefix); the longest prefix that holds an address names
// it (see the view network_pieces). The fields below Prefix are those of the
// building file of Microsoft's Call Quality Dashboard, "" if not known.
type Network struct {
	Tenant TenantID
	// Prefix is the range, IPv4 or IPv6, stored in canonical text. A mapped
	// IPv4 prefix is never stored.
	Prefix netip.Prefix
	// Name is what people call the network.
	Name string
	// Site and Building are what people call the place.
	Site     string
	Building string

	OwnershipType string
	BuildingType  string
	OfficeType    string
	City          string
	ZipCode       string
	Country       string
	State         string
	Region        string
	// IsInside says that the range is of the corporate network.
	IsInside       Opt[bool]
	IsExpressRoute Opt[bool]
	IsVPN          Opt[bool]

	// Version decides between rows of one key: the highest holds.
	Version   uint64
	IsDeleted bool
}

// Tables of dimensions.
const (
	TableTrunks   = "trunks"
	TableNetworks = "networks"
)
