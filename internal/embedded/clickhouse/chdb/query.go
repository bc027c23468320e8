package chdb

import (
	"runtime"
	"unsafe"
)

// Result is the output of a statement, or a chunk of it, in the engine's
// memory. Close frees it.
type Result struct {
	lib    *Library
	handle unsafe.Pointer
}

// Stats are what the engine counted. Written rows and bytes include those of
// materialized views.
type Stats struct {
	ReadRows, ReadBytes       uint64 // from storage
	ResultRows, ResultBytes   uint64 // in the result, uncompressed
	WrittenRows, WrittenBytes uint64
}

// Add sums the figures of two chunks.
func (s Stats) Add(o Stats) Stats {
	return Stats{
		s.ReadRows + o.ReadRows, s.ReadBytes + o.ReadBytes,
		s.ResultRows + o.ResultRows, s.ResultBytes + o.ResultBytes,
		s.WrittenRows + o.WrittenRows, s.WrittenBytes + o.WrittenBytes,
	}
}

// Query runs one statement and holds its whole output in memory. A failure of
// the statement is an [*Error].
func (c *Conn) Query(sql, format string, params []Param) (*Result, error) {
	r := c.result(c.call(c.lib.c.query, sql, format, params))
	if err := r.err(); err != nil {
		r.Close()
		c.discard()
		return nil, err
	}
	return r, nil
}

// discard rids the session of a failed statement. The engine would list it as
// running until the next one, and hand out what is left in the output buffer as
// the beginning of that one's output.
func (c *Conn) discard() {
	c.result(c.call(c.lib.c.query, "SELECT 1 FORMAT Null", "Null", nil)).Close()
}

type starter func(conn, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr, names, nameLens, values, valueLens unsafe.Pointer, count uintptr) unsafe.Pointer

// call calls one of the three functions that take a statement.
func (c *Conn) call(call starter, sql, format string, params []Param) unsafe.Pointer {
	var pin runtime.Pinner
	defer pin.Unpin()
	s, f := stringData(sql), stringData(format)
	pin.Pin(s)
	pin.Pin(f)
	b := bind(params, &pin)
	return call(c.conn, s, uintptr(len(sql)), f, uintptr(len(format)), b.pName, b.pLen, b.vPtr, b.vL, b.count)
}

func (c *Conn) result(handle unsafe.Pointer) *Result { return &Result{lib: c.lib, handle: handle} }

// err is the failure that a result carries instead of output.
func (r *Result) err() error {
	if r.handle == nil {
		return &Error{Code: codeLogical, Name: "LOGICAL_ERROR", Message: "the engine gave no result"}
	}
	if text := r.lib.c.resultError(r.handle); text != "" {
		return ParseError(text)
	}
	return nil
}

// Bytes is the output in the format asked for. It is valid until Close.
func (r *Result) Bytes() []byte {
	n := r.lib.c.resultLength(r.handle)
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(r.lib.c.resultBuffer(r.handle)), n)
}

// Stats of the statement, or of this chunk.
func (r *Result) Stats() Stats {
	c := &r.lib.c
	return Stats{
		ReadRows: c.resultScannedRows(r.handle), ReadBytes: c.resultScannedBytes(r.handle),
		ResultRows: c.resultRowsRead(r.handle), ResultBytes: c.resultBytesRead(r.handle),
		WrittenRows: c.resultRowsWritten(r.handle), WrittenBytes: c.resultBytesWritten(r.handle),
	}
}

// Close frees the result.
func (r *Result) Close() {
	if r.handle != nil {
		r.lib.c.destroy(r.handle)
		r.handle = nil
	}
}

// Stream is the output of a SELECT, produced while it is read.
type Stream struct {
	conn   *Conn
	handle unsafe.Pointer
	ended  bool
	failed bool
}

// Stream starts a SELECT. Other statements that return rows (DESCRIBE, SHOW,
// EXPLAIN) fail with code 36: use [Conn.Query] for them, and for formats that
// have a header or a closing part: every chunk is formatted as a document of
// its own.
func (c *Conn) Stream(sql, format string, params []Param) (*Stream, error) {
	r := c.result(c.call(c.lib.c.streamQuery, sql, format, params))
	if err := r.err(); err != nil {
		r.Close()
		c.discard()
		return nil, err
	}
	return &Stream{conn: c, handle: r.handle}, nil
}

// Next is the following chunk, of up to max_block_size rows, to be closed by
// the caller; nil at the end.
func (s *Stream) Next() (*Result, error) {
	if s.ended {
		return nil, nil
	}
	r := s.conn.result(s.conn.lib.c.fetch(s.conn.conn, s.handle))
	if err := r.err(); err != nil {
		s.ended, s.failed = true, true
		r.Close()
		return nil, err
	}
	if s.conn.lib.c.resultLength(r.handle) == 0 && s.conn.lib.c.resultRowsRead(r.handle) == 0 {
		s.ended = true
		r.Close()
		return nil, nil
	}
	return r, nil
}

// Close frees the stream; one that has not ended is cancelled first, which
// waits for the statement to notice.
func (s *Stream) Close() {
	if s.handle == nil {
		return
	}
	whole := s.ended && !s.failed
	if !s.ended {
		s.conn.lib.c.cancelQuery(s.conn.conn, s.handle)
	}
	s.conn.lib.c.destroy(s.handle)
	s.handle = nil
	if !whole {
		s.conn.discard()
	}
}
