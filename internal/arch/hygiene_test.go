package arch

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const root = "../.."

// tracked lists the files that git knows or would add.
func tracked(t *testing.T, patterns ...string) []string {
	t.Helper()
	out, err := exec.Command("git", append([]string{"-C", root, "ls-files", "-co", "--exclude-standard", "--"}, patterns...)...).Output()
	if err != nil {
		t.Skipf("no git checkout to look at: %v", err)
	}
	var names []string
	for name := range strings.Lines(string(out)) {
		name = strings.TrimSpace(name)
		if _, err := os.Stat(filepath.Join(root, name)); err == nil {
			names = append(names, name)
		}
	}
	return names
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestModuleStandsAlone(t *testing.T) {
	if _, err := os.Stat(filepath.Join(root, "go.work")); err == nil {
		t.Error("go.work: the engines stay modules of their own")
	}
	if regexp.MustCompile(`(?m)^\s*replace\b`).Match(read(t, "go.mod")) {
		t.Error("go.mod replaces a module: who imports us would not get the replacement")
	}
}

// machinePath is a path that exists on one machine only.
var machinePath = regexp.MustCompile(`(^|[^[:alnum:]_.])/(home|Users|root|work|farm)/[[:alnum:]]`)

func TestNoMachinePaths(t *testing.T) {
	for _, name := range tracked(t) {
		if strings.Contains(name, "testdata/") || strings.HasSuffix(name, ".sum") {
			continue
		}
		lines := bufio.NewScanner(bytes.NewReader(read(t, name)))
		lines.Buffer(nil, 1<<20)
		for n := 1; lines.Scan(); n++ {
			if machinePath.Match(lines.Bytes()) && !strings.HasSuffix(name, "hygiene_test.go") {
				t.Errorf("%s:%d holds a path of one machine: %s", name, n, lines.Text())
			}
		}
	}
}

// TestReadmeExplainsDependencies holds README's table against go.mod.
func TestReadmeExplainsDependencies(t *testing.T) {
	readme := string(read(t, "README.md"))
	direct := regexp.MustCompile(`(?m)^\s*(?:require )?([a-z0-9.-]+\.[a-z]+/\S+) v\S+$`)
	for _, m := range direct.FindAllStringSubmatch(string(read(t, "go.mod")), -1) {
		if !strings.Contains(readme, "| `"+m[1]+"` |") {
			t.Errorf("README has no line of reason for the dependency %s", m[1])
		}
	}
}

// markdownLink is a relative link in Markdown.
var markdownLink = regexp.MustCompile(`\]\(([^)#:\s]+)(?:#[^)]*)?\)`)

func TestMarkdownLinksLead(t *testing.T) {
	for _, name := range tracked(t, "*.md") {
		for _, m := range markdownLink.FindAllSubmatch(read(t, name), -1) {
			target := filepath.Join(root, filepath.Dir(name), string(m[1]))
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			}
		}
	}
}
