// Package httpfront is ClickHouse's HTTP interface in front of an embedded
// engine: an [http.Handler] that clickhouse-go, curl and Grafana's data source
// take for a server.
//
// # What is served
//
// GET /ping; GET and POST / with the query in ?query=, in the body, or both;
// INSERT with data in text formats or Native, streamed as it arrives;
// param_NAME parameters; any other URL key as a setting; database, query_id,
// default_format; session_id with session_timeout and session_check; native
// frames (compress, decompress: LZ4, ZSTD) and Content-Encoding or, with
// enable_http_compression=1, Accept-Encoding (gzip, deflate, br, zstd, lz4).
// Answers carry X-ClickHouse-Query-Id, -Format, -Timezone, -Summary,
// -Exception-Code and -Exception-Tag; failures have ClickHouse's status for
// their code. A query that fails after its first byte went out ends with an
// __exception__ frame.
//
// # Where it differs from a server
//
//   - Native is always at revision 0, and revision() in the driver's hello query
//     is answered with 0 so that drivers expect that. A client that asks for a
//     revision (client_protocol_version) without sending the hello query would
//     misread Native.
//   - Formats whose output has a header or a closing part (JSON, Parquet,
//     CSVWithNames and others) are made in memory, up to
//     [Options.MaxBufferedResultBytes] of data; others are streamed.
//   - Progress is not sent; external tables (multipart bodies), INSERT SELECT
//     FROM input() with data, and roles are refused.
//   - query_id comes back in X-ClickHouse-Query-Id, but the engine gives its own
//     to system.processes.
//   - There is one user. GET may only read. One statement per request.
//   - A query of any kind is killed when its client goes away. An upload that is
//     cut off stores nothing of its last block (under a million rows: nothing).
//
// # What is refused
//
// See package statement: whatever reads or writes files, reaches other hosts,
// runs programs or acts on the engine's process. Three walls stand behind one
// another: the text, the engine's own classification, and the grants.
package httpfront
