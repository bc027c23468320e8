package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPagesAreFresh fails where the pages are not what the generator writes.
func TestPagesAreFresh(t *testing.T) {
	dir := filepath.Join("..", "..")
	pages, err := render(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range pages {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != want {
			t.Errorf("%s is stale: run go generate ./schema/metrics (%v)", name, err)
		}
	}
}

func TestParseDump(t *testing.T) {
	relations, err := parseDump("CREATE TABLE a\n(\n    `x` Nullable(Float64) ALIAS if(y > 0, y, NULL) COMMENT 'It\\'s x; unit=ms; source=s; privacy=none' CODEC(ZSTD(1)),\n" +
		"    `y` UInt8 COMMENT 'Y; unit=1; source=s; privacy=personal'\n)\nENGINE = M\nPARTITION BY p\nORDER BY (x, y)\nSETTINGS z\nCOMMENT 'About a'\n;\n\n" +
		"CREATE VIEW v\n(\n    `x` Nullable(Float64)\n)\nAS SELECT x\nFROM a AS q FINAL\nLEFT JOIN b ON 1\n;\n")
	if err != nil || len(relations) != 2 {
		t.Fatalf("%d relations, %v", len(relations), err)
	}
	a, v := relations[0], relations[1]
	if a.columns[0].kind != "Nullable(Float64)" || a.columns[0].doc.Meaning != "It's x" || a.order != "(x, y)" || a.partition != "p" || a.comment != "About a" {
		t.Errorf("got %+v", a)
	}
	if !v.view || strings.Join(v.reads, " ") != "a b" || len(v.columns) != 1 {
		t.Errorf("got %+v", v)
	}
	for _, bad := range []string{"CREATE DICTIONARY a\n", "CREATE TABLE a\n(\n    `x` UInt8\n)\n", "CREATE TABLE a\n(\n    `x` UInt8 COMMENT 'no'\n)\n"} {
		if _, err := parseDump(bad); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

// TestViewColumnsComeFromTables looks at a column that a view inherits and at
// one that nobody tells of.
func TestViewColumnsComeFromTables(t *testing.T) {
	relations, err := parseDump("CREATE TABLE a\n(\n    `x` UInt8 COMMENT 'X; unit=ms; source=s; privacy=none'\n)\nCOMMENT 'A'\n;\n" +
		"CREATE VIEW quality_now\n(\n    `x` UInt8,\n    `nobody_told` UInt8\n)\nAS SELECT x\nFROM a\n;\n")
	if err != nil {
		t.Fatal(err)
	}
	page, err := readmePage(relations)
	if err == nil || !strings.Contains(err.Error(), "column nobody_told") || strings.Contains(err.Error(), "column x") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(page, "| x | UInt8 | X | ms | s | none |") {
		t.Error("the view's column has not the table's meaning")
	}
}
