package app_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// migrated returns a connection to a database with the schema.
func migrated(t testing.TB) *clickhouse.Conn {
	t.Helper()
	store, err := clickhouse.Open(clickhouse.Options{DSN: chtest.Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	migrations, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clickhouse.Migrate(context.Background(), store, migrations, false); err != nil {
		t.Fatal(err)
	}
	return store
}

func network(prefix, site string) schema.Network {
	return schema.Network{Prefix: netip.MustParsePrefix(prefix), Site: site}
}

func put(t testing.TB, store *clickhouse.Conn, tenant schema.TenantID, list []schema.Network, how app.NetworkPut) app.NetworkChange {
	t.Helper()
	change, err := app.PutNetworks(context.Background(), store, tenant, list, how)
	if err != nil {
		t.Fatal(err)
	}
	return change
}

func TestPutNetworks(t *testing.T) {
	ctx := context.Background()
	store := migrated(t)
	a, b, c := network("10.0.0.0/8", "A"), network("10.1.0.0/16", "B"), network("2001:db8::/32", "C")
	c.IsInside, c.City = schema.Some(false), "Köln"
	moved := b
	moved.Building = "B2"
	for _, step := range []struct {
		name                               string
		list                               []schema.Network
		how                                app.NetworkPut
		added, changed, removed, unchanged int
		after                              int
	}{
		{"dry run", []schema.Network{a, b}, app.NetworkPut{DryRun: true}, 2, 0, 0, 0, 0},
		{"first", []schema.Network{b, a}, app.NetworkPut{}, 2, 0, 0, 0, 2},
		{"again", []schema.Network{a, b}, app.NetworkPut{}, 0, 0, 0, 2, 2},
		{"merge", []schema.Network{moved, c}, app.NetworkPut{Merge: true}, 1, 1, 0, 1, 3},
		{"replace", []schema.Network{moved}, app.NetworkPut{}, 0, 0, 2, 1, 1},
		{"removed ones come back", []schema.Network{a, moved, c}, app.NetworkPut{}, 2, 0, 0, 1, 3},
		{"nothing", nil, app.NetworkPut{DryRun: true}, 0, 0, 3, 0, 3},
	} {
		change := put(t, store, "contoso", step.list, step.how)
		got := [4]int{len(change.Added), len(change.Changed), len(change.Removed), change.Unchanged}
		if want := [4]int{step.added, step.changed, step.removed, step.unchanged}; got != want {
			t.Errorf("%s: added, changed, removed, unchanged %v, want %v", step.name, got, want)
		}
		held, err := app.Networks(ctx, store, "contoso")
		if err != nil || len(held) != step.after {
			t.Errorf("%s: %d networks after, %v, want %d", step.name, len(held), err, step.after)
		}
	}
	held, _ := app.Networks(ctx, store, "contoso")
	if last := held[2]; last.City != "Köln" || last.IsInside != schema.Some(false) || last.IsVPN.OK {
		t.Errorf("got %+v back", last)
	}
	if _, err := app.RemoveNetworks(ctx, store, "contoso", []netip.Prefix{a.Prefix, netip.MustParsePrefix("1.0.0.0/8")}); !errors.Is(err, app.ErrNoNetwork) {
		t.Errorf("got %v, want ErrNoNetwork", err)
	}
	if change, err := app.RemoveNetworks(ctx, store, "contoso", []netip.Prefix{a.Prefix}); err != nil || len(change.Removed) != 1 || change.Unchanged != 2 {
		t.Errorf("got %+v, %v", change, err)
	}
}

// TestLongestPrefixNames draws overlapping networks of two tenants and compares
// every answer with a search through all prefixes.
func TestLongestPrefixNames(t *testing.T) {
	store := migrated(t)
	fewer(t, "20") // each is several statements
	round := 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		one, two := schema.TenantID(fmt.Sprintf("one%d", round)), schema.TenantID(fmt.Sprintf("two%d", round))
		sets := map[schema.TenantID][]schema.Network{one: drawNetworks(t), two: drawNetworks(t)}
		for tenant, set := range sets {
			if _, err := app.PutNetworks(context.Background(), store, tenant, set, app.NetworkPut{}); err != nil {
				t.Fatal(err)
			}
		}
		addresses := drawAddresses(t, sets[one])
		for tenant, set := range sets {
			got, err := namesOf(store, tenant, addresses)
			if err != nil {
				t.Fatal(err)
			}
			for _, addr := range addresses {
				if want := longest(set, addr); got[addr] != want {
					t.Fatalf("%s of %s: the store says %q, a search %q; networks %v", addr, tenant, got[addr], want, set)
				}
			}
		}
	})
}

