package clickhouse

import (
	"net/netip"

	"github.com/ClickHouse/ch-go/proto"

	"github.com/trunkline-cc/trunkline/schema"
)

// Trunks is the table of the tenants' SIP trunks.
var Trunks = &Table[schema.Trunk]{
	name:    schema.TableTrunks,
	version: "version",
	columns: []column[schema.Trunk]{
		word("tenant_id", func(r *schema.Trunk) *schema.TenantID { return &r.Tenant }),
		text("trunk_id", func(r *schema.Trunk) *schema.TrunkID { return &r.Trunk }),
		text("name", func(r *schema.Trunk) *string { return &r.Name }),
		word("codec", func(r *schema.Trunk) *string { return &r.Codec }),
		nullable("clock_hz", newOf[proto.ColUInt32], func(r *schema.Trunk) *schema.Opt[uint32] { return &r.ClockHz }),
		plain("version", newOf[proto.ColUInt64], func(r *schema.Trunk) *uint64 { return &r.Version }),
		truth("is_deleted", func(r *schema.Trunk) *bool { return &r.IsDeleted }),
	},
}

// Networks is the table of the tenants' named address ranges.
var Networks = &Table[schema.Network]{
	name:    schema.TableNetworks,
	version: "version",
	columns: []column[schema.Network]{
		word("tenant_id", func(r *schema.Network) *schema.TenantID { return &r.Tenant }),
		of("prefix", newOf[proto.ColStr], func(r *schema.Network) string { return r.Prefix.Masked().String() }, setPrefix),
		word("name", func(r *schema.Network) *string { return &r.Name }),
		of("first_ip", newOf[proto.ColIPv6], func(r *schema.Network) proto.IPv6 { return bound(r.Prefix, 0x00) }, ignoreIP),
		of("last_ip", newOf[proto.ColIPv6], func(r *schema.Network) proto.IPv6 { return bound(r.Prefix, 0xff) }, ignoreIP),
		text("site", func(r *schema.Network) *string { return &r.Site }),
		text("building", func(r *schema.Network) *string { return &r.Building }),
		word("ownership_type", func(r *schema.Network) *string { return &r.OwnershipType }),
		word("building_type", func(r *schema.Network) *string { return &r.BuildingType }),
		word("office_type", func(r *schema.Network) *string { return &r.OfficeType }),
		word("city", func(r *schema.Network) *string { return &r.City }),
		word("zip_code", func(r *schema.Network) *string { return &r.ZipCode }),
		word("country", func(r *schema.Network) *string { return &r.Country }),
		word("state", func(r *schema.Network) *string { return &r.State }),
		word("region", func(r *schema.Network) *string { return &r.Region }),
		nullable("is_inside", newOf[proto.ColBool], func(r *schema.Network) *schema.Opt[bool] { return &r.IsInside }),
		nullable("is_express_route", newOf[proto.ColBool], func(r *schema.Network) *schema.Opt[bool] { return &r.IsExpressRoute }),
		nullable("is_vpn", newOf[proto.ColBool], func(r *schema.Network) *schema.Opt[bool] { return &r.IsVPN }),
		plain("version", newOf[proto.ColUInt64], func(r *schema.Network) *uint64 { return &r.Version }),
		truth("is_deleted", func(r *schema.Network) *bool { return &r.IsDeleted }),
	},
}

// setPrefix reads what Prefix.String wrote; other text leaves the zero Prefix.
func setPrefix(r *schema.Network, text string) { r.Prefix, _ = netip.ParsePrefix(text) }

// ignoreIP is for columns that the prefix implies.
func ignoreIP(*schema.Network, proto.IPv6) {}

// bound returns the range's address whose host bits are all those of fill. The
// zero Prefix gives the zero address.
func bound(p netip.Prefix, fill byte) proto.IPv6 {
	if !p.IsValid() {
		return proto.IPv6{}
	}
	addr := p.Addr().As16()
	fixed := p.Bits()
	if p.Addr().Is4() {
		fixed += 96 // the mapped form's
	}
	for i := range addr {
		network := ^byte(0)
		if bits := fixed - 8*i; bits < 8 {
			network = ^(0xff >> max(bits, 0))
		}
		addr[i] = addr[i]&network | fill&^network
	}
	return proto.IPv6(addr)
}
