package cli

import (
	"errors"
	"fmt"
	"io"
	"net/netip"

	"github.com/spf13/cobra"

	"github.com/trunkline-cc/trunkline/internal/app"
	"github.com/trunkline-cc/trunkline/internal/app/networkfile"
	"github.com/trunkline-cc/trunkline/schema"
	"github.com/trunkline-cc/trunkline/schema/clickhouse"
)

// tenantFlags are the flags of commands that ask the store about one tenant.
type tenantFlags struct {
	config configFlags
	tenant string
	json   bool
}

// add defines the flags on a command and on those below it.
func (f *tenantFlags) add(cmd *cobra.Command) {
	f.config.addTo(cmd.PersistentFlags())
	cmd.PersistentFlags().StringVar(&f.tenant, "tenant", "", "tenant that is meant (required)")
	cmd.PersistentFlags().BoolVar(&f.json, "json", false, "print JSON")
}

// withStore opens the store for the time of a call about a tenant.
func (f *tenantFlags) withStore(do func(store *clickhouse.Conn, tenant schema.TenantID) error) error {
	if f.tenant == "" {
		return usagef("--tenant says whose data is meant: it is required")
	}
	return withStore(&f.config, func(store *clickhouse.Conn) error { return do(store, schema.TenantID(f.tenant)) })
}

// print writes a value as JSON if that was asked for, else calls plain.
func (f *tenantFlags) print(w io.Writer, value any, plain func() error) error {
	if !f.json {
		return plain()
	}
	return printJSON(w, value)
}

// newNetworksCommand looks after the names of address ranges.
func newNetworksCommand() *cobra.Command {
	var f tenantFlags
	cmd := &cobra.Command{
		Use:   "networks",
		Short: "Names of a tenant's address ranges: sites and buildings",
		Long: "The longest prefix that holds an address names it, when a question is asked: a correction changes the\n" +
			"answers about the past too, and rewrites nothing.",
	}
	f.add(cmd)
	cmd.AddCommand(newNetworksPutCommand(&f), newNetworksListCommand(&f), newNetworksRemoveCommand(&f), newNetworksFindCommand(&f))
	return cmd
}

func newNetworksPutCommand(f *tenantFlags) *cobra.Command {
	var how app.NetworkPut
	cmd := &cobra.Command{
		Use:   "put FILE.csv",
		Short: "Make a file the list of the tenant's networks",
		Long: "Takes the building file of Microsoft's Call Quality Dashboard as it is: no heading, 14 or 15 columns,\n" +
			"NetworkIP, NetworkName, NetworkRange (prefix length), BuildingName, OwnershipType, BuildingType,\n" +
			"BuildingOfficeType, City, ZipCode, Country, State, Region, InsideCorp, ExpressRoute, VPN.\n" +
			"Or a file whose first line names its columns: those, in any order, and Site; NetworkIP (or Prefix, Subnet)\n" +
			"may be in CIDR notation. Without Site, BuildingName is the site, else NetworkName. - is standard input.\n" +
			"The file is taken whole or not at all; networks that it does not have are removed, unless --merge.\n" +
			"Exit status: 0 taken, 1 it could not be stored, 2 the file or the call is wrong.",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			list, err := readNetworks(args[0])
			if err != nil {
				return err
			}
			return f.withStore(func(store *clickhouse.Conn, tenant schema.TenantID) error {
				change, err := app.PutNetworks(cmd.Context(), store, tenant, list, how)
				if err != nil {
					return err
				}
				return f.printChange(cmd.OutOrStdout(), change, how.DryRun)
			})
		},
	}
	cmd.Flags().BoolVar(&how.Merge, "merge", false, "keep networks that the file does not have")
	cmd.Flags().BoolVar(&how.DryRun, "dry-run", false, "change nothing; show what would be")
	return cmd
}

// readNetworks reads a file; what is wrong in it is an error of usage.
func readNetworks(file string) (list []schema.Network, err error) {
	input, _, err := openInput(file)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, input.Close()) }()
	list, err = networkfile.Read(input)
	if errors.Is(err, networkfile.ErrFile) {
		return nil, usagef("%s is not taken:\n%w", file, err)
	}
	return list, err
}

