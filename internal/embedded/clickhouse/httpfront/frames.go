package httpfront

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"

	"github.com/ClickHouse/ch-go/compress"
	"github.com/go-faster/city"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// A native frame is a 16-byte CityHash128 of what follows, then a method byte,
// the compressed size including these nine bytes, the size of the data, both
// little-endian, and the compressed data.
const (
	frameHashBytes   = 16
	frameHeaderBytes = 1 + 4 + 4
	frameLZ4         = 0x82
	frameZSTD        = 0x90
	frameNone        = 0x02
	// maxFrameBytes is ClickHouse's own limit for one frame.
	maxFrameBytes = 1 << 30
	// maxLZ4Ratio bounds what LZ4 can make of a byte, so that a header alone
	// cannot ask for memory.
	maxLZ4Ratio = 255
)

// frameReader decodes native frames. A stream that ends within a frame gives
// io.ErrUnexpectedEOF, never io.EOF.
type frameReader struct {
	src     io.Reader
	raw     bytes.Buffer
	data    []byte
	pending []byte
	zstd    *zstd.Decoder
}

func newFrameReader(src io.Reader) *frameReader { return &frameReader{src: src} }

// Read implements io.Reader.
func (r *frameReader) Read(p []byte) (int, error) {
	for len(r.pending) == 0 {
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.pending)
	r.pending = r.pending[n:]
	return n, nil
}

// next decodes a frame into pending.
func (r *frameReader) next() error {
	r.raw.Reset()
	if n, err := io.CopyN(&r.raw, r.src, frameHashBytes+frameHeaderBytes); err != nil {
		if errors.Is(err, io.EOF) && n > 0 {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	header := r.raw.Bytes()[frameHashBytes:]
	method := header[0]
	rawSize := int64(binary.LittleEndian.Uint32(header[1:]))
	dataSize := int64(binary.LittleEndian.Uint32(header[5:]))
	switch {
	case rawSize < frameHeaderBytes || rawSize > maxFrameBytes:
		return codeDecompress.errorf("native frame: compressed size %d, want %d to %d", rawSize, frameHeaderBytes, maxFrameBytes)
	case dataSize > maxFrameBytes:
		return codeDecompress.errorf("native frame: data size %d, want up to %d", dataSize, maxFrameBytes)
	}
	if _, err := io.CopyN(&r.raw, r.src, rawSize-frameHeaderBytes); err != nil {
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	whole := r.raw.Bytes()
	want := city.U128{Low: binary.LittleEndian.Uint64(whole), High: binary.LittleEndian.Uint64(whole[8:])}
	if city.CH128(whole[frameHashBytes:]) != want {
		return codeChecksum.errorf("native frame: the checksum does not match its %d bytes", rawSize)
	}
	return r.decode(method, whole[frameHashBytes+frameHeaderBytes:], int(dataSize))
}

func (r *frameReader) decode(method byte, compressed []byte, size int) (err error) {
	switch method {
	case frameNone:
		r.data = append(r.data[:0], compressed...)
	case frameLZ4:
		if size > (len(compressed)+1)*maxLZ4Ratio {
			return codeDecompress.errorf("native frame: %d bytes of LZ4 cannot hold %d", len(compressed), size)
		}
		if cap(r.data) < size {
			r.data = make([]byte, size)
		}
		n, err := lz4.UncompressBlock(compressed, r.data[:size])
		if err != nil {
			return codeDecompress.errorf("native frame: LZ4: %v", err)
		}
		r.data = r.data[:n]
	case frameZSTD:
		if r.zstd == nil {
			if r.zstd, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxFrameBytes)); err != nil {
				return err
			}
		}
		if r.data, err = r.zstd.DecodeAll(compressed, r.data[:0]); err != nil {
			return codeDecompress.errorf("native frame: ZSTD: %v", err)
		}
	default:
		return codeDecompress.errorf("native frame: method 0x%02x, want LZ4 (0x82), ZSTD (0x90) or none (0x02)", method)
	}
	if len(r.data) != size {
		return codeDecompress.errorf("native frame: holds %d bytes and announces %d", len(r.data), size)
	}
	r.pending = r.data
	return nil
}

// Close frees the decoder.
func (r *frameReader) Close() error {
	if r.zstd != nil {
		r.zstd.Close()
	}
	return nil
}

// frameBytes is how much data goes into one frame of an answer.
const frameBytes = 1 << 20

// frameWriter encodes native frames.
type frameWriter struct {
	dst  io.Writer
	enc  *compress.Writer
	data []byte
}

func newFrameWriter(dst io.Writer, method string) *frameWriter {
	m := compress.LZ4
	switch method {
	case "ZSTD":
		m = compress.ZSTD
	case "NONE":
		m = compress.None
	}
	return &frameWriter{dst: dst, enc: compress.NewWriter(0, m)}
}

// Write implements io.Writer; data leaves when a frame is full.
func (w *frameWriter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		k := min(len(p), frameBytes-len(w.data))
		w.data = append(w.data, p[:k]...)
		p = p[k:]
		if len(w.data) == frameBytes {
			if err := w.Flush(); err != nil {
				return n - len(p), err
			}
		}
	}
	return n, nil
}

// Flush writes what is left as a frame.
func (w *frameWriter) Flush() error {
	if len(w.data) == 0 {
		return nil
	}
	if err := w.enc.Compress(w.data); err != nil {
		return err
	}
	w.data = w.data[:0]
	_, err := w.dst.Write(w.enc.Data)
	return err
}

// Close is Flush: frames have no end mark.
func (w *frameWriter) Close() error { return w.Flush() }
