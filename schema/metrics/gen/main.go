// Command gen writes schema/METRICS.md from the metric catalogue, and
// schema/README.md from the DDL as the engine has it (the golden file of
// package schema/clickhouse, which a test holds against the migrations), from
// what is said of views in views.go, and from the examples of package metrics.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	dir := flag.String("schema", "..", "directory of package schema")
	flag.Parse()
	if err := run(*dir); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// run writes both pages.
func run(dir string) error {
	pages, err := render(dir)
	if err != nil {
		return err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// render makes both pages.
func render(dir string) (map[string]string, error) {
	dump, err := os.ReadFile(filepath.Join(dir, "clickhouse", "testdata", "schema.golden"))
	if err != nil {
		return nil, err
	}
	relations, err := parseDump(string(dump))
	if err != nil {
		return nil, err
	}
	readme, err := readmePage(relations)
	if err != nil {
		return nil, err
	}
	return map[string]string{"METRICS.md": metricsPage(), "README.md": readme}, nil
}
