package clickhouse

import (
	"os"
	"path/filepath"
	"testing"
)

func TestHealDeduplication(t *testing.T) {
	store := t.TempDir()
	table := filepath.Join(store, "store", "abc", "abcdef")
	logs := filepath.Join(table, "deduplication_logs")
	for _, dir := range []string{"all_1_1_0", "all_2_5_1_9", "202601_1_1_0", "detached", "tmp_insert_all_8_8_0", "deduplication_logs"} {
		if err := os.MkdirAll(filepath.Join(table, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	first, second := filepath.Join(logs, "deduplication_log_1.txt"), filepath.Join(logs, "deduplication_log_2.txt")
	for file, text := range map[string]string{
		first:  "1\tall_1_1_0\ta\n1\tall_3_3_0\tb\n1\t202601_1_1_0\tc\n2\tall_7_7_0\td\nsomething else\n",
		second: "1\tall_4_4_0\te\n1\tall_6_6_0\torphan\n1\t202601_2_2_0\torphan\n1\tother_1_1_0\torphan\n1\tall_8_8_0\torphan\n1\tall_5_5_0\thalf a li",
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if n, err := healDeduplication(store); err != nil || n != 5 {
		t.Errorf("healed %d, %v; want 5", n, err)
	}
	for file, want := range map[string]string{
		first:  "1\tall_1_1_0\ta\n1\tall_3_3_0\tb\n1\t202601_1_1_0\tc\n2\tall_7_7_0\td\nsomething else\n",
		second: "1\tall_4_4_0\te\n",
	} {
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", filepath.Base(file), got, err, want)
		}
	}
	if n, err := healDeduplication(store); err != nil || n != 0 {
		t.Errorf("again: healed %d, %v", n, err)
	}
	if n, err := healDeduplication(filepath.Join(store, "empty")); err != nil || n != 0 {
		t.Errorf("a directory that is not there yet: %d, %v", n, err)
	}
}

func TestParsePart(t *testing.T) {
	for name, want := range map[string]part{
		"all_1_2_3": {"all", 1, 2}, "202601_10_20_0_7": {"202601", 10, 20}, "1-2_5_5_0": {"1-2", 5, 5},
	} {
		if got, ok := parsePart(name); !ok || got != want {
			t.Errorf("%s: %+v, %v", name, got, ok)
		}
	}
	for _, name := range []string{"", "detached", "all_1_2", "all_x_2_3", "tmp_insert_all_1_1_0", "_1_2_3", "all_1_2_3_4_5", "all_-1_2_3", "all_1_2_3_"} {
		if got, ok := parsePart(name); ok {
			t.Errorf("%q is taken for %+v", name, got)
		}
	}
}
