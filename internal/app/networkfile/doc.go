// Package networkfile reads the list of a tenant's named address ranges from
// CSV: the building file that Microsoft's Call Quality Dashboard takes, or a
// table with a heading.
//
// # Form
//
// A file whose first field is an address has no heading and the 14 or 15
// columns of a building file, in its order: NetworkIP, NetworkName,
// NetworkRange, BuildingName, OwnershipType, BuildingType, BuildingOfficeType,
// City, ZipCode, Country, State, Region, InsideCorp, ExpressRoute, VPN.
//
// Any other file begins with a heading that names its columns, in any order:
// those above (case, spaces, - and _ do not matter), and Site. Only NetworkIP
// (or Network, Prefix, Subnet) is required. A column that is not known is an
// error, as a misspelt one would be lost silently.
//
// NetworkIP is an address with its prefix length in NetworkRange, or a prefix in
// CIDR notation. InsideCorp, ExpressRoute and VPN are 1, 0, true, false or
// empty. Site, where there is no such column or it is empty, is BuildingName,
// and where that is empty too, NetworkName. Fields are separated by commas, or
// by tabs in a file whose first line has tabs and no comma.
//
// # Strictness
//
// A file is good as a whole or not at all. Every error names line and column: an
// address that is none, host bits that are set, a prefix that stands there
// twice, a row with too many or too few fields, text that is not UTF-8.
package networkfile
