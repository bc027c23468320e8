// Package callrecordstest makes call records, direct-routing rows and PSTN rows
// as Microsoft Graph sends them, for tests, benchmarks and the simulated
// tenant. Equal seeds give equal bytes. Names, numbers and addresses are those
// that are set aside for documentation.
package callrecordstest
