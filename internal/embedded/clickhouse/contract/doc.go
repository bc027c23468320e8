// Package contract is what the product relies on in a ClickHouse that is spoken
// to over HTTP, as a test suite. It runs against the embedded engine and, by
// CLICKHOUSE_DSN, against a real server: what holds for both may be used, and
// clickhouse-go is used unchanged.
//
// [Run] takes the DSN of an empty database of its own. [Refusals] adds what
// only the embedded engine does: keeping statements away from the machine it
// runs on.
package contract
