package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// ErrNoNetwork is wrapped where a network is named that the tenant does not have.
var ErrNoNetwork = errors.New("no such network")

// NetworkChange says what a list of networks changes, or has changed. Each part
// is in the order of addresses.
type NetworkChange struct {
	Added, Changed, Removed []schema.Network
	// Unchanged is how many were there as they are.
	Unchanged int
}

// NetworkPut says how a list of networks is taken.
type NetworkPut struct {
	// Merge keeps networks that the list does not have; else they are removed.
	Merge bool
	// DryRun changes nothing and tells what would be.
	DryRun bool
}

// Networks lists a tenant's networks in the order of addresses.
func Networks(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID) ([]schema.Network, error) {
	var networks []schema.Network
	err := clickhouse.Read(ctx, store, clickhouse.Networks, "WHERE tenant_id = {tenant:String}",
		clickhouse.Params{"tenant": clickhouse.Text(tenant)}, func(n *schema.Network) error {
			networks = append(networks, *n)
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("networks of %s: %w", tenant, err)
	}
	sortNetworks(networks)
	return networks, nil
}

// PutNetworks makes a list the networks of a tenant, all of it or, where an
// error comes back, nothing: what changes is one INSERT of one part. No fact is
// rewritten; every question asked from then on sees the new names.
func PutNetworks(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, list []schema.Network, how NetworkPut) (NetworkChange, error) {
	held, err := Networks(ctx, store, tenant)
	if err != nil {
		return NetworkChange{}, err
	}
	change := compareNetworks(held, list, how.Merge)
	if how.DryRun {
		return change, nil
	}
	return change, writeNetworks(ctx, store, tenant, held, change)
}

// RemoveNetworks takes networks away, all that are named or, where one is not
// there, none: that error wraps ErrNoNetwork.
func RemoveNetworks(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, prefixes []netip.Prefix) (NetworkChange, error) {
	held, err := Networks(ctx, store, tenant)
	if err != nil {
		return NetworkChange{}, err
	}
	var change NetworkChange
	for _, n := range held {
		if slices.Contains(prefixes, n.Prefix) {
			change.Removed = append(change.Removed, n)
		} else {
			change.Unchanged++
		}
	}
	for _, p := range prefixes {
		if !slices.ContainsFunc(change.Removed, func(n schema.Network) bool { return n.Prefix == p }) {
			return NetworkChange{}, fmt.Errorf("%w: %s", ErrNoNetwork, p)
		}
	}
	return change, writeNetworks(ctx, store, tenant, held, change)
}

// compareNetworks says what a list changes.
func compareNetworks(held, list []schema.Network, merge bool) NetworkChange {
	before := map[netip.Prefix]schema.Network{}
	for _, n := range held {
		before[n.Prefix] = n
	}
	var change NetworkChange
	for _, n := range list {
		old, ok := before[n.Prefix]
		delete(before, n.Prefix)
		n.Tenant, n.Version, n.IsDeleted = old.Tenant, old.Version, false
		switch {
		case !ok:
			change.Added = append(change.Added, n)
		case n != old:
			change.Changed = append(change.Changed, n)
		default:
			change.Unchanged++
		}
	}
	for _, n := range held {
		if _, left := before[n.Prefix]; left && merge {
			change.Unchanged++
		} else if left {
			change.Removed = append(change.Removed, n)
		}
	}
	sortNetworks(change.Added)
	sortNetworks(change.Changed)
	return change
}

// writeNetworks stores a change as one batch with one version, higher than any
// before.
func writeNetworks(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, held []schema.Network, change NetworkChange) error {
	now := time.Now()
	version := uint64(now.UnixMicro())
	for _, n := range held {
		version = max(version, n.Version+1)
	}
	block := clickhouse.Networks.NewBlock()
	for part, networks := range [][]schema.Network{change.Added, change.Changed, change.Removed} {
		for _, n := range networks {
			n.Tenant, n.Version, n.IsDeleted = tenant, version, part == 2
			block.Append(&n)
		}
	}
	if block.Rows() == 0 {
		return nil
	}
	stamp := clickhouse.Stamp{IngestedAt: now}
	_, _ = rand.Read(stamp.Batch[:])
	if err := clickhouse.InsertBlock(ctx, store, block, stamp); err != nil {
		return fmt.Errorf("networks of %s: %w", tenant, err)
	}
	return nil
}

// sortNetworks orders by family, address and length.
func sortNetworks(networks []schema.Network) {
	slices.SortFunc(networks, func(a, b schema.Network) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()))
	})
}

// FindNetwork asks the store which network names an address: the longest prefix
// that holds it. ok is false where none does.
func FindNetwork(ctx context.Context, store *clickhouse.Conn, tenant schema.TenantID, addr netip.Addr) (prefix netip.Prefix, ok bool, err error) {
	err = store.Query(ctx, `
SELECT prefix FROM network_pieces
WHERE tenant_id = {tenant:String} AND first <= toUInt128(toIPv6({address:String})) ORDER BY first DESC LIMIT 1`,
		clickhouse.Params{"tenant": clickhouse.Text(tenant), "address": clickhouse.Text(addr.Unmap().String())},
		func(scan func(...any) error) error {
			var text string
			if err := scan(&text); err != nil || text == "" {
				return err
			}
			ok = true
			prefix, err = netip.ParsePrefix(text)
			return err
		})
	if err != nil {
		return netip.Prefix{}, false, fmt.Errorf("network of %s: %w", addr, err)
	}
	return prefix, ok, nil
}
