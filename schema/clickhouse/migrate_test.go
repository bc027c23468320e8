package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/schema"
)

func TestMigrate(t *testing.T) {
	ctx := context.Background()
	c := openEmpty(t)
	all := migrations(t)
	for _, call := range []struct {
		name    string
		dryRun  bool
		applied bool
	}{{"dry run on nothing", true, false}, {"first", false, false}, {"dry run after", true, true}, {"again", false, true}} {
		steps, err := Migrate(ctx, c, all, call.dryRun)
		if err != nil {
			t.Fatalf("%s: %v", call.name, err)
		}
		if len(steps) != len(all) {
			t.Fatalf("%s: %d steps, want %d", call.name, len(steps), len(all))
		}
		for _, s := range steps {
			if s.Applied != call.applied || s.AppliedAt.IsZero() == call.applied {
				t.Errorf("%s: %+v, want applied %v", call.name, s, call.applied)
			}
		}
		if call.name == "dry run on nothing" {
			if dump, err := c.Dump(ctx); err != nil || dump != "" {
				t.Errorf("the dry run wrote %q, %v", dump, err)
			}
		}
	}
}

func TestMigrateRefusesChangedFile(t *testing.T) {
	ctx := context.Background()
	c := openMigrated(t)
	all := migrations(t)
	all[1].Checksum = strings.Repeat("0", 64)
	all = append(all, schema.Migration{Name: "0003_more.sql", Checksum: "1", Statements: []string{"CREATE VIEW more AS SELECT 1"}})
	_, err := Migrate(ctx, c, all, false)
	var changed *ChangedError
	if !errors.As(err, &changed) || !errors.Is(err, ErrChanged) || changed.Name != all[1].Name {
		t.Fatalf("got %v, want a ChangedError that names %s", err, all[1].Name)
	}
	if dump, _ := c.Dump(ctx); strings.Contains(dump, "VIEW more") {
		t.Error("a later migration ran although an earlier one has changed")
	}
}

func TestMigrateGoesOnAfterAFailure(t *testing.T) {
	ctx := context.Background()
	c := openEmpty(t)
	steps := []schema.Migration{{Name: "0001_a.sql", Checksum: "1", Statements: []string{"CREATE OR REPLACE VIEW a AS SELECT 1 AS x", "CREATE OR REPLACE VIEW b AS SELECT y FROM a"}}}
	if _, err := Migrate(ctx, c, steps, false); !errors.Is(err, ErrSetup) || !strings.Contains(err.Error(), "0001_a.sql") {
		t.Fatalf("got %v, want ErrSetup that names the file", err)
	}
	steps[0].Statements[1] = "CREATE OR REPLACE VIEW b AS SELECT x FROM a"
	if _, err := Migrate(ctx, c, steps, false); err != nil {
		t.Fatal(err)
	}
	got, err := Migrate(ctx, c, nil, false)
	if err != nil || len(got) != 1 || !got[0].Unknown {
		t.Errorf("got %+v, %v, want the step of a newer program", got, err)
	}
}

func TestMigrateMakesTheDatabase(t *testing.T) {
	ctx := context.Background()
	base, err := url.Parse(chtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	base.Path += "_made"
	c, err := Open(Options{DSN: base.String()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	steps, err := Migrate(ctx, c, migrations(t), true)
	if err != nil || steps[0].Applied {
		t.Fatalf("dry run: %+v, %v", steps, err)
	}
	if _, err := Migrate(ctx, c, migrations(t), false); err != nil {
		t.Fatal(err)
	}
	if err := c.Exec(ctx, fmt.Sprintf("DROP DATABASE %s", identifier(c.Database())), nil); err != nil {
		t.Error(err)
	}
}

func TestSchemaGolden(t *testing.T) {
	dump, err := openMigrated(t).Dump(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/schema.golden", dump)
}

// TestColumnsMatchDDL holds each table's columns against the server's: names,
// types and order.
func TestColumnsMatchDDL(t *testing.T) {
	c := openMigrated(t)
	checkColumns(t, c, MediaReports)
	checkColumns(t, c, Trunks)
	checkColumns(t, c, Networks)
	checkColumns(t, c, SIPCalls)
	checkColumns(t, c, VoIPReports)
	checkColumns(t, c, Quarantine)
}

func checkColumns[R any](t *testing.T, c *Conn, table *Table[R]) {
	t.Helper()
	type columnType struct{ name, kind string }
	var stored []columnType
	err := c.Query(context.Background(), `SELECT name, type FROM system.columns
WHERE database = currentDatabase() AND table = {table:String} AND default_kind NOT IN ('ALIAS', 'MATERIALIZED') ORDER BY position`,
		Params{"table": Text(table.Name())}, func(scan func(...any) error) error {
			var column columnType
			defer func() { stored = append(stored, column) }()
			return scan(&column.name, &column.kind)
		})
	if err != nil {
		t.Fatal(err)
	}
	ours := []columnType{}
	for _, column := range table.columns {
		ours = append(ours, columnType{column.name, string(column.make().data.Type())})
	}
	ours = append(ours, columnType{"ingested_at", "DateTime64(3, 'UTC')"}, columnType{"batch_id", "UUID"})
	for i := range max(len(ours), len(stored)) {
		var o, s columnType
		if i < len(ours) {
			o = ours[i]
		}
		if i < len(stored) {
			s = stored[i]
		}
		if o != s {
			t.Errorf("%s, column %d: ours is %v, the table's %v", table.Name(), i+1, o, s)
		}
	}
}

// TestEveryColumnHasAComment looks at what the server kept.
func TestEveryColumnHasAComment(t *testing.T) {
	c := openMigrated(t)
	columns := 0
	err := c.Query(context.Background(), `SELECT c.table, c.name, c.comment FROM system.columns AS c
WHERE c.database = currentDatabase() AND c.table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine != 'View')`, nil,
		func(scan func(...any) error) error {
			var table, name, comment string
			if err := scan(&table, &name, &comment); err != nil {
				return err
			}
			columns++
			if _, err := schema.ParseColumnComment(comment); err != nil {
				t.Errorf("%s.%s: %v", table, name, err)
			}
			return nil
		})
	if err != nil || columns < 100 {
		t.Errorf("looked at %d columns, %v", columns, err)
	}
}
