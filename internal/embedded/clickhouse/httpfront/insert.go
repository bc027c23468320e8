package httpfront

import (
	"errors"
	"io"
	"sync"
)

// pieces are buffers for uploads.
var pieces = sync.Pool{New: func() any { return new([256 << 10]byte) }}

// insert feeds the data to the engine. A body that does not come whole is
// cancelled, so that no row of its last block is stored.
func (j *job) insert() error {
	stream, err := j.conn.Insert(j.SQL+"\n", j.format, j.req.params)
	if err != nil {
		return err
	}
	defer stream.Close()
	buf := pieces.Get().(*[256 << 10]byte)
	defer pieces.Put(buf)
	for {
		n, err := j.data.Read(buf[:])
		if n > 0 {
			if err := stream.Append(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if j.out.stats, err = stream.Done(); err != nil {
		return err
	}
	return j.out.finish()
}
