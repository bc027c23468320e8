package cli

import (
	"net/netip"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/schema"
)

// networkRow is a network as JSON: the columns of the table networks.
type networkRow struct {
	Prefix         netip.Prefix     `json:"prefix"`
	Name           string           `json:"name"`
	Site           string           `json:"site"`
	Building       string           `json:"building"`
	OwnershipType  string           `json:"ownership_type"`
	BuildingType   string           `json:"building_type"`
	OfficeType     string           `json:"office_type"`
	City           string           `json:"city"`
	ZipCode        string           `json:"zip_code"`
	Country        string           `json:"country"`
	State          string           `json:"state"`
	Region         string           `json:"region"`
	IsInside       schema.Opt[bool] `json:"is_inside"`
	IsExpressRoute schema.Opt[bool] `json:"is_express_route"`
	IsVPN          schema.Opt[bool] `json:"is_vpn"`
}

// networkRows makes JSON of networks; of none, an empty list.
func networkRows(networks []schema.Network) []networkRow {
	rows := make([]networkRow, len(networks))
	for i, n := range networks {
		rows[i] = networkRow{
			n.Prefix, n.Name, n.Site, n.Building, n.OwnershipType, n.BuildingType, n.OfficeType,
			n.City, n.ZipCode, n.Country, n.State, n.Region, n.IsInside, n.IsExpressRoute, n.IsVPN,
		}
	}
	return rows
}

// networkChange is an app.NetworkChange as JSON.
type networkChange struct {
	Added     []networkRow `json:"added"`
	Changed   []networkRow `json:"changed"`
	Removed   []networkRow `json:"removed"`
	Unchanged int          `json:"unchanged"`
}

func changeOf(c app.NetworkChange) networkChange {
	return networkChange{networkRows(c.Added), networkRows(c.Changed), networkRows(c.Removed), c.Unchanged}
}
