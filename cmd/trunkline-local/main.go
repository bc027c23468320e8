// Command trunkline-local is trunkline with an embedded ClickHouse engine, for
// one machine: `up` keeps its data, `demo` shows everything with a synthetic
// contact centre. The engine runs as a child process of this program.
package main

import (
	"context"
	"log/slog"
	"net/url"
	"os"

	"github.com/trunkline-cc/trunkline/internal/app/cli"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse"
)

func main() { os.Exit(run()) }

// run is the command line, or the engine's process when the supervisor starts
// this program in that role.
func run() int {
	if len(os.Args) > 1 && os.Args[1] == clickhouse.Role {
		return clickhouse.Main(os.Args[2:])
	}
	return cli.Main("trunkline-local", cli.LocalCommands(startEngine)...)
}

// engine is an embedded engine as the command line wants it.
type engine struct {
	*clickhouse.Engine
}

// DSN is the address without the password, which travels apart.
func (e engine) DSN() string {
	dsn := url.URL{Scheme: "http", User: url.User(e.User()), Host: e.Addr(), Path: "/default"}
	return dsn.String()
}

// startEngine starts a ClickHouse on a data directory.
func startEngine(ctx context.Context, dir string, log *slog.Logger) (cli.Engine, error) {
	e, err := clickhouse.Start(ctx, clickhouse.Options{DataDir: dir, Logger: log})
	if err != nil {
		return nil, err
	}
	return engine{e}, nil
}
