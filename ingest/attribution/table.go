package attribution

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/trunkline-cc/trunkline/schema"
)

// ErrTable: a trunk table that contradicts itself or holds what cannot be
// right. All findings are joined.
var ErrTable = errors.New("trunk table")

// Table says which trunks there are and how to know them.
type Table struct {
	Trunks []TrunkRule
}

// TrunkRule is one trunk of one tenant. A trunk may be known by any of the
// marks; at least one is needed.
type TrunkRule struct {
	Tenant schema.TenantID // required
	Trunk  schema.TrunkID  // required, unique in the table
	// FQDN is the host that stands in the trunk's SIP messages; empty means
	// that hosts say nothing. Tenants may share one.
	FQDN string
	// Port narrows FQDN down; 0 means any. A URI without a port fits any.
	Port uint16
	// Addresses are where the trunk's signalling or media come from or go
	// to. An address that several tenants have decides nothing.
	Addresses []netip.Prefix
	// Numbers are the trunk's telephone numbers. Tenants cannot share any.
	Numbers []NumberRange
	// Captures are the capture agents that see this trunk.
	Captures []CaptureRule
	// Listeners are the names of listeners that take reports of this trunk.
	Listeners []string
}

// NumberRange is a range of E.164 numbers, both ends included: digits without
// +, 3 to 15 of them, as many in Last as in First.
type NumberRange struct {
	First, Last string
}

// CaptureRule is a capture agent: its id and the key that proves it.
type CaptureRule struct {
	ID uint32
	// Key is the shared secret in HEP's chunk 14. It cannot be empty: an id
	// alone can be set by anybody.
	Key string
}

// Overlap is a mark that several tenants have. It is allowed, as one SBC may
// serve many, but the mark alone decides nothing then.
type Overlap struct {
	Rule Rule
	// Mark is the listener, the capture id, the prefix, or the FQDN.
	Mark string
	// Trunks have the mark, in the order of the table.
	Trunks []schema.TrunkID
}

// Validate checks the table and reports the marks that tenants share. Errors
// wrap ErrTable.
func (t Table) Validate() ([]Overlap, error) {
	x, err := newIndex(t)
	if err != nil {
		return nil, err
	}
	return x.overlaps(), nil
}

// check looks at one trunk by itself.
func (r TrunkRule) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if r.Tenant == "" {
		wrong("tenant missing")
	}
	if r.Trunk == "" {
		wrong("trunk id missing")
	}
	if r.FQDN != "" && !validHost(r.FQDN) {
		wrong("FQDN %q: a host name without port expected", r.FQDN)
	}
	if r.Port != 0 && r.FQDN == "" {
		wrong("port %d without an FQDN", r.Port)
	}
	for _, p := range r.Addresses {
		if !p.IsValid() || p.Addr().Zone() != "" {
			wrong("address %v: a prefix such as 192.0.2.1/32 expected", p)
		} else if p.Bits() == 0 {
			wrong("address %v holds every address", p)
		}
	}
	for _, n := range r.Numbers {
		if _, _, err := n.bounds(); err != nil {
			errs = append(errs, err)
		}
	}
	for _, c := range r.Captures {
		if c.Key == "" {
			wrong("capture id %d: key missing", c.ID)
		}
	}
	for _, l := range r.Listeners {
		if l == "" {
			wrong("empty listener name")
		}
	}
	if r.FQDN == "" && len(r.Addresses)+len(r.Numbers)+len(r.Captures)+len(r.Listeners) == 0 {
		wrong("nothing to know it by: FQDN, address, number, capture or listener expected")
	}
	return errors.Join(errs...)
}

// validHost is loose about DNS and strict about what would never match.
func validHost(s string) bool {
	return len(s) <= 253 && strings.Trim(s, ".") == s && !strings.ContainsAny(s, " \t\r\n/@;<>?[]:*") && s != ""
}

// lengthStep keeps numbers of different lengths apart in one scale.
const lengthStep = 10_000_000_000_000_000

// numberKey places a number of 3 to 15 digits on one scale: first by length,
// then by value.
func numberKey(digits string) (uint64, bool) {
	if len(digits) < 3 || len(digits) > 15 || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	v, err := strconv.ParseUint(digits, 10, 64)
	return uint64(len(digits))*lengthStep + v, err == nil
}

// bounds returns the range on the scale of numberKey.
func (n NumberRange) bounds() (lo, hi uint64, err error) {
	lo, okLo := numberKey(n.First)
	hi, okHi := numberKey(n.Last)
	switch {
	case !okLo || !okHi:
		return 0, 0, fmt.Errorf("numbers %s-%s: 3 to 15 digits without + expected", n.First, n.Last)
	case len(n.First) != len(n.Last):
		return 0, 0, fmt.Errorf("numbers %s-%s: as many digits in both expected", n.First, n.Last)
	case lo > hi:
		return 0, 0, fmt.Errorf("numbers %s-%s: the first is above the last", n.First, n.Last)
	}
	return lo, hi, nil
}
