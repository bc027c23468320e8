package networkfile

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/schema"
)

func TestReadBuildingFile(t *testing.T) {
	text := "\xef\xbb\xbf" +
		"192.0.2.0,Floor 1,24,Main building,Contoso,Office,HQ,Berlin,10115,DE,BE,EMEA,1,0,0\r\n" +
		"2001:db8::,\"Lab, upper\",32,,,,,,,,,,,,\r\n" +
		"198.51.100.7,,32,Branch,,,,,,,,,0,1\r\n"
	got, err := Read(strings.NewReader(text))
	want := []schema.Network{
		{
			Prefix: netip.MustParsePrefix("192.0.2.0/24"), Name: "Floor 1", Site: "Main building", Building: "Main building",
			OwnershipType: "Contoso", BuildingType: "Office", OfficeType: "HQ", City: "Berlin", ZipCode: "10115", Country: "DE", State: "BE", Region: "EMEA",
			IsInside: schema.Some(true), IsExpressRoute: schema.Some(false), IsVPN: schema.Some(false),
		},
		{Prefix: netip.MustParsePrefix("2001:db8::/32"), Name: "Lab, upper", Site: "Lab, upper"},
		{Prefix: netip.MustParsePrefix("198.51.100.7/32"), Building: "Branch", Site: "Branch", IsInside: schema.Some(false), IsExpressRoute: schema.Some(true)},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestReadHeading(t *testing.T) {
	for name, text := range map[string]string{
		"commas": "site,Prefix,inside_corp\nHamburg,10.0.0.0/8,TRUE\n",
		"tabs":   "Network\tNetwork Range\tSite\tInside-Corp\n10.0.0.0\t8\tHamburg\t1\n",
		"mapped": "subnet,site,InsideCorp\n::ffff:10.0.0.0/104,Hamburg,true",
	} {
		got, err := Read(strings.NewReader(text))
		want := []schema.Network{{Prefix: netip.MustParsePrefix("10.0.0.0/8"), Site: "Hamburg", IsInside: schema.Some(true)}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v", name, got, err)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"nothing":           {"", "line 1: the file is empty"},
		"unknown column":    {"prefix,sight\n", `line 1, column 8 (sight): no column of a networks file is called "sight"`},
		"column twice":      {"prefix,site,Site\n", "line 1, column 13 (Site): the column Site stands here twice"},
		"no prefix column":  {"site,building\n", "line 1: no column NetworkIP"},
		"no address":        {"prefix,site\n10.0.0.0/8,a\n10.0.0/8,b\n", `line 3, column 1 (NetworkIP): "10.0.0" is no IPv4 or IPv6 address`},
		"first row":         {"10.0.0,x,8,,,,,,,,,,,\n", `line 1, column 1 (NetworkIP): "10.0.0" is no IPv4 or IPv6 address`},
		"no length":         {"prefix\n10.0.0.0\n", `line 2, column 1 (NetworkIP): "10.0.0.0": want a prefix such as`},
		"two lengths":       {"prefix,range\n10.0.0.0/8,9\n", "has its own prefix length, and NetworkRange says 9"},
		"too long":          {"prefix\n10.0.0.0/33\n", `prefix length "33": want 0 to 32`},
		"odd length":        {"prefix\n10.0.0.0/+8\n", `prefix length "+8": want 0 to 32`},
		"host bits":         {"prefix\n10.0.0.1/8\n", "10.0.0.1/8 has bits set behind its prefix length: want 10.0.0.0/8"},
		"zone":              {"prefix\nfe80::%eth0/64\n", "is no IPv4 or IPv6 address"},
		"more than mapped":  {"prefix\n::ffff:0.0.0.0/90\n", "write IPv4 as IPv4"},
		"twice":             {"prefix,site\n10.0.0.0/8,a\n\n::ffff:10.0.0.0/104,b\n", "line 4, column 1 (NetworkIP): 10.0.0.0/8 stands in line 2 already"},
		"too few fields":    {"prefix,site\n10.0.0.0/8\n", "line 2: 1 fields, want 2"},
		"neither 14 nor 15": {"10.0.0.0,x,8,a,b\n", "line 1: 5 fields, want 14 or 15"},
		"flag":              {"prefix,vpn\n10.0.0.0/8,yes\n", `line 2, column 12 (VPN): "yes": want 1, 0, true, false or nothing`},
		"not UTF-8":         {"prefix,site\n10.0.0.0/8,\xff\n", "line 2, column 12 (Site): the text is not UTF-8"},
		"control character": {"prefix,site\n10.0.0.0/8,a\x00b\n", "line 2, column 12 (Site): the text has control characters"},
		"long text":         {"prefix,site\n10.0.0.0/8," + strings.Repeat("ä", 257) + "\n", "longer than 256 characters"},
		"quote":             {"prefix,site\n10.0.0.0/8,\"a\n", "line 2, column 15: extraneous"},
	} {
		got, err := Read(strings.NewReader(c.text))
		var problem *Problem
		if got != nil || !errors.Is(err, ErrFile) || !errors.As(err, &problem) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %q, want %q", name, got, err, c.want)
		}
	}
}

// TestReadTellsAllProblems looks at a file with several.
func TestReadTellsAllProblems(t *testing.T) {
	_, err := Read(strings.NewReader("prefix,vpn\nx,maybe\n10.0.0.0/8,1\n10.0.0.0/8,0\n1.2.3.4/5,\n"))
	if lines := strings.Split(err.Error(), "\n"); len(lines) != 3 {
		t.Errorf("got %q, want one problem of each of three lines", lines)
	}
	_, err = Read(strings.NewReader("prefix\n" + strings.Repeat("x\n", 100)))
	if lines := strings.Split(err.Error(), "\n"); len(lines) != maxProblems {
		t.Errorf("got %d problems, want %d", len(lines), maxProblems)
	}
}

// FuzzRead holds that whatever is read is canonical and without repetition.
func FuzzRead(f *testing.F) {
	f.Add([]byte("192.0.2.0,Floor 1,24,Main,Contoso,Office,HQ,Berlin,10115,DE,BE,EMEA,1,0,0\n"))
	f.Add([]byte("site,Prefix,inside_corp\nHamburg,10.0.0.0/8,TRUE\n"))
	f.Add([]byte("Network\tRange\n2001:db8::\t32\n"))
	f.Add([]byte("prefix,site\n10.0.0.0/8,\"a\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		networks, err := Read(strings.NewReader(string(data)))
		if err != nil {
			if networks != nil || !errors.Is(err, ErrFile) {
				t.Fatalf("%d networks with %v", len(networks), err)
			}
			return
		}
		seen := map[netip.Prefix]bool{}
		for _, n := range networks {
			if !n.Prefix.IsValid() || n.Prefix != n.Prefix.Masked() || n.Prefix.Addr().Is4In6() || seen[n.Prefix] {
				t.Fatalf("prefix %v", n.Prefix)
			}
			seen[n.Prefix] = true
		}
	})
}
