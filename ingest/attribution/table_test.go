package attribution

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/schema"
)

func TestValidateOverlaps(t *testing.T) {
	got, err := sbc.Validate()
	if err != nil {
		t.Fatal(err)
	}
	want := []Overlap{
		{RuleAddress, "192.0.2.7/32", []schema.TrunkID{"anna.sbc.example", "bert.sbc.example", "carl"}},
		{RuleDialog, "sbc.example", []schema.TrunkID{"carl", "dora-1"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestValidateRefuses(t *testing.T) {
	good := TrunkRule{Tenant: "a", Trunk: "t", FQDN: "h.example"}
	with := func(change func(*TrunkRule)) []TrunkRule { r := good; change(&r); return []TrunkRule{r} }
	tests := []struct {
		trunks []TrunkRule
		want   string
	}{
		{with(func(r *TrunkRule) { r.Tenant = "" }), "tenant missing"},
		{with(func(r *TrunkRule) { r.Trunk = "" }), "trunk id missing"},
		{with(func(r *TrunkRule) { r.FQDN = "h.example:5061" }), "host name without port"},
		{with(func(r *TrunkRule) { r.FQDN, r.Port, r.Listeners = "", 5061, []string{"l"} }), "port 5061 without"},
		{with(func(r *TrunkRule) { r.FQDN = "" }), "nothing to know it by"},
		{with(func(r *TrunkRule) { r.Addresses = []netip.Prefix{{}} }), "prefix such as"},
		{with(func(r *TrunkRule) { r.Addresses = prefixes("0.0.0.0/0") }), "every address"},
		{with(func(r *TrunkRule) { r.Numbers = []NumberRange{{"+4930", "+4931"}} }), "digits without +"},
		{with(func(r *TrunkRule) { r.Numbers = []NumberRange{{"4930", "49300"}} }), "as many digits"},
		{with(func(r *TrunkRule) { r.Numbers = []NumberRange{{"4931", "4930"}} }), "above the last"},
		{with(func(r *TrunkRule) { r.Captures = []CaptureRule{{ID: 7}} }), "capture id 7: key missing"},
		{with(func(r *TrunkRule) { r.Listeners = []string{""} }), "empty listener"},
		{[]TrunkRule{good, good}, `entry 2, trunk "t": given twice`},
		{[]TrunkRule{
			{Tenant: "a", Trunk: "1", Numbers: []NumberRange{{"4930000", "4930999"}}},
			{Tenant: "b", Trunk: "2", Numbers: []NumberRange{{"4930500", "4931500"}}},
		}, "numbers from 4930500 to 4930999 belong to several tenants: trunks [1 2]"},
	}
	for _, tt := range tests {
		_, err := Table{tt.trunks}.Validate()
		if !errors.Is(err, ErrTable) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want ... %s", err, tt.want)
		}
	}
}

func TestIndexLookups(t *testing.T) {
	x, err := newIndex(sbc)
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]trunkSet{
		"493012000": {2}, "493012999": {2}, "493011999": nil, "493013000": {3}, "493013499": {3}, "493013500": {3, 4}, "493013501": {3},
		"493014000": nil, "14255550100": {3}, "49301300": nil, "0493013000": nil, "": nil, "99999999999999999999": nil,
	}
	for number, want := range numbers {
		if got := x.byNumber(number); !reflect.DeepEqual(got, want) {
			t.Errorf("number %s: %v, want %v", number, got, want)
		}
	}
	for addr, want := range map[string]trunkSet{"192.0.2.7": {0, 1, 2}, "::ffff:192.0.2.8": {2}, "198.51.100.15": {4}, "198.51.100.16": nil, "2001:db8::1": nil} {
		if got := x.byAddr(netip.MustParseAddr(addr)); !reflect.DeepEqual(got, want) {
			t.Errorf("address %s: %v, want %v", addr, got, want)
		}
	}
	for _, tt := range []struct {
		host string
		port uint16
		want trunkSet
	}{{"bert.sbc.example", 0, trunkSet{1}}, {"bert.sbc.example", 5061, trunkSet{1}}, {"bert.sbc.example", 5062, trunkSet{}}, {"anna.sbc.example", 9, trunkSet{0}}, {"x", 0, nil}} {
		if got := x.byHost(tt.host, tt.port); len(got) != len(tt.want) || len(got) > 0 && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("host %s:%d: %v, want %v", tt.host, tt.port, got, tt.want)
		}
	}
	if got := x.byCapture(42, []byte("secret")); !reflect.DeepEqual(got, trunkSet{5}) {
		t.Errorf("capture: %v", got)
	}
	if x.byCapture(42, []byte("other")) != nil || x.byCapture(42, nil) != nil || x.byCapture(41, []byte("secret")) != nil {
		t.Error("a capture id without its key was believed")
	}
}
