package pipeline

import (
	"github.com/trunkline-cc/trunkline/mediaqos"
	"github.com/trunkline-cc/trunkline/schema"
)

// Rules under which facts store how their tenant was found, beside those of
// package attribution.
const (
	// RuleListener: the tenant is that of the listener (or the import).
	RuleListener = "listener"
	// RuleAssigned: a person said so of a report in quarantine.
	RuleAssigned = schema.RuleAssigned
)

// Origin is whose a report is and of which call. It is shared by all facts
// that it holds for and never changed.
type Origin struct {
	Tenant schema.TenantID
	// Trunk is empty where the tenant has several that fit.
	Trunk schema.TrunkID
	// Rule is one of package attribution's, or [RuleAssigned].
	Rule string
	// CallID is empty where it is not known.
	CallID schema.CallID
}

// attributed is whose a report is, with what is known of its medium.
type attributed struct {
	tenant schema.TenantID
	// origin is nil where tenant and trunk are those of the source.
	origin *Origin
	media  mediaqos.Media
}

// originOf is the origin, also where it is that of the source.
func (a *attributed) originOf(src *Source) *Origin {
	if a.origin != nil {
		return a.origin
	}
	return src.origin()
}

// origin is that of what comes by a source with a tenant.
func (s *Source) origin() *Origin {
	return &Origin{Tenant: s.Tenant, Trunk: s.Trunk, Rule: RuleListener}
}
