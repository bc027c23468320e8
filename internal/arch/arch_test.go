package arch

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/trunkline-cc/trunkline"

// pkg is what `go list` tells of a package of ours.
type pkg struct {
	ImportPath string
	Dir        string
	Doc        string
	GoFiles    []string
	Imports    []string
}

// listed loads every package of the module once.
var listed = sync.OnceValues(func() ([]pkg, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Doc,GoFiles,Imports", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		return nil, err
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

func packages(t *testing.T) []pkg {
	t.Helper()
	all, err := listed()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// layers places packages, the most specific pattern first; "x/..." means x and
// all below. A package may import its own layer and those below, save where
// [forbidden] or pure says otherwise.
var layers = []struct {
	pattern string
	layer   int
}{
	{"schema/clickhouse", 3},
	{"schema", 0},
	{"schema/metrics/...", 0},
	{"routing/config", 2},
	{"routing/...", 1},
	{"mediaqos", 1},
	{"ingest/rtcp", 2},
	{"ingest/pcap", 2},
	{"ingest/hep", 2},
	{"ingest/vqreport", 2},
	{"ingest/callrecords", 2},
	{"ingest/...", 3},
	{"internal/embedded/...", 4},
	{"internal/testneed", 0},
	{"internal/arch", 5},
	{"internal/interop", 5}, // tests only: real peers against the whole product, so it may know all of it
	{"internal/app/...", 5},
	{"cmd/...", 5},
}

// forbidden lists edges that the layer numbers alone would allow, or that are
// worth their own reason. from and to are patterns; to may be outside the module.
var forbidden = []struct{ from, to, reason string }{
	{"routing/...", "mediaqos", "the two cores share the vocabulary of schema and nothing else"},
	{"mediaqos", "routing/...", "the two cores share the vocabulary of schema and nothing else"},
	{"schema", module + "/...", "the vocabulary imports nothing of ours, so that everybody can import it"},
	{"cmd/trunkline", "internal/embedded/...", "production never links an engine: only addresses differ"},
	{"internal/app/...", "internal/embedded/...", "production never links an engine: trunkline-local passes start functions"},
	{"internal/embedded/...", "ingest/...", "an engine knows its own protocol, not who writes to it"},
}

// onlyImporters names the one home of each big library.
var onlyImporters = []struct {
	library string
	homes   []string
	reason  string
}{
	{"github.com/ClickHouse/clickhouse-go/v2", []string{"schema/clickhouse", "internal/embedded/clickhouse/..."}, "one protocol, one place that speaks it (the engine's contract suite drives it as a client)"},
	{"github.com/ebitengine/purego", []string{"internal/embedded/clickhouse/..."}, "only the engine's child process loads a C library"},
	{"github.com/spf13/cobra", []string{"internal/app/cli", "cmd/trunkline-local"}, "commands are a matter of the command line"},
	{"github.com/prometheus/client_golang/...", []string{"internal/app/..."}, "packages give snapshots of their counters; the app exports them"},
}

func TestLayers(t *testing.T) {
	for _, p := range packages(t) {
		from := local(p.ImportPath)
		rank, ok := layerOf(from)
		if !ok {
			t.Errorf("%s stands in no layer: add it to the table, as DESIGN section 2 places it", from)
			continue
		}
		for _, imported := range p.Imports {
			if to, ok := layerOf(local(imported)); ours(imported) && ok && to > rank {
				t.Errorf("%s (layer %d) imports %s (layer %d): imports point down", from, rank, local(imported), to)
			}
		}
	}
}

func TestForbiddenEdges(t *testing.T) {
	all := packages(t)
	for _, rule := range forbidden {
		if !named(all, rule.from) {
			t.Errorf("the rule %s -> %s names a package that does not exist", rule.from, rule.to)
		}
		for _, p := range all {
			if !match(rule.from, local(p.ImportPath)) {
				continue
			}
			for _, imported := range p.Imports {
				if match(rule.to, local(imported)) || match(rule.to, imported) {
					t.Errorf("%s imports %s: %s", local(p.ImportPath), imported, rule.reason)
				}
			}
		}
	}
}

func TestOnlyImporters(t *testing.T) {
	all := packages(t)
	for _, rule := range onlyImporters {
		used := false
		for _, p := range all {
			for _, imported := range p.Imports {
				if !match(rule.library, imported) {
					continue
				}
				used = true
				if !matchAny(rule.homes, local(p.ImportPath)) {
					t.Errorf("%s imports %s: %s", local(p.ImportPath), imported, rule.reason)
				}
			}
		}
		if !used {
			t.Errorf("nobody imports %s: the rule is stale", rule.library)
		}
	}
}

// pure are the packages that may import the standard library, schema and their
// own subpackages only; what of the standard library they must leave alone is
// in purity_test.go.
var pure = []string{"routing", "routing/hours", "routing/erlang", "mediaqos"}

func TestPurePackagesImportNothingElse(t *testing.T) {
	for _, p := range packages(t) {
		from := local(p.ImportPath)
		if !matchAny(pure, from) {
			continue
		}
		for _, imported := range p.Imports {
			first, _, _ := strings.Cut(imported, "/")
			switch {
			case !strings.Contains(first, "."):
			case local(imported) == "schema", strings.HasPrefix(local(imported), strings.SplitN(from, "/", 2)[0]+"/"):
			default:
				t.Errorf("%s imports %s: a core has no dependencies", from, imported)
			}
		}
	}
}

func TestEveryPackageHasOneDocComment(t *testing.T) {
	for _, p := range packages(t) {
		if len(p.GoFiles) > 0 && !strings.HasPrefix(p.Doc, "Package ") && !strings.HasPrefix(p.Doc, "Command ") {
			t.Errorf("%s has no package comment", local(p.ImportPath))
		}
	}
}

// local strips the module's path.
func local(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func ours(importPath string) bool { return strings.HasPrefix(importPath, module+"/") }

// match compares a path with a pattern that may end in "/...".
func match(pattern, name string) bool {
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return name == base || strings.HasPrefix(name, base+"/")
	}
	return path.Clean(pattern) == name
}

func matchAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return match(pattern, name) })
}

func named(all []pkg, pattern string) bool {
	return slices.ContainsFunc(all, func(p pkg) bool { return match(pattern, local(p.ImportPath)) })
}

func layerOf(name string) (int, bool) {
	for _, l := range layers {
		if match(l.pattern, name) {
			return l.layer, true
		}
	}
	return 0, false
}
