package metrics

import "time"

// BaseName names what figures are computed from.
type BaseName string

// Bases of the catalogue.
const (
	BaseQuality BaseName = "quality"
	BaseReports BaseName = "reports"
	BaseStreams BaseName = "streams"
	BaseCalls   BaseName = "calls"
	BaseTeams   BaseName = "teams"
)

// Base is a table or view that figures are computed from.
type Base struct {
	Name BaseName
	// From is the FROM clause; it names its rows f.
	From string
	// Time is the column of f that rows are bucketed and filtered by, and
	// TimeMeaning says which moment that is.
	Time        string
	TimeMeaning string
	// Grain is the finest time the base can tell apart; 0 for facts.
	Grain time.Duration
	// Dimensions are what the base can be cut and filtered by.
	Dimensions []BaseDimension
}

// BaseDimension is how a base tells a dimension.
type BaseDimension struct {
	Name DimensionName
	// SQL is a String expression over f and Join's alias.
	SQL string
	// Join is added to the FROM clause where the dimension is used.
	Join string
}

// dimension finds a base's way to tell a dimension.
func (b *Base) dimension(name DimensionName) (BaseDimension, bool) {
	for _, d := range b.Dimensions {
		if d.Name == name {
			return d, true
		}
	}
	return BaseDimension{}, false
}

// Bases lists all bases, those that cost least first.
func Bases() []Base { return bases }

var bases = []Base{
	{
		Name: BaseQuality, From: "quality_now AS f", Time: "f.minute", Grain: time.Minute,
		TimeMeaning: "capture time of the report, by the minute",
		Dimensions:  reportDimensions,
	},
	{
		Name: BaseReports, From: "media_reports AS f FINAL", Time: "f.time",
		TimeMeaning: "capture time of the report",
		Dimensions:  reportDimensions,
	},
	{
		Name: BaseStreams, From: "media_streams AS f FINAL", Time: "f.time",
		TimeMeaning: "capture time of the stream's first report; the whole stream counts there, up to the last minute that has ended",
		Dimensions: append([]BaseDimension{
			{Name: DimReporterNetwork, SQL: "if(f.reporter_ip IS NULL, '', reporter.prefix)", Join: joinReporter},
			{Name: DimReporterSite, SQL: "if(f.reporter_ip IS NULL, '', reporter.site)", Join: joinReporter},
			{Name: DimReporterBuilding, SQL: "if(f.reporter_ip IS NULL, '', reporter.building)", Join: joinReporter},
			{Name: DimPeerNetwork, SQL: "if(f.peer_ip IS NULL, '', peer.prefix)", Join: joinPeer},
			{Name: DimPeerSite, SQL: "if(f.peer_ip IS NULL, '', peer.site)", Join: joinPeer},
			{Name: DimPeerBuilding, SQL: "if(f.peer_ip IS NULL, '', peer.building)", Join: joinPeer},
		}, reportDimensions...),
	},
	{
		Name: BaseCalls, From: "sip_calls AS f FINAL", Time: "f.time",
		TimeMeaning: "capture time of the first INVITE",
		Dimensions: []BaseDimension{
			{Name: DimTrunk, SQL: "toString(f.trunk_id)"},
			{Name: DimSource, SQL: "toString(f.source)"},
			{Name: DimDirection, SQL: "toString(f.direction)"},
			{Name: DimOutcome, SQL: "toString(f.outcome)"},
			{Name: DimStatus, SQL: "ifNull(toString(f.final_status), '')"},
		},
	},
	teamsBase,
}

var reportDimensions = []BaseDimension{
	{Name: DimTrunk, SQL: "toString(f.trunk_id)"},
	{Name: DimCodec, SQL: "toString(f.codec)"},
	{Name: DimScale, SQL: "toString(f.mos_scale)"},
	{Name: DimSource, SQL: "toString(f.source)"},
}

// The piece of the address space that an address lies in; see the view
// network_pieces.
const (
	joinReporter = "ASOF LEFT JOIN network_pieces AS reporter ON reporter.tenant_id = f.tenant_id AND ifNull(toUInt128(f.reporter_ip), 0) >= reporter.first"
	joinPeer     = "ASOF LEFT JOIN network_pieces AS peer ON peer.tenant_id = f.tenant_id AND ifNull(toUInt128(f.peer_ip), 0) >= peer.first"
)

// DimensionName names what figures can be cut and filtered by.
type DimensionName string

// Dimensions of the catalogue.
const (
	DimTrunk            DimensionName = "trunk"
	DimCodec            DimensionName = "codec"
	DimScale            DimensionName = "mos_scale"
	DimSource           DimensionName = "source"
	DimDirection        DimensionName = "direction"
	DimOutcome          DimensionName = "outcome"
	DimStatus           DimensionName = "final_status"
	DimPlatform         DimensionName = "client_platform"
	DimService          DimensionName = "service_role"
	DimConnection       DimensionName = "connection_type"
	DimReporterNetwork  DimensionName = "reporter_network"
	DimReporterSite     DimensionName = "reporter_site"
	DimReporterBuilding DimensionName = "reporter_building"
	DimPeerNetwork      DimensionName = "peer_network"
	DimPeerSite         DimensionName = "peer_site"
	DimPeerBuilding     DimensionName = "peer_building"
)

// Dimension is what figures can be cut and filtered by.
type Dimension struct {
	Name  DimensionName
	Title string
	// Meaning says what a value is, and what "" means.
	Meaning string
}

// Dimensions lists all dimensions, in the order of the documentation.
func Dimensions() []Dimension { return dimensions }

var dimensions = []Dimension{
	{DimTrunk, "Trunk", "SIP trunk (FQDN of the SBC); empty where it is not known"},
	{DimCodec, "Codec", "RTP encoding name; empty where it is not known"},
	{DimScale, "MOS scale", "scale of R and MOS: NB, WB or FB; empty for rows without a score"},
	{DimSource, "Source", "listener or import that the facts came from"},
	{DimDirection, "Direction", "in: from the trunk, out: over the trunk; empty where it is not known"},
	{DimOutcome, "Outcome", "how a call ended: answered, busy, no_answer, rejected, cancelled, elsewhere, redirected, failed, unknown"},
	{DimStatus, "Final status", "final SIP status of a call; empty where none was seen"},
	{DimPlatform, "Client platform", "platform of the Teams client that received and measured (windows, iOS ...); empty for services"},
	{DimService, "Service role", "role of the service that received and measured (mediationServer ...); empty for clients"},
	{DimConnection, "Connection", "wired, wifi, mobile or tunnel, of the client that received and measured"},
	{DimReporterNetwork, "Network of the reporter", "longest prefix of the tenant's networks that holds the address of who measured; empty where none does"},
	{DimReporterSite, "Site of the reporter", "site of that network"},
	{DimReporterBuilding, "Building of the reporter", "building of that network"},
	{DimPeerNetwork, "Network of the peer", "longest prefix that holds the address the report was sent to, whose sound was measured"},
	{DimPeerSite, "Site of the peer", "site of that network"},
	{DimPeerBuilding, "Building of the peer", "building of that network"},
}
