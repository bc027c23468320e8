package clickhouse

import (
	"context"
	"errors"
	"fmt"
	"time"

	driver "github.com/ClickHouse/clickhouse-go/v2"

	"github.com/trunkline-cc/trunkline/schema"
)

// ErrChanged is wrapped by a [ChangedError].
var ErrChanged = errors.New("applied migration has changed")

// ChangedError says that a migration file is not the one that was applied.
// Put the file back and write what is new into a later one.
type ChangedError struct {
	// Name is the file's.
	Name string
	// Applied and Embedded are the two checksums.
	Applied, Embedded string
}

// Error names the file.
func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s: %v: checksum %.12s was applied, this program has %.12s", e.Name, ErrChanged, e.Applied, e.Embedded)
}

// Unwrap returns ErrChanged.
func (e *ChangedError) Unwrap() error { return ErrChanged }

// Step is one migration and its state.
type Step struct {
	// Name is the file's.
	Name string `json:"name"`
	// Applied says that the database had it before this call.
	Applied bool `json:"applied"`
	// AppliedAt is when it was; zero while it is not.
	AppliedAt time.Time `json:"applied_at,omitzero"`
	// Unknown says that this program does not have the file: a newer one has
	// been here. It is left alone.
	Unknown bool `json:"unknown,omitempty"`
	// Statements is how many there are in the file.
	Statements int `json:"statements"`
}

// migrationsTable is kept by Migrate itself.
const migrationsTable = `CREATE TABLE IF NOT EXISTS schema_migrations
(
    name       String                COMMENT 'Migration file; unit=none; source=schema; privacy=none',
    checksum   String                COMMENT 'SHA-256 of the file in hex; unit=none; source=schema; privacy=none',
    applied_at DateTime64(3, 'UTC')  COMMENT 'When its last statement had run; unit=s; source=schema; privacy=none'
)
ENGINE = ReplacingMergeTree
ORDER BY (name, checksum)
SETTINGS non_replicated_deduplication_window = 10000
COMMENT 'Migrations that this database has'`

// Migrate brings the database to this program's schema and returns all
// migrations in order. With dryRun nothing is written, and the steps that are
// not Applied are those that would run. The database itself is made if it does
// not exist. Several processes may do this at once: every statement can be
// repeated.
//
// Before anything runs, every applied file is compared; one that has changed
// is refused with a [ChangedError]. Other errors are classified as in the
// package comment and name the file.
func Migrate(ctx context.Context, c *Conn, migrations []schema.Migration, dryRun bool) ([]Step, error) {
	exists, err := c.ensureDatabase(ctx, dryRun)
	if err != nil {
		return nil, err
	}
	applied := map[string]appliedMigration{}
	if exists {
		if applied, err = c.applied(ctx, dryRun); err != nil {
			return nil, err
		}
	}
	steps, err := plan(migrations, applied)
	if err != nil || dryRun {
		return steps, err
	}
	for i, m := range migrations {
		if steps[i].Applied {
			continue
		}
		if err := c.apply(ctx, m); err != nil {
			return steps, fmt.Errorf("migration %s: %w", m.Name, err)
		}
	}
	return steps, nil
}

// plan compares what there is with what there should be.
func plan(migrations []schema.Migration, applied map[string]appliedMigration) ([]Step, error) {
	steps := make([]Step, 0, len(migrations))
	known := map[string]bool{}
	for _, m := range migrations {
		known[m.Name] = true
		step := Step{Name: m.Name, Statements: len(m.Statements)}
		if before, ok := applied[m.Name]; ok {
			if before.checksum != m.Checksum {
				return nil, &ChangedError{Name: m.Name, Applied: before.checksum, Embedded: m.Checksum}
			}
			step.Applied, step.AppliedAt = true, before.at
		}
		steps = append(steps, step)
	}
	for _, name := range sortedKeys(applied) {
		if !known[name] {
			steps = append(steps, Step{Name: name, Applied: true, AppliedAt: applied[name].at, Unknown: true})
		}
	}
	return steps, nil
}

// appliedMigration is a row of schema_migrations.
type appliedMigration struct {
	checksum string
	at       time.Time
}

// applied reads schema_migrations, making the table unless readOnly.
func (c *Conn) applied(ctx context.Context, readOnly bool) (map[string]appliedMigration, error) {
	if !readOnly {
		if err := c.Exec(ctx, migrationsTable, nil); err != nil {
			return nil, err
		}
	}
	applied := map[string]appliedMigration{}
	err := c.Query(ctx, "SELECT name, checksum, applied_at FROM schema_migrations FINAL ORDER BY name, applied_at", nil,
		func(scan func(...any) error) error {
			var name string
			var m appliedMigration
			if err := scan(&name, &m.checksum, &m.at); err != nil {
				return fmt.Errorf("schema_migrations: %w", err)
			}
			applied[name] = m
			return nil
		})
	if readOnly && exceptionCode(err) == codeUnknownTable {
		return applied, nil
	}
	return applied, err
}

// apply runs one file and notes that it has.
func (c *Conn) apply(ctx context.Context, m schema.Migration) error {
	for i, statement := range m.Statements {
		if err := c.Exec(ctx, statement, nil); err != nil {
			return fmt.Errorf("statement %d of %d: %w", i+1, len(m.Statements), err)
		}
	}
	return c.Exec(ctx, "INSERT INTO schema_migrations (name, checksum, applied_at) SELECT {name:String}, {checksum:String}, now64(3, 'UTC')",
		Params{"name": Text(m.Name), "checksum": Text(m.Checksum)})
}

// Codes of exceptions that Migrate tells apart.
const (
	codeUnknownTable    = 60
	codeUnknownDatabase = 81
)

// exceptionCode is the server's code of an error, 0 if it is not one of its.
func exceptionCode(err error) int32 {
	var exception *driver.Exception
	if errors.As(err, &exception) {
		return exception.Code
	}
	return 0
}

// ensureDatabase makes the database that the DSN names, unless readOnly, and
// tells whether it exists. The way to a database that does not exist is the
// one that always does.
func (c *Conn) ensureDatabase(ctx context.Context, readOnly bool) (bool, error) {
	err := c.Ping(ctx)
	if exceptionCode(err) != codeUnknownDatabase {
		return err == nil, err
	}
	if readOnly {
		return false, nil
	}
	options := *c.parsed
	options.Auth.Database = "default"
	conn, err := driver.Open(&options)
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrDSN, err)
	}
	bootstrap := &Conn{conn: conn, options: c.options, parsed: &options}
	defer bootstrap.Close()
	if err := bootstrap.Exec(ctx, "CREATE DATABASE IF NOT EXISTS "+identifier(c.Database()), nil); err != nil {
		return false, fmt.Errorf("make database %s: %w", c.Database(), err)
	}
	return true, nil
}
