package clickhouse

import (
	"context"
	"flag"
	"os"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/schema"
)

var update = flag.Bool("update", false, "write testdata/*.golden anew")

func TestMain(m *testing.M) { chtest.Main(m) }

// openEmpty returns a connection to an empty database.
func openEmpty(t testing.TB) *Conn {
	t.Helper()
	c, err := Open(Options{DSN: chtest.Database(t)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// openMigrated returns a connection to a database with the schema.
func openMigrated(t testing.TB) *Conn {
	t.Helper()
	c := openEmpty(t)
	if _, err := Migrate(context.Background(), c, migrations(t), false); err != nil {
		t.Fatal(err)
	}
	return c
}

func migrations(t testing.TB) []schema.Migration {
	t.Helper()
	all, err := schema.Migrations()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// golden compares text with a file, or writes it with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew); got:\n%s", path, got)
	}
}
