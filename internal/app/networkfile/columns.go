package networkfile

import (
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
)

// Indices of what is read apart from the texts.
const (
	columnIP    = "NetworkIP"
	columnRange = "NetworkRange"
	columnSite  = "Site"
)

// buildingFile are the columns of a file without a heading, in order; the last
// may be missing.
var buildingFile = []string{
	columnIP, "NetworkName", columnRange, "BuildingName", "OwnershipType", "BuildingType", "BuildingOfficeType",
	"City", "ZipCode", "Country", "State", "Region", "InsideCorp", "ExpressRoute", "VPN",
}

// aliases are other names of columns, folded.
var aliases = map[string]string{
	"network": columnIP, "prefix": columnIP, "subnet": columnIP, "cidr": columnIP,
	"name": "NetworkName", "range": columnRange, "building": "BuildingName", "officetype": "BuildingOfficeType",
	"zip": "ZipCode", "postalcode": "ZipCode",
}

// texts are the columns that are kept as they are.
var texts = map[string]func(*schema.Network) *string{
	"NetworkName":        func(n *schema.Network) *string { return &n.Name },
	columnSite:           func(n *schema.Network) *string { return &n.Site },
	"BuildingName":       func(n *schema.Network) *string { return &n.Building },
	"OwnershipType":      func(n *schema.Network) *string { return &n.OwnershipType },
	"BuildingType":       func(n *schema.Network) *string { return &n.BuildingType },
	"BuildingOfficeType": func(n *schema.Network) *string { return &n.OfficeType },
	"City":               func(n *schema.Network) *string { return &n.City },
	"ZipCode":            func(n *schema.Network) *string { return &n.ZipCode },
	"Country":            func(n *schema.Network) *string { return &n.Country },
	"State":              func(n *schema.Network) *string { return &n.State },
	"Region":             func(n *schema.Network) *string { return &n.Region },
}

// flags are the columns that say yes or no.
var flags = map[string]func(*schema.Network) *schema.Opt[bool]{
	"InsideCorp":   func(n *schema.Network) *schema.Opt[bool] { return &n.IsInside },
	"ExpressRoute": func(n *schema.Network) *schema.Opt[bool] { return &n.IsExpressRoute },
	"VPN":          func(n *schema.Network) *schema.Opt[bool] { return &n.IsVPN },
}

// fold makes names of columns comparable.
func fold(name string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "_", "", "-", "").Replace(name))
}

// canonical finds the column that a heading means.
func canonical(heading string) (string, bool) {
	folded := fold(heading)
	if name, ok := aliases[folded]; ok {
		return name, true
	}
	for _, name := range append([]string{columnSite}, buildingFile...) {
		if fold(name) == folded {
			return name, true
		}
	}
	return "", false
}
