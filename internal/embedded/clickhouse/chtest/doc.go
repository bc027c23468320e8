// Package chtest gives tests a ClickHouse: an embedded engine, one per test
// binary, started when the first test asks for it; or, with CLICKHOUSE_DSN set,
// the server named there.
//
// A package whose tests use it has to let [Main] run them, since the engine's
// process is the test binary started once more:
//
//	func TestMain(m *testing.M) { chtest.Main(m) }
//
//	func TestInsert(t *testing.T) {
//		dsn := chtest.Database(t) // of a fresh, empty database
//		...
//	}
//
// Databases are dropped when their test passes. That of a failed test stays, and
// the test says where.
//
// Without libchdb a test is skipped, and says how to get it; with CI=true in the
// environment it fails.
package chtest
