package clickhouse_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/contract"
)

// parentEnv makes the test binary a program that starts an engine in the
// directory given and waits to be killed.
const parentEnv = "TRUNKLINE_TEST_PARENT_OF"

func TestMain(m *testing.M) {
	if dir := os.Getenv(parentEnv); dir != "" {
		parent(dir)
	}
	chtest.Main(m)
}

// TestContract holds the embedded engine, or the server of CLICKHOUSE_DSN, to
// what the product relies on.
func TestContract(t *testing.T) { contract.Run(t, chtest.Database(t)) }

func TestRefusals(t *testing.T) {
	if os.Getenv(chtest.ServerEnv) != "" {
		t.Skip("a real server has its own configuration of access")
	}
	secret := filepath.Join(t.TempDir(), "secret.txt")
	if err := os.WriteFile(secret, []byte("hidden treasure"), 0o600); err != nil {
		t.Fatal(err)
	}
	contract.Refusals(t, chtest.Database(t), secret, "hidden treasure")
}