// fewer sets the number of checks of rapid until the test ends.
func fewer(t *testing.T, checks string) {
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		_ = f.Value.Set(checks)
		t.Cleanup(func() { _ = f.Value.Set(f.DefValue) })
	}
}

// longest is the slow way.
func longest(set []schema.Network, addr netip.Addr) (name string) {
	bits := -1
	for _, n := range set {
		if n.Prefix.Contains(addr) && n.Prefix.Bits() > bits {
			bits, name = n.Prefix.Bits(), n.Prefix.String()
		}
	}
	return name
}

// drawNetworks draws prefixes that overlap often.
func drawNetworks(t *rapid.T) []schema.Network {
	var set []schema.Network
	seen := map[netip.Prefix]bool{}
	for range rapid.IntRange(0, 12).Draw(t, "networks") {
		addr := drawAddress(t)
		bits := rapid.SampledFrom([]int{0, 1, 8, 9, 16, 24, 30, 31, 32, 33, 64, 95, 96, 97, 127, 128}).Draw(t, "bits")
		prefix := netip.PrefixFrom(addr, min(bits, addr.BitLen())).Masked()
		if !seen[prefix] {
			seen[prefix] = true
			set = append(set, schema.Network{Prefix: prefix, Site: prefix.String()})
		}
	}
	return set
}

// drawAddress draws from a few corners of the address space.
func drawAddress(t *rapid.T) netip.Addr {
	if rapid.Bool().Draw(t, "IPv4") {
		return netip.AddrFrom4([4]byte{
			rapid.SampledFrom([]byte{0, 10, 255}).Draw(t, "a"), rapid.SampledFrom([]byte{0, 1, 255}).Draw(t, "b"),
			rapid.SampledFrom([]byte{0, 255}).Draw(t, "c"), rapid.Byte().Draw(t, "d"),
		})
	}
	var b [16]byte
	b[0] = rapid.SampledFrom([]byte{0, 0x20, 0xff}).Draw(t, "first")
	b[10], b[11] = rapid.SampledFrom([]byte{0, 0xff}).Draw(t, "ten"), rapid.SampledFrom([]byte{0, 0xff}).Draw(t, "eleven")
	b[15] = rapid.Byte().Draw(t, "last")
	if addr := netip.AddrFrom16(b); !addr.Is4In6() {
		return addr
	}
	return netip.IPv6Unspecified()
}

// drawAddresses are some at random and those at the edges of each network.
func drawAddresses(t *rapid.T, set []schema.Network) []netip.Addr {
	addresses := []netip.Addr{netip.IPv6Unspecified(), netip.MustParseAddr("255.255.255.255"), netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}
	for range 10 {
		addresses = append(addresses, drawAddress(t))
	}
	for _, n := range set {
		first := n.Prefix.Addr()
		last := first.AsSlice()
		for i := n.Prefix.Bits(); i < len(last)*8; i++ {
			last[i/8] |= 0x80 >> (i % 8)
		}
		end, _ := netip.AddrFromSlice(last)
		for _, a := range []netip.Addr{first, first.Prev(), end, end.Next()} {
			if a.IsValid() && !a.Is4In6() {
				addresses = append(addresses, a)
			}
		}
	}
	slices.SortFunc(addresses, netip.Addr.Compare)
	return slices.Compact(addresses)
}

// namesOf asks the store with the join that views use.
func namesOf(store *clickhouse.Conn, tenant schema.TenantID, addresses []netip.Addr) (map[netip.Addr]string, error) {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	names := map[netip.Addr]string{}
	err := store.Query(context.Background(), `
SELECT a.address, n.prefix
FROM (SELECT {tenant:String} AS tenant_id, arrayJoin({addresses:Array(String)}) AS address) AS a
ASOF LEFT JOIN network_pieces AS n ON n.tenant_id = a.tenant_id AND toUInt128(toIPv6(a.address)) >= n.first`,
		clickhouse.Params{"tenant": clickhouse.Text(tenant), "addresses": clickhouse.Texts(texts)},
		func(scan func(...any) error) error {
			var address, name string
			if err := scan(&address, &name); err != nil {
				return err
			}
			names[netip.MustParseAddr(address)] = name
			return nil
		})
	return names, err
}

