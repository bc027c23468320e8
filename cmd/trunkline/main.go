// Command trunkline is the production binary: it ingests media reports,
// measures them and keeps the answers in ClickHouse. `trunkline help` lists
// its verbs.
package main

import (
	"os"

	"github.com/trunkline-cc/trunkline/internal/app/cli"
)

func main() { os.Exit(cli.Main("trunkline")) }
