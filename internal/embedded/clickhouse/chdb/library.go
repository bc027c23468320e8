package chdb

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// MinVersion is the oldest libchdb release that leaves the host's signal
// handlers alone when it is told to.
const MinVersion = "26.7.3"

// Errors that callers tell apart.
var (
	// ErrLoad means that the file is no libchdb that this process can load.
	ErrLoad = errors.New("cannot load libchdb")
	// ErrSignals means that the engine replaced handlers of the Go runtime.
	ErrSignals = errors.New("libchdb replaced signal handlers of the Go runtime")
	// ErrConnect means that the engine did not open its data directory. The
	// engine gives its reason on standard error only.
	ErrConnect = errors.New("libchdb refused the connection")
)

// Library is an opened libchdb. Its methods may be called concurrently.
type Library struct {
	path string
	boot sync.Mutex // serialises the first connection, which boots the engine
	up   bool
	c    functions
}

// functions are the C functions in use, named as in chdb.h without the prefix.
// Handles are opaque; lengths are size_t.
type functions struct {
	version           func() string
	setSignalHandlers func(enabled int32)
	connect           func(argc int32, argv unsafe.Pointer) unsafe.Pointer
	closeConn         func(conn unsafe.Pointer)

	query       func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	streamQuery func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	fetch       func(conn, stream unsafe.Pointer) unsafe.Pointer
	cancelQuery func(conn, stream unsafe.Pointer)
	destroy     func(result unsafe.Pointer)

	insert        func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer
	appendData    func(insert, data unsafe.Pointer, dataLen uintptr) int32
	done          func(insert unsafe.Pointer) unsafe.Pointer
	cancelInsert  func(insert unsafe.Pointer)
	insertError   func(insert unsafe.Pointer) string
	destroyInsert func(insert unsafe.Pointer)

	resultBuffer       func(result unsafe.Pointer) unsafe.Pointer
	resultLength       func(result unsafe.Pointer) uintptr
	resultError        func(result unsafe.Pointer) string
	resultRowsRead     func(result unsafe.Pointer) uint64
	resultBytesRead    func(result unsafe.Pointer) uint64
	resultScannedRows  func(result unsafe.Pointer) uint64
	resultScannedBytes func(result unsafe.Pointer) uint64
	resultRowsWritten  func(result unsafe.Pointer) uint64
	resultBytesWritten func(result unsafe.Pointer) uint64

	classify func(conn, sql unsafe.Pointer, sqlLen uintptr, database unsafe.Pointer, databaseLen uintptr, out unsafe.Pointer) int32
}

// Open loads the library at path and switches its signal handlers off. The
// error wraps [ErrLoad] and says what is wrong with the file.
func Open(path string) (*Library, error) {
	if path == "" { // dlopen would take it for the program itself
		return nil, fmt.Errorf("%w: no path given", ErrLoad)
	}
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrLoad, err)
	}
	l := &Library{path: path}
	for name, fn := range l.c.symbols() {
		address, err := purego.Dlsym(handle, name)
		if err != nil {
			return nil, fmt.Errorf("%w: %s lacks %s (want release %s or newer): %w", ErrLoad, path, name, MinVersion, err)
		}
		purego.RegisterFunc(fn, address)
	}
	if v := l.Version(); olderThan(v, MinVersion) {
		return nil, fmt.Errorf("%w: %s is release %s, want %s or newer", ErrLoad, path, v, MinVersion)
	}
	l.c.setSignalHandlers(0)
	return l, nil
}

// symbols maps the names that chdb.h exports to the fields that hold them.
func (c *functions) symbols() map[string]any {
	return map[string]any{
		"chdb_version":                     &c.version,
		"chdb_set_signal_handlers_enabled": &c.setSignalHandlers,
		"chdb_connect":                     &c.connect,
		"chdb_close_conn":                  &c.closeConn,
		"chdb_query_with_params_n":         &c.query,
		"chdb_stream_query_with_params_n":  &c.streamQuery,
		"chdb_stream_fetch_result":         &c.fetch,
		"chdb_stream_cancel_query":         &c.cancelQuery,
		"chdb_destroy_query_result":        &c.destroy,
		"chdb_stream_insert_with_params_n": &c.insert,
		"chdb_stream_append":               &c.appendData,
		"chdb_stream_done":                 &c.done,
		"chdb_stream_cancel_insert":        &c.cancelInsert,
		"chdb_stream_insert_error":         &c.insertError,
		"chdb_destroy_insert_stream":       &c.destroyInsert,
		"chdb_result_buffer":               &c.resultBuffer,
		"chdb_result_length":               &c.resultLength,
		"chdb_result_error":                &c.resultError,
		"chdb_result_rows_read":            &c.resultRowsRead,
		"chdb_result_bytes_read":           &c.resultBytesRead,
		"chdb_result_storage_rows_read":    &c.resultScannedRows,
		"chdb_result_storage_bytes_read":   &c.resultScannedBytes,
		"chdb_result_rows_written":         &c.resultRowsWritten,
		"chdb_result_bytes_written":        &c.resultBytesWritten,
		"chdb_classify_query_n":            &c.classify,
	}
}

// Version is the release of libchdb, for example "26.7.3". The engine inside
// reports a version of its own through SELECT version().
func (l *Library) Version() string { return l.c.version() }

// Path is the file that was loaded.
func (l *Library) Path() string { return l.path }

// olderThan compares the leading dotted numbers of two releases.
func olderThan(a, b string) bool {
	na, nb := numbers(a), numbers(b)
	for i := range nb {
		if i >= len(na) || na[i] < nb[i] {
			return true
		}
		if na[i] > nb[i] {
			return false
		}
	}
	return false
}

// numbers reads 26.7.3 as [26 7 3] and stops at the first other character.
func numbers(release string) []int {
	n := []int{0}
	for _, c := range release {
		switch {
		case c >= '0' && c <= '9':
			n[len(n)-1] = n[len(n)-1]*10 + int(c-'0')
		case c == '.':
			n = append(n, 0)
		default:
			return n
		}
	}
	return n
}
