package cli

import (
	"testing"

	"github.com/trunkline-cc/trunkline/internal/embedded/clickhouse/chtest"
)

func TestMain(m *testing.M) { chtest.Main(m) }