// printChange says what has changed, or would.
func (f *tenantFlags) printChange(w io.Writer, change app.NetworkChange, dryRun bool) error {
	return f.print(w, changeOf(change), func() error {
		t := newTable("", "prefix", "site", "building", "name")
		for i, networks := range [][]schema.Network{change.Added, change.Changed, change.Removed} {
			for _, n := range networks {
				t.add([]string{"+", "~", "-"}[i], n.Prefix.String(), n.Site, n.Building, n.Name)
			}
		}
		if dryRun && len(t.rows) > 0 {
			if err := t.write(w); err != nil {
				return err
			}
		}
		would := ""
		if dryRun {
			would = "would be "
		}
		_, err := fmt.Fprintf(w, "%s%d added, %d changed, %d removed, %d unchanged\n",
			would, len(change.Added), len(change.Changed), len(change.Removed), change.Unchanged)
		return err
	})
}

func newNetworksListCommand(f *tenantFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "ls",
		Short: "List the tenant's networks",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return f.withStore(func(store *clickhouse.Conn, tenant schema.TenantID) error {
				networks, err := app.Networks(cmd.Context(), store, tenant)
				if err != nil {
					return err
				}
				return f.print(cmd.OutOrStdout(), networkRows(networks), func() error {
					t := newTable("prefix", "site", "building", "name", "city", "country", "inside")
					for _, n := range networks {
						t.add(n.Prefix.String(), n.Site, n.Building, n.Name, n.City, n.Country, yesNo(n.IsInside))
					}
					return t.write(cmd.OutOrStdout())
				})
			})
		},
	}
}

// yesNo writes a flag; nothing where it is not known.
func yesNo(flag schema.Opt[bool]) string {
	switch {
	case !flag.OK:
		return ""
	case flag.V:
		return "yes"
	}
	return "no"
}

func newNetworksRemoveCommand(f *tenantFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "rm PREFIX...",
		Short: "Remove networks, all that are named or, if one is not there, none",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			prefixes := make([]netip.Prefix, len(args))
			for i, arg := range args {
				var err error
				if prefixes[i], err = networkfile.ParsePrefix(arg); err != nil {
					return usageError{err}
				}
			}
			return f.withStore(func(store *clickhouse.Conn, tenant schema.TenantID) error {
				change, err := app.RemoveNetworks(cmd.Context(), store, tenant, prefixes)
				if err != nil {
					return err
				}
				return f.printChange(cmd.OutOrStdout(), change, false)
			})
		},
	}
}

func newNetworksFindCommand(f *tenantFlags) *cobra.Command {
	return &cobra.Command{
		Use:   "find ADDRESS",
		Short: "Say which network names an address",
		Long:  "Exit status: 0 there is one, 1 there is none.",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			addr, err := netip.ParseAddr(args[0])
			if err != nil || addr.Zone() != "" {
				return usagef("%q is no IPv4 or IPv6 address", args[0])
			}
			return f.withStore(func(store *clickhouse.Conn, tenant schema.TenantID) error {
				return f.find(cmd, store, tenant, addr)
			})
		},
	}
}

// find prints the network of an address.
func (f *tenantFlags) find(cmd *cobra.Command, store *clickhouse.Conn, tenant schema.TenantID, addr netip.Addr) error {
	prefix, ok, err := app.FindNetwork(cmd.Context(), store, tenant, addr)
	if err != nil {
		return err
	}
	if !ok {
		fmt.Fprintf(cmd.ErrOrStderr(), "no network of %s holds %s\n", tenant, addr)
		return ErrFound
	}
	networks, err := app.Networks(cmd.Context(), store, tenant)
	if err != nil {
		return err
	}
	for _, n := range networks {
		if n.Prefix == prefix {
			return f.print(cmd.OutOrStdout(), networkRows([]schema.Network{n})[0], func() error {
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  site %q, building %q, name %q\n", n.Prefix, n.Site, n.Building, n.Name)
				return err
			})
		}
	}
	return fmt.Errorf("network %s of %s was removed meanwhile", prefix, tenant)
}