func TestFindNetwork(t *testing.T) {
	ctx := context.Background()
	store := migrated(t)
	put(t, store, "contoso", []schema.Network{network("10.0.0.0/8", "A"), network("10.1.0.0/16", "B")}, app.NetworkPut{})
	put(t, store, "fabrikam", []schema.Network{network("10.1.2.0/24", "F")}, app.NetworkPut{})
	for addr, want := range map[string]string{"10.1.2.3": "10.1.0.0/16", "10.2.0.1": "10.0.0.0/8", "11.0.0.1": "", "::ffff:10.1.2.3": "10.1.0.0/16", "2001:db8::1": ""} {
		prefix, ok, err := app.FindNetwork(ctx, store, "contoso", netip.MustParseAddr(addr))
		if err != nil || ok != (want != "") || (ok && prefix.String() != want) {
			t.Errorf("%s: got %v, %v, %v, want %q", addr, prefix, ok, err, want)
		}
	}
}

// TestCorrectedNetworkRenamesThePast puts a stream, names its networks, and
// names them otherwise.
func TestCorrectedNetworkRenamesThePast(t *testing.T) {
	ctx := context.Background()
	store := migrated(t)
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	if err := store.Exec(ctx, `
INSERT INTO media_streams (tenant_id, stream_id, time, last_time, reporter_ip, peer_ip, expected, lost, version)
VALUES ('contoso', generateUUIDv4(), {at:DateTime}, {at:DateTime}, toIPv6('10.1.2.3'), NULL, 1000, 200, 1)`,
		clickhouse.Params{"at": clickhouse.Int(at.Unix())}); err != nil {
		t.Fatal(err)
	}
	sites := func() (reporter, peer string) {
		err := store.Query(ctx, "SELECT reporter_site, peer_site FROM stream_networks WHERE tenant_id = 'contoso'", nil,
			func(scan func(...any) error) error { return scan(&reporter, &peer) })
		if err != nil {
			t.Fatal(err)
		}
		return reporter, peer
	}
	for _, c := range []struct {
		list []schema.Network
		want string
	}{
		{nil, ""},
		{[]schema.Network{network("::/0", "Everywhere"), network("10.0.0.0/8", "Hamburg")}, "Hamburg"},
		{[]schema.Network{network("10.0.0.0/8", "Hamburg"), network("10.1.0.0/16", "Berlin")}, "Berlin"},
		{[]schema.Network{network("10.1.0.0/16", "Bremen")}, "Bremen"},
	} {
		put(t, store, "contoso", c.list, app.NetworkPut{})
		if reporter, peer := sites(); reporter != c.want || peer != "" {
			t.Errorf("got %q and %q, want %q and nothing for the unknown address", reporter, peer, c.want)
		}
	}
}

// BenchmarkStreamNetworks names both ends of a million streams from eight
// thousand networks, and counts the same streams without.
func BenchmarkStreamNetworks(b *testing.B) {
	ctx := context.Background()
	store := migrated(b)
	var list []schema.Network
	seen := map[netip.Prefix]bool{}
	for i := range uint32(10_000) {
		at := i * 2654435761 // Knuth's multiplicative hash
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(at >> 24), byte(at >> 16), byte(at >> 8)}), []int{16, 22, 24, 24, 26}[i%5]).Masked()
		if !seen[p] {
			seen[p] = true
			list = append(list, schema.Network{Prefix: p, Site: p.String()})
		}
	}
	put(b, store, "contoso", list, app.NetworkPut{})
	if err := store.Exec(ctx, `
INSERT INTO media_streams (tenant_id, stream_id, time, last_time, reporter_ip, peer_ip, expected, lost, version)
SELECT 'contoso', generateUUIDv4(), now(), now(), IPv4ToIPv6(toIPv4(toUInt32(167772160 + intHash32(number) % 16777216))), IPv4ToIPv6(toIPv4(toUInt32(167772160 + intHash32(number + 7) % 16777216))), 1000, 1, 1
FROM numbers(1000000)`, nil); err != nil {
		b.Fatal(err)
	}
	for name, sql := range map[string]string{
		"named":   "SELECT toInt64(count()) FROM (SELECT reporter_site, peer_site, count() FROM stream_networks WHERE tenant_id = 'contoso' GROUP BY ALL)",
		"unnamed": "SELECT toInt64(count()) FROM (SELECT cityHash64(reporter_ip) % 20000 AS r, cityHash64(peer_ip) % 20000 AS p, count() FROM media_streams FINAL WHERE tenant_id = 'contoso' GROUP BY ALL)",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				var groups int64
				if err := store.Query(ctx, sql, nil, func(scan func(...any) error) error { return scan(&groups) }); err != nil || groups == 0 {
					b.Fatal(groups, err)
				}
			}
			b.ReportMetric(1e6, "streams/op")
		})
	}
}
