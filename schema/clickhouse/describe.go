package clickhouse

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Dump returns the DDL of everything in the database, in the order of names,
// each as the server itself writes it but without the name of the database:
// what a reviewer compares.
func (c *Conn) Dump(ctx context.Context) (string, error) {
	var names []string
	err := c.Query(ctx, "SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name", nil,
		func(scan func(...any) error) error {
			var name string
			if err := scan(&name); err != nil {
				return fmt.Errorf("system.tables: %w", err)
			}
			names = append(names, name)
			return nil
		})
	if err != nil {
		return "", err
	}
	prefix := regexp.MustCompile("`?" + regexp.QuoteMeta(c.Database()) + "`?\\.")
	var dump strings.Builder
	for _, name := range names {
		err := c.Query(ctx, "SHOW CREATE TABLE "+identifier(name), nil, func(scan func(...any) error) error {
			var ddl string
			if err := scan(&ddl); err != nil {
				return fmt.Errorf("show create %s: %w", name, err)
			}
			fmt.Fprintf(&dump, "%s\n;\n\n", prefix.ReplaceAllString(ddl, ""))
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return dump.String(), nil
}

// sortedKeys lists a map's keys in order.
func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
