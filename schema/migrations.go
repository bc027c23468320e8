package schema

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// ErrMigrationName is wrapped by errors about the names of migration files.
var ErrMigrationName = errors.New("migration name")

// Migration is one file of SQL that brings a database one step forward. Its
// statements can be repeated (IF NOT EXISTS, OR REPLACE), because ClickHouse
// has no transactions: one that stopped half way is run again from its start.
type Migration struct {
	// Name is the file's, NNNN_what.sql; migrations run in the order of names.
	Name string
	// Checksum is the SHA-256 of the file in hex. An applied file never
	// changes: what comes later goes into a later file.
	Checksum string
	// Statements are the file's, in order, without comments around them.
	Statements []string
}

// Migrations returns the embedded migrations in the order in which they run.
func Migrations() ([]Migration, error) {
	dir, err := fs.Sub(migrationFiles, "migrations")
	if err != nil {
		return nil, err
	}
	return LoadMigrations(dir)
}

var migrationName = regexp.MustCompile(`^\d{4}_[a-z0-9_]+\.sql$`)

// LoadMigrations reads every .sql file at the root of fsys. Names must be
// numbered from 0001 without a gap: the error wraps ErrMigrationName, or names
// the place of a statement that does not end.
func LoadMigrations(fsys fs.FS) ([]Migration, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	migrations := make([]Migration, 0, len(names))
	for i, name := range names {
		if !migrationName.MatchString(name) || name[:4] != fmt.Sprintf("%04d", i+1) {
			return nil, fmt.Errorf("%w %q: want %04d_what.sql", ErrMigrationName, name, i+1)
		}
		text, err := fs.ReadFile(fsys, path.Clean(name))
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		statements, err := SplitStatements(string(text))
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", name, err)
		}
		sum := sha256.Sum256(text)
		migrations = append(migrations, Migration{Name: name, Checksum: hex.EncodeToString(sum[:]), Statements: statements})
	}
	return migrations, nil
}

// ErrStatement is wrapped by errors about SQL that does not end.
var ErrStatement = errors.New("unfinished SQL")

// SplitStatements cuts SQL text at the semicolons that stand outside of
// strings, quoted names and comments. Comments before a statement are dropped,
// those within it are kept; empty statements are dropped. The error wraps
// ErrStatement and names the line where a string, name or comment began that
// does not end.
func SplitStatements(sql string) ([]string, error) {
	var statements []string
	start := 0 // of the statement that is being read
	for i := 0; i < len(sql); {
		n, kind := sqlToken(sql[i:])
		switch {
		case n < 0:
			return nil, fmt.Errorf("%w: %s that begins in line %d has no end", ErrStatement, kind, 1+strings.Count(sql[:i], "\n"))
		case kind == sqlComment && strings.TrimSpace(sql[start:i]) == "":
			start = i + n
		case kind == sqlEnd:
			if statement := strings.TrimSpace(sql[start:i]); statement != "" {
				statements = append(statements, statement)
			}
			start = i + n
		}
		i += n
	}
	if statement := strings.TrimSpace(sql[start:]); statement != "" {
		statements = append(statements, statement)
	}
	return statements, nil
}

// Kinds of token that matter to where a statement ends.
const (
	sqlOther   = "text"
	sqlQuoted  = "a quotation"
	sqlComment = "a comment"
	sqlEnd     = "a semicolon"
)

// sqlToken measures what s begins with; -1 is a token without an end.
func sqlToken(s string) (length int, kind string) {
	switch {
	case s[0] == ';':
		return 1, sqlEnd
	case s[0] == '\'' || s[0] == '"' || s[0] == '`':
		for i := 1; i < len(s); i++ {
			switch s[i] {
			case '\\':
				i++
			case s[0]:
				return i + 1, sqlQuoted
			}
		}
		return -1, sqlQuoted
	case strings.HasPrefix(s, "--"):
		if end := strings.IndexByte(s, '\n'); end >= 0 {
			return end + 1, sqlComment
		}
		return len(s), sqlComment
	case strings.HasPrefix(s, "/*"):
		if end := strings.Index(s[2:], "*/"); end >= 0 {
			return end + 4, sqlComment
		}
		return -1, sqlComment
	default:
		return 1, sqlOther
	}
}
