package chdb

import (
	"runtime"
	"unsafe"
)

// Insert is an INSERT whose data is being sent. Rows are stored by [Insert.Done]
// and, block by block, before it: an INSERT of more than max_insert_block_size
// rows is not atomic. The connection is busy until Close.
type Insert struct {
	conn   *Conn
	handle unsafe.Pointer
	ended  bool
	failed bool
}

// Insert starts an INSERT. sql is the statement without FORMAT clause and data;
// format names how the data will be encoded.
func (c *Conn) Insert(sql, format string, params []Param) (*Insert, error) {
	i := &Insert{conn: c, handle: c.call(c.lib.c.insert, sql, format, params)}
	if err := i.err(); err != nil {
		i.failed = true
		i.Close()
		return nil, err
	}
	return i, nil
}

func (i *Insert) err() error {
	if i.handle == nil {
		return &Error{Code: codeLogical, Name: "LOGICAL_ERROR", Message: "the engine gave no insert stream"}
	}
	if text := i.conn.lib.c.insertError(i.handle); text != "" {
		return ParseError(text)
	}
	return nil
}

// Append sends data, cut anywhere. It waits while the engine is behind.
func (i *Insert) Append(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	var pin runtime.Pinner
	defer pin.Unpin()
	pin.Pin(&data[0])
	if i.conn.lib.c.appendData(i.handle, unsafe.Pointer(&data[0]), uintptr(len(data))) == 0 {
		return nil
	}
	// The reason comes from Done, which is also what ends a failed stream.
	if _, err := i.Done(); err != nil {
		return err
	}
	if err := i.err(); err != nil {
		return err
	}
	return &Error{Code: codeLogical, Name: "LOGICAL_ERROR", Message: "the engine refused data and gave no reason"}
}

// Done ends the data and stores the rows.
func (i *Insert) Done() (Stats, error) {
	i.ended = true
	r := i.conn.result(i.conn.lib.c.done(i.handle))
	defer r.Close()
	if err := r.err(); err != nil {
		i.failed = true
		return Stats{}, err
	}
	return r.Stats(), nil
}

// Close frees the stream. One that has not been ended by Done is cancelled:
// blocks that were not complete yet are not stored.
func (i *Insert) Close() {
	if i.handle == nil {
		return
	}
	whole := i.ended && !i.failed
	if !i.ended {
		i.conn.lib.c.cancelInsert(i.handle)
	}
	i.conn.lib.c.destroyInsert(i.handle)
	i.handle = nil
	if !whole {
		i.conn.discard()
	}
}
