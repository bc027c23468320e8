package routing_test

import (
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/routing/config"
	"github.com/trunkline-cc/trunkline/routing/routingtest"
)

var rewrite = flag.Bool("rewrite", false, "write the output of scenarios into testdata; only keep the changes if you understand what caused them")

// TestScenarios runs testdata/*.txt: one file for each class of failure that
// other routers have shown, and for each feature.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got, err := routingtest.Script(string(text), config.Parse)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got == string(text) {
				return
			}
			if *rewrite {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("%s: output differs at %s", name, firstDifference(string(text), got))
		})
	}
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		var x, y string
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return "line " + strings.TrimSpace(strings.Join([]string{strconv.Itoa(i + 1), "\nwant", x, "\ngot ", y}, " "))
		}
	}
	return "the end"
}
